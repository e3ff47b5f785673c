"""The conflicts of a community as they are listed: what stood against what, and what became of it."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any, Literal

from domain.changes import HUB
from domain.records import Record
from domain.survive import DELETED
from domain.values import to_json
from store import runs, state
from store.state import Wanted
from store.store import Store

Json = dict[str, Any]
State = Literal["undecided", "kept by policy", "decided"]

_NAMES = ("id", "at", "run", "record", "field", "kept", "lost", "undecided", "decision")


def conflicts(store: Store, community: str, *, open_only: bool = False) -> Json:
    """Return a community's conflicts, those that wait for a person first, then the newest.

    Each has its `state`, the `decision` if there was one, the value everybody had agreed on before (`base`), and the
    one of today (`now`). `who` is the member whom a tool names, where it is known.
    """
    with store.reading() as connection:
        found = runs.conflicts_of(connection, community, open_only=open_only)
        records, _ = state.load(connection, community, Wanted(records={one["record"] for one in found}))
        members = state.load_members(connection, community) if found else {}
        known_as = state.load_identities(connection, community) if found else {}
    listed = [_listed(one, records.get(one["record"]), _Names(members, known_as)) for one in found]
    waiting = [one for one in listed if one["undecided"]]
    return {
        "community": community,
        "conflicts": waiting if open_only else waiting + [one for one in listed if not one["undecided"]],
    }


class _Names:
    """Knows the member behind a person of a tool."""

    def __init__(self, members: Mapping[str, Record], known_as: Mapping[str, Mapping[str, str]]) -> None:
        self.members, self.known_as = members, known_as

    def side(self, side: Json) -> Json:
        member = self.members.get(self.known_as.get(side["space"], {}).get(side["by"] or "", ""))
        return {**side, "who": (member.fields.get("name") if member else None) or side["by"]}


def _listed(conflict: Json, record: Record | None, names: _Names) -> Json:
    kept, lost = conflict["kept"], conflict["lost"]
    return {
        **{name: conflict[name] for name in _NAMES},
        "kept": names.side(kept),
        "lost": [names.side(side) for side in lost],
        "title": record and (record.fields.get("title") or record.fields.get("name")),
        "state": state_of(conflict),
        "base": kept.get("before"),
        "now": _present(record, conflict["field"]),
    }


def state_of(conflict: Json) -> State:
    """Return whether a conflict waits, a person decided it (here, or in the tools), or the policy did."""
    if conflict["undecided"]:
        return "undecided"
    decided = conflict["decision"] or (was_asked(conflict) and conflict["field"] != DELETED)
    return "decided" if decided else "kept by policy"


def was_asked(conflict: Json) -> bool:
    """Tell whether no value was taken: what stands as kept is only the present one."""
    return conflict["kept"]["space"] == HUB and not conflict["kept"]["at"]


def _present(record: Record | None, name: str) -> object:
    if name == DELETED:
        return record is None or record.deleted
    return to_json(record.fields.get(name)) if record and not record.deleted else None
