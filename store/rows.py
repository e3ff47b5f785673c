"""Reads rows, and names the one that cannot be read."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator
from typing import Any, TypeVar

from domain.errors import StoreProblem

Read = TypeVar("Read")

UNREADABLE = (ValueError, KeyError, TypeError, AttributeError)
MEND = (
    "The store is damaged; nothing was changed. Restore a backup with `copsync restore FILE`; if there is none, please "
    "report this line."
)


def each(table: str, rows: Iterable[Any], read: Callable[[Any], Read]) -> Iterator[Read]:
    """Yield what `read` makes of each row; the first column of a row names it.

    Raises:
        StoreProblem: a row holds what no copsync writes.
    """
    for row in rows:
        try:
            found = read(row)
        except UNREADABLE as bad:
            raise StoreProblem(f"Row {row[0]} of {table} cannot be read ({_reason(bad)}).", mend=MEND) from bad
        yield found


def _reason(bad: Exception) -> str:
    words = " ".join(str(bad).split())
    return f"{type(bad).__name__}: {words[:80]}" if words else type(bad).__name__
