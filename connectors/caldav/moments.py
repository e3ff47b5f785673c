"""Days, instants and lengths as iCalendar writes them (RFC 5545, 3.3.4 to 3.3.6)."""

from __future__ import annotations

import re
from dataclasses import dataclass
from datetime import UTC, date, datetime, timedelta

from icalendar import vDuration

from connectors.caldav.component import Component
from connectors.caldav.zones import Zones
from domain.calendars.lines import Line, folded

_DAY = re.compile(r"\d{8}")
_TIME = re.compile(r"(\d{8}T\d{6})(Z?)")


@dataclass(frozen=True, slots=True)
class Moment:
    """A day, or an instant in UTC with the IANA name of the zone it is told in (UTC for times that end in Z)."""

    when: date
    zone: str | None = None


def read_moment(line: Line, zones: Zones, calendar: Component) -> Moment:
    """Read the value of a line such as DTSTART.

    Raises:
        ValueError: it is no date and no date-time.
    """
    value = line.value.strip()
    if _DAY.fullmatch(value):
        return Moment(datetime.strptime(value, "%Y%m%d").date())  # noqa: DTZ007 - a day has no zone
    found = _TIME.fullmatch(value)
    if found is None:
        raise ValueError(f"{line.name} is neither a day nor a time: “{value[:40]}”")
    wall = datetime.strptime(found[1], "%Y%m%dT%H%M%S")  # noqa: DTZ007 - its zone follows
    if found[2]:
        return Moment(wall.replace(tzinfo=UTC), "UTC")
    return Moment(*zones.instant(wall, line.parameter("TZID"), calendar))


def read_length(value: str) -> timedelta:
    """Read a DURATION.

    Raises:
        ValueError: it is none.
    """
    length: object = vDuration.from_ical(value.strip())  # type: ignore[no-untyped-call]
    if not isinstance(length, timedelta):
        raise ValueError(f"“{value[:40]}” is no length")  # noqa: TRY004 - the caller asks about the value
    return length


def read_stamp(component: Component, *names: str) -> datetime | None:
    """Return the first of some UTC date-times that is there and can be read."""
    for name in names:
        found = _TIME.fullmatch(component.value(name).strip())
        if found:
            try:
                return datetime.strptime(found[1], "%Y%m%dT%H%M%S").replace(tzinfo=UTC)
            except ValueError:
                continue
    return None


def write_moment(name: str, moment: Moment, zones: Zones, end: str = "\r\n") -> Line:
    """Return the line that says a day, or an instant in its zone."""
    when = moment.when
    if not isinstance(when, datetime):
        return folded(f"{name};VALUE=DATE", _day(when), end)
    if moment.zone in (None, "UTC"):
        return folded(name, stamp(when), end)
    wall = when.astimezone(zones.clock(moment.zone))
    return folded(f"{name};TZID={moment.zone}", _wall(wall), end)


def stamp(instant: datetime) -> str:
    """Return an instant as a UTC date-time."""
    return f"{_wall(instant.astimezone(UTC))}Z"


def _day(day: date) -> str:
    return f"{day.year:04}{day.month:02}{day.day:02}"  # strftime pads years differently from system to system


def _wall(moment: datetime) -> str:
    return f"{_day(moment)}T{moment.hour:02}{moment.minute:02}{moment.second:02}"
