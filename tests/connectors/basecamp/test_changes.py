"""The incremental read: the index of recordings, down to where the last read was."""

from datetime import date

import pytest

from connectors.basecamp import changes
from connectors.contract import Missing
from domain.errors import Paused
from domain.fields import RecordType
from sandbox.basecamp.records import Completion
from sandbox.basecamp.recurrence import Recurrence
from sandbox.faults import Fault
from tests.connectors.basecamp.conftest import World


async def started(world: World) -> str:
    """Read everything once, half a day after it was made, and return the cursor."""
    world.clock.move(hours=12)
    cursor = (await world.read(world.connector())).outcome.cursor
    assert cursor is not None
    return cursor


async def test_nothing_changed_hands_over_nothing_and_costs_eight_requests(world: World) -> None:
    for number in range(40):
        world.todo(f"Task {number}")
    world.clock.move(hours=1)
    late = world.todo("The latest")
    cursor = await started(world)
    with world.counting() as requests:
        read = await world.read(world.connector(), cursor)
    assert read.ids == [str(late.id)]  # the overlap: its mark is inclusive
    assert not read.outcome.complete
    assert len(requests) == 8  # the project, the lists, and three states of two types
    assert (await world.read(world.connector(), read.outcome.cursor)).ids == [str(late.id)]


async def test_what_changed_is_handed_over_whole(world: World) -> None:
    old, edited, done = world.todo("Old"), world.todo("Edited"), world.todo("Done")
    world.clock.move(hours=1)
    world.touch(edited)
    entry = world.entry()
    cursor = await started(world)
    world.touch(edited, content="Edited twice", due_on=date(2026, 6, 9))
    world.touch(done, completion=Completion(world.clock(), world.ids["ben"]))
    world.touch(entry, summary="Moved")
    new = world.todo("New", where=world.tool("todoset"))
    connector = world.connector()
    read = await world.read(connector, cursor)
    assert set(read.ids) == {str(one.id) for one in (edited, done, new, entry)}
    assert str(old.id) not in read.ids
    views = {remote.id: connector.view(remote) for remote in read.remotes}
    assert views[str(edited.id)]["due"] == date(2026, 6, 9)
    assert views[str(done.id)]["state"] == "done"
    assert views[str(new.id)]["list"] is None
    assert views[str(entry.id)]["title"] == "Moved"


async def test_both_reads_give_the_same_versions(world: World) -> None:
    todo, entry = world.todo(where=world.add_list("Rooms", of=world.autumn)), world.entry()
    cursor = await started(world)
    world.touch(todo, content="New words")
    world.touch(entry, description="<div>Agenda</div>")
    increment = {one.id: one.version for one in (await world.read(world.connector(), cursor)).remotes}
    everything = {one.id: one.version for one in (await world.read(world.connector())).remotes}
    assert increment == everything
    assert len(increment) == 2


async def test_what_was_trashed_or_archived_is_named_as_a_candidate(world: World) -> None:
    trashed, entry, archived = world.todo("Trashed"), world.entry(), world.todo("Archived")
    cursor = await started(world)
    world.trash(trashed)
    world.trash(entry)
    world.state.set_status(archived, "archived", by=world.ids["ben"])
    connector = world.connector()
    read = await world.read(connector, cursor)
    assert set(read.outcome.gone) == {str(trashed.id), str(entry.id), str(archived.id)}
    assert read.remotes == []
    again = await world.read(connector, read.outcome.cursor)
    assert again.outcome.gone == ()  # each is named once, though the overlap meets it again
    world.state.set_status(trashed, "active", by=world.ids["ben"])
    world.trash(trashed)
    assert (await world.read(connector, again.outcome.cursor)).outcome.gone == (str(trashed.id),)
    assert await connector.fetch(RecordType.TASK, str(trashed.id)) is Missing.GONE
    assert await connector.fetch(RecordType.EVENT, str(entry.id)) is Missing.GONE
    assert await connector.fetch(RecordType.TASK, str(archived.id)) is Missing.OUT_OF_SCOPE


async def test_what_came_back_from_the_trash_is_handed_over(world: World) -> None:
    todo = world.todo()
    world.todo("Another")
    world.trash(todo)
    cursor = await started(world)
    world.clock.move(minutes=1)
    world.state.set_status(todo, "active", by=world.ids["ben"])
    read = await world.read(world.connector(), cursor)
    assert str(todo.id) in read.ids
    assert str(todo.id) not in read.outcome.gone


async def test_records_that_share_a_timestamp_are_not_lost(world: World) -> None:
    world.todo("First")
    cursor = await started(world)
    world.clock.move(hours=1)
    some = [world.todo(f"Import {number}") for number in range(20)]
    cursor = (await world.read(world.connector(), cursor)).outcome.cursor or ""
    more = [world.todo(f"Later in the same instant {number}") for number in range(20)]
    read = await world.read(world.connector(), cursor)
    assert set(read.ids) == {str(todo.id) for todo in some + more}


async def test_an_entry_that_begins_to_repeat_is_handed_over_as_a_series(world: World) -> None:
    entry = world.entry()
    cursor = await started(world)
    world.touch(entry, recurrence=Recurrence("every_week", date(2026, 6, 10), None))
    connector = world.connector()
    read = await world.read(connector, cursor)
    assert (read.outcome.gone, read.ids) == ((), [str(entry.id)])
    assert connector.view(read.remotes[0])["rrule"] == "FREQ=WEEKLY"


async def test_an_entry_of_another_schedule_is_not_handed_over(world: World) -> None:
    first = world.state.tool(world.project, "schedule")
    second = world.state.create(
        type(first), world.project, None, world.ids["ada"],
        name="schedule", kind="Schedule", path="schedules", label="More", enabled=True,
    )  # fmt: skip
    world.state.projects[world.project].dock.append(second.id)
    ours, theirs = world.entry("Ours"), world.entry("Theirs")
    first.children.remove(theirs.id)
    second.children.append(theirs.id)
    theirs.parent = second.id
    connector = world.connector(schedule=first.id)
    full = await world.read(connector)
    assert full.ids == [str(ours.id)]
    world.touch(theirs, summary="Changed")
    increment = await world.read(connector, full.outcome.cursor)
    assert increment.ids == [str(ours.id)]
    assert increment.outcome.gone == (str(theirs.id),)
    assert await connector.fetch(RecordType.EVENT, str(theirs.id)) is Missing.OUT_OF_SCOPE


@pytest.mark.parametrize("how", ["renamed", "archived", "trashed", "moved"])
async def test_a_changed_list_makes_the_read_a_full_one(world: World, how: str) -> None:
    other = world.add_list("Winter")
    world.todo("Keep")
    todo = world.todo("Of this list", where=other)
    cursor = await started(world)
    found = world.stored(other)
    if how == "renamed":
        found.name = "Spring"
    elif how == "moved":
        found.parent = world.autumn  # a list made into a group of another
        world.stored(world.tool("todoset")).children.remove(other)
        world.stored(world.autumn).children.append(other)
    else:
        world.state.set_status(found, "archived" if how == "archived" else "trashed", by=world.ids["ben"])
    connector = world.connector()
    read = await world.read(connector, cursor)
    assert read.outcome.complete
    if how in ("renamed", "moved"):
        view = next(connector.view(remote) for remote in read.remotes if remote.id == str(todo.id))
        assert view["list"] == ("Spring" if how == "renamed" else "Autumn / Winter")
    else:
        assert str(todo.id) not in read.ids
        verdict = Missing.OUT_OF_SCOPE if how == "archived" else Missing.GONE
        assert await connector.fetch(RecordType.TASK, str(todo.id)) is verdict


async def test_a_list_back_from_the_archive_brings_its_todos(world: World) -> None:
    away = world.add_list("Winter")
    open_, done = world.todo("Open", where=away), world.todo("Done", where=away, done=True)
    world.todo("Another")
    world.state.archive_list(away)
    world.clock.move(hours=1)
    world.todo("Newer than all")
    cursor = await started(world)
    world.clock.move(minutes=1)
    world.state.set_status(world.stored(away), "active", by=world.ids["ben"])
    latest = world.todo("Made since", where=away)
    read = await world.read(world.connector(), cursor)
    assert {str(open_.id), str(done.id), str(latest.id)} <= set(read.ids)
    assert len(read.ids) == len(set(read.ids))
    assert not read.outcome.complete


async def test_moves_are_found_by_the_next_full_read(world: World) -> None:
    todo, other = world.todo(), world.add_list("Winter")
    world.clock.move(hours=1)
    world.todo("Newer")
    cursor = await started(world)
    world.state.recordings[world.autumn].children.remove(todo.id)
    world.state.recordings[other].children.append(todo.id)
    todo.parent = other
    connector = world.connector()
    early = await world.read(connector, cursor)
    assert str(todo.id) not in early.ids
    late = await world.read(connector)
    assert late.outcome.complete
    assert next(connector.view(one) for one in late.remotes if one.id == str(todo.id))["list"] == "Winter"


@pytest.mark.parametrize("cursor", ["", "nonsense", "{}", '{"v":1}', "[]", '{"v":0,"scope":[]}'])
async def test_a_cursor_that_is_not_ours_leads_to_a_full_read(world: World, cursor: str) -> None:
    todo = world.todo()
    read = await world.read(world.connector(), cursor)
    assert (read.outcome.complete, read.ids) == (True, [str(todo.id)])


async def test_a_cursor_of_other_settings_leads_to_a_full_read(world: World) -> None:
    world.todo()
    world.entry()
    cursor = await started(world)
    assert (await world.read(world.connector(events=False), cursor)).outcome.complete
    assert not (await world.read(world.connector(), cursor)).outcome.complete


async def test_an_archived_project_pauses_the_increment_too(world: World) -> None:
    world.todo()
    cursor = await started(world)
    world.state.archive_project(world.project)
    with pytest.raises(Paused, match="archived"):
        await world.read(world.connector(), cursor)


async def test_lists_that_seem_empty_once_lead_to_a_full_read(world: World) -> None:
    todo = world.todo()
    cursor = await started(world)
    world.faults.add(Fault("GET", r"type=Todolist", "empty_list"))
    read = await world.read(world.connector(), cursor)
    assert (read.outcome.complete, read.ids) == (True, [str(todo.id)])


async def test_a_page_that_came_twice_keeps_the_mark(world: World) -> None:
    """H14: the rows that the repeated page replaced are read the next time."""
    world.todo("Old")
    cursor = await started(world)
    world.clock.move(hours=1)
    new = set()
    for number in range(40):
        world.clock.move(minutes=1)
        new.add(str(world.todo(f"New {number}").id))
    world.faults.add(Fault("GET", r"recordings.json\?type=Todo&.*page=2", "repeat_page"))
    first = await world.read(world.connector(), cursor)
    assert len(set(first.ids)) == len(first.ids) < 40
    second = await world.read(world.connector(), first.outcome.cursor)
    assert new <= set(second.ids)


async def test_a_reduced_row_is_read_again_and_not_guessed(world: World, monkeypatch: pytest.MonkeyPatch) -> None:
    todo, entry = world.todo(), world.entry()
    cursor = await started(world)
    world.touch(todo, content="New words")
    world.touch(entry, summary="New words")
    needed = {kind: keys | {"app_todo_url"} for kind, keys in changes_needed().items()}
    monkeypatch.setattr("connectors.basecamp.items.NEEDED", needed)
    with world.counting() as requests:
        read = await world.read(world.connector(), cursor)
    assert f"GET /todos/{todo.id}.json" in requests
    assert f"GET /schedule_entries/{entry.id}.json" in requests
    assert set(read.outcome.gone) == {str(todo.id), str(entry.id)}


async def test_too_many_reduced_rows_lead_to_a_full_read(world: World, monkeypatch: pytest.MonkeyPatch) -> None:
    world.todo("Old")
    cursor = await started(world)
    world.clock.move(hours=1)
    for number in range(5):
        world.todo(f"New {number}")
    monkeypatch.setattr(changes, "MOST_REFETCHED", 3)
    needed = {kind: keys | {"app_todo_url"} for kind, keys in changes_needed().items()}
    monkeypatch.setattr("connectors.basecamp.items.NEEDED", needed)
    read = await world.read(world.connector(), cursor)
    assert read.outcome.complete
    assert len(read.ids) == 6


def changes_needed() -> dict[RecordType, frozenset[str]]:
    from connectors.basecamp.items import NEEDED

    return dict(NEEDED)
