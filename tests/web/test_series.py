"""Series in calendars: every occurrence that is shown stands for itself."""

from __future__ import annotations

from datetime import date, datetime, timedelta
from typing import Any
from zoneinfo import ZoneInfo

from domain.recurrence.overrides import encode, period
from domain.values import Value
from sync.feeds.agenda import agenda
from sync.feeds.calendar import Kind
from sync.feeds.files import content_of
from sync.feeds.publisher import audience_of
from tests.web.place import NOW, Place
from tests.web.reading import read

BERLIN = ZoneInfo("Europe/Berlin")
HOUR, WEEK = timedelta(hours=1), timedelta(weeks=1)
START = datetime(2026, 11, 2, 10, tzinfo=BERLIN)


def weekly(here: Place, **fields: Value) -> str:
    given: dict[str, Value] = {"title": "Circle", "zone": "Europe/Berlin", "rrule": "FREQ=WEEKLY", **fields}
    return here.event("event-1", START, START + HOUR, **given)


def events(here: Place) -> dict[str, Any]:
    content = content_of(here.store, here.settings, Kind.CALENDAR, None, here.now)
    found = {str(one["UID"]): one for one in read(content).events}
    assert content == content_of(here.store, here.settings, Kind.CALENDAR, None, here.now)
    assert not any(one.errors for one in found.values())
    return found


def test_every_occurrence_has_its_own_time_and_uid(here: Place) -> None:
    weekly(here)
    found = events(here)
    assert [event.start for event in found.values()] == [START + number * WEEK for number in range(len(found))]
    assert {event.start.hour for event in found.values()} == {10}  # summer or winter
    assert next(iter(found)) == "event-1-2026-11-02@copsync"
    assert list(found.values())[-1].start.date() <= NOW.date() + timedelta(days=730)
    assert len(found) == 109  # up to the day after two years


def test_what_somebody_changed_is_changed_and_what_is_excluded_is_gone(here: Place) -> None:
    moved = START + 2 * WEEK + 3 * HOUR
    changes: dict[str, dict[str, Value]] = {
        "2026-11-16": {"title": "Circle, with ben@example.org", "period": period(moved, moved + HOUR)},
        "2026-11-30": {"status": "cancelled"},
    }
    weekly(here, rrule="FREQ=WEEKLY;COUNT=6", exdates=frozenset({"2026-11-09"}), overrides=encode(changes))
    found = events(here)
    assert list(found) == [f"event-1-2026-{day}@copsync" for day in ("11-02", "11-16", "11-23", "11-30", "12-07")]
    edited = found["event-1-2026-11-16@copsync"]
    assert (edited.start, str(edited["SUMMARY"])) == (moved, "Circle, with …")
    assert str(found["event-1-2026-11-30@copsync"]["STATUS"]) == "CANCELLED"


def test_a_series_that_is_moved_or_deleted_keeps_its_uids(here: Place) -> None:
    weekly(here, rrule="FREQ=WEEKLY;COUNT=3")
    before = events(here)
    here.change("event-1", start=START + HOUR, end=START + 2 * HOUR)
    after = events(here)
    assert list(after) == list(before)
    assert [int(event["SEQUENCE"]) for event in after.values()] == [4, 4, 4]
    here.change("event-1", rrule="FREQ=WEEKLY;COUNT=2")
    assert [int(event["SEQUENCE"]) for event in events(here).values()] == [6, 6]
    here.delete("event-1")
    assert {str(event["STATUS"]) for event in events(here).values()} == {"CANCELLED"}


def test_days_are_days(here: Place) -> None:
    here.event("event-1", date(2026, 12, 1), date(2026, 12, 3), rrule="FREQ=MONTHLY;COUNT=2")
    spans = [(event.start, event.end) for event in events(here).values()]
    assert spans == [(date(2026, 12, 1), date(2026, 12, 3)), (date(2027, 1, 1), date(2027, 1, 3))]


def test_one_that_takes_place_too_often_is_shown_once(here: Place) -> None:
    weekly(here, rrule="FREQ=HOURLY")
    assert list(events(here)) == ["event-1@copsync"]


def test_the_agenda_tells_each_of_them(here: Place) -> None:
    weekly(here)
    found = agenda(here.store, audience_of(here.settings), BERLIN, 3, NOW)
    assert [day.isoformat() for day in found.days] == ["2026-11-30", "2026-12-07", "2026-12-14"]
    starts = [entries[0].item.start for entries in found.days.values()]
    assert starts == [START + number * WEEK for number in (4, 5, 6)]
