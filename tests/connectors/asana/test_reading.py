"""Reading a project: everything, changes since a token, one task, and what must never be taken for a deletion."""

from __future__ import annotations

import asyncio
import json
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest

from connectors.asana.events import Cursor, Hints, read_cursor
from connectors.asana.raw import is_task
from connectors.contract import Missing
from domain.errors import ConnectAgain, Paused, Retriable
from sandbox.faults import Fault
from tests.connectors.asana.world import TASK, World, as_ada, below, everything, read, setup_of, views


def titles(world: World, gids: Any) -> set[str]:
    return {world.state.tasks[gid].name for gid in gids}


async def test_a_full_read_gives_every_task_and_subtask_once(world: World) -> None:
    for number in range(130):
        world.add(f"Task {number}")
    parent = world.add("Parent")
    child = below(world, parent, "Child")
    below(world, child, "Grandchild")
    async with world.space() as space:
        found, observation = await everything(space)
    assert observation.complete
    assert observation.cursor is not None
    assert len(found) == 133
    assert {"Child", "Grandchild", "Parent"} <= titles(world, found)


async def test_a_full_read_costs_lists_only(world: World) -> None:
    for number in range(130):
        world.add(f"Task {number}")
    parent = world.add("Parent")
    below(world, parent, "Child")
    async with world.space() as space:
        await everything(space)
        assert sorted(world.calls()) == sorted(
            [
                f"GET /projects/{world.project}",
                "GET /events",
                "GET /tasks",
                "GET /tasks",
                f"GET /tasks/{parent}/subtasks",
            ]
        )


async def test_nothing_changed_costs_one_call(world: World) -> None:
    world.add("Task")
    async with world.space() as space:
        _, first = await everything(space)
        world.forget()
        found, second = await everything(space, first.cursor)
    assert world.calls() == ["GET /events"]
    assert (found, second.complete, second.read, list(second.gone)) == ({}, False, 0, [])


async def test_changes_since_a_cursor_are_read_task_by_task(world: World) -> None:
    kept, moved, deleted, taken = (world.add(name) for name in ("kept", "moved", "deleted", "taken out"))
    section = world.state.add_section(world.project, "Doing")
    async with world.space() as space:
        _, first = await everything(space)
        await as_ada(world, "PUT", f"/tasks/{kept}", {"name": "kept, renamed"})
        await as_ada(world, "POST", f"/sections/{section}/addTask", {"task": moved})
        await as_ada(world, "DELETE", f"/tasks/{deleted}")
        await as_ada(world, "POST", f"/tasks/{taken}/removeProject", {"project": world.project})
        new = world.add("new")
        world.forget()
        found, second = await everything(space, of_a_large_project(first.cursor))
        shown = {gid: space.view(remote) for gid, remote in found.items()}
    assert shown[kept]["title"] == "kept, renamed"
    assert shown[moved]["list"] == "Doing"
    assert set(found) == {kept, moved, new}
    assert set(second.gone) == {deleted, taken}
    assert not second.complete
    assert len(world.calls()) == 1 + 4  # no read for what was deleted: sync confirms that itself


async def test_a_cursor_continues_where_the_last_read_ended(world: World) -> None:
    gid = world.add("one")
    async with world.space() as space:
        _, first = await everything(space)
        await as_ada(world, "PUT", f"/tasks/{gid}", {"name": "two"})
        _, second = await everything(space, first.cursor)
        found, third = await everything(space, second.cursor)
        assert found == {}
        await as_ada(world, "PUT", f"/tasks/{gid}", {"name": "three"})
        found, _ = await everything(space, third.cursor)
        assert set(found) == {gid}


async def test_more_than_a_hundred_events_are_followed(world: World) -> None:
    gids = [world.add(f"Task {number}") for number in range(3)]
    async with world.space() as space:
        _, first = await everything(space)
        for number in range(80):
            await as_ada(world, "PUT", f"/tasks/{gids[number % 3]}", {"name": f"Name {number}"})
        world.forget()
        found, second = await everything(space, of_a_large_project(first.cursor))
        assert set(found) == set(gids)
        assert world.calls().count("GET /events") == 2  # 80 changes and their 80 stories
        assert (await everything(space, second.cursor))[0] == {}


async def test_many_changes_are_cheaper_as_one_list(world: World) -> None:
    gids = [world.add(f"Task {number}") for number in range(60)]
    async with world.space() as space:
        _, first = await everything(space)
        for gid in gids:
            await as_ada(world, "PUT", f"/tasks/{gid}", {"completed": True})
        world.forget()
        found, second = await everything(space, of_a_large_project(first.cursor))
        assert (len(found), second.complete) == (60, True)
        assert not [call for call in world.calls() if call.startswith("GET /tasks/")]
        assert (await everything(space, second.cursor))[0] == {}


async def test_a_small_project_is_read_as_a_list_rather_than_task_by_task(world: World) -> None:
    gids = [world.add(f"Task {number}") for number in range(5)]
    async with world.space() as space:
        _, first = await everything(space)
        for gid in gids[:2]:
            await as_ada(world, "PUT", f"/tasks/{gid}", {"completed": True})
        world.forget()
        found, second = await everything(space, first.cursor)
        assert (set(found), second.complete) == (set(gids[:2]), False)
        assert len(world.calls()) == 3
        for gid in gids[2:]:
            await as_ada(world, "PUT", f"/tasks/{gid}", {"completed": True})
        world.forget()
        found, third = await everything(space, second.cursor)
        assert (set(found), third.complete) == (set(gids), True)
        assert world.calls() == ["GET /events", f"GET /projects/{world.project}", "GET /tasks"]
        assert (await everything(space, third.cursor))[0] == {}


async def test_a_renamed_section_is_a_change_of_all_its_tasks(world: World) -> None:
    section = world.state.add_section(world.project, "Doing")
    gid = world.add("Task", memberships=[{"project": world.project, "section": section}])
    async with world.space() as space:
        before, first = await everything(space)
        await as_ada(world, "PUT", f"/sections/{section}", {"name": "In hand"})
        after, second = await everything(space, first.cursor)
        assert second.complete
        assert space.view(after[gid])["list"] == "In hand"
        assert after[gid].version != before[gid].version


@pytest.mark.parametrize("name", ["H15"])
async def test_h15_an_expired_token_gives_a_full_read(world: World, name: str) -> None:
    gids = {world.add(f"{name} {number}") for number in range(3)}
    async with world.space() as space:
        _, first = await everything(space)
        world.state.expire_sync_tokens()
        found, second = await everything(space, first.cursor)
        assert (set(found), second.complete) == (gids, True)
        assert second.cursor not in (None, first.cursor)
        found, third = await everything(space, second.cursor)
        assert (found, third.complete) == ({}, False)


async def test_h15_an_edit_during_the_full_read_is_not_lost(world: World) -> None:
    gids = [world.add(f"Task {number}") for number in range(130)]
    hit = world.faults.add(Fault("GET", r"/tasks\?.*offset=", "hold"))
    async with world.space() as space:
        reading = asyncio.ensure_future(everything(space))
        await asyncio.to_thread(hit.reached.wait)
        await as_ada(world, "PUT", f"/tasks/{gids[0]}", {"name": "edited meanwhile"})
        await as_ada(world, "PUT", f"/tasks/{gids[-1]}", {"name": "edited meanwhile"})
        hit.release()
        _, observation = await reading
        found, _ = await everything(space, observation.cursor)
    assert set(found) == {gids[0], gids[-1]}


@pytest.mark.parametrize("cursor", ["", "no json", "[]", "{}", '{"project": "1", "sync": "x"}', "123"])
async def test_a_cursor_that_is_none_of_ours_gives_a_full_read(world: World, cursor: str) -> None:
    world.add("Task")
    async with world.space() as space:
        _, observation = await everything(space, cursor)
    assert observation.complete


def test_a_cursor_belongs_to_its_project() -> None:
    cursor = Cursor("1", "token", 7)
    assert read_cursor(str(cursor), "1") == cursor
    assert read_cursor(str(cursor), "2") is None
    assert read_cursor(json.dumps({"project": "1", "sync": 5, "calls": 7}), "1") is None
    assert read_cursor(json.dumps({"project": "1", "sync": "token"}), "1") is None


async def test_h14_a_repeated_page_makes_the_read_incomplete(world: World) -> None:
    for number in range(250):
        world.add(f"Task {number}")
    world.faults.add(Fault("GET", r"/tasks\?", "repeat_page"))
    async with world.space() as space:
        _, observation = await everything(space)
        assert (observation.complete, observation.cursor) == (False, None)
        found, observation = await everything(space, observation.cursor)
    assert (observation.complete, len(found)) == (True, 250)


async def test_an_offset_that_expires_in_the_middle_starts_the_list_again(world: World) -> None:
    for number in range(250):
        world.add(f"Task {number}")
    refusal = '{"errors": [{"message": "offset: Your pagination token has expired."}]}'
    world.faults.add(Fault("GET", r"/tasks\?.*offset=", "status", status=400, body=refusal, after=1))
    async with world.space() as space:
        found, observation = await everything(space)
    assert (observation.complete, len(found)) == (True, 250)


async def test_a_list_that_is_cut_for_good_is_never_complete(world: World) -> None:
    for number in range(250):
        world.add(f"Task {number}")
    refusal = '{"errors": [{"message": "The result is too large and was truncated."}]}'
    world.faults.add(Fault("GET", r"/tasks\?.*offset=", "status", status=400, body=refusal, times=None))
    async with world.space() as space:
        found, observation = await everything(space)
    assert (observation.complete, observation.cursor, len(found)) == (False, None, 100)


async def test_h01_a_page_that_fails_fails_the_read(world: World) -> None:
    for number in range(130):
        world.add(f"Task {number}")
    world.faults.add(Fault("GET", r"/tasks\?.*offset=", "status", status=502, times=None))
    async with world.space() as space:
        with pytest.raises(Retriable):
            await everything(space)


async def test_subtasks_that_vanish_while_reading_make_it_incomplete(world: World) -> None:
    parent = world.add("Parent")
    below(world, parent, "Child")
    refusal = '{"errors": [{"message": "task: Unknown object"}]}'
    world.faults.add(Fault("GET", r"/subtasks", "status", status=404, body=refusal))
    async with world.space() as space:
        found, observation = await everything(space)
        assert (set(found), observation.complete, observation.cursor) == ({parent}, False, None)


async def test_multi_homed_tasks_count_once_and_show_the_section_of_this_project(world: World) -> None:
    other = world.state.add_project("Other", members=[world.bot, world.ada])
    section = world.state.add_section(other, "Elsewhere")
    places = [{"project": other, "section": section}, {"project": world.project}]
    gid = world.add("Both", memberships=places)
    async with world.space() as space, world.space(other) as beside:
        assert [view["list"] for view in (await views(space)).values()] == [None]
        assert [view["list"] for view in (await views(beside)).values()] == ["Elsewhere"]
        assert (await read(space, gid)).version != (await read(beside, gid)).version


def test_separators_are_no_work() -> None:
    assert is_task({"gid": "1", "resource_subtype": "default_task", "is_rendered_as_separator": False})
    assert is_task({"gid": "1", "resource_subtype": "approval"})
    assert not is_task({"gid": "1", "resource_subtype": "default_task", "is_rendered_as_separator": True})
    assert not is_task({"gid": "1", "resource_subtype": "section"})


async def test_a_subtask_in_the_project_itself_is_read_once(world: World) -> None:
    parent = world.add("Parent")
    child = below(world, parent, "Child", projects=[world.project])
    async with world.space() as space:
        shown = await views(space)
    assert shown[child]["parent"] == parent
    assert "list" not in shown[child]


async def test_h22_a_deleted_task_that_is_restored_is_a_change(world: World) -> None:
    gid = world.add("Task")
    async with world.space() as space:
        _, first = await everything(space)
        await as_ada(world, "DELETE", f"/tasks/{gid}")
        world.state.restore_task(gid)
        found, second = await everything(space, first.cursor)
    assert (set(found), second.gone) == ({gid}, [])


async def test_a_task_moved_in_brings_its_subtasks(world: World) -> None:
    other = world.state.add_project("Other", members=[world.bot, world.ada])
    parent = world.add("Parent", project=other)
    child = below(world, parent, "Child")
    grandchild = below(world, child, "Grandchild")
    async with world.space() as space:
        _, first = await everything(space)
        await as_ada(world, "POST", f"/tasks/{parent}/addProject", {"project": world.project})
        found, _ = await everything(space, first.cursor)
    assert set(found) == {parent, child, grandchild}


async def test_an_edited_subtask_is_found_in_scope(world: World) -> None:
    parent = world.add("Parent")
    child = below(world, parent, "Child")
    grandchild = below(world, child, "Grandchild")
    async with world.space() as space:
        _, first = await everything(space)
        await as_ada(world, "PUT", f"/tasks/{grandchild}", {"name": "Renamed"})
        found, second = await everything(space, first.cursor)
    assert (set(found), second.gone) == ({grandchild}, [])


async def test_fetch_tells_what_became_of_a_task(world: World) -> None:
    other = world.state.add_project("Other", members=[world.bot, world.ada])
    here, deleted, elsewhere = world.add("here"), world.add("deleted"), world.add("elsewhere", project=other)
    child = below(world, elsewhere, "child elsewhere")
    await as_ada(world, "DELETE", f"/tasks/{deleted}")
    async with world.space() as space:
        assert (await read(space, here)).id == here
        assert await space.fetch(TASK, deleted) is Missing.GONE
        assert await space.fetch(TASK, elsewhere) is Missing.OUT_OF_SCOPE
        assert await space.fetch(TASK, child) is Missing.OUT_OF_SCOPE


async def test_fetch_tells_no_access_from_gone(world: World) -> None:
    private = world.state.add_project("Private", members=[world.ada], private=True)
    hidden = world.add("hidden", project=private)
    async with world.space() as space:
        assert await space.fetch(TASK, hidden) is Missing.NO_ACCESS


@pytest.mark.parametrize("status", [403, 404])
async def test_h17_withdrawn_access_pauses_the_space(world: World, status: int) -> None:
    gid = world.add("Task")
    world.state.denied_status = status
    async with world.space() as space:
        _, first = await everything(space)
        world.state.withdraw(world.project, world.bot)
        for cursor in (None, first.cursor):
            with pytest.raises(Paused, match="cannot see it"):
                await everything(space, cursor)
        with pytest.raises(Paused):
            await space.fetch(TASK, gid)


async def test_h17_an_archived_or_deleted_project_pauses_the_space(world: World) -> None:
    world.add("Task")
    async with world.space() as space:
        _, first = await everything(space)
        world.state.archive_project(world.project)
        for cursor in (None, first.cursor):
            with pytest.raises(Paused, match="archived"):
                await everything(space, cursor)
        world.state.delete_project(world.project)
        with pytest.raises(Paused, match="gone"):
            await everything(space, None)


async def test_h30_a_revoked_token_asks_to_connect_again(world: World) -> None:
    async with world.space() as space:
        _, first = await everything(space)
        world.state.tokens.clear()
        with pytest.raises(ConnectAgain):
            await everything(space, first.cursor)


async def test_an_app_without_events_reads_everything_each_time(world: World) -> None:
    gid = world.add("Task")
    refusal = '{"errors": [{"message": "Forbidden: missing scope"}]}'
    world.faults.add(Fault("GET", r"/events", "status", status=403, body=refusal, times=None))
    async with world.space() as space:
        found, observation = await everything(space)
    assert (set(found), observation.complete, observation.cursor) == ({gid}, True, None)


async def test_h29_a_rate_limit_is_waited_for(world: World) -> None:
    gids = {world.add(f"Task {number}") for number in range(3)}
    throttled = world.faults.add(Fault("GET", r"/tasks\?", "throttle", retry_after=0))
    async with world.space() as space:
        found, observation = await everything(space)
    assert throttled.hits == 1
    assert (set(found), observation.complete) == (gids, True)


def test_hints_keep_the_last_word_about_a_task() -> None:
    hints = Hints()
    hints.take([event("1", "changed"), event("2", "deleted"), event("1", "deleted"), event("3", "added")], "9")
    hints.take([event("2", "undeleted"), event("3", "changed"), event("4", "changed", "story")], "9")
    assert (hints.changed, hints.gone, hints.everything, hints.project) == ({"2": True, "3": True}, {"1"}, False, False)
    hints.take([event("9", "changed", "project"), event("8", "added", "section"), {}], "9")
    assert (hints.project, hints.everything) == (True, False)
    hints.take([event("8", "changed", "section")], "9")
    assert hints.everything


async def test_h20_modified_at_and_the_clock_come_from_asana(world: World) -> None:
    ahead = timedelta(days=1)
    world.state.now = lambda: datetime.now(UTC) + ahead
    gid = world.add("Task")
    async with world.connection() as connection:
        found, _ = await everything(connection.space(setup_of(world.project)))
        assert connection.clock_offset is not None
        assert abs(connection.clock_offset - ahead) < timedelta(minutes=1)
        modified = found[gid].modified_at
    assert modified is not None
    assert modified > datetime.now(UTC) + timedelta(hours=23)


def of_a_large_project(cursor: str | None) -> str:
    """Return the cursor as if a full read were dear."""
    return json.dumps({**json.loads(cursor or ""), "calls": 1000})


def event(gid: str, action: str, kind: str = "task") -> dict[str, Any]:
    return {"resource": {"gid": gid, "resource_type": kind}, "action": action}
