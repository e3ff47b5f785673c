"""What a person released and no run has carried out yet: an answer given once is not asked for again."""

from __future__ import annotations

from collections.abc import Iterable
from datetime import datetime

from sqlalchemy import bindparam, delete, select
from sqlalchemy.engine import Connection

from store.sql import upsert
from store.tables import approvals

Approved = frozenset[tuple[str, str]]
"""(space, record) pairs."""

_ALL = select(approvals.c.space, approvals.c.record).where(approvals.c.community == bindparam("community"))
_DROP = delete(approvals).where(
    approvals.c.community == bindparam("of_community"), approvals.c.space == bindparam("of_space")
)


def load(connection: Connection, community: str) -> Approved:
    """Return what is released."""
    return frozenset((space, record) for space, record in connection.execute(_ALL, {"community": community}))


def save(connection: Connection, community: str, run: str, released: Approved, now: datetime) -> None:
    """Remember what a person released in a run."""
    rows = [
        {"community": community, "space": space, "record": record, "run": run, "at": now.isoformat()}
        for space, record in sorted(released)
    ]
    upsert(connection, approvals, rows)


def drop(connection: Connection, community: str, spaces: Iterable[str]) -> None:
    """Forget what was released in spaces that have been read since: it is taken in, or no longer there."""
    rows = [{"of_community": community, "of_space": space} for space in spaces]
    if rows:
        connection.execute(_DROP, rows)
