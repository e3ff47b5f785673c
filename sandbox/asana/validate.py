"""Checks of a request's body before anything changes: known names, writable names, right JSON types.

Asana refuses a write as a whole when any part of it is wrong, and so does the stand-in: these checks run
first and change nothing.
"""

from collections.abc import Callable, Collection, Mapping
from typing import Any

from sandbox.asana.errors import invalid, unserved

COLORS = frozenset(
    f"{shade}-{hue}"
    for shade in ("dark", "light")
    for hue in ("pink", "green", "blue", "red", "teal", "brown", "orange", "purple", "warm-gray")
)
"""Colours of projects and tags (Asana: Project, "color")."""

EXTERNAL_GID_LONGEST = 1_024
EXTERNAL_DATA_LONGEST = 32_768


def check_names(
    data: Mapping[str, Any],
    writable: Collection[str],
    *,
    read_only: Collection[str] = (),
    not_here: Collection[str] = (),
) -> None:
    """Refuse a body that names a field it may not write.

    Args:
        data: the body.
        writable: fields that can be written in this request.
        read_only: fields that Asana has but does not let anyone write in this request.
        not_here: fields that Asana would take and this stand-in does not imitate.
    """
    for name in data:
        if name in writable:
            continue
        if name in read_only:
            raise invalid(f"{name}: Cannot write this property")
        if name in not_here:
            raise unserved(name)
        raise invalid(f"{name}: Not a recognized property")


def text(field: str, value: object) -> str:
    """Return a value that must be a string of real characters."""
    if not isinstance(value, str):
        raise invalid(f"{field}: Value is not a string: {value}")
    try:
        value.encode()
    except UnicodeEncodeError as error:
        raise invalid(f"{field}: Value is not valid Unicode") from error
    return value


def name(field: str, value: object) -> str:
    """Return a value that must be a string with something in it."""
    if not text(field, value).strip():
        raise invalid(f"{field}: Missing input")
    return text(field, value)


def flag(field: str, value: object) -> bool:
    """Return a value that must be a JSON boolean."""
    if not isinstance(value, bool):
        raise invalid(f"{field}: Value is not a boolean: {value}")
    return value


def one_of(allowed: Collection[str]) -> Callable[[str, object], str]:
    """Return a check that a value is one of those allowed."""

    def check(field: str, value: object) -> str:
        if not isinstance(value, str) or value not in allowed:
            raise invalid(f"{field}: Not a recognized value: {value}")
        return value

    return check


def color(field: str, value: object) -> str | None:
    """Return a colour of projects and tags, or None for none."""
    return None if value is None else one_of(COLORS)(field, value)


def listed(field: str, value: object) -> list[Any]:
    """Return a value that must be a JSON array."""
    if not isinstance(value, list):
        raise invalid(f"{field}: Value is not a JSON array: {value}")
    return value


def mapping(field: str, value: object) -> dict[str, Any]:
    """Return a value that must be a JSON object."""
    if not isinstance(value, dict):
        raise invalid(f"{field}: Value is not a JSON object: {value}")
    return value


def external(value: object) -> dict[str, str]:
    """Return what a request sets of an app's own data: ``gid``, ``data`` or both.

    Raises:
        RefusedError: another key, or more than Asana keeps (Asana: Custom external data).
    """
    given = mapping("external", value)
    check_names(given, ("gid", "data"))
    for part, longest in (("gid", EXTERNAL_GID_LONGEST), ("data", EXTERNAL_DATA_LONGEST)):
        if part in given and len(text(f"external.{part}", given[part])) > longest:
            raise invalid(f"external.{part}: Value is longer than {longest} characters")
    return given


def custom_fields(value: object) -> None:
    """Refuse values for custom fields: no project of the stand-in has one."""
    for gid in mapping("custom_fields", value):
        raise invalid(f"Custom field with ID {gid} is not on given object")
