"""A run, in order: take the lease, look up what was interrupted, observe, plan, take in, send, note the cursors."""

from __future__ import annotations

import asyncio
import logging
import os
import secrets
import socket
from collections.abc import AsyncIterator, Awaitable, Callable, Mapping, Sequence
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from datetime import datetime
from time import monotonic
from typing import Protocol, TypeVar

from connectors.contract import Remote
from domain.errors import CopsyncError, Locked
from domain.fields import RecordType
from domain.plan import Plan
from domain.planner import plan as draw_plan
from store import state
from store.leases import LIFE_SECONDS, Lease
from store.state import Cursor
from store.store import Store
from sync.apply import Applied, Applier, Clock
from sync.community import Community
from sync.observe import Reader, Reading, health_after
from sync.people import Directory
from sync.progress import Progress, silent
from sync.recover import Recovery
from sync.report import Report, empty_report
from sync.situation import Approved, Gathered, Gatherer, Surging

log = logging.getLogger(__name__)

T = TypeVar("T")

ROUNDS = 3
"""How often a run merges anew what people changed while it was writing; the rest is for the next run."""


@dataclass(frozen=True, slots=True)
class Wish:
    """How to run: `full` reads everything, `approved` releases what a guard held."""

    full: bool = False
    approved: Approved = frozenset()


def new_run_id(now: datetime) -> str:
    """Return a run's id: sortable by time, unique."""
    return f"{now:%Y%m%d-%H%M%S}-{secrets.token_hex(3)}"


@dataclass(slots=True)
class Run:
    """One execution for one community. The steps are methods, so that an orchestrator can call them one by one."""

    community: Community
    store: Store
    clock: Clock
    wish: Wish = field(default=Wish())
    progress: Progress = silent
    id: str = ""
    sent: int = 0
    cursors: dict[str, Cursor] = field(default_factory=dict)
    surging: Surging = frozenset()

    def __post_init__(self) -> None:
        self.id = self.id or new_run_id(self.clock())

    def directory(self) -> Directory:
        """Return who is who, as far as the store and the configuration know."""
        with self.store.reading() as connection:
            members = state.load_members(connection, self.community.id)
            known_as = state.load_identities(connection, self.community.id)
            self.cursors = state.load_cursors(connection, self.community.id)
        return Directory.of(self.community, members, known_as)

    async def observe(self, directory: Directory, barred: Mapping[str, CopsyncError]) -> list[Reading]:
        """Read every space; `barred` ones are left alone because an interrupted write there is still unclear."""
        reader = Reader(self.community, self.store, self.progress)
        readings = await reader.read(self.cursors, self.clock(), full=self.wish.full)
        for reading in readings:
            if reading.space in barred:
                reading.fail(barred[reading.space])
            directory.learn(reading.space, reading.people)
        return readings

    async def plan(
        self, directory: Directory, readings: Sequence[Reading], *, everything: bool = False
    ) -> tuple[Gathered, Plan]:
        """Return the situation and the plan drawn from it."""
        gatherer = Gatherer(self.community, self.store, directory, self.wish.approved)
        everything = everything or self._rebound(readings)
        gathered = await gatherer.gather(readings, self.clock(), self.surging, everything=everything)
        plan = draw_plan(gathered.situation)
        self.surging = plan.surging
        return gathered, plan

    def _rebound(self, readings: Sequence[Reading]) -> bool:
        """Tell whether a space is new or bound to something else, so that every record concerns it."""
        bindings = {space.name: space.binding for space in self.community.spaces}
        return any(
            reading.ok and (reading.cursor is None or reading.cursor.binding != bindings[reading.space])
            for reading in readings
        )

    def take_in(
        self, lease: Lease, directory: Directory, gathered: Gathered, plan: Plan, cursors: Mapping[str, Cursor]
    ) -> None:
        """Keep what the plan takes into the hub, and the cursors up to which it was read, at once."""
        now = self.clock()
        if directory.new_members or directory.new_identities:
            self.store.save_members(lease, list(directory.new_members.values()), directory.new_identities, now)
            directory.new_members, directory.new_identities = {}, {}
        self.store.absorb(lease, self.id, plan, gathered.was_behind, cursors, now)

    async def apply(self, lease: Lease, directory: Directory, gathered: Gathered, plan: Plan) -> Applied:
        """Send the plan's steps."""
        applier = Applier(self.community, self.store, lease, self.id, self.clock, directory, self.progress)
        applied = await applier.apply(plan, gathered.situation.links, self.sent)
        self.sent += len(plan.steps)
        return applied

    def moved_cursors(self, readings: Sequence[Reading], gathered: Gathered, plan: Plan) -> dict[str, Cursor]:
        """Return where the next reads resume: not beyond anything that was not taken in."""
        reread = plan.reread | {held.space for held in gathered.held}
        moved = {}
        for reading in readings:
            if not reading.ok or reading.observation is None:
                continue
            binding = self.community.space(reading.space).binding
            if reading.space in reread:
                moved[reading.space] = _kept(reading, binding)
                continue
            full_at = reading.cursor.full_at if reading.cursor else None
            full_at = reading.began if reading.observation.complete else full_at
            moved[reading.space] = Cursor(reading.observation.cursor, binding, reading.began, full_at)
        return moved


def _kept(reading: Reading, binding: str) -> Cursor:
    if reading.cursor is None or reading.cursor.binding != binding:
        return Cursor(None, binding, reading.began, None)
    return reading.cursor


class Stage(Protocol):
    """Carries out one stage of a run; an orchestrator wraps it to show and time it.

    It awaits `work` once: the journal makes a new run safe, but nothing makes a stage safe to repeat inside a run.
    """

    async def __call__(self, name: str, work: Callable[[], Awaitable[T]]) -> T:
        """Return what `work` returns; `name` is recover, observe, plan, take in, apply or read again."""


async def straight(name: str, work: Callable[[], Awaitable[T]]) -> T:
    """Carry out a stage and nothing else."""
    del name
    return await work()


async def sync(
    community: Community,
    store: Store,
    clock: Clock,
    wish: Wish | None = None,
    progress: Progress = silent,
    stage: Stage = straight,
) -> Report:
    """Bring a community into step and report what was done.

    Raises:
        StoreProblem: the store failed; nothing that was acknowledged is lost.
    """
    run = Run(community, store, clock, wish or Wish(), progress)
    report = empty_report(run.id, community.id, [space.name for space in community.spaces])
    began, before = monotonic(), _requests(community)
    try:
        async with holding(run) as lease:
            await _sync(run, lease, report, stage)
            _finish(report, community, began, before)
            store.end_run(lease, run.id, report.state, report.json(), clock())
    except Locked as locked:
        report.locked = str(locked)
        _finish(report, community, began, before)
    return report


def _finish(report: Report, community: Community, began: float, before: Mapping[str, int]) -> None:
    report.took_s = monotonic() - began
    for space, requests in _requests(community).items():
        report.spaces[space].requests = requests - before[space]


def _requests(community: Community) -> dict[str, int]:
    return {space.name: space.connection.requests for space in community.spaces}


async def _sync(run: Run, lease: Lease, report: Report, stage: Stage) -> None:
    run.store.begin_run(lease, run.id, run.clock())
    directory = run.directory()
    barred = await stage("recover", Recovery(run.community, run.store, lease, run.clock, directory).settle)
    readings = await stage("observe", lambda: run.observe(directory, barred))
    report.add_readings(readings)
    for _ in range(ROUNDS):
        readings = await _turn(run, lease, report, directory, readings, stage)
        if not readings:
            return


async def _turn(
    run: Run, lease: Lease, report: Report, directory: Directory, readings: list[Reading], stage: Stage
) -> list[Reading]:
    """Plan from what was read, take it in, send it; return what people changed meanwhile."""

    async def take_in() -> None:
        run.take_in(lease, directory, gathered, plan, run.moved_cursors(readings, gathered, plan))

    gathered, plan = await stage("plan", lambda: run.plan(directory, readings))
    await stage("take in", take_in)
    report.add_plan(plan, gathered.held)
    applied = await stage("apply", lambda: run.apply(lease, directory, gathered, plan))
    _note(report, applied)
    if not any(applied.stale.values()):
        return []
    return await stage("read again", lambda: _moved_meanwhile(run, gathered, applied))


def _note(report: Report, applied: Applied) -> None:
    report.add_outcomes(applied.outcomes)
    for space, problem in applied.stopped.items():
        if isinstance(problem, CopsyncError):
            report.stop(space, health_after(problem), problem)


async def _moved_meanwhile(run: Run, gathered: Gathered, applied: Applied) -> list[Reading]:
    """Read anew what people changed while the run was writing."""
    links = {(link.space, link.record): link for link in gathered.situation.links}
    types = {key: record.type for key, record in gathered.situation.records.items()}
    readings = []
    for space, stale in applied.stale.items():
        if space in applied.stopped:
            continue
        reading = Reading(space, run.clock(), run.cursors.get(space))
        for record, remote in stale.items():
            link = links.get((space, record))
            if remote is None and link is not None:
                remote = await _again(run, space, types, link.record, link.remote)
            if isinstance(remote, Remote):
                reading.changed[remote.id] = remote
        if reading.changed:
            readings.append(reading)
    return readings


async def _again(run: Run, space: str, types: Mapping[str, RecordType], record: str, remote: str) -> Remote | None:
    try:
        found = await run.community.space(space).connector.fetch(types[record], remote)
    except CopsyncError as problem:
        log.warning("%s: %s could not be read again: %s", space, remote, problem)
        return None
    return found if isinstance(found, Remote) else None


async def preview(
    community: Community, store: Store, clock: Clock, wish: Wish | None = None, progress: Progress = silent
) -> Report:
    """Report what a sync would do; only reads are sent and nothing is kept."""
    run = Run(community, store, clock, wish or Wish(), progress)
    report = empty_report(run.id, community.id, [space.name for space in community.spaces], planned=True)
    began, before = monotonic(), _requests(community)
    directory = run.directory()
    readings = await run.observe(directory, {})
    gathered, plan = await run.plan(directory, readings)
    report.add_readings(readings)
    report.add_plan(plan, gathered.held)
    report.add_planned(plan.steps)
    _finish(report, community, began, before)
    return report


@asynccontextmanager
async def holding(run: Run) -> AsyncIterator[Lease]:
    """Hold the community's lease, renewed in the background, until the block ends.

    Raises:
        Locked: another run holds the community.
    """
    holder = f"run {run.id} (process {os.getpid()} on {socket.gethostname()})"
    lease = run.store.acquire(run.community.id, holder, run.clock())
    heart = asyncio.create_task(_beat(run, lease))
    try:
        yield lease
    finally:
        heart.cancel()
        run.store.release(lease)


async def _beat(run: Run, lease: Lease) -> None:
    while True:
        await asyncio.sleep(LIFE_SECONDS / 4)
        run.store.renew(lease, run.clock())
