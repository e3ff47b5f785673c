"""The same world driven by Hypothesis, which looks for the shortest story that breaks an invariant."""

from __future__ import annotations

import logging
from typing import ClassVar

from hypothesis import settings
from hypothesis import strategies as st
from hypothesis.stateful import RuleBasedStateMachine, initialize, invariant, precondition, rule
from sqlalchemy import Engine

from tests.simulation import people
from tests.simulation.invariants.checks import check_now, check_settled
from tests.simulation.invariants.settle import settle
from tests.simulation.world import World, empty, open_store

SEEDS = st.integers(0, 10_000)


class Town(RuleBasedStateMachine):
    """People act, runs begin, tools close and open, in any order; in the end everything comes to rest."""

    engine: ClassVar[Engine]
    world: World

    def __init__(self) -> None:
        super().__init__()
        logging.disable(logging.CRITICAL)

    @initialize(seed=SEEDS)
    def found(self, seed: int) -> None:
        empty(self.engine)
        self.world = World(seed, self.engine)
        self.world.after_death = check_now

    @rule(times=st.integers(1, 4))
    def people_act(self, times: int) -> None:
        for _ in range(times):
            people.act(self.world)

    @rule(full=st.booleans())
    def run(self, full: bool) -> None:
        self.world.run(full=full)

    @rule()
    def somebody_approves(self) -> None:
        self.world.run(approved=frozenset(self.world.held))

    @rule(place=st.integers(0, 3), why=st.sampled_from(["archived", "access withdrawn", "token revoked"]))
    def a_tool_closes(self, place: int, why: str) -> None:
        names = self.world.names
        self.world.tools[names[place % len(names)]].closed = why

    @rule()
    def everything_opens(self) -> None:
        for tool in self.world.tools.values():
            tool.closed = None

    @precondition(lambda self: "people change" in self.world.faults.drawn)
    @rule()
    def accounts_change(self) -> None:
        people.change_accounts(self.world)

    @rule()
    def peace_comes(self) -> None:
        settle(self.world)
        check_settled(self.world)
        self.world.faults.on = True

    @invariant()
    def nothing_is_lost_or_doubled(self) -> None:
        if hasattr(self, "world"):
            check_now(self.world)

    def teardown(self) -> None:
        if hasattr(self, "world"):
            settle(self.world)
            check_settled(self.world)
            self.world.end()
        logging.disable(logging.NOTSET)


def test_no_story_breaks_an_invariant() -> None:
    Town.engine = open_store()
    try:
        Town.TestCase.settings = settings(max_examples=25, stateful_step_count=12, deadline=None)
        Town.TestCase("runTest").runTest()
    finally:
        Town.engine.dispose()
