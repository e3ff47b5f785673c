"""What is left of the history that was let go of: per field, how often it changed and when last.

Calendars number the revisions of their entries, and such a number must never fall.
"""

from __future__ import annotations

from functools import lru_cache
from typing import Any

from sqlalchemy import Select, func, select
from sqlalchemy.engine import Connection

from store.sql import inserting
from store.tables import changes, earlier_changes

_NAMES = ("community", "record", "field", "times", "at")


def add_up(connection: Connection, which: Select[Any], asked: dict[str, Any]) -> None:
    """Add the changes that `which` selects, by their ids, to the sums; they are deleted in the same transaction."""
    connection.execute(_adding(connection.dialect.name, which), asked)


@lru_cache
def _adding(dialect: str, which: Select[Any]) -> Any:
    sums = (
        select(changes.c.community, changes.c.record, changes.c.field, func.count(), func.max(changes.c.at))
        .where(changes.c.id.in_(which))
        .group_by(changes.c.community, changes.c.record, changes.c.field)
    )
    adding = inserting(dialect, earlier_changes).from_select(_NAMES, sums)
    together = {"times": earlier_changes.c.times + adding.excluded.times, "at": adding.excluded.at}
    return adding.on_conflict_do_update(index_elements=_NAMES[:3], set_=together)
