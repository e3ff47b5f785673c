"""Series as values: checked, hashable, the same after a trip through the fields of an event and JSON."""

from __future__ import annotations

import json
from datetime import UTC, date, datetime, timedelta
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from domain.errors import SetAside
from domain.fields import RecordType, complete, fields_from_json
from domain.records import check
from domain.recurrence.overrides import decode, encode, period, read_period
from domain.recurrence.series import Series, fields_from_series, make_series, series_from_fields
from domain.values import Value, fields_to_json
from tests.domain.recurrence.generated import all_written, ours, patient

HOUR = timedelta(hours=1)
NINE = datetime(2026, 3, 2, 8, 0, tzinfo=UTC)
PERIODS = st.datetimes(datetime(2025, 1, 1), datetime(2027, 1, 1), timezones=st.just(UTC)).map(  # noqa: DTZ001
    lambda at: period(at.replace(microsecond=0), at.replace(microsecond=0) + HOUR)
)
CHANGES: dict[str, st.SearchStrategy[Any]] = {
    "title": st.text(max_size=8),
    "notes": st.text(max_size=8),
    "location": st.text(max_size=8),
    "status": st.sampled_from(["confirmed", "tentative", "cancelled"]),
    "attendees": st.frozensets(st.sampled_from(["a@example.org", "b@example.org"])),
    "period": PERIODS,
}
differences = st.fixed_dictionaries({}, optional=CHANGES)


@st.composite
def lived_in(draw: st.DrawFn) -> Series:
    """A series in which people have excluded, added and edited occurrences."""
    series = draw(all_written()).series
    names = [one.id for one in ours(series)][:40]
    days = st.dates(date(2025, 1, 1), date(2027, 1, 1)).map(date.isoformat)
    return make_series(
        series.start,
        series.end,
        series.zone,
        str(series.rule),
        rdates=draw(st.frozensets(days, max_size=3)),
        exdates=draw(st.frozensets(st.sampled_from(names) if names else days, max_size=3)),
        overrides=draw(
            st.dictionaries(st.sampled_from(names) if names else days, differences.filter(bool), max_size=4)
        ),
    )


@patient
@given(lived_in())
def test_a_series_survives_the_fields_of_an_event_and_json(series: Series) -> None:
    fields = complete(RecordType.EVENT, {"title": "Meeting", **fields_from_series(series)})
    stored = json.loads(json.dumps(fields_to_json(fields)))
    again = fields_from_json(RecordType.EVENT, stored)
    assert again == fields
    assert series_from_fields(again) == series
    assert hash(series_from_fields(again)) == hash(series)


def test_an_event_that_takes_place_once_is_no_series() -> None:
    assert series_from_fields(complete(RecordType.EVENT, {"start": NINE, "end": NINE + HOUR})) is None


def test_recurrence_ids_say_a_time_only_where_it_is_not_the_series_own() -> None:
    named = frozenset({"2026-03-03T09:00:00", "2026-03-04T10:00:00"})
    series = make_series(NINE, NINE + HOUR, "Europe/Berlin", "FREQ=DAILY", rdates=named, exdates=named)
    assert series.rdates == series.exdates == {"2026-03-03", "2026-03-04T10:00:00"}


@pytest.mark.parametrize(
    ("changes", "telling"),
    [
        ({"zone": "Middle/Earth"}, "no IANA time zone"),
        ({"zone": "../etc/passwd"}, "no IANA time zone"),
        ({"end": NINE - HOUR}, "ends before it starts"),
        ({"end": date(2026, 3, 3)}, "an instant"),
        ({"start": datetime(1601, 1, 1, tzinfo=UTC)}, "the year 1601"),
        ({"end": datetime(9999, 1, 1, tzinfo=UTC)}, "the year 9999"),
        ({"start": None}, "no start"),
        ({"exdates": frozenset({"next week"})}, "“next week” names no occurrence"),
        ({"exdates": frozenset({"2026-02-30"})}, "“2026-02-30” names no occurrence"),
        ({"rdates": frozenset({"1601-02-03"})}, "the year 1601"),
        ({"overrides": frozenset({"oops"})}, "no difference of an occurrence"),
        ({"overrides": frozenset({'["2026-03-03","rrule","FREQ=DAILY"]'})}, "no difference of an occurrence"),
        ({"overrides": frozenset({'["2026-03-03","title",null]', '["2026-03-03","title","x"]'})}, "one of two"),
        (
            {"exdates": frozenset((date(2000, 1, 1) + timedelta(n)).isoformat() for n in range(10_001))},
            "10001 exceptions",
        ),
        ({"overrides": frozenset({'["2026-03-03","period","now"]'})}, "now"),
        ({"overrides": frozenset({'["2026-03-03","title",3]'})}, "3 is no text"),
        ({"overrides": frozenset({'["2026-03-03","attendees","ada"]'})}, "ada is no list"),
        ({"overrides": frozenset({'["2026-03-03","period","1601-01-01/1601-01-02"]'})}, "the year 1601"),
        ({"rrule": "FREQ=SECONDLY"}, "24 times a day"),
    ],
)
def test_what_is_no_series_is_set_aside_with_the_mend(changes: dict[str, Value], telling: str) -> None:
    sound: dict[str, Value] = {"start": NINE, "end": NINE + HOUR, "zone": "Europe/Berlin", "rrule": "FREQ=WEEKLY"}
    with pytest.raises(SetAside) as refusal:
        series_from_fields({**sound, **changes})
    assert telling in refusal.value.message
    assert refusal.value.mend


def test_days_have_no_zone() -> None:
    with pytest.raises(SetAside, match="days have no time zone"):
        make_series(date(2026, 3, 2), date(2026, 3, 3), "Europe/Berlin", "FREQ=DAILY")


@patient
@given(st.dictionaries(st.sampled_from(["2026-03-02", "2026-03-09"]), differences.filter(bool)))
def test_overrides_are_one_value(overrides: dict[str, dict[str, Value]]) -> None:
    assert decode(encode(overrides)) == overrides
    assert encode(decode(encode(overrides))) == encode(overrides)


@pytest.mark.parametrize("text", ["", "2026-03-02", "2026-03-02/2026-03-02T10:00:00Z", "2026-03-03/2026-03-02", "x/y"])
def test_what_is_no_period(text: str) -> None:
    with pytest.raises(ValueError):
        read_period(text)


def test_a_series_says_what_its_start_implies() -> None:
    series = make_series(NINE, NINE + HOUR, "Europe/Berlin", "FREQ=WEEKLY;BYDAY=MO")
    assert (series.wall.hour, series.length, series.all_day, str(series.rule)) == (9, HOUR, False, "FREQ=WEEKLY")


def test_an_event_whose_recurrence_cannot_be_kept_is_set_aside() -> None:
    sound = complete(RecordType.EVENT, {"start": NINE, "end": NINE + HOUR, "rrule": "FREQ=WEEKLY"})
    check(RecordType.EVENT, sound)
    with pytest.raises(SetAside, match="24 times a day"):
        check(RecordType.EVENT, {**sound, "rrule": "FREQ=SECONDLY"})
