"""Time zones of calendar files: by their IANA name wherever there is one, whatever the file says of its rules."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta, tzinfo
from functools import lru_cache
from zoneinfo import ZoneInfo, ZoneInfoNotFoundError, available_timezones

from icalendar import Timezone
from tzlocal.windows_tz import win_tz

UTC_NAMES = frozenset({"UTC", "Z", "ETC/UTC", "ETC/UCT", "ETC/UNIVERSAL", "ETC/ZULU", "UCT", "UNIVERSAL", "ZULU"})

_YEARS = (2015, 2024)
_USUAL = (
    "Europe/London",
    "Europe/Berlin",
    "Europe/Helsinki",
    "America/New_York",
    "America/Chicago",
    "America/Denver",
    "America/Los_Angeles",
    "Australia/Sydney",
)
_TRIED = tuple(dict.fromkeys((*_USUAL, *win_tz.values())))
_HALF_A_YEAR = 26


@lru_cache(maxsize=512)
def iana_name(name: str) -> str | None:
    """Return the IANA name that a TZID means; some writers put a path before it, such as /mozilla.org/20050126_1/."""
    if name.strip("/").upper() in UTC_NAMES:
        return "UTC"
    if name in win_tz:
        return win_tz[name]
    return _by_name(name) or _by_name(name.replace("-", "/").replace(" ", "_"))


def _by_name(name: str) -> str | None:
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
def zone_of(name: str) -> ZoneInfo:
    """Return the rules of an IANA zone.

    Raises:
        ValueError: there is no such zone.
    """
    try:
        return ZoneInfo(name)
    except (ZoneInfoNotFoundError, ValueError, OSError) as unknown:
        raise ValueError(f"there is no time zone {name}") from unknown


@lru_cache(maxsize=64)
def rules_of(text: str) -> tzinfo | None:
    """Return the rules that a VTIMEZONE gives, or None if it cannot be understood."""
    try:
        read = Timezone.from_ical(text)
        return read.to_tz(lookup_tzid=False) if isinstance(read, Timezone) else None
    except (ValueError, KeyError, IndexError, TypeError, AttributeError):
        return None


@lru_cache(maxsize=64)
def zone_with_rules(text: str, home: str) -> str | None:
    """Return an IANA zone whose clocks go by the rules of a VTIMEZONE, the community's own first; None if none does."""
    rules = rules_of(text)
    if rules is None:
        return None
    wanted = _offsets(rules)
    exact = next((name for name in (home, *_TRIED) if _offsets_of(name) == wanted), None)
    return exact or next((name for name in (home, *_TRIED) if _seasons(rules) == _seasons_of(name)), None)


@lru_cache(maxsize=256)
def _seasons_of(name: str) -> tuple[timedelta | None, ...] | None:
    return _seasons(zone_of(name))


def _seasons(rules: tzinfo) -> tuple[timedelta | None, ...] | None:
    """Return the offsets of the last January and July: rules from before a reform still tell the zone."""
    found = _offsets(rules)
    return (found[-_HALF_A_YEAR], found[-1]) if found else None


@lru_cache(maxsize=256)
def _offsets_of(name: str) -> tuple[timedelta | None, ...] | None:
    return _offsets(zone_of(name))


def _offsets(rules: tzinfo) -> tuple[timedelta | None, ...] | None:
    """Return the offsets of ten years, week by week; None where the rules themselves fail."""
    first = datetime(_YEARS[0], 1, 4, 12, tzinfo=UTC).replace(tzinfo=None)
    weeks = 52 * (_YEARS[1] - _YEARS[0])
    try:
        return tuple((first + timedelta(weeks=week)).replace(tzinfo=rules).utcoffset() for week in range(weeks))
    except (ValueError, KeyError, IndexError, TypeError, AttributeError, OverflowError):
        return None
