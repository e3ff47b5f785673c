"""A run's stages as methods on what they share, and the lease under which they happen."""

from __future__ import annotations

import logging
import secrets
from collections.abc import AsyncIterator, Awaitable, Callable, Mapping, Sequence
from contextlib import asynccontextmanager
from dataclasses import dataclass, field, replace
from datetime import datetime
from typing import Protocol, TypeVar

from connectors.contract import Remote
from domain.aside import Side
from domain.errors import CopsyncError
from domain.plan import LinkState, Plan
from domain.planner import plan as draw_plan
from store import approvals, aside, state
from store.approvals import Approved
from store.aside import Key
from store.leases import Lease
from store.state import Cursor, Met
from store.store import Store
from sync.apply import Applied, Applier, Clock
from sync.comments import count_comments
from sync.community import Community
from sync.direct import DirectReads, Unread
from sync.hold import hold
from sync.observe import Reader, Reading
from sync.people import Directory
from sync.progress import Progress, silent
from sync.remembered import Remembered, learn, unfit, unread
from sync.reviewed import Reviewed
from sync.situation import Gathered, Gatherer, Surging
from sync.together import together

log = logging.getLogger(__name__)

T = TypeVar("T")


@dataclass(frozen=True, slots=True)
class Wish:
    """How to run: `full` reads everything, `approved` releases what a guard held.

    With a `reviewed` plan, a run does what it says or nothing, and what people change meanwhile is left to the next.
    Records that are `unsent` and to be taken back are not sent now.
    """

    full: bool = False
    approved: Approved = frozenset()
    reviewed: Reviewed | None = None
    unsent: frozenset[str] = frozenset()


def new_run_id(now: datetime) -> str:
    """Return a run's id: sortable by time, unique."""
    return f"{now:%Y%m%d-%H%M%S}-{secrets.token_hex(3)}"


@dataclass(slots=True)
class Run:
    """One execution for one community. The stages are methods, so that an orchestrator can call them one by one.

    `only` narrows it to some records; everything else is left to other runs.
    """

    community: Community
    store: Store
    clock: Clock
    wish: Wish = field(default=Wish())
    progress: Progress = silent
    id: str = ""
    only: frozenset[str] | None = None
    sent: int = 0
    cursors: dict[str, Cursor] = field(default_factory=dict)
    surging: Surging = frozenset()
    remembered: Remembered = field(default=Remembered())
    vanished: list[Key] = field(default_factory=list)

    def __post_init__(self) -> None:
        self.id = self.id or new_run_id(self.clock())

    def directory(self) -> Directory:
        """Return who is who, as far as the store and the configuration know; remember what else was left behind."""
        with self.store.reading() as connection:
            members = state.load_members(connection, self.community.id)
            known_as = state.load_identities(connection, self.community.id)
            unlisted = state.load_unlisted(connection, self.community.id)
            self.cursors = state.load_cursors(connection, self.community.id)
            released = approvals.load(connection, self.community.id)
            self.remembered = Remembered(released | self.wish.approved, aside.load(connection, self.community.id))
        return Directory.of(self.community, members, known_as, unlisted)

    async def observe(self, directory: Directory, barred: Mapping[str, CopsyncError]) -> list[Reading]:
        """Read every space; `barred` ones are left alone because an interrupted write there is still unclear."""
        reader = Reader(self.community, self.store, self.progress)
        readings = await reader.read(self.cursors, self.clock(), full=self.wish.full)
        for reading in readings:
            if reading.space in barred:
                reading.leave_alone(barred[reading.space])
            directory.meet(reading.space, reading.people)
        await together(*(self._try_again(reading) for reading in readings if reading.ok))
        return readings

    async def _try_again(self, reading: Reading) -> None:
        """Read again what was set aside long enough: its last change lies behind the cursor."""
        tried = {*reading.changed, *(one.remote for one in reading.unread)}
        due = [one for one in self.remembered.due(self.clock()) if one.space == reading.space and one.item not in tried]
        try:
            found = await DirectReads(self.community.space(reading.space)).of([(one.type, one.item) for one in due])
        except CopsyncError as problem:
            reading.fail(problem)
            return
        for trouble, answer in zip(due, found, strict=True):
            if isinstance(answer, Remote):
                reading.changed[trouble.item] = answer
            elif isinstance(answer, Unread):
                reading.unread.append(answer)
            else:
                self.vanished.append(trouble.key)

    async def plan(
        self, directory: Directory, readings: Sequence[Reading], *, everything: bool = False
    ) -> tuple[Gathered, Plan]:
        """Return the situation and the plan drawn from it."""
        gatherer = Gatherer(self.community, self.store, directory, self.remembered)
        everything = everything or self._rebound(readings) or self._met_people(directory)
        gathered = await gatherer.gather(readings, self.clock(), self.surging, everything=everything)
        if self.only is not None:
            gathered = _narrowed(gathered, self.only)
        if self.wish.unsent:
            gathered = self._keeping_back(gathered)
        plan = draw_plan(gathered.situation)
        if plan.inquire:
            counted = await count_comments(self.community, gathered.situation, plan)
            gathered = replace(gathered, situation=replace(gathered.situation, comments=counted))
            plan = draw_plan(gathered.situation)
        self.surging = plan.surging
        return gathered, plan

    def _keeping_back(self, gathered: Gathered) -> Gathered:
        pairs = {(space.name, record) for space in self.community.spaces for record in self.wish.unsent}
        situation = replace(gathered.situation, aside=gathered.situation.aside | pairs)
        return replace(gathered, situation=situation)

    def _met_people(self, directory: Directory) -> bool:
        """Tell whether somebody can be named in a space only now, so that any record may have to name them there."""
        return self.only is None and directory.can_name_more()

    def _rebound(self, readings: Sequence[Reading]) -> bool:
        """Tell whether a space is new or bound to something else, so that every record concerns it."""
        bindings = {space.name: space.binding for space in self.community.spaces}
        return self.only is None and any(
            reading.ok and (reading.cursor is None or reading.cursor.binding != bindings[reading.space])
            for reading in readings
        )

    def take_in(
        self, lease: Lease, directory: Directory, readings: Sequence[Reading], gathered: Gathered, plan: Plan
    ) -> None:
        """Keep what the plan takes into the hub, and the cursors up to which it was read, at once."""
        now = self.clock()
        met = Met(list(directory.new_members.values()), directory.identities_to_keep(), directory.away())
        cursors = self.moved_cursors(readings, gathered, plan)
        used = list(cursors) if self.remembered.approved else []
        behind = gathered.was_behind
        self.store.absorb(lease, self.id, plan, behind, cursors, now, used, met)
        directory.kept()

    async def apply(self, lease: Lease, directory: Directory, gathered: Gathered, plan: Plan) -> Applied:
        """Send the plan's steps."""
        applier = Applier(self.community, self.store, lease, self.id, self.clock, directory, self.progress)
        applied = await applier.apply(plan, gathered.situation.links, self.sent)
        self.sent += len(plan.steps)
        return applied

    def learn(self, lease: Lease, gathered: Gathered, plan: Plan, applied: Applied) -> None:
        """Note what failed once more, and what is well again."""
        asides, now = dict(self.remembered.asides), self.clock()
        held = (*gathered.held, *plan.held)
        seen = {(one.space, one.remote) for one in gathered.situation.seen}
        taken_in = seen & {(link.space, link.remote) for link in plan.links}
        gone = {(link.space, link.remote) for link in plan.links if link.state is not LinkState.LIVE}
        understood = seen - gathered.situation.unreadable | taken_in | gone
        dropped = [*self.vanished, *self._unwanted(plan)]
        lessons = learn(asides, [*unfit(held), *unread(gathered.unread)], understood, applied.outcomes, now, dropped)
        ended = lessons.ended
        if lessons.kept or ended:
            self.store.note_asides(lease, lessons.kept, ended, now)
        for key in ended:
            del asides[key]
        asides |= {one.trouble.key: one for one in lessons.kept}
        self.remembered = Remembered(self.remembered.approved, asides)

    def _unwanted(self, plan: Plan) -> list[Key]:
        """Return the writes that failed and need not be made any more, as something else became of the record."""
        return [
            (space, side, record)
            for space, side, record in self.remembered.asides
            if side is Side.WRITE and (space, record) not in plan.wanted
            if self.only is None or record in self.only
        ]

    def moved_cursors(self, readings: Sequence[Reading], gathered: Gathered, plan: Plan) -> dict[str, Cursor]:
        """Return where the next reads resume: not beyond anything that was not taken in."""
        reread = plan.reread | {held.space for held in gathered.held} | {one.space for one in gathered.unread}
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


def _narrowed(gathered: Gathered, only: frozenset[str]) -> Gathered:
    situation = replace(gathered.situation, consider=only)
    return replace(gathered, situation=situation, was_behind=gathered.was_behind & only)


def _kept(reading: Reading, binding: str) -> Cursor:
    """Return the cursor from before; what a complete read brought, the changes since then need not tell once more."""
    if reading.cursor is None or reading.cursor.binding != binding:
        return Cursor(None, binding, reading.began, None)
    complete = reading.observation is not None and reading.observation.complete
    return replace(reading.cursor, full_at=None) if complete else reading.cursor


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


@asynccontextmanager
async def holding(run: Run) -> AsyncIterator[Lease]:
    """Hold the community's lease, renewed in the background, until the block ends.

    Raises:
        Locked: another run holds the community.
    """
    async with hold(run.store, run.community.id, run.clock, f"run {run.id}") as lease:
        yield lease
