"""``$filter``: comparisons of a few properties joined by ``and``, and the search for an extended property."""

import operator
import re
from collections.abc import Callable, Mapping
from datetime import datetime
from typing import Any, TypeVar

from sandbox.microsoft365.errors import GraphError, invalid
from sandbox.microsoft365.schema import property_id
from sandbox.microsoft365.zones import parse_instant

Row = TypeVar("Row")
Getter = Callable[[Row], Any]
Predicate = Callable[[Row], bool]

_COMPARISON = re.compile(r"([A-Za-z]+(?:/[A-Za-z]+)?) (eq|ne|gt|ge|lt|le) ('(?:[^']|'')*'|[^\s'()]+)")
_EXTENDED = re.compile(
    r"singleValueExtendedProperties/[Aa]ny\(\s*(\w+)\s*:\s*\1/id eq '([^']+)' and "
    r"(?:\1/value eq '((?:[^']|'')*)'|startswith\(\1/value,\s*'((?:[^']|'')*)'\))\s*\)"
)
_OPERATORS: dict[str, Callable[[Any, Any], bool]] = {
    name: getattr(operator, name) for name in ("eq", "ne", "gt", "ge", "lt", "le")
}


def predicate(
    text: str | None,
    getters: Mapping[str, Getter[Row]],
    extended: Callable[[Row, str], str | None] | None,
) -> Predicate[Row]:
    """Return a test of rows for a ``$filter``; without one every row passes.

    Args:
        text: the decoded filter.
        getters: properties that can be compared; their values are strings, booleans or aware datetimes.
        extended: how to get an extended property of a row by its id, if it can have any.

    Raises:
        GraphError: 400 for anything this grammar does not hold.
    """
    if text is None:
        return lambda _row: True
    tests = [_clause(clause.strip(), getters, extended) for clause in split_outside(text, " and ")]
    return lambda row: all(test(row) for test in tests)


def split_outside(text: str, separator: str) -> list[str]:
    """Split a text at a separator that is neither in quotes nor in parentheses."""
    parts, begin, depth, quoted = [], 0, 0, False
    for place, sign in enumerate(text):
        quoted ^= sign == "'"
        depth += 0 if quoted else (sign == "(") - (sign == ")")
        if not quoted and depth == 0 and place >= begin and text.startswith(separator, place):
            parts.append(text[begin:place])
            begin = place + len(separator)
    return [*parts, text[begin:]]


def _clause(
    clause: str,
    getters: Mapping[str, Getter[Row]],
    extended: Callable[[Row, str], str | None] | None,
) -> Predicate[Row]:
    match = _EXTENDED.fullmatch(clause)
    if match and extended:
        return _extended_test(extended, property_id("$filter", match[2]), match[3], match[4])
    match = _COMPARISON.fullmatch(clause)
    if match is None or match[1] not in getters:
        raise _refusal(clause)
    return _comparison(getters[match[1]], match[1], _OPERATORS[match[2]], match[3])


def _extended_test(
    extended: Callable[[Row, str], str | None], wanted_id: str, whole: str | None, beginning: str | None
) -> Predicate[Row]:
    # Graph, Get singleValueLegacyExtendedProperty: values are compared without case, names with it.
    wanted = (beginning if whole is None else whole) or ""
    wanted = wanted.replace("''", "'").lower()
    compare = str.startswith if whole is None else str.__eq__
    return lambda row: compare((extended(row, wanted_id) or "").lower(), wanted)


def _comparison(getter: Getter[Row], name: str, compare: Callable[[Any, Any], bool], literal: str) -> Predicate[Row]:
    def test(row: Row) -> bool:
        value = getter(row)
        wanted = _literal(name, literal, value)
        return value is not None and compare(value, wanted)

    _check_literal(name, literal)
    return test


def _check_literal(name: str, literal: str) -> None:
    """Times inside start and end are quoted, other times are not (they are DateTimeOffset values)."""
    quoted = literal.startswith("'")
    if name.endswith("/dateTime"):
        if not quoted:
            raise _refusal(f"{name} … {literal}")
        parse_instant(literal[1:-1], name)
    elif name.endswith("DateTime"):
        if quoted:
            raise _refusal(f"{name} … {literal}")
        parse_instant(literal, name)
    elif not quoted and literal not in ("true", "false"):
        raise _refusal(f"{name} … {literal}")


def _literal(name: str, literal: str, value: Any) -> Any:
    bare = literal[1:-1].replace("''", "'") if literal.startswith("'") else literal
    if isinstance(value, datetime):
        return parse_instant(bare, name)
    return bare == "true" if isinstance(value, bool) else bare


def _refusal(clause: str) -> GraphError:
    return invalid(f"The filter clause '{clause}' is not supported.", "ErrorInvalidUrlQueryFilter")
