"""One seeded world: 2 to 4 tools, people who work in them, runs that fail and die, and the truth about every edit."""

from __future__ import annotations

import asyncio
import shutil
from collections import Counter
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from datetime import UTC, date, datetime, timedelta
from pathlib import Path
from random import Random
from zoneinfo import ZoneInfo

from sqlalchemy.engine import Connection

from connectors.memory.connector import MemoryConnection
from connectors.memory.tool import TOOLS, MemoryTool
from domain.fields import FIELDS
from domain.lens import Space, hold_value
from domain.policy import Cap, Policy, Surge
from domain.values import Value, instant
from store.leases import Lease
from store.state import Wanted
from store.store import Store
from sync.community import BoundSpace, Community
from sync.report import Report
from sync.run import Wish, sync
from tests.simulation.tools import ABILITIES, TASK, Chances, Killed, SeededConnector, shouting

BERLIN = ZoneInfo("Europe/Berlin")
NOW = datetime(2026, 11, 21, 12, tzinfo=UTC)
FAULTS = Chances(
    lost_answer=0.03,
    refused=0.04,
    set_aside=0.01,
    stale=0.03,
    short_list=0.1,
    unreadable=0.05,
    expired=0.05,
    killed=0.01,
)


@dataclass(frozen=True, slots=True)
class Edit:
    """What a person wrote: the value is unique, so that its fate can be followed."""

    number: int
    space: str
    remote: str
    field: str
    value: Value
    before_run: int


class MortalStore(Store):
    """A store in which the process may die before or after a commit."""

    mortal: SeededConnector | None = None

    @contextmanager
    def writing(self, lease: Lease, now: datetime) -> Iterator[Connection]:
        if self.mortal is not None:
            self.mortal.may_die()
        with Store.writing(self, lease, now) as connection:
            yield connection
        if self.mortal is not None:
            self.mortal.may_die()


@dataclass
class World:
    """Everything that one seed decides."""

    seed: int
    folder: Path
    rng: Random = field(init=False)
    store: MortalStore = field(init=False)
    now: datetime = NOW
    names: list[str] = field(default_factory=list)
    tools: dict[str, MemoryTool] = field(default_factory=dict)
    connectors: dict[str, SeededConnector] = field(default_factory=dict)
    edits: list[Edit] = field(default_factory=list)
    removed: dict[tuple[str, str], int] = field(default_factory=dict)
    runs: int = 0
    restored: set[tuple[str, str]] = field(default_factory=set)
    owners: dict[tuple[str, str], set[str]] = field(default_factory=dict)
    hits: Counter[str] = field(default_factory=Counter)
    trace: list[str] = field(default_factory=list)

    def __post_init__(self) -> None:
        self.rng = Random(self.seed)
        self.names = [f"s{number}" for number in range(self.rng.randint(2, 4))]
        for name in self.names:
            self._found(name)
        opened = MortalStore.open("sqlite:///sim.db", self.folder)
        assert isinstance(opened, MortalStore)
        self.store = opened

    def _found(self, name: str) -> None:
        tool = MemoryTool(clock=lambda: self.now, clock_offset=timedelta(hours=self.rng.choice([0, 0, 24, -24])))
        ability = self.rng.choice(sorted(ABILITIES))
        if self.rng.random() < 0.3:
            tool.rewrite = shouting
        TOOLS[f"memory://{name}"] = self.tools[name] = tool
        self.connectors[name] = SeededConnector(
            tool, capabilities=ABILITIES[ability], rng=self.rng, chances=Chances(), hits=self.hits
        )
        self.trace.append(f"{name}: {ability}")

    def community(self) -> Community:
        policy = Policy(max_deletes=Cap(1000, 1.0), surge=Surge(1000, 1.0))
        spaces = [
            BoundSpace(name, "memory", self.connectors[name], MemoryConnection(f"memory://{name}"), name)
            for name in self.names
        ]
        return Community("sim", "Sim", BERLIN, policy, spaces)

    def person_acts(self) -> None:
        """Let somebody do something in some tool."""
        self.now += timedelta(seconds=self.rng.randint(1, 90))
        name = self.rng.choice(self.names)
        items = sorted(self.tools[name].container().items)
        deed = self.rng.choices(["create", "edit", "delete", "restore"], [3, 8, 1, 1])[0]
        if deed == "create" or not items:
            self._create(name)
        elif deed == "edit":
            self._edit(name, self.rng.choice(items))
        elif deed == "delete":
            remote = self.rng.choice(items)
            self.tools[name].delete(remote)
            self.removed[name, remote] = self.runs
            self.trace.append(f"delete {name}/{remote}")
        else:
            self._restore(name)

    def _create(self, name: str) -> None:
        number = len(self.edits)
        title = f"t{number:05}"
        remote = self.tools[name].create(TASK, {"title": title, "kind": "task", "state": "open"})
        self.edits.append(Edit(number, name, remote, "title", title, self.runs))
        self.trace.append(f"create {name}/{remote} {title}")

    def _edit(self, name: str, remote: str) -> None:
        held = self.connectors[name].capabilities.types[TASK].fields
        what = self.rng.choice([one for one in ("title", "notes", "due", "state", "tags", "list") if one in held])
        number = len(self.edits)
        space = Space(name, self.connectors[name].capabilities, BERLIN)
        value = hold_value(FIELDS[TASK][what], held[what], self._value(what, number), space)
        self.tools[name].edit(remote, {what: value})
        stored = self.tools[name].container().items[remote].fields()[what]
        self.edits.append(Edit(number, name, remote, what, stored, self.runs))
        self.trace.append(f"edit {name}/{remote} {what}={stored!r}")

    def _value(self, what: str, number: int) -> Value:
        values: dict[str, Value] = {
            "title": f"t{number:05}" + "x" * self.rng.choice([0, 0, 12]),
            "notes": f"line {number} -- a\nline b\n",
            "due": self._due(number),
            "state": self.rng.choice(["open", "done"]),
            "tags": frozenset(self.rng.sample("pqrs", 2)),
            "list": f"list {number}",
        }
        return values[what]

    def _due(self, number: int) -> date:
        day = date(2026, 1, 1) + timedelta(days=number)
        if self.rng.random() < 0.5:
            return day
        return instant(datetime(day.year, day.month, day.day, 9, 30, tzinfo=BERLIN))

    def _restore(self, name: str) -> None:
        trash = sorted(self.tools[name].container().trash)
        if trash:
            remote = self.rng.choice(trash)
            self.tools[name].restore(remote)
            self.removed.pop((name, remote), None)
            self.restored.add((name, remote))
            self.trace.append(f"restore {name}/{remote}")

    def run(self, *, faults: bool, full: bool = False) -> Report | None:
        """Run copsync once; None when it died."""
        self.now += timedelta(minutes=self.rng.randint(1, 30))
        for connector in self.connectors.values():
            connector.chances = FAULTS if faults else Chances()
        self.store.mortal = next(iter(self.connectors.values())) if faults else None
        full = full or self.rng.random() < 0.3
        self.trace.append(f"run full={full} faults={faults}")
        try:
            report = asyncio.run(sync(self.community(), self.store, lambda: self.now, Wish(full=full)))
        except (Killed, BaseExceptionGroup):
            self.trace.append("killed")
            self.store.mortal = None
            self.now += timedelta(minutes=3)
            self.note_owners()
            return None
        self.note_owners()
        self.runs += 1
        self.trace += [f"  {step['state']} {step['verb']} {step['space']} {step['title']}" for step in report.steps]
        return report

    def note_owners(self) -> None:
        """Remember every record each item belonged to, also when a link ends later."""
        _, links = self.store.load("sim", Wanted(everything=True))
        for link in links:
            self.owners.setdefault((link.space, link.remote), set()).add(link.record)

    def close(self) -> None:
        self.store.close()


@contextmanager
def world(seed: int, folder: Path, template: Path | None = None) -> Iterator[World]:
    """Build the world of a seed; `template` is an empty store to copy, which is faster than making one."""
    TOOLS.clear()
    target = folder / "sim.db"
    for leftover in folder.glob("sim.db*"):
        leftover.unlink()
    if template is not None:
        shutil.copyfile(template, target)
    built = World(seed, folder)
    try:
        yield built
    finally:
        built.close()
