"""What is written is what others read: the same occurrences, short lines, explained zones, and nobody invited."""

from __future__ import annotations

from datetime import UTC, date, datetime, timedelta
from zoneinfo import ZoneInfo

import icalendar
import recurring_ical_events
from hypothesis import assume, given

from domain.calendars.event import CalendarEvent
from domain.calendars.read import read
from domain.calendars.write import write
from domain.fields import RecordType, complete
from domain.recurrence.overrides import encode
from domain.recurrence.series import Series, fields_from_series, make_series, series_from_fields
from tests.domain.recurrence.generated import WINDOW, ours, patient
from tests.domain.recurrence.test_series import lived_in

HOME = ZoneInfo("Europe/Berlin")
NINE = datetime(2026, 3, 2, 8, 0, tzinfo=UTC)
HOUR = timedelta(hours=1)


def as_event(series: Series) -> CalendarEvent:
    fields = {"title": "Meeting", "notes": "About **everything**", **fields_from_series(series)}
    return CalendarEvent("one@example.org", complete(RecordType.EVENT, fields), 2, NINE)


def times(series: Series | None) -> list[tuple[str, str, str]]:
    assert series is not None
    return [(one.id, str(one.start), str(one.end)) for one in ours(series)]


@patient
@given(lived_in())
def test_a_series_comes_back_with_every_occurrence(series: Series) -> None:
    written = as_event(series)
    (again,) = read(write([written], people=True).encode(), HOME).events
    assert times(series_from_fields(again.fields)) == times(series)
    assert (again.uid, again.sequence, again.revised) == (written.uid, 2, NINE)
    (third,) = read(write([again], people=True).encode(), HOME).events
    assert third == again


@patient
@given(lived_in())
def test_others_read_the_same_occurrences(series: Series) -> None:
    assume(not series.exdates & series.overrides.keys())  # others let an exclusion win over an edit
    calendar = icalendar.Calendar.from_ical(write([as_event(series)]))
    found = recurring_ical_events.of(calendar).between(WINDOW.start, WINDOW.end)
    assert sorted(str(_plain(one["DTSTART"].dt)) for one in found) == sorted(str(one.start) for one in ours(series))


def _plain(value: date | datetime) -> date | datetime:
    return value.astimezone(UTC) if isinstance(value, datetime) else value


@patient
@given(lived_in())
def test_lines_are_short_and_end_as_they_should(series: Series) -> None:
    text = write([as_event(series)], people=True)
    lines = text.encode().split(b"\r\n")
    assert lines.pop() == b""
    assert all(len(line) <= 75 and b"\n" not in line for line in lines)
    assert write([as_event(series)], people=True) == text


def test_a_series_as_it_is_written() -> None:
    series = make_series(
        NINE,
        NINE + HOUR,
        "Europe/Berlin",
        "FREQ=WEEKLY;BYDAY=MO,WE;UNTIL=20260401",
        exdates=frozenset({"2026-03-04"}),
        overrides={"2026-03-09": {"title": "Guest", "period": "2026-03-10T08:00:00Z/2026-03-10T09:30:00Z"}},
    )
    text = write([as_event(series)], name="Community, all")
    assert "NAME:Community\\, all" in text
    assert text.count("BEGIN:VTIMEZONE") == 1
    events = text[text.index("BEGIN:VEVENT") :].replace("\r\n ", "").split("\r\n")
    assert events == [
        "BEGIN:VEVENT",
        "UID:one@example.org",
        "DTSTAMP:20260302T080000Z",
        "LAST-MODIFIED:20260302T080000Z",
        "SEQUENCE:2",
        "DTSTART;TZID=Europe/Berlin:20260302T090000",
        "DTEND;TZID=Europe/Berlin:20260302T100000",
        "RRULE:FREQ=WEEKLY;UNTIL=20260401T070000Z;BYDAY=MO,WE",
        "EXDATE;TZID=Europe/Berlin:20260304T090000",
        "SUMMARY:Meeting",
        "DESCRIPTION:About everything",
        "STATUS:CONFIRMED",
        "END:VEVENT",
        "BEGIN:VEVENT",
        "UID:one@example.org",
        "DTSTAMP:20260302T080000Z",
        "LAST-MODIFIED:20260302T080000Z",
        "SEQUENCE:2",
        "RECURRENCE-ID;TZID=Europe/Berlin:20260309T090000",
        "DTSTART;TZID=Europe/Berlin:20260310T090000",
        "DTEND;TZID=Europe/Berlin:20260310T103000",
        "SUMMARY:Guest",
        "DESCRIPTION:About everything",
        "STATUS:CONFIRMED",
        "END:VEVENT",
        "END:VCALENDAR",
        "",
    ]


def test_the_second_of_two_hours_is_said_in_utc() -> None:
    second = datetime(2026, 10, 25, 1, 30, tzinfo=UTC)
    series = make_series(second, second + HOUR, "Europe/Berlin", "FREQ=DAILY;COUNT=2")
    text = write([as_event(series)])
    assert "DTSTART:20261025T013000Z" in text
    (again,) = read(text.encode(), HOME).events
    assert [start for _, start, _ in times(series_from_fields(again.fields))] == [
        start for _, start, _ in times(series)
    ]


def test_every_zone_is_explained_for_the_years_in_which_it_is_used() -> None:
    moved = encode({"2031-03-03": {"zone": "Asia/Kolkata", "period": "2031-03-04T08:00:00Z/2031-03-04T09:00:00Z"}})
    fields = complete(
        RecordType.EVENT,
        {"start": NINE, "end": NINE + HOUR, "zone": "Europe/Berlin", "rrule": "FREQ=WEEKLY", "overrides": moved},
    )
    calendar = icalendar.Calendar.from_ical(write([CalendarEvent("one", fields)]))
    assert isinstance(calendar, icalendar.Calendar)
    assert sorted(zone.tz_name for zone in calendar.timezones) == ["Asia/Kolkata", "Europe/Berlin"]
    assert not calendar.get_missing_tzids()


def test_nobody_is_named_or_invited_unless_asked() -> None:
    people = frozenset({"ada@example.org", "ben@example.org"})
    fields = complete(RecordType.EVENT, {"start": NINE, "end": NINE, "attendees": people})
    quiet, named = write([CalendarEvent("one", fields)]), write([CalendarEvent("one", fields)], people=True)
    assert not any(word in quiet for word in ("ATTENDEE", "ORGANIZER", "METHOD", "VALARM", "example.org"))
    assert named.count("ATTENDEE:mailto:") == 2
    assert "METHOD" not in named
