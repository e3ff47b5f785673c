"""What calendars show of a community: its events and tasks as stored, how often they changed, and since when."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from sqlalchemy import BindParameter, Integer, bindparam, case, func, literal, select, union_all
from sqlalchemy.engine import Connection

from domain.fields import RecordType
from store.rows import each
from store.sql import chunks, some
from store.tables import changes, earlier_changes, records, runs

SIGNIFICANT = (
    *("title", "start", "end", "zone", "location", "status", "due", "kind", "deleted"),
    *("rrule", "rdates", "exdates", "overrides"),
)
"""Changes of these make a new revision of a calendar entry."""
SHOWN = (*SIGNIFICANT, "created", "meeting_url", "state", "assignees")
"""Changes of these are seen in some calendar; of the notes only where they are shown."""
NOTES = "notes"

Revision = tuple[str, str, str | None] | None
"""The last run of a community: its id, its state and when it ended. As long as it is the same, so are the records."""


Stored = tuple[str, str, str, bool]
"""One record as it lies in the store: its id, its type, its fields as JSON, and whether it is deleted."""


@dataclass(frozen=True, slots=True)
class Changed:
    """How many significant changes a record has had, and when one was last seen; `last` is the newest change's id."""

    record: str
    revisions: int
    at: datetime
    last: int


_HERE: BindParameter[str] = bindparam("community")
_AFTER: BindParameter[int] = bindparam("after", type_=Integer())
_REVISION = (
    select(runs.c.id, runs.c.state, runs.c.ended_at)
    .where(runs.c.community == _HERE)
    .order_by(runs.c.started_at.desc())
    .limit(1)
)
_RECORDS = select(records.c.id, records.c.type, records.c.fields, records.c.deleted).where(
    records.c.community == _HERE, records.c.type.in_((RecordType.EVENT.value, RecordType.TASK.value))
)
_SOME = _RECORDS.where(records.c.id.in_(some("ids")))
_DELETED = select(records.c.id).where(
    records.c.community == _HERE,
    records.c.type.in_((RecordType.EVENT.value, RecordType.TASK.value)),
    records.c.deleted.is_(True),
)
_RUN = select(runs.c.id).where(runs.c.community == _HERE, runs.c.id == bindparam("which"))
_NAMES: BindParameter[list[str]] = bindparam("names", expanding=True)
_KEPT = select(changes.c.record, changes.c.field, literal(1).label("times"), changes.c.at, changes.c.id).where(
    changes.c.community == _HERE, changes.c.id > _AFTER, changes.c.field.in_(_NAMES)
)
_EARLIER = select(
    earlier_changes.c.record, earlier_changes.c.field, earlier_changes.c.times, earlier_changes.c.at, literal(0)
).where(earlier_changes.c.community == _HERE, _AFTER == 0, earlier_changes.c.field.in_(_NAMES))
_ALL = union_all(_KEPT, _EARLIER).subquery()
_CHANGES = select(
    _ALL.c.record,
    func.sum(case((_ALL.c.field.in_(SIGNIFICANT), _ALL.c.times), else_=0)),
    func.max(_ALL.c.at),
    func.max(_ALL.c.id),
).group_by(_ALL.c.record)
"""One statement, so that changes which are added up meanwhile are neither missed nor counted twice."""


def revision(connection: Connection, community: str) -> Revision:
    """Return what tells whether anything can have changed; it costs one row of an index."""
    row = connection.execute(_REVISION, {"community": community}).first()
    return (row[0], row[1], row[2]) if row else None


def goes_on(connection: Connection, community: str, before: Revision) -> bool:
    """Tell whether the store still is the one that had this revision; a restored backup may know less."""
    if before is None:
        return False
    return connection.execute(_RUN, {"community": community, "which": before[0]}).first() is not None


def stored(connection: Connection, community: str) -> list[Stored]:
    """Return every event and task; nothing of them is read yet, for most are as they were the last time."""
    return list(connection.execute(_RECORDS, {"community": community}).tuples().all())


def stored_of(connection: Connection, community: str, ids: Iterable[str]) -> list[Stored]:
    """Return some events and tasks."""
    found: list[Stored] = []
    for part in chunks(ids):
        found += connection.execute(_SOME, {"community": community, "ids": part}).tuples().all()
    return found


def deleted(connection: Connection, community: str) -> frozenset[str]:
    """Return the events and tasks that are deleted: what comes back by itself leaves no line in history."""
    return frozenset(connection.scalars(_DELETED, {"community": community}))


def changed(connection: Connection, community: str, after: int, *, notes: bool) -> Iterator[Changed]:
    """Yield the records with shown changes after the change with the id `after`; 0 includes those long let go of.

    Raises:
        StoreProblem: a row holds what no copsync writes.
    """
    names: list[Any] = [*SHOWN, NOTES] if notes else list(SHOWN)
    asked = {"community": community, "after": after, "names": names}
    return each("changes", connection.execute(_CHANGES, asked), _changed)


def _changed(row: Sequence[Any]) -> Changed:
    record, revisions, at, last = row
    return Changed(record, int(revisions), datetime.fromisoformat(at), last)
