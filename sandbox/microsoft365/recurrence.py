"""Recurrence patterns: what Outlook demands of them, how it stores them, and the days they mean."""

from calendar import monthrange
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from datetime import date, timedelta
from itertools import count
from typing import Any

from sandbox.microsoft365.errors import failed_validation, invalid
from sandbox.microsoft365.zones import windows_name

_DAYS = ("sunday", "monday", "tuesday", "wednesday", "thursday", "friday", "saturday")
_INDEX = ("first", "second", "third", "fourth", "last")
_NEEDS: dict[str, tuple[str, ...]] = {
    "daily": (),
    "weekly": ("daysOfWeek",),
    "absoluteMonthly": ("dayOfMonth",),
    "relativeMonthly": ("daysOfWeek",),
    "absoluteYearly": ("dayOfMonth", "month"),
    "relativeYearly": ("daysOfWeek", "month"),
}
_NO_DATE = "0001-01-01"
_LONGEST_INTERVAL = 999


def _weekday(day: date) -> int:
    return day.isoweekday() % 7


@dataclass(frozen=True)
class Recurrence:
    """One stored recurrence. Days of the week count from Sunday = 0, as Outlook's default week does.

    Attributes:
        kind: pattern type of Graph.
        days: days of the week, ascending.
        index: which of the days in the month (0 to 3, 4 = last).
        range_kind: ``endDate``, ``noEnd`` or ``numbered``.
        zone: Windows name of the zone in which the days are meant.
    """

    kind: str
    interval: int
    days: tuple[int, ...]
    first_day: int
    day_of_month: int
    month: int
    index: int
    range_kind: str
    start: date
    end: date | None
    number: int
    zone: str

    def answer(self) -> dict[str, Any]:
        """Return the patternedRecurrence with every irrelevant field filled with its zero."""
        pattern: dict[str, Any] = {
            "type": self.kind,
            "interval": self.interval,
            "month": self.month,
            "dayOfMonth": self.day_of_month,
        }
        if self.days:
            pattern["daysOfWeek"] = [_DAYS[day] for day in self.days]
        pattern |= {"firstDayOfWeek": _DAYS[self.first_day], "index": _INDEX[self.index]}
        limits = {
            "type": self.range_kind,
            "startDate": self.start.isoformat(),
            "endDate": self.end.isoformat() if self.end else _NO_DATE,
            "recurrenceTimeZone": self.zone,
            "numberOfOccurrences": self.number,
        }
        return {"pattern": pattern, "range": limits}

    def dates(self, until: date) -> Iterator[date]:
        """Yield the days of the series in order, up to and including ``until``."""
        last = min(until, self.end) if self.end else until
        found = 0
        for day in _CANDIDATES[self.kind](self):
            if day > last or (self.range_kind == "numbered" and found == self.number):
                return
            if day >= self.start:
                found += 1
                yield day

    def falls_on(self, day: date) -> bool:
        """Tell whether the series has an occurrence on a day."""
        return any(found == day for found in self.dates(day))


def recurrence_from(sent: dict[str, Any], *, starts: date, zone: str) -> Recurrence:
    """Return the recurrence to store for an event.

    Args:
        sent: a patternedRecurrence whose names and types have been checked.
        starts: the day the event starts, in its zone.
        zone: Windows name of the event's zone.

    Raises:
        GraphError: 400 when fields that belong together are missing or do not go together.
    """
    pattern, limits = sent.get("pattern") or {}, sent.get("range") or {}
    _check_pattern(pattern)
    _check_range(limits, starts, zone)
    kind, needs = pattern["type"], _NEEDS[pattern["type"]]
    result = Recurrence(
        kind=kind,
        interval=pattern["interval"],
        days=tuple(sorted({_DAYS.index(day) for day in pattern["daysOfWeek"]})) if "daysOfWeek" in needs else (),
        first_day=_DAYS.index(pattern.get("firstDayOfWeek", "sunday")) if kind == "weekly" else 0,
        day_of_month=pattern["dayOfMonth"] if "dayOfMonth" in needs else 0,
        month=pattern["month"] if "month" in needs else 0,
        index=_INDEX.index(pattern.get("index", "first")) if kind.startswith("relative") else 0,
        range_kind=limits["type"],
        start=starts,
        end=limits["endDate"] if limits["type"] == "endDate" else None,
        number=limits["numberOfOccurrences"] if limits["type"] == "numbered" else 0,
        zone=zone,
    )
    if next(result.dates(date.max), None) is None:
        raise invalid("The recurrence has no occurrence.", "ErrorRecurrenceHasNoOccurrence")
    return result


def _check_pattern(pattern: dict[str, Any]) -> None:
    if "type" not in pattern or not 1 <= pattern.get("interval", 0) <= _LONGEST_INTERVAL:
        raise failed_validation(f"recurrence/pattern needs a type and an interval of 1 to {_LONGEST_INTERVAL}.")
    for name in _NEEDS[pattern["type"]]:
        if not pattern.get(name):
            raise failed_validation(f"recurrence/pattern of type {pattern['type']} needs {name}.")
    for name, most in (("dayOfMonth", 31), ("month", 12)):
        if not 0 <= pattern.get(name, 0) <= most:
            raise failed_validation(f"recurrence/pattern/{name} is out of range.")


def _check_range(limits: dict[str, Any], starts: date, zone: str) -> None:
    if "type" not in limits or "startDate" not in limits:
        raise failed_validation("recurrence/range needs a type and a startDate.")
    if limits["startDate"] != starts:
        raise failed_validation("recurrence/range/startDate is not the day on which the event starts.")
    if windows_name(limits.get("recurrenceTimeZone") or zone) != zone:
        raise failed_validation("recurrence/range/recurrenceTimeZone is not the event's time zone.")
    if limits["type"] == "numbered" and limits.get("numberOfOccurrences", 0) < 1:
        raise failed_validation("recurrence/range of type numbered needs numberOfOccurrences.")
    if limits["type"] == "endDate" and (limits.get("endDate") or date.min) < starts:
        raise failed_validation("recurrence/range/endDate is missing or before the start.")


def _daily(rule: Recurrence) -> Iterator[date]:
    for step in count():
        yield rule.start + timedelta(days=step * rule.interval)


def _weekly(rule: Recurrence) -> Iterator[date]:
    week = rule.start - timedelta(days=(_weekday(rule.start) - rule.first_day) % 7)
    offsets = sorted((day - rule.first_day) % 7 for day in rule.days)
    for step in count():
        for offset in offsets:
            yield week + timedelta(weeks=step * rule.interval, days=offset)


def _monthly(rule: Recurrence) -> Iterator[date]:
    yearly = rule.kind.endswith("Yearly")
    first = rule.start.year * 12 + (rule.month if yearly else rule.start.month) - 1
    for step in count():
        year, month = divmod(first + step * rule.interval * (12 if yearly else 1), 12)
        yield _day_in_month(rule, year, month + 1)


def _day_in_month(rule: Recurrence, year: int, month: int) -> date:
    length = monthrange(year, month)[1]
    if rule.kind.startswith("absolute"):
        # Outlook takes the last day of a month that is too short; RFC 5545 would skip the month.
        return date(year, month, min(rule.day_of_month, length))
    days = [date(year, month, number) for number in range(1, length + 1)]
    fitting = [day for day in days if _weekday(day) in rule.days]
    return fitting[-1] if rule.index == len(_INDEX) - 1 else fitting[rule.index]


_CANDIDATES: dict[str, Callable[[Recurrence], Iterator[date]]] = {
    "daily": _daily,
    "weekly": _weekly,
    "absoluteMonthly": _monthly,
    "relativeMonthly": _monthly,
    "absoluteYearly": _monthly,
    "relativeYearly": _monthly,
}
