"""How Basecamp casts what a request carries: leniently, or not at all."""

import re
from datetime import UTC, date, datetime
from typing import Any
from urllib.parse import urlsplit
from zoneinfo import ZoneInfo

_ISO_DAY = re.compile(r"(\d{4}-\d{2}-\d{2})(?:$|[T ])")
_LONGEST_LINK = 2500


class CrashError(Exception):
    """A value the service cannot cast: it answers 500 with an HTML page instead of naming the field."""


class InvalidError(Exception):
    """A value the service understands and refuses."""


def text(value: Any) -> str:
    """A string from anything: null becomes empty, numbers their digits, objects nothing."""
    if value is None or isinstance(value, dict | list):
        return ""
    return str(value)


def flag(value: Any) -> bool:
    """A boolean from what people send: false, "false", "0", 0 and "" are false.

    Raises:
        CrashError: for null, which the column does not take ("Schedule entries").
    """
    if value is None:
        raise CrashError
    return value not in (False, "false", "0", 0, "", "off")


def wanted(value: Any) -> bool:
    """Whether an optional switch such as `notify` is on; left out, null and false are off."""
    return value in (True, "true", 1, "1", "on")


def ids(value: Any) -> list[int]:
    """Ids from an array of numbers or digits, each once; anything else in it is dropped."""
    if not isinstance(value, list):
        return []
    numbers = [int(item) for item in value if str(item).isdecimal()]
    return list(dict.fromkeys(numbers))


def day(value: Any) -> date | None:
    """A calendar day; what cannot be parsed is stored as no date, without an error.

    Raises:
        CrashError: for a number, which the service fails on.
    """
    if isinstance(value, int | float):
        raise CrashError
    found = _ISO_DAY.match(value) if isinstance(value, str) else None
    try:
        return date.fromisoformat(found.group(1)) if found else None
    except ValueError:
        return None


def instant(value: Any, zone: str) -> datetime | None:
    """An instant in UTC from a timestamp or a bare date; without an offset it is local to `zone`.

    Raises:
        CrashError: for null or a number, which the service fails on.
    """
    if value is None or isinstance(value, int | float):
        raise CrashError
    try:
        found = datetime.fromisoformat(text(value))
    except ValueError:
        return None
    if found.tzinfo is None:
        found = found.replace(tzinfo=ZoneInfo(zone))
    return to_milliseconds(found.astimezone(UTC))


def link(value: Any) -> str | None:
    """A join link, with https:// put before a bare host; blank means none.

    Raises:
        InvalidError: not a web address, or longer than 2500 characters.
    """
    given = text(value).strip()
    if not given:
        return None
    url = given if "://" in given else f"https://{given}"
    parts = urlsplit(url)
    if parts.scheme not in ("http", "https") or not parts.hostname or re.search(r"\s", url):
        raise InvalidError("is invalid")
    if len(url) > _LONGEST_LINK:
        raise InvalidError("is too long (maximum is 2500 characters)")
    return url


def to_milliseconds(moment: datetime) -> datetime:
    """The instant as precisely as Basecamp keeps it."""
    return moment.replace(microsecond=moment.microsecond // 1000 * 1000)


def stamp(moment: datetime) -> str:
    """The instant as Basecamp writes it: UTC, three decimals, Z."""
    return moment.astimezone(UTC).isoformat(timespec="milliseconds").replace("+00:00", "Z")
