"""Reads the state a plan needs, in bulk and no more than that, and keeps it."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any

from sqlalchemy import BindParameter, Select, and_, bindparam, delete, exists, func, not_, or_, select, update
from sqlalchemy.engine import Connection

from domain.fields import RecordType
from domain.intake import IMPORT
from domain.parts import whole_of
from domain.plan import Link, LinkState
from domain.records import Record
from store.codec import (
    LINK_COLUMNS,
    RECORD_COLUMNS,
    link_of,
    link_row,
    record_of,
    record_row,
)
from store.rows import each
from store.sql import Bulk, chunks, some, upsert
from store.tables import cursors, identities, links, records


@dataclass(frozen=True, slots=True)
class Cursor:
    """Where the next read of a space resumes; `binding` tells whether it still is the same container."""

    cursor: str | None
    binding: str
    read_at: datetime
    full_at: datetime | None


@dataclass(frozen=True, slots=True)
class Met:
    """Whom a plan met: new members and, per space, person -> member record for those of whom something is new.

    `unlisted` are, per space, the persons who were missing when its people were last listed.
    """

    members: Sequence[Record] = ()
    known_as: Mapping[str, Mapping[str, str]] = field(default_factory=dict)
    unlisted: Mapping[str, frozenset[str]] = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class Wanted:
    """What to load: records by remote, by id, all, those without a remote in some spaces, and all series.

    `imports` asks for their links to the entries of imported files as well; those are of no space.
    """

    remotes: Mapping[str, Sequence[str]] = field(default_factory=dict)
    records: Iterable[str] = ()
    unlinked_in: Iterable[str] = ()
    series: bool = False
    everything: bool = False
    imports: bool = False


COMMUNITY: BindParameter[str] = bindparam("community")
SPACE: BindParameter[str] = bindparam("space")
THERE = or_(links.c.state == LinkState.LIVE.value, links.c.state == LinkState.WITHDRAW.value)
_HERE = and_(links.c.community == COMMUNITY, links.c.space == SPACE)

_KNOWN = select(links.c.remote, links.c.version).where(_HERE, THERE)
_LIVE_COUNTS = select(links.c.space, func.count()).where(links.c.community == COMMUNITY, THERE).group_by(links.c.space)
_BEHIND = select(records.c.id).where(records.c.community == COMMUNITY, records.c.behind)


def known(connection: Connection, community: str, space: str) -> dict[str, str]:
    """Return remote -> version of everything that is linked and there in a space."""
    rows = connection.execute(_KNOWN, {"community": community, "space": space})
    return {remote: version for remote, version in rows}  # noqa: C416 - rows are not plain tuples to mypy


def live_counts(connection: Connection, community: str) -> dict[str, int]:
    """Return how many live links each space has."""
    rows = connection.execute(_LIVE_COUNTS, {"community": community})
    return {space: count for space, count in rows}  # noqa: C416


def behind(connection: Connection, community: str) -> frozenset[str]:
    """Return the records some space has yet to follow."""
    return frozenset(connection.scalars(_BEHIND, {"community": community}))


def load(connection: Connection, community: str, wanted: Wanted) -> tuple[dict[str, Record], list[Link]]:
    """Return the wanted records and all their links."""
    if wanted.everything:
        found = _records(connection, community, None)
        return found, _links(connection, community, found, None, imports=wanted.imports)
    ids = {whole_of(one) for one in wanted.records}
    for space, remotes in wanted.remotes.items():
        ids |= _records_of(connection, community, space, remotes)
    if wanted.series:
        ids |= set(connection.scalars(_SERIES, {"community": community}))
    for space in wanted.unlinked_in:
        ids |= _unlinked(connection, community, space)
    found = _records(connection, community, ids)
    return found, _links(connection, community, found, ids, imports=wanted.imports)


_RECORDS_OF = select(links.c.whole).where(_HERE, links.c.remote.in_(some("remotes")))


def _records_of(connection: Connection, community: str, space: str, remotes: Sequence[str]) -> set[str]:
    here = {"community": community, "space": space}
    return {record for part in chunks(remotes) for record in connection.scalars(_RECORDS_OF, {**here, "remotes": part})}


_SERIES = select(records.c.id).where(
    records.c.community == COMMUNITY,
    records.c.type == RecordType.EVENT.value,
    records.c.deleted.is_(False),
    or_(
        *(records.c.fields.contains(f'"{name}":{mark}') for name, mark in (("rrule", '"'), ("rdates", '["'))),
        records.c.fields.contains('"overrides":["'),
    ),
)
_LINKED = exists().where(
    links.c.community == records.c.community, links.c.whole == records.c.id, links.c.space == SPACE
)
_UNLINKED = select(records.c.id).where(records.c.community == COMMUNITY, records.c.deleted.is_(False), not_(_LINKED))


def _unlinked(connection: Connection, community: str, space: str) -> set[str]:
    """Return the live records with no link in a space: what an arrival there may match."""
    return set(connection.scalars(_UNLINKED, {"community": community, "space": space}))


_ALL_RECORDS = select(*(records.c[name] for name in RECORD_COLUMNS)).where(records.c.community == COMMUNITY)
_SOME_RECORDS = _ALL_RECORDS.where(records.c.id.in_(some("ids")))
_ALL_LINKS = select(*(links.c[name] for name in LINK_COLUMNS)).where(links.c.community == COMMUNITY)
_SOME_LINKS = _ALL_LINKS.where(links.c.whole.in_(some("ids")))


def _records(connection: Connection, community: str, ids: set[str] | None) -> dict[str, Record]:
    rows = _rows(connection, community, ids, _ALL_RECORDS, _SOME_RECORDS)
    return {record.id: record for record in each("records", rows, record_of)}


def _links(
    connection: Connection, community: str, found: Mapping[str, Record], ids: set[str] | None, *, imports: bool
) -> list[Link]:
    if not found:
        return []
    rows = _rows(connection, community, ids, _ALL_LINKS, _SOME_LINKS)
    here = (row for row in rows if whole_of(row[0]) in found and (imports or row[1] != IMPORT))
    return list(each("links", here, lambda row: link_of(found[whole_of(row[0])].type, row)))


def _rows(
    connection: Connection, community: str, ids: set[str] | None, all_rows: Select[Any], some_rows: Select[Any]
) -> Iterator[Any]:
    """Yield the rows of a community, or those of some ids, in their order."""
    if ids is None:
        yield from connection.execute(all_rows, {"community": community})
        return
    for part in chunks(sorted(ids)):
        yield from connection.execute(some_rows, {"community": community, "ids": part})


_CURSORS = select(cursors.c.space, cursors.c.cursor, cursors.c.binding, cursors.c.read_at, cursors.c.full_at).where(
    cursors.c.community == COMMUNITY
)


def load_cursors(connection: Connection, community: str) -> dict[str, Cursor]:
    """Return each space's cursor."""
    return dict(each("cursors", connection.execute(_CURSORS, {"community": community}), _cursor))


def _cursor(row: Sequence[Any]) -> tuple[str, Cursor]:
    space, cursor, binding, read_at, full_at = row
    full = datetime.fromisoformat(full_at) if full_at else None
    return space, Cursor(cursor, binding, datetime.fromisoformat(read_at), full)


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


_IDENTITIES = select(identities.c.space, identities.c.person, identities.c.record).where(
    identities.c.community == COMMUNITY
)


def load_identities(connection: Connection, community: str) -> dict[str, dict[str, str]]:
    """Return, per space, person -> member record."""
    found: dict[str, dict[str, str]] = {}
    for space, person, record in connection.execute(_IDENTITIES, {"community": community}):
        found.setdefault(space, {})[person] = record
    return found


_UNLISTED = select(identities.c.space, identities.c.person).where(
    identities.c.community == COMMUNITY, identities.c.listed.is_(False)
)


def load_unlisted(connection: Connection, community: str) -> dict[str, frozenset[str]]:
    """Return, per space, the persons who were missing when its people were last listed."""
    found: dict[str, set[str]] = {}
    for space, person in connection.execute(_UNLISTED, {"community": community}):
        found.setdefault(space, set()).add(person)
    return {space: frozenset(persons) for space, persons in found.items()}


def save_members(connection: Connection, community: str, met: Met) -> None:
    """Keep whom a plan met."""
    upsert(connection, records, [record_row(community, member, behind=False) for member in met.members])
    rows = [
        {
            "community": community,
            "space": space,
            "person": person,
            "record": record,
            "listed": person not in met.unlisted.get(space, ()),
        }
        for space, people in met.known_as.items()
        for person, record in people.items()
    ]
    upsert(connection, identities, rows)


_MEMBERS = _ALL_RECORDS.where(records.c.type == RecordType.MEMBER.value)


def load_members(connection: Connection, community: str) -> dict[str, Record]:
    """Return every member."""
    rows = connection.execute(_MEMBERS, {"community": community})
    return {member.id: member for member in each("records", rows, record_of)}


def load_records(connection: Connection, community: str) -> dict[str, Record]:
    """Return every record, members and deleted ones too, without links."""
    return _records(connection, community, None)


_END_LINKS = Bulk(
    lambda _: delete(links).where(
        links.c.community == COMMUNITY, links.c.space == SPACE, links.c.record == bindparam("record")
    )
)


def save_links(connection: Connection, community: str, moved: Sequence[Link], ended: Sequence[Link] = ()) -> None:
    """Keep links, and end others first."""
    _END_LINKS(connection, [{"community": community, "space": one.space, "record": one.record} for one in ended])
    upsert(connection, links, [link_row(community, link) for link in moved])


_MARK_BEHIND = Bulk(
    lambda _: (
        update(records)
        .where(records.c.community == bindparam("here"), records.c.id == bindparam("which"))
        .values(behind=bindparam("is_behind"))
    )
)


def mark_behind(connection: Connection, community: str, ids: Iterable[str], *, value: bool) -> None:
    """Note which records some space has yet to follow."""
    _MARK_BEHIND(connection, [{"here": community, "which": one, "is_behind": value} for one in sorted(ids)])
