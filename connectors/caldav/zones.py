"""Time zones of calendar objects: by their IANA name wherever there is one, whatever the object says of its rules."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import UTC, date, datetime, tzinfo
from functools import lru_cache
from zoneinfo import ZoneInfo, ZoneInfoNotFoundError, available_timezones

from icalendar import Timezone
from tzlocal.windows_tz import tz_win, win_tz

from connectors.caldav.component import Component
from connectors.caldav.lines import joined

UTC_NAMES = frozenset({"UTC", "Z", "ETC/UTC", "ETC/UCT", "ETC/UNIVERSAL", "ETC/ZULU", "UCT", "UNIVERSAL", "ZULU"})
_OURS = "This timezone only works from"
"""How icalendar begins the comment of a VTIMEZONE that it wrote for some years only."""


class Zones:
    """Names the zones of one community's calendars.

    Args:
        home: the community's zone: that of times without a zone, and of zones that nobody knows.
    """

    def __init__(self, home: ZoneInfo) -> None:
        self.home = home

    def shown(self, name: object) -> str:
        """Return the IANA name under which a zone is shown; an unknown one is the community's."""
        known = self._known(name)
        return known or self.home.key

    def clock(self, name: object) -> ZoneInfo:
        """Return the rules of a zone."""
        return _zone(self.shown(name))

    def instant(self, wall: datetime, name: str | None, calendar: Component) -> tuple[datetime, str]:
        """Return a naive wall time as an instant in UTC, and its zone's name.

        The VTIMEZONE of the object counts only where its name says nothing: writers get their rules wrong.
        """
        name = name or _of_calendar(calendar)
        known = self._known(name) if name else self.home.key
        rules: tzinfo | None = _zone(known) if known else _written(name, calendar)
        return wall.replace(tzinfo=rules or self.home).astimezone(UTC), known or self.home.key

    def is_told_apart(self, instant: datetime, name: object) -> bool:
        """Tell whether a wall time names this instant only, and not another one when clocks are set back."""
        wall = instant.astimezone(self.clock(name))
        return wall.replace(fold=0).utcoffset() == wall.replace(fold=1).utcoffset()

    def _known(self, name: object) -> str | None:
        if not isinstance(name, str) or not name:
            return None
        if tz_win.get(self.home.key) == name:
            return self.home.key
        return _iana(name)


@lru_cache(maxsize=512)
def _iana(name: str) -> str | None:
    """Return the IANA name that a TZID means; some writers put a path before it, such as /mozilla.org/20050126_1/."""
    if name.strip("/").upper() in UTC_NAMES:
        return "UTC"
    if name in win_tz:
        return win_tz[name]
    parts = [part for part in name.strip().split("/") if part]
    for start in range(len(parts)):
        found = _names().get("/".join(parts[start:]).casefold())
        if found:
            return found
    return None


@lru_cache(maxsize=1)
def _names() -> dict[str, str]:
    return {name.casefold(): name for name in available_timezones()}


@lru_cache(maxsize=512)
def _zone(name: str) -> ZoneInfo:
    try:
        return ZoneInfo(name)
    except (ZoneInfoNotFoundError, ValueError, OSError) as unknown:
        raise ValueError(f"there is no time zone {name}") from unknown


def _of_calendar(calendar: Component) -> str:
    return calendar.value("X-WR-TIMEZONE").strip()


def _written(name: str, calendar: Component) -> tzinfo | None:
    """Return the rules that an object gives for a zone of its own, or None."""
    for zone in calendar.components("VTIMEZONE"):
        if zone.value("TZID").strip() == name.strip():
            meant = _iana(zone.value("X-LIC-LOCATION"))
            return _zone(meant) if meant else _read(joined(zone.all_lines()))
    return None


@lru_cache(maxsize=64)
def _read(text: str) -> tzinfo | None:
    try:
        read = Timezone.from_ical(text)
        return read.to_tz() if isinstance(read, Timezone) else None
    except (ValueError, KeyError, IndexError, TypeError, AttributeError):
        return None


@lru_cache(maxsize=256)
def definition(name: str, first: int, last: int) -> str:
    """Return a VTIMEZONE that is right from the year `first` to the end of the year `last`."""
    made = Timezone.from_tzinfo(_zone(name), name, first_date=date(first, 1, 1), last_date=date(last + 1, 1, 1))
    text: str = made.to_ical().decode("utf-8")
    return text


def is_ours(zone: Component) -> bool:
    """Tell whether a VTIMEZONE is one that `definition` wrote."""
    return zone.value("COMMENT").startswith(_OURS)


def years(*instants: datetime) -> tuple[int, int]:
    """Return the years that a VTIMEZONE has to cover: a short window, for servers keep it with every event."""
    found: Sequence[int] = [one.year for one in instants]
    return min(found), max(found) + 1
