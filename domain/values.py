"""Values of record fields: what they are, when they are equal, how they are written as JSON.

A value is None, a bool, an int, a str, a date, an aware datetime (kept in UTC, whole seconds) or a frozenset of str.
"""

from __future__ import annotations

from collections.abc import Mapping
from datetime import UTC, date, datetime

Value = None | bool | int | str | date | datetime | frozenset[str]
"""One field's value. A datetime is always aware; a date has no zone and means the day itself."""

Fields = Mapping[str, Value]
"""Field name -> value. A name that is absent means "not held here", which differs from None ("empty")."""

When = date | datetime
"""A day, or an instant."""


def is_empty(value: Value) -> bool:
    """Tell whether a value says nothing: None, an empty text or an empty set."""
    return value is None or value == "" or value == frozenset()


def instant(value: datetime) -> datetime:
    """Return an aware datetime in UTC at whole seconds, the form in which instants are compared.

    Raises:
        ValueError: the datetime is naive.
    """
    if value.tzinfo is None:
        raise ValueError(f"{value.isoformat()} has no time zone; give an aware date-time.")
    return value.astimezone(UTC).replace(microsecond=0)


def is_timed(value: Value) -> bool:
    """Tell whether a value is an instant (and not a day)."""
    return isinstance(value, datetime)


def to_json(value: Value) -> object:
    """Return the JSON form: dates as YYYY-MM-DD, instants as …Z in UTC, sets as sorted lists."""
    if value is None or isinstance(value, str | bool | int):
        return value
    if isinstance(value, datetime):
        return instant(value).isoformat().replace("+00:00", "Z")
    if isinstance(value, date):
        return value.isoformat()
    return sorted(value)


def when_from_json(text: str) -> When:
    """Read what :func:`to_json` wrote for a date or an instant.

    Raises:
        ValueError: the text is neither an ISO date nor an ISO date-time with an offset.
    """
    return date.fromisoformat(text) if len(text) == 10 else instant(datetime.fromisoformat(text))


def fields_to_json(fields: Fields) -> dict[str, object]:
    """Return all fields in JSON form, in the given order."""
    # Most values are texts or empty; they are the same in JSON.
    return {
        name: value if value is None or value.__class__ is str else to_json(value) for name, value in fields.items()
    }
