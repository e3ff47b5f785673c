"""Carries out a plan: per space in parallel, every batch of steps journalled before it is sent and after."""

from __future__ import annotations

from collections import Counter, defaultdict
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from functools import partial

from connectors.contract import Remote
from domain.parts import whole_of
from domain.plan import Link, LinkState, Plan, Step
from store.journal import Entry, Outcome, StepState
from store.leases import Lease
from store.state import Wanted
from store.store import Store
from sync.community import Community
from sync.people import Directory
from sync.progress import Progress
from sync.send import References, Sender
from sync.together import together

BATCH = 50
Clock = Callable[[], datetime]


@dataclass(slots=True)
class Applied:
    """What became of a plan: every step with its outcome, and the remotes that moved meanwhile, per space.

    `made_anew` says that something let go of is still to be made anew.
    """

    outcomes: list[tuple[Step, Outcome]] = field(default_factory=list)
    stale: dict[str, dict[str, Remote | None]] = field(default_factory=dict)
    stopped: dict[str, Exception] = field(default_factory=dict)

    @property
    def unclear(self) -> bool:
        """Tell whether a write's outcome is not known: nothing is planned before the next run has looked it up."""
        return any(outcome.state is StepState.UNCERTAIN for _, outcome in self.outcomes)

    @property
    def made_anew(self) -> bool:
        """Tell whether a link ended although its record goes on there."""
        return any(outcome.forget and outcome.state is StepState.STALE for _, outcome in self.outcomes)


@dataclass(frozen=True, slots=True)
class Applier:
    """Carries out plans of one run."""

    community: Community
    store: Store
    lease: Lease
    run: str
    clock: Clock
    directory: Directory
    progress: Progress

    async def apply(self, plan: Plan, links: Sequence[Link], first: int) -> Applied:
        """Send all steps; `first` numbers them within the run. A space that stops does not stop the others."""
        applied = Applied()
        entries = [Entry(f"{self.run}-{first + place:06d}", step) for place, step in enumerate(plan.steps)]
        waiting = Counter(whole_of(step.record) for step in plan.steps)
        present = _links_after(plan, links)
        by_space: dict[str, list[Entry]] = defaultdict(list)
        for entry in entries:
            by_space[entry.step.space].append(entry)
        await together(
            *(self._apply_space(space, some, present, applied, waiting, plan) for space, some in by_space.items())
        )
        return applied

    async def _apply_space(
        self,
        name: str,
        entries: Sequence[Entry],
        present: Mapping[str, Mapping[str, Link]],
        applied: Applied,
        waiting: Counter[str],
        plan: Plan,
    ) -> None:
        links = present.get(name, {})
        space, references = self.community.space(name), _references(links)
        sender = Sender(space, self.directory, references, self.clock(), links, self._assure)
        done = 0
        for batch in _batches(entries):
            await self._send_batch(sender, batch, applied, waiting, plan)
            done += len(batch)
            self.progress("writing", name, done, len(entries))
        applied.stale[name] = sender.stale
        if sender.stopped is not None:
            applied.stopped[name] = sender.stopped

    async def _send_batch(
        self, sender: Sender, batch: Sequence[Entry], applied: Applied, waiting: Counter[str], plan: Plan
    ) -> None:
        self.store.intend(self.lease, self.run, batch, self.clock())
        outcomes: list[Outcome] = []

        async def send(entry: Entry) -> None:
            outcomes.append(await sender.send(entry))

        try:
            await together(*(send(entry) for entry in batch))
            if sender.lost:
                outcomes = await sender.look_up(outcomes, partial(self._linked, sender.space.name))
        finally:
            self._conclude(batch, outcomes, applied, waiting, plan)

    def _assure(self) -> None:
        """Stop before something is sent that another run may be sending as well."""
        self.store.assure(self.lease, self.clock())

    def _linked(self, space: str, remotes: Sequence[str]) -> set[str]:
        _, links = self.store.load(self.community.id, Wanted(remotes={space: remotes}))
        return {link.remote for link in links if link.space == space}

    def _conclude(
        self,
        batch: Sequence[Entry],
        outcomes: Sequence[Outcome],
        applied: Applied,
        waiting: Counter[str],
        plan: Plan,
    ) -> None:
        """Keep what is known, also when the run is being interrupted."""
        steps = {entry.id: entry.step for entry in batch}
        applied.outcomes += [(steps[outcome.id], outcome) for outcome in outcomes]
        done = Counter(whole_of(steps[outcome.id].record) for outcome in outcomes if outcome.state is StepState.DONE)
        answered = {whole_of(steps[outcome.id].record) for outcome in outcomes}
        settled = {record for record in answered if waiting[record] == done[record]} - plan.unsettled
        self.store.conclude(self.lease, outcomes, settled, self.clock())
        waiting.subtract(done)  # and not before it is kept: another space may go on where this one could not


def _batches(entries: Sequence[Entry]) -> Iterator[list[Entry]]:
    """Yield batches in which no step depends on another of the same batch."""
    batch: list[Entry] = []
    inside: set[str] = set()
    for entry in entries:
        if len(batch) >= BATCH or entry.step.view.get("parent") in inside:
            yield batch
            batch, inside = [], set()
        batch.append(entry)
        inside.add(entry.step.record)
    if batch:
        yield batch


def _links_after(plan: Plan, links: Sequence[Link]) -> dict[str, dict[str, Link]]:
    """Return the links by space and record as the plan leaves them."""
    found: dict[str, dict[str, Link]] = defaultdict(dict)
    for link in links:
        found[link.space][link.record] = link
    for link in plan.forgotten:
        found[link.space].pop(link.record, None)
    for link in plan.links:
        found[link.space][link.record] = link
    return found


def _references(links: Mapping[str, Link]) -> References:
    """Return who is who in a space: what left it is known by its name yet, and nothing is put below it."""
    references = References()
    for link in links.values():
        references.records[link.remote] = link.record
        if link.state is LinkState.LIVE:
            references.remotes[link.record] = link.remote
    return references
