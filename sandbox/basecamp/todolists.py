"""To-do sets, to-do lists and their groups."""

from starlette.responses import Response

from sandbox.basecamp import richtext, shapes
from sandbox.basecamp.calls import Call, invalid, missing, nothing, page, shown, unprocessable
from sandbox.basecamp.records import Recording, Todolist, Tool
from sandbox.basecamp.values import text, wanted
from sandbox.basecamp.view import is_group

_COLORS = frozenset({"white", "red", "orange", "yellow", "green", "blue", "aqua", "purple", "gray", "pink", "brown"})


def show_todoset(call: Call) -> Response:
    """A project's to-do set."""
    return shown(shapes.recording(call.view, call.tool("todoset")))


def index(call: Call) -> Response:
    """The lists of a to-do set, those of one status."""
    return _list(call, call.tool("todoset"))


def index_groups(call: Call) -> Response:
    """The groups of a list, those of one status."""
    return _list(call, call.find(Todolist))


def _list(call: Call, parent: Recording) -> Response:
    rows = call.children(Todolist, parent, status=call.status_asked())
    return page(call, rows, lambda row: shapes.recording(call.view, row))


def show(call: Call) -> Response:
    """A list or a group: one shape, told apart by `groups_url` and `group_position_url`."""
    return shown(shapes.recording(call.view, call.find(Todolist)))


def create(call: Call) -> Response:
    """A new list, on top of the others."""
    return _create(call, call.tool("todoset"), top=True)


def create_group(call: Call) -> Response:
    """A new group at the end of a list; groups hold no groups."""
    parent = call.find(Todolist)
    if is_group(parent, call.state):
        raise missing()
    return _create(call, parent, top=False)


def _create(call: Call, parent: Tool | Todolist, *, top: bool) -> Response:
    call.may_change(parent)
    name, color = text(call.body.get("name")).strip(), call.body.get("color")
    if not name:
        raise invalid(name="can't be blank")
    if color is not None and color not in _COLORS:
        raise invalid(color="is not a valid color")
    made = call.state.create(
        Todolist,
        parent.project,
        parent.id,
        call.person.id,
        top=top,
        name=name,
        description=richtext.clean(text(call.body.get("description"))),
        color=color,
        client_visible=call.person.client or wanted(call.body.get("visible_to_clients")),
    )
    return shown(shapes.recording(call.view, made), status=201)


def replace(call: Call) -> Response:
    """Name and description as sent: a name is needed, a description left out is cleared."""
    found = call.find(Todolist)
    call.may_change(found)
    name = text(call.body.get("name")).strip()
    if not name:
        raise invalid(name="can't be blank")
    found.name = name
    found.description = richtext.clean(text(call.body.get("description")))
    call.state.touch(found)
    call.state.log(found, "content_changed", by=call.person.id)
    return shown(shapes.recording(call.view, found))


def position(call: Call) -> Response:
    """Another place among its siblings; neither `updated_at` nor the history tells of it."""
    found = call.find(Todolist)
    call.may_change(found)
    place_at(call, found, call.state.recordings[found.parent or 0])
    return nothing()


def place_at(call: Call, moved: Recording, parent: Recording) -> None:
    """Put a recording at the `position` asked for (from 1) among the parent's children of its kind.

    Raises:
        RefusedError: 422 for a position that is no number or below 1.
    """
    place = call.body.get("position")
    if not isinstance(place, int) or isinstance(place, bool) or place < 1:
        raise unprocessable()
    if moved.parent is not None:
        call.state.recordings[moved.parent].children.remove(moved.id)
    moved.parent = parent.id
    siblings = [r.id for r in call.children(type(moved), parent) if "position" in call.view.position(r)]
    if place <= len(siblings):
        parent.children.insert(parent.children.index(siblings[place - 1]), moved.id)
    else:
        parent.children.append(moved.id)
