"""Wall times and instants: what a clock on the wall of a zone shows, and when that is.

A wall time is a datetime without a zone and stays inside this room and the connectors' translations. What a clock
shows twice is the first of the two; what it never shows is counted with the offset before the change (RFC 5545,
section 3.3.5, form 3).
"""

from __future__ import annotations

from datetime import UTC, date, datetime, time
from zoneinfo import ZoneInfo

MIDNIGHT = time()


def to_wall(instant: datetime, zone: ZoneInfo) -> datetime:
    """Return what the clock of a zone shows at an instant."""
    return instant.astimezone(zone).replace(tzinfo=None, fold=0)


def to_instant(wall: datetime, zone: ZoneInfo) -> datetime:
    """Return when the clock of a zone shows a wall time, in UTC."""
    return wall.replace(tzinfo=zone, fold=0).astimezone(UTC)


def exists(wall: datetime, zone: ZoneInfo) -> bool:
    """Tell whether a clock ever shows this: not while clocks are set forward."""
    return to_wall(to_instant(wall, zone), zone) == wall


def at_midnight(day: date) -> datetime:
    """Return the wall time at which a day begins."""
    return datetime.combine(day, MIDNIGHT)
