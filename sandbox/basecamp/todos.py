"""To-dos: reading, and writing with all the edges of a full replace."""

from dataclasses import dataclass
from datetime import date

from starlette.responses import Response

from sandbox.basecamp import richtext, shapes
from sandbox.basecamp.calls import Call, bad_request, missing, nothing, page, shown, unprocessable
from sandbox.basecamp.mentions import announce_mentions
from sandbox.basecamp.records import Completion, Recording, Todo, Todolist
from sandbox.basecamp.todolists import place_at
from sandbox.basecamp.values import day, ids, text, wanted


@dataclass(frozen=True)
class _Fields:
    """Everything of a to-do that can be written; what a request leaves out is empty here."""

    content: str
    description: str
    starts_on: date | None
    due_on: date | None
    assignees: list[int]
    completion_subscribers: list[int]


def index(call: Call) -> Response:
    """A list's to-dos: open ones, or completed ones, or both kinds of another status."""
    return _list(call, call.find(Todolist))


def index_loose(call: Call) -> Response:
    """The to-dos that lie in the to-do set itself, with the same choices."""
    return _list(call, call.tool("todoset"))


def _list(call: Call, parent: Recording) -> Response:
    status, completed = call.status_asked(), call.query.get("completed")
    rows = call.children(Todo, parent, status=status)
    if completed == "true":
        rows = [row for row in rows if row.completion is not None]
    elif status == "active":
        rows = [row for row in rows if row.completion is None]
    return page(call, rows, lambda row: shapes.recording(call.view, row))


def show(call: Call) -> Response:
    """One to-do, in whatever status."""
    return shown(shapes.recording(call.view, call.find(Todo)))


def create(call: Call) -> Response:
    """A new to-do at the end of a list or group."""
    return _create(call, call.find(Todolist))


def create_loose(call: Call) -> Response:
    """A new to-do in the to-do set itself, outside any list."""
    return _create(call, call.tool("todoset"))


def _create(call: Call, parent: Recording) -> Response:
    call.may_change(parent)
    fields = _fields(call, parent)
    todo = call.state.create(
        Todo,
        parent.project,
        parent.id,
        call.person.id,
        client_visible=call.person.client,
        content=fields.content,
    )
    _store(call, todo, fields)
    return shown(shapes.recording(call.view, todo), status=201)


def replace(call: Call) -> Response:
    """A full replace: every writable field left out is cleared ("To-dos: Update a to-do").

    Without `content` the answer is 200 and nothing is stored. Unknown keys are ignored.
    """
    todo = call.find(Todo)
    call.may_change(todo)
    if "content" in call.body:
        _change(call, todo, _fields(call, todo))
    return shown(shapes.recording(call.view, todo))


def _change(call: Call, todo: Todo, fields: _Fields) -> None:
    before, text_before = set(todo.assignees), (todo.content, todo.description)
    _store(call, todo, fields)
    call.state.touch(todo)
    if text_before != (todo.content, todo.description):
        call.state.log(todo, "content_changed", by=call.person.id)
    added, removed = sorted(set(todo.assignees) - before), sorted(before - set(todo.assignees))
    if added or removed:
        details = {"added_person_ids": added, "removed_person_ids": removed}
        call.state.log(todo, "assignment_changed", by=call.person.id, **details)


def _fields(call: Call, near: Recording) -> _Fields:
    body = call.body
    content = text(body.get("content")).strip()
    if not content:
        raise unprocessable()
    starts_on, due_on = _range(_day(call, "starts_on"), _day(call, "due_on"))
    return _Fields(
        content=content,
        description=richtext.clean(text(body.get("description"))),
        starts_on=starts_on,
        due_on=due_on,
        assignees=call.reachable(ids(body.get("assignee_ids")), near),
        completion_subscribers=call.reachable(ids(body.get("completion_subscriber_ids")), near),
    )


def _day(call: Call, key: str) -> date | None:
    """A date of a to-do; to clear one, leave its key out: an empty string is a format error."""
    if call.body.get(key) == "":
        raise bad_request(f"{key} must be a date like 2026-06-01")
    return day(call.body.get(key))


def _range(starts_on: date | None, due_on: date | None) -> tuple[date | None, date | None]:
    """The two dates are one range: a start alone is a range of one day, and it cannot end before."""
    if starts_on is not None and due_on is not None and starts_on > due_on:
        raise unprocessable()
    return starts_on, due_on or starts_on


def _store(call: Call, todo: Todo, fields: _Fields) -> None:
    earlier = todo.description
    todo.content, todo.description = fields.content, fields.description
    todo.starts_on, todo.due_on = fields.starts_on, fields.due_on
    todo.assignees, todo.completion_subscribers = fields.assignees, fields.completion_subscribers
    todo.subscribers |= {*fields.assignees, *fields.completion_subscribers}
    announce_mentions(call, todo, earlier, fields.description)
    if wanted(call.body.get("notify")):
        call.state.notify(fields.assignees, "assigned", todo, by=call.person.id)


def complete(call: Call) -> Response:
    """Tick it off; who asked to hear of it is e-mailed. Doing it twice changes nothing."""
    todo = call.find(Todo)
    call.may_change(todo)
    if todo.completion is None:
        todo.completion = Completion(call.state.now(), call.person.id)
        call.state.touch(todo)
        call.state.log(todo, "completed", by=call.person.id)
        call.state.notify(todo.completion_subscribers, "completed", todo, by=call.person.id)
    return nothing()


def reopen(call: Call) -> Response:
    """Take the tick away. Doing it twice changes nothing."""
    todo = call.find(Todo)
    call.may_change(todo)
    if todo.completion is not None:
        todo.completion = None
        call.state.touch(todo)
        call.state.log(todo, "uncompleted", by=call.person.id)
    return nothing()


def position(call: Call) -> Response:
    """Another place, in its list or in the list `parent_id` of the same project.

    Neither `updated_at` nor the history tells of a move; only the parent does.
    """
    todo = call.find(Todo)
    call.may_change(todo)
    parent = call.state.recordings[todo.parent or 0]
    if call.body.get("parent_id") is not None:
        parent = _destination(call, todo)
    place_at(call, todo, parent)
    return nothing()


def _destination(call: Call, todo: Todo) -> Todolist:
    found = ids([call.body["parent_id"]])
    parent = call.recording(Todolist, found[0] if found else 0)
    # Not even a list that the person can reach, when it is another project's.
    if parent.project != todo.project:
        raise missing()
    return parent
