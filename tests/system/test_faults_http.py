"""Faults between copsync and the tools, over real HTTP: nothing is doubled, nothing is lost, the others go on."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest

from sandbox.faults import Fault
from sync.report import Exit
from tests.system.office import Office, fill, office


@pytest.fixture
def desk(tmp_path: Path) -> Iterator[Office]:
    with office(tmp_path) as built:
        yield built


def counts(desk: Office) -> tuple[int, int, int, int]:
    world = desk.world
    return (
        len(world.asana_tasks()),
        len(world.basecamp_todos()),
        len(world.outlook_events()),
        len(world.basecamp_entries()),
    )


CREATES = {
    "asana": ("asana", r"/tasks(\?|$)"),
    "to-do": ("basecamp", r"/todos.json"),
    "entry": ("basecamp", r"/entries.json"),
    "event": ("microsoft365", r"/events$"),
}


@pytest.mark.parametrize("what", CREATES)
async def test_h13_a_create_whose_answer_is_lost_is_found_again(desk: Office, what: str) -> None:
    fill(desk)
    tool, path = CREATES[what]
    armed = desk.world.faults[tool].add(Fault("POST", path, "lost_answer"))
    await desk.sync()
    assert armed.hits == 1
    assert (await desk.sync()).exit == Exit.IN_STEP
    assert counts(desk) == (2, 2, 2, 2)
    await desk.quiet()


async def test_h29_a_rate_limit_in_the_middle_is_waited_for(desk: Office) -> None:
    fill(desk)
    for tool in ("asana", "basecamp", "microsoft365"):
        desk.world.faults[tool].add(Fault("*", ".", "throttle", after=3, times=2, retry_after=1))
    assert (await desk.sync()).exit == Exit.IN_STEP
    assert counts(desk) == (2, 2, 2, 2)


async def test_h30_a_revoked_token_stops_that_space_only(desk: Office) -> None:
    fill(desk)
    token = desk.world.tokens.integration["basecamp"]
    person = desk.world.basecamp.tokens.pop(token)
    report = await desk.sync()
    assert (report.spaces["basecamp"].state, report.exit) == ("paused", Exit.PERSON_NEEDED)
    assert report.spaces["asana"].state == report.spaces["calendar"].state == "ok"
    assert token not in str(report.json())
    desk.world.basecamp.tokens[token] = person
    assert (await desk.sync()).exit == Exit.IN_STEP
    assert counts(desk) == (2, 2, 2, 2)


async def test_h17_an_archived_project_deletes_nothing_anywhere(desk: Office) -> None:
    fill(desk)
    await desk.sync()
    desk.world.asana.archive_project(desk.world.places.asana_project)
    report = await desk.sync(full=True)
    assert report.spaces["asana"].state == "paused"
    assert "archive" in str(report.spaces["asana"].message)
    assert report.exit == Exit.PERSON_NEEDED
    assert len(desk.world.basecamp_todos()) == 2


LISTINGS = {"asana": r"/tasks\?", "basecamp": r"/(todos|entries).json", "microsoft365": r"/events"}


@pytest.mark.parametrize("kind", ["empty_list", "short_list"])
@pytest.mark.parametrize("tool", LISTINGS)
async def test_h01_h02_a_cut_listing_deletes_nothing(desk: Office, tool: str, kind: str) -> None:
    fill(desk)
    await desk.sync()
    desk.world.faults[tool].add(Fault("GET", LISTINGS[tool], kind, times=None))  # type: ignore[arg-type]
    report = await desk.sync(full=True)
    assert sum(space.deleted + space.created for space in report.spaces.values()) == 0
    desk.world.faults[tool].clear()
    assert (await desk.sync(full=True)).steps == []
    assert counts(desk) == (2, 2, 2, 2)


@pytest.mark.parametrize("kind", ["html", "truncated_json"])
async def test_a_tool_that_answers_nonsense_is_left_alone(desk: Office, kind: str) -> None:
    fill(desk)
    desk.world.faults["asana"].add(Fault("GET", ".", kind, times=None))  # type: ignore[arg-type]
    report = await desk.sync()
    assert (report.spaces["asana"].state, report.exit) == ("paused", Exit.PERSON_NEEDED)
    assert len(desk.world.outlook_events()) == len(desk.world.basecamp_entries()) == 2
    desk.world.faults["asana"].clear()
    assert (await desk.sync()).exit == Exit.IN_STEP
    assert counts(desk) == (2, 2, 2, 2)


@pytest.mark.parametrize("tool", ["asana", "basecamp"])
async def test_h26_writes_that_answer_with_an_error_though_they_were_done_are_not_repeated(
    desk: Office, tool: str
) -> None:
    fill(desk)
    armed = desk.world.faults[tool].add(Fault("POST", ".", "status", times=None, status=500, processed=True))
    report = await desk.sync()
    assert armed.hits
    assert report.exit in (Exit.FAILED, Exit.IN_STEP)
    desk.world.faults[tool].clear()
    for _ in range(2):
        last = await desk.sync()
    assert last.exit == Exit.IN_STEP
    assert counts(desk) == (2, 2, 2, 2)
    await desk.quiet()
