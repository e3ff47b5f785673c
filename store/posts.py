"""Posts that people bring in by hand: kept as records, with their history."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from datetime import datetime

from sqlalchemy.engine import Connection

from domain.plan import Delta
from domain.records import Record
from store.absorb import save_history
from store.codec import record_row
from store.sql import upsert
from store.state import Wanted, load
from store.tables import records


def present(connection: Connection, community: str, ids: Iterable[str]) -> dict[str, Record]:
    """Return those of some records that are there."""
    return load(connection, community, Wanted(records=ids))[0]


def save(
    connection: Connection, community: str, run: str, posts: Sequence[Record], deltas: Sequence[Delta], now: datetime
) -> None:
    """Keep posts, new or changed, and what changed of them."""
    upsert(connection, records, [record_row(community, post, behind=False) for post in posts])
    save_history(connection, community, run, deltas, now)
