"""Looks after the outboxes: what moderators post in LinkedIn groups."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import UTC, datetime
from typing import Any

from prefect import flow, get_run_logger
from prefect.artifacts import acreate_markdown_artifact
from prefect.client.schemas.objects import State

from config.loader import Configuration
from domain.errors import CopsyncError
from flows.requests import OutboxRequest, configuration_of
from flows.running import store_of
from flows.showing import state_of
from flows.verdict import Ending
from store.store import Store
from sync.outbox.tend import Tended
from sync.outbox.tend import tend as look_after
from sync.wiring import Wiring

_HEADING = "| community | group | waits | posted | expired today | |\n| --- | --- | --- | --- | --- | --- |\n"


@flow(name="outbox", retries=0, persist_result=False)
async def tend(request: OutboxRequest = OutboxRequest()) -> State[Any]:  # noqa: B008 - frozen
    """Look after the outboxes of every community: expire, confirm, remind at most every three days, report.

    It may run as often as one likes. The run ends as NeedsPerson while texts wait for a moderator, because LinkedIn
    lets no program post them; the artifact `outbox-report` says how many. Else Completed, CompletedWithFailures
    or Failed.
    """
    try:
        configuration = configuration_of(request.config)
        with store_of(configuration) as store:
            tended = await _all(configuration, store, request.time_zone)
    except CopsyncError as problem:
        return state_of(Ending.FAILED, str(problem))
    for trouble in (trouble for one in tended for trouble in (*one.notes, *one.problems)):
        get_run_logger().warning("%s", trouble)
    await acreate_markdown_artifact(_report(tended), key="outbox-report", description="What waits for moderators")
    return state_of(_ending(tended), summary(tended))


async def _all(configuration: Configuration, store: Store, zone: str | None) -> list[Tended]:
    async with Wiring(configuration) as wiring:
        chosen = [one for one in configuration.settings.communities if zone in (None, one.time_zone)]
        return [tended for one in chosen for tended in await look_after(wiring, store, one, _now)]


def _now() -> datetime:
    return datetime.now(UTC)


def _ending(tended: Sequence[Tended]) -> Ending:
    if any(one.problems for one in tended):
        return Ending.FAILURES
    return Ending.PERSON if any(one.waiting for one in tended) else Ending.IN_STEP


def summary(tended: Sequence[Tended]) -> str:
    """Return in one line how the outboxes stand."""
    if not tended:
        return "No LinkedIn group is configured."
    waiting = sum(len(one.waiting) for one in tended)
    expired = sum(len(one.expired) for one in tended)
    confirmed = sum(len(one.confirmed) for one in tended)
    return f"{waiting} waiting for a moderator, {confirmed} confirmed, {expired} expired."


def _report(tended: Sequence[Tended]) -> str:
    return _HEADING + "".join(_row(one) for one in tended)


def _row(one: Tended) -> str:
    states = one.json()["states"]
    posted = states["claimed"] + states["verified"]
    told = "; ".join(problem.message for problem in one.problems).replace("|", "/")
    place = one.place
    return f"| {place.community} | {place.channel} | {len(one.waiting)} | {posted} | {len(one.expired)} | {told} |\n"
