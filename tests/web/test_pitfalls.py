"""What spoils calendar feeds in the wild, by number: each has been seen in a shipped product."""

from __future__ import annotations

import re
from datetime import UTC, date, datetime, timedelta
from pathlib import Path
from typing import Any
from zoneinfo import ZoneInfo, available_timezones

import pytest

from domain.calendars.vtimezone import definition
from sync.feeds.calendar import Kind, years
from sync.feeds.files import content_of, everything
from sync.feeds.publisher import audience_of
from sync.feeds.snapshot import Reader
from tests.web.place import ADA, Place, place
from tests.web.reading import read

BERLIN = ZoneInfo("Europe/Berlin")
HOUR, DAY = timedelta(hours=1), timedelta(days=1)
START = datetime(2026, 12, 3, 14, tzinfo=BERLIN)


def feed(here: Place, kind: Kind = Kind.CALENDAR, email: str | None = None) -> bytes:
    return content_of(here.store, here.settings, kind, email, here.now)


def entry(here: Place, kind: Kind = Kind.CALENDAR) -> Any:
    (found,) = read(feed(here, kind)).walk("VEVENT")
    assert not found.errors
    return found


def lines(content: bytes) -> list[bytes]:
    return content.replace(b"\r\n ", b"").split(b"\r\n")


def test_p01_nothing_moves_while_nothing_changes(here: Place) -> None:
    here.event("event-1", START, START + HOUR)
    taken_in = here.now
    before = feed(here)
    here.now += 5 * HOUR
    assert feed(here) == before
    assert entry(here)["DTSTAMP"].dt == entry(here)["LAST-MODIFIED"].dt == taken_in
    here.change("event-1", title="Another title")
    assert entry(here)["DTSTAMP"].dt == here.now
    here.change("event-1", notes="Nothing that is shown")
    assert entry(here)["DTSTAMP"].dt == here.now - timedelta(minutes=1)


def test_p02_the_calendar_has_a_uid_of_its_own_that_stays(here: Place) -> None:
    one, other = (read(feed(here))["UID"] for _ in range(2))
    assert one == other
    assert one != read(feed(here, Kind.DEADLINES))["UID"]


def test_p03_every_zone_is_explained(here: Place) -> None:
    here.event("event-1", START, START + HOUR, zone="America/New_York")
    here.event("event-2", START, START + HOUR, zone="Europe/Berlin")
    here.event("event-3", START, START + HOUR)
    calendar = read(feed(here))
    assert calendar.get_missing_tzids() == set()
    assert [str(zone["TZID"]) for zone in calendar.walk("VTIMEZONE")] == ["America/New_York", "Europe/Berlin"]
    assert {event.start for event in calendar.events} == {START}


def test_p03_a_zone_means_the_same_as_its_name() -> None:
    for name in ("Europe/Berlin", "America/New_York", "Australia/Lord_Howe", "Asia/Kolkata", "Africa/Casablanca"):
        text = f"BEGIN:VCALENDAR\r\n{definition(name, 2026, 2028)}END:VCALENDAR\r\n"
        (written,) = read(text).walk("VTIMEZONE")
        zone, explained = ZoneInfo(name), written.to_tz(lookup_tzid=False)
        moment = datetime(2026, 1, 1, 12, tzinfo=UTC)
        while moment.year < 2029:
            wall = moment.astimezone(zone).replace(tzinfo=None)
            assert wall.replace(tzinfo=explained).utcoffset() == moment.astimezone(zone).utcoffset(), (name, moment)
            moment += DAY


def test_p03_onsets_are_written_in_the_time_before_them() -> None:
    assert "BEGIN:DAYLIGHT\r\nDTSTART:20260329T020000\r\nRDATE:20270328T020000" in definition(
        "Europe/Berlin", 2026, 2028
    )
    assert "BEGIN:STANDARD\r\nDTSTART:20261025T030000\r\nRDATE:20271031T030000" in definition(
        "Europe/Berlin", 2026, 2028
    )


def test_p03_every_zone_can_be_explained() -> None:
    for name in sorted(available_timezones()):
        (zone,) = read(f"BEGIN:VCALENDAR\r\n{definition(name, 2026, 2028)}END:VCALENDAR\r\n").walk("VTIMEZONE")
        assert not zone.errors
        assert not any(one.errors for one in zone.subcomponents)


def test_p04_zones_have_iana_names(here: Place) -> None:
    here.event("event-1", START, START + HOUR, zone="Europe/Berlin")
    content = feed(here)
    assert (
        set(re.findall(rb"TZID[=:]([^:\r]+)", content))
        == {b"Europe/Berlin"}
        <= {name.encode() for name in available_timezones()}
    )


def test_p05_the_end_of_a_day_is_the_next_one(here: Place) -> None:
    here.event("event-1", date(2026, 12, 1), date(2026, 12, 3))
    assert (entry(here)["DTSTART"].dt, entry(here)["DTEND"].dt) == (date(2026, 12, 1), date(2026, 12, 3))
    here.deadline("task-1", date(2026, 12, 24))
    due = entry(here, Kind.DEADLINES)
    assert (due["DTSTART"].dt, due["DTEND"].dt) == (date(2026, 12, 24), date(2026, 12, 25))


@pytest.mark.parametrize("due", [date(2026, 12, 24), datetime(2026, 12, 24, 23, 30, tzinfo=BERLIN)])
def test_p06_days_are_days_everywhere(here: Place, due: date) -> None:
    here.deadline("task-1", due)
    assert b"DTSTART;VALUE=DATE:20261224\r\n" in feed(here, Kind.DEADLINES)


def test_p07_p08_p09_an_entry_has_its_own_uid_and_no_rule(here: Place) -> None:
    for number in range(20):
        here.event(f"event-{number}", START, START + HOUR)
    here.deadline("task-1", date(2026, 12, 24), assignees=frozenset({"member-ada"}))
    events = read(feed(here, Kind.DUTIES, ADA)).events
    assert len({str(event["UID"]) for event in events}) == len(events) == 21
    assert not any(name in event for event in events for name in ("RRULE", "RDATE", "EXDATE", "RECURRENCE-ID"))


def test_p10_p18_lines_end_and_fold_as_they_must(here: Place) -> None:
    here.event("event-1", START, START + HOUR, title="👩‍👩‍👧 日本語 ä" * 30, location="\\;,\n" * 60)
    content = feed(here)
    assert not content.startswith(b"\xef\xbb\xbf")
    assert content.endswith(b"END:VCALENDAR\r\n")
    assert b"\n" not in content.replace(b"\r\n", b"")
    assert b"\r" not in content.replace(b"\r\n", b"")
    physical = content.split(b"\r\n")
    assert max(map(len, physical)) <= 75
    assert all(line.decode("utf-8") is not None for line in physical)  # no character is torn apart
    assert str(entry(here)["SUMMARY"]) == ("👩‍👩‍👧 日本語 ä" * 30)[:400]
    assert str(entry(here)["LOCATION"]) == ("\\;,\n" * 60).strip()


def test_p11_p12_nobody_is_invited(here: Place) -> None:
    guests = frozenset({"eve@example.org", "Ada Adler"})
    here.event("event-1", START, START + HOUR, attendees=guests, notes="Write to eve@example.org")
    here.deadline("task-1", date(2026, 12, 24), assignees=frozenset({"member-ada"}))
    for content in (feed(here), feed(here, Kind.DEADLINES), feed(here, Kind.DUTIES, ADA)):
        assert not re.search(rb"(?im)^(METHOD|ATTENDEE|ORGANIZER|BEGIN:VALARM)", content)
        assert b"example.org" not in content
        assert b"Adler" not in content


def test_p13_there_are_no_todos(here: Place) -> None:
    here.deadline("task-1", date(2026, 12, 24))
    here.task("task-2", date(2026, 12, 24), assignees=frozenset({"member-ada"}))
    content = feed(here, Kind.DUTIES, ADA)
    assert b"VTODO" not in content
    assert content.count(b"BEGIN:VEVENT") == 2


def test_p14_descriptions_are_plain_text(tmp_path: Path) -> None:
    with place(tmp_path, community="feeds = { private = false }") as here:
        here.event("event-1", START, START + HOUR, notes="**Bring** a [chart](https://example.org/c) & <you>")
        assert str(entry(here)["DESCRIPTION"]) == "Bring a chart (https://example.org/c) & <you>"


def test_p15_a_time_that_the_clock_shows_twice_is_written_in_utc(here: Place) -> None:
    second = datetime(2027, 10, 31, 2, 30, tzinfo=BERLIN, fold=1)
    here.event("event-1", second, second + HOUR)
    assert b"DTSTART:20271031T013000Z\r\nDTEND:20271031T023000Z\r\n" in feed(here)
    assert entry(here).start == second.astimezone(UTC)


def test_p16_zones_are_explained_as_far_as_the_feed_reaches(here: Place) -> None:
    far = here.now + 720 * DAY
    here.event("event-1", far, far + HOUR)
    here.event("event-2", START, far + 5000 * DAY)
    content = feed(here)
    assert str(far.year).encode() in b"".join(re.findall(rb"RDATE:[^\r]+", content))
    assert len(content) < 2500
    ends = {str(event["UID"]): event.end for event in read(content).events}
    assert ends["event-2@copsync"] == far + 5000 * DAY
    here.now = datetime(2039, 5, 1, 12, tzinfo=UTC)
    here.event("event-3", here.now + DAY, here.now + DAY + HOUR)
    assert b"RDATE:20400325T020000,20410331T020000" in feed(here)


def test_p17_the_past_and_the_far_future_are_left_out(here: Place) -> None:
    for name, days in (("old", -92), ("past", -88), ("coming", 728), ("far", 732)):
        start = here.now + days * DAY
        here.event(f"event-{name}", start, start + HOUR)
    assert [str(one["SUMMARY"]) for one in read(feed(here)).events] == ["event-past", "event-coming"]


def test_p17_long_texts_are_cut(here: Place) -> None:
    here.event(
        "event-1", START, START + HOUR, title="x" * 100_000, location="y" * 100_000, meeting_url="https://" + "z" * 9999
    )
    assert len(feed(here)) < 3000


def test_p19_a_deadline_has_another_uid_than_its_task(here: Place) -> None:
    here.deadline("task-1", date(2026, 12, 24))
    assert entry(here, Kind.DEADLINES)["UID"] == "task-1-due@copsync"


def test_p20_times_do_not_depend_on_the_calendars_zone(here: Place) -> None:
    here.event("event-1", START, START + HOUR)
    assert b"X-WR-TIMEZONE:Europe/Berlin\r\n" in feed(here)
    times = [line for line in lines(feed(here)) if line.startswith((b"DTSTART;", b"DTEND"))]
    assert times == [b"DTSTART;TZID=Europe/Berlin:20261203T140000", b"DTEND;TZID=Europe/Berlin:20261203T150000"]


def test_the_sequence_grows_with_what_matters(here: Place) -> None:
    def sequence() -> int:
        return int(entry(here)["SEQUENCE"])

    here.event("event-1", START, START + HOUR)
    seen = [sequence()]
    for fields in (
        {"title": "x"},
        {"start": START + HOUR, "end": START + 2 * HOUR},
        {"location": "y"},
        {"zone": "UTC"},
    ):
        here.change("event-1", **fields)
        seen.append(sequence())
    here.change("event-1", notes="z", attendees=frozenset({"a"}))
    assert sequence() == seen[-1]
    here.delete("event-1")
    assert (sequence(), str(entry(here)["STATUS"])) == (seen[-1] + 1, "CANCELLED")
    here.revive("event-1")
    assert (sequence(), str(entry(here)["STATUS"])) == (seen[-1] + 2, "CONFIRMED")
    here.change("event-1", status="cancelled")
    assert (sequence() > seen[-1] + 2, str(entry(here)["STATUS"])) == (True, "CANCELLED")
    assert seen == sorted(set(seen))


@pytest.mark.parametrize("how", ["deleted", "cancelled"])
def test_what_was_called_off_is_shown_for_thirty_days(here: Place, how: str) -> None:
    here.event("event-1", START + 60 * DAY, START + 60 * DAY + HOUR)
    here.delete("event-1") if how == "deleted" else here.change("event-1", status="cancelled")
    here.now += 30 * DAY
    cancelled = entry(here)
    assert (cancelled["STATUS"], cancelled["TRANSP"]) == ("CANCELLED", "TRANSPARENT")
    here.now += DAY
    assert read(feed(here)).events == []


def test_done_deadlines_are_ticked_and_done_duties_are_gone(here: Place) -> None:
    here.deadline("task-1", date(2026, 12, 24), title="Report", state="done")
    day, hers = date(2026, 12, 24), frozenset({"member-ada"})
    here.task("task-2", day, assignees=hers, state="done")
    here.task("task-3", day, assignees=frozenset({"member-ben"}))
    here.task("task-4", day, assignees=hers)
    here.task("task-5", None, assignees=hers)
    found = read(feed(here, Kind.DUTIES, ADA)).events
    assert [str(event["SUMMARY"]) for event in found] == ["✓ Report", "task-4"]
    here.delete("task-4")
    assert len(read(feed(here, Kind.DUTIES, ADA)).events) == 1


def test_modified_is_when_something_came_or_went(here: Place) -> None:
    here.event("event-1", START, START + HOUR)
    reader, began = Reader(audience_of(here.settings)), here.now
    assert reader.snapshot(here.store, None, here.now).modified == began
    here.now = START + 90 * DAY
    assert reader.snapshot(here.store, None, here.now).modified == began
    here.now += DAY
    gone = reader.snapshot(here.store, None, here.now)
    assert (gone.gatherings, gone.modified) == (b"", datetime(2027, 3, 4, tzinfo=UTC))


def test_zones_are_written_anew_when_a_year_begins(here: Place) -> None:
    here.event("event-1", datetime(2028, 12, 30, 10, tzinfo=UTC), datetime(2028, 12, 30, 11, tzinfo=UTC))
    reader = Reader(audience_of(here.settings))
    for now in (datetime(2027, 1, 5, tzinfo=UTC), datetime(2029, 1, 5, tzinfo=UTC), datetime(2029, 3, 5, tzinfo=UTC)):
        content = reader.snapshot(here.store, None, now).calendar(Kind.CALENDAR)
        assert b"DTSTART;TZID=Europe/Berlin:20281230T110000" in content
        assert content.count(b"BEGIN:VTIMEZONE") == 1
        assert str(years(now.date()).last).encode() in b"".join(re.findall(rb"RDATE:[^\r]+", content))


def test_one_file_holds_gatherings_and_deadlines(here: Place) -> None:
    here.event("event-1", START, START + HOUR)
    here.deadline("task-1", date(2026, 12, 1))
    here.task("task-2", date(2026, 12, 2), assignees=frozenset({"member-ada"}))
    calendar = read(everything(here.store, here.settings, here.now))
    assert [str(event["SUMMARY"]) for event in calendar.events] == ["task-1", "event-1"]
