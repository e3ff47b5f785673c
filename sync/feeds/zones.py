"""Time zones as iCalendar wants them: a VTIMEZONE for a few years, with the onsets that RFC 5545 means.

An onset is written in the wall time before it (section 3.6.5), so that 2 o'clock becomes 3 o'clock in spring.
"""

from __future__ import annotations

from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from functools import lru_cache
from zoneinfo import ZoneInfo

from domain.calendars.lines import escaped, folded, joined

_DAY, _SECOND = timedelta(days=1), timedelta(seconds=1)
_Observance = tuple[str, timedelta, timedelta, str]


@lru_cache(maxsize=64)
def vtimezone(name: str, first: int, last: int) -> str:
    """Return the VTIMEZONE of an IANA zone, right from the beginning of the year `first` to the end of `last`."""
    zone = ZoneInfo(name)
    begin, end = datetime(first, 1, 1, tzinfo=UTC), datetime(last + 1, 1, 1, tzinfo=UTC)
    # A day early, so that the whole first year is covered in zones ahead of UTC.
    onsets = _grouped(zone, begin - _DAY, end)
    rules = "".join(_rule(observance, walls) for observance, walls in onsets.items())
    return _lines(("BEGIN", "VTIMEZONE"), ("TZID", escaped(name))) + rules + _lines(("END", "VTIMEZONE"))


def _lines(*pairs: tuple[str, str]) -> str:
    return joined(folded(name, value) for name, value in pairs)


def _grouped(zone: ZoneInfo, begin: datetime, end: datetime) -> dict[_Observance, list[datetime]]:
    """Return each observance with the wall times at which it begins."""
    here = begin.astimezone(zone)
    found: dict[_Observance, list[datetime]] = {_observance(here, here): [here.replace(tzinfo=None)]}
    for moment in _transitions(zone, begin, end):
        before, after = (moment - _SECOND).astimezone(zone), moment.astimezone(zone)
        wall = (moment + _offset(before)).replace(tzinfo=None)
        found.setdefault(_observance(before, after), []).append(wall)
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


def _rule(observance: _Observance, walls: list[datetime]) -> str:
    kind, before, after, name = observance
    first, *others = (f"{wall:%Y%m%dT%H%M%S}" for wall in walls)
    again = [("RDATE", ",".join(others))] if others else []
    offsets = (("TZOFFSETFROM", _hours(before)), ("TZOFFSETTO", _hours(after)))
    return _lines(("BEGIN", kind), ("DTSTART", first), *again, *offsets, ("TZNAME", escaped(name)), ("END", kind))


def _hours(offset: timedelta) -> str:
    seconds = int(offset.total_seconds())
    hours, rest = divmod(abs(seconds), 3600)
    minutes, left = divmod(rest, 60)
    return f"{'-' if seconds < 0 else '+'}{hours:02}{minutes:02}{f'{left:02}' if left else ''}"
