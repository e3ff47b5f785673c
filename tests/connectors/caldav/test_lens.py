"""The lens: what is read is what was written, and what nobody changed stays byte for byte."""

from __future__ import annotations

from datetime import UTC, date, datetime, timedelta
from typing import Any
from zoneinfo import ZoneInfo

import pytest
from hypothesis import given
from hypothesis import strategies as st

from connectors.caldav.bodies import changed, new_object
from connectors.caldav.lens import Lens, Part
from connectors.caldav.resource import Resource, is_mirrored, nature_of, remote_of
from connectors.caldav.series import SINGLE
from connectors.caldav.zones import Zones
from connectors.contract import Remote
from domain.calendars.lines import lines_of
from domain.errors import SetAside
from domain.fields import RecordType, complete
from domain.lens import Space, project
from domain.values import Fields
from tests.connectors.caldav.samples import RICH_EVENT, RICH_TASK, event, task

EVENT, TASK = RecordType.EVENT, RecordType.TASK
BERLIN = ZoneInfo("Europe/Berlin")
NOW = datetime(2026, 11, 28, 12, tzinfo=UTC)
CALENDAR, LIST = Lens("VEVENT", Zones(BERLIN), "all"), Lens("VTODO", Zones(BERLIN))
DUE_UID = "copsync-due-task-1-00000000"


def remote(text: str, component: Part = "VEVENT") -> Remote:
    return remote_of(Resource.of("one.ics", '"1"', text), component)


def seen(text: str, lens: Lens = CALENDAR) -> Fields:
    return lens.view(remote(text, lens.component))


DAYS = st.dates(date(1971, 1, 1), date(2199, 1, 1))
SECONDS = st.integers(31_536_000, 7_226_582_400)
INSTANTS = SECONDS.map(lambda seconds: datetime.fromtimestamp(seconds, UTC))
ZONES = st.sampled_from(["Europe/Berlin", "America/New_York", "Asia/Kolkata", "UTC", "Etc/UTC", "Australia/Lord_Howe"])
TEXTS = st.text(st.characters(codec="utf-8"), max_size=90)
NOTES = TEXTS | st.sampled_from(["**bold** and _soft_\n\n- one\n- two", "# Head\n\n1. x\n\n> quoted", "a\\\nb"])
LENGTHS = st.timedeltas(timedelta(0), timedelta(days=40)).map(lambda one: timedelta(seconds=int(one.total_seconds())))


@st.composite
def events(draw: st.DrawFn) -> dict[str, Any]:
    start = draw(INSTANTS | DAYS)
    length = draw(LENGTHS)
    end = start + length
    return {
        "title": draw(TEXTS),
        "notes": draw(NOTES),
        "start": start,
        "end": end,
        "zone": draw(ZONES | st.none()),
        "location": draw(TEXTS),
        "meeting_url": draw(st.sampled_from(["", "https://meet.example.org/a?b=c,d;e", "https://zoom.example/1"])),
        "status": draw(st.sampled_from(["confirmed", "tentative", "cancelled"])),
        **SINGLE,
    }


@st.composite
def tasks(draw: st.DrawFn) -> dict[str, Any]:
    return {
        "kind": draw(st.sampled_from(["task", "milestone"])),
        "title": draw(TEXTS),
        "notes": draw(NOTES),
        "state": draw(st.sampled_from(["open", "done"])),
        "start": draw(st.none() | INSTANTS | DAYS),
        "due": draw(st.none() | INSTANTS | DAYS),
        "tags": frozenset(draw(st.lists(TEXTS, max_size=3))),
        "parent": None,
    }


def agree(one: Fields, other: Fields, skip: frozenset[str] = frozenset({"attendees", "completed_at"})) -> None:
    assert {name: one[name] for name in one.keys() - skip} == {name: other[name] for name in other.keys() - skip}


@given(events())
def test_put_get_a_new_event_shows_what_was_written(fields: dict[str, Any]) -> None:
    wanted = CALENDAR.settle(EVENT, fields)
    assert CALENDAR.settle(EVENT, wanted) == wanted
    text = new_object(CALENDAR, EVENT, "copsync-event-1-00000000", wanted, NOW)
    agree(seen(text), wanted)


@given(tasks())
def test_put_get_a_new_task_shows_what_was_written(fields: dict[str, Any]) -> None:
    wanted = LIST.settle(TASK, fields)
    assert LIST.settle(TASK, wanted) == wanted
    text = new_object(LIST, TASK, "copsync-task-1-00000000", wanted, NOW)
    agree(seen(text, LIST), wanted)


@given(DAYS, TEXTS)
def test_put_get_a_deadline_is_an_all_day_event_of_free_time(day: date, title: str) -> None:
    wanted = CALENDAR.settle(TASK, {"title": title, "due": day})
    text = new_object(CALENDAR, TASK, DUE_UID, wanted, NOW)
    shown = remote(text)
    assert (shown.type, shown.mark) == (TASK, "task-1")
    assert CALENDAR.view(shown) == wanted
    assert "TRANSP:TRANSPARENT" in text


@pytest.mark.parametrize("text", [RICH_EVENT, event(), event("DURATION:PT1H30M", start="DTSTART:20261201T120000Z")])
@given(fields=events(), names=st.sets(st.sampled_from(["title", "notes", "span", "location", "meeting_url", "status"])))
def test_put_get_a_change_shows_and_touches_nothing_else(text: str, fields: dict[str, Any], names: set[str]) -> None:
    before = seen(text)
    chosen = {*names, *(("start", "end", "zone") if "span" in names else ())} - {"span"}
    wanted = CALENDAR.settle(EVENT, {**before, **{name: fields[name] for name in chosen}})
    after = changed(CALENDAR, EVENT, text, {name: wanted[name] for name in chosen}, wanted, NOW)
    agree(seen(after), wanted)
    _others_stay(text, after, {"SUMMARY", "DESCRIPTION", "DTSTART", "DTEND", "DURATION", "LOCATION", "URL", "STATUS"})


@pytest.mark.parametrize(
    "text", [RICH_TASK, task(), task("DTSTART:20261201T120000Z\nDURATION:P1D\nCOMPLETED:20261202T120000Z")]
)
@given(fields=tasks(), names=st.sets(st.sampled_from(["title", "notes", "state", "tags", "kind", "dates"])))
def test_put_get_a_task_s_change_shows_and_touches_nothing_else(
    text: str, fields: dict[str, Any], names: set[str]
) -> None:
    before = seen(text, LIST)
    chosen = {*names, *(("start", "due") if "dates" in names else ())} - {"dates"}
    wanted = LIST.settle(TASK, {**before, **{name: fields[name] for name in chosen}})
    after = changed(LIST, TASK, text, {name: wanted[name] for name in chosen}, wanted, NOW)
    agree(seen(after, LIST), wanted)
    names_of_lines = {"SUMMARY", "DESCRIPTION", "STATUS", "COMPLETED", "PERCENT-COMPLETE", "CATEGORIES"}
    _others_stay(text, after, names_of_lines | {"DTSTART", "DUE", "DURATION"})


def _others_stay(before: str, after: str, names: set[str]) -> None:
    """Every line of other names is there, as it was and in its order; VTIMEZONEs may have been added."""
    stamps = {"DTSTAMP", "LAST-MODIFIED", "SEQUENCE"}
    kept = [line.raw for line in lines_of(before) if line.name not in names | stamps]
    rest = iter([line.raw for line in lines_of(after)])
    assert all(any(line == other for other in rest) for line in kept)


@pytest.mark.parametrize(
    ("lens", "text"),
    [
        (CALENDAR, RICH_EVENT),
        (CALENDAR, event("CONFERENCE;VALUE=URI:https://x.example\nURL:https://y.example")),
        (LIST, RICH_TASK),
        (
            CALENDAR,
            event(start="DTSTART;TZID=America/New_York:20261201T080000\nDTEND;TZID=Europe/Berlin:20261201T200000"),
        ),
        (CALENDAR, event(start="DTSTART;TZID=Europe/Berlin:20261201T080000\nDTEND:20261201T080000Z")),
        (CALENDAR, event(start="DTSTART:20261201T080000Z\nDTEND:20261130T080000Z")),
        (CALENDAR, event(start="DTSTART:20261201T080000Z\nDTEND;VALUE=DATE:20261203")),
        (CALENDAR, event("DURATION:P1DT2H", start="DTSTART;TZID=Europe/Berlin:20261025T023000")),
        (LIST, task("DTSTART;VALUE=DATE:20261201\nDUE;VALUE=DATE:20261201")),
        (LIST, task("DTSTART:20261201T080000Z\nDUE;VALUE=DATE:20261202\nSTATUS:CANCELLED")),
        (LIST, task("DTSTART:20261201T080000Z\nDURATION:PT1H")),
    ],
)
def test_get_put_a_view_that_is_put_back_changes_no_byte(lens: Lens, text: str) -> None:
    view = seen(text, lens)
    kind = EVENT if lens.on_calendar else TASK
    assert changed(lens, kind, text, view, view, NOW) == text
    space = Space("s", _capabilities(lens), BERLIN, lens.settle, lens.admits)
    projected = project(kind, complete(kind, view), space, view)
    assert projected == {name: view[name] for name in projected}


def _capabilities(lens: Lens) -> Any:
    from connectors.caldav.capabilities import CALENDAR as CALENDAR_HOLDS
    from connectors.caldav.capabilities import TASK_LIST

    return CALENDAR_HOLDS if lens.on_calendar else TASK_LIST


def test_a_rich_event_is_read() -> None:
    view = seen(RICH_EVENT)
    assert view["title"] == "A gathering, with all; and more"
    assert view["notes"] == "First line\\\nSecond \\*line\\*"
    assert (view["start"], view["zone"]) == (datetime(2026, 12, 1, 12, tzinfo=UTC), "Europe/Berlin")
    assert view["attendees"] == frozenset({"ben@example.org"})


def test_a_rich_task_is_read() -> None:
    view = seen(RICH_TASK, LIST)
    assert (view["kind"], view["tags"], view["state"]) == ("milestone", frozenset({"charter", "urgent"}), "open")
    assert (view["start"], view["due"]) == (date(2026, 12, 1), date(2026, 12, 4))


@pytest.mark.parametrize(
    ("start", "zone", "hour"),
    [
        ("DTSTART:20260701T120000Z", "UTC", 12),
        ("DTSTART:20260701T120000", "Europe/Berlin", 10),
        ("DTSTART;TZID=America/New_York:20260701T120000", "America/New_York", 16),
        ("DTSTART;TZID=/mozilla.org/20050126_1/America/New_York:20260701T120000", "America/New_York", 16),
        ("DTSTART;TZID=Eastern Standard Time:20260701T120000", "America/New_York", 16),
        ("DTSTART;TZID=W. Europe Standard Time:20260701T120000", "Europe/Berlin", 10),
        ("DTSTART;TZID=europe/vienna:20260701T120000", "Europe/Vienna", 10),
        ('DTSTART;TZID="(UTC+01:00) Amsterdam":20260701T120000', "Europe/Berlin", 10),
    ],
)
def test_h24_zones_are_understood_by_name(start: str, zone: str, hour: int) -> None:
    view = seen(event(start=start))
    assert (view["start"], view["zone"]) == (datetime(2026, 7, 1, hour, tzinfo=UTC), zone)


WRONG_RULES = """
BEGIN:VTIMEZONE
TZID:{name}
BEGIN:STANDARD
DTSTART:19700101T000000
TZOFFSETFROM:+0500
TZOFFSETTO:+0500
END:STANDARD
END:VTIMEZONE
"""


@pytest.mark.parametrize(("name", "hour"), [("Europe/Berlin", 10), ("Custom", 7)])
def test_a_written_zone_counts_only_where_its_name_says_nothing(name: str, hour: int) -> None:
    text = event(start=f"DTSTART;TZID={name}:20260701T120000", outer=WRONG_RULES.format(name=name))
    assert seen(text)["start"] == datetime(2026, 7, 1, hour, tzinfo=UTC)


def test_the_zone_of_the_calendar_counts_for_times_without_one() -> None:
    text = event(start="DTSTART:20260701T120000", outer="X-WR-TIMEZONE:America/New_York")
    assert (seen(text)["start"], seen(text)["zone"]) == (datetime(2026, 7, 1, 16, tzinfo=UTC), "America/New_York")


def test_h24_days_have_an_exclusive_end_and_no_zone() -> None:
    view = seen(event(start="DTSTART;VALUE=DATE:20260628\nDTEND;VALUE=DATE:20260709"))
    assert (view["start"], view["end"], view["zone"]) == (date(2026, 6, 28), date(2026, 7, 9), None)
    alone = seen(event(start="DTSTART;VALUE=DATE:20260628"))
    assert alone["end"] == date(2026, 6, 29)


@pytest.mark.parametrize(("length", "end"), [("PT90M", (13, 30)), ("P1D", (12, 0)), ("P0D", (12, 0))])
def test_a_length_stands_for_an_end(length: str, end: tuple[int, int]) -> None:
    view = seen(event(start=f"DTSTART:20261201T120000Z\nDURATION:{length}"))
    assert isinstance(view["end"], datetime)
    assert (view["end"].hour, view["end"].minute) == end


def test_h24_a_day_s_length_is_a_day_of_the_wall_clock() -> None:
    view = seen(event(start="DTSTART;TZID=Europe/Berlin:20261024T120000\nDURATION:P1D"))
    assert view["end"] == datetime(2026, 10, 25, 11, tzinfo=UTC)


def test_a_time_that_comes_twice_is_told_in_utc() -> None:
    twice = datetime(2026, 10, 25, 1, 30, tzinfo=UTC)  # 02:30 for the second time
    wanted = CALENDAR.settle(EVENT, {"start": twice, "end": twice, "zone": "Europe/Berlin"})
    assert wanted["zone"] == "UTC"
    assert "DTSTART:20261025T013000Z" in new_object(CALENDAR, EVENT, "u", wanted, NOW)


def test_a_written_zone_has_its_definition_with_a_short_window() -> None:
    wanted = CALENDAR.settle(EVENT, {"start": NOW, "end": NOW, "zone": None})
    text = new_object(CALENDAR, EVENT, "u", wanted, NOW)
    assert text.index("BEGIN:VTIMEZONE") < text.index("BEGIN:VEVENT")
    assert "TZID:Europe/Berlin" in text
    assert len(text) < 1_500
    moved = {**wanted, "start": NOW + timedelta(days=2000), "end": NOW + timedelta(days=2000)}
    later = changed(CALENDAR, EVENT, text, moved, moved, NOW)
    assert later.count("BEGIN:VTIMEZONE") == 1
    assert "20320328T020000" in later


def test_done_and_open_again_are_said_by_three_properties() -> None:
    view = seen(RICH_TASK, LIST)
    done = changed(LIST, TASK, RICH_TASK, {"state": "done"}, {**view, "state": "done"}, NOW)
    assert "STATUS:COMPLETED\r\n" in done
    assert "COMPLETED:20261128T120000Z\r\n" in done
    assert done.count("PERCENT-COMPLETE:100") == done.count("PERCENT-COMPLETE") == 1
    again = changed(LIST, TASK, done, {"state": "open"}, view, NOW)
    assert "STATUS:NEEDS-ACTION\r\n" in again
    assert "COMPLETED" not in again.replace("STATUS:", "")
    assert "PERCENT" not in again


def test_a_completed_that_a_server_forgot_to_remove_does_not_count() -> None:
    assert seen(task("STATUS:NEEDS-ACTION\nCOMPLETED:20261128T120000Z"), LIST)["state"] == "open"


def test_a_parent_is_set_beside_other_relations_and_removed_again() -> None:
    view = seen(RICH_TASK, LIST)
    child = changed(LIST, TASK, RICH_TASK, {"parent": "p.ics"}, {**view, "parent": "p.ics"}, NOW, "p@example.org")
    assert "RELATED-TO:p@example.org\r\n" in child
    assert "RELATED-TO;RELTYPE=SIBLING:other@example.org\r\n" in child
    assert nature_of(child).parent_uid == "p@example.org"
    free = changed(LIST, TASK, child, {"parent": None}, {**view, "parent": None}, NOW)
    assert nature_of(free).parent_uid == ""
    assert "SIBLING" in free


def test_significant_changes_raise_the_sequence_and_others_do_not() -> None:
    view = seen(RICH_EVENT)
    moved = {**view, "start": NOW, "end": NOW}
    assert "SEQUENCE:5\r\n" in changed(CALENDAR, EVENT, RICH_EVENT, {"start": NOW, "end": NOW}, moved, NOW)
    renamed = changed(CALENDAR, EVENT, RICH_EVENT, {"title": "x"}, {**view, "title": "x"}, NOW)
    assert "SEQUENCE:4\r\n" in renamed
    assert "DTSTAMP:20261128T120000Z\r\n" in renamed
    assert "LAST-MODIFIED:20261128T120000Z\r\n" in renamed


def test_people_and_alarms_are_never_written_and_always_left() -> None:
    view = seen(RICH_EVENT)
    after = changed(CALENDAR, EVENT, RICH_EVENT, {"title": "x"}, {**view, "title": "x"}, NOW)
    for kept in ("ORGANIZER;CN=Ada:mailto:ada@example.org", 'ATTENDEE;CN="Ben, B.";PARTSTAT', "TRIGGER:-PT15M"):
        assert kept in after
    fresh = new_object(CALENDAR, EVENT, "u", {**view, "attendees": frozenset({"a@example.org"})}, NOW)
    assert "ATTENDEE" not in fresh
    assert "ORGANIZER" not in fresh


def test_new_notes_take_their_html_twin_away() -> None:
    text = event("DESCRIPTION:old\nX-ALT-DESC;FMTTYPE=text/html:<b>old</b>")
    after = changed(CALENDAR, EVENT, text, {"notes": "new"}, {**seen(text), "notes": "new"}, NOW)
    assert "DESCRIPTION:new" in after
    assert "X-ALT-DESC" not in after


@pytest.mark.parametrize("inner", ["RRULE:FREQ=SECONDLY", "RECURRENCE-ID:20261201T120000Z", "CLASS:PRIVATE"])
def test_odd_series_and_private_events_are_left_alone(inner: str) -> None:
    assert not is_mirrored(nature_of(event(inner)), "VEVENT")
    assert is_mirrored(nature_of(event()), "VEVENT")
    assert not is_mirrored(nature_of(event()), "VTODO")


@pytest.mark.parametrize(
    "text",
    [
        "",
        "BEGIN:VCALENDAR\r\nEND:VCALENDAR\r\n",
        event(start=""),
        event(start="DTSTART:yesterday"),
        event(start="DTSTART:20261301T000000Z"),
        event(start="DTSTART:20261201T120000Z\nDURATION:long"),
        "<html></html>",
    ],
)
def test_h28_what_cannot_be_understood_is_set_aside_alone(text: str) -> None:
    assert is_mirrored(nature_of(text), "VEVENT")
    with pytest.raises(SetAside, match="cannot be understood"):
        seen(text)
