"""Time zones of calendar objects: by their IANA name wherever there is one, whatever the object says of its rules."""

from __future__ import annotations

from datetime import UTC, datetime, tzinfo
from zoneinfo import ZoneInfo

from tzlocal.windows_tz import tz_win

from connectors.caldav.component import Component
from domain.calendars.lines import joined
from domain.calendars.zones import iana_name, rules_of, zone_of


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
        return zone_of(self.shown(name))

    def instant(self, wall: datetime, name: str | None, calendar: Component) -> tuple[datetime, str]:
        """Return a naive wall time as an instant in UTC, and its zone's name.

        The VTIMEZONE of the object counts only where its name says nothing: writers get their rules wrong.
        """
        name = name or _of_calendar(calendar)
        known = self._known(name) if name else self.home.key
        rules: tzinfo | None = zone_of(known) if known else _written(name, calendar)
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
        return iana_name(name)


def _of_calendar(calendar: Component) -> str:
    return calendar.value("X-WR-TIMEZONE").strip()


def _written(name: str, calendar: Component) -> tzinfo | None:
    """Return the rules that an object gives for a zone of its own, or None."""
    for zone in calendar.components("VTIMEZONE"):
        if zone.value("TZID").strip() == name.strip():
            meant = iana_name(zone.value("X-LIC-LOCATION"))
            return zone_of(meant) if meant else rules_of(joined(zone.all_lines()))
    return None
