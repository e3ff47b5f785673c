"""Time zones and clock texts as Outlook reads and writes them.

Exchange keeps Windows zone names; IANA names are accepted and turned into the Windows zone they belong to
(Graph: dateTimeTimeZone resource type). Wall times are naive datetimes, instants are aware ones in UTC.
"""

import re
from datetime import UTC, datetime
from functools import cache
from zoneinfo import ZoneInfo, available_timezones

from tzlocal.windows_tz import tz_win, win_tz

from sandbox.microsoft365.errors import GraphError, invalid, unreadable

YEARS = range(1601, 4501)
"""The years that Exchange's calendar covers."""

_WALL = re.compile(r"(\d{4}-\d\d-\d\dT\d\d:\d\d)(:\d\d)?(\.\d{1,7})?")


@cache
def zone(name: str) -> ZoneInfo:
    """Return the zone of a Windows or IANA name.

    Raises:
        GraphError: 400 TimeZoneNotSupportedException for any other name.
    """
    key = win_tz.get(name, name)
    if key not in available_timezones():
        raise GraphError(
            400,
            "TimeZoneNotSupportedException",
            f"A valid TimeZone value must be specified; '{name}' is not supported.",
        )
    return ZoneInfo(key)


def windows_name(name: str) -> str:
    """Return the Windows name Exchange keeps for a zone; the name itself if it has none."""
    zone(name)
    return name if name in win_tz else tz_win.get(name, name)


def parse_wall(text: str) -> datetime:
    """Read a wall time such as ``2026-03-02T17:00:00.0000000``: no offset, up to seven decimals."""
    match = _WALL.fullmatch(text)
    if match is None:
        raise unreadable(f"Cannot read '{text}' as a date and time without an offset.")
    minute, second, fraction = match.groups()
    try:
        return datetime.fromisoformat(f"{minute}{second or ':00'}{(fraction or '')[:7]}")
    except ValueError as error:
        raise unreadable(f"Cannot read '{text}' as a date and time.") from error


def wall_text(wall: datetime) -> str:
    """Return a wall time with the seven decimals Graph always writes."""
    return f"{wall:%Y-%m-%dT%H:%M:%S}.{wall.microsecond:06d}0"


def instant_text(instant: datetime) -> str:
    """Return an instant as Graph writes DateTimeOffset values, in UTC with a Z."""
    return wall_text(instant.astimezone(UTC)) + "Z"


def parse_instant(text: str, name: str) -> datetime:
    """Read an ISO 8601 query value; without an offset it is UTC.

    Args:
        text: the value; seven decimals are fine.
        name: the parameter's name, for the refusal.
    """
    try:
        instant = datetime.fromisoformat(re.sub(r"(\.\d{6})\d+", r"\1", text))
    except ValueError as error:
        raise _unreadable_instant(text, name) from error
    if instant.year not in YEARS:
        raise _unreadable_instant(text, name)
    return instant.replace(tzinfo=UTC) if instant.tzinfo is None else instant.astimezone(UTC)


def _unreadable_instant(text: str, name: str) -> GraphError:
    return invalid(f"The value '{text}' of parameter '{name}' is invalid.", "ErrorInvalidParameter")
