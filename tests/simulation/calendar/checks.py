"""What must hold in a world of calendars: I2 and I3 whenever a process dies, everything once the faults are over."""

from __future__ import annotations

from domain.fields import same
from domain.parts import occurrence_of, whole_of
from domain.survive import DELETED
from tests.simulation.calendar.abilities import EVENT
from tests.simulation.calendar.claims import TABLE, live
from tests.simulation.calendar.losses import ever_recurred, no_edit_lost
from tests.simulation.calendar.people import ability_of
from tests.simulation.calendar.shown import in_step
from tests.simulation.calendar.world import CalendarWorld
from tests.simulation.connector import ViolationError
from tests.simulation.invariants.outside import outside_untouched
from tests.simulation.invariants.remembered import THERE, Remembered
from tests.simulation.world import World


def check_now(world: World) -> None:
    """I2, I3, whatever state things are in."""
    assert isinstance(world, CalendarWorld)
    found = Remembered.of(world)
    _nothing_doubled(world)
    _bases_were_held(world, found)


def check_settled(world: World) -> None:
    """Every invariant on a settled world of calendars."""
    assert isinstance(world, CalendarWorld)
    found = Remembered.of(world)
    if found.open_steps:
        raise ViolationError("I4: a write stayed unclear")
    _nothing_doubled(world)
    _everything_linked(world, found)
    _bases_were_held(world, found)
    in_step(world, found)
    no_edit_lost(world, found)
    _nobody_else_decides(world, found)
    _no_deletion_lost(world, found)
    outside_untouched(world)


def _nothing_doubled(world: CalendarWorld) -> None:
    """I2: no two live items of one calendar stand for the same gathering, or the same date of a series."""
    truth = world.truth
    for name, tool in world.tools.items():
        seen: dict[str, str] = {}
        for remote in tool.here():
            record = truth.now_for((name, remote))
            if record is None or (name, remote) in truth.restored | truth.unrecognisable:
                continue
            if record in seen:
                raise ViolationError(f"I2: {seen[record]} and {remote} in {name} both stand for {record}")
            seen[record] = remote


def _everything_linked(world: CalendarWorld, found: Remembered) -> None:
    """I2: in the end every item belongs to a record, and every link leads to an item."""
    for name, tool in world.tools.items():
        linked = {link.remote for link in found.links if link.space == name and link.state in THERE}
        here = set(tool.here())
        strangers = set() if ability_of(tool).signs else here - linked
        if strangers or linked - here:
            raise ViolationError(f"I2: {name} holds {sorted(strangers)} unlinked, lacks {sorted(linked - here)}")


def _bases_were_held(world: CalendarWorld, found: Remembered) -> None:
    """I3: what a base says was shown by that item once."""
    for link in found.links:
        tool = world.tools[link.space]
        if ability_of(tool).signs:
            continue
        shown = [tool.shown(item) for item in tool.versions.get(link.remote, ())]
        for name, value in link.base.items():
            if not any(same(TABLE[name], value, one.get(name)) for one in shown):
                raise ViolationError(
                    f"I3: the base of {link.space}/{link.remote} says {name}={value!r}, never shown there"
                )


def _nobody_else_decides(world: CalendarWorld, found: Remembered) -> None:
    """I5: nothing is deleted, called off, moved or made to repeat otherwise than a person did."""
    truth = world.truth
    for record in found.records.values():
        if record.type is not EVENT:
            continue
        places = _places_of(world, record.id)
        gone = {one for place, _ in truth.removals for one in truth.owners[place] if whole_of(one) == record.id}
        if record.deleted and record.id not in gone:
            raise ViolationError(f"I5: {record.id} is deleted, and nobody deleted it")
        if places & (truth.unrecognisable | truth.restored):
            continue  # it may have begun with what copsync wrote
        written = [edit for place in places for edit in truth.at_place[place]]
        for name in ("start", "end", "zone", "rrule"):
            value = record.fields.get(name)
            if value is not None and not any(edit.field == name and edit.value == value for edit in written):
                raise ViolationError(f"I5: {record.id} has {name}={value!r}, and nobody wrote that")
        for which in sorted(record.fields.get("exdates") or ()):  # type: ignore[arg-type]
            named = any(edit.field == "exdates" and which in (edit.value or ()) for edit in written)  # type: ignore[operator]
            if not named and f"{record.id}@{which}" not in gone:
                raise ViolationError(f"I5: {which} of {record.id} is called off, and nobody did that")


def _places_of(world: CalendarWorld, record: str) -> set[tuple[str, str]]:
    """Return where a record was ever shown, as a whole or date by date."""
    truth = world.truth
    return {place for owner in truth.places if whole_of(owner) == record for place in truth.places[owner]}


def _no_deletion_lost(world: CalendarWorld, found: Remembered) -> None:
    """I1: what a person deleted is gone everywhere, or outlived it for a reason that is told."""
    truth = world.truth
    for place, deletion in truth.removals:
        ability = ability_of(world.tools[place[0]])
        if place not in truth.removed or ability.signs or world.policy.delete != "trash":
            continue
        for owner in deletion.owners & set(found.records):
            record = found.records[owner]
            if occurrence_of(owner) or record.deleted or found.lost[owner, DELETED] or _has_edited_dates(world, owner):
                continue
            dates = {occurrence_of(one) for one in truth.owners[place] if whole_of(one) == owner}
            if any(live(record.fields, ("exdates", one)) for one in dates if one):
                continue  # it stood for one date of a series by then
            is_restored = bool(truth.restored & _places_of(world, owner))
            if not is_restored and (ability.can.series or not ever_recurred(world, owner)):
                raise ViolationError(f"I1: the deletion of {place[0]}/{place[1]} is forgotten: {owner} lives on")


def _has_edited_dates(world: CalendarWorld, record: str) -> bool:
    """Tell whether somebody edited a single date where a series is shown so: then it goes on, and a note says so."""
    truth = world.truth
    dates = [one for one in truth.places if whole_of(one) == record and occurrence_of(one)]
    return any(truth.at_place[place] for one in dates for place in truth.places[one])
