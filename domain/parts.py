"""Parts: the occurrences of a series, each as an item of its own, for tools that cannot show the series as one.

A part is called by the id of its record and the recurrence id of its occurrence. It has links and steps like any
record, and is never kept: what people change in it is kept in the series.
"""

from __future__ import annotations

_BETWEEN = "@"


def part_id(record: str, which: str) -> str:
    """Return the id of one occurrence of a record."""
    return f"{record}{_BETWEEN}{which}"


def whole_of(identity: str) -> str:
    """Return the id of the record that an id belongs to: itself, unless it is a part's."""
    return identity.partition(_BETWEEN)[0]


def occurrence_of(identity: str) -> str | None:
    """Return the recurrence id in a part's id; None for the id of a record."""
    _, between, which = identity.partition(_BETWEEN)
    return which if between else None
