"""Series in calendars: one entry with its rule and what differs, which apps repeat; the agenda tells each time."""

from __future__ import annotations

from datetime import date, datetime, timedelta
from typing import Any
from zoneinfo import ZoneInfo

import recurring_ical_events
from icalendar import Calendar

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


def content(here: Place) -> bytes:
    """Return the calendar, which is the same each time, and which icalendar reads without a complaint."""
    found = content_of(here.store, here.settings, Kind.CALENDAR, None, here.now)
    assert found == content_of(here.store, here.settings, Kind.CALENDAR, None, here.now)
    assert not any(one.errors for one in read(found).events)
    return found


def entries(here: Place) -> dict[str, Any]:
    """Return the components of the series: the whole under an empty name, edited occurrences by their day."""
    found = read(content(here)).events
    assert {str(one["UID"]) for one in found} <= {"event-1@copsync"}
    return {str(one["RECURRENCE-ID"].dt)[:10] if "RECURRENCE-ID" in one else "": one for one in found}


def starts(here: Place, until: datetime = START + 53 * WEEK) -> list[datetime]:
    """Return when an app shows it."""
    shown = recurring_ical_events.of(Calendar.from_ical(content(here))).between(START - WEEK, until + HOUR)
    return sorted(one["DTSTART"].dt for one in shown if one.get("STATUS") != "CANCELLED")


def test_a_series_is_one_entry_that_apps_repeat(here: Place) -> None:
    weekly(here)
    (whole,) = entries(here).values()
    assert whole["RRULE"].to_ical() == b"FREQ=WEEKLY"
    assert starts(here) == [START + number * WEEK for number in range(54)]
    assert {start.hour for start in starts(here)} == {10}  # summer or winter


def test_a_series_that_began_long_ago_is_at_its_hour(here: Place) -> None:
    begun = datetime(2015, 6, 1, 10, tzinfo=BERLIN)
    here.event("event-1", begun, begun + HOUR, title="Circle", zone="Europe/Berlin", rrule="FREQ=WEEKLY")
    assert starts(here, START + WEEK) == [START - WEEK, START, START + WEEK]
    assert b"BEGIN:VTIMEZONE" in content(here)


def test_what_somebody_changed_is_changed_and_what_is_excluded_is_gone(here: Place) -> None:
    moved = START + 2 * WEEK + 3 * HOUR
    changes: dict[str, dict[str, Value]] = {
        "2026-11-16": {"title": "Circle, with ben@example.org", "period": period(moved, moved + HOUR)},
        "2026-11-30": {"status": "cancelled"},
    }
    weekly(here, rrule="FREQ=WEEKLY;COUNT=6", exdates=frozenset({"2026-11-09"}), overrides=encode(changes))
    found = entries(here)
    assert list(found) == ["", "2026-11-16", "2026-11-30"]
    assert (found["2026-11-16"].start, str(found["2026-11-16"]["SUMMARY"])) == (moved, "Circle, with …")
    assert str(found["2026-11-30"]["STATUS"]) == "CANCELLED"
    assert [start.day for start in starts(here)] == [2, 16, 23, 7]
    assert moved in starts(here)


def test_a_series_that_is_moved_or_deleted_keeps_its_uid(here: Place) -> None:
    weekly(here, rrule="FREQ=WEEKLY;COUNT=3")
    here.change("event-1", start=START + HOUR, end=START + 2 * HOUR)
    assert int(entries(here)[""]["SEQUENCE"]) == 4
    assert starts(here) == [START + HOUR + number * WEEK for number in range(3)]
    here.change("event-1", rrule="FREQ=WEEKLY;COUNT=2")
    assert int(entries(here)[""]["SEQUENCE"]) == 6
    here.delete("event-1")
    assert str(entries(here)[""]["STATUS"]) == "CANCELLED"


def test_days_are_days(here: Place) -> None:
    here.event("event-1", date(2026, 12, 1), date(2026, 12, 3), rrule="FREQ=MONTHLY;COUNT=2")
    (whole,) = entries(here).values()
    assert (whole.start, whole.end) == (date(2026, 12, 1), date(2026, 12, 3))
    shown = recurring_ical_events.of(Calendar.from_ical(content(here))).between(date(2026, 11, 1), date(2027, 6, 1))
    assert [one["DTSTART"].dt for one in shown] == [date(2026, 12, 1), date(2027, 1, 1)]


def test_one_that_is_over_is_not_shown(here: Place) -> None:
    begun = datetime(2019, 6, 1, 10, tzinfo=BERLIN)
    here.event("event-1", begun, begun + HOUR, title="Circle", zone="Europe/Berlin", rrule="FREQ=WEEKLY;COUNT=5")
    assert entries(here) == {}


def test_one_that_takes_place_too_often_is_shown_once(here: Place) -> None:
    weekly(here, rrule="FREQ=HOURLY")
    assert "RRULE" not in entries(here)[""]


def test_the_agenda_tells_each_of_them(here: Place) -> None:
    weekly(here)
    found = agenda(here.store, audience_of(here.settings), BERLIN, 3, NOW)
    assert [day.isoformat() for day in found.days] == ["2026-11-30", "2026-12-07", "2026-12-14"]
    starts = [entries[0].item.start for entries in found.days.values()]
    assert starts == [START + number * WEEK for number in (4, 5, 6)]
