"""The version of LinkedIn's API that requests name: each lives for a year, and there is no default."""

from __future__ import annotations

import re
from datetime import date

from connectors.contract import Finding
from domain.errors import ConfigProblem

DEFAULT = "202610"
CHANGELOG = "202312"
"""The only version that a member's own data is given in ("Member Changelog API")."""
WARN_MONTHS, LAST_MONTHS = 9, 12

_VERSION = re.compile(r"20\d{2}(0[1-9]|1[0-2])")
_MEND = "Set api_version of this connection to a newer month, such as {}, and run `copsync check`."


def is_version(text: str) -> bool:
    """Tell whether a text names a month as LinkedIn does, such as 202610."""
    return _VERSION.fullmatch(text) is not None


def months_old(version: str, today: date) -> int:
    """Return how many months ago a version came out."""
    return (today.year - int(version[:4])) * 12 + today.month - int(version[4:])


def must_be_alive(version: str, today: date) -> None:
    """Refuse a version that LinkedIn may have switched off.

    Raises:
        ConfigProblem: it is twelve months old or older.
    """
    age = months_old(version, today)
    if age >= LAST_MONTHS:
        raise ConfigProblem(
            f"LinkedIn's API version {version} is {age} months old; LinkedIn ends versions after {LAST_MONTHS}.",
            mend=_MEND.format(_newer(today)),
            where="api_version",
        )


def finding(version: str, today: date) -> Finding | None:
    """Return what an admin should know about a version, or None while it is young."""
    age = months_old(version, today)
    if age < WARN_MONTHS:
        return None
    left = LAST_MONTHS - age
    words = f"LinkedIn's API version {version} is {age} months old and ends in about {max(left, 0)} months."
    return Finding("warning" if left > 0 else "error", words, _MEND.format(_newer(today)))


def _newer(today: date) -> str:
    """Return last month's version: this month's may not be out yet."""
    year, month = divmod(today.year * 12 + today.month - 2, 12)
    return f"{year}{month + 1:02}"
