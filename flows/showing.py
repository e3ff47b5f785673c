"""How Prefect shows a run: states, task runs and artifacts."""

from __future__ import annotations

from collections.abc import Awaitable, Callable
from typing import Any, TypeVar

from prefect import task
from prefect.artifacts import acreate_markdown_artifact, acreate_table_artifact
from prefect.cache_policies import NO_CACHE
from prefect.client.schemas.objects import State
from prefect.states import Completed, Failed

from flows.pages import NIGHTLY_KEY, key, night_rows, plain, space_rows, waiting_page
from flows.verdict import Ending, Verdict, summary, verdict_on
from sync.report import Report
from sync.run import Stage

T = TypeVar("T")


def state_of(ending: Ending, message: str) -> State[Any]:
    """Return the state that Prefect shows; only failures are of type Failed, the other endings differ by name."""
    if ending is Ending.FAILED:
        return Failed(message=message)
    return Completed(name=ending.value, message=message)


# No retries: a run may only be repeated from its beginning, where the journal tells what was already sent.
# Nothing is cached and no result is handed to Prefect, which would keep it in memory until the flow ends.
@task(name="stage", task_run_name="{stage} {community}", cache_policy=NO_CACHE, persist_result=False, retries=0)
async def _stage(stage: str, community: str, work: Callable[[], Awaitable[None]]) -> None:
    del stage, community
    await work()


def as_tasks(community: str) -> Stage:
    """Return what carries out every stage of a community's run as a Prefect task."""

    async def carry_out(name: str, work: Callable[[], Awaitable[T]]) -> T:
        answers: list[T] = []

        async def keep() -> None:
            answers.append(await work())

        await _stage(name, community, keep)
        return answers[0]

    return carry_out


async def publish(report: Report) -> None:
    """Leave a run's table, and the page of what waits for a person, as artifacts."""
    verdict = verdict_on(report)
    await acreate_table_artifact(
        space_rows(report),
        key=key("sync-report", report.community),
        description=f"{verdict.ending.value}: {plain(verdict.message)} (run `{report.run}`, {report.took_s:.1f} s)",
    )
    await acreate_markdown_artifact(waiting_page(report), key=key("waiting", report.community))


async def publish_night(verdicts: list[Verdict]) -> None:
    """Leave the table of a whole night as an artifact."""
    await acreate_table_artifact(night_rows(verdicts), key=NIGHTLY_KEY, description=plain(summary(verdicts)))
