"""What a past run did, to take it back, and what that makes of the hub."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from datetime import datetime
from typing import Any

from sqlalchemy import bindparam, func, select
from sqlalchemy.engine import Connection

from domain.fields import RecordType
from domain.plan import Delta, Verb
from domain.undo import Done, Undone
from store.absorb import save_history
from store.codec import record_row, value_of
from store.journal import StepState
from store.rows import each
from store.sql import chunks, some, upsert
from store.state import mark_behind, save_links
from store.tables import changes, journal, records, runs


def deltas_of(connection: Connection, community: str, run: str) -> list[Delta]:
    """Return what a run took into the hub, oldest first; of records that are forgotten nothing is known."""
    query = (
        select(changes.c.id, *(changes.c[name] for name in _TOLD), records.c.type)
        .join(records, (records.c.community == changes.c.community) & (records.c.id == changes.c.record))
        .where(changes.c.community == community, changes.c.run == run)
        .order_by(changes.c.id)
    )
    return list(each("changes", connection.execute(query), _delta))


_TOLD = ("record", "field", "before", "after", "space", "by", "cause")


def _delta(row: Sequence[Any]) -> Delta:
    _, record, field, before, after, space, by, cause, kind = row
    before, after = (value_of(RecordType(kind), field, text) for text in (before, after))
    return Delta(record, field, before, after, space, by, cause)


def steps_of(connection: Connection, community: str, run: str) -> list[Done]:
    """Return the steps that a run carried out, in their order."""
    query = (
        select(journal.c.id, journal.c.space, journal.c.record, journal.c.verb, journal.c.remote)
        .where(journal.c.community == community, journal.c.run == run, journal.c.state == StepState.DONE.value)
        .order_by(journal.c.at, journal.c.id)
    )
    return list(each("journal", connection.execute(query), lambda row: Done(row[1], row[2], Verb(row[3]), row[4])))


def changed_since(connection: Connection, community: str, run: str) -> frozenset[str]:
    """Return the records that changed in the hub after a run's own changes."""
    last = select(func.max(changes.c.id)).where(changes.c.community == community, changes.c.run == run)
    query = select(changes.c.record).where(changes.c.community == community, changes.c.id > last.scalar_subquery())
    return frozenset(connection.scalars(query.distinct()))


def made(connection: Connection, community: str, records: Iterable[str]) -> frozenset[tuple[str, str, str | None]]:
    """Return (space, record, remote) of everything that copsync created for some records, as far as it remembers."""
    found: set[tuple[str, str, str | None]] = set()
    for part in chunks(records):
        rows = connection.execute(_MADE, {"of": community, "which": part})
        found |= {(space, record, remote) for space, record, remote in rows}
    return frozenset(found)


_MADE = select(journal.c.space, journal.c.record, journal.c.remote).where(
    journal.c.community == bindparam("of"),
    journal.c.record.in_(some("which")),
    journal.c.verb.in_((Verb.CREATE.value, Verb.RESTORE.value)),
    journal.c.state == StepState.DONE.value,
)


def undoings(connection: Connection, community: str) -> Sequence[tuple[str, str]]:
    """Return (run, the run it undoes) of every undoing, oldest first."""
    query = select(runs.c.id, runs.c.about).where(runs.c.community == community, runs.c.kind == "undo")
    return [(run, about) for run, about in connection.execute(query.order_by(runs.c.started_at))]


def take_back(connection: Connection, community: str, run: str, undone: Undone, now: datetime) -> None:
    """Keep what taking a run back makes of records and links; every space has yet to follow."""
    save_history(connection, community, run, undone.deltas, now)
    upsert(connection, records, [record_row(community, record, behind=True) for record in undone.records.values()])
    save_links(connection, community, undone.links)
    mark_behind(connection, community, undone.touched - set(undone.records), value=True)
