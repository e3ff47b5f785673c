"""The VTIMEZONE components of an object: every zone that was written is explained for as long as it is needed."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from datetime import datetime, timedelta
from zoneinfo import ZoneInfo

from connectors.caldav.component import Component, parsed
from connectors.caldav.moments import read_moment
from connectors.caldav.zones import Zones
from domain.calendars.lines import Line, joined
from domain.calendars.vtimezone import LISTED_UNTIL, definition
from domain.calendars.zones import UTC_NAMES, rules_of

_HALF_A_YEAR = timedelta(weeks=26)
_LOOKED_AT = 20
"""How many half years of a series are looked at to see whether a zone that somebody explained is right."""


def define_zones(calendar: Component, written: Iterable[Line], zones: Zones, last: int | None) -> None:
    """See that every zone of some new lines has its VTIMEZONE.

    One that is there already stays if it gives the times that its name means; else it is made anew.

    Args:
        calendar: the object; its components are set.
        written: lines that are new in it.
        zones: what names mean.
        last: the last year in which it takes place, None for a series without an end.
    """
    told: dict[str, list[datetime]] = {}
    for line in written:
        name = line.parameter("TZID")
        if name and name == zones.shown(name) and name.upper() not in UTC_NAMES:
            told.setdefault(name, []).extend(_instants(line, zones, calendar))
    for name, instants in sorted(told.items()):
        _define(calendar, name, instants, last)


def _instants(line: Line, zones: Zones, calendar: Component) -> Iterator[datetime]:
    for value in line.value.split(","):
        head = line.text.removesuffix(line.value)
        when = read_moment(Line(f"{head}{value.partition('/')[0]}"), zones, calendar).when
        if isinstance(when, datetime):
            yield when


def _define(calendar: Component, name: str, instants: Sequence[datetime], last: int | None) -> None:
    present = [one for one in calendar.components("VTIMEZONE") if one.value("TZID").strip() == name]
    if present and all(_is_right(one, name, _samples(instants, last)) for one in present):
        return
    end = None if last is None or last > LISTED_UNTIL else max(last, *(one.year for one in instants)) + 1
    text = definition(name, min(instants).year, end)
    made = parsed(f"BEGIN:VCALENDAR\r\n{text}END:VCALENDAR\r\n").body
    kept = [one for one in calendar.body if not any(one is old for old in present)]
    at = next((at for at, one in enumerate(kept) if isinstance(one, Component)), len(kept))
    calendar.body[:] = [*kept[:at], *made, *kept[at:]]


def _samples(instants: Sequence[datetime], last: int | None) -> list[datetime]:
    """Return the instants, and some between the first and the last year."""
    first = min(instants)
    between = (first + number * _HALF_A_YEAR for number in range(_LOOKED_AT))
    return [*instants, *(one for one in between if last is None or one.year <= last)]


def _is_right(zone: Component, name: str, instants: Iterable[datetime]) -> bool:
    rules, clock = rules_of(joined(zone.all_lines())), ZoneInfo(name)
    if rules is None:
        return False
    walls = [instant.astimezone(clock).replace(tzinfo=None, fold=0) for instant in instants]
    try:
        return all(wall.replace(tzinfo=rules).utcoffset() == wall.replace(tzinfo=clock).utcoffset() for wall in walls)
    except (ValueError, KeyError, IndexError, TypeError, AttributeError, OverflowError):
        return False
