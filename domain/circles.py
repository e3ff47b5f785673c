"""No item lies below itself: two people may each put an item below the other's, in two tools at once."""

from __future__ import annotations

from dataclasses import replace

from domain.changes import LONG_AGO, Change
from domain.draft import Draft
from domain.plan import Conflict, Delta
from domain.records import Record

PARENT = "parent"


def break_circles(draft: Draft) -> None:
    """Put back what was moved below itself in this plan, the earliest move first; the loser is kept.

    Tools refuse such a circle or show none of its items any more.
    """
    moved = {one for one in draft.touched if one in draft.records and _is_moved(draft, one)}
    while circle := next((found for one in sorted(moved) if (found := moved & _circle(draft, one))), None):
        earliest = min(circle, key=lambda one: (draft.records[one].writer(PARENT).at or LONG_AGO, one))
        moved.discard(earliest)
        _put_back(draft, draft.records[earliest])


def _is_moved(draft: Draft, identity: str) -> bool:
    record, before = draft.records[identity], draft.situation.records.get(identity)
    return record.fields.get(PARENT) is not None and (before is None or _parent(record) != _parent(before))


def _parent(record: Record) -> str | None:
    parent = record.fields.get(PARENT)
    return parent if isinstance(parent, str) else None


def _circle(draft: Draft, identity: str) -> set[str]:
    """Return what lies below each other around an item, or nothing."""
    path: list[str] = []
    at: str | None = identity
    while at in draft.records and at not in path:
        path.append(at)
        at = _parent(draft.records[at])
    return set(path) if at == identity else set()


def _put_back(draft: Draft, record: Record) -> None:
    before = draft.situation.records.get(record.id)
    parent, writer = (_parent(before), before.writer(PARENT)) if before else (None, record.origin)
    mover = record.writer(PARENT)
    draft.put_record(
        replace(record, fields={**record.fields, PARENT: parent}, writers={**record.writers, PARENT: writer})
    )
    kept = Change(writer.space, parent, parent, writer.at, writer.by)
    lost = Change(mover.space, parent, _parent(record), mover.at, mover.by)
    title = draft.title(record.id)
    draft.conflicts.append(Conflict(record.id, record.type, PARENT, kept, (lost,), title=title))
    cause = "put back, as it would lie below itself"
    draft.deltas.append(Delta(record.id, PARENT, _parent(record), parent, writer.space, writer.by, cause))
