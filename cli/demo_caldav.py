"""The demo's calendar on a CalDAV server: on Radicale itself, where that is installed."""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from datetime import UTC, datetime, timedelta
from datetime import time as wall_time

from cli.console import err
from cli.demo_series import shown
from domain.calendars.read import read
from domain.errors import CopsyncError
from sandbox.caldav import CalendarServer, NotAnsweringError, installed
from sandbox.world import World

Edit = tuple[str, Callable[[], object]]

TITLE = "Walk through the old town"
"""What a member puts into the calendar there."""


class NotStartedError(CopsyncError):
    """Radicale is installed and does not start."""


@contextmanager
def calendar_server() -> Iterator[CalendarServer | None]:
    """Give the server for the length of a block; None, and a word on how to get it, where it is not installed.

    Raises:
        NotStartedError: it is installed and does not start.
    """
    if not installed():
        err().print(
            "Without a CalDAV calendar, for Radicale is not installed; `make demo` or `pip install 'copsync[demo]'` "
            "brings it.",
            markup=False,
        )
        yield None
        return
    err().print("Starting Radicale, a CalDAV server, with an empty calendar …", style="dim")
    try:
        with CalendarServer.start() as server:
            yield server
    except NotAnsweringError as error:
        mend = "Run `copsync demo` once more; if this stays, `pip uninstall radicale` lets the demo go on without."
        raise NotStartedError(str(error), mend=mend) from None


def edits(world: World, server: CalendarServer | None) -> list[Edit]:
    """Return what people do there: a gathering three weeks ahead."""
    if server is None:
        return []
    day = world.now().astimezone(world.zone).date() + timedelta(days=21)
    text = _gathering(world, datetime.combine(day, wall_time(15), world.zone))
    return [(f"CalDAV: a new gathering “{TITLE}” on {day}", lambda: server.put("walk", text))]


def _gathering(world: World, start: datetime) -> str:
    moments = {"DTSTAMP": world.now(), "DTSTART": start, "DTEND": start + timedelta(hours=2)}
    lines = (
        "BEGIN:VCALENDAR",
        "VERSION:2.0",
        "PRODID:-//Example//Calendar//EN",
        "BEGIN:VEVENT",
        "UID:walk@example.org",
        *(f"{name}:{moment.astimezone(UTC):%Y%m%dT%H%M%SZ}" for name, moment in moments.items()),
        f"SUMMARY:{TITLE}",
        "END:VEVENT",
        "END:VCALENDAR",
    )
    return "".join(f"{one}\r\n" for one in lines)


def differences(world: World, content: bytes) -> list[str]:
    """Return where the calendar there and Outlook's do not hold the same events at the same times."""
    events = [event.fields for event in read(content, world.zone).events]
    theirs = Counter((str(event["title"]), shown(event["start"])) for event in events)
    ours = Counter((str(event["title"]), shown(event["start"])) for event in world.outlook_events())
    found = [f"only in CalDAV: {title} at {start}" for title, start in sorted((theirs - ours).elements())]
    return found + [f"not in CalDAV: {title} at {start}" for title, start in sorted((ours - theirs).elements())]
