"""Everything a trial needs, made once and taken back between trials: tools, database, configuration, processes."""

from __future__ import annotations

import json
import logging
import time
from collections.abc import Iterator, Mapping
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from sandbox.world import World
from store.tables import metadata
from tests.cli.desk import Called
from tests.system.crash.contents import Contents, Listing, differences, fill, listing
from tests.system.crash.keepers import Keeper, keeper
from tests.system.crash.processes import Child, Process, Script, WarmParent, kill

TABLES = metadata.sorted_tables
RUNS = 3
"""How often a sync may be needed after a kill."""


@dataclass
class Stage:
    """One installation of copsync before tools that hold 200 items, and what becomes of them undisturbed."""

    world: World
    keeper: Keeper
    folder: Path
    warm: WarmParent
    contents: Contents
    wanted: Listing = field(default_factory=dict)
    records: Mapping[str, Any] = field(default_factory=dict)
    took_s: float = 0.0
    started: list[Process] = field(default_factory=list)

    def reset(self) -> None:
        """Take the tools and the database back to the moment before the first sync, whatever a trial has left."""
        for process in self.started:
            if not process.is_over:
                kill(process)
        self.started.clear()
        self.contents.restore()
        self.keeper.empty()

    def sync(self, *arguments: str) -> Child:
        """Start a sync at once."""
        child = self.warm.start("sync", "--json", *arguments, folder=self.folder, env=self.world.env())
        self.started.append(child)
        return child

    def script(self, *arguments: str, **more: Any) -> Script:
        """Start any command as the console script."""
        script = Script.start(*arguments, folder=self.folder, env=self.world.env(), **more)
        self.started.append(script)
        return script

    def learn(self) -> None:
        """See what an undisturbed sync leads to, and how long it takes."""
        self.sync("--help").wait()  # the parent has its imports now
        self.reset()
        begin = time.monotonic()
        answer = self.sync().wait()
        self.took_s = time.monotonic() - begin
        assert answer.status == 0, answer
        self.wanted, self.records = listing(self.world), self.kept()

    def kept(self) -> Mapping[str, Any]:
        """Return the records by id, with their fields."""
        rows = self.keeper.ask("SELECT id, fields FROM records WHERE NOT deleted ORDER BY id")
        return {identity: json.loads(fields) for identity, fields in rows}

    def everything(self) -> Mapping[str, Any]:
        """Return every row of every table, to see whether anything was written."""
        return {table.name: sorted(map(str, self.keeper.ask(f"SELECT * FROM {table.name}"))) for table in TABLES}

    def open_steps(self) -> int:
        """Count the journal's steps whose outcome is not known."""
        ((count,),) = self.keeper.ask("SELECT count(*) FROM journal WHERE state IN ('intent', 'uncertain')")
        return int(count)

    def finish(self) -> Called:
        """Run until a run leaves with 0."""
        for _ in range(RUNS):
            answer = self.sync().wait()
            if answer.status == 0:
                return answer
        raise AssertionError(f"not in step after {RUNS} runs: {answer}")

    def check(self) -> None:
        """Assert that everything is as if nothing had happened: nothing lost, doubled, told to people or left open."""
        wrong = differences(listing(self.world), self.wanted)
        assert not wrong, "\n".join(wrong)
        assert self.kept() == self.records
        assert self.open_steps() == 0
        assert self.keeper.ask("SELECT id FROM conflicts") == []

    def check_quiet(self) -> None:
        """Assert that a further run, which reads everything, finds nothing to do."""
        answer = self.sync("--full").wait()
        assert (answer.status, answer.json["steps"]) == (0, []), answer

    def survives(self, killed: Process) -> Called:
        """Kill a run, run again as often as needed, and compare."""
        left = kill(killed)
        for faults in self.world.faults.values():
            faults.clear()
        self.finish()
        self.check()
        return left


@contextmanager
def stage(kind: str, folder: Path) -> Iterator[Stage]:
    """Set everything up for a kind of database."""
    with ExitStack() as stack:
        kept = stack.enter_context(keeper(kind, folder))
        world = stack.enter_context(World.start(populated=False))
        stack.enter_context(_unheard("uvicorn.error"))
        warm = WarmParent()
        stack.callback(warm.close)
        fill(world)
        (folder / "copsync.toml").write_text(world.config_toml(kept.url), encoding="utf-8")
        made = Stage(world, kept, folder, warm, Contents(world))
        made.learn()
        yield made


@contextmanager
def _unheard(name: str) -> Iterator[None]:
    """Silence a log that tells of every request whose sender died."""
    log = logging.getLogger(name)
    before, log.disabled = log.disabled, True
    try:
        yield
    finally:
        log.disabled = before
