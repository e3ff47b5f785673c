"""Steps of a to-do: small, with their own writes; a to-do's full replace leaves them alone."""

from typing import Any

from starlette.responses import Response

from sandbox.basecamp import shapes
from sandbox.basecamp.calls import Call, invalid, shown
from sandbox.basecamp.records import Completion, Recording, Step, Todo
from sandbox.basecamp.values import day, ids, text


def show(call: Call) -> Response:
    """One step."""
    return shown(shapes.recording(call.view, call.find(Step)))


def create(call: Call) -> Response:
    """A new step at the end of a to-do."""
    todo = call.find(Todo)
    call.may_change(todo)
    title = text(call.body.get("title")).strip()
    if not title:
        raise invalid(title="can't be blank")
    step = call.state.create(Step, todo.project, todo.id, call.person.id, **_changes(call, todo))
    return shown(shapes.recording(call.view, step), status=201)


def update(call: Call) -> Response:
    """A partial update: what is left out stays; null and [] clear ("Card table steps: Update a step")."""
    step = call.find(Step)
    call.may_change(step)
    if "title" in call.body and not text(call.body["title"]).strip():
        raise invalid(title="can't be blank")
    for name, value in _changes(call, step).items():
        setattr(step, name, value)
    call.state.touch(step)
    call.state.log(step, "content_changed", by=call.person.id)
    return shown(shapes.recording(call.view, step))


def _changes(call: Call, near: Recording) -> dict[str, Any]:
    """The fields that the request names."""
    body = call.body
    changes: dict[str, Any] = {}
    if "title" in body:
        changes["text"] = text(body["title"]).strip()
    if "due_on" in body:
        changes["due_on"] = day(body["due_on"])
    if "assignee_ids" in body:
        changes["assignees"] = call.reachable(ids(body["assignee_ids"]), near)
    return changes


def complete(call: Call) -> Response:
    """Tick it off with `completion: "on"`, take the tick away with anything else."""
    step = call.find(Step)
    call.may_change(step)
    wanted = call.body.get("completion") == "on"
    if wanted != (step.completion is not None):
        step.completion = Completion(call.state.now(), call.person.id) if wanted else None
        call.state.touch(step)
        call.state.log(step, "completed" if wanted else "uncompleted", by=call.person.id)
    return shown(shapes.recording(call.view, step))
