"""Whether an edit is nowhere in a record, by what its field holds: one value, a set or a text, or people."""

from __future__ import annotations

from collections.abc import Iterable

from domain.records import Record
from domain.values import Value
from tests.simulation.invariants.remembered import Remembered
from tests.simulation.invariants.superseded import came_back, superseded, took_back
from tests.simulation.truth import PEOPLE, Edit, is_set, tokens
from tests.simulation.world import World


def tokens_lost(world: World, found: Remembered, record: Record, edit: Edit) -> str | None:
    name = edit.field
    live = tokens(name, record.fields.get(name))
    lost = found.lost[record.id, name]
    in_conflicts = {one for _, value in lost for one in tokens(name, value)}
    others = [other for other in world.truth.edits_of(record.id, name) if other is not edit]
    replaced = {one for other in others for one in other.removed}
    if missing := edit.added - live - in_conflicts - replaced:
        return f"{sorted(missing)} is neither live ({record.fields.get(name)!r}) nor in the conflict list"
    back = edit.removed & live - edit.half - edit.unheard
    back -= {one for other in others for one in other.added if other.number > edit.number}
    kept = any(_kept_as_loser(lost, one) for one in (edit, *_line_of(others, edit)))
    kept |= _was_decided_against(world, record, lost, edit)
    if back and not (kept or came_back(world, record, edit) or took_back(world, edit)):
        return f"what it took away is live again: {sorted(back)} in {record.fields.get(name)!r}"
    return None


def _line_of(others: Iterable[Edit], edit: Edit) -> list[Edit]:
    """Return what people made of an edit in the same place, one after the other: the last of them stands for all."""
    line = [edit]
    for other in sorted(others, key=lambda one: one.number):
        if other.place == edit.place and other.number > edit.number and other.removed & line[-1].added:
            line.append(other)
    return line[1:]


def _was_decided_against(world: World, record: Record, lost: list[tuple[str, Value]], edit: Edit) -> bool:
    """Tell whether an admin decided against just this value, which others had written too."""
    marks, field = tokens(edit.field, edit.value), edit.field
    return bool(world.truth.decided[record.id, field]) and any(tokens(field, value) == marks for _, value in lost)


def _kept_as_loser(lost: list[tuple[str, Value]], edit: Edit) -> bool:
    if is_set(edit.field):
        return False
    marks = tokens(edit.field, edit.value)
    return any(space == edit.space and tokens(edit.field, value) == marks for space, value in lost) or any(
        value is None and edit.value is None for _, value in lost
    )


def register_lost(world: World, found: Remembered, record: Record, edit: Edit) -> str | None:
    truth, name = world.truth, edit.field
    now = record.fields.get(name)
    if name == "parent":
        if now is None if edit.value is None else now in truth.owners[edit.space, str(edit.value)]:
            return None
        if edit.value is not None and _target_gone(world, found, edit):
            return None
        values = [value for _, value in found.lost[record.id, name]]
        if edit.value is None and None in values:
            return None
        if any(value in truth.owners[edit.space, str(edit.value)] for value in values):
            return None
    elif now == edit.value or any(value == edit.value for _, value in found.lost[record.id, name]):
        return None
    if superseded(world, record, edit) or took_back(world, edit):
        return None
    completed = name == "state" and world.policy.delete == "complete" and now == "done"
    if completed and any(record.id in truth.owners[place] for place, _ in truth.removals):
        return None
    return f"it is neither live ({now!r}) nor in the conflict list"


def _target_gone(world: World, found: Remembered, edit: Edit) -> bool:
    place = edit.space, str(edit.value)
    if any(where == place for where, _ in world.truth.removals) or place in world.truth.ever_left:
        return True
    owners = world.truth.owners[place]
    return all(one not in found.records or found.records[one].deleted for one in owners) or any(
        record in world.truth.owners[where] for where, _ in world.truth.removals for record in owners
    )


def people_lost(world: World, found: Remembered, record: Record, edit: Edit) -> str | None:
    live: set[int] = set()
    members = record.fields.get(PEOPLE)
    for member in members if isinstance(members, frozenset) else ():
        live |= found.human(world, member)
    wanted, seen = _humans(world, edit, edit.value), _humans(world, edit, edit.before)
    others = [other for other in world.truth.edits_of(record.id, PEOPLE) if other is not edit]
    added = {
        one
        for other in others
        if _may_overrule(other, edit)
        for one in _humans(world, other, other.value) - _humans(world, other, other.before)
    }
    removed = {
        one
        for other in others
        if _may_overrule(other, edit)
        for one in _humans(world, other, other.before) - _humans(world, other, other.value)
    }
    if missing := wanted - seen - live - removed:
        return f"human {sorted(missing)} is not among {sorted(live)}"
    known = [found.human(world, member) for member in edit.agreed or ()]
    if edit.agreed is not None and all(known):  # whom copsync put there without hearing of it, it does not miss
        seen &= frozenset().union(*known)
    if (back := (seen - wanted) & live - added) and not came_back(world, record, edit):
        return f"human {sorted(back)} is back among {sorted(live)}"
    return None


def _may_overrule(other: Edit, edit: Edit) -> bool:
    """Tell whether the other edit was not already known when this one was made."""
    return other.number > edit.number or other.taken is None or edit.taken is None or other.taken >= edit.taken


def _humans(world: World, edit: Edit, value: Value) -> frozenset[int]:
    return (
        frozenset(world.human(edit.space, person) for person in value) if isinstance(value, frozenset) else frozenset()
    )
