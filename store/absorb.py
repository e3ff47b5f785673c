"""Writes what a plan takes into the hub: records, links, their history, and the conflicts it found."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime
from hashlib import blake2b

from sqlalchemy import bindparam, select, update
from sqlalchemy.engine import Connection

from domain.plan import Delta, Plan
from store.codec import change_json, dumps, record_row, value_text
from store.sql import Bulk, insert, upsert
from store.state import COMMUNITY, mark_behind, save_links
from store.tables import changes, conflicts, records


def absorb(
    connection: Connection, community: str, run: str, plan: Plan, was_behind: frozenset[str], now: datetime
) -> None:
    """Keep what a plan takes into the hub: records, links, history and conflicts."""
    rows = [record_row(community, record, behind=record.id in plan.behind) for record in plan.records.values()]
    upsert(connection, records, rows)
    others = plan.behind - set(plan.records)
    mark_behind(connection, community, others - was_behind, value=True)
    mark_behind(connection, community, was_behind - plan.behind - set(plan.records), value=False)
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


def _save_conflicts(connection: Connection, community: str, run: str, plan: Plan, now: datetime) -> None:
    rows = []
    for conflict in plan.conflicts:
        lost = dumps([change_json(change) for change in conflict.lost])
        values = (f"{change.space}\0{value_text(change.after)}" for change in conflict.lost)  # moments are estimates
        name = "\0".join((community, conflict.record, conflict.field, *sorted(values)))
        rows.append(
            {
                "id": blake2b(name.encode(), digest_size=8).hexdigest(),
                "community": community,
                "record": conflict.record,
                "field": conflict.field,
                "kept": dumps(change_json(conflict.kept)),
                "lost": lost,
                "undecided": conflict.undecided,
                "run": run,
                "at": now.isoformat(),
            }
        )
    _close_decided(connection, community, plan)
    upsert(connection, conflicts, list({row["id"]: row for row in rows}.values()))


_UNDECIDED = select(conflicts.c.id, conflicts.c.record).where(conflicts.c.community == COMMUNITY, conflicts.c.undecided)
_CLOSE = Bulk(
    lambda _: update(conflicts).where(conflicts.c.id == bindparam("which")).values(undecided=bindparam("still"))
)


def _close_decided(connection: Connection, community: str, plan: Plan) -> None:
    """Take note that a person decided: a plan names again whatever is still open about the records it takes in."""
    if not plan.records:
        return
    waiting = connection.execute(_UNDECIDED, {"community": community})
    _CLOSE(connection, [{"which": one, "still": False} for one, record in waiting if record in plan.records])
