"""What people decided about conflicts."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import datetime

from sqlalchemy import and_, update
from sqlalchemy.engine import Connection

from domain.changes import HUB
from domain.plan import Delta
from domain.records import Record
from domain.survive import DELETED
from store.absorb import save_history
from store.codec import dumps, record_row
from store.sql import upsert
from store.tables import conflicts, records


def save(connection: Connection, community: str, conflict: str, decision: Mapping[str, object]) -> None:
    """Note what was decided about a conflict; the run that carries it out closes it."""
    here = and_(conflicts.c.community == community, conflicts.c.id == conflict)
    connection.execute(update(conflicts).where(here).values(decision=dumps(decision)))


def follow(connection: Connection, community: str, run: str, record: Record, by: str, now: datetime) -> None:
    """Keep the record as decided; every space has yet to follow. `run` is the one that will carry it out."""
    upsert(connection, records, [record_row(community, record, behind=True)])
    if record.deleted:
        save_history(connection, community, run, [Delta(record.id, DELETED, None, "true", HUB, by, "decided")], now)
