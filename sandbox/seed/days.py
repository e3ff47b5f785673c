"""Days and rules relative to today, so that the seed always looks current. Gatherings fall on working days."""

from collections.abc import Iterator
from datetime import date, timedelta

_WEEKDAYS = ("mon", "tue", "wed", "thu", "fri", "sat", "sun")
_NTH = {"first": 0, "second": 1, "third": 2, "fourth": 3}
_SATURDAY = 5
_BETWEEN_THE_YEARS = {(1, 1), *((12, day) for day in range(24, 32))}


def is_working(day: date) -> bool:
    """Tell whether people are at work: no weekend, and not between Christmas Eve and New Year's Day."""
    return day.weekday() < _SATURDAY and (day.month, day.day) not in _BETWEEN_THE_YEARS


def working_day(today: date, offset: int) -> date:
    """Return the working day nearest to so many days from today."""
    day, distance = today + timedelta(days=offset), 0
    while not is_working(day):
        distance = -distance if distance < 0 else -distance - 1
        day = today + timedelta(days=offset + distance)
    return day


def working_days(today: date, offset: int, length: int) -> tuple[date, date]:
    """Return the first run of working days from then on, as first day and the day after the last."""
    day = today + timedelta(days=offset)
    while not all(is_working(day + timedelta(days=n)) for n in range(length)):
        day += timedelta(days=1)
    return day, day + timedelta(days=length)


def occurrences(rule: str, today: date, *, first: int, every: int) -> Iterator[date]:
    """Yield the working days of a rule, without end.

    "first thu" is monthly from `first` months on, "tue" every so many weeks from `first` weeks on.
    """
    return (day for day in _days(rule, today, first, every) if is_working(day))


def _days(rule: str, today: date, first: int, every: int) -> Iterator[date]:
    *nth, weekday = rule.split()
    number = _WEEKDAYS.index(weekday)
    step = 0
    while True:
        if nth:
            yield _of_month(today, first + step, _NTH[nth[0]], number)
        else:
            monday = today - timedelta(days=today.weekday())
            yield monday + timedelta(weeks=first + step * every, days=number)
        step += 1


def _of_month(today: date, months: int, nth: int, weekday: int) -> date:
    year, month = divmod(today.year * 12 + today.month - 1 + months, 12)
    first = date(year, month + 1, 1)
    return first + timedelta(days=(weekday - first.weekday()) % 7 + 7 * nth)
