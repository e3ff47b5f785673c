"""When an edit need not be found any more: somebody who knew it, or its like, went on from there."""

from __future__ import annotations

from domain.records import Record
from tests.simulation.truth import TOKENS, Edit
from tests.simulation.world import World


def superseded(world: World, record: Record, edit: Edit) -> bool:
    others = [other for other in world.truth.edits_of(record.id, edit.field) if other is not edit]
    if edit.field in TOKENS:
        return any(edit.added & other.removed for other in others)
    return any(edit.number in other.saw or _replaced_its_like(world, other, edit) for other in others)


def _replaced_its_like(world: World, other: Edit, edit: Edit) -> bool:
    """Tell whether somebody later replaced the very value in another tool, where it had come from an earlier edit.

    The hub must have taken the edit in before: what met in one merge is a conflict, whatever its authors saw.
    """
    if edit.taken is None or other.taken is None:
        return False
    later = other.number > edit.number and other.taken > edit.taken
    return later and world.truth.means_same(edit.field, edit.space, edit.value, other.space, other.before)


def took_back(world: World, edit: Edit) -> bool:
    """Tell whether somebody only took a change back that copsync had not even read: nothing was to be seen of it."""
    earlier = [one for one in world.truth.at_place[edit.place] if one.number < edit.number and one.taken is None]
    return any(one.field == edit.field and one.before == edit.value for one in earlier)


def came_back(world: World, record: Record, edit: Edit) -> bool:
    """Tell whether an old item of this record was restored, or the edit met one that copsync had not heard of yet.

    Such an item is compared as at first contact: what either side shows is kept.
    """
    if edit.number in world.truth.unlinked:
        return True
    return any(place in world.truth.restored for place in world.truth.places[record.id])
