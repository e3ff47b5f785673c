"""What people do to a series: laws of moving, excluding, splitting and ending."""

from __future__ import annotations

from dataclasses import replace
from datetime import UTC, date, datetime, timedelta
from zoneinfo import ZoneInfo

import pytest
from hypothesis import assume, given
from hypothesis import strategies as st

from domain.errors import SetAside
from domain.recurrence.change import (
    cancel_occurrence,
    change_occurrence,
    change_rule,
    change_zone,
    end_after,
    is_slot,
    move_all,
    move_occurrence,
    restore_occurrence,
    takes_place,
    to_all_day,
    to_timed,
)
from domain.recurrence.expand import Occurrence, slots
from domain.recurrence.overrides import read_period
from domain.recurrence.series import Series, make_series
from domain.recurrence.split import split
from domain.recurrence.walls import exists
from tests.domain.recurrence.generated import ZONES, all_written, ours, patient
from tests.domain.recurrence.test_series import PERIODS, differences, lived_in

HOUR = timedelta(hours=1)
NINE = datetime(2026, 3, 2, 8, 0, tzinfo=UTC)  # a Monday, 09:00 in Berlin


def weekly(rrule: str = "FREQ=WEEKLY", **more: object) -> Series:
    return make_series(NINE, NINE + HOUR, "Europe/Berlin", rrule, **more)  # type: ignore[arg-type]


def some(data: st.DataObject, series: Series) -> Occurrence:
    found = ours(series)[:60]
    assume(found)
    return data.draw(st.sampled_from(found))


def without(series: Series, which: str) -> list[Occurrence]:
    return [one for one in ours(series) if one.id != which]


@patient
@given(lived_in(), st.data())
def test_cancelling_takes_one_occurrence_away_and_no_other(series: Series, data: st.DataObject) -> None:
    one = some(data, series)
    cancelled = cancel_occurrence(series, one.id)
    assert ours(cancelled) == without(series, one.id)
    assert not takes_place(cancelled, one.id)
    with pytest.raises(SetAside):
        cancel_occurrence(cancelled, one.id)


@patient
@given(lived_in(), st.data(), differences.filter(bool))
def test_changing_one_occurrence_changes_no_other(
    series: Series, data: st.DataObject, fields: dict[str, object]
) -> None:
    one = some(data, series)
    changed = change_occurrence(series, one.id, fields)  # type: ignore[arg-type]
    assert without(changed, one.id) == without(series, one.id)
    assert takes_place(changed, one.id)
    assert {name: changed.overrides[one.id][name] for name in fields} == fields


@patient
@given(lived_in(), st.data(), PERIODS)
def test_a_moved_occurrence_takes_place_there_and_once(series: Series, data: st.DataObject, at: str) -> None:
    one = some(data, series)
    moved = move_occurrence(series, one.id, *read_period(at))
    (found,) = [other for other in ours(moved) if other.id == one.id]
    assert (found.start, found.end) == read_period(at)
    assert found.fields == one.fields


@patient
@given(all_written(), st.data())
def test_restoring_undoes_cancelling_and_editing(case, data: st.DataObject) -> None:  # type: ignore[no-untyped-def]
    one = some(data, case.series)
    assert restore_occurrence(cancel_occurrence(case.series, one.id), one.id) == case.series
    edited = change_occurrence(case.series, one.id, {"title": "Guest"})
    assert restore_occurrence(edited, one.id) == case.series
    assert change_occurrence(edited, one.id, {"title": None}) == case.series


@patient
@given(lived_in(), st.data())
def test_h23_a_split_series_is_exactly_the_old_one(series: Series, data: st.DataObject) -> None:
    """Nothing is lost and nothing doubled by "this and following"."""
    walls = list(slots(series, before=datetime(2027, 1, 1)))[1:60]  # noqa: DTZ001 - a wall time
    assume(walls)
    boundary = series.id_of(data.draw(st.sampled_from(walls)))
    head, tail = split(series, boundary)
    expected = sorted(
        (one.start, one.end, str(one.fields)) for one in ours(series) if type(one.start) is type(series.start)
    )
    found = [one for part in (head, tail) for one in ours(part)]
    assert (
        sorted((one.start, one.end, str(one.fields)) for one in found if type(one.start) is type(series.start))
        == expected
    )
    assert len(found) == len(ours(series))
    limit = series.wall_of(boundary)
    assert all(head.wall_of(one.id) < limit for one in ours(head))
    assert all(tail.wall_of(one.id) >= limit for one in ours(tail))


@patient
@given(lived_in(), st.data())
def test_both_sides_of_a_split_can_be_kept(series: Series, data: st.DataObject) -> None:
    walls = list(slots(series, before=datetime(2027, 1, 1)))[1:60]  # noqa: DTZ001 - a wall time
    assume(walls)
    for part in split(series, series.id_of(data.draw(st.sampled_from(walls)))):
        again = make_series(
            part.start,
            part.end,
            part.zone,
            str(part.rule) if part.rule else None,
            rdates=part.rdates,
            exdates=part.exdates,
            overrides=part.overrides,
        )
        assert again == part


def test_a_split_where_clocks_are_set_forward_keeps_the_time_of_day() -> None:
    start = datetime(2026, 3, 15, 1, 30, tzinfo=UTC)  # Sundays at 02:30 in Berlin; not on March 29
    series = make_series(start, start + HOUR, "Europe/Berlin", "FREQ=WEEKLY;COUNT=5")
    head, tail = split(series, "2026-03-29")
    assert [one.id for one in ours(head)] == ["2026-03-15", "2026-03-22"]
    assert [(one.id, one.start.isoformat()) for one in ours(tail)] == [
        ("2026-03-29", "2026-03-29T01:30:00+00:00"),
        ("2026-04-05", "2026-04-05T00:30:00+00:00"),
        ("2026-04-12", "2026-04-12T00:30:00+00:00"),
    ]


def test_there_must_be_something_on_both_sides_of_a_split() -> None:
    series = weekly("FREQ=WEEKLY;COUNT=3")
    for boundary in ("2026-03-02", "2026-04-01"):
        with pytest.raises(SetAside):
            split(series, boundary)


@patient
@given(lived_in(), st.dates(date(2025, 1, 1), date(2027, 6, 1)))
def test_ending_earlier_keeps_what_lies_before(series: Series, last: date) -> None:
    assume(series.wall.date() <= last)
    ended = end_after(series, last)
    wanted = [one for one in ours(series) if series.wall_of(one.id).date() <= last]
    orphans = {which for which in series.overrides if not is_slot(series, which)}
    found = [one for one in ours(ended.series) if one.id not in orphans]
    if series.rule and series.rule.count is None and series.rule.until is None:
        assert found == [one for one in wanted if one.id not in orphans]
    later = {which for which in series.overrides if series.wall_of(which).date() > last} - orphans
    assert later == set(ended.dropped)
    assert all(series.overrides[which] == fields for which, fields in ended.dropped.items())


def test_a_series_can_be_extended() -> None:
    series = weekly("FREQ=WEEKLY;COUNT=2", exdates=frozenset({"2026-03-09"}))
    longer = end_after(series, date(2026, 3, 22)).series
    assert [one.id for one in ours(longer)] == ["2026-03-02", "2026-03-16"]
    with pytest.raises(SetAside, match="Delete the event"):
        end_after(series, date(2026, 3, 1))


@patient
@given(lived_in(), st.sampled_from([-90, 15, 60, 300]))
def test_another_time_of_day_leaves_every_day_and_every_exception(series: Series, minutes: int) -> None:
    assume(not series.all_day)
    assume(series.rule and series.rule.once_a_day)
    wall = series.wall + timedelta(minutes=minutes)
    assume(wall.date() == series.wall.date() and exists(wall, series.clock))
    start = wall.replace(tzinfo=series.clock).astimezone(UTC)
    moved = move_all(series, start, start + series.length).series
    assert (moved.exdates, moved.rdates, moved.overrides) == (series.exdates, series.rdates, series.overrides)
    assert list(slots(moved, before=wall + timedelta(days=500))) == [
        old + timedelta(minutes=minutes) for old in slots(series, before=series.wall + timedelta(days=500))
    ]


@patient
@given(all_written(("DAILY", "WEEKLY")), st.integers(-10, 10), st.data())
def test_a_series_of_weeks_moves_by_days_with_its_exceptions(case, shift: int, data: st.DataObject) -> None:  # type: ignore[no-untyped-def]
    series = case.series
    assume(series.rule.until is None and not series.rule.months and series.rule.once_a_day)
    wall = series.wall + timedelta(days=shift)
    assume(exists(wall, series.clock))
    one = some(data, series)
    series = cancel_occurrence(series, one.id)
    start = wall.date() if series.all_day else wall.replace(tzinfo=series.clock).astimezone(UTC)
    moved = move_all(series, start, start + series.length).series
    until = datetime(2026, 6, 1)  # noqa: DTZ001 - a wall time
    found = [wall - timedelta(days=shift) for wall in slots(moved, before=until + timedelta(days=shift))]
    assert found == list(slots(series, before=until))
    assert {date.fromisoformat(which) - timedelta(days=shift) for which in moved.exdates} == {
        date.fromisoformat(one.id)
    }


@pytest.mark.parametrize(
    ("rrule", "start", "moved_to", "rule"),
    [
        ("FREQ=WEEKLY", "2026-03-02", "2026-03-03", "FREQ=WEEKLY"),
        ("FREQ=WEEKLY;BYDAY=MO,WE", "2026-03-02", "2026-03-03", "FREQ=WEEKLY;BYDAY=TU,TH"),
        (
            "FREQ=WEEKLY;INTERVAL=2;BYDAY=MO,SU",
            "2026-03-02",
            "2026-03-03",
            "FREQ=WEEKLY;INTERVAL=2;BYDAY=MO,TU;WKST=TU",
        ),
        ("FREQ=MONTHLY", "2026-03-02", "2026-03-05", "FREQ=MONTHLY"),
        ("FREQ=MONTHLY;BYDAY=1MO", "2026-03-02", "2026-03-12", "FREQ=MONTHLY;BYDAY=2TH"),
        ("FREQ=MONTHLY;BYDAY=-1MO", "2026-03-30", "2026-03-31", "FREQ=MONTHLY;BYDAY=-1TU"),
        ("FREQ=YEARLY", "2026-03-02", "2026-04-05", "FREQ=YEARLY"),
        ("FREQ=YEARLY;BYMONTH=3;BYDAY=1MO", "2026-03-02", "2026-04-07", "FREQ=YEARLY;BYMONTH=4;BYDAY=1TU"),
        ("FREQ=WEEKLY;UNTIL=20260330", "2026-03-02", "2026-03-04", "FREQ=WEEKLY;UNTIL=20260401"),
    ],
)
def test_the_rule_follows_the_series_to_another_day(rrule: str, start: str, moved_to: str, rule: str) -> None:
    series = make_series(date.fromisoformat(start), date.fromisoformat(start) + timedelta(days=1), None, rrule)
    there = date.fromisoformat(moved_to)
    assert str(move_all(series, there, there + timedelta(days=1)).series.rule) == rule


def test_a_rule_that_cannot_follow_by_itself_is_asked_for() -> None:
    series = weekly("FREQ=MONTHLY;BYMONTHDAY=2,16")
    there = NINE + timedelta(days=1)
    with pytest.raises(SetAside, match="Give the new rule along"):
        move_all(series, there, there + HOUR)
    moved = move_all(series, there, there + HOUR, "FREQ=MONTHLY;BYMONTHDAY=3,17").series
    assert [one.id for one in ours(moved)][:3] == ["2026-03-03", "2026-03-17", "2026-04-03"]


def test_exceptions_keep_their_place_when_a_monthly_series_moves() -> None:
    series = weekly(
        "FREQ=MONTHLY;BYDAY=1MO", exdates=frozenset({"2026-04-06"}), overrides={"2026-05-04": {"title": "May"}}
    )
    there = NINE + timedelta(days=10)
    moved = move_all(series, there, there + HOUR).series
    assert moved.exdates == {"2026-04-09"}
    assert moved.overrides == {"2026-05-14": {"title": "May"}}


def test_another_rule_gives_back_the_edits_that_lost_their_day() -> None:
    edits = {"2026-03-23": {"title": "Stays"}, "2026-03-16": {"title": "Homeless"}}
    series = weekly(exdates=frozenset({"2026-04-13", "2026-03-30"}), overrides=edits)
    changed = change_rule(series, "FREQ=WEEKLY;INTERVAL=3;BYDAY=MO,TU")
    assert changed.dropped == {"2026-03-16": {"title": "Homeless"}}
    assert changed.series.overrides == {"2026-03-23": {"title": "Stays"}}
    assert changed.series.exdates == {"2026-04-13"}


@patient
@given(lived_in(), st.sampled_from(ZONES))
def test_h24_another_zone_keeps_every_wall_time(series: Series, zone: str) -> None:
    assume(not series.all_day and exists(series.wall, ZoneInfo(zone)))
    moved = change_zone(series, zone)
    until = datetime(2027, 1, 1)  # noqa: DTZ001 - a wall time
    assert list(slots(moved, before=until)) == list(slots(series, before=until))
    assert (moved.exdates, moved.rdates, moved.length) == (series.exdates, series.rdates, series.length)
    plain = [which for which, fields in series.overrides.items() if "period" not in fields]
    assert all(moved.overrides[which] == series.overrides[which] for which in plain)
    assert moved.overrides.keys() == series.overrides.keys()


def test_a_zone_in_which_the_time_does_not_exist_is_refused() -> None:
    start = datetime(2026, 3, 29, 2, 30, tzinfo=UTC)
    series = make_series(start, start + HOUR, "UTC", "FREQ=WEEKLY")
    with pytest.raises(SetAside, match="does not exist in Europe/Berlin"):
        change_zone(series, "Europe/Berlin")


@patient
@given(lived_in())
def test_h24_timed_to_all_day_and_back_keeps_days_and_exceptions(series: Series) -> None:
    """The day stays, and so does the wall time when it comes back."""
    assume(not series.all_day and series.rule is not None and series.rule.once_a_day)
    zone = str(series.zone)
    assert isinstance(series.start, datetime)
    assert isinstance(series.end, datetime)
    whole = to_all_day(series)
    until = datetime(2027, 1, 1)  # noqa: DTZ001 - a wall time
    assert [wall.date() for wall in slots(whole, before=until)] == [wall.date() for wall in slots(series, before=until)]
    assert (whole.exdates, whole.rdates) == (series.exdates, series.rdates)
    back = to_timed(whole, series.start, series.end, zone)
    assert replace(back, overrides={}) == replace(series, overrides={})
    for which, fields in series.overrides.items():
        kept = {name: value for name, value in fields.items() if name != "period"}
        assert {name: value for name, value in back.overrides.get(which, {}).items() if name != "period"} == kept


def test_an_occurrence_moved_by_itself_keeps_its_days() -> None:
    moved = {"2026-03-09": {"period": "2026-03-10T22:30:00Z/2026-03-11T08:00:00Z"}}  # 23:30 to 09:00 in Berlin
    whole = to_all_day(weekly(overrides=moved))
    assert whole.overrides == {"2026-03-09": {"period": "2026-03-10/2026-03-12"}}
    back = to_timed(whole, NINE, NINE + HOUR, "Europe/Berlin")
    assert back.overrides == {"2026-03-09": {"period": "2026-03-10T08:00:00Z/2026-03-11T09:00:00Z"}}


def test_several_times_a_day_cannot_become_all_day() -> None:
    with pytest.raises(SetAside, match="several times a day"):
        to_all_day(weekly("FREQ=DAILY;BYHOUR=9,15"))


def test_days_and_instants_do_not_mix() -> None:
    with pytest.raises(SetAside, match="do not mix"):
        move_all(weekly(), date(2026, 3, 2), date(2026, 3, 3))


def test_an_unknown_occurrence_or_field_is_refused() -> None:
    with pytest.raises(SetAside, match="no occurrence on 2026-03-03"):
        cancel_occurrence(weekly(), "2026-03-03")
    with pytest.raises(SetAside, match="its own rrule"):
        change_occurrence(weekly(), "2026-03-09", {"rrule": "FREQ=DAILY"})
