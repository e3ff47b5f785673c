"""Outlook's dateTimeTimeZone: a wall time and the zone it belongs to (Microsoft Graph: dateTimeTimeZone)."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import UTC, date, datetime
from typing import Any
from zoneinfo import ZoneInfo

from tzlocal.windows_tz import win_tz

_SECONDS = len("2026-03-10T17:00:00")
_DAY = len("2026-03-10")

Moment = Mapping[str, str]


def read_instant(value: Mapping[str, Any]) -> datetime:
    """Return the instant in UTC, whole seconds.

    Raises:
        KeyError, TypeError, ValueError: it is not what the documentation says.
    """
    wall, zone = datetime.fromisoformat(value["dateTime"][:_SECONDS]), value["timeZone"]
    if zone == "UTC":  # what we ask for
        return wall.replace(tzinfo=UTC)
    return wall.replace(tzinfo=ZoneInfo(win_tz.get(zone, zone))).astimezone(UTC)


def read_day(value: Mapping[str, Any]) -> date:
    """Return the day of an all-day event's start or end: midnight in every zone, so the zone means nothing.

    Raises:
        KeyError, TypeError, ValueError: it is not what the documentation says.
    """
    return date.fromisoformat(value["dateTime"][:_DAY])


def read_stamp(text: Any) -> datetime | None:
    """Return a DateTimeOffset value such as lastModifiedDateTime in UTC, whole seconds; None when it is missing."""
    if not isinstance(text, str):
        return None
    try:
        return datetime.fromisoformat(text[:_SECONDS]).replace(tzinfo=UTC)  # Graph writes these in UTC, with a Z
    except ValueError:
        return None


def write_instant(instant: datetime, clock: ZoneInfo, windows: str) -> Moment:
    """Return an instant as the wall time of a zone."""
    wall = instant.astimezone(clock).replace(tzinfo=None)
    return {"dateTime": wall.isoformat(timespec="seconds"), "timeZone": windows}


def write_day(day: date, windows: str) -> Moment:
    """Return the midnight at which a day begins."""
    return {"dateTime": f"{day.isoformat()}T00:00:00", "timeZone": windows}
