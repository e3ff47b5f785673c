"""Series through the lens: the same occurrences, nothing else touched, and what cannot be kept left alone."""

from __future__ import annotations

from datetime import UTC, date, datetime, timedelta
from typing import Any
from zoneinfo import ZoneInfo

import icalendar
import pytest
import recurring_ical_events
from hypothesis import given, settings
from hypothesis import strategies as st

from connectors.caldav.bodies import changed, new_object
from connectors.caldav.resource import is_mirrored, nature_of
from domain.calendars.vtimezone import definition
from domain.errors import SetAside
from domain.fields import complete
from domain.recurrence import change
from domain.recurrence.series import Series, fields_from_series, make_series, series_from_fields
from domain.recurrence.split import split
from domain.values import Fields
from tests.connectors.caldav.samples import event, ics
from tests.connectors.caldav.test_lens import CALENDAR, EVENT, NOW, seen
from tests.domain.recurrence.generated import WINDOW, Written, all_written, ours, patient
from tests.domain.recurrence.test_series import lived_in

BERLIN = ZoneInfo("Europe/Berlin")
FIRST = datetime(2026, 12, 1, 17, tzinfo=UTC)
HOUR = timedelta(hours=1)
ZONES = [
    "Europe/Berlin",
    "America/New_York",
    "Australia/Lord_Howe",
    "America/Sao_Paulo",
    "Asia/Kolkata",
    "Asia/Jerusalem",
]
ZONES += ["Africa/Casablanca", "Africa/Cairo", "UTC"]
_OWN_TIMES = "X-OWN-TIMES"
NOT_HELD = ("attendees", "audience")
CLUB = make_series(FIRST, FIRST + 2 * HOUR, "Europe/Berlin", "FREQ=WEEKLY;UNTIL=20270630")


def fields_of(series: Series, **others: Any) -> Fields:
    base = {"title": "Book club", "notes": "About *everything*", "location": "Room 4"}
    whole = complete(EVENT, {**base, **others, **fields_from_series(series)})
    return CALENDAR.settle(EVENT, {name: value for name, value in whole.items() if name not in NOT_HELD})


def written(fields: Fields) -> str:
    return new_object(CALENDAR, EVENT, "copsync-event-1-00000000", fields, NOW)


def shown(text: str) -> Fields:
    return {name: value for name, value in seen(text).items() if name not in NOT_HELD}


def after(text: str, wanted: Fields) -> str:
    before = shown(text)
    new = {name: value for name, value in wanted.items() if before[name] != value}
    return changed(CALENDAR, EVENT, text, new, wanted, NOW)


def series_in(fields: Fields) -> Series:
    found = series_from_fields(fields)
    assert found is not None
    return found


def others_see(text: str) -> list[tuple[str, str]]:
    """Return start and end of every occurrence of three years, as recurring-ical-events finds them.

    It repeats the length of the series by the wall clock, while RFC 5545 (3.8.5.3) has all occurrences take the same
    exact time; so the end of what it repeats is worked out from its start.
    """
    calendar: Any = icalendar.Calendar.from_ical(text)
    for entry in calendar.walk("VEVENT"):
        if "RECURRENCE-ID" in entry:
            entry.add(_OWN_TIMES, "yes")
        else:
            length = _plain(entry.end) - _plain(entry.start)
    found: list[Any] = recurring_ical_events.of(calendar).between(WINDOW.start, WINDOW.end)
    return sorted(
        (str(_plain(one.start)), str(_plain(one.end) if _OWN_TIMES in one else _plain(one.start) + length))
        for one in found
    )


def _plain(value: date | datetime) -> date | datetime:
    return value.astimezone(UTC) if isinstance(value, datetime) else value


def we_see(series: Series) -> list[tuple[str, str]]:
    return sorted((str(one.start), str(one.end)) for one in ours(series))


@patient
@given(lived_in())
def test_put_get_a_series_is_read_as_it_was_written(series: Series) -> None:
    wanted = fields_of(series)
    assert CALENDAR.settle(EVENT, wanted) == wanted
    text = written(wanted)
    assert shown(text) == wanted
    assert changed(CALENDAR, EVENT, text, wanted, wanted, NOW) == text


@settings(patient, max_examples=40)
@given(lived_in())
def test_h24_what_a_calendar_holds_takes_place_when_the_series_does(series: Series) -> None:
    assert [(one.start, one.end) for one in ours(series_in(fields_of(series)))] == [
        (one.start, one.end) for one in ours(series)
    ]
    assert others_see(written(fields_of(series))) == we_see(series)


@settings(patient, max_examples=40)
@given(all_written())
def test_h24_rules_as_others_write_them_take_place_when_others_say(case: Written) -> None:
    wall = f";TZID={case.zone}:{case.start:%Y%m%dT%H%M%S}" if case.zone else f";VALUE=DATE:{case.start:%Y%m%d}"
    length = f"PT{int(case.length.total_seconds())}S" if case.zone else f"P{case.length.days}D"
    text = event(f"DURATION:{length}\nRRULE:{case.rrule}", start=f"DTSTART{wall}")
    assert is_mirrored(nature_of(text), "VEVENT")
    assert we_see(series_in(seen(text))) == others_see(text)


@settings(patient, max_examples=50)
@given(lived_in(), lived_in(), st.sampled_from(["Book club", "Another title"]))
def test_put_put_any_series_becomes_any_other(one: Series, other: Series, title: str) -> None:
    text = written(fields_of(one))
    wanted = fields_of(other, title=title)
    changed_text = after(text, wanted)
    assert shown(changed_text) == wanted
    back = after(changed_text, fields_of(one))
    assert shown(back) == fields_of(one)


@settings(patient, max_examples=40)
@given(lived_in(), st.data())
def test_h23_both_halves_of_a_split_together_are_the_series(series: Series, data: st.DataObject) -> None:
    found = ours(series)
    if len(found) < 2:
        return
    which = data.draw(st.sampled_from([one.id for one in found]))
    try:
        head, tail = split(series, which)
    except SetAside:  # nothing lies before or after
        return
    halves = [others_see(after(written(fields_of(series)), fields_of(head))), others_see(written(fields_of(tail)))]
    assert sorted([*halves[0], *halves[1]]) == we_see(series)


RICH = ics(
    """
    BEGIN:VCALENDAR
    VERSION:2.0
    PRODID:-//Some program//EN
    BEGIN:VTIMEZONE
    TZID:W. Europe Standard Time
    BEGIN:STANDARD
    DTSTART:16010101T030000
    TZOFFSETFROM:+0200
    TZOFFSETTO:+0100
    RRULE:FREQ=YEARLY;BYDAY=-1SU;BYMONTH=10
    END:STANDARD
    BEGIN:DAYLIGHT
    DTSTART:16010101T020000
    TZOFFSETFROM:+0100
    TZOFFSETTO:+0200
    RRULE:FREQ=YEARLY;BYDAY=-1SU;BYMONTH=3
    END:DAYLIGHT
    END:VTIMEZONE
    BEGIN:VEVENT
    UID:rich@example.org
    DTSTAMP:20260101T000000Z
    SUMMARY;LANGUAGE=en:Book club
    DTSTART;TZID=W. Europe Standard Time:20261201T180000
    DTEND;TZID=W. Europe Standard Time:20261201T200000
    RRULE:FREQ=WEEKLY;WKST=SU;BYDAY=TU;UNTIL=20270630T160000Z
    EXDATE;TZID=W. Europe Standard Time:20261208T180000
    ORGANIZER;CN=Ada:mailto:ada@example.org
    ATTENDEE;PARTSTAT=ACCEPTED:mailto:ben@example.org
    X-OWN;X-P=^n:of the series
    BEGIN:VALARM
    ACTION:DISPLAY
    TRIGGER:-PT15M
    DESCRIPTION:Soon
    END:VALARM
    END:VEVENT
    BEGIN:VEVENT
    UID:rich@example.org
    DTSTAMP:20260101T000000Z
    RECURRENCE-ID;TZID=W. Europe Standard Time:20261215T180000
    SUMMARY:Guest talk
    DTSTART;TZID=W. Europe Standard Time:20261216T190000
    DTEND;TZID=W. Europe Standard Time:20261216T200000
    ATTENDEE;PARTSTAT=DECLINED:mailto:ben@example.org
    X-OWN:of the guest talk
    BEGIN:VALARM
    ACTION:DISPLAY
    TRIGGER:-PT1H
    END:VALARM
    END:VEVENT
    BEGIN:VEVENT
    UID:rich@example.org
    DTSTAMP:20260101T000000Z
    RECURRENCE-ID;TZID=W. Europe Standard Time:20261222T180000
    SUMMARY:Book club
    STATUS:CANCELLED
    DTSTART;TZID=W. Europe Standard Time:20261222T180000
    DTEND;TZID=W. Europe Standard Time:20261222T200000
    END:VEVENT
    END:VCALENDAR
    """
)


def test_a_series_of_another_program_is_understood() -> None:
    series = series_in(seen(RICH))
    assert (series.start, series.zone, str(series.rule)) == (FIRST, "Europe/Berlin", "FREQ=WEEKLY;UNTIL=20270630")
    assert series.exdates == {"2026-12-08"}
    assert series.overrides == {
        "2026-12-15": {"title": "Guest talk", "period": "2026-12-16T18:00:00Z/2026-12-16T19:00:00Z"},
        "2026-12-22": {"status": "cancelled"},
    }


def lines(text: str) -> list[str]:
    return text.replace("\r\n ", "").split("\r\n")


def difference(text: str, wanted: Fields) -> tuple[list[str], list[str]]:
    """Return the lines that go and those that come, revisions aside."""
    stamps = ("DTSTAMP", "LAST-MODIFIED", "SEQUENCE")
    old, new = ([one for one in lines(part) if not one.startswith(stamps)] for part in (text, after(text, wanted)))
    gone, come = list(old), []
    for one in new:
        if one in gone:
            gone.remove(one)
        else:
            come.append(one)
    return gone, come


def test_h09_one_edited_occurrence_touches_no_line_of_the_others() -> None:
    edited = change.change_occurrence(series_in(seen(RICH)), "2026-12-15", {"location": "Room 9"})
    assert difference(RICH, {**shown(RICH), **fields_from_series(edited)}) == ([], ["LOCATION:Room 9"])


def test_h09_a_cancelled_occurrence_is_one_line_in_the_object_s_own_zone() -> None:
    edited = change.cancel_occurrence(series_in(seen(RICH)), "2027-01-05")
    zone = "W. Europe Standard Time"
    assert difference(RICH, {**shown(RICH), **fields_from_series(edited)}) == (
        [f"EXDATE;TZID={zone}:20261208T180000"],
        [f"EXDATE;TZID={zone}:20261208T180000,20270105T180000"],
    )


def test_h09_a_new_title_of_the_series_leaves_the_one_of_the_guest_talk() -> None:
    gone, come = difference(RICH, {**shown(RICH), "title": "Reading group"})
    assert gone == ["SUMMARY;LANGUAGE=en:Book club", "SUMMARY:Book club"]
    assert come == ["SUMMARY:Reading group", "SUMMARY:Reading group"]


def test_h09_what_somebody_put_into_an_occurrence_stays_when_the_series_moves() -> None:
    moved = change.move_all(series_in(seen(RICH)), FIRST + 25 * HOUR, FIRST + 27 * HOUR).series
    text = after(RICH, {**shown(RICH), **fields_from_series(moved)})
    assert series_in(seen(text)) == moved
    for kept in ("X-OWN:of the guest talk", "TRIGGER:-PT1H", "X-OWN;X-P=^n:of the series", "PARTSTAT=DECLINED"):
        assert text.count(kept) == 1
    assert text.count("BEGIN:VEVENT") == 3


def test_a_new_edited_occurrence_has_the_alarm_and_the_people_of_the_series() -> None:
    edited = change.move_occurrence(series_in(seen(RICH)), "2027-01-05", FIRST + 850 * HOUR, FIRST + 851 * HOUR)
    text = after(RICH, {**shown(RICH), **fields_from_series(edited)})
    one = text[text.rindex("BEGIN:VEVENT") :]
    assert "RECURRENCE-ID;TZID=W. Europe Standard Time:20270105T180000" in one
    assert "TRIGGER:-PT15M" in one
    assert "mailto:ben@example.org" in one
    assert "RRULE" not in one
    assert "EXDATE" not in one


def test_an_occurrence_that_is_as_the_series_again_keeps_what_is_its_own() -> None:
    series = series_in(seen(RICH))
    for which, count in (("2026-12-15", 3), ("2026-12-22", 2)):
        text = after(RICH, {**shown(RICH), **fields_from_series(change.restore_occurrence(series, which))})
        assert text.count("BEGIN:VEVENT") == count
        assert series_in(seen(text)) == change.restore_occurrence(series, which)
    assert "SUMMARY:Guest talk" not in after(
        RICH, {**shown(RICH), **fields_from_series(change.restore_occurrence(series, "2026-12-15"))}
    )


def test_h24_all_day_and_timed_again_rewrites_every_date_in_the_new_sort() -> None:
    days = change.to_all_day(series_in(seen(RICH)))
    text = after(RICH, {**shown(RICH), **fields_from_series(days)})
    assert "RRULE:FREQ=WEEKLY;UNTIL=20270630" in text
    assert "EXDATE;VALUE=DATE:20261208" in text
    assert "RECURRENCE-ID;VALUE=DATE:20261215\r\n" in text
    assert series_in(seen(text)) == days
    timed = change.to_timed(days, FIRST, FIRST + HOUR, "Europe/Berlin")
    again = after(text, {**shown(text), **fields_from_series(timed)})
    assert "UNTIL=20270630T160000Z" in again
    assert series_in(seen(again)) == timed


def test_floating_times_stay_floating() -> None:
    text = event("RRULE:FREQ=DAILY;UNTIL=20261210T120000", start="DTSTART:20261201T120000\nDTEND:20261201T130000")
    series = series_in(seen(text))
    assert series.zone == "Europe/Berlin"
    edited = change.end_after(change.cancel_occurrence(series, "2026-12-03"), date(2026, 12, 8)).series
    changed_text = after(text, {**shown(text), **fields_from_series(edited)})
    assert "DTSTART:20261201T120000\r\n" in changed_text
    assert "EXDATE:20261203T120000\r\n" in changed_text
    assert "UNTIL=20261208T120000\r\n" in changed_text
    assert "VTIMEZONE" not in changed_text


@pytest.mark.parametrize(
    ("inner", "reason"),
    [
        ("RRULE:FREQ=WEEKLY\nEXRULE:FREQ=MONTHLY", "EXRULE"),
        ("RRULE:FREQ=WEEKLY\nRRULE:FREQ=DAILY", "more than one rule"),
        ("RRULE:FREQ=SECONDLY", "more than 24 times a day"),
        ("RRULE:FREQ=DAILY;COUNT=10000000", "COUNT"),
        ("RRULE:FREQ=WEEKLY;RSCALE=CHINESE", "RSCALE"),
        ("RECURRENCE-ID:20261201T120000Z", "series that is not there"),
    ],
)
def test_h28_what_cannot_be_kept_is_left_alone_with_the_reason(inner: str, reason: str) -> None:
    nature = nature_of(event(inner))
    assert not is_mirrored(nature, "VEVENT")
    assert reason in nature.refusal


def test_this_and_future_is_left_alone() -> None:
    text = RICH.replace("RECURRENCE-ID;TZID", "RECURRENCE-ID;RANGE=THISANDFUTURE;TZID", 1)
    assert "THISANDFUTURE" in nature_of(text).refusal


@pytest.mark.parametrize("name", ZONES)
@pytest.mark.parametrize(("first", "last"), [(2026, 2028), (2026, None), (2001, None), (2040, None)])
def test_h24_a_written_zone_is_right_at_every_onset(name: str, first: int, last: int | None) -> None:
    text = f"BEGIN:VCALENDAR\r\n{definition(name, first, last)}END:VCALENDAR\r\n"
    (zone,) = icalendar.Calendar.from_ical(text).walk("VTIMEZONE")
    assert isinstance(zone, icalendar.Timezone)
    rules, clock = zone.to_tz(lookup_tzid=False), ZoneInfo(name)
    moment, end = datetime(first, 1, 1, 12, 30, tzinfo=UTC), datetime((last or first + 25) + 1, 1, 1, tzinfo=UTC)
    before = moment.astimezone(clock).utcoffset()
    while moment < end:
        here = moment.astimezone(clock)
        if here.utcoffset() != before or moment.day == 1:
            for hours in (-36, -2, 0, 2, 36):
                wall = here.replace(tzinfo=None) + timedelta(hours=hours)
                offsets = {wall.replace(tzinfo=clock, fold=fold).utcoffset() for fold in (0, 1)}
                assert len(offsets) > 1 or {wall.replace(tzinfo=rules).utcoffset()} == offsets, wall
        before, moment = here.utcoffset(), moment + timedelta(days=1)


def test_a_zone_without_end_is_told_for_ever_and_shortly() -> None:
    text = written(fields_of(change.change_rule(CLUB, "FREQ=WEEKLY").series))
    assert "RRULE:FREQ=YEARLY;BYMONTH=3;BYDAY=-1SU" in text
    assert len(text) < 1_500
