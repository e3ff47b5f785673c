"""Recurrence as people say it: "every 2nd week on Tuesday until 2027-06-30", "2026-12-08 moved to 2026-12-09 18:00"."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from datetime import datetime
from typing import Final, cast
from zoneinfo import ZoneInfo

from domain.errors import SetAside
from domain.recurrence.overrides import PERIOD, decode, read_period
from domain.recurrence.rule import Rule, parse_rule
from domain.values import Value, When, to_json

_DAYS: Final = ("Monday", "Tuesday", "Wednesday", "Thursday", "Friday", "Saturday", "Sunday")
_MONTHS: Final = (
    *("January", "February", "March", "April", "May", "June", "July"),
    *("August", "September", "October", "November", "December"),
)
_UNITS: Final[Mapping[str, str]] = {
    "YEARLY": "year", "MONTHLY": "month", "WEEKLY": "week", "DAILY": "day",
    "HOURLY": "hour", "MINUTELY": "minute", "SECONDLY": "second",
}  # fmt: skip
_MANY = 5
UTC: Final = ZoneInfo("UTC")


def told(name: str, value: object, zone: ZoneInfo = UTC) -> object:
    """Return the JSON form of an event's field in words where it is about recurrence; any other as it is.

    Args:
        name: the field.
        value: its value as JSON; what cannot be read is returned as it is.
        zone: the zone in which moved occurrences are told.
    """
    try:
        if name == "rrule" and isinstance(value, str):
            return rule_words(value)
        if name == "overrides" and isinstance(value, list) and value:
            return overrides_words(value, zone)
        if name == "exdates" and isinstance(value, list) and value:
            return f"not on {_listed(sorted(value))}"
        if name == "rdates" and isinstance(value, list) and value:
            return f"also on {_listed(sorted(value))}"
    except (SetAside, ValueError, TypeError):
        return value
    return value


def _listed(texts: Iterable[str]) -> str:
    found = list(texts)
    rest = f" and {len(found) - _MANY} more" if len(found) > _MANY else ""
    return ", ".join(found[:_MANY]) + rest


def rule_words(text: str) -> str:
    """Return a rule in words; what its start implies is not repeated.

    Raises:
        SetAside: it is no rule.
    """
    rule = parse_rule(text, lambda until: until)
    parts = [_every(rule), *_on(rule), *_end(rule)]
    return " ".join(parts)


def _every(rule: Rule) -> str:
    unit = _UNITS[rule.frequency]
    return f"every {unit}" if rule.interval == 1 else f"every {_nth(rule.interval)} {unit}"


def _nth(number: int) -> str:
    if number < 0:
        return "last" if number == -1 else f"{_nth(-number)} last"
    ending = "th" if 10 <= number % 100 <= 20 else {1: "st", 2: "nd", 3: "rd"}.get(number % 10, "th")
    return f"{number}{ending}"


def _on(rule: Rule) -> Iterable[str]:
    if rule.days:
        days = [f"the {_nth(day.nth)} {_DAYS[day.day]}" if day.nth else _DAYS[day.day] for day in rule.days]
        yield f"on {', '.join(days)}"
    if rule.month_days:
        yield f"on the {', '.join(map(_nth, rule.month_days))}{' day' if min(rule.month_days) < 0 else ''}"
    if rule.year_days:
        yield f"on the {', '.join(map(_nth, rule.year_days))} day of the year"
    if rule.weeks:
        yield f"in week {', '.join(map(str, rule.weeks))}"
    if rule.months:
        yield f"in {', '.join(_MONTHS[month - 1] for month in rule.months)}"
    if rule.positions:
        yield f"(the {', '.join(map(_nth, rule.positions))} of them)"
    if rule.hours:
        yield f"at {', '.join(f'{hour}h' for hour in rule.hours)}"


def _end(rule: Rule) -> Iterable[str]:
    if rule.count:
        yield f"{rule.count} times" if rule.count > 1 else "once"
    elif rule.until:
        yield f"until {rule.until.isoformat(' ')[:16] if isinstance(rule.until, datetime) else rule.until.isoformat()}"
    if rule.week_start:
        yield f"(weeks begin on {_DAYS[rule.week_start]})"


def overrides_words(lines: Iterable[str], zone: ZoneInfo) -> str:
    """Return what differs in single occurrences in words.

    Raises:
        ValueError: they cannot be read.
    """
    found = decode(cast("Value", frozenset(lines)))
    told_ones = [f"{which} {_differs(own, zone)}" for which, own in sorted(found.items())]
    rest = f"; and {len(told_ones) - _MANY} more" if len(told_ones) > _MANY else ""
    return "; ".join(told_ones[:_MANY]) + rest


def _differs(own: Mapping[str, Value], zone: ZoneInfo) -> str:
    if own.get("status") == "cancelled":
        return "cancelled"
    parts = []
    if PERIOD in own:
        parts.append(f"moved to {_when(read_period(str(own[PERIOD]))[0], zone)}")
    parts += [f"{name}: {_short(value)}" for name, value in own.items() if name != PERIOD]
    return ", ".join(parts)


def _short(value: Value) -> str:
    shown = to_json(value)
    text = ", ".join(shown) if isinstance(shown, list) else str(shown or "–")
    return f"“{text[:40]}”" if len(text) <= 40 else f"“{text[:39]}…”"


def _when(start: When, zone: ZoneInfo) -> str:
    if not isinstance(start, datetime):
        return start.isoformat()
    there = start.astimezone(zone)
    return f"{there:%Y-%m-%d %H:%M}{' UTC' if zone.key == 'UTC' else ''}"
