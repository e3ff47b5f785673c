"""The demo's channels in Teams: a gathering is announced, and the message edited where it stands when it moves."""

from __future__ import annotations

import asyncio
from collections.abc import Mapping, Sequence
from datetime import date, timedelta
from typing import Any

from cli.connect_device import sign_in
from cli.context import now
from cli.demo_stage import REPORT, TEAMS, TITLE, NotToldError, Stage, in_teams, member
from cli.playground import SERVICE_USER
from cli.words import count
from connectors.registry import tool
from domain.announcements.audience import Audience
from sandbox.world import World
from sync.announce.announce import Announced, announce, message_json
from sync.audience import say_for_whom
from sync.wiring import Wiring

Json = dict[str, Any]

FLOW, PAGE = "news", "page"
_AGENT = "copsync demo"
_PATIENCE_S = 30.0


async def let_in(stage: Stage) -> None:
    """Sign the service user in as `copsync connect` does, while a person enters the code on the sign-in page."""
    kind = tool("microsoft365")
    async with Wiring(stage.configuration) as wiring:
        consent = kind.device(wiring.setup(SERVICE_USER).options)
        if consent is None:
            raise NotToldError("The service user cannot sign in by a code.", mend=REPORT)
        async with asyncio.TaskGroup() as group:
            keeper = wiring.keeper(SERVICE_USER)
            group.create_task(sign_in(SERVICE_USER, kind.title, consent, keeper, _AGENT))
            group.create_task(_enter(stage.world))
    stage.tell("Teams: a person enters the code, and copsync's own user is signed in from now on")


async def _enter(world: World) -> None:
    async with asyncio.timeout(_PATIENCE_S):
        while not world.entra.words():  # noqa: ASYNC110 - the code is shown by another thread's server
            await asyncio.sleep(0.05)
    await asyncio.to_thread(world.enter_code, world.entra.words()[0])


async def say(stage: Stage) -> Announced:
    """Do what `copsync announce send` does.

    Raises:
        NotToldError: a channel failed.
    """
    async with Wiring(stage.configuration) as wiring:
        (settings,) = wiring.community_settings(None)
        found = await announce(stage.configuration, settings, wiring.channels(settings), stage.store, now)
    problems = [f"{one.channel}: {one.problem}" for one in found.channels if one.problem]
    if problems or found.waits:
        raise NotToldError(f"A channel was not told: {'; '.join(problems) or found.waits}", mend=REPORT)
    return found


async def begin(stage: Stage) -> Json:
    """Connect the channels: what there is now is known, and nothing is said of it."""
    await let_in(stage)
    known = await say(stage)
    stage.tell(
        f"{count(len(known.channels), 'channel')} hear of what is new from now on, and of nothing that was before"
    )
    return {one.channel: one.known for one in known.channels}


async def make_public(stage: Stage) -> None:
    """Let a moderator say that everybody may hear of the gathering, as `copsync audience` does."""
    async with Wiring(stage.configuration) as wiring:
        (settings,) = wiring.community_settings(None)
    event = stage.world.outlook_event(TITLE)["id"]
    await say_for_whom(stage.store, settings, now, event, Audience.PUBLIC, "demo")
    stage.tell(f"copsync audience: “{TITLE}” is for everybody; LinkedIn hears of nothing else")


async def announce_it(stage: Stage) -> Json:
    """Announce what is new, and show the message about the gathering."""
    said = await say(stage)
    told = {channel: count(len(_of(said, channel)), "message") for channel in (TEAMS, FLOW, PAGE)}
    stage.tell(f"Teams: {told[TEAMS]} in General, {told[FLOW]} through a flow in News. LinkedIn page: {told[PAGE]}")
    shown = in_teams(stage.world)
    stage.quote([shown["title"], *shown["lines"], shown["url"]])
    return {**_about(said), "shown": shown}


def move(stage: Stage) -> date:
    """Let a member move the gathering to the next day, in Outlook."""
    event = stage.world.outlook_event(TITLE)
    day = date.fromisoformat(event["start"][:10]) + timedelta(days=1)
    stage.world.outlook_move(event["id"], member(stage.world), day, day + timedelta(days=1))
    stage.tell(f"Outlook: “{TITLE}” is moved to {day}, and synced")
    return day


async def correct_it(stage: Stage, before: Mapping[str, Any]) -> Json:
    """Say that it moved, and see that Teams shows the same message, edited.

    Raises:
        NotToldError: it is another message, has another link, or still says the same.
    """
    said = await say(stage)
    shown = in_teams(stage.world)
    stage.tell("Teams: the message in General is edited where it stands, its link stays; in News a correction follows")
    stage.quote([shown["title"], *shown["lines"], shown["url"]])
    kept = (shown["id"], shown["url"]) == (before["id"], before["url"])
    if not kept or not shown["edited"] or shown["lines"] == before["lines"]:
        raise NotToldError(f"The message about “{TITLE}” was not edited where it stands.", mend=REPORT)
    return {**_about(said), "shown": shown}


def _of(said: Announced, channel: str) -> Sequence[Any]:
    return next(one.said for one in said.channels if one.channel == channel)


def _about(said: Announced) -> Json:
    """Return what was said of the gathering, by channel, as `copsync announce send --json` tells it."""
    return {one.channel: message_json(one) for one in said.said if one.title == TITLE}
