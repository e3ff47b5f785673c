"""A recurrence rule (RFC 5545, section 3.3.10): read strictly, bounded, written in one way only."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass
from datetime import UTC, date, datetime
from typing import Final

from domain.errors import SetAside

FREQUENCIES: Final = ("YEARLY", "MONTHLY", "WEEKLY", "DAILY", "HOURLY", "MINUTELY", "SECONDLY")
WEEKDAYS: Final = ("MO", "TU", "WE", "TH", "FR", "SA", "SU")
MAX_COUNT = 10_000
MAX_INTERVAL = 9_999
MAX_PER_DAY = 24

_ROOM_FOR_ONE_HOUR: Mapping[str, int] = {"MINUTELY": 60, "SECONDLY": 3600}
_DAY_PART = re.compile(r"([+-]?\d{1,2})?(MO|TU|WE|TH|FR|SA|SU)")
_NUMBERS: Mapping[str, tuple[str, int, int, bool]] = {  # attribute, lowest, highest, negative ones count from the end
    "BYMONTH": ("months", 1, 12, False),
    "BYWEEKNO": ("weeks", 1, 53, True),
    "BYYEARDAY": ("year_days", 1, 366, True),
    "BYMONTHDAY": ("month_days", 1, 31, True),
    "BYHOUR": ("hours", 0, 23, False),
    "BYMINUTE": ("minutes", 0, 59, False),
    "BYSECOND": ("seconds", 0, 59, False),
    "BYSETPOS": ("positions", 1, 366, True),
}
_ONLY_WITH: Mapping[str, tuple[str, ...]] = {  # RFC 5545, section 3.3.10: notes to the table of BY parts
    "BYWEEKNO": ("YEARLY",),
    "BYYEARDAY": ("YEARLY", "HOURLY", "MINUTELY", "SECONDLY"),
    "BYMONTHDAY": ("YEARLY", "MONTHLY", "DAILY", "HOURLY", "MINUTELY", "SECONDLY"),
    "BYSETPOS": ("YEARLY", "MONTHLY", "WEEKLY", "DAILY"),
}

Until = date | datetime
"""The last day on which an occurrence may start, or (as a wall time) the last moment. Neither has a zone."""


@dataclass(frozen=True, slots=True, order=True)
class Weekday:
    """A day of the week, 0 (Monday) to 6; `nth` counts within the month or year (-1 is the last), 0 means every one."""

    nth: int
    day: int

    def __str__(self) -> str:
        return f"{self.nth or ''}{WEEKDAYS[self.day]}"


@dataclass(frozen=True, slots=True)
class Rule:
    """What RRULE says. Lists are sorted and hold nothing twice; an empty one says nothing.

    `until` is meant in the wall time of the series, so that it stays when the series moves to another zone.
    """

    frequency: str
    interval: int = 1
    count: int | None = None
    until: Until | None = None
    months: tuple[int, ...] = ()
    weeks: tuple[int, ...] = ()
    year_days: tuple[int, ...] = ()
    month_days: tuple[int, ...] = ()
    days: tuple[Weekday, ...] = ()
    hours: tuple[int, ...] = ()
    minutes: tuple[int, ...] = ()
    seconds: tuple[int, ...] = ()
    positions: tuple[int, ...] = ()
    week_start: int = 0

    def __str__(self) -> str:
        return write_rule(self)

    @property
    def once_a_day(self) -> bool:
        """Tell whether no two occurrences fall on one day."""
        return self.frequency in FREQUENCIES[:4] and not (self.hours or self.minutes or self.seconds)

    def has_ended(self, wall: datetime) -> bool:
        """Tell whether a wall time lies after the last moment of the rule."""
        if isinstance(self.until, datetime):
            return wall > self.until
        return self.until is not None and wall.date() > self.until


def refused(words: str, mend: str = "Write the recurrence as a rule that RFC 5545 allows.") -> SetAside:
    """Return the error for a recurrence that cannot be kept; `words` say what about it."""
    return SetAside(f"The recurrence cannot be kept: {words}", mend=mend)


def parse_rule(text: str, read_until: Callable[[Until], Until]) -> Rule:
    """Read the value of an RRULE property.

    Args:
        text: such as ``FREQ=WEEKLY;BYDAY=MO,WE;UNTIL=20261231``.
        read_until: turns UNTIL as written (a day, a wall time or an instant in UTC) into the series' own terms.

    Raises:
        SetAside: it is no rule, or one that recurs too often or for too long to be held.
    """
    parts = _parts(text)
    numbers = {
        name: _numbers(part, parts.get(part), low, high, negative=signed)
        for part, (name, low, high, signed) in _NUMBERS.items()
    }
    rule = Rule(
        frequency=_frequency(parts),
        interval=_number("INTERVAL", parts.get("INTERVAL", "1"), 1, MAX_INTERVAL),
        count=_number("COUNT", parts["COUNT"], 1, MAX_COUNT) if "COUNT" in parts else None,
        until=read_until(_until(parts["UNTIL"])) if "UNTIL" in parts else None,
        days=_days(parts.get("BYDAY")),
        week_start=_week_start(parts.get("WKST", "MO")),
        **numbers,
    )
    _check_parts(rule, parts)
    _check_density(rule)
    return rule


def _parts(text: str) -> dict[str, str]:
    found: dict[str, str] = {}
    for part in filter(None, (piece.strip() for piece in text.strip().upper().split(";"))):
        name, equals, value = part.partition("=")
        if not equals or not value or name in found:
            raise refused(f"“{part}” is not one part of a rule")
        found[name] = value
    unknown = found.keys() - _NUMBERS.keys() - {"FREQ", "INTERVAL", "COUNT", "UNTIL", "BYDAY", "WKST"}
    if unknown:
        raise refused(f"{', '.join(sorted(unknown))} has no meaning in RFC 5545")
    if {"COUNT", "UNTIL"} <= found.keys():
        raise refused("it has both COUNT and UNTIL", "Keep one of the two.")
    return found


def _frequency(parts: Mapping[str, str]) -> str:
    given = parts.get("FREQ", "")
    if given not in FREQUENCIES:
        raise refused(f"FREQ={given} is no frequency", f"Use one of {', '.join(FREQUENCIES[:4])}.")
    return given


def _number(name: str, text: str, low: int, high: int) -> int:
    if not re.fullmatch(r"[+-]?\d{1,9}", text) or not low <= int(text) <= high:
        raise refused(f"{name}={text} is outside {low} to {high}", f"Give a {name} from {low} to {high}.")
    return int(text)


def _numbers(name: str, text: str | None, low: int, high: int, *, negative: bool) -> tuple[int, ...]:
    if text is None:
        return ()
    numbers = {_number(name, piece, -high if negative else low, high) for piece in text.split(",")}
    if negative and 0 in numbers:
        raise refused(f"{name} has no 0", "Count from 1, or from the end with -1.")
    return tuple(sorted(numbers))


def _days(text: str | None) -> tuple[Weekday, ...]:
    found = set()
    for piece in text.split(",") if text else ():
        match = _DAY_PART.fullmatch(piece.strip())
        if match is None or (match[1] and not 1 <= abs(int(match[1])) <= 53):
            raise refused(f"“{piece}” is no day of the week", "Write days as MO, or with their place as 2TU or -1FR.")
        found.add(Weekday(int(match[1] or 0), WEEKDAYS.index(match[2])))
    return tuple(sorted(found))


def _week_start(text: str) -> int:
    if text not in WEEKDAYS:
        raise refused(f"WKST={text} is no day of the week", f"Use one of {', '.join(WEEKDAYS)}.")
    return WEEKDAYS.index(text)


def _until(text: str) -> Until:
    try:
        if len(text) == 8:
            return date.fromisoformat(text)
        wall = datetime.fromisoformat(text.removesuffix("Z"))
    except ValueError:
        raise refused(f"UNTIL={text} is no date", "Write UNTIL as 20261231 or 20261231T225959Z.") from None
    return wall.replace(tzinfo=UTC) if text.endswith("Z") else wall


def _check_parts(rule: Rule, parts: Mapping[str, str]) -> None:
    for name, frequencies in _ONLY_WITH.items():
        if name in parts and rule.frequency not in frequencies:
            raise refused(f"{name} does not go with FREQ={rule.frequency}")
    counted = any(day.nth for day in rule.days)
    if counted and (rule.frequency not in ("YEARLY", "MONTHLY") or rule.weeks):
        raise refused("a day with its place in the month does not go with the other parts", "Write BYDAY=MO, not 1MO.")
    if rule.positions and not any(part.startswith("BY") and part != "BYSETPOS" for part in parts):
        raise refused("BYSETPOS alone chooses from nothing", "Add BYDAY, BYMONTHDAY or another BY part.")


def _check_density(rule: Rule) -> None:
    """Refuse what recurs more often than a calendar can show: such rules are mistakes, or meant to do harm."""
    if _per_day(rule) > MAX_PER_DAY:
        raise refused(f"it recurs more than {MAX_PER_DAY} times a day", "Give it at most one occurrence an hour.")
    if rule.frequency == "HOURLY" and rule.hours and rule.interval > 1:
        raise refused("hours of the day do not go with every so many hours", "Write it as FREQ=DAILY;BYHOUR=…")


def _per_day(rule: Rule) -> int:
    times = max(1, len(rule.minutes)) * max(1, len(rule.seconds))
    if rule.frequency in _ROOM_FOR_ONE_HOUR:
        apart = rule.interval >= _ROOM_FOR_ONE_HOUR[rule.frequency] and not (rule.hours or rule.minutes or rule.seconds)
        return 1 if apart else MAX_PER_DAY + 1
    if rule.frequency == "HOURLY":
        return times * (len(rule.hours) or -(-24 // rule.interval))
    return times * max(1, len(rule.hours))


def write_rule(rule: Rule) -> str:
    """Return the rule as text, always in the same order and without what goes without saying."""
    parts: list[tuple[str, object]] = [("FREQ", rule.frequency)]
    parts += [("INTERVAL", rule.interval)] if rule.interval > 1 else []
    parts += [("COUNT", rule.count)] if rule.count else []
    parts += [("UNTIL", until_text(rule.until))] if rule.until else []
    lists: list[tuple[str, Iterable[object]]] = [(part, getattr(rule, names[0])) for part, names in _NUMBERS.items()]
    lists.insert(4, ("BYDAY", rule.days))
    parts += [(name, ",".join(map(str, values))) for name, values in lists if values]
    parts += [("WKST", WEEKDAYS[rule.week_start])] if rule.week_start else []
    return ";".join(f"{name}={value}" for name, value in parts)


def until_text(until: Until) -> str:
    """Return a day as 20261231 and a wall time as 20261231T150000."""
    return f"{until:%Y%m%dT%H%M%S}" if isinstance(until, datetime) else f"{until:%Y%m%d}"
