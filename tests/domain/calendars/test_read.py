"""Calendar files of every habit are read; what is refused says the line and why; nothing ever fails."""

from __future__ import annotations

from datetime import UTC, date, datetime, timedelta
from zoneinfo import ZoneInfo

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from domain.calendars.event import CalendarEvent, Read
from domain.calendars.read import read
from domain.calendars.write import write
from domain.fields import RecordType
from domain.records import check
from domain.recurrence.expand import Window, occurrences
from domain.recurrence.series import series_from_fields
from domain.richtext.plain import to_plain
from tests.domain.calendars.corpus import BERLIN, FILES, REFUSED, calendar, event

HOME = ZoneInfo("Europe/Vienna")
NINE = datetime(2026, 3, 2, 8, 0, tzinfo=UTC)
HOUR = timedelta(hours=1)
YEAR = Window(datetime(2026, 1, 1, tzinfo=UTC), datetime(2027, 1, 1, tzinfo=UTC))


def found(name: str) -> Read:
    return read(FILES[name], HOME)


def only(name: str) -> CalendarEvent:
    (one,) = found(name).events
    return one


def days(one: CalendarEvent) -> list[str]:
    series = series_from_fields(one.fields)
    assert series is not None
    return [f"{occurrence.start:%m-%d %H:%M}" for occurrence in occurrences(series, YEAR)]


@pytest.mark.parametrize("name", FILES)
def test_every_file_is_read_without_a_refusal(name: str) -> None:
    result = found(name)
    if name == "two copies of an occurrence":
        assert [refusal.reason for refusal in result.refusals] == [
            "another event has the same UID “one@example.org” and is newer"
        ]
    else:
        assert result.refusals == ()
    assert bool(result.events) == (name != "an empty calendar")
    for one in result.events:
        check(RecordType.EVENT, one.fields)
        for value in one.fields.values():
            assert not isinstance(value, datetime) or value.tzinfo is UTC


@pytest.mark.parametrize("name", FILES)
def test_read_written_and_read_again_is_the_same(name: str) -> None:
    events = found(name).events
    text = write(events, people=True)
    again = read(text.encode(), HOME)
    assert again.refusals == ()
    assert {one.uid: one for one in again.events} == {one.uid: one for one in events}
    assert write(again.events, people=True) == text


@pytest.mark.parametrize(("data", "line", "telling"), REFUSED.values(), ids=REFUSED)
def test_what_is_refused_says_the_line_and_the_reason(data: bytes, line: int, telling: str) -> None:
    (refusal, *_) = read(data, HOME).refusals
    assert refusal.line == line
    assert telling in refusal.reason
    assert refusal.mend
    assert str(refusal).startswith(f"Line {line}: ")


def test_one_bad_event_does_not_stop_the_others() -> None:
    result = read(calendar(*event("DTSTART:soon", uid="bad"), *event(BERLIN, uid="good")), HOME)
    assert [one.uid for one in result.events] == ["good"]
    assert len(result.refusals) == 1


@given(st.sampled_from(sorted(FILES)), st.data())
@settings(max_examples=60)
def test_no_file_however_damaged_makes_it_fail(name: str, data: st.DataObject) -> None:
    content = bytearray(FILES[name])
    for _ in range(data.draw(st.integers(1, 12))):
        place = data.draw(st.integers(0, max(0, len(content) - 1)))
        length = data.draw(st.integers(0, 9))
        content[place : place + length] = data.draw(st.binary(max_size=9) | st.sampled_from([b"\r\n", b"BEGIN:", b";"]))
    result = read(bytes(content), HOME)
    assert read(write(result.events).encode(), HOME).refusals == ()


@given(st.binary(max_size=300))
def test_no_bytes_make_it_fail(data: bytes) -> None:
    assert isinstance(read(data, HOME), Read)


@pytest.mark.parametrize(
    "name",
    [
        "a plain event",
        "bare line feeds",
        "bare carriage returns",
        "a byte order mark",
        "a windows zone",
        "bare components",
    ],
)
def test_the_same_event_in_many_clothes(name: str) -> None:
    fields = only(name).fields
    assert (fields["start"], fields["zone"]) == (NINE, "Europe/Berlin")


@pytest.mark.parametrize(
    ("name", "title"),
    [
        ("utf-16", "Grüße 🎉"),
        ("latin letters that are no utf-8", "Grüße"),
        ("a fold within a character", "Grüe"),
        ("lower case names", "low"),
        ("escapes", r"a, b; c\n d"),
    ],
)
def test_texts(name: str, title: str) -> None:
    assert only(name).fields["title"] == title


def test_lines_of_a_description() -> None:
    assert to_plain(str(only("escapes").fields["notes"])) == "one\ntwo\nthree\\four"


@pytest.mark.parametrize(
    ("name", "start", "end"),
    [
        ("no end of a day", date(2026, 3, 2), date(2026, 3, 3)),
        ("a day that ends where it starts", date(2026, 3, 2), date(2026, 3, 3)),
        ("no end of an instant", NINE, NINE),
        ("a length instead of an end", NINE, NINE + timedelta(hours=26)),
        ("an end before the start", NINE, NINE),
        ("an end of another sort", NINE, NINE),
    ],
)
def test_starts_and_ends(name: str, start: date, end: date) -> None:
    fields = only(name).fields
    assert (fields["start"], fields["end"]) == (start, end)


@pytest.mark.parametrize(
    ("name", "start", "zone"),
    [
        ("a floating time", NINE, "Europe/Vienna"),
        ("a zone for all", datetime(2026, 3, 2, 3, 30, tzinfo=UTC), "Asia/Kolkata"),
        ("a path before the zone", NINE, "Europe/Berlin"),
        (
            "a zone of its own",
            datetime(2026, 7, 2, 7, 0, tzinfo=UTC),
            "Europe/Vienna",
        ),  # the community's, of equal rules
        ("a zone that contradicts its name", NINE, "Europe/Berlin"),
        ("a zone that nobody knows", NINE, "Europe/Vienna"),
        ("a zone with rules like no other", datetime(2026, 3, 2, 6, 43, tzinfo=UTC), "Europe/Vienna"),
    ],
)
def test_zones(name: str, start: datetime, zone: str) -> None:
    fields = only(name).fields
    assert (fields["start"], fields["zone"]) == (start, zone)


def test_what_is_understood_otherwise_is_said() -> None:
    assert found("a zone that nobody knows").notes == (
        "“(UTC+01:00) Somewhere” is no known time zone; it was read as Europe/Vienna.",
    )
    assert "cp1252" in found("latin letters that are no utf-8").notes[0]
    assert "its end is not used" in found("an end before the start").notes[0]
    assert found("a plain event").notes == ()


def test_several_calendars_and_other_components() -> None:
    assert [one.uid for one in found("several calendars").events] == ["first", "second"]
    assert found("tasks beside events").others == {"VTODO": [4]}


def test_an_event_without_a_uid_has_the_same_name_each_time() -> None:
    assert only("no uid").uid.startswith("unnamed-")
    assert only("no uid").uid == only("no uid").uid


def test_a_series() -> None:
    assert days(only("a weekly series")) == ["03-02 08:00", "03-09 08:00", "03-16 08:00", "03-23 08:00", "03-30 07:00"]
    assert only("a weekly series").fields["rrule"] == "FREQ=WEEKLY;COUNT=5"


@pytest.mark.parametrize(
    "name",
    [
        "a moved occurrence",
        "a moved occurrence first",
        "a moved occurrence named in utc",
        "a moved occurrence named by its day",
    ],
)
def test_a_moved_occurrence(name: str) -> None:
    one = only(name)
    assert days(one) == ["03-02 08:00", "03-10 10:00", "03-16 08:00", "03-23 08:00", "03-30 07:00"]
    overrides = one.fields["overrides"]
    assert isinstance(overrides, frozenset)
    assert '["2026-03-09","title","Moved"]' in overrides


def test_an_occurrence_without_its_series_is_an_event_of_its_own() -> None:
    one = only("an occurrence without its series")
    assert (one.uid, one.fields["rrule"]) == ("one@example.org/2026-03-09T08:00:00+00:00", None)


def test_the_newest_copy_of_an_occurrence_counts() -> None:
    overrides = only("two copies of an occurrence").fields["overrides"]
    assert isinstance(overrides, frozenset)
    assert '["2026-03-09","location","Newer"]' in overrides


def test_cancelled_excluded_and_further_dates() -> None:
    overrides = only("a cancelled occurrence").fields["overrides"]
    assert isinstance(overrides, frozenset)
    assert '["2026-03-09","status","cancelled"]' in overrides
    one = only("excluded and further dates")
    assert days(one) == ["03-02 08:00", "03-04 08:00", "03-05 13:00", "03-30 07:00"]
    assert one.fields["exdates"] == {"2026-03-09", "2026-03-16", "2026-03-23"}
    assert one.fields["rdates"] == {"2026-03-04", "2026-03-05T14:00:00"}


@pytest.mark.parametrize("name", ["an end in utc", "an end in wall time", "an end as a day"])
def test_ends_of_a_rule(name: str) -> None:
    assert only(name).fields["rrule"] == "FREQ=WEEKLY;UNTIL=20260330"
    assert days(only(name))[-1] == "03-30 07:00"


def test_across_a_clock_change() -> None:
    assert days(only("across a clock change")) == ["03-22 01:30", "03-29 01:30", "04-05 00:30"]


def test_people_and_a_meeting() -> None:
    fields = only("people and a meeting").fields
    assert fields["attendees"] == {"ben@example.org"}
    assert (fields["meeting_url"], fields["status"]) == ("https://meet.example.org/room", "tentative")
