"""Outlook's patterns and rules: what goes there and back means the same, by Outlook's own reading of its patterns."""

from __future__ import annotations

from datetime import UTC, date, datetime, timedelta
from typing import Any

import pytest
from hypothesis import assume, given
from hypothesis import strategies as st

from connectors.microsoft365.recurrence import from_graph, to_graph, why_not
from domain.errors import SetAside
from domain.recurrence.expand import slots
from domain.recurrence.series import Series, make_series
from sandbox.microsoft365.recurrence import recurrence_from
from tests.domain.recurrence.generated import Written, all_written, patient, starts

DAYS = ("sunday", "monday", "tuesday", "wednesday", "thursday", "friday", "saturday")
BERLIN = "W. Europe Standard Time"
LAST = date(2036, 1, 1)

weekdays = st.lists(st.sampled_from(DAYS), min_size=1, max_size=7, unique=True)
index = st.sampled_from(["first", "second", "third", "fourth", "last"])
patterns = st.fixed_dictionaries(
    {"type": st.sampled_from(["daily", "absoluteMonthly", "absoluteYearly"]), "interval": st.integers(1, 5)},
    optional={},
).flatmap(
    lambda pattern: st.fixed_dictionaries(
        {
            **{name: st.just(value) for name, value in pattern.items()},
            "dayOfMonth": st.integers(1, 31),
            "month": st.integers(1, 12),
        }
    )
) | st.fixed_dictionaries(
    {
        "type": st.sampled_from(["weekly", "relativeMonthly", "relativeYearly"]),
        "interval": st.integers(1, 5),
        "daysOfWeek": weekdays,
        "firstDayOfWeek": st.sampled_from(DAYS),
        "index": index,
        "month": st.integers(1, 12),
    }
)


def outlook(sent: dict[str, Any], start: date) -> list[date]:
    """Return the days that the stand-in of Outlook finds in a patternedRecurrence."""
    limits = {**sent["range"], "startDate": start}
    if "endDate" in limits:
        limits["endDate"] = date.fromisoformat(limits["endDate"])
    zone = limits["recurrenceTimeZone"]
    return list(recurrence_from({"pattern": sent["pattern"], "range": limits}, starts=start, zone=zone).dates(LAST))


def days_of(series: Series) -> list[date]:
    return [wall.date() for wall in slots(series, before=datetime(2036, 1, 2))]  # noqa: DTZ001 - a wall time


def all_day(rrule: str, start: str, **more: Any) -> Series:
    first = date.fromisoformat(start)
    return make_series(first, first + timedelta(days=1), None, rrule, **more)


@patient
@given(all_written())
def test_what_outlook_can_hold_comes_back_with_the_same_occurrences(case: Written) -> None:
    assume(why_not(case.series) is None)
    sent = to_graph(case.series, BERLIN)
    again = make_series(case.series.start, case.series.end, case.series.zone, from_graph(sent))
    assert starts(again) == starts(case.series)
    assert to_graph(again, BERLIN) == sent
    assert outlook(sent, case.series.wall.date()) == days_of(case.series)


@patient
@given(patterns, st.dates(date(2025, 1, 1), date(2026, 12, 31)), st.integers(1, 30))
def test_every_pattern_of_outlook_is_a_rule(pattern: dict[str, Any], day: date, count: int) -> None:
    limits = {"type": "numbered", "numberOfOccurrences": count, "recurrenceTimeZone": BERLIN, "startDate": ""}
    endless = {"pattern": pattern, "range": {**limits, "type": "noEnd"}}
    first = outlook(endless, day)[0]
    sent = {"pattern": pattern, "range": limits}
    series = make_series(first, first + timedelta(days=1), None, from_graph(sent))
    assert [one for one in days_of(series) if one <= LAST] == outlook(sent, first)
    assert why_not(series) is None
    assert outlook(to_graph(series, BERLIN), first) == outlook(sent, first)


@pytest.mark.parametrize(
    ("rrule", "start", "pattern"),
    [
        ("FREQ=DAILY;INTERVAL=3", "2026-03-02", {"type": "daily", "interval": 3}),
        (
            "FREQ=WEEKLY;INTERVAL=2;BYDAY=MO,SU;WKST=SU",
            "2026-03-02",
            {"type": "weekly", "interval": 2, "daysOfWeek": ["monday", "sunday"], "firstDayOfWeek": "sunday"},
        ),
        ("FREQ=MONTHLY", "2026-03-02", {"type": "absoluteMonthly", "interval": 1, "dayOfMonth": 2}),
        (
            "FREQ=MONTHLY;BYDAY=2MO",
            "2026-03-09",
            {"type": "relativeMonthly", "interval": 1, "daysOfWeek": ["monday"], "index": "second"},
        ),
        (
            "FREQ=MONTHLY;BYDAY=MO,TU,WE,TH,FR;BYSETPOS=-1",
            "2026-03-31",
            {
                "type": "relativeMonthly",
                "interval": 1,
                "daysOfWeek": ["monday", "tuesday", "wednesday", "thursday", "friday"],
                "index": "last",
            },
        ),
        (
            "FREQ=MONTHLY;BYMONTHDAY=-1",
            "2026-03-31",
            {"type": "relativeMonthly", "interval": 1, "daysOfWeek": [*DAYS[1:], DAYS[0]], "index": "last"},
        ),
        (
            "FREQ=MONTHLY;BYMONTHDAY=28,29,30,31;BYSETPOS=-1",
            "2026-03-31",
            {"type": "absoluteMonthly", "interval": 1, "dayOfMonth": 31},
        ),
        ("FREQ=YEARLY", "2026-03-31", {"type": "absoluteYearly", "interval": 1, "dayOfMonth": 31, "month": 3}),
        (
            "FREQ=YEARLY;BYMONTH=3;BYDAY=-1SU",
            "2026-03-29",
            {"type": "relativeYearly", "interval": 1, "month": 3, "daysOfWeek": ["sunday"], "index": "last"},
        ),
        (
            "FREQ=DAILY;BYDAY=MO,TU",
            "2026-03-02",
            {"type": "weekly", "interval": 1, "daysOfWeek": ["monday", "tuesday"], "firstDayOfWeek": "monday"},
        ),
        ("FREQ=YEARLY;BYMONTH=3,9", "2026-03-02", {"type": "absoluteMonthly", "interval": 6, "dayOfMonth": 2}),
    ],
)
def test_the_pattern_of_a_rule(rrule: str, start: str, pattern: dict[str, Any]) -> None:
    series = all_day(rrule, start)
    assert to_graph(series, BERLIN)["pattern"] == pattern
    assert outlook(to_graph(series, BERLIN), series.wall.date()) == days_of(series)


@pytest.mark.parametrize(
    ("rrule", "start", "reason"),
    [
        ("FREQ=DAILY;INTERVAL=1000", "2026-03-02", "too long"),
        ("FREQ=DAILY;INTERVAL=2;BYDAY=MO", "2026-03-02", "no pattern"),
        ("FREQ=WEEKLY;BYMONTH=3", "2026-03-02", "no pattern"),
        ("FREQ=MONTHLY;BYMONTHDAY=2,16", "2026-03-02", "no pattern"),
        ("FREQ=MONTHLY;BYMONTHDAY=-2", "2026-03-30", "no pattern"),
        ("FREQ=MONTHLY", "2026-03-31", "no pattern"),  # a rule skips short months, Outlook does not
        ("FREQ=MONTHLY;BYDAY=5MO", "2026-03-30", "no pattern"),
        ("FREQ=MONTHLY;BYDAY=1MO,3MO", "2026-03-02", "no pattern"),
        ("FREQ=YEARLY", "2024-02-29", "no pattern"),
        ("FREQ=YEARLY;BYWEEKNO=10", "2026-03-02", "no pattern"),
        ("FREQ=YEARLY;BYYEARDAY=100", "2026-04-10", "no pattern"),
        ("FREQ=YEARLY;BYMONTH=3,4", "2026-03-02", "no pattern"),
        ("FREQ=WEEKLY;BYDAY=TU", "2026-03-02", "does not fall on its start"),
        ("FREQ=WEEKLY;UNTIL=20260101", "2026-03-02", "ends before it starts"),
    ],
)
def test_what_outlook_cannot_hold_says_why(rrule: str, start: str, reason: str) -> None:
    series = all_day(rrule, start)
    assert reason in str(why_not(series))
    with pytest.raises(SetAside, match="laid out"):
        to_graph(series, BERLIN)


@pytest.mark.parametrize(
    ("more", "reason"),
    [
        ({"rdates": frozenset({"2026-03-04"})}, "no rule"),
        ({"overrides": {"2026-03-04": {"title": "Guest"}}}, "does not name 2026-03-04"),
        ({"overrides": {"2026-03-09": {"period": "2026-03-16/2026-03-17"}}}, "moved to the day of another"),
        ({"overrides": {"2026-03-09": {"period": "2026-03-02/2026-03-03"}}}, "moved to the day of another"),
        ({"overrides": {"2026-03-09": {"period": "2026-03-10T09:00:00Z/2026-03-10T10:00:00Z"}}}, "all-day"),
        ({"overrides": {"2026-03-09": {"period": "2026-03-15/2026-03-16", "title": "Guest"}}}, None),
        ({"exdates": frozenset({"2026-03-09"})}, None),
    ],
)
def test_which_exceptions_outlook_can_hold(more: dict[str, Any], reason: str | None) -> None:
    found = why_not(all_day("FREQ=WEEKLY", "2026-03-02", **more))
    assert found is None if reason is None else reason in str(found)


def test_a_timed_series_ends_with_its_day_in_its_own_zone() -> None:
    start = datetime(2026, 3, 2, 22, 30, tzinfo=UTC)
    until = "FREQ=WEEKLY;UNTIL=20260330T213000Z"
    series = make_series(start, start + timedelta(hours=1), "Europe/Berlin", until)
    assert to_graph(series, BERLIN)["range"] == {
        "type": "endDate",
        "startDate": "2026-03-02",
        "endDate": "2026-03-30",
        "recurrenceTimeZone": BERLIN,
    }


@pytest.mark.parametrize(
    "shown",
    [
        {},
        {"pattern": {"type": "hourly", "interval": 1}, "range": {"type": "noEnd"}},
        {"pattern": {"type": "weekly", "interval": 1, "daysOfWeek": []}, "range": {"type": "noEnd"}},
        {"pattern": {"type": "daily", "interval": None}, "range": {"type": "noEnd"}},
        {"pattern": {"type": "daily", "interval": 1}, "range": {"type": "never"}},
        {"pattern": {"type": "daily", "interval": 1}, "range": {"type": "endDate", "endDate": None}},
    ],
)
def test_what_is_no_recurrence_is_set_aside(shown: dict[str, Any]) -> None:
    with pytest.raises(SetAside, match="cannot be understood"):
        from_graph(shown)
