"""Why a record is as it is: per field the value in each space, the base, the last writer, and what holds it back."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from domain.capabilities import Hold
from domain.deliver import wants
from domain.errors import ConfigProblem
from domain.fields import FIELDS, shown_kind
from domain.lens import Space, project
from domain.parts import occurrence_of
from domain.plan import Link, LinkState
from domain.records import Record
from domain.values import Fields, to_json
from store import aside, runs, state
from store.state import Wanted
from store.store import Store
from sync.community import Community
from sync.people import Directory
from sync.reasons import Facts, reasons
from sync.status import last_told

Json = dict[str, Any]


def explain(community: Community, store: Store, name: str) -> Json:
    """Return everything known about one record, named by its id (or its beginning) or by a tool's id.

    Raises:
        ConfigProblem: no record, or several, are meant.
    """
    with store.reading() as connection:
        found = runs.find_record(connection, community.id, name)
        if len(found) != 1:
            raise _not_one(name, found)
        records, links = state.load(connection, community.id, Wanted(records=found))
        known_as = state.load_identities(connection, community.id)
        unlisted = state.load_unlisted(connection, community.id)
        changes = runs.changes_of(connection, community.id, found[0])
        conflicts = runs.conflicts_of(connection, community.id, found[0])
        sent = runs.journal_of(connection, community.id, found[0])
        asides = aside.load(connection, community.id)
        report = last_told(connection, community.id)
    record = records[found[0]]
    spaces = community.planner_spaces(Directory.of(community, {}, known_as, unlisted).persons())
    by_space = {link.space: link for link in links if link.record == record.id}
    rules = {change["field"]: change["cause"] for change in changes}
    facts = Facts(report, conflicts, asides.values(), sent)
    return {
        "record": record.id,
        "kind": shown_kind(record.type, record.fields),
        "title": record.fields.get("title") or record.fields.get("name"),
        "deleted": record.deleted,
        "fields": {
            name: _field(record, name, spaces, by_space) | {"rule": rules.get(name) or None}
            for name in FIELDS[record.type]
        },
        "spaces": [_space(record, space, by_space.get(space.name), _dates(links, space.name)) for space in spaces],
        "not_synced": reasons(record, spaces, by_space, facts),
        "history": [
            {key: change[key] for key in ("at", "run", "field", "before", "after", "space", "by", "cause")}
            for change in changes
        ],
        "conflicts": [
            {key: one[key] for key in ("id", "at", "run", "field", "kept", "lost", "undecided")} for one in conflicts
        ],
        "sent": [
            {key: one[key] for key in ("at", "run", "space", "verb", "state", "reason", "message")} for one in sent
        ],
    }


def _not_one(name: str, found: list[str]) -> ConfigProblem:
    if not found:
        mend = "Use a record id from `copsync export` or a run's report, or the item's id in its tool."
        return ConfigProblem(f"No record is known as '{name}'.", mend=mend)
    return ConfigProblem(f"'{name}' may be any of: {', '.join(found[:5])}.", mend="Give more of the id.")


def _field(record: Record, name: str, spaces: list[Space], links: dict[str, Link]) -> Json:
    writer = record.writer(name)
    return {
        "hub": to_json(record.fields.get(name)),
        "last_writer": {"space": writer.space, "at": writer.at.isoformat() if writer.at else None, "by": writer.by},
        "spaces": {
            space.name: _in_space(record, name, space, links[space.name]) for space in spaces if space.name in links
        },
    }


def _in_space(record: Record, name: str, space: Space, link: Link) -> Json:
    held = capabilities.fields.get(name) if (capabilities := space.type(record.type)) else None
    if held is None:
        return {"state": "not held by this tool"}
    wanted = project(record.type, record.fields, space, link.base)
    return {
        "base": to_json(link.base.get(name)),
        "sent": to_json(link.sent[name]) if name in link.sent else None,
        "fidelity": held.hold.value,
        "state": _state(record, name, link, wanted, held.hold),
    }


def _state(record: Record, name: str, link: Link, wanted: Fields, hold: Hold) -> str:
    if hold is Hold.READ:
        return "read only"
    if name not in wanted:
        return "not held there at present"
    if wants(record.type, link, name, wanted[name]):
        return "waits to be sent"
    return "the tool keeps its own form of it" if name in link.sent else "in step"


def _dates(links: Sequence[Link], space: str) -> int:
    """Return how many dates of a series stand in a space as items of their own."""
    return sum(
        link.space == space and link.state is LinkState.LIVE and bool(occurrence_of(link.record)) for link in links
    )


def _space(record: Record, space: Space, link: Link | None, dates: int) -> Json:
    by_date = f"It is shown date by date: {dates} of its dates are items of their own there."
    return {
        "space": space.name,
        "remote_id": link.remote if link else None,
        "state": link.state.value if link else "date by date" if dates else "not there",
        "why": by_date if dates else _why(record, space, link),
    }


def _why(record: Record, space: Space, link: Link | None) -> str:
    if space.type(record.type) is None:
        return f"{space.name} does not hold a {record.type}."
    if link is None and record.deleted:
        return "It is deleted."
    if space.lacks_series(record.type, record.fields) and (link is None or link.state is LinkState.LIVE):
        there = "It is not shown there" if link is None else "What is there stays a single event on its date"
        return f"{there}: it is a series, and {space.name} holds none."
    if link is None:
        shown = space.admits(record.type, record.fields)
        return "It is created by the next run." if shown else f"It is not among what {space.name} shows."
    return {
        LinkState.LIVE: "It is mirrored.",
        LinkState.GONE: f"It was deleted in {space.name} and is not made again.",
        LinkState.OUT: f"It left what is mirrored in {space.name}; it is left alone until it comes back.",
        LinkState.WITHDRAW: f"Its creation in {space.name} is undone; the next run takes it away there.",
        LinkState.RESTORE: f"Its deletion in {space.name} is undone; the next run brings it back there.",
    }[link.state]
