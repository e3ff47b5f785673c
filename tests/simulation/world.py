"""One seeded world: tools, people, processes that run copsync, and the clock they all live by."""

from __future__ import annotations

import asyncio
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from random import Random
from typing import Any, NoReturn

from sqlalchemy import Engine

import sync.stages as run_module
from connectors.contract import Write
from domain.errors import StoreProblem
from domain.plan import EVERYTHING, Plan, Verb
from domain.policy import Cap, DeletePolicy, Policy, Surge
from domain.survive import DELETED
from store.database import open_engine
from store.leases import LIFE_SECONDS
from store.tables import metadata, version
from sync.community import BoundSpace, Community
from sync.report import Report
from sync.run import Wish, sync
from tests.simulation import abilities, people
from tests.simulation.connector import SimConnection, SimConnector, ViolationError
from tests.simulation.faults import PER_RUN, Faults
from tests.simulation.loop import Loop
from tests.simulation.mortal import MortalStore
from tests.simulation.tools import ELSEWHERE, START, Account, Item, SimTool
from tests.simulation.truth import BERLIN, COMMUNITY, PEOPLE, TASK, Edit, Truth

GO_WITH_A_SERIES = {"zone", "rdates", "exdates", "overrides"}
"""What is empty by itself where a person made one event of a series: nobody wrote that."""


def _says_nothing(tool: SimTool, edit: Edit) -> bool:
    """Tell whether there is nothing to be known of an edit: it came by itself, or names a parent out of scope."""
    if edit.field == "parent" and edit.value in tool.items:
        return tool.items[str(edit.value)].container == ELSEWHERE
    return edit.value is None and edit.field in GO_WITH_A_SERIES


class DeadError(BaseException):
    """The process is no more."""


@dataclass
class Process:
    """One process that carries out one run, and the moment at which it dies or is overtaken."""

    world: World
    number: int
    wish: Wish
    loop: Loop = field(init=False)
    store: MortalStore = field(init=False)
    task: asyncio.Task[Report] = field(init=False)
    connections: dict[str, SimConnection] = field(default_factory=dict)
    events: dict[int, list[str]] = field(default_factory=dict)
    steps: int = 0
    commit: int = 0
    dies_at_commit: int | None = None
    dies_before: bool = False
    dead: bool = False
    frozen: bool = False
    freezes: int = 0

    def __post_init__(self) -> None:
        world = self.world
        self.loop = Loop(lambda: world.t, Random(world.rng.random()))  # type: ignore[abstract]
        self.store = MortalStore(world.engine, self)
        self.task = self.loop.create_task(sync(self._community(), self.store, world.clock, self.wish))

    def _community(self) -> Community:
        spaces = []
        for name in self.world.names:
            tool = self.world.tools[name]
            connection = self.connections[name] = SimConnection(tool, self.world)
            connector = connection.connector = self.world.connector(self, connection)
            spaces.append(BoundSpace(name, "sim", connector, connection, name, tool.ability.read_only))
        return Community(COMMUNITY, "Sim", BERLIN, self.world.policy, spaces)

    def must_live(self) -> None:
        """Go no further in a process that was killed."""
        if self.dead:
            raise DeadError

    def commits(self, *, before: bool) -> None:
        """Count commits, and die at the one the seed chose."""
        self.commit += not before
        if self.dies_at_commit == self.commit and self.dies_before is before:
            self.world.faults.hits["killed at a commit"] += 1
            self.dead = True
            raise DeadError

    def asked(self, kind: str) -> int:
        """How many requests of a kind left for any tool."""
        return sum(connection.asked[kind] for connection in self.connections.values())


@dataclass
class World:
    """Everything that one seed decides."""

    seed: int
    engine: Engine
    tracing: bool = False
    rng: Random = field(init=False)
    faults: Faults = field(init=False)
    truth: Truth = field(default_factory=Truth)
    t: float = 0.0
    names: list[str] = field(default_factory=list)
    tools: dict[str, SimTool] = field(default_factory=dict)
    policy: Policy = field(default=Policy())
    habits: dict[str, float] = field(default_factory=dict)
    running: list[Process] = field(default_factory=list)
    trace: list[str] = field(default_factory=list)
    confirmed_gone: set[tuple[str, str]] = field(default_factory=set)
    approved: set[tuple[str, str]] = field(default_factory=set)
    held: list[tuple[str, str]] = field(default_factory=list)
    set_aside: set[tuple[str, str]] = field(default_factory=set)
    unreadable_places: set[tuple[str, str]] = field(default_factory=set)
    zone = BERLIN
    mirrored = TASK
    uses_the_hub: bool = False
    questions: list[dict[str, Any]] = field(default_factory=list)
    hidden: bool = False
    runs: int = 0
    deaths: int = 0
    numbers: int = 0
    after_death: Callable[[World], None] | None = None
    last: Process | None = None
    violation: ViolationError | None = None

    def __post_init__(self) -> None:
        self.rng = rng = Random(self.seed)
        self.faults = Faults.draw(Random(rng.random()))
        self.names = [f"s{number}" for number in range(rng.choice((2, 2, 2, 3, 3, 4)))]
        rich = rng.choice(self.names)
        for name in self.names:
            self._found(name, rich=name == rich)
        self.policy = self._draw_policy()
        self.uses_the_hub = rng.random() < 0.3
        self.habits = people.draw_habits(rng, capped=self.policy.max_deletes.count < 10)
        self.tell(f"policy {self.policy}; faults {', '.join(sorted(self.faults.drawn)) or 'none'}")

    def _found(self, name: str, *, rich: bool) -> None:
        ability = abilities.draw(self.rng, may_be_poor=not rich)
        off = self.rng.choice((0, 0, 26, -26)) if "clocks off" in self.faults.drawn else 0
        if off:
            self.faults.hits["clocks off"] += 1
        tool = self.tools[name] = SimTool(name, ability, lambda: self.t, timedelta(hours=off))
        if PEOPLE in ability.can.fields:
            hides = "e-mails hidden" in self.faults.drawn
            for human in range(people.HUMANS):
                hidden = hides and self.rng.random() < 0.3
                self.faults.hits["e-mails hidden"] += hidden
                self.truth.humans[name, f"{name}p{human}"] = human
                tool.accounts[f"{name}p{human}"] = Account(f"{name}p{human}", human, hidden)
        tool.create({"title": f"outside {name}"}, container=ELSEWHERE)
        conditional = "conditional" if ability.can.conditional else "unconditional"
        self.tell(f"{name}: {conditional}, {', '.join(ability.words) or 'everything'}")

    def connector(self, process: Process, connection: SimConnection) -> SimConnector:
        """Return what a process reaches a tool by."""
        return SimConnector(self, process, connection.tool, connection, connection.tool.ability.capabilities)

    def act(self) -> None:
        """Let somebody do something somewhere."""
        people.act(self)

    def _draw_policy(self) -> Policy:
        rng = self.rng
        conflict = rng.choice(("latest", "latest", "latest", f"prefer:{rng.choice(self.names)}", "ask"))
        delete: DeletePolicy = rng.choice(("trash", "trash", "trash", "complete", "keep"))
        if rng.random() < 0.25:
            return Policy(conflict, delete, Cap(rng.choice((1, 2)), 0.5), Surge(rng.choice((2, 3)), 0.3))
        return Policy(conflict, delete, Cap(1000, 1.0), Surge(1000, 1.0))

    # --- time, numbers, trace

    def clock(self) -> datetime:
        """Return the time by copsync's own clock."""
        return START + timedelta(seconds=self.t)

    def next_number(self) -> int:
        """Return the number of the edit that comes next."""
        return len(self.truth.edits)

    def tell(self, words: str) -> None:
        """Note what happened."""
        if self.tracing:
            self.trace.append(f"{self.t:8.1f} {words}")

    def human(self, space: str, person: str) -> int:
        """Return whose account it is, or was."""
        return self.truth.humans[space, person]

    # --- runs

    def start(self, *, full: bool = False, approved: frozenset[tuple[str, str]] = frozenset()) -> Process:
        """Start a process; what befalls it is drawn now."""
        self.runs += 1
        self.approved |= approved
        self.truth.unheard |= self.truth.pending
        process = Process(self, self.runs, Wish(full=full, approved=approved))
        self.running.append(process)
        if self.faults.on:
            self._draw_fate(process)
        self.tell(f"run {process.number} begins{' (full)' if full else ''}")
        return process

    def _draw_fate(self, process: Process) -> None:
        rng = self.faults.rng
        for name, chance in PER_RUN.items():
            if name not in self.faults.drawn or rng.random() >= chance:
                continue
            if name == "killed at a commit":
                process.dies_at_commit, process.dies_before = rng.randrange(8), rng.random() < 0.5
                continue
            if name == "refused items":
                self._refuse_something(process)
                continue
            for _ in range(rng.choice((1, 1, 2, 3)) if name == "edited during the run" else 1):
                process.events.setdefault(1 + int(rng.expovariate(1 / 25)), []).append(name)

    def _refuse_something(self, process: Process) -> None:
        """Let a tool refuse a record from now on, whatever is sent."""
        records = sorted(self.truth.places)
        if records:
            self.tools[self.faults.rng.choice(self.names)].refuses.add(self.faults.rng.choice(records))
            self.faults.hits["refused items"] += 1
            self.tell(f"from run {process.number} on something is refused")

    def run(self, *, full: bool = False, approved: frozenset[tuple[str, str]] = frozenset()) -> Report | None:
        """Run copsync once, with whatever else comes of it; None when the process died or its store failed."""
        self.t += self.rng.random() * 900 + 1
        process = self.start(full=full, approved=approved)
        self.play()
        self.last = process
        return self._ending(process)

    def _ending(self, process: Process) -> Report | None:
        if process.dead:
            return None
        try:
            return process.task.result()
        except StoreProblem:
            return None

    def play(self) -> None:
        """Let every process run to its end, one step of one of them at a time."""
        with _run_ids(self):
            while self.running:
                self._step(self._next())

    def _next(self) -> Process:
        """Choose a process that can go on; when all sleep, time passes; when all are frozen, one thaws."""
        while True:
            awake = [one for one in self.running if not one.frozen]
            if not awake:
                self._thaw()
                continue
            for process in awake:
                process.loop.wake()
            ready = [one for one in awake if one.loop.ready]
            if ready:
                return ready[0] if len(ready) == 1 else self.faults.rng.choice(ready)
            self.t = max(self.t, min(when for one in awake if (when := one.loop.next_timer()) is not None))

    def _step(self, process: Process) -> None:
        process.loop.step()
        process.steps += 1
        if self.violation is not None:
            raise self.violation
        for name in process.events.pop(process.steps, ()):
            self._happens(name, process)
        if process.dead:
            self._bury(process)
        elif process.task.done():
            self._finished(process)

    def _happens(self, name: str, process: Process) -> None:
        hits, rng = self.faults.hits, self.faults.rng
        hits[name] += 1
        if name == "killed":
            process.dead = True
        elif name == "edited during the run":
            self.act()
        elif name in ("access withdrawn", "archived", "token revoked"):
            tool = self.tools[rng.choice(self.names)]
            tool.closed = name
            self.tell(f"{tool.name}: {name}")
        elif name == "hint" and len(self.running) < 3:
            for _ in range(rng.choice((1, 1, 2))):
                self.start()
        elif name == "overtaken" and not process.frozen:
            process.frozen = True
            process.freezes += 1
            self.t += LIFE_SECONDS + 1 + rng.random() * 60
            self.tell(f"run {process.number} is frozen")
            other = self.start()
            other.events.setdefault(1 + int(rng.expovariate(1 / 30)), []).append("thaw")
        elif name == "thaw":
            self._thaw()

    def _thaw(self) -> None:
        for process in self.running:
            if process.frozen:
                process.frozen = False
                self.tell(f"run {process.number} wakes up")

    def _bury(self, process: Process) -> None:
        self.running.remove(process)
        process.loop.kill()
        self.deaths += 1
        self.tell(f"run {process.number} is killed")
        self._let_go(process)
        if self.after_death is not None:
            self.after_death(self)
        if not self.running:
            self.t += LIFE_SECONDS + 1  # the dead one's lease ends by itself

    def _finished(self, process: Process) -> None:
        self.running.remove(process)
        process.loop.kill()
        self._let_go(process)
        error = process.task.exception()
        if error is not None and not isinstance(error, StoreProblem):
            raise ViolationError(f"a run ended with {type(error).__name__}: {error}") from error
        if error is not None:
            self.tell(f"run {process.number} stops: {error}")
            self.t += LIFE_SECONDS + 1
            return
        report = process.task.result()
        self.questions = report.questions
        self.held = [(held["space"], held["record"]) for held in report.held]
        self.tell(f"run {process.number} ends: {report.state}")
        if self.tracing:
            for step in report.steps:
                words = f"    {step['state']} {step['verb']} {step['space']} {step['title']}"
                self.tell(f"{words} {step.get('message') or ''}")
            for conflict in report.conflicts:
                sides = [f"{side['space']}={side['value']!r}" for side in conflict["lost"]]
                self.tell(f"    conflict {conflict['field']}: {conflict['kept']['value']!r}; lost {', '.join(sides)}")

    def _let_go(self, process: Process) -> None:
        for tool in self.tools.values():
            tool.busy.clear()

    # --- checks made while things happen

    def violate(self, words: str) -> NoReturn:
        """Note a violation in the midst of the engine, which takes the exception for a connector's mistake."""
        self.violation = self.violation or ViolationError(words)
        raise self.violation

    def excess(self, plan: Plan) -> str | None:
        """I5: say where a plan follows more deletions at once than the policy allows, without a person's approval."""
        gone: dict[str, int] = {}
        for delta in plan.deltas:
            released = not self.approved.isdisjoint({(delta.space, delta.record), (delta.space, EVERYTHING)})
            if delta.field == DELETED and delta.after == "true" and not released:
                gone[delta.space] = gone.get(delta.space, 0) + 1
        if not gone:
            return None
        with self.engine.connect() as connection:
            rows = connection.exec_driver_sql(
                "SELECT space, count(*) FROM links WHERE state IN ('live', 'withdraw') GROUP BY space"
            )
            live = {row[0]: row[1] for row in rows}
            connection.rollback()
        for space, count in gone.items():
            cap = self.policy.max_deletes
            if count > max(1, min(cap.count, int(live.get(space, 0) * cap.share))):
                return f"I5: {count} of {live.get(space)} deletions in {space} were followed at once"
        return None

    def before_write(self, connector: SimConnector, write: Write) -> None:
        """I6, I7, I8: what must never be written."""
        tool = connector.tool
        if tool.ability.read_only:
            self.violate(f"I6: {write.verb} in the read-only space {tool.name}")
        if forbidden := connector.readable_fields() & {*write.fields, *write.view}:
            self.violate(f"I7: {sorted(forbidden)} is read only in {tool.name}, and was written")
        if write.type is not tool.ability.type:
            self.violate(f"I8: {write.type} is not mirrored in {tool.name}")

    def before_change(self, tool: SimTool, item: Item, write: Write) -> None:
        """I1, I5: an edit is not written over, nor its item deleted, before copsync knows of it."""
        place = tool.name, item.remote
        names = set(tool.ability.can.fields) if write.verb is Verb.DELETE else set(write.fields)
        if tool.ability.replaces and write.verb is not Verb.DELETE and write.current is not None:
            read = write.current.raw.fields
            names |= {name for name, value in item.fields.items() if read.get(name) != value}
        shown = tool.shown(item)
        latest = {edit.field: edit for edit in self.truth.at_place[place]}
        for edit in latest.values():
            written = edit.field in names and shown.get(edit.field) == edit.value
            unheard = written and edit.taken is None and not self.truth.is_agreed(edit)
            unknown = unheard and not _says_nothing(tool, edit)
            if unknown and write.fields.get(edit.field, ...) != edit.value:
                self.violate(f"I1: {edit} was unknown when copsync's {write.verb} went over it")
        if write.verb is Verb.DELETE:
            self._check_deletion(tool, item, write.mark)

    def _check_deletion(self, tool: SimTool, item: Item, record: str) -> None:
        if tool.ability.can.shadow:
            return
        if self.policy.delete != "trash":
            self.violate(f"I5: {tool.name}/{item.remote} is deleted, though the policy is {self.policy.delete}")
        others = [place for place, _ in self.truth.removals if record in self.truth.owners[place]]
        if not any(place in self.confirmed_gone for place in others):
            self.violate(f"I5: {tool.name}/{item.remote} is deleted, and nobody deleted its like")

    def end(self) -> None:
        """Leave no process behind, also after a violation."""
        for process in self.running:
            process.dead = True
            process.loop.kill()
        self.running.clear()

    # --- quiet times

    def calm(self) -> None:
        """End the faults: doors open again, hidden things show."""
        self.faults.on = False
        self.t += LIFE_SECONDS + 1  # whoever died last may still hold the community
        for tool in self.tools.values():
            tool.closed = None
            tool.refuses.clear()
            tool.busy.clear()


@contextmanager
def _run_ids(world: World) -> Iterator[None]:
    """Let run ids, too, come from the seed."""
    before = run_module.new_run_id
    rng = Random(world.seed)

    def run_id(now: datetime) -> str:
        return f"{now:%Y%m%d-%H%M%S}-{world.runs:04}{rng.randrange(1000):03}"

    run_module.new_run_id = run_id
    try:
        yield
    finally:
        run_module.new_run_id = before


def open_store() -> Engine:
    """Open one database for many worlds, in memory; SQLite all the same."""
    from sqlalchemy import make_url

    return open_engine(make_url("sqlite://"))


def empty(engine: Engine) -> None:
    """Forget everything, to use the database for another world."""
    with engine.begin() as connection:
        for table in metadata.tables.values():
            if table.name != version.name:
                connection.exec_driver_sql(f"DELETE FROM {table.name}")
