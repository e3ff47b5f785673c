"""Writing: each verb, what it costs, what it leaves alone, and what a refusal or a lost answer means."""

from __future__ import annotations

from dataclasses import replace
from datetime import UTC, date, datetime, timedelta
from typing import Any

import pytest

from connectors.contract import Missing, Write
from domain.errors import Paused, SetAside, Stale, Uncertain
from domain.plan import Verb
from sandbox.faults import Fault
from tests.connectors.asana.world import (
    TASK,
    World,
    as_ada,
    below,
    creation,
    edit,
    everything,
    lost,
    read,
    shown,
    views,
    writable,
)

NOON = datetime(2027, 3, 27, 11, 0, tzinfo=UTC)
DAY = date(2027, 3, 27)


async def test_a_create_carries_everything_in_one_request(world: World) -> None:
    tag = world.state.add_tag("care")
    fields: dict[str, Any] = {
        "title": "Prepare the meeting",
        "notes": "Bring the minutes",
        "state": "done",
        "assignees": frozenset({world.ada}),
        "start": date(2027, 3, 1),
        "due": NOON,
        "tags": frozenset({"care"}),
    }
    async with world.space() as space:
        await space.people()
        world.forget()
        remote = await space.write(creation(space, **fields))
        assert remote is not None
        assert world.calls("POST") == ["POST /tasks"]
        view = dict(space.view(remote))
        assert remote.version == (await read(space, remote.id)).version
    assert isinstance(view.pop("completed_at"), datetime)
    assert view == {**fields, "kind": "task", "list": None, "parent": None}
    assert [made.gid for made in world.state.tasks[remote.id].tags] == [tag]
    assert world.state.tasks[remote.id].followers == [world.state.users[world.bot], world.state.users[world.ada]]
    assert [(notice.user, notice.reason) for notice in world.state.notified] == [(world.ada, "assigned")]


async def test_a_plain_create_is_one_request(world: World) -> None:
    async with world.space() as space:
        remote = await space.write(creation(space, title="One", due=DAY))
        assert world.calls() == ["POST /tasks"]
        assert remote is not None
        assert space.view(remote) == {**writable({"title": "One", "due": DAY}), "completed_at": None}
    assert world.state.notified == []


async def test_a_milestone_is_created_as_one(world: World) -> None:
    async with world.space() as space:
        remote = await space.write(creation(space, kind="milestone", title="Launch", due=DAY, start=date(2027, 3, 1)))
        assert remote is not None
        view = space.view(remote)
    assert (view["kind"], view["due"], "start" in view) == ("milestone", DAY, False)


async def test_a_create_in_a_list_is_moved_there_and_makes_the_section_once(world: World) -> None:
    async with world.space() as space:
        for number in range(2):
            remote = await space.write(creation(space, title=f"Task {number}", list="Doing"))
            assert remote is not None
            assert space.view(remote)["list"] == "Doing"
            assert remote.version == (await read(space, remote.id)).version
        assert world.calls().count(f"POST /projects/{world.project}/sections") == 1
        assert world.calls().count(f"GET /projects/{world.project}/sections") == 1


async def test_a_subtask_is_created_below_its_parent_and_in_no_project(world: World) -> None:
    parent = world.add("Parent")
    async with world.space() as space:
        remote = await space.write(creation(space, title="Child", parent=parent, list="Doing"))
        assert remote is not None
        assert world.calls("POST") == [f"POST /tasks/{parent}/subtasks"]
        assert space.view(remote)["parent"] == parent
        assert set(await views(space)) == {parent, remote.id}
    assert world.state.tasks[remote.id].memberships == {}


async def test_an_update_is_one_put_with_what_changed_alone(world: World) -> None:
    gid = world.add("Old", html_notes="<body>kept <strong>as it is</strong></body>", due_on="2027-03-01")
    async with world.space() as space:
        current = await read(space, gid)
        world.forget()
        write = update(space.view(current), gid, current, title="New", state="done")
        after = await space.write(write)
        assert world.calls() == [f"PUT /tasks/{gid}"]
        assert after is not None
        assert after.version == (await read(space, gid)).version
    task = world.state.tasks[gid]
    assert (task.name, task.completed, task.text.rich) == ("New", True, "<body>kept <strong>as it is</strong></body>")


async def test_completing_and_opening_again(world: World) -> None:
    gid = world.add("Task")
    async with world.space() as space:
        done = space.view(await edit(space, gid, Verb.COMPLETE, state="done"))
        assert done["state"] == "done"
        assert isinstance(done["completed_at"], datetime)
        opened = space.view(await edit(space, gid, state="open"))
        assert (opened["state"], opened["completed_at"]) == ("open", None)


async def test_an_approval_is_completed_by_its_state(world: World) -> None:
    gid = world.add("Approve", resource_subtype="approval")
    async with world.space() as space:
        assert (await shown(space, gid))["kind"] == "task"
        await edit(space, gid, Verb.COMPLETE, state="done")
    assert (world.state.tasks[gid].approval_status, world.state.tasks[gid].resource_subtype) == ("approved", "approval")


@pytest.mark.parametrize("before", [None, DAY, NOON])
@pytest.mark.parametrize("after", [None, DAY, NOON, NOON + timedelta(days=3)])
async def test_due_dates_change_between_none_day_and_moment(world: World, before: Any, after: Any) -> None:
    world.state.time_zone = "America/Los_Angeles"  # the day of a moment is derived in the reader's zone
    async with world.space() as space:
        remote = await space.write(creation(space, title="Task", due=before))
        assert remote is not None
        view = space.view(await edit(space, remote.id, due=after))
    assert view["due"] == after
    assert type(view["due"]) is type(after)


@pytest.mark.parametrize(
    ("before", "after", "start"),
    [
        ((date(2027, 3, 1), DAY), {"due": NOON}, date(2027, 3, 1)),
        ((NOON - timedelta(days=3), NOON), {"due": DAY}, date(2027, 3, 24)),
        ((NOON - timedelta(days=3), NOON), {"due": None}, None),
        ((date(2027, 3, 1), DAY), {"due": date(2027, 2, 1)}, None),
        ((date(2027, 3, 1), DAY), {"start": None}, None),
        ((date(2027, 3, 1), DAY), {"start": DAY}, None),
        ((None, DAY), {"start": date(2027, 3, 1)}, date(2027, 3, 1)),
        ((None, NOON), {"start": NOON - timedelta(hours=2)}, NOON - timedelta(hours=2)),
        ((date(2027, 3, 1), DAY), {"start": date(2027, 4, 1), "due": date(2027, 4, 2)}, date(2027, 4, 1)),
    ],
)
async def test_a_start_goes_along_with_its_due_date(world: World, before: Any, after: Any, start: Any) -> None:
    async with world.space() as space:
        remote = await space.write(creation(space, title="Task", start=before[0], due=before[1]))
        assert remote is not None
        view = space.view(await edit(space, remote.id, **after))
    assert view["start"] == start
    assert view["due"] == after.get("due", before[1])


async def test_a_task_becomes_a_milestone_and_a_task_again(world: World) -> None:
    gid = world.add("Launch", start_on="2027-03-01", due_on="2027-03-27")
    async with world.space() as space:
        view = space.view(await edit(space, gid, kind="milestone"))
        assert (view["kind"], view["due"], "start" in view) == ("milestone", DAY, False)
        view = space.view(await edit(space, gid, kind="task", start=date(2027, 3, 2)))
        assert (view["kind"], view["due"], view["start"]) == ("task", DAY, date(2027, 3, 2))


async def test_a_due_date_that_does_not_replace_the_old_one_is_set_anew(world: World, monkeypatch: Any) -> None:
    """Should Asana keep the time when a day is sent, it is cleared first."""
    from sandbox.asana import schedule

    replaced = schedule._with_due

    def keeping(now: Any, data: Any) -> Any:
        if now.due_at is not None and data.get("due_on") is not None:
            return now
        return replaced(now, data)

    monkeypatch.setattr(schedule, "_with_due", keeping)
    gid = world.add("Task", due_at="2027-03-27T11:00:00.000Z", start_on="2027-03-01")
    async with world.space() as space:
        view = space.view(await edit(space, gid, due=DAY))
    assert (view["due"], view["start"]) == (DAY, date(2027, 3, 1))


async def test_lists_are_sections_and_the_untitled_one_is_none(world: World) -> None:
    gid = world.add("Task")
    async with world.space() as space:
        assert space.view(await edit(space, gid, Verb.MOVE, list="Doing"))["list"] == "Doing"
        assert space.view(await edit(space, gid, Verb.MOVE, list="Done, really"))["list"] == "Done, really"
        assert space.view(await edit(space, gid, Verb.MOVE, list=None))["list"] is None
        assert space.view(await edit(space, gid, Verb.MOVE, list="Doing"))["list"] == "Doing"
    assert [section.name for section in world.state.projects[world.project].sections] == [
        "Untitled section",
        "Doing",
        "Done, really",
    ]


async def test_a_project_without_an_untitled_section_keeps_the_task_where_it_is(world: World) -> None:
    world.state.projects[world.project].sections[0].name = "To do"
    gid = world.add("Task")
    async with world.space() as space:
        assert space.view(await edit(space, gid, Verb.MOVE, list=None))["list"] == "To do"


async def test_a_move_leaves_other_projects_alone(world: World) -> None:
    other = world.state.add_project("Other", members=[world.bot, world.ada])
    section = world.state.add_section(other, "Elsewhere")
    gid = world.add("Both", memberships=[{"project": world.project}, {"project": other, "section": section}])
    async with world.space() as space:
        await edit(space, gid, list="Doing", title="Renamed")
    places = {project: place.name for project, place in world.state.tasks[gid].memberships.items()}
    assert places == {world.project: "Doing", other: "Elsewhere"}


async def test_tags_are_found_by_name_made_if_need_be_and_merged(world: World) -> None:
    care, old = world.state.add_tag("care"), world.state.add_tag("old")
    gid = world.add("Task", tags=[old])
    async with world.space() as space:
        view = space.view(await edit(space, gid, tags=frozenset({"care", "new"})))
        assert view["tags"] == {"care", "new"}
        assert care in {tag.gid for tag in world.state.tasks[gid].tags}
        current = await read(space, gid)
        await as_ada(world, "POST", f"/tasks/{gid}/addTag", {"tag": old})
        fresh = await read(space, gid)
        write = update(space.view(current), gid, fresh, tags=frozenset({"care"}))
        after = await space.write(write)
        assert after is not None
        assert space.view(after)["tags"] == {"care", "old"}
    assert [tag.name for tag in world.state.tags.values()] == ["care", "old", "new"]


async def test_a_task_becomes_a_subtask_and_is_freed_again(world: World) -> None:
    parent, gid = world.add("Parent"), world.add("Task")
    section = world.state.add_section(world.project, "Doing")
    async with world.space() as space:
        view = space.view(await edit(space, gid, Verb.MOVE, parent=parent))
        assert (view["parent"], "list" in view) == (parent, False)
        child = below(world, parent, "Child")
        view = space.view(await edit(space, child, Verb.MOVE, parent=None, list="Doing"))
        assert (view["parent"], view["list"]) == (None, "Doing")
    assert world.state.tasks[child].memberships[world.project].gid == section


async def test_assignees_are_set_and_taken_away(world: World) -> None:
    gid = world.add("Task")
    async with world.space() as space:
        view = space.view(await edit(space, gid, assignees=frozenset({world.ada})))
        assert view["assignees"] == {world.ada}
        assert space.view(await edit(space, gid, assignees=frozenset()))["assignees"] == frozenset()


async def test_an_edit_made_between_read_and_write_survives_in_other_fields(world: World) -> None:
    gid = world.add("Task", due_on="2027-03-27")
    async with world.space() as space:
        stale = await read(space, gid)
        base = space.view(stale)
        await as_ada(world, "PUT", f"/tasks/{gid}", {"start_on": "2027-03-01", "due_on": "2027-03-27", "name": "Hers"})
        after = await space.write(update(base, gid, await read(space, gid), due=date(2027, 3, 28)))
        assert after is not None
        view = space.view(after)
    assert (view["title"], view["start"], view["due"]) == ("Hers", date(2027, 3, 1), date(2027, 3, 28))


async def test_a_delete_goes_to_the_trash_and_twice_is_the_same(world: World) -> None:
    gid = world.add("Task")
    async with world.space() as space:
        current = await read(space, gid)
        write = Write(Verb.DELETE, TASK, "task", "record", "key", gid, {}, {}, space.view(current), None, current)
        assert await space.write(write) is None
        assert await space.fetch(TASK, gid) is Missing.GONE
        assert await space.write(write) is None
        assert await space.write(replace(write, current=None)) is None
    assert world.state.tasks[gid].trashed_at is not None


async def test_a_delete_takes_no_subtasks_along(world: World) -> None:
    section = world.state.add_section(world.project, "Doing")
    gid = world.add("Parent", memberships=[{"project": world.project, "section": section}])
    child = below(world, gid, "Child")
    grandchild = below(world, child, "Grandchild")
    async with world.space() as space:
        current = await read(space, gid)
        write = Write(Verb.DELETE, TASK, "task", "record", "key", gid, {}, {}, space.view(current), None, current)
        assert await space.write(write) is None
        left = await views(space)
    assert set(left) == {child, grandchild}
    assert (left[child]["parent"], left[child]["list"]) == (None, "Doing")
    assert left[grandchild]["parent"] == child


async def test_a_subtask_deleted_meanwhile_does_not_stop_the_delete(world: World) -> None:
    gid = world.add("Parent")
    child, other = below(world, gid, "Child"), below(world, gid, "Other")
    refusal = '{"errors": [{"message": "task: Unknown object"}]}'
    world.faults.add(Fault("POST", rf"/tasks/{child}/addProject", "status", status=404, body=refusal))
    async with world.space() as space:
        current = await read(space, gid)
        write = Write(Verb.DELETE, TASK, "task", "record", "key", gid, {}, {}, space.view(current), None, current)
        assert await space.write(write) is None
        assert await space.fetch(TASK, gid) is Missing.GONE
        assert (await shown(space, other))["parent"] is None


async def test_h13_a_lost_create_is_uncertain_and_found_again(world: World) -> None:
    world.add("Ask", due_on="2027-03-27")  # somebody else's, alike
    fields: dict[str, Any] = {"title": "Ask", "due": DAY}
    async with world.space() as space:
        await space.write(creation(space, title="Ask", due=date(2027, 1, 1)))
        world.faults.add(Fault("POST", r"/tasks$|/tasks\?", "lost_answer"))
        with pytest.raises(Uncertain):
            await space.write(creation(space, **fields))
        found = await space.find(lost(space, **fields))
        assert [space.view(remote)["due"] for remote in found] == [DAY]
        assert found[0].version == (await read(space, found[0].id)).version
        assert await space.find(lost(space, title="Never sent")) == []


async def test_h13_an_older_task_of_ours_is_not_taken_for_the_lost_one(world: World) -> None:
    now = datetime.now(UTC)
    world.state.now = lambda: now - timedelta(hours=1)
    old = world.add("Ask", by=world.bot)
    world.state.now = lambda: now
    await as_ada(world, "PUT", f"/tasks/{old}", {"completed": True})
    async with world.space() as space:
        assert await space.find(lost(space, title="Ask", since=now)) == []
        assert len(await space.find(lost(space, title="Ask", since=now - timedelta(hours=2)))) == 1


async def test_h13_a_lost_subtask_is_looked_for_below_its_parent(world: World) -> None:
    parent = world.add("Parent")
    async with world.space() as space:
        world.faults.add(Fault("POST", r"/subtasks", "lost_answer"))
        with pytest.raises(Uncertain):
            await space.write(creation(space, title="Child", parent=parent))
        found = await space.find(lost(space, title="Child", parent=parent))
        assert [space.view(remote)["parent"] for remote in found] == [parent]
        await as_ada(world, "DELETE", f"/tasks/{parent}")
        assert await space.find(lost(space, title="Child", parent=parent)) == []


async def test_h13_external_ids_find_a_lost_create_by_its_mark(world: World) -> None:
    world.state.external_allowed = True
    world.tolerated.append("'external', 'data'")
    async with world.space(external_ids=True) as space:
        world.faults.add(Fault("POST", r"/tasks", "lost_answer"))
        with pytest.raises(Uncertain):
            await space.write(creation(space, mark="record-7", title="Ask"))
        assert [remote.mark for remote in await space.find(lost(space, mark="record-7", title="Other"))] == ["record-7"]
        assert await space.find(lost(space, mark="record-8", title="Ask")) == []
        found, _ = await everything(space)
        assert [remote.mark for remote in found.values()] == ["record-7"]


async def test_h20_a_lost_create_is_found_although_asanas_clock_is_off(world: World) -> None:
    world.state.now = lambda: datetime.now(UTC) - timedelta(days=1)
    async with world.space() as space:
        await space.people()
        made = await space.write(creation(space, title="Ask"))
        assert made is not None
        assert [remote.id for remote in await space.find(lost(space, title="Ask"))] == [made.id]


async def test_a_create_that_could_not_be_moved_is_not_sent_again(world: World) -> None:
    refusal = '{"errors": [{"message": "Forbidden"}]}'
    world.faults.add(Fault("POST", r"/addTask", "status", status=403, body=refusal))
    async with world.space() as space:
        with pytest.raises(Uncertain, match="was made"):
            await space.write(creation(space, title="Ask", list="Doing"))
        assert len(await space.find(lost(space, title="Ask", list="Doing"))) == 1


async def test_h28_what_asana_refuses_is_set_aside_with_its_words(world: World) -> None:
    gid = world.add("Task")
    async with world.space() as space:
        with pytest.raises(SetAside, match="Not a user") as refused:
            await edit(space, gid, assignees=frozenset({"999"}))
        assert "Task" in refused.value.message
        with pytest.raises(SetAside):
            await space.write(creation(space, title="Ask", assignees=frozenset({"999"})))
        assert "Ask" not in [view["title"] for view in (await views(space)).values()]


@pytest.mark.parametrize("title", ["", "🦉 \u05e9\u05dc\u05d5\u05dd", "a\x00b\x1fc", "x" * 5000, "\ud83d", " spaces "])
async def test_h28_strange_titles_go_through(world: World, title: str) -> None:
    async with world.space() as space:
        write = creation(space, title=title)
        remote = await space.write(write)
        assert remote is not None
        assert space.view(remote)["title"] == write.view["title"]


async def test_h28_very_long_notes_go_through(world: World) -> None:
    async with world.space() as space:
        remote = await space.write(creation(space, title="Long", notes="word " * 200_000))
        assert remote is not None
        assert len(str(space.view(remote)["notes"])) == 999_999


async def test_a_task_deleted_before_the_write_is_stale(world: World) -> None:
    gid = world.add("Task")
    async with world.space() as space:
        current = await read(space, gid)
        await as_ada(world, "DELETE", f"/tasks/{gid}")
        with pytest.raises(Stale):
            await space.write(update(space.view(current), gid, current, title="New"))


async def test_h17_writes_to_a_withdrawn_or_read_only_project_pause_the_space(world: World) -> None:
    gid = world.add("Task")
    async with world.space() as space:
        current = await read(space, gid)
        world.state.add_member(world.project, world.bot, access="commenter")
        with pytest.raises(Paused, match="not add to it"):
            await space.write(creation(space, title="New"))
        with pytest.raises(SetAside, match="edit this task"):
            await space.write(update(space.view(current), gid, current, title="New"))
        world.state.withdraw(world.project, world.bot)
        with pytest.raises(Paused, match="cannot see it"):
            await space.write(update(space.view(current), gid, current, title="New"))


async def test_external_ids_without_an_oauth_app_are_explained(world: World) -> None:
    async with world.space(external_ids=True) as space:
        with pytest.raises(Paused, match="external_ids"):
            await space.write(creation(space, title="New"))


async def test_a_put_whose_answer_is_lost_is_simply_repeated(world: World) -> None:
    gid = world.add("Task")
    world.faults.add(Fault("PUT", r"/tasks/", "lost_answer"))
    async with world.space() as space:
        assert space.view(await edit(space, gid, title="New"))["title"] == "New"


async def test_the_same_tag_or_section_is_not_made_twice_by_writes_at_once(world: World) -> None:
    import asyncio

    async with world.space() as space:
        writes = [creation(space, mark=str(n), title=f"{n}", list="Doing", tags=frozenset({"care"})) for n in range(6)]
        await asyncio.gather(*(space.write(write) for write in writes))
    assert [tag.name for tag in world.state.tags.values()] == ["care"]
    assert len(world.state.projects[world.project].sections) == 2


def update(base: Any, gid: str, current: Any, **fields: Any) -> Write:
    """Return the write of an update as planned from `base`, with the read that precedes it."""
    view = {**{name: value for name, value in base.items() if name != "completed_at"}, **fields}
    return Write(Verb.UPDATE, TASK, "task", "record", "key", gid, fields, view, base, current.version, current)
