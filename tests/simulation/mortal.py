"""The real store, in a process that may die at any commit, on a disk that may be full."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from datetime import datetime
from typing import TYPE_CHECKING, Any

from sqlalchemy import Engine
from sqlalchemy.engine import Connection

from domain.errors import StoreProblem
from domain.plan import Plan
from store import leases
from store.journal import Outcome
from store.leases import Lease
from store.store import Store
from tests.simulation.faults import PER_STORE

if TYPE_CHECKING:
    from collections.abc import Callable

    from tests.simulation.world import Process


class MortalStore(Store):
    """One process's store; what is committed is told to the truth, also when the process dies right after."""

    def __init__(self, engine: Engine, process: Process) -> None:
        super().__init__(engine)
        self.process = process
        self._tell: Callable[[], None] | None = None

    def acquire(self, community: str, holder: str, now: datetime) -> Lease:
        self._may_fail()
        return leases.acquire(self.engine, community, holder, None, now)  # all processes here are one to the system

    def release(self, lease: Lease) -> None:
        self._may_fail()
        super().release(lease)

    @contextmanager
    def reading(self) -> Iterator[Connection]:
        self._may_fail()
        with super().reading() as connection:
            yield connection

    @contextmanager
    def writing(self, lease: Lease, now: datetime) -> Iterator[Connection]:
        self._may_fail()
        with super().writing(lease, now) as connection:
            yield connection
            self.process.commits(before=True)
            self._may_fail()
        tell, self._tell = self._tell, None
        if tell is not None:
            tell()
        self.process.commits(before=False)
        if self.process.world.faults.strikes("commit unconfirmed", PER_STORE["commit unconfirmed"]):
            raise StoreProblem("The connection broke during a commit.", mend="Run again.")

    def absorb(self, lease: Lease, run: str, plan: Plan, *others: Any, **more: Any) -> None:
        excess = self.process.world.excess(plan)
        self._tell = lambda: self._absorbed(plan, excess)
        super().absorb(lease, run, plan, *others, **more)

    def _absorbed(self, plan: Plan, excess: str | None) -> None:
        """Take note of a plan that is kept; one that a run drew which was overtaken is refused, and never is."""
        if excess:
            self.process.world.violate(excess)
        self.process.world.truth.absorbed(plan)

    def conclude(self, lease: Lease, outcomes: Sequence[Outcome], *others: Any, **more: Any) -> None:
        self._tell = lambda: self.process.world.truth.concluded(outcomes)
        super().conclude(lease, outcomes, *others, **more)

    def _may_fail(self) -> None:
        self.process.must_live()
        if self.process.world.faults.strikes("disk full", PER_STORE["disk full"]):
            self._tell = None
            raise StoreProblem("The disk is full.", mend="Free some space.")
