"""What is held for a person, clocks that are wrong, and items made again under one title, over HTTP."""

from __future__ import annotations

import asyncio
from collections.abc import Callable, Iterator
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any
from zoneinfo import ZoneInfo

import pytest

from sync.report import Exit
from tests.system.office import Office, office

NOON = datetime(2026, 12, 10, 12, tzinfo=ZoneInfo("Europe/Berlin"))
TOOLS = ("asana", "basecamp", "microsoft365")
MANY = 40


@pytest.fixture
def desk(tmp_path: Path) -> Iterator[Office]:
    with office(tmp_path) as built:
        yield built


async def with_tasks(desk: Office, count: int = MANY) -> None:
    user = next(iter(desk.world.places.asana_users.values()))
    for number in range(count):
        desk.world.asana.add_task(desk.world.places.asana_project, f"Task {number:02}", by=user)
    assert (await desk.sync()).exit == Exit.IN_STEP


async def with_events(desk: Office, count: int = MANY) -> None:
    for number in range(count):
        begin = NOON + timedelta(days=number)
        desk.world.outlook_create(desk.outlook_person, f"Event {number:02}", begin, begin + timedelta(hours=1))
    assert (await desk.sync()).exit == Exit.IN_STEP


def surge_in_asana(desk: Office) -> None:
    for task in desk.world.asana_tasks():
        desk.world.asana_edit(task["id"], desk.asana_person, due_on="2026-01-01")


def surge_in_basecamp(desk: Office) -> None:
    for todo in desk.world.basecamp_todos():
        desk.world.basecamp_edit(todo["id"], desk.basecamp_person, due_on="2026-01-01")


async def test_h11_a_surge_in_asana_is_held_and_the_rest_goes_on(desk: Office) -> None:
    await with_tasks(desk)
    surge_in_asana(desk)
    todo = desk.world.basecamp_todo("Task 07")
    desk.world.basecamp_edit(todo["id"], desk.basecamp_person, content="Task seven")
    for full in (False, True):
        report = await desk.sync(full=full)
        assert report.exit == Exit.PERSON_NEEDED
        assert {(held["guard"], held["space"]) for held in report.held} == {("surge", "asana")}
        assert {todo["due"] for todo in desk.world.basecamp_todos()} == {None}
        assert desk.world.asana_task("Task seven")


async def test_h11_a_surge_in_basecamp_is_held(desk: Office) -> None:
    await with_tasks(desk)
    surge_in_basecamp(desk)
    report = await desk.sync()
    assert report.exit == Exit.PERSON_NEEDED
    assert {(held["guard"], held["space"]) for held in report.held} == {("surge", "basecamp")}
    assert {task["due"] for task in desk.world.asana_tasks()} == {None}


async def test_h11_a_surge_in_outlook_is_held(desk: Office) -> None:
    await with_events(desk)
    for event in desk.world.outlook_events():
        desk.world.outlook_edit(event["id"], desk.outlook_person, subject="Renamed by a client")
    report = await desk.sync()
    assert report.exit == Exit.PERSON_NEEDED
    assert {(held["guard"], held["space"]) for held in report.held} == {("surge", "calendar")}
    assert all(entry["title"].startswith("Event") for entry in desk.world.basecamp_entries())


async def test_h11_i5_a_surge_that_is_taken_back_is_forgotten(desk: Office) -> None:
    await with_tasks(desk)
    surge_in_asana(desk)
    assert (await desk.sync()).exit == Exit.PERSON_NEEDED
    for task in desk.world.asana_tasks():
        desk.world.asana_edit(task["id"], desk.asana_person, due_on=None)
    assert (await desk.sync()).exit == Exit.IN_STEP
    await desk.quiet()


def ahead(desk: Office, tool: str) -> None:
    """Let a tool's clock run a day ahead of everybody's."""

    def tomorrow() -> datetime:
        return datetime.now(UTC) + timedelta(days=1)

    if tool == "basecamp":
        desk.world.basecamp.clock = tomorrow
    elif tool == "asana":
        desk.world.asana.now = tomorrow
    else:
        desk.world.graph.now = tomorrow


def edits(desk: Office) -> dict[str, Callable[[str], Any]]:
    """Return how a person renames the one task in Asana and Basecamp, and the one event in Outlook and Basecamp."""
    world = desk.world
    return {
        "asana": lambda title: world.asana_edit(world.asana_tasks()[0]["id"], desk.asana_person, name=title),
        "to-do": lambda title: world.basecamp_edit(
            world.basecamp_todos()[0]["id"], desk.basecamp_person, content=title
        ),
        "entry": lambda title: world.basecamp_entry_edit(
            world.basecamp_entries()[0]["id"], desk.basecamp_person, summary=title
        ),
        "outlook": lambda title: world.outlook_edit(
            world.outlook_events()[0]["id"], desk.outlook_person, subject=title
        ),
    }


PAIRS = [("asana", "to-do"), ("to-do", "asana"), ("outlook", "entry"), ("entry", "outlook")]


@pytest.mark.parametrize(("first", "second"), PAIRS)
@pytest.mark.parametrize("tool", TOOLS)
async def test_h20_the_later_edit_wins_whoever_s_clock_is_ahead(
    desk: Office, tool: str, first: str, second: str
) -> None:
    ahead(desk, tool)
    await with_tasks(desk, 1)
    await with_events(desk, 1)
    edits(desk)[first]("earlier")
    await asyncio.sleep(2.5)
    edits(desk)[second]("later")
    report = await desk.sync()
    assert [(one["kept"]["value"], one["lost"][0]["value"]) for one in report.conflicts] == [("later", "earlier")]
    items = (desk.world.asana_tasks(), desk.world.basecamp_todos())
    if first in ("outlook", "entry"):
        items = (desk.world.outlook_events(), desk.world.basecamp_entries())
    assert [item["title"] for both in items for item in both] == ["later", "later"]
    await desk.quiet()


@pytest.mark.parametrize("tool", ["asana", "to-do", "outlook", "entry"])
async def test_h22_i1_deleted_and_made_again_is_a_new_item(desk: Office, tool: str) -> None:
    world, list_name = desk.world, next(iter(desk.world.places.basecamp_lists))
    await with_tasks(desk, 8)
    await with_events(desk, 8)
    end = NOON + timedelta(hours=1)
    if tool == "asana":
        world.asana_delete(world.asana_task("Task 03")["id"], desk.asana_person)
        world.asana_create(desk.asana_person, name="Task 03", notes="new")
    elif tool == "to-do":
        world.basecamp_trash(world.basecamp_todo("Task 03")["id"], desk.basecamp_person)
        world.basecamp_create(desk.basecamp_person, list_name, "Task 03", description="<div>new</div>")
    elif tool == "outlook":
        world.outlook_delete(world.outlook_event("Event 03")["id"], desk.outlook_person)
        world.outlook_create(desk.outlook_person, "Event 03", NOON, end, body="new")
    else:
        entry = next(item for item in world.basecamp_entries() if item["title"] == "Event 03")
        world.basecamp_trash(entry["id"], desk.basecamp_person)
        world.basecamp_entry_create(desk.basecamp_person, "Event 03", NOON, end, description="<div>new</div>")
    for _ in range(2):
        report = await desk.sync(full=True)
    assert report.exit == Exit.IN_STEP
    places = (world.asana_tasks(), world.basecamp_todos(), world.outlook_events(), world.basecamp_entries())
    assert [len(items) for items in places] == [8, 8, 8, 8]
    both = places[:2] if tool in ("asana", "to-do") else places[2:]
    assert [item["notes"] for items in both for item in items if item["title"].endswith("03")] == ["new", "new"]
    await desk.quiet()
