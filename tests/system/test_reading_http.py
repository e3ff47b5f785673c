"""Reads that go wrong without a sign of it, over HTTP with each tool: pages that come twice or not, expired tokens."""

from __future__ import annotations

import asyncio
from collections import Counter
from collections.abc import Iterator
from datetime import datetime, timedelta
from pathlib import Path
from zoneinfo import ZoneInfo

import pytest

from sandbox.faults import Fault, Kind
from sync.report import Exit, Report
from tests.system.office import Office, office

NOON = datetime(2026, 12, 1, 12, tzinfo=ZoneInfo("Europe/Berlin"))
ITEMS = 14
LISTINGS = {"asana": r"/tasks\?", "basecamp": r"/(recordings|todos|entries).json", "microsoft365": r"/events\?"}
SPACES = {"asana": "asana", "basecamp": "basecamp", "microsoft365": "calendar"}


@pytest.fixture
def desk(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[Office]:
    """Three tools with a few items each, all in pages of five."""
    monkeypatch.setattr("connectors.asana.client.PAGE", 5)
    monkeypatch.setattr("connectors.microsoft365.reading.PAGE", 5)
    with office(tmp_path) as built:
        built.world.basecamp.page_sizes = (5,)
        fill(built)
        yield built


def fill(desk: Office) -> None:
    list_name = next(iter(desk.world.places.basecamp_lists))
    user = next(iter(desk.world.places.asana_users.values()))
    for number in range(ITEMS):
        begin = NOON + timedelta(days=number)
        desk.world.asana.add_task(desk.world.places.asana_project, f"Task {number}", by=user)
        desk.world.outlook_create(desk.outlook_person, f"Meeting {number}", begin, begin + timedelta(hours=1))
        if number < 3:
            desk.world.basecamp_create(desk.basecamp_person, list_name, f"To-do {number}")


def titles(desk: Office) -> list[Counter[str]]:
    world = desk.world
    shown = (world.asana_tasks(), world.basecamp_todos(), world.outlook_events(), world.basecamp_entries())
    return [Counter(item["title"] for item in items) for items in shown]


def nothing_done(report: Report) -> bool:
    return sum(space.created + space.updated + space.deleted for space in report.spaces.values()) == 0


TASKS = Counter([f"Task {number}" for number in range(ITEMS)] + [f"To-do {number}" for number in range(3)])
MEETINGS = Counter(f"Meeting {number}" for number in range(ITEMS))
EVERYTHING = [TASKS, TASKS, MEETINGS, MEETINGS]


async def once_each(desk: Office) -> None:
    """Assert that everything is everywhere, once, and that nothing is left to do."""
    for faults in desk.world.faults.values():
        faults.clear()
    for _ in range(2):
        last = await desk.sync(full=True)
    assert last.exit == Exit.IN_STEP
    assert titles(desk) == EVERYTHING
    await desk.quiet()


@pytest.mark.parametrize("kind", ["repeat_page", "skip_page"])
@pytest.mark.parametrize("tool", LISTINGS)
async def test_h14_i2_a_page_repeated_or_skipped_in_a_first_sync(desk: Office, tool: str, kind: Kind) -> None:
    armed = desk.world.faults[tool].add(Fault("GET", LISTINGS[tool], kind, times=2))
    await desk.sync()
    assert armed.hits
    await once_each(desk)


@pytest.mark.parametrize("kind", ["repeat_page", "skip_page"])
@pytest.mark.parametrize("tool", LISTINGS)
async def test_h14_i5_a_page_repeated_or_skipped_later_deletes_nothing(desk: Office, tool: str, kind: Kind) -> None:
    await desk.sync()
    armed = desk.world.faults[tool].add(Fault("GET", LISTINGS[tool], kind, times=2))
    report = await desk.sync(full=True)
    assert armed.hits
    assert nothing_done(report), report.steps
    await once_each(desk)


def expire(desk: Office, tool: str) -> None:
    """Make every token worthless that the tool gave out; in Basecamp a new project list stands for it."""
    if tool == "asana":
        desk.world.asana.expire_sync_tokens()
    elif tool == "microsoft365":
        desk.world.graph.forget_delta_tokens()
    else:
        desk.world.basecamp.add_list(desk.world.places.basecamp_project, "Another list")


async def edit(desk: Office) -> None:
    """Change something in every tool."""
    desk.world.asana_edit(desk.world.asana_task("Task 3")["id"], desk.asana_person, name="Task three")
    desk.world.basecamp_edit(desk.world.basecamp_todo("Task 4")["id"], desk.basecamp_person, content="Task four")
    desk.world.outlook_edit(desk.world.outlook_event("Meeting 3")["id"], desk.outlook_person, subject="Meeting three")


def edited() -> list[Counter[str]]:
    tasks = TASKS - Counter(["Task 3", "Task 4"]) + Counter(["Task three", "Task four"])
    meetings = MEETINGS - Counter(["Meeting 3"]) + Counter(["Meeting three"])
    return [tasks, tasks, meetings, meetings]


@pytest.mark.parametrize("tool", LISTINGS)
async def test_h15_a_token_that_expired_between_two_runs(desk: Office, tool: str) -> None:
    await desk.sync()
    expire(desk, tool)
    await edit(desk)
    assert (await desk.sync()).exit == Exit.IN_STEP
    assert titles(desk) == edited()
    await desk.quiet()


@pytest.mark.parametrize("full", [False, True])
@pytest.mark.parametrize("tool", LISTINGS)
async def test_h15_a_token_that_expires_in_the_middle_of_a_run(desk: Office, tool: str, full: bool) -> None:
    await desk.sync()
    await edit(desk)
    held = desk.world.faults[tool].add(Fault("GET", ".", "hold", after=1))
    running = asyncio.create_task(desk.sync(full=full))
    assert await asyncio.to_thread(held.reached.wait, 30)
    expire(desk, tool)
    held.remove()
    await running
    for _ in range(2):
        last = await desk.sync()
    assert last.exit == Exit.IN_STEP
    assert titles(desk) == edited()
    await desk.quiet()


REFUSALS = {
    "asana": (400, '{"errors":[{"message":"offset: Your pagination token is invalid or has expired."}]}'),
    "basecamp": (404, '{"status":404,"error":"Not Found"}'),
    "microsoft365": (410, '{"error":{"code":"SyncStateNotFound","message":"The sync state is gone."}}'),
}


@pytest.mark.parametrize("tool", LISTINGS)
async def test_h15_a_next_page_that_has_expired_stops_that_space_only(desk: Office, tool: str) -> None:
    await desk.sync()
    await edit(desk)
    status, body = REFUSALS[tool]
    page = Fault("GET", r"offset=|page=2|skip", "status", times=None, status=status, body=body)
    armed = desk.world.faults[tool].add(page)
    report = await desk.sync(full=True)
    assert armed.hits
    assert {space.space for space in report.spaces.values() if space.state != "ok"} <= {SPACES[tool]}
    assert sum(space.created + space.deleted for space in report.spaces.values()) == 0
    desk.world.faults[tool].clear()
    for _ in range(2):
        last = await desk.sync(full=True)
    assert last.exit == Exit.IN_STEP
    assert titles(desk) == edited()
    await desk.quiet()
