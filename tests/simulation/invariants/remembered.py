"""What copsync's store says, as the invariants read it."""

from __future__ import annotations

from collections import defaultdict
from dataclasses import dataclass, field

from domain.plan import Link, LinkState
from domain.records import Record
from domain.values import Value
from store import runs, state
from store.state import Wanted
from store.store import Store
from sync.community import Community
from sync.people import Directory
from tests.simulation.truth import BERLIN, COMMUNITY, conflict_value
from tests.simulation.world import World

THERE = (LinkState.LIVE, LinkState.WITHDRAW)


@dataclass(slots=True)
class Remembered:
    """What copsync's store says, read once for all checks."""

    records: dict[str, Record]
    links: list[Link]
    lost: dict[tuple[str, str], list[tuple[str, Value]]]
    undecided: set[tuple[str, str]]
    known_as: dict[str, dict[str, str]]
    open_steps: int
    by_record: dict[str, dict[str, Link]] = field(default_factory=lambda: defaultdict(dict))

    @classmethod
    def of(cls, world: World) -> Remembered:
        """Read the store."""
        with Store(world.engine).reading() as connection:
            records, links = state.load(connection, COMMUNITY, Wanted(everything=True))
            conflicts = runs.conflicts_of(connection, COMMUNITY)
            known_as = state.load_identities(connection, COMMUNITY)
            members = state.load_members(connection, COMMUNITY)
            open_steps = runs.open_steps(connection, COMMUNITY)
        lost: dict[tuple[str, str], list[tuple[str, Value]]] = defaultdict(list)
        for conflict in conflicts:
            for side in conflict["lost"]:
                value = conflict_value(world.mirrored, conflict["field"], side["value"])
                lost[conflict["record"], conflict["field"]].append((side["space"], value))
        directory = Directory.of(Community(COMMUNITY, "Sim", BERLIN, world.policy, ()), members, known_as)
        records, links = directory.known_now(records, links)
        undecided = {(one["record"], one["field"]) for one in conflicts if one["undecided"]}
        found = cls(records, links, lost, undecided, known_as, open_steps)
        for link in links:
            found.by_record[link.record][link.space] = link
        return found

    def human(self, world: World, member: str) -> frozenset[int]:
        """Return whom a member record stands for."""
        return frozenset(
            world.human(space, person)
            for space, people in self.known_as.items()
            for person, record in people.items()
            if record == member
        )
