"""Basecamp's schedules and rules: what goes there and back means the same, by Basecamp's own reading."""

from __future__ import annotations

from datetime import date, datetime, timedelta
from itertools import takewhile
from typing import Any

import pytest
from hypothesis import assume, given
from hypothesis import strategies as st

from connectors.basecamp.recurrence import from_basecamp, to_basecamp, why_not
from domain.errors import SetAside
from domain.recurrence.expand import slots
from domain.recurrence.series import Series, make_series
from sandbox.basecamp.recurrence import parse
from tests.domain.recurrence.generated import Written, all_written, patient, starts

LAST = date(2036, 1, 1)
custom = st.integers(2, 12)
place = st.sampled_from([1, 2, 3, 4, -1])
schedules = (
    st.fixed_dictionaries(
        {"frequency": st.sampled_from(["every_weekday", "every_week", "every_other_week", "every_year", "every_month"])}
    )
    | st.fixed_dictionaries(
        {"frequency": st.just("every_day")},
        optional={"days": st.lists(st.integers(0, 6), min_size=1, unique=True)},
    )
    | st.fixed_dictionaries({"frequency": st.just("custom_week"), "week_interval": custom})
    | st.fixed_dictionaries({"frequency": st.just("every_month"), "week_instance": place})
    | st.fixed_dictionaries({"frequency": st.just("every_day_of_month")})
    | st.fixed_dictionaries({"frequency": st.just("custom_month"), "month_interval": custom, "week_instance": place})
    | st.fixed_dictionaries(
        {
            "frequency": st.just("custom_month"),
            "month_interval": custom,
            "days": st.lists(st.integers(1, 28), min_size=1, max_size=3, unique=True),
        }
    )
)


def basecamp(schedule: dict[str, Any], start: date, until: date | None) -> list[date]:
    rule = parse(schedule, start=start, until=until)
    assert rule is not None
    return list(takewhile(lambda day: day <= LAST, rule.dates()))


def days_of(series: Series) -> list[date]:
    return [wall.date() for wall in slots(series, before=datetime(2036, 1, 2))]  # noqa: DTZ001 - a wall time


def all_day(rrule: str, start: str | date, **more: Any) -> Series:
    first = start if isinstance(start, date) else date.fromisoformat(start)
    return make_series(first, first + timedelta(days=1), None, rrule, **more)


@patient
@given(all_written())
def test_what_basecamp_can_hold_comes_back_with_the_same_occurrences(case: Written) -> None:
    series, start = case.series, case.series.wall.date()
    assume(why_not(series) is None)
    schedule, until = to_basecamp(series)
    again = from_basecamp({**schedule, "end_date": until.isoformat() if until else None}, start)
    assert starts(make_series(series.start, series.end, series.zone, again)) == starts(series)
    assert basecamp(schedule, start, until) == days_of(series)


@patient
@given(schedules, st.dates(date(2025, 1, 1), date(2026, 12, 31)))
def test_every_schedule_of_basecamp_is_a_rule(schedule: dict[str, Any], day: date) -> None:
    first = basecamp(schedule, day, None)[0]
    series = all_day(from_basecamp(schedule, first), first)
    assume(basecamp(schedule, first, None)[0] == first)
    assert days_of(series) == basecamp(schedule, first, None)
    if first.day <= 28:
        assert why_not(series) is None
        assert basecamp(to_basecamp(series)[0], first, None) == days_of(series)


@pytest.mark.parametrize(
    ("rrule", "start", "schedule", "until"),
    [
        ("FREQ=DAILY", "2026-03-02", {"frequency": "every_day"}, None),
        ("FREQ=WEEKLY;BYDAY=SU,MO", "2026-03-02", {"frequency": "every_day", "days": [0, 1]}, None),
        ("FREQ=DAILY;BYDAY=MO,TU,WE,TH,FR", "2026-03-02", {"frequency": "every_weekday"}, None),
        ("FREQ=WEEKLY;UNTIL=20260401", "2026-03-02", {"frequency": "every_week"}, "2026-04-01"),
        ("FREQ=WEEKLY;INTERVAL=2;COUNT=3", "2026-03-02", {"frequency": "every_other_week"}, "2026-03-30"),
        ("FREQ=WEEKLY;INTERVAL=3", "2026-03-02", {"frequency": "custom_week", "week_interval": 3}, None),
        ("FREQ=MONTHLY", "2026-03-02", {"frequency": "every_day_of_month"}, None),
        ("FREQ=MONTHLY;BYDAY=-1MO", "2026-03-30", {"frequency": "every_month", "week_instance": -1}, None),
        (
            "FREQ=MONTHLY;INTERVAL=2;BYMONTHDAY=2,16",
            "2026-03-02",
            {"frequency": "custom_month", "month_interval": 2, "days": [2, 16]},
            None,
        ),
        (
            "FREQ=MONTHLY;INTERVAL=2;BYDAY=1MO",
            "2026-03-02",
            {"frequency": "custom_month", "month_interval": 2, "week_instance": 1},
            None,
        ),
        ("FREQ=YEARLY", "2026-03-02", {"frequency": "every_year"}, None),
    ],
)
def test_the_schedule_of_a_rule(rrule: str, start: str, schedule: dict[str, Any], until: str | None) -> None:
    assert to_basecamp(all_day(rrule, start)) == (schedule, date.fromisoformat(until) if until else None)


@pytest.mark.parametrize(
    ("rrule", "start", "more", "reason"),
    [
        ("FREQ=DAILY;INTERVAL=2", "2026-03-02", {}, "no schedule"),
        ("FREQ=WEEKLY;INTERVAL=13", "2026-03-02", {}, "no schedule"),
        ("FREQ=WEEKLY;INTERVAL=2;BYDAY=MO,TU", "2026-03-02", {}, "no schedule"),
        ("FREQ=MONTHLY;BYMONTHDAY=2,16", "2026-03-02", {}, "no schedule"),
        ("FREQ=MONTHLY", "2026-03-31", {}, "no schedule"),
        ("FREQ=MONTHLY;BYDAY=5MO", "2026-03-30", {}, "no schedule"),
        ("FREQ=YEARLY;INTERVAL=2", "2026-03-02", {}, "no schedule"),
        ("FREQ=YEARLY", "2024-02-29", {}, "no schedule"),
        ("FREQ=WEEKLY;BYDAY=TU,WE", "2026-03-02", {}, "does not fall on its start"),
        ("FREQ=WEEKLY;COUNT=1", "2026-03-02", {}, "less than twice"),
        ("FREQ=WEEKLY", "2026-03-02", {"exdates": frozenset({"2026-03-09"})}, "no exceptions"),
        ("FREQ=WEEKLY", "2026-03-02", {"overrides": {"2026-03-09": {"title": "Guest"}}}, "no exceptions"),
        ("FREQ=WEEKLY", "2026-03-02", {"rdates": frozenset({"2026-03-10"})}, "no rule"),
    ],
)
def test_what_basecamp_cannot_hold_says_why(rrule: str, start: str, more: dict[str, Any], reason: str) -> None:
    series = all_day(rrule, start, **more)
    assert reason in str(why_not(series))
    with pytest.raises(SetAside, match="laid out"):
        to_basecamp(series)


@pytest.mark.parametrize("shown", [{}, {"frequency": "every_fortnight"}, {"frequency": "every_day", "days": [9]}])
def test_what_is_no_schedule_is_set_aside(shown: dict[str, Any]) -> None:
    with pytest.raises(SetAside, match="cannot be understood"):
        from_basecamp(shown, date(2026, 3, 2))
