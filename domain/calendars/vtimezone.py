"""Time zones as iCalendar wants them: a VTIMEZONE with the onsets that RFC 5545 means.

An onset is written in the wall time before it (section 3.6.5), so that 2 o'clock becomes 3 o'clock in spring. The
icalendar library writes it in the wall time after it, an hour off.
"""

from __future__ import annotations

from calendar import monthrange
from collections import defaultdict
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from functools import lru_cache
from zoneinfo import ZoneInfo

from domain.calendars.lines import escaped, folded, joined
from domain.recurrence.rule import WEEKDAYS

_DAY, _SECOND = timedelta(days=1), timedelta(seconds=1)
LISTED_UNTIL = 2037
"""The last year for which the time zone database lists every onset; from then on a rule counts."""

_CYCLE = 28
"""After so many years every day of a month has been every day of the week."""

_Observance = tuple[str, timedelta, timedelta, str]
_Onset = tuple[_Observance, datetime]


@lru_cache(maxsize=256)
def definition(name: str, first: int, last: int | None) -> str:
    """Return the VTIMEZONE of an IANA zone, right from the beginning of the year `first` to the end of `last`.

    Without `last` it is right for ever, as far as is known today: as rules where the zone goes by rules, else as a list
    of many years.
    """
    zone = ZoneInfo(name)
    if last is not None:
        listed, rules = _onsets(zone, first, last), ""
    else:
        end = max(first, LISTED_UNTIL) + _CYCLE + 1
        listed, rules = _for_ever(_onsets(zone, first, end), end)
    body = "".join(_listed(observance, walls) for observance, walls in _grouped(listed).items())
    return _lines(("BEGIN", "VTIMEZONE"), ("TZID", escaped(name))) + body + rules + _lines(("END", "VTIMEZONE"))


def _lines(*pairs: tuple[str, str]) -> str:
    return joined(folded(name, value) for name, value in pairs)


def _onsets(zone: ZoneInfo, first: int, last: int) -> list[_Onset]:
    """Return each observance with the wall time at which it begins, in order."""
    # A day early, so that the whole first year is covered in zones ahead of UTC.
    begin, end = datetime(first, 1, 1, tzinfo=UTC) - _DAY, datetime(last + 1, 1, 1, tzinfo=UTC)
    here = begin.astimezone(zone)
    found = [(_observance(here, here), here.replace(tzinfo=None))]
    for moment in _transitions(zone, begin, end):
        before, after = (moment - _SECOND).astimezone(zone), moment.astimezone(zone)
        found.append((_observance(before, after), (moment + _offset(before)).replace(tzinfo=None)))
    return found


def _grouped(onsets: Sequence[_Onset]) -> Mapping[_Observance, list[datetime]]:
    found: dict[_Observance, list[datetime]] = {}
    for observance, wall in onsets:
        found.setdefault(observance, []).append(wall)
    return found


def _observance(before: datetime, after: datetime) -> _Observance:
    kind = "DAYLIGHT" if (after.dst() or timedelta()) > timedelta() else "STANDARD"
    return kind, _offset(before), _offset(after), after.tzname() or ""


def _offset(moment: datetime) -> timedelta:
    return moment.utcoffset() or timedelta()


def _transitions(zone: ZoneInfo, begin: datetime, end: datetime) -> Iterator[datetime]:
    """Yield the instants at which the clocks are changed, to the second."""
    day = begin
    while day < end:
        if _differ(zone, day, day + _DAY):
            yield _exactly(zone, day, day + _DAY)
        day += _DAY


def _differ(zone: ZoneInfo, one: datetime, other: datetime) -> bool:
    here, there = one.astimezone(zone), other.astimezone(zone)
    return (here.utcoffset(), here.tzname()) != (there.utcoffset(), there.tzname())


def _exactly(zone: ZoneInfo, before: datetime, after: datetime) -> datetime:
    while after - before > _SECOND:
        middle = before + timedelta(seconds=(after - before).total_seconds() // 2)
        before, after = (before, middle) if _differ(zone, before, middle) else (middle, after)
    return after


@dataclass(frozen=True, slots=True)
class _Yearly:
    """What is the same of an onset in every year."""

    observance: _Observance
    month: int
    weekday: int
    at: timedelta

    @classmethod
    def of(cls, onset: _Onset) -> _Yearly:
        observance, wall = onset
        midnight = wall.replace(hour=0, minute=0, second=0)
        return cls(observance, wall.month, wall.weekday(), wall - midnight)


def _for_ever(onsets: list[_Onset], last: int) -> tuple[list[_Onset], str]:
    """Return the onsets to be listed one by one, and the rules by which the others follow; none where none are seen."""
    start, *changes = onsets
    by_year: dict[int, list[_Onset]] = defaultdict(list)
    for change in changes:
        by_year[change[1].year].append(change)
    usual = [_Yearly.of(one) for one in by_year[last]]
    first = last
    while usual and [_Yearly.of(one) for one in by_year.get(first - 1, ())] == usual:
        first -= 1
    regular = [onset for onset in changes if onset[1].year >= first]
    days = {yearly: [wall for one, wall in regular if _Yearly.of((one, wall)) == yearly] for yearly in usual}
    if last - first < _CYCLE or not all(_place(walls) for walls in days.values()):
        return onsets, ""
    rules = "".join(_ruled(yearly, walls) for yearly, walls in days.items())
    return [start, *(onset for onset in changes if onset[1].year < first)], rules


def _place(walls: Sequence[datetime]) -> str:
    """Return how a yearly rule names days of one month and weekday; empty where they do not follow one."""
    low, high = min(wall.day for wall in walls), max(wall.day for wall in walls)
    name, length = WEEKDAYS[walls[0].weekday()], monthrange(walls[0].year, walls[0].month)[1]
    if high - low > 6:
        return ""
    if high == length and length > 28:
        return f"BYDAY=-1{name}"
    if low % 7 == 1 and high <= 28:
        return f"BYDAY={low // 7 + 1}{name}"
    return f"BYMONTHDAY={','.join(map(str, range(low, high + 1)))};BYDAY={name}"


def _ruled(yearly: _Yearly, walls: Sequence[datetime]) -> str:
    rule = f"FREQ=YEARLY;BYMONTH={yearly.month};{_place(walls)}"
    return _component(yearly.observance, walls[0], ("RRULE", rule))


def _listed(observance: _Observance, walls: Sequence[datetime]) -> str:
    first, *others = walls
    again = ",".join(map(_clock, others))
    return _component(observance, first, *([("RDATE", again)] if again else []))


def _component(observance: _Observance, first: datetime, *again: tuple[str, str]) -> str:
    kind, before, after, name = observance
    offsets = (("TZOFFSETFROM", _hours(before)), ("TZOFFSETTO", _hours(after)))
    return _lines(
        ("BEGIN", kind), ("DTSTART", _clock(first)), *again, *offsets, ("TZNAME", escaped(name)), ("END", kind)
    )


def _clock(wall: datetime) -> str:
    return f"{wall:%Y%m%dT%H%M%S}"


def _hours(offset: timedelta) -> str:
    seconds = int(offset.total_seconds())
    hours, rest = divmod(abs(seconds), 3600)
    minutes, left = divmod(rest, 60)
    return f"{'-' if seconds < 0 else '+'}{hours:02}{minutes:02}{f'{left:02}' if left else ''}"
