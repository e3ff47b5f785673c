"""What happened: runs, their steps, the history of records and the conflicts."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Any, Literal

from sqlalchemy import Row, Select, bindparam, desc, func, insert, or_, select, update
from sqlalchemy.engine import Connection

from store import leases
from store.codec import dumps, loads
from store.journal import OPEN
from store.rows import each
from store.tables import changes, conflicts, journal, links, records, runs

Json = dict[str, Any]

_BEGIN = insert(runs).values(
    id=bindparam("run"),
    community=bindparam("of"),
    state="running",
    started_at=bindparam("at"),
    kind=bindparam("why"),
    about=bindparam("which"),
)
_END = (
    update(runs)
    .where(runs.c.id == bindparam("run"))
    .values(state=bindparam("outcome"), report=bindparam("told"), ended_at=bindparam("at"))
)


@dataclass(frozen=True, slots=True)
class Purpose:
    """What a run is for: a plain sync, the undoing of the run or the import of the file that `about` names."""

    kind: Literal["sync", "undo", "import"] = "sync"
    about: str | None = None


def begin(connection: Connection, run: str, community: str, now: datetime, purpose: Purpose) -> None:
    """Note that a run begins."""
    values = {"run": run, "of": community, "at": now.isoformat(), "why": purpose.kind, "which": purpose.about}
    connection.execute(_BEGIN, values)


def end(connection: Connection, run: str, state: str, report: Mapping[str, object], now: datetime) -> None:
    """Note how a run ended."""
    connection.execute(_END, {"run": run, "outcome": state, "told": dumps(report), "at": now.isoformat()})


def recent(connection: Connection, community: str, limit: int) -> list[Json]:
    """Return a community's last runs, newest first."""
    query = select(runs).where(runs.c.community == community).order_by(desc(runs.c.started_at)).limit(limit)
    return list(_read(connection, "runs", query, _run))


def one(connection: Connection, run: str) -> Json | None:
    """Return a run with its report, or None."""
    return next(_read(connection, "runs", select(runs).where(runs.c.id == run), _run), None)


def _read(connection: Connection, table: str, query: Select[Any], read: Callable[[Row[Any]], Json]) -> Iterator[Json]:
    return each(table, connection.execute(query), read)


def _run(row: Row[Any]) -> Json:
    found = dict(row._mapping)  # noqa: SLF001 - SQLAlchemy's public name for it
    return {**found, "report": _report(found["report"]) if found["report"] else None}


_PARTS: Mapping[str, frozenset[str]] = {
    "spaces": frozenset({"space", "state", "message", "read", "created", "updated", "deleted", "failed", "held"}),
    "steps": frozenset({"space", "verb", "kind", "record", "title", "fields", "state"}),
    "conflicts": frozenset({"record", "field", "kept", "lost"}),
    "held": frozenset({"space", "record", "title", "reason", "guard"}),
    "questions": frozenset(),
}
"""What every part of a report has at least, whichever version wrote it."""


def _report(text: str) -> Json:
    report: Json = loads(text)
    for part, names in _PARTS.items():
        for one in report[part]:
            if not names <= one.keys():
                raise KeyError(f"{part} without {', '.join(sorted(names - one.keys()))}")
    return report


def steps(connection: Connection, run: str) -> list[Json]:
    """Return a run's journal."""
    query = select(journal).where(journal.c.run == run).order_by(journal.c.at, journal.c.id)
    return list(_read(connection, "journal", query, _step))


def _step(row: Row[Any]) -> Json:
    found = dict(row._mapping)  # noqa: SLF001
    return {**found, "fields": loads(found["fields"]), "view": loads(found["view"])}


def find_record(connection: Connection, community: str, name: str) -> list[str]:
    """Return the ids of records meant by a record id, a remote id, or the beginning of a record id."""
    by_id = select(records.c.id).where(
        records.c.community == community, or_(records.c.id == name, records.c.id.startswith(name, autoescape=True))
    )
    by_remote = select(links.c.whole).where(links.c.community == community, links.c.remote == name)
    return sorted({*connection.scalars(by_id), *connection.scalars(by_remote)})


def changes_of(connection: Connection, community: str, record: str) -> list[Json]:
    """Return a record's history, oldest first."""
    query = select(changes).where(changes.c.community == community, changes.c.record == record).order_by(changes.c.id)
    return list(_read(connection, "changes", query, _change))


def _change(row: Row[Any]) -> Json:
    found = dict(row._mapping)  # noqa: SLF001
    return {**found, "before": loads(found["before"] or "null"), "after": loads(found["after"] or "null")}


_CONFLICTS = (
    select(conflicts).where(conflicts.c.community == bindparam("of")).order_by(desc(conflicts.c.at), conflicts.c.id)
)
_OPEN_CONFLICTS = _CONFLICTS.where(conflicts.c.undecided)


def conflicts_of(
    connection: Connection, community: str, record: str | None = None, *, open_only: bool = False
) -> list[Json]:
    """Return conflicts, newest first; `open_only` those that a run has yet to settle, whether decided or not."""
    query = _OPEN_CONFLICTS if open_only else _CONFLICTS
    if record is not None:
        query = query.where(conflicts.c.record == record)
    return list(each("conflicts", connection.execute(query, {"of": community}), _conflict))


def find_conflicts(connection: Connection, community: str, beginning: str) -> list[Json]:
    """Return the conflicts whose id begins so."""
    begins = conflicts.c.id.startswith(beginning, autoescape=True)
    return list(
        _read(connection, "conflicts", select(conflicts).where(conflicts.c.community == community, begins), _conflict)
    )


def _conflict(row: Row[Any]) -> Json:
    """Return a conflict; what is decided no longer waits for a person, even before a run has carried it out."""
    found = dict(row._mapping)  # noqa: SLF001
    decision = loads(found["decision"]) if found["decision"] else None
    waits = bool(found["undecided"]) and decision is None
    return {
        **found,
        "kept": loads(found["kept"]),
        "lost": loads(found["lost"]),
        "decision": decision,
        "undecided": waits,
    }


def journal_of(connection: Connection, community: str, record: str) -> list[Json]:
    """Return what was sent for a record, oldest first."""
    query = select(journal).where(journal.c.community == community, journal.c.record == record)
    return list(_read(connection, "journal", query.order_by(journal.c.at, journal.c.id), _step))


def open_steps(connection: Connection, community: str) -> int:
    """Count steps whose outcome is not known."""
    query = select(func.count()).select_from(journal).where(journal.c.community == community, OPEN)
    return connection.scalar(query) or 0


def lease_of(connection: Connection, community: str) -> Json | None:
    """Return who holds the community, or None; a process that is seen to be gone holds nothing."""
    found = leases.present(connection, community)
    if found is None:
        return None
    return {"holder": found.holder, "since": found.since.isoformat(), "expires": found.expires}
