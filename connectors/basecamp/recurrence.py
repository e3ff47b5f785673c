"""Basecamp's recurrence schedules and rules of RFC 5545 ("Schedule entries: Create a schedule entry"). Pure.

Basecamp knows few patterns and no exceptions. What it cannot say is laid out as single entries (see
:mod:`domain.recurrence.layout`); :func:`why_not` says why.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from datetime import date, datetime
from itertools import islice
from typing import Any

from domain.errors import SetAside
from domain.recurrence.expand import last_wall, slots, starts_on_rule
from domain.recurrence.rule import WEEKDAYS, Rule, Weekday
from domain.recurrence.series import Series
from domain.recurrence.simple import simplest

Json = dict[str, Any]

_SUNDAY_FIRST = ("SU", "MO", "TU", "WE", "TH", "FR", "SA")
_WEEKDAYS = tuple(Weekday(0, day) for day in range(5))
_PLACES = (1, 2, 3, 4, -1)
_CUSTOM = range(2, 13)
_SAFE_DAY = 28
"""What Basecamp does with a day that a month lacks is not documented."""


def why_not(series: Series) -> str | None:
    """Return why Basecamp cannot hold a series, as the rest of a sentence; None if it can."""
    rule = series.rule
    if rule is None or series.rdates:
        return "it has dates that follow no rule"
    if series.exdates or series.overrides:
        return "Basecamp has no exceptions from a rule"
    if _said(simplest(rule, series.wall, all_day=series.all_day), series.wall) is None:
        return f"no schedule says “{rule}”"
    if not starts_on_rule(series):
        return "its rule does not fall on its start"
    return None if len(list(islice(slots(series), 2))) == 2 else "it takes place less than twice"


def to_basecamp(series: Series) -> tuple[Json, date | None]:
    """Return the `recurrence_schedule` of a series, and the day for `recurs_until` if it ends.

    Raises:
        SetAside: Basecamp cannot hold it.
    """
    reason = why_not(series)
    said = _said(simplest(series.rule, series.wall, all_day=series.all_day), series.wall) if series.rule else None
    if reason or said is None:
        raise SetAside(f"Basecamp cannot hold this series: {reason}", mend="Let it be laid out as single entries.")
    return said, _until(series)


def _until(series: Series) -> date | None:
    """Return the last day, which Basecamp asks for also where a rule counts."""
    until = series.rule.until if series.rule else None
    if until is not None and not isinstance(until, datetime):
        return until
    last = last_wall(series)
    return last.date() if last else None


def _said(rule: Rule, start: datetime) -> Json | None:
    if rule.hours or rule.minutes or rule.seconds or rule.weeks or rule.year_days or rule.positions:
        return None
    said = {"DAILY": _daily, "WEEKLY": _weekly, "MONTHLY": _monthly, "YEARLY": _yearly}.get(rule.frequency)
    return said(rule, start) if said else None


def _daily(rule: Rule, _start: datetime) -> Json | None:
    plain = not (rule.days or rule.month_days or rule.months)
    return {"frequency": "every_day"} if plain and rule.interval == 1 else None


def _weekly(rule: Rule, start: datetime) -> Json | None:
    if rule.months:
        return None
    if rule.days == (Weekday(0, start.weekday()),):
        return _every_so_many_weeks(rule.interval)
    if rule.interval > 1:
        return None
    if rule.days == _WEEKDAYS:
        return {"frequency": "every_weekday"}
    return {"frequency": "every_day", "days": sorted(_SUNDAY_FIRST.index(str(day)) for day in rule.days)}


def _every_so_many_weeks(interval: int) -> Json | None:
    if interval <= 2:
        return {"frequency": "every_week" if interval == 1 else "every_other_week"}
    return {"frequency": "custom_week", "week_interval": interval} if interval in _CUSTOM else None


def _monthly(rule: Rule, start: datetime) -> Json | None:
    if rule.months or (rule.interval > 1 and rule.interval not in _CUSTOM):
        return None
    which = _of_month(rule, start)
    if which is None:
        return None
    if rule.interval > 1:
        return {"frequency": "custom_month", "month_interval": rule.interval, **which}
    if "days" not in which:
        return {"frequency": "every_month", **which}
    return {"frequency": "every_day_of_month"} if which["days"] == [start.day] else None


def _of_month(rule: Rule, start: datetime) -> Json | None:
    if rule.month_days and not rule.days:
        days = list(rule.month_days)
        return {"days": days} if all(1 <= day <= _SAFE_DAY for day in days) else None
    if rule.month_days or len(rule.days) != 1:
        return None
    day = rule.days[0]
    return {"week_instance": day.nth} if day.nth in _PLACES and day.day == start.weekday() else None


def _yearly(rule: Rule, start: datetime) -> Json | None:
    on_start = rule.months == (start.month,) and rule.month_days == (start.day,) and not rule.days
    leap = (start.month, start.day) == (2, 29)
    return {"frequency": "every_year"} if on_start and rule.interval == 1 and not leap else None


def from_basecamp(shown: Mapping[str, Any], start: date) -> str:
    """Return the RRULE of a `recurrence_schedule` as Basecamp shows it.

    Args:
        shown: the schedule; hour, minute, start_date and duration are derived from the entry and ignored.
        start: the day of the first occurrence, in the entry's zone.

    Raises:
        SetAside: it is not what Basecamp's documentation says.
    """
    try:
        parts = _PARTS[shown["frequency"]](shown, start)
        until = shown.get("end_date")
        return ";".join([*parts, *([f"UNTIL={date.fromisoformat(until[:10]):%Y%m%d}"] if until else [])])
    except (KeyError, TypeError, ValueError, IndexError) as odd:
        raise SetAside(
            f"The recurrence of an entry in Basecamp cannot be understood: {odd!r}",
            mend="Open the entry in Basecamp, look at how it repeats, and save it again.",
        ) from odd


def _day_parts(shown: Mapping[str, Any], _start: date) -> list[str]:
    days = shown.get("days")
    return ["FREQ=WEEKLY", f"BYDAY={','.join(_SUNDAY_FIRST[day] for day in days)}"] if days else ["FREQ=DAILY"]


def _month_parts(shown: Mapping[str, Any], start: date) -> list[str]:
    parts = ["FREQ=MONTHLY", f"INTERVAL={int(shown.get('month_interval') or 1)}"]
    place = shown.get("week_instance") or (None if shown["frequency"] == "custom_month" else _place(start))
    if place is not None:
        return [*parts, f"BYDAY={int(place)}{WEEKDAYS[start.weekday()]}"]
    return [*parts, f"BYMONTHDAY={','.join(str(int(day)) for day in shown.get('days') or [start.day])}"]


def _place(start: date) -> int:
    place = (start.day - 1) // 7 + 1
    return place if place in _PLACES else -1


_PARTS: Mapping[str, Callable[[Mapping[str, Any], date], list[str]]] = {
    "every_day": _day_parts,
    "every_weekday": lambda _shown, _start: ["FREQ=WEEKLY", "BYDAY=MO,TU,WE,TH,FR"],
    "every_week": lambda _shown, _start: ["FREQ=WEEKLY"],
    "every_other_week": lambda _shown, _start: ["FREQ=WEEKLY", "INTERVAL=2"],
    "custom_week": lambda shown, _start: ["FREQ=WEEKLY", f"INTERVAL={int(shown['week_interval'])}"],
    "every_month": _month_parts,
    "custom_month": _month_parts,
    "every_day_of_month": lambda _shown, start: ["FREQ=MONTHLY", f"BYMONTHDAY={start.day}"],
    "every_year": lambda _shown, _start: ["FREQ=YEARLY"],
}
