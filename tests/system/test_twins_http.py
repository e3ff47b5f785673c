"""People use one title again and again: an unclear write is never taken for another item of the same title."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest

from sandbox.faults import Fault
from sync.report import Exit
from tests.system.office import Office, office

TITLE = "Weekly note"
CREATES = {"asana": r"/tasks(\?|$)", "basecamp": r"/todos.json"}


@pytest.fixture
def desk(tmp_path: Path) -> Iterator[Office]:
    with office(tmp_path) as built:
        yield built


def write(desk: Office, into: str, note: str) -> None:
    """Write a task where the tool `into` will have to be told of it."""
    if into == "basecamp":
        desk.world.asana_create(desk.asana_person, name=TITLE, notes=note)
    else:
        name = next(iter(desk.world.places.basecamp_lists))
        desk.world.basecamp_create(desk.basecamp_person, name, TITLE, description=f"<div>{note}</div>")


async def in_step(desk: Office, notes: list[str]) -> None:
    """Assert that a few runs bring every item to both tools, once, without a conflict."""
    for _ in range(2):
        report = await desk.sync()
        assert report.conflicts == []
    assert report.exit == Exit.IN_STEP
    assert sorted(task["notes"] for task in desk.world.asana_tasks()) == notes
    assert sorted(todo["notes"] for todo in desk.world.basecamp_todos()) == notes
    await desk.quiet()


@pytest.mark.parametrize("kind", ["lost_answer", "cut"])
@pytest.mark.parametrize("tool", CREATES)
async def test_h13_one_of_three_alike_is_unclear(desk: Office, tool: str, kind: str) -> None:
    for note in ("a", "b", "c"):
        write(desk, tool, note)
    armed = desk.world.faults[tool].add(Fault("POST", CREATES[tool], kind, after=1))  # type: ignore[arg-type]
    await desk.sync()
    assert armed.hits == 1
    await in_step(desk, ["a", "b", "c"])


@pytest.mark.parametrize("kind", ["lost_answer", "cut"])
@pytest.mark.parametrize("tool", CREATES)
async def test_h13_all_of_three_alike_are_unclear(desk: Office, tool: str, kind: str) -> None:
    for note in ("a", "b", "c"):
        write(desk, tool, note)
    desk.world.faults[tool].add(Fault("POST", CREATES[tool], kind, times=3))  # type: ignore[arg-type]
    await desk.sync()
    await in_step(desk, ["a", "b", "c"])


@pytest.mark.parametrize("kind", ["lost_answer", "cut"])
@pytest.mark.parametrize("tool", CREATES)
async def test_h13_one_alike_was_made_by_the_run_before(desk: Office, tool: str, kind: str) -> None:
    write(desk, tool, "a")
    assert (await desk.sync()).exit == Exit.IN_STEP
    write(desk, tool, "b")
    desk.world.faults[tool].add(Fault("POST", CREATES[tool], kind))  # type: ignore[arg-type]
    await desk.sync()
    await in_step(desk, ["a", "b"])
