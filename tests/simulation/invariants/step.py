"""I4: every space shows what the hub says, as far as it can hold it."""

from __future__ import annotations

from collections.abc import Mapping

from domain.fields import same
from domain.lens import Space, project
from domain.plan import Link, LinkState
from domain.records import Record
from domain.values import Value
from tests.simulation.connector import ViolationError
from tests.simulation.invariants.remembered import THERE, Remembered
from tests.simulation.tools import SimTool
from tests.simulation.truth import BERLIN, PEOPLE, TABLE, TASK
from tests.simulation.world import World


def in_step(world: World, found: Remembered, record: Record) -> None:
    """I4: every space shows the record as far as it can hold it."""
    links = found.by_record[record.id]
    for name, tool in world.tools.items():
        link = links.get(name)
        if tool.ability.read_only or (name, record.id) in world.set_aside:
            continue
        if link is not None and link.state is LinkState.LIVE and not record.deleted:
            _shows(world, found, record, tool, link)
        elif link is not None and link.state in THERE:
            raise ViolationError(f"I4: {record.id} is deleted, and still linked in {name}")
        elif link is None and not record.deleted and tool.ability.admits(TASK, record.fields):
            raise ViolationError(f"I4: {record.id} ({record.fields['title']}) is missing in {name}")


def _shows(world: World, found: Remembered, record: Record, tool: SimTool, link: Link) -> None:
    ability, item = tool.ability, tool.items[link.remote]
    shown = tool.shown(item)
    known_as = found.known_as.get(tool.name, {})
    people = frozenset(member for person, member in known_as.items() if person in tool.accounts)
    space = Space(tool.name, ability.capabilities, BERLIN, ability.settle, ability.admits, people)
    canonical = {**shown, **_canonical(found, tool.name, shown)}
    wanted = project(TASK, record.fields, space, canonical)
    expected = ability.reads(ability.rewrite(dict(wanted)))
    for name, value in expected.items():
        below_a_stranger = isinstance(shown.get("parent"), str) and canonical["parent"] is None
        if name == "parent" and (below_a_stranger or not _parent_stayed_here(world, found, tool.name, value)):
            continue  # what somebody put below an item outside what is mirrored stays there
        if not same(TABLE[name], canonical.get(name, TABLE[name].default), value):
            raise ViolationError(
                f"I4: {tool.name}/{link.remote} shows {name}={canonical.get(name)!r}, the hub says {value!r}"
            )


def _parent_stayed_here(world: World, found: Remembered, space: str, parent: Value) -> bool:
    """Tell whether the parent is there and always was: tools orphan children, and restore a parent without them."""
    if not isinstance(parent, str):
        return True
    link, truth = found.by_record[parent].get(space), world.truth
    places = {place for place in truth.places[parent] if place[0] == space}
    gone_once = truth.restored | truth.ever_left | {place for place, _ in truth.removals}
    return link is not None and link.state in THERE and places.isdisjoint(gone_once)


def _canonical(found: Remembered, space: str, shown: Mapping[str, Value]) -> dict[str, Value]:
    """Return what refers to others in the hub's own terms."""
    canonical: dict[str, Value] = {}
    people = shown.get(PEOPLE)
    if isinstance(people, frozenset):
        known = found.known_as.get(space, {})
        canonical[PEOPLE] = frozenset(known.get(person, person) for person in people)
    parent = shown.get("parent")
    if isinstance(parent, str):
        links = {link.remote: link.record for link in found.links if link.space == space}
        canonical["parent"] = links.get(parent)
    return canonical
