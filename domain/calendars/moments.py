"""Days, wall times and instants as iCalendar writes them, in zones that everybody means (RFC 5545, 3.3.4 to 3.3.6)."""

from __future__ import annotations

import re
from dataclasses import dataclass, field
from datetime import UTC, date, datetime, timedelta, tzinfo
from zoneinfo import ZoneInfo

from domain.calendars.lines import Line
from domain.calendars.tree import Block
from domain.calendars.zones import iana_name, rules_of, zone_of, zone_with_rules
from domain.recurrence.walls import to_instant

MAX_OWN_ZONES = 20
"""How many zones that only their VTIMEZONE explains are looked into; each may have to be compared with all others."""
MAX_ZONE_LINES = 2_000

_YEARLY = re.compile(r"(^|;)FREQ=YEARLY(;|$)", re.IGNORECASE)
_DAY = re.compile(r"(\d{4})-?(\d\d)-?(\d\d)")
_TIME = re.compile(r"(\d{4}-?\d\d-?\d\d)T(\d\d):?(\d\d):?(\d\d)?(Z?)", re.IGNORECASE)
_LENGTH = re.compile(r"([+-]?)P(?:(\d{1,6})W)?(?:(\d{1,6})D)?(?:T(?:(\d{1,6})H)?(?:(\d{1,6})M)?(?:(\d{1,8})S)?)?")


@dataclass(frozen=True, slots=True)
class Moment:
    """A day; or a wall time in a zone, with the instant that this is. `zone` is an IANA name."""

    when: date | datetime
    wall: datetime | None = None
    zone: str | None = None

    @property
    def timed(self) -> bool:
        """Tell whether it is an instant."""
        return isinstance(self.when, datetime)


@dataclass(slots=True)
class Clocks:
    """The zones of one calendar: what its TZIDs mean.

    Args:
        home: the community's zone; it stands for floating times and for zones that nobody knows.
        calendar: where its VTIMEZONE components and X-WR-TIMEZONE stand.
    """

    home: ZoneInfo
    calendar: Block
    unknown: set[str] = field(default_factory=set)
    _known: dict[str, str] = field(default_factory=dict)
    _looked_into: set[str] = field(default_factory=set)

    def zone(self, name: str | None) -> str:
        """Return the IANA name of a zone; the community's for none and for one that cannot be found out."""
        name = (name or self.calendar.value("X-WR-TIMEZONE")).strip()
        if not name:
            return self.home.key
        if name not in self._known:
            self._known[name] = self._found(name)
        return self._known[name]

    def _found(self, name: str) -> str:
        plain = iana_name(name)
        own = None if plain else self._own(name)
        found = plain or (own and iana_name(own.value("X-LIC-LOCATION")))
        if not found and own and self._may_look_into(name, own):
            found = zone_with_rules(own.text(), self.home.key)
        if not found:
            self.unknown.add(name)
        return found or self.home.key

    def rules(self, name: str | None) -> tzinfo | None:
        """Return the rules of a zone that goes by no known clock."""
        name = (name or "").strip()
        own = self._own(name) if name in self.unknown & self._looked_into else None
        return rules_of(own.text()) if own else None

    def _may_look_into(self, name: str, own: Block) -> bool:
        """Tell whether the rules of a zone can be understood in bounded time."""
        few = len(self._looked_into) < MAX_OWN_ZONES and own.size() <= MAX_ZONE_LINES
        if few and all(_YEARLY.search(line.value) for rules in own.blocks for _, line in rules.all("RRULE")):
            self._looked_into.add(name)
        return name in self._looked_into

    def _own(self, name: str) -> Block | None:
        return next((zone for zone in self.calendar.within("VTIMEZONE") if zone.value("TZID").strip() == name), None)


def read_moments(line: Line, clocks: Clocks) -> list[tuple[Moment, Moment | None]]:
    """Read the values of a line such as RDATE: moments, each with its end where it is a period.

    Raises:
        ValueError: one of them is neither a day nor a time.
    """
    found = []
    for piece in filter(None, map(str.strip, line.value.split(","))):
        first, slash, second = piece.partition("/")
        start = _moment(first, line, clocks)
        found.append((start, _period_end(start, second, line, clocks) if slash else None))
    return found


def read_moment(line: Line, clocks: Clocks) -> Moment:
    """Read the value of a line such as DTSTART.

    Raises:
        ValueError: it is neither a day nor a time.
    """
    return _moment(line.value.strip(), line, clocks)


def _moment(value: str, line: Line, clocks: Clocks) -> Moment:
    day = _DAY.fullmatch(value)
    if day is not None:
        return Moment(date(int(day[1]), int(day[2]), int(day[3])))
    time = _TIME.fullmatch(value)
    if time is None:
        raise ValueError(f"{line.name} is neither a day nor a time: “{value[:40]}”")
    on = date.fromisoformat(time[1].replace("-", "")[:8])
    wall = datetime(on.year, on.month, on.day, int(time[2]), int(time[3]), min(int(time[4] or 0), 59))  # noqa: DTZ001
    if time[5]:
        return Moment(wall.replace(tzinfo=UTC), wall, "UTC")
    name = line.parameter("TZID")
    zone = clocks.zone(name)
    rules = clocks.rules(name)
    instant = wall.replace(tzinfo=rules).astimezone(UTC) if rules else to_instant(wall, zone_of(zone))
    return Moment(instant, None if rules else wall, zone)


def _period_end(start: Moment, text: str, line: Line, clocks: Clocks) -> Moment:
    return after(start, read_length(text)) if "P" in text.upper() else _moment(text, line, clocks)


def read_length(value: str) -> timedelta:
    """Read a DURATION.

    Raises:
        ValueError: it is none.
    """
    found = _LENGTH.fullmatch(value.strip().upper())
    if found is None or value.strip().upper().endswith(("P", "T")):
        raise ValueError(f"“{value[:40]}” is no length of time")
    weeks, days, hours, minutes, seconds = (int(part or 0) for part in found.groups()[1:])
    length = timedelta(weeks=weeks, days=days, hours=hours, minutes=minutes, seconds=seconds)
    return -length if found[1] == "-" else length


def after(start: Moment, length: timedelta) -> Moment:
    """Return the end of a span: days of its length are days of the wall clock (RFC 5545, 3.3.6)."""
    if not isinstance(start.when, datetime):
        return Moment(start.when + timedelta(days=length.days))
    days = timedelta(days=length.days)
    if start.wall is None or start.zone is None:
        return Moment(start.when + length, None, start.zone)
    return Moment(to_instant(start.wall + days, zone_of(start.zone)) + (length - days), None, start.zone)
