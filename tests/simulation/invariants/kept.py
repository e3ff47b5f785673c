"""I1 beyond single edits: deletions, what a poorer tool does not show, and whose values are in conflict."""

from __future__ import annotations

from datetime import datetime
from itertools import pairwise

from domain.capabilities import Hold
from domain.survive import DELETED
from domain.values import Value
from tests.simulation.connector import ViolationError
from tests.simulation.invariants.remembered import THERE, Remembered
from tests.simulation.truth import HUB, TOKENS, is_set, tokens
from tests.simulation.world import World


def no_deletion_lost(world: World, found: Remembered) -> None:
    """I1: what a person deleted is gone everywhere, or outlived the deletion for a reason that is told."""
    truth = world.truth
    for place, deletion in truth.removals:
        space = world.tools[place[0]].ability
        if place not in truth.removed or not deletion.owners or space.can.shadow or place in truth.ever_left:
            continue
        for record in deletion.owners & set(found.records):
            told = found.records[record].deleted or found.lost[record, DELETED] or world.policy.delete != "trash"
            brought_back = truth.restored & truth.places[record]
            if not told and not brought_back:
                raise ViolationError(f"I1: the deletion of {place[0]}/{place[1]} is forgotten: {record} lives on")
            link = found.by_record[record].get(place[0])
            again = link is not None and link.state in THERE and link.remote != place[1]
            if world.policy.delete != "trash" and again and not found.lost[record, DELETED] and not brought_back:
                raise ViolationError(f"I1: {record} was deleted in {place[0]}, kept elsewhere, and made there again")


def complements_kept(world: World) -> None:
    """I1: whoever edits in a tool that shows a part of a value takes nothing away from the rest of it."""
    for (record, name), values in world.truth.hub.items():
        if name in ("due", "start", "title"):
            for before, after in pairwise(values):
                _complement_kept(world, record, name, before, after)


def _complement_kept(world: World, record: str, name: str, before: Value, after: Value) -> None:
    """Look at an edit that replaced what its author saw, where its tool holds less than the hub.

    A text that is itself longer than its tool is said to hold has its own tail. Whoever wrote the same where the whole
    was shown has replaced the whole.
    """
    marks, edits = tokens(name, after), world.truth.edits_of(record, name)
    if any(one.value == after and one.before == before for one in edits):
        return
    for edit in edits:
        saw_it = edit.added and edit.added == marks and tokens(name, before) == tokens(name, edit.before) != frozenset()
        if edit.space not in world.tools or not saw_it:
            continue
        held = world.tools[edit.space].ability.can.fields[name]
        timed = held.hold is Hold.DAY and isinstance(before, datetime) and not isinstance(after, datetime)
        limit = held.max_length or 0
        hid_something = isinstance(edit.before, str) and edit.before != before
        own_tail = isinstance(edit.value, str) and len(edit.value) > limit
        long = bool(limit) and hid_something and not own_tail and isinstance(before, str) and len(before) > limit
        if timed or (long and not str(after).endswith(str(before)[limit - 1 :])):
            raise ViolationError(f"I1: {edit} took away what {edit.space} does not show: {before!r} became {after!r}")


def conflicts_are_peoples(world: World, found: Remembered) -> None:
    """I1: only what people wrote is in conflict; copsync's own writes are nobody's edit, if it heard of them.

    What somebody brought back from the trash is compared as at first contact, where either side's value is kept. What
    an admin decided for stands in the hub's name against whoever wrote something else before it was sent.
    """
    for (record, name), lost in found.lost.items():
        for space, value in lost:
            if space == HUB and value in world.truth.decided[record, name]:
                continue
            marks = tokens(name, value) if name in TOKENS and not is_set(name) else frozenset()
            theirs = {one for edit in world.truth.edits_of(record, name) if edit.space == space for one in edit.added}
            if _is_brought_back(world, space, record):
                continue
            if marks and not marks & theirs and (space, record) not in world.truth.unheard:
                raise ViolationError(f"I1: {value!r} is in conflict for {name}, and nobody wrote it in {space}")


def _is_brought_back(world: World, space: str, record: str) -> bool:
    return any(place[0] == space and place in world.truth.restored for place in world.truth.places[record])
