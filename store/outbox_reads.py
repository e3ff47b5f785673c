"""Where the next read of a moderator's own record begins, and which of LinkedIn's endpoints rest."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import datetime

from sqlalchemy import bindparam, select
from sqlalchemy.engine import Connection

from store.codec import dumps, loads
from store.sql import upsert
from store.tables import outbox_reads as table


@dataclass(frozen=True, slots=True)
class Reads:
    """`since` counts milliseconds since 1970 by LinkedIn's clock; `stops` tell until when an endpoint rests."""

    since: int = 0
    read_at: datetime | None = None
    stops: Mapping[str, datetime] = field(default_factory=dict)


_ONE = select(table.c.since, table.c.read_at, table.c.stops).where(
    table.c.community == bindparam("of"), table.c.channel == bindparam("channel")
)


def load(connection: Connection, community: str, channel: str) -> Reads:
    """Return what is remembered of a channel, nothing at first."""
    row = connection.execute(_ONE, {"of": community, "channel": channel}).first()
    if row is None:
        return Reads()
    stops = {name: datetime.fromisoformat(until) for name, until in loads(row.stops).items()}
    return Reads(int(row.since), datetime.fromisoformat(row.read_at) if row.read_at else None, stops)


def save(connection: Connection, community: str, channel: str, reads: Reads) -> None:
    """Remember it."""
    row = {
        "community": community,
        "channel": channel,
        "since": str(reads.since),
        "read_at": reads.read_at.isoformat() if reads.read_at else None,
        "stops": dumps({name: until.isoformat() for name, until in reads.stops.items()}),
    }
    upsert(connection, table, [row])
