"""Writes of to-dos: every verb, and everything a full replace could lose."""

import asyncio
from datetime import UTC, datetime

import pytest

from connectors.basecamp.lens import UNTITLED
from connectors.contract import Missing, Write
from domain.errors import Paused, SetAside, Stale, Uncertain
from domain.fields import RecordType
from domain.plan import Verb
from domain.values import Value
from sandbox.faults import Fault
from tests.connectors.basecamp.conftest import World, day, row_of

TASK = RecordType.TASK


async def test_a_create_puts_everything_into_the_list_of_its_name(world: World) -> None:
    connector = world.connector()
    ben = frozenset({str(world.ids["ben"])})
    fields: dict[str, Value] = {
        "title": "Book the room",
        "notes": "Second floor",
        "assignees": ben,
        "start": day("2026-06-03"),
        "due": day("2026-06-05"),
        "list": "Autumn",
    }
    made = await world.make(connector, **fields)
    view = connector.view(made)
    assert {name: view[name] for name in fields} == fields
    assert (view["kind"], view["state"]) == ("task", "open")
    assert world.stored(made).parent == world.autumn
    assert (await world.get(connector, made.id)).version == made.version


async def test_a_create_is_one_request_once_the_lists_are_known(world: World) -> None:
    connector = world.connector()
    await world.read(connector)
    with world.counting() as requests:
        await world.make(connector, list="Autumn")
    assert requests == [f"POST /todolists/{world.autumn}/todos.json"]


async def test_a_done_task_is_made_and_ticked_off(world: World) -> None:
    connector = world.connector()
    made = await world.make(connector, state="done")
    view = connector.view(made)
    assert view["state"] == "done"
    assert view["completed_at"] == datetime(2026, 6, 1, 9, 0, tzinfo=UTC)
    assert (await world.get(connector, made.id)).version == made.version


@pytest.mark.parametrize("status", [403, 401, 500, 429])
async def test_a_todo_that_cannot_be_ticked_off_is_looked_up_and_not_made_twice(world: World, status: int) -> None:
    connector = world.connector()
    world.faults.add(Fault("POST", r"completion", "status", status=status, times=None, retry_after=0))
    with pytest.raises(Uncertain):
        await world.make(connector, state="done")
    assert len(await connector.find(world.lost(connector, state="done"))) == 1


async def test_lists_are_made_when_a_write_needs_one_and_only_once(world: World) -> None:
    connector = world.connector()
    await asyncio.gather(*(world.make(connector, title=f"Task {n}", list="Winter") for n in range(5)))
    await world.make(connector, title="A task without a list")
    await world.make(connector, title="A deadline", kind="milestone")
    await world.make(world.connector(), title="With another client", list="winter ")
    assert sorted(world.lists()) == ["Autumn", "Deadlines", "Tasks", "Winter"]
    assert connector.view(await world.make(connector, title="Another", kind="milestone"))["kind"] == "milestone"


async def test_a_list_made_meanwhile_by_a_person_is_used(world: World) -> None:
    connector = world.connector()
    await world.read(connector)
    winter = world.add_list("Winter")
    assert world.stored(await world.make(connector, list="Winter")).parent == winter


async def test_a_group_is_found_by_its_full_name(world: World) -> None:
    connector = world.connector()
    group = world.add_list("Rooms", of=world.autumn)
    made = await world.make(connector, list="Autumn / Rooms")
    assert world.stored(made).parent == group
    assert connector.view(made)["list"] == "Autumn / Rooms"


async def test_a_list_of_that_name_with_nothing_open_in_it_is_found(world: World) -> None:
    connector = world.connector()
    winter = world.add_list("Winter")
    world.todo(where=winter, done=True)
    assert world.stored(await world.make(connector, list="Winter")).parent == winter


async def test_a_list_in_the_archive_is_not_made_again(world: World) -> None:
    connector = world.connector()
    world.state.archive_list(world.add_list("Winter"))
    with pytest.raises(SetAside, match="archived") as aside:
        await world.make(connector, list="Winter")
    assert "Bring the list back" in aside.value.mend
    assert world.todos() == []


async def test_a_list_that_went_away_meanwhile_is_made_anew(world: World) -> None:
    connector = world.connector()
    winter = world.add_list("Winter")
    await world.read(connector)
    world.trash(world.stored(winter))
    world.clock.move(days=31)
    world.state.purge()
    made = await world.make(connector, list="Winter")
    assert connector.view(made)["list"] == "Winter"
    assert world.stored(made).parent != winter


async def test_a_list_whose_creation_was_not_confirmed_is_found(world: World) -> None:
    connector = world.connector()
    world.faults.add(Fault("POST", r"/todolists\.json", "lost_answer"))
    await world.make(connector, list="Winter")
    assert sorted(world.lists()) == ["Autumn", "Winter"]


async def test_a_list_that_was_not_made_leaves_the_task_for_the_next_run(world: World) -> None:
    connector = world.connector()
    world.faults.add(Fault("POST", r"/todolists\.json", "cut"))
    with pytest.raises(Uncertain):
        await world.make(connector, list="Winter")
    assert world.todos() == []
    assert await connector.find(world.lost(connector, list="Winter")) == []


async def test_an_update_changes_its_field_and_nothing_else(world: World) -> None:
    connector = world.connector()
    ben, cleo = world.ids["ben"], world.ids["cleo"]
    todo = world.todo(
        description="<div><strong>Second</strong> floor</div>",
        assignees=[ben],
        completion_subscribers=[cleo],
        starts_on=day("2026-06-03"),
        due_on=day("2026-06-05"),
        done=True,
    )
    before = row_of(await world.get(connector, todo.id))
    world.clock.move(seconds=1)
    changed = await world.change(connector, todo.id, title="New words")
    after = row_of(changed)
    differing = {key for key in before if before[key] != after[key]}
    assert differing == {"content", "title", "updated_at"}
    assert (await world.get(connector, todo.id)).version == changed.version


async def test_an_update_is_one_request_after_the_read(world: World) -> None:
    connector, todo = world.connector(), world.todo()
    await world.read(connector)
    with world.counting() as requests:
        await world.change(connector, todo.id, title="New words")
    assert requests == [f"GET /todos/{todo.id}.json", f"PUT /todos/{todo.id}.json"]


async def test_each_field_can_be_changed_and_cleared(world: World) -> None:
    connector, todo = world.connector(), world.todo()
    steps: list[dict[str, Value]] = [
        {"title": "Ask about the room"},
        {"notes": "Second floor"},
        {"assignees": frozenset({str(world.ids["ben"]), str(world.ids["ada"])})},
        {"due": day("2026-06-05")},
        {"start": day("2026-06-03")},
        {"start": day("2026-06-04"), "due": day("2026-06-04")},
        {"state": "done"},
        {"state": "open"},
        {"list": "Winter"},
        {"list": None},
        {"kind": "milestone"},
        {"kind": "task", "list": "Autumn"},
        {"start": None},
        {"due": None},
        {"assignees": frozenset()},
        {"notes": ""},
    ]
    for new in steps:
        changed = await world.change(connector, todo.id, **new)
        view = connector.view(changed)
        assert {name: view.get(name) for name in new} == new
        assert (await world.get(connector, todo.id)).version == changed.version


async def test_clearing_the_due_date_takes_the_start_with_it(world: World) -> None:
    connector = world.connector()
    todo = world.todo(starts_on=day("2026-06-03"), due_on=day("2026-06-05"))
    view = connector.view(await world.change(connector, todo.id, due=None, start=None))
    assert (view["start"], view["due"]) == (None, None)
    again = world.todo(starts_on=day("2026-06-03"), due_on=day("2026-06-05"))
    view = connector.view(await world.change(connector, again.id, due=None))
    assert (view["start"], view["due"]) == (None, None)


async def test_a_new_due_date_before_the_present_start_drops_the_start(world: World) -> None:
    connector = world.connector()
    todo = world.todo(starts_on=day("2026-06-03"), due_on=day("2026-06-05"))
    view = connector.view(await world.change(connector, todo.id, due=day("2026-06-01")))
    assert (view["start"], view["due"]) == (None, day("2026-06-01"))


async def test_completing_is_its_own_request_and_tells_when(world: World) -> None:
    connector, todo = world.connector(), world.todo()
    await world.read(connector)
    with world.counting() as requests:
        done = await world.change(connector, todo.id, Verb.COMPLETE, state="done")
    assert requests == [
        f"GET /todos/{todo.id}.json",
        f"POST /todos/{todo.id}/completion.json",
        f"GET /todos/{todo.id}.json",
    ]
    assert connector.view(done)["completed_at"] is not None


async def test_completing_what_is_done_already_sends_nothing(world: World) -> None:
    connector, todo = world.connector(), world.todo(done=True)
    await world.read(connector)
    with world.counting() as requests:
        await world.change(connector, todo.id, Verb.COMPLETE, state="done", title="Write the agenda")
    assert requests == [f"GET /todos/{todo.id}.json"]


async def test_a_move_goes_to_the_list_and_keeps_everything_else(world: World) -> None:
    connector, todo = world.connector(), world.todo(description="<div>Text</div>", done=True)
    winter = world.add_list("Winter")
    moved = await world.change(connector, todo.id, Verb.MOVE, list="Winter")
    assert (todo.parent, connector.view(moved)["list"]) == (winter, "Winter")
    assert (connector.view(moved)["notes"], connector.view(moved)["state"]) == ("Text", "done")


async def test_a_task_becomes_a_milestone_by_moving_and_comes_back(world: World) -> None:
    connector, todo = world.connector(), world.todo()
    view = connector.view(await world.change(connector, todo.id, kind="milestone"))
    assert (view["kind"], "list" in view) == ("milestone", False)
    assert world.stored(todo.parent or 0).name == "Deadlines"
    view = connector.view(await world.change(connector, todo.id, kind="task"))
    assert (view["kind"], view["list"]) == ("task", None)
    assert world.stored(todo.parent or 0).name == "Tasks"


async def test_a_loose_todo_stays_loose_when_its_text_changes(world: World) -> None:
    connector = world.connector()
    todo = world.todo(where=world.tool("todoset"))
    view = connector.view(await world.change(connector, todo.id, title="New words", list=None))
    assert (view["list"], todo.parent) == (None, world.tool("todoset"))
    view = connector.view(await world.change(connector, todo.id, list="Autumn"))
    assert (view["list"], todo.parent) == ("Autumn", world.autumn)


async def test_a_delete_goes_to_the_trash_and_twice_is_once(world: World) -> None:
    connector, todo = world.connector(), world.todo()
    assert await world.delete(connector, todo.id) is None
    assert todo.status == "trashed"
    assert await world.delete(connector, todo.id) is None
    world.clock.move(days=31)
    world.state.purge()
    assert await world.delete(connector, todo.id) is None


async def test_a_delete_without_the_project_is_not_called_done(world: World) -> None:
    connector, todo = world.connector(), world.todo()
    world.state.withdraw(world.project, world.ids["ada"])
    with pytest.raises(Paused):
        await world.delete(connector, todo.id)


async def test_files_and_mentions_stay_when_the_notes_change(world: World) -> None:
    connector = world.connector()
    sgid = world.state.people[world.ids["ben"]].sgid
    mention, picture = f'<bc-attachment sgid="{sgid}"></bc-attachment>', '<bc-attachment sgid="file-1"></bc-attachment>'
    todo = world.todo(description=f"<div>Ask {mention} for it</div><div>{picture}</div>")
    await world.change(connector, todo.id, title="New words")
    assert todo.description == f"<div>Ask {mention} for it</div><div>{picture}</div>"
    changed = await world.change(connector, todo.id, notes="Ask @Ben to bring chairs")
    assert todo.description == f"<div>Ask {mention} to bring chairs</div><div>{picture}</div>"
    assert connector.view(changed)["notes"] == "Ask @Ben to bring chairs"
    changed = await world.change(connector, todo.id, notes="Something else")
    assert todo.description == f"<div>Something else</div><div>{mention}{picture}</div>"
    changed = await world.change(connector, todo.id, notes="Something new")
    assert todo.description == f"<div>Something new</div><div>{mention}{picture}</div>"


async def test_somebody_who_is_not_on_the_project_is_dropped_and_that_is_seen(world: World) -> None:
    connector, todo = world.connector(), world.todo()
    asked = frozenset({str(world.ids["ben"]), str(world.ids["dora"])})
    changed = await world.change(connector, todo.id, assignees=asked)
    assert connector.view(changed)["assignees"] == {str(world.ids["ben"])}


async def test_an_empty_title_is_untitled(world: World) -> None:
    connector = world.connector()
    made = await world.make(connector, title="")
    assert connector.view(made)["title"] == UNTITLED
    assert connector.view(await world.change(connector, made.id, title="Now with words"))["title"] == "Now with words"


@pytest.mark.parametrize(
    "title", ["🎉 Feier — “Los”", "עברית וערבית عربي", "a < b & c > d", "x" * 5000, "Ünïcödé\u0301 \u200d"]
)
async def test_h28_odd_texts_go_through_unchanged(world: World, title: str) -> None:
    connector = world.connector()
    made = await world.make(connector, title=title, notes=title)
    assert connector.view(made)["title"] == title
    assert connector.view(await world.get(connector, made.id)) == connector.view(made)


async def test_h28_a_megabyte_of_notes_goes_through(world: World) -> None:
    connector = world.connector()
    notes = "\n\n".join("Lorem ipsum " * 250 + "." for _ in range(350))
    made = await world.make(connector, notes=notes)
    assert connector.view(made)["notes"] == notes


@pytest.mark.parametrize(
    ("status", "body", "words"),
    [
        (422, '{"status":422,"error":"Unprocessable Entity"}', "Unprocessable Entity"),
        (422, '{"errors":{"content":["is odd"]}}', "content is odd"),
        (422, '{"starts_on":["is odd"]}', "starts_on is odd"),
        (400, '{"error":"malformed"}', "malformed"),
        (413, "<html><head><title>Too large</title></head></html>", "Too large"),
        (403, '{"error":"Forbidden"}', "Forbidden"),
    ],
)
async def test_h28_a_refusal_sets_the_record_aside_with_basecamps_words(
    world: World, status: int, body: str, words: str
) -> None:
    connector, todo = world.connector(), world.todo()
    world.faults.add(Fault("PUT", r"/todos/", "status", status=status, body=body))
    with pytest.raises(SetAside) as aside:
        await world.change(connector, todo.id, title="New words")
    assert words in str(aside.value)
    assert "New words" in aside.value.message
    assert aside.value.mend


async def test_a_full_account_pauses_the_space(world: World) -> None:
    connector = world.connector()
    world.faults.add(Fault("POST", r"/todos\.json", "status", status=507, body='{"error":"No room"}'))
    with pytest.raises(Paused, match="full"):
        await world.make(connector)


async def test_a_todo_that_vanished_before_the_write_is_stale(world: World) -> None:
    connector, todo = world.connector(), world.todo()
    current = await world.get(connector, todo.id)
    world.trash(todo)
    world.clock.move(days=31)
    world.state.purge()
    step = Write(Verb.UPDATE, TASK, "task", "r", "k", str(todo.id), {"title": "X"}, {"title": "X"}, {}, None, current)
    with pytest.raises(Stale):
        await connector.write(step)
    with pytest.raises(Stale):
        await connector.write(Write(Verb.UPDATE, TASK, "task", "r", "k", str(todo.id), {"title": "X"}, {"title": "X"}))


async def test_a_project_archived_before_the_write_pauses(world: World) -> None:
    connector, todo = world.connector(), world.todo()
    current = await world.get(connector, todo.id)
    world.state.archive_project(world.project)
    step = Write(Verb.UPDATE, TASK, "task", "r", "k", str(todo.id), {"title": "X"}, {"title": "X"}, {}, None, current)
    with pytest.raises(Paused):
        await connector.write(step)


async def test_an_answer_lost_in_an_update_does_no_harm(world: World) -> None:
    connector, todo = world.connector(), world.todo(due_on=day("2026-06-05"))
    world.faults.add(Fault("PUT", r"/todos/", "lost_answer"))
    changed = await world.change(connector, todo.id, title="New words")
    assert (connector.view(changed)["title"], connector.view(changed)["due"]) == ("New words", day("2026-06-05"))


async def test_h29_a_throttled_write_waits_and_happens_once(world: World) -> None:
    connector = world.connector()
    await world.read(connector)
    world.faults.add(Fault("POST", r"/todos\.json", "throttle", retry_after=0))
    await world.make(connector)
    assert len(world.todos()) == 1


async def test_a_written_todo_is_what_the_next_reads_show(world: World) -> None:
    connector = world.connector()
    cursor = (await world.read(connector)).outcome.cursor
    made = await world.make(connector, list="Autumn", due=day("2026-06-05"), state="done")
    entry = await world.make(connector, RecordType.EVENT)
    increment = await world.read(world.connector(), cursor)
    everything = await world.read(world.connector())
    for read in (increment, everything):
        versions = {remote.id: remote.version for remote in read.remotes}
        assert versions == {made.id: made.version, entry.id: entry.version}


async def test_a_todo_that_went_away_while_it_was_changed_is_looked_up(world: World) -> None:
    connector, todo = world.connector(), world.todo()
    world.faults.add(Fault("GET", rf"/todos/{todo.id}", "status", status=404, after=1))
    with pytest.raises(Uncertain):
        await world.change(connector, todo.id, state="done")
    assert todo.completion is not None


async def test_nothing_is_sent_when_nothing_differs(world: World) -> None:
    said = '<div dir="auto">Text</div><bc-attachment sgid="file-1"></bc-attachment>'
    connector, todo = world.connector(), world.todo(due_on=day("2026-06-05"), description=said)
    await world.read(connector)
    with world.counting() as requests:
        await world.change(connector, todo.id, title=todo.content, notes="Text", due=day("2026-06-05"), list="Autumn")
    assert requests == [f"GET /todos/{todo.id}.json"]


async def test_a_deleted_todo_is_gone(world: World) -> None:
    connector, todo = world.connector(), world.todo()
    await world.delete(connector, todo.id)
    assert await connector.fetch(TASK, str(todo.id)) is Missing.GONE
