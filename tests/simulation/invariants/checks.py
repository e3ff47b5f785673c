"""What must hold: I1 to I3 whenever a process dies, all of them once the faults are over."""

from __future__ import annotations

from tests.simulation.connector import ViolationError
from tests.simulation.invariants.bases import bases_were_held
from tests.simulation.invariants.edits import no_edit_lost
from tests.simulation.invariants.identity import everything_linked, nothing_below_itself, nothing_doubled
from tests.simulation.invariants.kept import complements_kept, conflicts_are_peoples, no_deletion_lost
from tests.simulation.invariants.outside import outside_untouched
from tests.simulation.invariants.remembered import Remembered
from tests.simulation.invariants.step import in_step
from tests.simulation.truth import TASK
from tests.simulation.world import World


def check_now(world: World) -> None:
    """I1 to I3, whatever state things are in."""
    found = Remembered.of(world)
    nothing_doubled(world, found)
    bases_were_held(world, found)
    no_edit_lost(world, found, settled=False)


def check_settled(world: World) -> None:
    """Every invariant on a settled world."""
    found = Remembered.of(world)
    if found.open_steps:
        raise ViolationError("I4: a write stayed unclear")
    nothing_doubled(world, found)
    everything_linked(world, found)
    nothing_below_itself(found)
    bases_were_held(world, found)
    for record in found.records.values():
        if record.type is TASK:
            in_step(world, found, record)
    no_edit_lost(world, found, settled=True)
    no_deletion_lost(world, found)
    complements_kept(world)
    conflicts_are_peoples(world, found)
    outside_untouched(world)
