"""Brings every community into step, a few at a time: one Prefect task per community."""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Callable, Sequence
from dataclasses import dataclass
from typing import Any

from prefect import flow, get_run_logger, task
from prefect.cache_policies import NO_CACHE
from prefect.client.schemas.objects import State
from prefect.runtime import flow_run

from config.loader import Configuration
from config.models import CommunitySettings
from domain.errors import CopsyncError
from flows.requests import NightlyRequest, configuration_of
from flows.running import bring_into_step, store_of
from flows.showing import publish, publish_night, state_of
from flows.verdict import Ending, Verdict, summary, verdict_on, verdict_on_error, worst
from store.store import Store


def _name() -> str:
    return f"nightly-{flow_run.scheduled_start_time:%Y-%m-%d-%H%M}"


@flow(name="nightly", flow_run_name=_name, retries=0, persist_result=False)
async def nightly(request: NightlyRequest = NightlyRequest()) -> State[Any]:  # noqa: B008 - frozen
    """Bring every community of the configuration into step, reading everything.

    One community that fails does not stop the others. The artifact `nightly-report` has a row for each, and the state
    is that of the worst: Failed, NeedsPerson, CompletedWithFailures, CompletedWithConflicts, SkippedLocked, Completed.
    """
    try:
        configuration = configuration_of(request.config)
        with store_of(configuration) as store:
            night = _Night(configuration, store, asyncio.Semaphore(request.at_once), get_run_logger().info)
            verdicts = await night.sync_all(_chosen(configuration, request.time_zone))
    except CopsyncError as problem:
        return state_of(Ending.FAILED, str(problem))
    await publish_night(verdicts)
    return state_of(worst(verdicts), summary(verdicts))


def _chosen(configuration: Configuration, zone: str | None) -> list[CommunitySettings]:
    found = [one for one in configuration.settings.communities if zone in (None, one.time_zone)]
    if not found:
        what = "No community is configured." if zone is None else f"No community has the time zone {zone}."
        mend = "Correct the configuration, or the parameters of the deployment (`python -m flows.deploy` writes them)."
        raise configuration.problem((), what, mend)
    return found


# No retries, for the reason given at the stages of a single sync; the state is the answer, so nothing is kept for it.
@task(name="sync", task_run_name="sync {community}", cache_policy=NO_CACHE, persist_result=False, retries=0)
async def _sync_one(community: str, work: Callable[[], Awaitable[Verdict]]) -> State[Any]:
    verdict = await work()
    return state_of(verdict.ending, f"{community}: {verdict.message}")


@dataclass(frozen=True, slots=True)
class _Night:
    configuration: Configuration
    store: Store
    gate: asyncio.Semaphore
    say: Callable[[str], object]

    async def sync_all(self, communities: Sequence[CommunitySettings]) -> list[Verdict]:
        return list(await asyncio.gather(*(self._sync(community.id) for community in communities)))

    async def _sync(self, community: str) -> Verdict:
        verdicts: list[Verdict] = []

        async def work() -> Verdict:
            verdicts.append(await self._attempt(community))
            return verdicts[0]

        async with self.gate:
            # Prefect's overloads forget that an asynchronous task has to be awaited for its state.
            state = await _sync_one(community, work, return_state=True)  # type: ignore[misc]
        return verdicts[0] if verdicts else Verdict(community, Ending.FAILED, state.message or "It ended unexpectedly.")

    async def _attempt(self, community: str) -> Verdict:
        try:
            report = await bring_into_step(self.configuration, self.store, community, full=True, say=self.say)
        except CopsyncError as problem:
            return verdict_on_error(community, problem)
        await publish(report)
        return verdict_on(report)
