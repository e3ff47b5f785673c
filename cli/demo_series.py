"""The demo's gathering that repeats: one time is moved, one called off, and it has to be right in every calendar."""

from __future__ import annotations

from collections.abc import Callable, Iterable
from datetime import datetime, timedelta
from datetime import time as wall_time
from typing import Any

from domain.calendars.read import read
from domain.recurrence.expand import Window, occurrences
from domain.recurrence.series import series_from_fields
from sandbox.world import World

Json = dict[str, Any]
Edit = tuple[str, Callable[[], object]]
Times = list[tuple[str, str]]

TITLE = "Reading circle"
TIMES, MOVED, CANCELLED = 8, 2, 4
"""How often it takes place, and which time of these is moved and called off, counted from 0."""
_LENGTH = timedelta(minutes=90)


def begin(world: World) -> None:
    """Let a member put it into Outlook: every other week from next week on, at six in the evening."""
    day = world.now().astimezone(world.zone).date() + timedelta(days=7)
    start = datetime.combine(day, wall_time(18), world.zone)
    pattern = {"type": "weekly", "interval": 2, "daysOfWeek": [f"{day:%A}".lower()], "firstDayOfWeek": "monday"}
    span = {"type": "numbered", "startDate": day.isoformat(), "numberOfOccurrences": TIMES}
    world.outlook_create(_person(world), TITLE, start, start + _LENGTH, recurrence={"pattern": pattern, "range": span})


def edits(world: World) -> list[Edit]:
    """Return what people do to single times of it."""
    planned = instances(world)
    moved, cancelled = planned[MOVED], planned[CANCELLED]
    start = datetime.fromisoformat(moved["start"]) + timedelta(days=1)
    return [
        (
            f"Outlook: the “{TITLE}” of {moved['start'][:10]} is moved to the day after",
            lambda: world.outlook_move(moved["id"], _person(world), start, start + _LENGTH),
        ),
        (
            f"Outlook: the “{TITLE}” of {cancelled['start'][:10]} is called off",
            lambda: world.outlook_delete(cancelled["id"], _person(world)),
        ),
    ]


def instances(world: World) -> list[Json]:
    """Return when it takes place, as Outlook tells it, in the order of time."""
    master = world.outlook_event(TITLE)
    today = world.now()
    return sorted(world.outlook_instances(master["id"], today, today + timedelta(days=366)), key=_start)


def _start(found: Json) -> str:
    return str(found["start"])


def in_outlook(world: World) -> Times:
    """Return the times that Outlook shows."""
    return _times(instances(world))


def in_basecamp(world: World) -> Times:
    """Return the times that Basecamp shows, where each is an entry of its own that people can discuss."""
    return _times(one for one in world.basecamp_entries() if one["title"] == TITLE)


def in_file(world: World, content: bytes) -> Times:
    """Return the times that a calendar app shows which has read a feed, or a calendar of a CalDAV server."""
    found: list[Json] = []
    window = Window(world.now(), world.now() + timedelta(days=366))
    for event in read(content, world.zone).events:
        if event.fields["title"] != TITLE or event.fields["status"] == "cancelled":
            continue
        series = series_from_fields(event.fields)
        shown = occurrences(series, window) if series else []
        found += [{"start": one.start, "end": one.end} for one in shown if one.fields.get("status") != "cancelled"]
        found += [] if series else [{"start": event.fields["start"], "end": event.fields["end"]}]
    return _times(found)


def differences(world: World, caldav: bytes | None) -> list[str]:
    """Return where the calendars do not show the same times of it; `caldav` is that server's calendar, if any."""
    ours = in_outlook(world)
    others = {"Basecamp": in_basecamp(world)} | ({} if caldav is None else {"CalDAV": in_file(world, caldav)})
    wrong = [] if len(ours) == TIMES - 1 else [f"“{TITLE}” takes place {len(ours)} times in Outlook"]
    return wrong + [
        f"“{TITLE}” is at {theirs} in {tool}, at {ours} in Outlook" for tool, theirs in others.items() if theirs != ours
    ]


def _times(found: Iterable[Json]) -> Times:
    return sorted((shown(one["start"]), shown(one["end"])) for one in found)


def shown(moment: object) -> str:
    """Return a day or an instant as the stand-ins write them."""
    return moment.strftime("%Y-%m-%dT%H:%M:%SZ") if isinstance(moment, datetime) else str(moment)


def _person(world: World) -> str:
    return next(iter(world.tokens.people["microsoft365"]))
