"""Which channels rest and why, as the last look after them left it."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
from datetime import datetime
from typing import Any

from sqlalchemy import bindparam, delete, select
from sqlalchemy.engine import Connection

from domain.announcements.standing import Rest, Resting
from store.rows import each
from store.sql import upsert
from store.tables import channel_rests as table

_ALL = select(table.c.channel, table.c.why, table.c.message, table.c.mend, table.c.since, table.c.until).where(
    table.c.community == bindparam("community")
)


def load(connection: Connection, community: str) -> dict[str, Rest]:
    """Return why the channels of a community rest, by their id; those that do not are not there."""
    return dict(each("channel_rests", connection.execute(_ALL, {"community": community}), _rest))


def save(connection: Connection, community: str, channel: str, rest: Rest | None) -> None:
    """Keep why a channel rests, since when it first did for that reason; None: it goes on."""
    before = load(connection, community).get(channel)
    if rest is None:
        if before is not None:
            place = (table.c.community == community) & (table.c.channel == channel)
            connection.execute(delete(table).where(place))
        return
    kept = replace(rest, since=before.since) if before is not None and before.why is rest.why else rest
    row = {"community": community, "channel": channel, "why": kept.why.value, "message": kept.message}
    until = kept.until.isoformat() if kept.until else None
    upsert(connection, table, [{**row, "mend": kept.mend, "since": kept.since.isoformat(), "until": until}])


def _rest(row: Sequence[Any]) -> tuple[str, Rest]:
    channel, why, message, mend, since, until = row
    moment = datetime.fromisoformat(until) if until else None
    return channel, Rest(Resting(why), message, mend, datetime.fromisoformat(since), moment)
