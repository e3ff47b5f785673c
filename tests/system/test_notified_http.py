"""Told of a change at the wrong moment (H19): before the answer of the write that caused it, twice, late, out of order.

What a notification causes is a run, so here a run stands for one.
"""

from __future__ import annotations

import asyncio
from collections.abc import Iterator
from datetime import timedelta
from pathlib import Path
from typing import Any

import pytest

from sandbox.faults import Armed, Fault
from sync.report import Exit
from tests.system.office import Office, fill, office

CREATES = {
    "asana": ("asana", r"/tasks(\?|$)"),
    "to-do": ("basecamp", r"/todos.json"),
    "entry": ("basecamp", r"/entries.json"),
    "event": ("microsoft365", r"/events$"),
}
CHANGES = {
    "asana": ("asana", "PUT", r"/tasks/"),
    "to-do": ("basecamp", "PUT", r"/todos/"),
    "entry": ("basecamp", "PUT", r"/schedule_entries/"),
    "event": ("microsoft365", "PATCH", r"/events/"),
}


@pytest.fixture
def desk(tmp_path: Path) -> Iterator[Office]:
    with office(tmp_path) as built:
        fill(built)
        yield built


def titles(desk: Office) -> list[list[str]]:
    world = desk.world
    shown = (world.asana_tasks(), world.basecamp_todos(), world.outlook_events(), world.basecamp_entries())
    return [sorted(item["title"] for item in items) for items in shown]


def rename(desk: Office, where: str, title: str) -> None:
    """Let a person rename, in one tool, what came there from another."""
    world = desk.world
    if where == "asana":
        world.asana_edit(of(world.asana_tasks(), "From Basecamp"), desk.asana_person, name=title)
    elif where == "to-do":
        world.basecamp_edit(of(world.basecamp_todos(), "From Asana"), desk.basecamp_person, content=title)
    elif where == "entry":
        entry = of(world.basecamp_entries(), "From Outlook")
        world.basecamp_entry_edit(entry, desk.basecamp_person, summary=title)
    else:
        world.outlook_edit(of(world.outlook_events(), "From the schedule"), desk.outlook_person, subject=title)


def of(items: list[dict[str, Any]], begin: str) -> Any:
    (found,) = [item["id"] for item in items if str(item["title"]).startswith(begin)]
    return found


def renamed_at_home(desk: Office, where: str, title: str) -> None:
    """Let a person rename, where it was made, what copsync then has to rename in the tool `where`."""
    world = desk.world
    if where == "asana":
        world.basecamp_edit(of(world.basecamp_todos(), "From Basecamp"), desk.basecamp_person, content=title)
    elif where == "to-do":
        world.asana_edit(of(world.asana_tasks(), "From Asana"), desk.asana_person, name=title)
    elif where == "entry":
        world.outlook_edit(of(world.outlook_events(), "From Outlook"), desk.outlook_person, subject=title)
    else:
        entry = of(world.basecamp_entries(), "From the schedule")
        world.basecamp_entry_edit(entry, desk.basecamp_person, summary=title)


HOME = {"asana": "From Basecamp", "to-do": "From Asana", "entry": "From Outlook", "event": "From the schedule"}


async def until_held(armed: Armed) -> None:
    assert await asyncio.to_thread(armed.reached.wait, 30)


@pytest.mark.parametrize("where", CREATES)
async def test_h19_i2_told_of_a_create_before_its_answer(desk: Office, where: str) -> None:
    tool, path = CREATES[where]
    armed = desk.world.faults[tool].add(Fault("POST", path, "hold", processed=True))
    writing = asyncio.create_task(desk.sync())
    await until_held(armed)
    told = await desk.sync()
    assert (told.exit, told.steps) == (Exit.LOCKED, [])
    armed.release()
    assert (await writing).exit == Exit.IN_STEP
    assert titles(desk) == [["From Asana", "From Basecamp"]] * 2 + [["From Outlook", "From the schedule"]] * 2
    await desk.quiet()


@pytest.mark.parametrize("where", CHANGES)
async def test_h19_an_edit_between_a_write_and_its_answer_is_kept(desk: Office, where: str) -> None:
    await desk.sync()
    tool, method, path = CHANGES[where]
    renamed_at_home(desk, where, f"{HOME[where]}, renamed")
    armed = desk.world.faults[tool].add(Fault(method, path, "hold", processed=True))
    writing = asyncio.create_task(desk.sync())
    await until_held(armed)
    rename(desk, where, f"{HOME[where]}, renamed, then corrected")
    armed.release()
    await writing
    assert (await desk.sync()).exit == Exit.IN_STEP
    tasks, todos, events, entries = titles(desk)
    assert (tasks, events) == (todos, entries)
    assert f"{HOME[where]}, renamed, then corrected" in tasks + events
    await desk.quiet()


@pytest.mark.parametrize("where", CHANGES)
async def test_h19_told_twice_and_long_after(desk: Office, where: str) -> None:
    await desk.sync()
    rename(desk, where, f"{HOME[where]}, renamed")
    await desk.sync()
    desk.world.forget_traffic()
    for _ in range(3):
        assert (await desk.sync()).steps == []
    assert desk.writes() == {"asana": 0, "basecamp": 0, "microsoft365": 0}
    assert [f"{HOME[where]}, renamed" in some for some in titles(desk)].count(True) == 2


async def test_h19_events_that_come_late_and_out_of_order(desk: Office) -> None:
    """Asana's events lag: copsync sees its own writes only after a person has changed the same task again."""
    desk.world.asana.event_delay = timedelta(seconds=2)
    await desk.sync()
    renamed_at_home(desk, "asana", "From Basecamp, renamed")
    await desk.sync()
    rename(desk, "asana", "From Basecamp, corrected")
    rename(desk, "to-do", "From Asana, renamed")
    await desk.sync()
    await asyncio.sleep(2.1)
    for _ in range(2):
        report = await desk.sync()
    assert report.exit == Exit.IN_STEP
    tasks, todos, _, _ = titles(desk)
    assert tasks == todos == ["From Asana, renamed", "From Basecamp, corrected"]
    await desk.quiet()
