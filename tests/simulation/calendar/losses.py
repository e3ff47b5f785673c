"""I1: what a person wrote about a gathering or one of its dates is live, was replaced by who saw it, or is told of."""

from __future__ import annotations

from datetime import datetime

from domain.fields import RECURRENCE
from domain.parts import part_id, whole_of
from domain.records import Record
from domain.recurrence.change import takes_place
from domain.recurrence.series import series_from_fields
from domain.values import Fields, is_empty
from tests.simulation.calendar.abilities import SPAN, TEXTS
from tests.simulation.calendar.claims import DATES, Claim, claims, entries, live, marks, same_value
from tests.simulation.calendar.people import ability_of
from tests.simulation.calendar.world import CalendarWorld
from tests.simulation.connector import ViolationError
from tests.simulation.invariants.remembered import Remembered
from tests.simulation.tools import ELSEWHERE
from tests.simulation.truth import Deletion, Edit


def no_edit_lost(world: CalendarWorld, found: Remembered) -> None:
    """I1: every edit of a person, in the end."""
    for edit in world.truth.edits:
        if _is_excused(world, edit):
            continue
        owners = [one for one in world.truth.owners[edit.place] if whole_of(one) in found.records]
        if not owners:
            raise ViolationError(f"I1: {edit} belongs to no record")
        lost = [_lost(world, found, owner, edit) for owner in owners]
        if all(lost):
            raise ViolationError(f"I1: {lost[-1]}")


def _is_excused(world: CalendarWorld, edit: Edit) -> bool:
    """Tell whether the edit lies where a person put it, or cannot be told from what copsync did."""
    tool, truth = world.tools[edit.space], world.truth
    item = tool.items.get(edit.remote)
    if edit.number in truth.reverted or edit.place in world.unreadable_places:
        return True
    if edit.number in truth.unlinked and is_empty(edit.value):
        return True  # as at first contact, what is empty contradicts nothing
    if item is None and edit.place in truth.removed:
        deletion = truth.removed[edit.place]
        return edit.taken is None or edit.taken > deletion.commit
    return item is not None and item.container == ELSEWHERE


def _lost(world: CalendarWorld, found: Remembered, owner: str, edit: Edit) -> str | None:
    """Return what of an edit is nowhere in the record, or None."""
    record = found.records[whole_of(owner)]
    others = _claims_on(world, record.id)
    for claim in claims(edit, owner):
        if not _stands(world, found, record, claim, others):
            return f"{claim} is neither live nor told of; {record.id} says {live(record.fields, claim.key)!r}"
    return None


def _claims_on(world: CalendarWorld, record: str) -> list[Claim]:
    owners = [one for one in world.truth.places if whole_of(one) == record]
    return [
        claim
        for owner in owners
        for place in world.truth.places[owner]
        for edit in world.truth.at_place[place]
        for claim in claims(edit, owner)
    ]


def _stands(world: CalendarWorld, found: Remembered, record: Record, claim: Claim, others: list[Claim]) -> bool:
    if _is_shown(record.fields, claim) or _is_told(found, record, claim):
        return True
    if record.deleted and _died(world, record, claim):
        return True
    if _says_nothing(world, record, claim) or _is_superseded(claim, others) or _is_overruled(world, record, claim):
        return True
    if _went_along(world, record, claim, others):
        return True
    return len(claim.key) == 2 and _went(world, record, claim, others)


def _is_shown(fields: Fields, claim: Claim) -> bool:
    now = live(fields, claim.key)
    if claim.key == ("zone",) and (claim.value is None or not isinstance(fields.get("start"), datetime)):
        return True  # days have none, and that they are days the start says
    if claim.key[-1] in TEXTS and claim.value is not None:
        if claim.brought:
            return claim.brought <= marks(now)
        return marks(now) <= marks(claim.value) or not marks(claim.before)
    if len(claim.key) == 2 and claim.value is None:
        return claim.key not in entries(fields.get("overrides"))
    return now == claim.value or (not now and not claim.value)


def _is_told(found: Remembered, record: Record, claim: Claim) -> bool:
    """Tell whether it is the loser of a conflict."""
    for name in {claim.key[0], "overrides"}:
        for _, value in found.lost[record.id, name]:
            told = entries(value).get(claim.key) if name == "overrides" else value
            if told == claim.value or (claim.brought and claim.brought <= marks(told)):
                return True
    return False


def _died(world: CalendarWorld, record: Record, claim: Claim) -> bool:
    """Tell whether it went with its record: deleted after it had been taken in, or by who saw it."""
    taken, truth = claim.edit.taken, world.truth
    if taken is not None and taken <= truth.deleted_at.get(record.id, 0):
        return True
    return any(record.id in truth.owners[place] and _saw(deletion, claim) for place, deletion in truth.removals)


def _saw(deletion: Deletion, claim: Claim) -> bool:
    shown = deletion.view.get(claim.key[-1])
    return claim.brought <= marks(shown) if claim.brought else shown == claim.value


def _is_overruled(world: CalendarWorld, record: Record, claim: Claim) -> bool:
    """Tell whether an admin decided about it, who need not have known of what was edited since."""
    return claim.edit.taken is not None and bool(world.truth.decided[record.id, claim.key[0]])


def _says_nothing(world: CalendarWorld, record: Record, claim: Claim) -> bool:
    """Tell whether it is the date of what stands for a series in a calendar that holds none, or calls off no date."""
    if claim.key[0] == "exdates" and claim.value:
        series = series_from_fields(record.fields)
        return series is None or not takes_place(series, claim.key[1])
    holds_series = ability_of(world.tools[claim.edit.space]).can.series
    return claim.key[0] in SPAN and not holds_series and ever_recurred(world, record.id)


def ever_recurred(world: CalendarWorld, record: str) -> bool:
    """Tell whether a record was a series at any time."""
    return any(any(world.truth.hub[record, name]) for name in RECURRENCE)


def _is_superseded(claim: Claim, others: list[Claim]) -> bool:
    return any(one.edit is not claim.edit and one.key == claim.key and _replaced(one, claim) for one in others)


def _went_along(world: CalendarWorld, record: Record, claim: Claim, others: list[Claim]) -> bool:
    """Tell whether an item was made that said what its series says, and the series, or this date of it, was changed."""
    if len(claim.key) == 1 or claim.key[0] in DATES or claim.before is not None:
        return False
    if claim.value not in world.truth.hub[record.id, claim.key[1]]:
        return False
    later = [one for one in others if one.edit.number > claim.edit.number]
    named = any(one.key == claim.key and one.before is None for one in later)
    return named or any(one.key == claim.key[1:] and _replaced(one, claim) for one in later)


def _replaced(other: Claim, claim: Claim) -> bool:
    """Tell whether somebody who saw a value replaced it, or its place was written anew before it was read."""
    if claim.brought and claim.brought & (marks(other.before) - marks(other.value)):
        return True
    knew = same_value(claim.key, other.before, claim.value)
    if other.edit.number > claim.edit.number:
        return knew or (other.edit.place == claim.edit.place and claim.edit.taken is None)
    return knew and other.edit.place == claim.edit.place and other.edit.taken is None  # only taken back, unread


def _went(world: CalendarWorld, record: Record, claim: Claim, others: list[Claim]) -> bool:
    """Tell whether a date was called off by who saw the claim, or after it was taken in; or came back by an edit."""
    which = claim.key[1] if claim.key[0] in DATES else claim.key[0]
    called_off = [one for one in others if one.key == ("exdates", which) and one.value is True]
    part, truth = part_id(record.id, which), world.truth
    gone = [deletion for place, deletion in truth.removals if part in truth.owners[place]]
    if claim.key[0] in DATES and claim.value is False:
        return bool(called_off or gone)
    if claim.key[0] == "rdates" and gone:
        return True  # whoever deleted its entry saw the date, be it by the rule or by this
    if claim.key[0] in DATES or claim.value is None:
        return _came_back(world, part, which, others)
    taken = claim.edit.taken
    if taken is None:
        return any(_saw(deletion, claim) for deletion in gone)
    off = any(one.edit is not claim.edit and taken <= (one.edit.taken or 0) for one in called_off)
    return off or any(taken <= deletion.commit or _saw(deletion, claim) for deletion in gone)


def _came_back(world: CalendarWorld, part: str, which: str, others: list[Claim]) -> bool:
    """Tell whether a date that was called off takes place after all: somebody edited it, or restored its entry."""
    edited = any(one.key[0] == which and one.value is not None for one in others)
    return edited or any(part in world.truth.owners[place] for place in world.truth.restored)
