"""The full read: what is handed over, and what it costs."""

from datetime import UTC, date, datetime

import pytest

from domain.errors import ConnectAgain, Paused
from domain.fields import RecordType
from sandbox.basecamp.recurrence import Recurrence
from sandbox.faults import Fault
from tests.connectors.basecamp.conftest import World, row_of


async def test_open_completed_grouped_and_loose_todos_and_entries_are_read(world: World) -> None:
    connector = world.connector()
    group = world.add_list("Rooms", of=world.autumn)
    expected = {
        world.todo("Open").id: "Autumn",
        world.todo("Done", done=True).id: "Autumn",
        world.todo("In a group", where=group).id: "Autumn / Rooms",
        world.todo("Loose", where=world.tool("todoset")).id: None,
        world.todo("Loose and done", where=world.tool("todoset"), done=True).id: None,
    }
    entry = world.entry()
    read = await world.read(connector)
    assert read.outcome.complete
    tasks = {remote.id: connector.view(remote)["list"] for remote in read.remotes if remote.type is RecordType.TASK}
    assert tasks == {str(identity): name for identity, name in expected.items()}
    assert [remote.id for remote in read.remotes if remote.type is RecordType.EVENT] == [str(entry.id)]
    assert read.outcome.read == len(expected) + 1


async def test_a_todo_is_seen_whole(world: World) -> None:
    connector = world.connector()
    todo = world.todo(
        "Book the room",
        description="<div>Second floor</div>",
        starts_on=date(2026, 6, 3),
        due_on=date(2026, 6, 5),
        assignees=[world.ids["ben"]],
        done=True,
    )
    read = await world.read(connector)
    view = connector.view(read.remotes[0])
    assert view == {
        "kind": "task",
        "title": "Book the room",
        "notes": "Second floor",
        "state": "done",
        "completed_at": datetime(2026, 6, 1, 9, 0, tzinfo=UTC),
        "assignees": frozenset({str(world.ids["ben"])}),
        "start": date(2026, 6, 3),
        "due": date(2026, 6, 5),
        "list": "Autumn",
    }
    assert read.remotes[0].id == str(todo.id)
    assert read.remotes[0].modified_at == datetime(2026, 6, 1, 9, 0, tzinfo=UTC)


async def test_lists_with_a_meaning_are_recognised_whatever_their_case(world: World) -> None:
    connector = world.connector()
    deadlines, tasks = world.add_list("DEADLINES"), world.add_list("tasks")
    world.todo("Submit", where=deadlines)
    world.todo("In a group of deadlines", where=world.add_list("Q3", of=deadlines))
    world.todo("Anything", where=tasks)
    views = {view["title"]: view for view in map(connector.view, (await world.read(connector)).remotes)}
    assert views["Submit"]["kind"] == views["In a group of deadlines"]["kind"] == "milestone"
    assert "list" not in views["Submit"]
    assert (views["Anything"]["kind"], views["Anything"]["list"]) == ("task", None)


async def test_an_all_day_entry_ends_on_the_day_after(world: World) -> None:
    connector = world.connector()
    world.entry(all_day=True, starts_at=date(2026, 6, 10), ends_at=date(2026, 6, 11), participants=[world.ids["ben"]])
    view = connector.view((await world.read(connector)).remotes[0])
    assert view == {
        "title": "Meet-up",
        "notes": "",
        "start": date(2026, 6, 10),
        "end": date(2026, 6, 12),
        "rrule": None,
        "meeting_url": "",
        "attendees": frozenset({"ben@example.org"}),
    }


async def test_participants_go_by_name_where_the_email_is_masked(world: World) -> None:
    connector = world.connector("ben")
    world.entry(participants=[world.ids["ada"], world.ids["ben"]])
    view = connector.view((await world.read(connector)).remotes[0])
    assert view["attendees"] == {"Ada Admin", "ben@example.org"}


async def test_repeating_entries_are_read_as_one_each(world: World) -> None:
    connector = world.connector()
    weekly = world.entry("Weekly", recurrence=Recurrence("every_week", date(2026, 6, 10), None))
    single = world.entry("Once")
    read = await world.read(connector)
    assert set(read.ids) == {str(weekly.id), str(single.id)}
    assert read.outcome.complete


async def test_a_space_without_events_leaves_the_schedule_alone(world: World) -> None:
    connector = world.connector(events=False)
    world.entry()
    todo = world.todo()
    with world.counting() as requests:
        read = await world.read(connector)
    assert read.ids == [str(todo.id)]
    assert not any("schedule" in request for request in requests)
    assert RecordType.EVENT not in connector.capabilities.types
    assert not connector.admits(RecordType.EVENT, {})


async def test_archived_and_trashed_things_are_not_live(world: World) -> None:
    connector = world.connector()
    away = world.add_list("Put away")
    world.todo(where=away)
    world.state.archive_list(away)
    world.trash(world.todo("Trashed"))
    world.trash(world.entry("Cancelled"))
    kept = world.todo("Kept")
    assert (await world.read(connector)).ids == [str(kept.id)]


async def test_pages_are_followed_and_the_cost_is_lists_not_items(world: World) -> None:
    connector = world.connector()
    for number in range(130):
        world.todo(f"Task {number}")
    with world.counting() as requests:
        read = await world.read(connector)
    assert read.outcome.complete
    assert len(set(read.ids)) == 130
    # the project, two marks, the lists, their groups, 4 pages of open to-dos, the completed, the set, the entries
    assert len(requests) == 12
    assert all(request.startswith("GET ") for request in requests)


async def test_an_empty_project_is_read_to_the_end(world: World) -> None:
    connector = world.connector()
    read = await world.read(connector)
    assert (read.outcome.complete, read.remotes) == (True, [])


async def test_todos_of_another_todoset_are_not_ours(world: World) -> None:
    other = world.state.add_project("Elsewhere", people=[world.ids["ada"]])
    foreign = world.state.add_list(other, "Foreign")
    world.state.create(type(world.todo("Ours")), other, foreign, world.ids["ada"], content="Not ours")
    connector = world.connector()
    read = await world.read(connector)
    assert [row_of(remote)["content"] for remote in read.remotes] == ["Ours"]


async def test_versions_tell_apart_what_a_view_shows(world: World) -> None:
    connector = world.connector()
    todo, group = world.todo(), world.add_list("Rooms", of=world.autumn)
    first = (await world.read(connector)).remotes[0].version
    assert (await world.read(connector)).remotes[0].version == first
    todo.subscribers.add(world.ids["cleo"])
    world.state.touch(todo)
    assert (await world.read(connector)).remotes[0].version == first
    world.state.recordings[world.autumn].children.remove(todo.id)
    world.state.recordings[group].children.append(todo.id)
    todo.parent = group  # as a move does: `updated_at` stays
    moved = (await world.read(connector)).remotes[0].version
    assert moved != first
    world.stored(group).name = "Venues"
    assert (await world.read(connector)).remotes[0].version not in (first, moved)


@pytest.mark.parametrize("what", ["archived", "trashed", "withdrawn", "unknown", "no todoset", "no schedule"])
async def test_a_project_that_cannot_be_used_pauses_the_space(world: World, what: str) -> None:
    world.todo()
    connector = world.connector(project=4711) if what == "unknown" else world.connector()
    if what == "archived":
        world.state.archive_project(world.project)
    elif what == "trashed":
        world.state.trash_project(world.project)
    elif what == "withdrawn":
        world.state.withdraw(world.project, world.ids["ada"])
    elif what.startswith("no "):
        world.state.tool(world.project, what.removeprefix("no ")).enabled = False
    with pytest.raises(Paused) as paused:
        await world.read(connector)
    assert paused.value.mend


async def test_an_inactive_account_pauses_and_says_why(world: World) -> None:
    world.state.account_active = False
    with pytest.raises(Paused, match="not active"):
        await world.read(world.connector())


async def test_the_project_is_asked_for_only_if_it_changed(world: World) -> None:
    """Basecamp: "Using HTTP caching"."""
    connector = world.connector()
    await world.read(connector)
    await world.read(connector)
    asked = [status for _, path, status in world.state.requests if path.endswith(f"/projects/{world.project}.json")]
    assert asked == [200, 304]
    world.state.archive_project(world.project)
    with pytest.raises(Paused):
        await world.read(connector)


async def test_access_lost_in_the_middle_pauses(world: World) -> None:
    world.todo()
    world.faults.add(Fault("GET", r"/todolists/\d+/todos", "status", status=404, times=None))
    world.faults.add(Fault("GET", r"/projects/\d+\.json", "status", status=404, times=None, after=1))
    with pytest.raises(Paused):
        await world.read(world.connector())


async def test_a_list_that_goes_away_in_the_middle_makes_the_read_incomplete(world: World) -> None:
    world.todo()
    world.faults.add(Fault("GET", r"/todolists/\d+/todos", "status", status=404))
    read = await world.read(world.connector())
    assert not read.outcome.complete
    assert read.outcome.cursor is None


async def test_an_unknown_token_asks_to_connect_again(world: World) -> None:
    connector = world.connector("nobody")
    with world.counting() as requests, pytest.raises(ConnectAgain):
        await world.read(connector)
    assert len(requests) == 1
