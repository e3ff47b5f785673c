"""What the tools showed when a conflict was left to a person: it stands until it is seen again."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Mapping, Sequence
from datetime import datetime
from typing import Any

from domain.fields import FIELDS, value_from_json
from domain.lens import Space
from domain.plan import Link, LinkState, Seen
from domain.records import Record
from domain.values import Value

Json = Mapping[str, Any]


def still_shown(
    conflicts: Iterable[Json],
    spaces: Sequence[Space],
    records: Mapping[str, Record],
    links: Sequence[Link],
    told: frozenset[tuple[str, str]],
) -> list[Seen]:
    """Return the sides of undecided conflicts that nothing is known about now, as what was seen of them last.

    Without them, a conflict would count as settled while one of its spaces cannot be read, and the value of the other
    would be taken for the only change. What another item showed, in whose place this one was made, says nothing of it.
    `told` are the (space, remote) pairs that were seen, or are gone.
    """
    live = {(link.space, link.record): link for link in links if link.state is LinkState.LIVE and link.agreed}
    by_name = {space.name: space for space in spaces}
    seen = []
    for (space, identity), sides in _by_place(conflicts).items():
        link, record = live.get((space, identity)), records.get(identity)
        if link and record and space in by_name and (space, link.remote) not in told:
            own = {name: side for name, side in sides.items() if side.get("remote") in (None, link.remote)}
            seen += [_as_seen(by_name[space], record, link, own, live)] if own else []
    return seen


def asked_about(conflicts: Iterable[Json]) -> frozenset[tuple[str, str, str]]:
    """Return the (space, record, field) triples that undecided conflicts are about."""
    return frozenset((side["space"], one["record"], one["field"]) for one in conflicts for side in one["lost"])


def _by_place(conflicts: Iterable[Json]) -> dict[tuple[str, str], dict[str, Json]]:
    """Return the latest side of each field, by space and record."""
    found: dict[tuple[str, str], dict[str, Json]] = defaultdict(dict)
    for conflict in conflicts:
        for side in conflict["lost"]:
            if side["shown"] is None and side["value"] is not None:
                continue  # it was on its way there, or from there: nobody saw it
            sides = found[side["space"], conflict["record"]]
            before = sides.get(conflict["field"])
            if before is None or (side["at"] or "") > (before["at"] or ""):
                sides[conflict["field"]] = side
    return found


def _as_seen(
    space: Space, record: Record, link: Link, sides: Mapping[str, Json], live: Mapping[tuple[str, str], Link]
) -> Seen:
    capabilities = space.type(record.type)
    view: dict[str, Value] = {}
    for name, side in sides.items():
        if capabilities and name in capabilities.fields:
            view[name] = value_from_json(FIELDS[record.type][name], side["shown"])
    if "parent" in view:
        parent = live.get((space.name, str(view["parent"])))
        view["parent"] = parent.remote if parent else None  # as the tool calls it, as in anything that is seen
    at = max((side["at"] for side in sides.values() if side["at"]), default=None)
    by = next(iter(sides.values()))["by"]
    return Seen(space.name, link.remote, link.version, record.type, view, at and datetime.fromisoformat(at), by)
