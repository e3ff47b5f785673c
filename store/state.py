"""Reads the state a plan needs, in bulk and no more than that, and writes what a plan takes in."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from hashlib import blake2b

from sqlalchemy import and_, bindparam, delete, exists, func, insert, select, update
from sqlalchemy.engine import Connection

from domain.fields import RecordType
from domain.plan import Delta, Link, LinkState, Plan
from domain.records import Record
from store.codec import change_json, dumps, link_of, link_row, record_of, record_row, value_text
from store.sql import chunks, upsert
from store.tables import changes, conflicts, cursors, identities, links, records


@dataclass(frozen=True, slots=True)
class Cursor:
    """Where the next read of a space resumes; `binding` tells whether it still is the same container."""

    cursor: str | None
    binding: str
    read_at: datetime
    full_at: datetime | None


@dataclass(frozen=True, slots=True)
class Wanted:
    """What to load: records by remote, by id, those behind, all, and those without a remote in some spaces."""

    remotes: Mapping[str, Sequence[str]] = field(default_factory=dict)
    records: Iterable[str] = ()
    unlinked_in: Iterable[str] = ()
    everything: bool = False


THERE = (LinkState.LIVE.value, LinkState.WITHDRAW.value)


def known(connection: Connection, community: str, space: str) -> dict[str, str]:
    """Return remote -> version of everything that is linked and there in a space."""
    rows = connection.execute(
        select(links.c.remote, links.c.version).where(
            links.c.community == community, links.c.space == space, links.c.state.in_(THERE)
        )
    )
    return {remote: version for remote, version in rows}  # noqa: C416 - rows are not plain tuples to mypy


def live_counts(connection: Connection, community: str) -> dict[str, int]:
    """Return how many live links each space has."""
    rows = connection.execute(
        select(links.c.space, func.count())
        .where(links.c.community == community, links.c.state.in_(THERE))
        .group_by(links.c.space)
    )
    return {space: count for space, count in rows}  # noqa: C416


def behind(connection: Connection, community: str) -> frozenset[str]:
    """Return the records some space has yet to follow."""
    rows = connection.scalars(select(records.c.id).where(records.c.community == community, records.c.behind))
    return frozenset(rows)


def load(connection: Connection, community: str, wanted: Wanted) -> tuple[dict[str, Record], list[Link]]:
    """Return the wanted records and all their links."""
    if wanted.everything:
        found = _records(connection, community, None)
        return found, _links(connection, community, found, None)
    ids = set(wanted.records)
    for space, remotes in wanted.remotes.items():
        ids |= _records_of(connection, community, space, remotes)
    for space in wanted.unlinked_in:
        ids |= _unlinked(connection, community, space)
    found = _records(connection, community, ids)
    return found, _links(connection, community, found, ids)


def _records_of(connection: Connection, community: str, space: str, remotes: Sequence[str]) -> set[str]:
    here = and_(links.c.community == community, links.c.space == space)
    return {
        record
        for part in chunks(remotes)
        for record in connection.scalars(select(links.c.record).where(here, links.c.remote.in_(part)))
    }


def _unlinked(connection: Connection, community: str, space: str) -> set[str]:
    """Return the live records with no link in a space: what an arrival there may match."""
    linked = exists().where(
        links.c.community == records.c.community, links.c.record == records.c.id, links.c.space == space
    )
    query = select(records.c.id).where(records.c.community == community, records.c.deleted.is_(False), ~linked)
    return set(connection.scalars(query))


def _records(connection: Connection, community: str, ids: set[str] | None) -> dict[str, Record]:
    query = select(records).where(records.c.community == community)
    parts = [query] if ids is None else [query.where(records.c.id.in_(part)) for part in chunks(sorted(ids))]
    rows = (row for part in parts for row in connection.execute(part).mappings())
    return {row["id"]: record_of(row) for row in rows}


def _links(connection: Connection, community: str, found: Mapping[str, Record], ids: set[str] | None) -> list[Link]:
    query = select(links).where(links.c.community == community)
    parts = [query] if ids is None else [query.where(links.c.record.in_(part)) for part in chunks(sorted(ids))]
    rows = (row for part in parts for row in connection.execute(part).mappings())
    return [link_of(found[row["record"]].type, row) for row in rows if row["record"] in found]


def load_cursors(connection: Connection, community: str) -> dict[str, Cursor]:
    """Return each space's cursor."""
    rows = connection.execute(select(cursors).where(cursors.c.community == community)).mappings()
    return {
        row["space"]: Cursor(
            row["cursor"],
            row["binding"],
            datetime.fromisoformat(row["read_at"]),
            datetime.fromisoformat(row["full_at"]) if row["full_at"] else None,
        )
        for row in rows
    }


def save_cursors(connection: Connection, community: str, moved: Mapping[str, Cursor]) -> None:
    """Keep cursors."""
    rows = [
        {
            "community": community,
            "space": space,
            "cursor": cursor.cursor,
            "binding": cursor.binding,
            "read_at": cursor.read_at.isoformat(),
            "full_at": cursor.full_at.isoformat() if cursor.full_at else None,
        }
        for space, cursor in moved.items()
    ]
    upsert(connection, cursors, rows)


def load_identities(connection: Connection, community: str) -> dict[str, dict[str, str]]:
    """Return, per space, person -> member record."""
    found: dict[str, dict[str, str]] = {}
    query = select(identities.c.space, identities.c.person, identities.c.record)
    for space, person, record in connection.execute(query.where(identities.c.community == community)):
        found.setdefault(space, {})[person] = record
    return found


def save_members(
    connection: Connection, community: str, members: Sequence[Record], known_as: Mapping[str, Mapping[str, str]]
) -> None:
    """Keep members and, per space, person -> member record."""
    upsert(connection, records, [record_row(community, member, behind=False) for member in members])
    rows = [
        {"community": community, "space": space, "person": person, "record": record}
        for space, people in known_as.items()
        for person, record in people.items()
    ]
    upsert(connection, identities, rows)


def load_members(connection: Connection, community: str) -> dict[str, Record]:
    """Return every member."""
    query = select(records).where(records.c.community == community, records.c.type == RecordType.MEMBER.value)
    return {row["id"]: record_of(row) for row in connection.execute(query).mappings()}


def save_links(connection: Connection, community: str, moved: Sequence[Link], ended: Sequence[Link] = ()) -> None:
    """Keep links, and end others first."""
    for link in ended:
        connection.execute(
            delete(links).where(
                links.c.community == community, links.c.space == link.space, links.c.record == link.record
            )
        )
    upsert(connection, links, [link_row(community, link) for link in moved])


def mark_behind(connection: Connection, community: str, ids: Iterable[str], *, value: bool) -> None:
    """Note which records some space has yet to follow."""
    statement = (
        update(records).where(records.c.community == community, records.c.id == bindparam("which")).values(behind=value)
    )
    rows = [{"which": identity} for identity in sorted(ids)]
    if rows:
        connection.execute(statement, rows)


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
    if rows:
        connection.execute(insert(changes), rows)


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


def _close_decided(connection: Connection, community: str, plan: Plan) -> None:
    """Take note that a person decided: a plan names again whatever is still open about the records it takes in."""
    waiting = select(conflicts.c.id, conflicts.c.record).where(
        conflicts.c.community == community, conflicts.c.undecided
    )
    decided = [row.id for row in connection.execute(waiting).all() if row.record in plan.records]
    for part in chunks(decided):
        connection.execute(update(conflicts).where(conflicts.c.id.in_(part)).values(undecided=False))
