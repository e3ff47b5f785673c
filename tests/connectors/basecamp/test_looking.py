"""One remote read directly, and the search for a create whose answer was lost."""

from dataclasses import replace
from datetime import date, timedelta

import pytest

from connectors.contract import Missing, Remote
from domain.errors import Paused, Retriable, Uncertain
from domain.fields import RecordType
from domain.values import Value
from sandbox.basecamp.recurrence import Recurrence
from sandbox.faults import Fault
from tests.connectors.basecamp.conftest import World, day

TASK, EVENT = RecordType.TASK, RecordType.EVENT


async def test_a_live_todo_is_read_as_a_listing_shows_it(world: World) -> None:
    connector = world.connector()
    grouped = world.todo(where=world.add_list("Rooms", of=world.autumn))
    loose, entry = world.todo(where=world.tool("todoset")), world.entry()
    listed = {remote.id: remote.version for remote in (await world.read(connector)).remotes}
    fetched = [await world.get(connector, one.id) for one in (grouped, loose)]
    fetched.append(await world.get(connector, entry.id, EVENT))
    assert {remote.id: remote.version for remote in fetched} == listed


async def test_one_read_before_a_write_costs_one_request(world: World) -> None:
    connector, todo = world.connector(), world.todo()
    await world.read(connector)
    with world.counting() as requests:
        await world.get(connector, todo.id)
    assert requests == [f"GET /todos/{todo.id}.json"]


async def test_a_group_unknown_so_far_is_found(world: World) -> None:
    connector = world.connector()
    await world.read(connector)
    todo = world.todo(where=world.add_list("Rooms", of=world.add_list("Winter")))
    assert connector.view(await world.get(connector, todo.id))["list"] == "Winter / Rooms"


@pytest.mark.parametrize("kind", [TASK, EVENT])
async def test_trashed_is_gone_and_archived_is_out_of_scope(world: World, kind: RecordType) -> None:
    connector = world.connector()
    one, other = (world.todo(), world.todo()) if kind is TASK else (world.entry(), world.entry())
    world.trash(one)
    world.state.set_status(other, "archived", by=world.ids["ben"])
    assert await connector.fetch(kind, str(one.id)) is Missing.GONE
    assert await connector.fetch(kind, str(other.id)) is Missing.OUT_OF_SCOPE


async def test_a_todo_of_a_list_in_the_archive_is_out_of_scope(world: World) -> None:
    connector, todo = world.connector(), world.todo()
    world.state.archive_list(world.autumn)
    assert await connector.fetch(TASK, str(todo.id)) is Missing.OUT_OF_SCOPE


@pytest.mark.parametrize("kind", [TASK, EVENT])
async def test_what_a_readable_project_does_not_know_is_gone(world: World, kind: RecordType) -> None:
    connector = world.connector()
    found = world.todo() if kind is TASK else world.entry()
    world.trash(found)
    world.clock.move(days=31)
    world.state.purge()
    with world.counting() as requests:
        assert await connector.fetch(kind, str(found.id)) is Missing.GONE
    assert f"GET /projects/{world.project}.json" in requests


@pytest.mark.parametrize("what", ["withdrawn", "trashed", "archived"])
async def test_with_the_project_gone_nothing_is_said_about_one_todo(world: World, what: str) -> None:
    """H17: a 404 alone is no deletion."""
    connector, todo = world.connector(), world.todo()
    world.trash(todo)
    if what == "withdrawn":
        world.state.withdraw(world.project, world.ids["ada"])
    elif what == "trashed":
        world.state.trash_project(world.project)
    else:
        world.state.archive_project(world.project)
    with pytest.raises(Paused):
        await connector.fetch(TASK, str(todo.id))


async def test_a_client_user_cannot_tell_gone_from_hidden(world: World) -> None:
    connector, todo = world.connector("cleo"), world.todo()
    assert await connector.fetch(TASK, str(todo.id)) is Missing.NO_ACCESS


async def test_forbidden_is_no_access(world: World) -> None:
    connector, todo = world.connector(), world.todo()
    world.faults.add(Fault("GET", rf"/todos/{todo.id}", "status", status=403))
    assert await connector.fetch(TASK, str(todo.id)) is Missing.NO_ACCESS


async def test_what_lies_in_another_project_is_out_of_scope(world: World) -> None:
    other = world.state.add_project("Elsewhere", people=[world.ids["ada"]])
    foreign = world.state.create(
        type(world.todo()), other, world.state.add_list(other, "L"), world.ids["ada"], content="X"
    )
    assert await world.connector().fetch(TASK, str(foreign.id)) is Missing.OUT_OF_SCOPE


async def test_a_repeating_entry_is_read_through_its_first_date_and_no_redirect_followed(world: World) -> None:
    connector = world.connector()
    entry = world.entry(recurrence=Recurrence("every_week", date(2026, 6, 10), None))
    listed = (await world.read(connector)).remotes[0]
    with world.counting() as requests:
        found = await connector.fetch(EVENT, str(entry.id))
    path = f"/schedule_entries/{entry.id}"
    assert requests == [f"GET {path}.json", f"GET {path}/occurrences/20260610.json"]
    assert isinstance(found, Remote)
    assert (found.version, connector.view(found)) == (listed.version, connector.view(listed))
    world.trash(entry)
    assert await connector.fetch(EVENT, str(entry.id)) is Missing.GONE


# The search after a lost answer.


async def test_h13_a_todo_whose_answer_was_lost_is_found_and_not_made_twice(world: World) -> None:
    connector = world.connector()
    fields: dict[str, Value] = {
        "title": "Book the room",
        "due": day("2026-06-05"),
        "list": "Winter",
        "notes": "Second floor",
    }
    world.todo("Book the room", due_on=day("2026-06-05"))  # somebody else's of the same name
    lost = world.lost(connector, **fields)
    world.faults.add(Fault("POST", r"/todos\.json", "lost_answer"))
    with pytest.raises(Uncertain):
        await world.make(connector, **fields)
    [found] = await world.connector().find(lost)
    assert connector.view(found)["notes"] == "Second floor"
    assert len(world.todos()) == 2
    assert found == await world.get(connector, found.id)


async def test_h13_an_entry_whose_answer_was_lost_is_found(world: World) -> None:
    connector = world.connector()
    world.entry()
    lost = world.lost(connector, EVENT)
    world.faults.add(Fault("POST", r"/entries\.json", "lost_answer"))
    with pytest.raises(Uncertain):
        await world.make(connector, EVENT)
    [found] = await connector.find(lost)
    assert connector.view(found)["title"] == "Meet-up"


async def test_a_create_that_never_arrived_is_not_found(world: World) -> None:
    connector = world.connector()
    await world.make(connector, title="Another")
    world.clock.move(minutes=10)
    lost = world.lost(connector, title="Book the room")
    world.faults.add(Fault("POST", r"/todos\.json", "cut"))
    with pytest.raises(Uncertain):
        await world.make(connector, title="Book the room")
    assert await connector.find(lost) == []


@pytest.mark.parametrize(
    "other",
    [{"title": "Book a room"}, {"due": day("2026-06-06")}, {"list": "Summer"}, {"kind": "milestone"}],
    ids=["title", "day", "list", "kind"],
)
async def test_what_differs_is_not_taken_for_the_lost_one(world: World, other: dict[str, Value]) -> None:
    connector = world.connector()
    wanted: dict[str, Value] = {"title": "Book the room", "due": day("2026-06-05"), "list": "Winter"}
    await world.make(connector, **{**wanted, **other})
    assert await connector.find(world.lost(connector, **wanted)) == []


async def test_older_ones_are_left_alone_and_several_come_oldest_first(world: World) -> None:
    connector = world.connector()
    await world.make(connector)
    world.clock.move(minutes=6)
    lost = world.lost(connector)
    twins = [await world.make(connector) for _ in range(2)]
    assert [remote.id for remote in await connector.find(lost)] == [remote.id for remote in twins]


async def test_the_search_stops_at_its_time(world: World) -> None:
    connector = world.connector()
    for number in range(60):
        world.todo(f"Task {number}")
    world.clock.move(hours=1)
    with world.counting() as requests:
        assert await connector.find(world.lost(connector)) == []
    assert sum("recordings.json" in request for request in requests) == 1


async def test_a_clock_that_is_off_does_not_hide_the_lost_one(world: World) -> None:
    """H20: the window is put where the tool's clock is."""
    ahead = timedelta(days=1)
    connector = world.bound(world.connection(ahead=ahead))
    await world.read(connector)
    await world.make(connector)
    lost = world.lost(connector)
    assert len(await connector.find(replace(lost, since=lost.since + ahead))) == 1


async def test_an_inconclusive_search_is_said_to_be_one(world: World) -> None:
    connector = world.connector()
    for number in range(60):
        world.todo(f"Task {number}")
    world.faults.add(Fault("GET", r"recordings.json\?type=Todo&.*page=2", "skip_page"))
    with pytest.raises(Retriable):
        await connector.find(world.lost(connector, title="Task 20"))
