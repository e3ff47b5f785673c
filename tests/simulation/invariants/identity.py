"""I2: nothing is doubled, nothing stands alone, and nothing lies below itself."""

from __future__ import annotations

from tests.simulation.connector import ViolationError
from tests.simulation.invariants.remembered import THERE, Remembered
from tests.simulation.world import World


def nothing_doubled(world: World, found: Remembered) -> None:
    """I2: no two live items of one space stand for the same record, but for those a person brought back."""
    for name, tool in world.tools.items():
        seen: dict[str, str] = {}
        for remote in tool.here():
            place = name, remote
            records = set(world.truth.owners[place]) | {world.truth.made_for.get(place, remote)}
            if place in world.truth.restored | world.truth.ever_left | world.truth.unrecognisable:
                continue
            for record in records:
                if record in seen:
                    raise ViolationError(f"I2: {seen[record]} and {remote} in {name} both stand for {record}")
                seen[record] = remote


def everything_linked(world: World, found: Remembered) -> None:
    """I2: in the end every mirrored item belongs to exactly one record, and every link leads to an item."""
    for name, tool in world.tools.items():
        linked = {link.remote for link in found.links if link.space == name and link.state in THERE}
        here = set(tool.here())
        strangers = {one for one in here - linked if not tool.ability.can.shadow}
        if strangers or linked - here:
            raise ViolationError(f"I2: {name} holds {sorted(strangers)} unlinked, lacks {sorted(linked - here)}")


def nothing_below_itself(found: Remembered) -> None:
    """I2: whoever goes from an item to its parent and on comes to an end, or no tool could show it."""
    for record in found.records.values():
        above, at = set[str](), record.fields.get("parent")
        while isinstance(at, str) and at in found.records and at not in above:
            above.add(at)
            at = found.records[at].fields.get("parent")
        if record.id in above:
            raise ViolationError(f"I2: {record.id} lies below itself")
