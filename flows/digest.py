"""Says what is due in the channels of every community: the weekly digest at its time, and whatever else waits."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import UTC, datetime, timedelta
from typing import Any

from prefect import flow, get_run_logger
from prefect.artifacts import acreate_table_artifact
from prefect.client.schemas.objects import State
from prefect.runtime import flow_run

from config.loader import Configuration
from config.models import CommunitySettings
from domain.errors import CopsyncError, Locked
from flows.pages import plain
from flows.requests import DigestRequest, configuration_of
from flows.running import store_of
from flows.showing import state_of
from flows.verdict import Ending
from store.store import Store
from sync.announce.announce import Announced, announce
from sync.wiring import Wiring

PATIENCE = timedelta(minutes=20)
"""So long a digest waits for the end of a sync."""


def _name() -> str:
    return f"digest-{flow_run.scheduled_start_time:%Y-%m-%d-%H%M}"


# No retries: it may be started again at any time, by hand or by its schedule, and says nothing twice.
@flow(name="weekly-digest", flow_run_name=_name, retries=0, persist_result=False)
async def weekly_digest(request: DigestRequest = DigestRequest()) -> State[Any]:  # noqa: B008 - frozen
    """Say what is due in the channels of the communities: the weekly digest, and what waits besides.

    It may run as often as one likes: what was said is in copsync's store, and nothing is said twice, also after a run
    that was killed. Ends as Completed, SkippedLocked (another run held a community the whole time),
    CompletedWithFailures (a channel failed; the next run goes on), NeedsPerson or Failed.
    """
    try:
        configuration = configuration_of(request.config)
        with store_of(configuration) as store:
            found = [await _say(configuration, one, store) for one in _chosen(configuration, request)]
    except CopsyncError as problem:
        return state_of(Ending.FAILED, str(problem))
    await acreate_table_artifact(_rows(found), key="announcements", description="What was said where")
    return state_of(_ending(found), _sentence(found))


def _chosen(configuration: Configuration, request: DigestRequest) -> Sequence[CommunitySettings]:
    found = Wiring(configuration).community_settings(request.community)
    return [one for one in found if one.channels and request.time_zone in (None, one.time_zone)]


async def _say(configuration: Configuration, settings: CommunitySettings, store: Store) -> Announced:
    async with Wiring(configuration) as wiring:
        try:
            found = await announce(configuration, settings, wiring.channels(settings), store, _now, PATIENCE)
        except Locked as locked:
            found = Announced(settings.id, waits=str(locked), locked=True)
    log = get_run_logger()
    for channel in found.channels:
        log.info("%s: %s, %d said, %d planned", settings.id, channel.channel, len(channel.said), channel.planned)
    return found


def _now() -> datetime:
    return datetime.now(UTC)


def _rows(found: Sequence[Announced]) -> list[dict[str, Any]]:
    """Return one row per channel; numbers and reasons, nothing of what was said."""
    return [
        {
            "community": one.community,
            "channel": channel.channel,
            "said": len(channel.said),
            "planned": channel.planned,
            "message": plain(channel.problem or ""),
        }
        for one in found
        for channel in one.channels
    ]


def _ending(found: Sequence[Announced]) -> Ending:
    if any(one.needs_person for one in found):
        return Ending.PERSON
    if any(one.failed for one in found):
        return Ending.FAILURES
    return Ending.LOCKED if any(one.locked for one in found) else Ending.IN_STEP


def _sentence(found: Sequence[Announced]) -> str:
    problems = [f"{one.community}: {channel.problem}" for one in found for channel in one.channels if channel.problem]
    waits = [f"{one.community}: {one.waits}" for one in found if one.waits]
    said = sum(len(one.said) for one in found)
    return "; ".join([f"{said} messages", *problems, *waits])
