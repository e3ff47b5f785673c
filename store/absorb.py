"""Writes what a plan takes into the hub: records, links, their history, and the conflicts it found."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from datetime import datetime
from hashlib import blake2b

from sqlalchemy import bindparam, select, update
from sqlalchemy.engine import Connection

from domain.plan import Conflict, Delta, Plan
from store.codec import change_json, dumps, record_row, value_text
from store.sql import Bulk, insert, upsert
from store.state import COMMUNITY, mark_behind, save_links
from store.tables import changes, conflicts, records


def absorb(
    connection: Connection, community: str, run: str, plan: Plan, was_behind: frozenset[str], now: datetime
) -> None:
    """Keep what a plan takes into the hub: records, links, history and conflicts."""
    behind = plan.find_behind()
    rows = [record_row(community, record, behind=record.id in behind) for record in plan.records.values()]
    upsert(connection, records, rows)
    others = behind - set(plan.records)
    mark_behind(connection, community, others - was_behind, value=True)
    mark_behind(connection, community, was_behind - behind - set(plan.records), value=False)
    save_links(connection, community, plan.links, plan.forgotten)
    save_history(connection, community, run, plan.deltas, now)
    _save_conflicts(connection, community, run, plan, now)


def save_history(connection: Connection, community: str, run: str, deltas: Sequence[Delta], now: datetime) -> None:
    """Keep what changed in the hub."""
    rows = [
        {
            "community": community,
            "run": run,
            "record": delta.record,
            "field": delta.field,
            "before": value_text(delta.before),
            "after": value_text(delta.after),
            "space": delta.space,
            "by": delta.by,
            "at": now.isoformat(),
            "cause": delta.cause,
        }
        for delta in deltas
    ]
    insert(connection, changes, rows)


def conflict_id(community: str, conflict: Conflict) -> str:
    """Return the id of a conflict: the same as long as the same values of the same spaces lose."""
    values = (f"{change.space}\0{value_text(change.after)}" for change in conflict.lost)  # moments are estimates
    name = "\0".join((community, conflict.record, conflict.field, *sorted(values)))
    return blake2b(name.encode(), digest_size=8).hexdigest()


def _save_conflicts(connection: Connection, community: str, run: str, plan: Plan, now: datetime) -> None:
    found = {conflict_id(community, conflict): conflict for conflict in plan.conflicts}
    same = _close_decided(connection, community, plan, found)
    rows = [
        {
            "id": identity,
            "community": community,
            "record": conflict.record,
            "field": conflict.field,
            "kept": dumps(change_json(conflict.kept)),
            "lost": dumps([change_json(change) for change in conflict.lost]),
            "undecided": conflict.undecided,
            "run": run,
            "at": now.isoformat(),
            "decision": None,
        }
        for identity, conflict in found.items()
        if identity not in same
    ]
    upsert(connection, conflicts, rows)


_UNDECIDED = select(conflicts.c.id, conflicts.c.record, conflicts.c.decision).where(
    conflicts.c.community == COMMUNITY, conflicts.c.undecided
)
_CLOSE = Bulk(
    lambda _: update(conflicts).where(conflicts.c.id == bindparam("which")).values(undecided=bindparam("still"))
)


def _close_decided(connection: Connection, community: str, plan: Plan, found: Mapping[str, Conflict]) -> set[str]:
    """Close what is settled: a plan names again whatever is still open about the records it merges. Return that."""
    if not plan.records and not plan.links:
        return set()
    merged = {link.record for link in plan.links} | set(plan.records)
    waiting = connection.execute(_UNDECIDED, {"community": community}).all()
    same = {row.id for row in waiting if row.id in found and found[row.id].undecided and row.decision is None}
    settled = (row.id for row in waiting if row.record in merged and row.id not in same)
    _CLOSE(connection, [{"which": one, "still": False} for one in settled])
    return same
