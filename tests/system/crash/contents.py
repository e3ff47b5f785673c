"""What the tools hold before the first sync, how they are taken back to it, and what is compared afterwards."""

from __future__ import annotations

from collections import Counter
from copy import deepcopy
from datetime import date, datetime, timedelta
from typing import Any
from zoneinfo import ZoneInfo

from sandbox.world import World

ITEMS = {"asana": 100, "subtasks": 10, "basecamp": 60, "entries": 10, "outlook": 20}
NOON = datetime(2026, 12, 1, 12, tzinfo=ZoneInfo("Europe/Berlin"))
FIRST = date(2026, 12, 1)

Listing = dict[str, Counter[str]]


class Contents:
    """The tools of a world as they are now; `restore` takes them back, while their servers go on."""

    def __init__(self, world: World) -> None:
        self._states: tuple[Any, ...] = (world.asana, world.basecamp, world.graph)
        self._world = world
        self._kept = [self._copy(state, vars(state)) for state in self._states]

    def restore(self) -> None:
        """Take every tool back to what it held; faults are disarmed and the accounts of requests emptied."""
        for faults in self._world.faults.values():
            faults.clear()
        for state, kept in zip(self._states, self._kept, strict=True):
            fresh = self._copy(state, kept)
            vars(state).clear()
            vars(state).update(fresh)
        self._world.forget_traffic()

    @staticmethod
    def _copy(state: Any, contents: dict[str, Any]) -> dict[str, Any]:
        return deepcopy(dict(contents), {id(state): state})


def fill(world: World) -> None:
    """Give every tool something that the others lack: 200 items, a third of Asana's tasks with a deadline."""
    _fill_asana(world)
    _fill_basecamp(world)
    person = next(iter(world.tokens.people["microsoft365"]))
    for number in range(ITEMS["outlook"]):
        begin = NOON + timedelta(days=number)
        world.outlook_create(person, f"Meeting {number:03}", begin, begin + timedelta(hours=1), body=f"Agenda {number}")


def _fill_asana(world: World) -> None:
    sections = list(world.places.asana_sections.values())
    people = list(world.places.asana_users.values())
    made = []
    for number in range(ITEMS["asana"]):
        more: dict[str, Any] = {"notes": f"What to do about {number}"}
        if number % 3 == 0:
            more |= {"due_on": (FIRST + timedelta(days=number)).isoformat(), "resource_subtype": "milestone"}
        if number % 5 == 0:
            more["assignee"] = people[number % len(people)]
        name = f"Task {number:03}" if number % 10 else "Task of many"
        gid = world.asana.add_task(world.places.asana_project, name, by=people[0], **more)
        made.append(gid)
        if number % 2:
            world.send(
                "asana",
                None,
                "POST",
                f"/sections/{sections[number % len(sections)]}/addTask",
                json={"data": {"task": gid}},
            )
    for number in range(ITEMS["subtasks"]):
        data = {"data": {"name": f"Subtask {number:03}"}}
        world.send("asana", None, "POST", f"/tasks/{made[number]}/subtasks", json=data)


def _fill_basecamp(world: World) -> None:
    person = next(iter(world.tokens.people["basecamp"]))
    lists = list(world.places.basecamp_lists)
    for number in range(ITEMS["basecamp"]):
        more: dict[str, Any] = {"description": f"<div>More about {number}</div>"}
        if number % 4 == 0:
            more["due_on"] = (FIRST + timedelta(days=number)).isoformat()
        name = f"To-do {number:03}" if number % 10 else "To-do of many"
        world.basecamp_create(person, lists[number % len(lists)], name, **more)
    for number in range(ITEMS["entries"]):
        begin = NOON + timedelta(days=number, hours=3)
        world.basecamp_entry_create(person, f"Entry {number:03}", begin, begin + timedelta(hours=1))


def listing(world: World) -> Listing:
    """Return what every tool shows to people, apart from ids and the order in which things were made."""
    shown = {
        "asana": world.asana_tasks(),
        "to-dos": world.basecamp_todos(),
        "entries": world.basecamp_entries(),
        "outlook": world.outlook_events(),
    }
    found = {place: Counter(_words(item) for item in items) for place, items in shown.items()}
    found["told"] = Counter(map(str, [*world.basecamp.notified, *world.graph.invitations]))
    return found


def _words(item: dict[str, Any]) -> str:
    return ", ".join(f"{name}={value!r}" for name, value in sorted(item.items()) if name != "id")


def differences(found: Listing, wanted: Listing) -> list[str]:
    """Return what is missing and what is too much, in words."""
    lines = []
    for place in sorted({*found, *wanted}):
        lines += [f"{place} lacks {times}x {item}" for item, times in (wanted[place] - found[place]).items()]
        lines += [f"{place} has {times}x too many {item}" for item, times in (found[place] - wanted[place]).items()]
    return lines
