"""Counts the requests of runs against the stand-ins of all three tools: `python -m tests.bench.traffic`.

What is counted is what arrives at the stand-ins, not what copsync says it sent. Prints one JSON document.
"""

from __future__ import annotations

import asyncio
import json
import sys
from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import timedelta
from typing import Any

from cli.playground import temporary_settings
from config.loader import Configuration
from sandbox.world import World
from store.store import Store
from sync.run import Wish, sync
from sync.wiring import Wiring
from tests.bench.cases import CHANGED_SHARE
from tests.bench.process import MeasureError

TASKS, MILESTONES = 300, 30
SPACES: Mapping[str, str] = {"asana": "asana", "basecamp": "basecamp", "calendar": "microsoft365"}
"""Space -> tool, as the stand-ins' own configuration names them."""

READING = ("GET", "HEAD")
NO_WRITES: Mapping[str, int] = dict.fromkeys(SPACES, 0)


@dataclass(slots=True)
class Counter:
    """Runs one phase after the other and keeps what arrived in each."""

    world: World
    configuration: Configuration
    store: Store
    phases: list[dict[str, Any]] = field(default_factory=list)

    async def run(self, phase: str, expected_writes: Mapping[str, int], *, full: bool = False) -> None:
        """Run once and count; `expected_writes` are by space, where something is promised.

        Raises:
            MeasureError: the run did not go through.
        """
        self.world.forget_traffic()
        async with Wiring(self.configuration) as wiring:
            (settings,) = wiring.community_settings(None)
            report = await sync(wiring.community(settings), self.store, self.world.now, Wish(full=full))
        if report.state != "done":
            raise MeasureError(f"{phase}: the run ended as {report.state}: {report.json()['held'][:3]}")
        self.phases.append({"phase": phase, "spaces": self._counts(), "expected_writes": expected_writes})

    def _counts(self) -> dict[str, dict[str, int]]:
        return {space: _count([seen.method for seen in self.world.faults[tool].seen]) for space, tool in SPACES.items()}


def _count(methods: list[str]) -> dict[str, int]:
    reads = sum(method in READING for method in methods)
    return {"reads": reads, "writes": len(methods) - reads}


def count() -> dict[str, Any]:
    """Return the requests of a first sync and of the runs that follow it."""
    with World.start(populated=False) as world, temporary_settings(world) as configuration:
        _fill(world)
        store = Store.open(configuration.settings.store.url, configuration.folder)
        try:
            return asyncio.run(_play(Counter(world, configuration, store)))
        finally:
            store.close()


async def _play(counter: Counter) -> dict[str, Any]:
    changed = TASKS // CHANGED_SHARE
    await counter.run("first sync", {"asana": 0})
    await counter.run("the run after it", NO_WRITES)
    await counter.run("no change, with cursors", NO_WRITES)
    await counter.run("no change, full listing", NO_WRITES, full=True)
    _people_work(counter.world, changed)
    await counter.run("1 % changed on two sides", {"asana": changed, "basecamp": changed, "calendar": 0})
    await counter.run("the run after it", NO_WRITES)
    return {"tasks": TASKS, "milestones": MILESTONES, "changed_per_side": changed, "phases": counter.phases}


def _fill(world: World) -> None:
    """Write tasks into Asana; the other tools begin empty."""
    people, sections = list(world.tokens.people["asana"]), list(world.places.asana_sections)
    today = world.now().date()
    for number in range(TASKS):
        world.asana_create(
            people[number % len(people)],
            section=sections[number % len(sections)],
            name=f"Review the reading list ({number})",
            notes="Two people should read this before it goes out.",
            assignee=people[number % 7],
            due_on=(today + timedelta(days=number % 200)).isoformat(),
            resource_subtype="milestone" if number < MILESTONES else "default_task",
        )


def _people_work(world: World, changed: int) -> None:
    """Edit some tasks in Asana and others in Basecamp; milestones are left alone."""
    asana, basecamp = next(iter(world.tokens.people["asana"])), next(iter(world.tokens.people["basecamp"]))
    todos = {todo["title"]: todo["id"] for todo in world.basecamp_todos()}
    tasks = [task for task in world.asana_tasks() if task["kind"] == "task" and task["title"] in todos]
    for task in tasks[:changed]:
        world.asana_edit(task["id"], asana, name=f"{task['title']}, second edition")
    for task in tasks[-changed:]:
        world.basecamp_edit(todos[task["title"]], basecamp, due_on=(world.now().date() + timedelta(days=9)).isoformat())


if __name__ == "__main__":
    sys.stdout.write(json.dumps(count()))
