"""I3: a base equals what both sides have held."""

from __future__ import annotations

from domain.fields import same
from domain.plan import Link
from domain.values import Value
from tests.simulation.connector import ViolationError
from tests.simulation.invariants.remembered import Remembered
from tests.simulation.truth import REGISTERS, TABLE, TOKENS, tokens
from tests.simulation.world import World


def bases_were_held(world: World, found: Remembered) -> None:
    """I3: what a base says was shown by that item once, and known to the hub."""
    for link in found.links:
        tool = world.tools[link.space]
        shown = [tool.shown(item) for item in tool.versions.get(link.remote, ())]
        for name, value in link.base.items():
            if name in REGISTERS or name in TOKENS:
                _base_was_held(world, found, link, name, value, [one.get(name) for one in shown])


def _base_was_held(world: World, found: Remembered, link: Link, name: str, value: Value, shown: list[Value]) -> None:
    if name != "parent" and not any(same(TABLE[name], value, one) for one in shown):
        raise ViolationError(f"I3: the base of {link.space}/{link.remote} says {name}={value!r}, never shown there")
    held = world.truth.hub[link.record, name]
    lost = [value for _, value in found.lost[link.record, name]]
    if name in TOKENS:
        known = {one for some in (*held, *lost) for one in tokens(name, some)}
        if not tokens(name, value) <= known:
            raise ViolationError(f"I3: the base of {link.space}/{link.remote} says {name}={value!r}, the hub never did")
    elif name != "parent" and value not in (*held, *lost, TABLE[name].default):
        raise ViolationError(f"I3: the base of {link.space}/{link.remote} says {name}={value!r}, the hub never did")
