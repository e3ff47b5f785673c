"""Days and times between Outlook and Basecamp, over HTTP: clock changes, whole days, and series that are split."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import UTC, date, datetime, timedelta
from pathlib import Path
from typing import Any
from zoneinfo import ZoneInfo

import pytest

from sync.report import Exit
from tests.system.office import Office, office

BERLIN = ZoneInfo("Europe/Berlin")
SPRING, AUTUMN = date(2027, 3, 28), date(2027, 10, 31)
"""The nights in which clocks change in Berlin."""


def at(day: date, hour: int, minute: int = 0, *, fold: int = 0) -> datetime:
    return datetime(day.year, day.month, day.day, hour, minute, tzinfo=BERLIN, fold=fold)


SPANS = {
    "the day of the change": (SPRING, SPRING + timedelta(days=1)),
    "days around the change": (SPRING - timedelta(days=1), SPRING + timedelta(days=2)),
    "the day in autumn": (AUTUMN, AUTUMN + timedelta(days=1)),
    "the week in autumn": (AUTUMN - timedelta(days=3), AUTUMN + timedelta(days=4)),
    "a night that is shorter": (at(SPRING, 1, 30), at(SPRING, 3, 30)),
    "a night that is longer": (at(AUTUMN, 1, 30), at(AUTUMN, 3, 30)),
    "the first of two o'clocks": (at(AUTUMN, 2, 15), at(AUTUMN, 2, 45)),
    "midnight to midnight": (at(SPRING, 0), at(SPRING + timedelta(days=1), 0)),
    "the morning after": (at(SPRING + timedelta(days=1), 9), at(SPRING + timedelta(days=1), 10)),
}


@pytest.fixture
def desk(tmp_path: Path) -> Iterator[Office]:
    with office(tmp_path, without=("asana",)) as built:
        yield built


def spelled(moment: date) -> str:
    if not isinstance(moment, datetime):
        return moment.isoformat()
    return moment.astimezone(UTC).strftime("%Y-%m-%dT%H:%M:%SZ")


def shown(desk: Office) -> list[dict[str, tuple[Any, ...]]]:
    both = (desk.world.outlook_events(), desk.world.basecamp_entries())
    return [{item["title"]: (item["all_day"], item["start"], item["end"]) for item in items} for items in both]


def wanted(spans: dict[str, tuple[date, date]]) -> dict[str, tuple[Any, ...]]:
    return {
        title: (not isinstance(start, datetime), spelled(start), spelled(end)) for title, (start, end) in spans.items()
    }


@pytest.mark.parametrize("home", ["outlook", "basecamp"])
async def test_h24_days_and_times_stay_across_a_clock_change(desk: Office, home: str) -> None:
    for title, (start, end) in SPANS.items():
        if home == "outlook":
            desk.world.outlook_create(desk.outlook_person, title, start, end)
        else:
            desk.world.basecamp_entry_create(desk.basecamp_person, title, start, end)
    assert (await desk.sync()).exit == Exit.IN_STEP
    assert shown(desk) == [wanted(SPANS)] * 2
    await desk.quiet()


@pytest.mark.parametrize("home", ["outlook", "basecamp"])
async def test_h24_renaming_elsewhere_moves_nothing(desk: Office, home: str) -> None:
    for title, (start, end) in SPANS.items():
        desk.world.outlook_create(desk.outlook_person, title, start, end)
    await desk.sync()
    for title in SPANS:
        if home == "basecamp":
            entry = next(item for item in desk.world.basecamp_entries() if item["title"] == title)
            desk.world.basecamp_entry_edit(entry["id"], desk.basecamp_person, summary=f"{title}!")
        else:
            event = desk.world.outlook_event(title)
            desk.world.outlook_edit(event["id"], desk.outlook_person, subject=f"{title}!")
    assert (await desk.sync()).exit == Exit.IN_STEP
    assert shown(desk) == [wanted({f"{title}!": span for title, span in SPANS.items()})] * 2
    await desk.quiet()


@pytest.mark.parametrize("home", ["outlook", "basecamp"])
async def test_h24_moved_across_the_change_and_made_a_whole_day(desk: Office, home: str) -> None:
    before, after = SPRING - timedelta(days=1), SPRING + timedelta(days=1)
    for title in ("moved", "made whole", "made timed"):
        start, end = (before, before + timedelta(days=1)) if title == "made timed" else (at(before, 9), at(before, 10))
        desk.world.outlook_create(desk.outlook_person, title, start, end)
    await desk.sync()
    spans: dict[str, tuple[date, date]] = {
        "moved": (at(after, 9), at(after, 10)),
        "made whole": (SPRING, SPRING + timedelta(days=2)),
        "made timed": (at(SPRING, 1, 30), at(SPRING, 3, 30)),
    }
    for title, (start, end) in spans.items():
        if home == "outlook":
            desk.world.outlook_move(desk.world.outlook_event(title)["id"], desk.outlook_person, start, end)
        else:
            entry = next(item for item in desk.world.basecamp_entries() if item["title"] == title)
            desk.world.basecamp_entry_edit(entry["id"], desk.basecamp_person, start=start, end=end)
    assert (await desk.sync()).exit == Exit.IN_STEP
    assert shown(desk) == [wanted(spans)] * 2
    await desk.quiet()


def weekly(begin: date, until: date | None) -> dict[str, Any]:
    span = {"type": "noEnd", "startDate": begin.isoformat()}
    if until is not None:
        span |= {"type": "endDate", "endDate": until.isoformat()}
    pattern = {"type": "weekly", "interval": 1, "daysOfWeek": [f"{begin:%A}".lower()]}
    return {"pattern": pattern, "range": {**span, "recurrenceTimeZone": "Europe/Berlin"}}


def series_of(desk: Office) -> dict[str, str]:
    """Return both tools' series as they keep them, to the last detail."""
    mailbox = desk.world.graph.mailbox(desk.world.places.mailbox)
    kept = (*mailbox.events.values(), *desk.world.basecamp.recordings.values())
    return {f"{type(one).__name__} {place}": repr(one) for place, one in enumerate(kept) if _repeats(one)}


def _repeats(one: Any) -> bool:
    return getattr(one, "recurrence", None) is not None


async def test_h23_a_series_that_is_split_in_outlook_is_split_in_basecamp(desk: Office) -> None:
    """No date of either half is lost or doubled, and what repeats in Basecamp is left as people made it."""
    today = datetime.now(BERLIN).date()
    begin = today + timedelta(days=8 - today.weekday())
    split = begin + timedelta(weeks=3)
    entries = f"/schedules/{desk.world.places.basecamp_schedule}/entries.json"
    series = desk.world.outlook_create(
        desk.outlook_person, "Weekly", at(begin, 9), at(begin, 10), recurrence=weekly(begin, None)
    )
    body = {"summary": "Every week", "starts_at": at(begin, 9).isoformat(), "ends_at": at(begin, 10).isoformat()}
    rule = {"recurrence_schedule": {"frequency": "every_week"}}
    desk.world.send("basecamp", desk.basecamp_person, "POST", entries, json={**body, **rule})
    assert (await desk.sync()).exit == Exit.IN_STEP
    ended = weekly(begin, split - timedelta(days=1))
    desk.world.outlook_edit(series, desk.outlook_person, recurrence=ended)
    end = split + timedelta(weeks=1)
    desk.world.outlook_create(
        desk.outlook_person, "Weekly, later", at(split, 11), at(split, 12), recurrence=weekly(split, end)
    )
    assert (await desk.sync()).exit == Exit.IN_STEP
    days = [(entry["title"], entry["start"][:10]) for entry in desk.world.basecamp_entries()]
    first = [("Weekly", (begin + timedelta(weeks=week)).isoformat()) for week in range(3)]
    assert sorted(days) == sorted(
        [*first, ("Weekly, later", split.isoformat()), ("Weekly, later", end.isoformat()), ("Every week", first[0][1])]
    )
    assert len(series_of(desk)) == 4  # the two halves and the entry that repeats in Outlook, and that entry itself
    await desk.quiet()
