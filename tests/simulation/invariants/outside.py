"""I8: what is not mirrored stays as it is."""

from __future__ import annotations

from tests.simulation.connector import ViolationError
from tests.simulation.tools import ELSEWHERE
from tests.simulation.world import World


def outside_untouched(world: World) -> None:
    """I8: what is not mirrored is as its people left it."""
    for name, tool in world.tools.items():
        for item in tool.items.values():
            if (
                item.container == ELSEWHERE
                and item.by == "copsync"
                and (name, item.remote) not in world.truth.ever_left
            ):
                raise ViolationError(f"I8: {name}/{item.remote} lies outside and was changed")
        first = tool.versions[f"{name}-1"]
        if len(first) != 1:
            raise ViolationError(f"I8: {name}/{name}-1 lies outside and was changed")
