"""What happened: runs, their steps, the history of records and the conflicts."""

from __future__ import annotations

import json
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Any, Literal

from sqlalchemy import and_, desc, insert, or_, select, update
from sqlalchemy.engine import Connection

from store.codec import dumps
from store.journal import StepState
from store.tables import changes, conflicts, journal, leases, links, records, runs

Json = dict[str, Any]


@dataclass(frozen=True, slots=True)
class Purpose:
    """What a run is for: a plain sync, or the undoing of the run that `about` names."""

    kind: Literal["sync", "undo"] = "sync"
    about: str | None = None


def begin(connection: Connection, run: str, community: str, now: datetime, purpose: Purpose) -> None:
    """Note that a run begins."""
    values = {"id": run, "community": community, "state": "running", "started_at": now.isoformat()}
    connection.execute(insert(runs).values(**values, kind=purpose.kind, about=purpose.about))


def end(connection: Connection, run: str, state: str, report: Mapping[str, object], now: datetime) -> None:
    """Note how a run ended."""
    values = {"state": state, "report": dumps(report), "ended_at": now.isoformat()}
    connection.execute(update(runs).where(runs.c.id == run).values(**values))


def recent(connection: Connection, community: str, limit: int) -> list[Json]:
    """Return a community's last runs, newest first."""
    query = select(runs).where(runs.c.community == community).order_by(desc(runs.c.started_at)).limit(limit)
    return [_run(row) for row in connection.execute(query).mappings()]


def one(connection: Connection, run: str) -> Json | None:
    """Return a run with its report, or None."""
    row = connection.execute(select(runs).where(runs.c.id == run)).mappings().first()
    return _run(row) if row else None


def _run(row: Any) -> Json:
    return {**row, "report": json.loads(row["report"]) if row["report"] else None}


def steps(connection: Connection, run: str) -> list[Json]:
    """Return a run's journal."""
    query = select(journal).where(journal.c.run == run).order_by(journal.c.at, journal.c.id)
    return [
        {**row, "fields": json.loads(row["fields"]), "view": json.loads(row["view"])}
        for row in connection.execute(query).mappings()
    ]


def find_record(connection: Connection, community: str, name: str) -> list[str]:
    """Return the ids of records meant by a record id, a remote id, or the beginning of a record id."""
    by_id = select(records.c.id).where(
        records.c.community == community, or_(records.c.id == name, records.c.id.startswith(name, autoescape=True))
    )
    by_remote = select(links.c.record).where(and_(links.c.community == community, links.c.remote == name))
    return sorted({*connection.scalars(by_id), *connection.scalars(by_remote)})


def changes_of(connection: Connection, community: str, record: str) -> list[Json]:
    """Return a record's history, oldest first."""
    query = select(changes).where(changes.c.community == community, changes.c.record == record).order_by(changes.c.id)
    return [
        {**row, "before": json.loads(row["before"] or "null"), "after": json.loads(row["after"] or "null")}
        for row in connection.execute(query).mappings()
    ]


def conflicts_of(connection: Connection, community: str, record: str | None = None) -> list[Json]:
    """Return conflicts, newest first."""
    query = select(conflicts).where(conflicts.c.community == community)
    if record is not None:
        query = query.where(conflicts.c.record == record)
    rows = connection.execute(query.order_by(desc(conflicts.c.at), conflicts.c.id)).mappings()
    return [{**row, "kept": json.loads(row["kept"]), "lost": json.loads(row["lost"])} for row in rows]


def journal_of(connection: Connection, community: str, record: str) -> list[Json]:
    """Return what was sent for a record, oldest first."""
    query = select(journal).where(journal.c.community == community, journal.c.record == record)
    rows = connection.execute(query.order_by(journal.c.at, journal.c.id)).mappings()
    return [{**row, "fields": json.loads(row["fields"]), "view": json.loads(row["view"])} for row in rows]


def open_steps(connection: Connection, community: str) -> int:
    """Count steps whose outcome is not known."""
    states = (StepState.INTENT.value, StepState.UNCERTAIN.value)
    query = select(journal.c.id).where(journal.c.community == community, journal.c.state.in_(states))
    return len(connection.scalars(query).all())


def lease_of(connection: Connection, community: str) -> Json | None:
    """Return who holds the community, or None."""
    row = connection.execute(select(leases).where(leases.c.community == community)).mappings().first()
    return dict(row) if row else None
