"""The occurrences of a series: as two independent libraries find them, and right where clocks change."""

from __future__ import annotations

from collections.abc import Callable
from datetime import UTC, date, datetime, timedelta
from zoneinfo import ZoneInfo

import pytest
from dateutil import rrule as dateutil_rrule
from hypothesis import given
from hypothesis import strategies as st

from domain.errors import SetAside
from domain.recurrence.expand import Window, last_wall, occurrences, slots
from domain.recurrence.series import make_series
from domain.recurrence.walls import to_instant
from tests.domain.recurrence.generated import (
    WINDOW,
    ZONES,
    Written,
    all_written,
    by_dateutil,
    by_recurring_ical_events,
    ours,
    patient,
    real,
    starts,
    written,
)

BERLIN = "Europe/Berlin"


def timed(rrule: str, start: str, zone: str = BERLIN, hours: float = 1) -> Written:
    return written(rrule, datetime.fromisoformat(start), zone, timedelta(hours=hours))


def days(rrule: str, start: str, length: int = 1) -> Written:
    return written(rrule, datetime.fromisoformat(start), None, timedelta(days=length))


@patient
@given(all_written())
def test_the_walls_are_those_that_dateutil_finds(case: Written) -> None:
    end = WINDOW.end.replace(tzinfo=None)
    assert list(slots(case.series, before=end)) == [wall for wall in by_dateutil(case) if wall < end]


@patient
@given(all_written())
def test_the_occurrences_are_those_that_recurring_ical_events_finds(case: Written) -> None:
    zone = ZoneInfo(case.zone or "UTC")
    found = by_recurring_ical_events(case)
    mine = [start for start in starts(case.series) if not isinstance(start, datetime) or start >= WINDOW.start]
    assert mine == [one for one in found if WINDOW.moment(one).astimezone(zone) >= WINDOW.start]


@patient
@given(all_written(), st.integers(0, 900), st.integers(1, 400))
def test_a_window_shows_what_the_whole_shows_there(case: Written, skip: int, length: int) -> None:
    first = WINDOW.start + timedelta(days=skip)
    window = Window(first, first + timedelta(days=length))
    whole = [one for one in ours(case.series) if window.holds(one.start, one.end)]
    assert [one for one in occurrences(case.series, window) if WINDOW.holds(one.start, one.end)] == whole


@patient
@given(all_written())
def test_occurrences_are_sorted_and_each_has_one_name(case: Written) -> None:
    found = ours(case.series)
    assert found == sorted(found, key=lambda one: WINDOW.moment(one.start))
    assert len({one.id for one in found}) == len(found)
    assert all(one.start + case.length == one.end for one in found)


@pytest.mark.parametrize("zone", ZONES)
@pytest.mark.parametrize("hour", [0, 1, 2, 3, 12, 23])
def test_h24_the_wall_time_stays_across_every_clock_change(zone: str, hour: int) -> None:
    case = timed("FREQ=DAILY", f"2025-01-01T{hour:02}:30:00", zone)
    for one in ours(case.series):
        wall = datetime.combine(date.fromisoformat(one.id), datetime.min.time()).replace(hour=hour, minute=30)
        assert isinstance(one.start, datetime)
        shown = one.start.astimezone(ZoneInfo(zone)).replace(tzinfo=None)
        assert shown == wall or not real(wall, zone)


@pytest.mark.parametrize(
    ("zone", "day", "wall", "instant"),
    [
        (BERLIN, "2026-03-29", "02:30", "2026-03-29T01:30Z"),  # does not exist: counted with the offset before
        (BERLIN, "2026-10-25", "02:30", "2026-10-25T00:30Z"),  # exists twice: the first
        ("America/New_York", "2026-03-08", "02:30", "2026-03-08T07:30Z"),
        ("America/New_York", "2026-11-01", "01:30", "2026-11-01T05:30Z"),
        ("Australia/Lord_Howe", "2026-10-04", "02:15", "2026-10-03T15:45Z"),  # half an hour
        ("Australia/Lord_Howe", "2026-04-05", "01:45", "2026-04-04T14:45Z"),
        ("America/Sao_Paulo", "2018-11-04", "00:00", "2018-11-04T03:00Z"),  # the day began at one o'clock
    ],
)
def test_what_clocks_skip_and_what_they_show_twice(zone: str, day: str, wall: str, instant: str) -> None:
    start = datetime.fromisoformat(f"{day}T{wall}") - timedelta(days=14)
    series = written("FREQ=WEEKLY", start, zone, timedelta(hours=1)).series
    at = datetime.fromisoformat(instant)
    found = occurrences(series, Window(at, at + timedelta(minutes=1)))
    assert [(one.id, one.start) for one in found] == [(day, at)]


def test_a_start_that_clocks_show_twice_keeps_the_hour_it_meant() -> None:
    second = datetime(2026, 10, 25, 1, 30, tzinfo=UTC)
    series = make_series(second, second + timedelta(hours=1), BERLIN, "FREQ=DAILY;COUNT=2")
    found = occurrences(series, Window(second - timedelta(days=1), second + timedelta(days=3)))
    assert [one.start for one in found] == [second, datetime(2026, 10, 26, 1, 30, tzinfo=UTC)]


@pytest.mark.parametrize(
    ("rrule", "start", "found"),
    [
        ("FREQ=MONTHLY", "2026-01-31", ["2026-01-31", "2026-03-31", "2026-05-31"]),
        ("FREQ=MONTHLY;BYMONTHDAY=28,29,30,31;BYSETPOS=-1", "2026-01-31", ["2026-01-31", "2026-02-28", "2026-03-31"]),
        ("FREQ=MONTHLY;BYDAY=5MO", "2026-03-30", ["2026-03-30", "2026-06-29", "2026-08-31"]),
        ("FREQ=MONTHLY;BYDAY=MO,TU,WE,TH,FR;BYSETPOS=-1", "2026-01-30", ["2026-01-30", "2026-02-27", "2026-03-31"]),
        ("FREQ=YEARLY", "2024-02-29", ["2024-02-29", "2028-02-29", "2032-02-29"]),
        ("FREQ=YEARLY;BYWEEKNO=20", "2026-05-11", ["2026-05-11", "2027-05-17", "2028-05-15"]),
        ("FREQ=YEARLY;BYYEARDAY=-1", "2026-12-31", ["2026-12-31", "2027-12-31", "2028-12-31"]),
        (
            "FREQ=WEEKLY;INTERVAL=2;BYDAY=TU,SU;COUNT=4;WKST=MO",
            "1997-08-05",
            ["1997-08-05", "1997-08-10", "1997-08-19"],
        ),
        (
            "FREQ=WEEKLY;INTERVAL=2;BYDAY=TU,SU;COUNT=4;WKST=SU",
            "1997-08-05",
            ["1997-08-05", "1997-08-17", "1997-08-19"],
        ),
        ("FREQ=WEEKLY;BYDAY=MO,WE,FR;BYSETPOS=1", "2026-03-04", ["2026-03-04", "2026-03-09", "2026-03-16"]),
        ("FREQ=DAILY;COUNT=2", "2026-03-04", ["2026-03-04", "2026-03-05"]),
        ("FREQ=DAILY;UNTIL=20260305", "2026-03-04", ["2026-03-04", "2026-03-05"]),
        ("FREQ=DAILY;UNTIL=20200101", "2026-03-04", ["2026-03-04"]),
        ("FREQ=YEARLY;BYMONTH=2;BYMONTHDAY=30", "2026-03-04", ["2026-03-04"]),
        ("FREQ=WEEKLY;BYDAY=TU;COUNT=2", "2026-03-02", ["2026-03-02", "2026-03-03"]),  # the start counts
    ],
)
def test_days_that_are_easily_got_wrong(rrule: str, start: str, found: list[str]) -> None:
    series = days(rrule, start).series
    first = datetime.fromisoformat(start).replace(tzinfo=UTC)
    shown = occurrences(series, Window(first, first + timedelta(days=366 * 9)), 100_000)
    assert [one.id for one in shown[:3]] == found


def test_a_further_date_counts_once_and_an_excluded_one_not_at_all() -> None:
    more = {
        "rdates": frozenset({"2026-03-10", "2026-03-11", "2026-03-11T18:00:00"}),
        "exdates": frozenset({"2026-03-17"}),
    }
    case = written("FREQ=WEEKLY;COUNT=3", datetime(2026, 3, 3, 9, 0), BERLIN, timedelta(hours=1), **more)  # noqa: DTZ001
    assert [one.id for one in ours(case.series)] == ["2026-03-03", "2026-03-10", "2026-03-11", "2026-03-11T18:00:00"]


def test_a_moved_occurrence_is_found_where_it_went() -> None:
    moved = {"2026-03-10": {"period": "2026-06-01T08:00:00Z/2026-06-01T09:00:00Z", "title": "Elsewhere"}}
    case = written("FREQ=WEEKLY;COUNT=3", datetime(2026, 3, 3, 9, 0), BERLIN, timedelta(hours=1), overrides=moved)  # noqa: DTZ001
    june = Window(datetime(2026, 6, 1, tzinfo=UTC), datetime(2026, 6, 2, tzinfo=UTC))
    (one,) = occurrences(case.series, june)
    assert (one.id, one.start, one.fields) == (
        "2026-03-10",
        datetime(2026, 6, 1, 8, tzinfo=UTC),
        {"title": "Elsewhere"},
    )
    assert [one.id for one in ours(case.series)] == ["2026-03-03", "2026-03-17", "2026-03-10"]


def test_an_edit_outlives_the_exclusion_of_the_same_occurrence() -> None:
    more = {"exdates": frozenset({"2026-03-10"}), "overrides": {"2026-03-10": {"title": "Still on"}}}
    case = written("FREQ=WEEKLY;COUNT=2", datetime(2026, 3, 3, 9, 0), BERLIN, timedelta(hours=1), **more)  # noqa: DTZ001
    assert [one.fields for one in ours(case.series)] == [{}, {"title": "Still on"}]


def test_an_all_day_occurrence_lies_in_the_window_of_who_asks() -> None:
    series = days("FREQ=DAILY;COUNT=3", "2026-03-03").series
    tokyo = ZoneInfo("Asia/Tokyo")
    window = Window(datetime(2026, 3, 4, tzinfo=tokyo), datetime(2026, 3, 5, tzinfo=tokyo))
    assert [one.id for one in occurrences(series, window)] == ["2026-03-04"]


@patient
@given(all_written())
def test_the_last_occurrence(case: Written) -> None:
    last = last_wall(case.series)
    if last is None:
        assert "COUNT" not in case.rrule
        assert "UNTIL" not in case.rrule
    elif to_instant(last, ZoneInfo(case.zone or "UTC")) < WINDOW.end:
        assert last == by_dateutil(case)[-1]


def test_ten_thousand_occurrences_are_held_and_one_more_is_refused() -> None:
    series = days("FREQ=DAILY;COUNT=10000", "2000-01-01").series
    window = Window(datetime(1990, 1, 1, tzinfo=UTC), datetime(2100, 1, 1, tzinfo=UTC))
    assert len(occurrences(series, window)) == 10_000
    with pytest.raises(SetAside, match="shorter window"):
        occurrences(series, window, limit=9_999)


class Steps:
    """Counts the periods that dateutil looks at."""

    def __init__(self, patch: pytest.MonkeyPatch) -> None:
        self.number = 0
        for name in ("ydayset", "mdayset", "wdayset", "ddayset"):
            patch.setattr(dateutil_rrule._iterinfo, name, self._counted(getattr(dateutil_rrule._iterinfo, name)))

    def _counted(self, method: Callable[..., object]) -> Callable[..., object]:
        def call(*given: object, **named: object) -> object:
            self.number += 1
            return method(*given, **named)

        return call


@pytest.mark.parametrize(
    "rrule",
    [
        "FREQ=YEARLY;BYMONTH=2;BYMONTHDAY=30",
        "FREQ=MONTHLY;BYMONTH=2;BYMONTHDAY=31",
        "FREQ=WEEKLY;BYMONTH=2;BYDAY=MO;BYSETPOS=5",
        "FREQ=DAILY;BYMONTH=2;BYMONTHDAY=30",
        "FREQ=DAILY;BYMONTH=4;BYMONTHDAY=31;COUNT=10000",
        "FREQ=HOURLY;BYMONTH=2;BYMONTHDAY=30",
        "FREQ=HOURLY;INTERVAL=9999;BYMONTH=2;BYMONTHDAY=30",
        "FREQ=MINUTELY;INTERVAL=60;BYMONTH=2;BYMONTHDAY=30",
        "FREQ=SECONDLY;INTERVAL=3600;BYMONTH=2;BYMONTHDAY=30",
        "FREQ=YEARLY;INTERVAL=9999",
        "FREQ=DAILY;INTERVAL=9999",
        "FREQ=HOURLY",
        "FREQ=DAILY",
    ],
)
@pytest.mark.parametrize("start", ["1900-01-01T00:00:00", "2026-01-01T00:00:00", "2200-12-31T00:00:00"])
def test_no_rule_takes_more_than_a_bounded_number_of_steps(
    rrule: str, start: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    case = timed(rrule, start, "UTC", 0)
    steps = Steps(monkeypatch)
    window = Window(datetime(2026, 6, 1, tzinfo=UTC), datetime(2026, 7, 1, tzinfo=UTC))
    assert len(occurrences(case.series, window)) <= 31 * 24
    assert steps.number <= 220_000  # six centuries of days


def test_a_window_far_from_the_start_is_reached_at_once(monkeypatch: pytest.MonkeyPatch) -> None:
    case = timed("FREQ=HOURLY", "1900-01-01T00:00:00", "UTC", 0)
    steps = Steps(monkeypatch)
    day = Window(datetime(2150, 6, 1, tzinfo=UTC), datetime(2150, 6, 2, tzinfo=UTC))
    assert len(occurrences(case.series, day)) == 24
    assert steps.number < 200
