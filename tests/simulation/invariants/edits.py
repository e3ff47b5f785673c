"""I1: every edit of a person is live, was superseded, lost a recorded conflict, or was deleted with its item."""

from __future__ import annotations

from domain.records import Record
from tests.simulation.connector import ViolationError
from tests.simulation.invariants.losses import people_lost, register_lost, tokens_lost
from tests.simulation.invariants.remembered import Remembered
from tests.simulation.invariants.superseded import superseded
from tests.simulation.tools import ELSEWHERE
from tests.simulation.truth import HUB, PEOPLE, REGISTERS, TOKENS, Edit, tokens
from tests.simulation.world import World


def no_edit_lost(world: World, found: Remembered, *, settled: bool) -> None:
    """I1: what a person wrote is live, was replaced by who saw it, lost a recorded conflict, or was deleted."""
    for edit in world.truth.edits:
        if not settled and _still_there(world, edit):
            continue
        if _is_excused(world, edit, settled=settled) or _shown_by_a_stray_sign(world, found, edit):
            continue
        owners = [found.records[one] for one in world.truth.owners[edit.place] if one in found.records]
        if not owners:
            raise ViolationError(f"I1: {edit} belongs to no record")
        words = [lost for record in owners if (lost := _lost(world, found, record, edit))]
        if len(words) == len(owners):
            raise ViolationError(f"I1: {edit}: {words[0]}")


def _still_there(world: World, edit: Edit) -> bool:
    """Tell whether the item still shows the edit, so that copsync can take it in yet."""
    if edit.space == HUB:
        return edit.taken is None
    tool = world.tools[edit.space]
    item = tool.items.get(edit.remote)
    if item is None:
        return False
    shown = tool.shown(item).get(edit.field)
    if edit.field in TOKENS:
        return edit.added <= tokens(edit.field, shown) and not edit.removed & tokens(edit.field, shown)
    return shown == edit.value


def _shown_by_a_stray_sign(world: World, found: Remembered, edit: Edit) -> bool:
    """Tell whether a deadline still shows the edit that is linked no more: deleted, shown anew, and then restored.

    Only signs of records are mirrored in a calendar, so that it is left alone like whatever else people put there.
    """
    restored = edit.space != HUB and edit.taken is None and edit.place in world.truth.restored
    if not restored or not world.tools[edit.space].ability.can.shadow:
        return False
    linked = any((link.space, link.remote) == edit.place for link in found.links)
    return not linked and _still_there(world, edit)


def _is_excused(world: World, edit: Edit, *, settled: bool) -> bool:
    """Tell whether the edit lies where a person put it: in the trash, or outside what is mirrored."""
    truth, place = world.truth, edit.place
    under_what_is_gone = edit.field == "parent" and any(
        where == (edit.space, edit.value) for where, _ in truth.removals
    )
    if edit.number in truth.reverted or (edit.taken is None and under_what_is_gone):
        return True
    if edit.space == HUB:
        return False
    tool = world.tools[edit.space]
    item = tool.items.get(edit.remote)
    if item is None:
        deletion = truth.removed.get(place)
        if deletion is not None and (edit.taken is None or edit.taken > deletion.commit):
            return True
    elif item.container == ELSEWHERE:
        return True
    if tool.ability.can.shadow and not truth.owners[place]:
        return True
    if not settled and edit.taken is None and _written_over_in_place(world, edit):
        return True
    return (edit.space, edit.remote) in world.unreadable_places


def _written_over_in_place(world: World, edit: Edit) -> bool:
    """Tell whether somebody changed the same field of the same item before copsync read it."""
    return any(other.field == edit.field and other.number > edit.number for other in world.truth.at_place[edit.place])


def _lost(world: World, found: Remembered, record: Record, edit: Edit) -> str | None:
    """Return why the edit is nowhere in a record, or None."""
    if record.deleted and _died_with(world, record, edit):
        return None
    if edit.field in REGISTERS:
        return register_lost(world, found, record, edit)
    if edit.field == PEOPLE:
        return people_lost(world, found, record, edit)
    return tokens_lost(world, found, record, edit)


def _died_with(world: World, record: Record, edit: Edit) -> bool:
    """Tell whether the record was deleted by somebody who saw the edit, or did not have to."""
    truth = world.truth
    if edit.place in truth.removed:
        return True
    marks = edit.added if edit.field in TOKENS else {edit.number}
    for place, deletion in truth.removals:
        if record.id not in truth.owners[place]:
            continue
        if marks & deletion.saw or (edit.field in TOKENS and edit.removed and not edit.added):
            return True
        if edit.field not in deletion.view or edit.field == PEOPLE:
            return edit.taken is not None and edit.taken < truth.deleted_at.get(record.id, 0)
    return superseded(world, record, edit)
