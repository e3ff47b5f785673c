"""Which days a recurring schedule entry falls on."""

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import date, timedelta
from itertools import islice
from typing import Any

_HORIZON = timedelta(days=366 * 12)
_FREQUENCIES = frozenset(
    {
        "every_day", "every_weekday", "every_week", "every_other_week", "every_month",
        "every_day_of_month", "every_year", "custom_week", "custom_month",
    }
)  # fmt: skip


@dataclass(frozen=True)
class Recurrence:
    """A recurrence rule as Basecamp keeps it; weekdays count from 0 (Sunday) to 6 (Saturday).

    It is meant in a time zone, that of whoever made the entry; `start` and `until` are days there.
    """

    frequency: str
    start: date
    until: date | None
    days: tuple[int, ...] = ()
    week_instance: int | None = None
    week_interval: int | None = None
    month_interval: int | None = None
    zone: str = "Etc/UTC"

    def dates(self) -> Iterator[date]:
        """Every day an occurrence starts, at most twelve years ahead."""
        day, last = self.start, min(self.until or date.max, self.start + _HORIZON)
        while day <= last:
            if self.falls_on(day):
                yield day
            day += timedelta(days=1)

    def falls_on(self, day: date) -> bool:
        """Whether an occurrence starts on `day`."""
        if day < self.start or (self.until is not None and day > self.until):
            return False
        if self.frequency == "every_day":
            return not self.days or _weekday(day) in self.days
        if self.frequency == "every_weekday":
            return day.weekday() < 5
        if self.frequency in ("every_week", "every_other_week", "custom_week"):
            return self._weekly(day)
        if self.frequency == "every_year":
            return (day.month, day.day) == (self.start.month, self.start.day)
        return self._monthly(day)

    def _weekly(self, day: date) -> bool:
        step = {"every_week": 1, "every_other_week": 2}.get(self.frequency, self.week_interval or 1)
        return day.weekday() == self.start.weekday() and (day - self.start).days // 7 % step == 0

    def _monthly(self, day: date) -> bool:
        months = (day.year - self.start.year) * 12 + day.month - self.start.month
        if months % (self.month_interval or 1):
            return False
        if self.week_instance is not None:
            return day.weekday() == self.start.weekday() and self.week_instance in _instances(day)
        return day.day in (self.days or (self.start.day,))


def parse(value: Any, *, start: date, until: date | None, zone: str = "Etc/UTC") -> Recurrence | None:
    """The rule asked for, or None when Basecamp would drop it without a word.

    Dropped are unknown frequencies, values out of range and rules with fewer than two occurrences
    ("Schedule entries: Create a schedule entry").
    """
    if not isinstance(value, dict) or value.get("frequency") not in _FREQUENCIES:
        return None
    rule = _build(value, start=start, until=until, zone=zone)
    if rule is None or len(list(islice(rule.dates(), 2))) < 2:
        return None
    return rule


def _build(value: dict[str, Any], *, start: date, until: date | None, zone: str) -> Recurrence | None:
    frequency = value["frequency"]
    week = _within(value.get("week_interval"), range(2, 13)) if frequency == "custom_week" else None
    month = _within(value.get("month_interval"), range(2, 13)) if frequency == "custom_month" else None
    if (frequency, week) == ("custom_week", None) or (frequency, month) == ("custom_month", None):
        return None
    instance = _instance(value, start) if frequency in ("every_month", "custom_month") else None
    days = _days(value, frequency=frequency)
    if days is None or instance == 0:
        return None
    return Recurrence(frequency, start, until, days, instance, week, month, zone)


def _within(value: Any, allowed: range) -> int | None:
    return value if isinstance(value, int) and value in allowed else None


def _instance(value: dict[str, Any], start: date) -> int | None:
    """The week of the month; 0 marks a value that makes the rule invalid."""
    given = value.get("week_instance")
    if given is None:
        return max(_instances(start)) if value["frequency"] == "every_month" else None
    return given if given in (1, 2, 3, 4, -1) else 0


def _days(value: dict[str, Any], *, frequency: str) -> tuple[int, ...] | None:
    """The days given where they count; None when one is out of range."""
    allowed = {"every_day": range(7), "custom_month": range(1, 32)}.get(frequency)
    given = value.get("days") or []
    if allowed is None:
        return ()
    if not isinstance(given, list) or any(_within(day, allowed) is None for day in given):
        return None
    return tuple(given)


def _weekday(day: date) -> int:
    return (day.weekday() + 1) % 7


def _instances(day: date) -> set[int]:
    """Which weeks of its month this weekday falls in: 1 to 4, and -1 for the last."""
    last = (day + timedelta(days=7)).month != day.month
    nth = (day.day - 1) // 7 + 1
    return {nth, -1} - {5} if last else {nth}
