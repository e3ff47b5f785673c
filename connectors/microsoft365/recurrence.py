"""Outlook's recurrence patterns and rules of RFC 5545 (Microsoft Graph: patternedRecurrence). Pure.

Outlook has six patterns. What it cannot say is laid out as single events (see :mod:`domain.recurrence.layout`);
:func:`why_not` says why. Where a month is too short for a day, Outlook takes the month's last day and RFC 5545 skips
the month: the 31st of Outlook is the last of the days 28 to 31 in a rule.
"""

from __future__ import annotations

from calendar import monthrange
from collections.abc import Mapping, Set
from dataclasses import replace
from datetime import date, datetime, timedelta
from itertools import islice, pairwise
from typing import Any

from domain.errors import SetAside
from domain.recurrence.expand import slots, slots_among, starts_on_rule
from domain.recurrence.overrides import PERIOD, read_period
from domain.recurrence.rule import WEEKDAYS, Rule, Weekday
from domain.recurrence.series import Series
from domain.recurrence.simple import EVERY_DAY, simplest
from domain.recurrence.walls import to_wall
from domain.values import is_timed

Json = dict[str, Any]

_DAYS = ("monday", "tuesday", "wednesday", "thursday", "friday", "saturday", "sunday")
_PLACES = {1: "first", 2: "second", 3: "third", 4: "fourth", -1: "last"}
_INDEX = {name: place for place, name in _PLACES.items()}
_LONGEST_INTERVAL = 999
_SHORTEST_MONTH = 28
_LEAP_YEAR = 2024
_A_STEP = timedelta(days=366 * 5)
"""Back to the occurrence before an edited one, even of a series that takes place every few years."""


def why_not(series: Series) -> str | None:
    """Return why Outlook cannot hold a series as one master, as the rest of a sentence; None if it can."""
    further = "it has dates that follow no rule" if series.rdates else None
    return further or why_no_pattern(series) or _why_not_exceptions(series)


def to_graph(series: Series, zone: str) -> Json:
    """Return the patternedRecurrence of a series, with the relevant fields only.

    Args:
        series: one for which :func:`why_not` says nothing.
        zone: the name of the series' zone as Outlook knows it.

    Raises:
        SetAside: Outlook cannot hold it.
    """
    reason = why_no_pattern(series)
    if reason or series.rule is None:
        raise SetAside(f"Outlook cannot hold this series: {reason}", mend="Let it be laid out as single events.")
    pattern = _pattern(simplest(series.rule, series.wall, all_day=series.all_day))
    return {"pattern": pattern, "range": _range(series.rule, series.wall.date(), zone)}


def _range(rule: Rule, start: date, zone: str) -> Json:
    limits: Json = {"type": "noEnd", "startDate": start.isoformat(), "recurrenceTimeZone": zone}
    if rule.count:
        limits |= {"type": "numbered", "numberOfOccurrences": rule.count}
    elif rule.until:
        limits |= {"type": "endDate", "endDate": rule.until.isoformat()[:10]}
    return limits


def _pattern(rule: Rule) -> Json | None:
    """Return the pattern that says a rule, or None if there is none."""
    if rule.hours or rule.minutes or rule.seconds or rule.weeks or rule.year_days:
        return None
    said = {"DAILY": _daily, "WEEKLY": _weekly, "MONTHLY": _monthly, "YEARLY": _yearly}.get(rule.frequency)
    return said(rule) if said else None


def _daily(rule: Rule) -> Json | None:
    if rule.days or rule.month_days or rule.months or rule.positions:
        return None
    return {"type": "daily", "interval": rule.interval}


def _weekly(rule: Rule) -> Json | None:
    if rule.months or rule.positions:
        return None
    days = [_DAYS[day.day] for day in rule.days]
    first = _DAYS[rule.week_start]
    return {"type": "weekly", "interval": rule.interval, "daysOfWeek": days, "firstDayOfWeek": first}


def _monthly(rule: Rule) -> Json | None:
    if rule.months:
        return None
    day = _day_of_month(rule, _SHORTEST_MONTH)
    if day is not None:
        return {"type": "absoluteMonthly", "interval": rule.interval, "dayOfMonth": day}
    relative = _relative(rule)
    return {"type": "relativeMonthly", "interval": rule.interval, **relative} if relative else None


def _yearly(rule: Rule) -> Json | None:
    if len(rule.months) != 1:
        return None
    month = rule.months[0]
    day = _day_of_month(rule, _SHORTEST_MONTH if month == 2 else monthrange(_LEAP_YEAR, month)[1])
    if day is not None:
        return {"type": "absoluteYearly", "interval": rule.interval, "dayOfMonth": day, "month": month}
    relative = _relative(rule)
    return {"type": "relativeYearly", "interval": rule.interval, "month": month, **relative} if relative else None


def _day_of_month(rule: Rule, always: int) -> int | None:
    """Return the day of the month that a rule means; `always` is the last day that no month of the rule lacks."""
    if rule.days:
        return None
    days = rule.month_days
    if len(days) == 1 and 1 <= days[0] <= always and not rule.positions:
        return days[0]
    clamped = rule.positions == (-1,) and len(days) > 1 and days == tuple(range(_SHORTEST_MONTH, days[-1] + 1))
    return days[-1] if clamped else None


def _relative(rule: Rule) -> Json | None:
    """Return which of which days of the week in the month."""
    if rule.month_days and not rule.days and not rule.positions:
        place, days = rule.month_days[0] if len(rule.month_days) == 1 else 0, EVERY_DAY
        return _which(-1, days) if place == -1 else None
    if rule.month_days or not rule.days:
        return None
    if len(rule.days) == 1 and not rule.positions:
        return _which(rule.days[0].nth, rule.days)
    plain = not any(day.nth for day in rule.days)
    return _which(rule.positions[0], rule.days) if plain and len(rule.positions) == 1 else None


def _which(place: int, days: tuple[Weekday, ...]) -> Json | None:
    if place not in _PLACES:
        return None
    return {"daysOfWeek": [_DAYS[day.day] for day in days], "index": _PLACES[place]}


def why_no_pattern(series: Series) -> str | None:
    """Return why none of Outlook's patterns says when a series takes place, single occurrences aside."""
    rule = series.rule
    if rule is None:
        return "it has dates that follow no rule"
    if rule.interval > _LONGEST_INTERVAL:
        return f"an interval of {rule.interval} is too long"
    if isinstance(rule.until, date) and rule.until.isoformat()[:10] < series.wall.date().isoformat():
        return "its rule ends before it starts"
    if _pattern(simplest(rule, series.wall, all_day=series.all_day)) is None:
        return f"no pattern says “{rule}”"
    return None if starts_on_rule(series) else "its rule does not fall on its start"


def _why_not_exceptions(series: Series) -> str | None:
    nameless = series.overrides.keys() - slots_among(series, series.overrides)
    if nameless:
        return f"its rule does not name {min(nameless)}"
    moved = {which: fields[PERIOD] for which, fields in series.overrides.items() if fields.get(PERIOD)}
    of_another_sort = [which for which, at in moved.items() if is_timed(read_period(str(at))[0]) == series.all_day]
    if of_another_sort:
        return f"the occurrence of {min(of_another_sort)} is all-day and the others are not, or the reverse"
    return _why_not_order(series, {series.wall_of(which) for which in moved})


def _why_not_order(series: Series, moved: Set[datetime]) -> str | None:
    """Look whether each moved one is on a day between its neighbours' (Outlook: ErrorOccurrenceCrossingBoundary)."""
    last = max(moved, default=None)
    if last is None:
        return None
    known = [*slots(series, before=last), last, *islice(slots(series, since=last + timedelta(seconds=1)), 1)]
    for sooner, later in pairwise(known):
        if (sooner in moved or later in moved) and _day(series, sooner) >= _day(series, later):
            which = series.id_of(later if later in moved else sooner)
            return f"the occurrence of {which} was moved to the day of another one or past it"
    return None


def apart(series: Series) -> frozenset[str]:
    """Return the edited occurrences that Outlook cannot hold within a series, though its rule names them.

    Those are the ones that are all-day when the others are not, or the reverse, and those on the day of another
    occurrence or past it (Outlook: ErrorOccurrenceCrossingBoundary).
    """
    named = slots_among(replace(series, rdates=frozenset()), series.overrides)
    moved = {which: str(series.overrides[which][PERIOD]) for which in named if series.overrides[which].get(PERIOD)}
    odd = {which for which, at in moved.items() if is_timed(read_period(at)[0]) == series.all_day}
    return frozenset(odd) | _crossing(series, {series.wall_of(which) for which in moved.keys() - odd})


def _crossing(series: Series, moved: set[datetime]) -> frozenset[str]:
    found: set[datetime] = set()
    while True:
        sitting = [wall for wall in _around(series, moved - found) if wall not in found]
        pairs = ((one, other) for one, other in pairwise(sitting) if _day(series, one) >= _day(series, other))
        clash = next((pair for pair in pairs if moved & {*pair}), None)
        if clash is None:
            return frozenset(map(series.id_of, found))
        found.add(clash[1] if clash[1] in moved else clash[0])


def _around(series: Series, moved: Set[datetime]) -> list[datetime]:
    """Return what is planned up to the last of some occurrences, and what is planned next."""
    last = max(moved, default=None)
    if last is None:
        return []
    first = min(moved)
    rule = replace(series, rdates=frozenset())
    before = list(slots(rule, first - _A_STEP, last + timedelta(seconds=1)))
    return [*before, *islice(slots(rule, since=last + timedelta(seconds=1)), 1)]


def _day(series: Series, wall: datetime) -> date:
    moved = series.overrides.get(series.id_of(wall), {}).get(PERIOD)
    start = read_period(moved)[0] if isinstance(moved, str) else wall.date()
    return to_wall(start, series.clock).date() if isinstance(start, datetime) else start


def from_graph(shown: Mapping[str, Any]) -> str:
    """Return the RRULE of a patternedRecurrence; fields that do not belong to its type are ignored.

    The rule is meant in the zone of the recurrence, in which the master must be read as well: in UTC a series on
    Mondays may start on a Sunday.

    Raises:
        SetAside: it is not what Graph's documentation says.
    """
    try:
        return ";".join([*_rule_parts(shown["pattern"]), *_limit_parts(shown["range"])])
    except (KeyError, TypeError, ValueError, IndexError, AttributeError) as odd:
        raise SetAside(
            f"The recurrence of a series in Outlook cannot be understood: {odd!r}",
            mend="Open the series in Outlook, look at how it recurs, and save it again.",
        ) from odd


def _rule_parts(pattern: Mapping[str, Any]) -> list[str]:
    kind, interval = pattern["type"], int(pattern["interval"])
    parts = [f"FREQ={_FREQUENCY[kind]}", f"INTERVAL={interval}"]
    if kind == "weekly":
        parts.append(f"WKST={_short(pattern.get('firstDayOfWeek') or 'sunday')}")
        parts.append(f"BYDAY={','.join(_days(pattern))}")
    if kind.endswith("Yearly"):
        parts.append(f"BYMONTH={int(pattern['month'])}")
    if kind.startswith("absolute"):
        parts += _absolute(int(pattern["dayOfMonth"]), int(pattern["month"]) if kind == "absoluteYearly" else None)
    elif kind.startswith("relative"):
        parts += _counted(_days(pattern), _INDEX[pattern.get("index") or "first"])
    return parts


_FREQUENCY = {
    "daily": "DAILY",
    "weekly": "WEEKLY",
    "absoluteMonthly": "MONTHLY",
    "relativeMonthly": "MONTHLY",
    "absoluteYearly": "YEARLY",
    "relativeYearly": "YEARLY",
}


def _short(day: str) -> str:
    return WEEKDAYS[_DAYS.index(day)]


def _days(pattern: Mapping[str, Any]) -> list[str]:
    found = [_short(day) for day in pattern["daysOfWeek"]]
    if not found:
        raise ValueError("no days of the week")
    return found


def _absolute(day: int, month: int | None) -> list[str]:
    longest = 31 if month is None else monthrange(_LEAP_YEAR, month)[1]
    last = min(day, longest)
    if last <= _SHORTEST_MONTH or month not in (None, 2):
        return [f"BYMONTHDAY={last}"]
    return [f"BYMONTHDAY={','.join(map(str, range(_SHORTEST_MONTH, last + 1)))}", "BYSETPOS=-1"]


def _counted(days: list[str], place: int) -> list[str]:
    if len(set(days)) == len(EVERY_DAY):
        return [f"BYMONTHDAY={place}"]
    return [f"BYDAY={place}{days[0]}"] if len(days) == 1 else [f"BYDAY={','.join(days)}", f"BYSETPOS={place}"]


def _limit_parts(limits: Mapping[str, Any]) -> list[str]:
    kind = limits["type"]
    if kind == "numbered":
        return [f"COUNT={int(limits['numberOfOccurrences'])}"]
    if kind == "endDate":
        return [f"UNTIL={date.fromisoformat(str(limits['endDate'])[:10]):%Y%m%d}"]
    if kind != "noEnd":
        raise ValueError(f"a range of type {kind}")
    return []
