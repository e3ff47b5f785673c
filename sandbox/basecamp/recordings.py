"""What can be done with any recording: the index over projects, status, history."""

from starlette.responses import Response

from sandbox.basecamp import shapes
from sandbox.basecamp.calls import Call, bad_request, forbidden, missing, nothing, page
from sandbox.basecamp.records import Event, Recording, Status, Tool
from sandbox.basecamp.values import stamp
from sandbox.basecamp.view import Json

_TYPES = frozenset(
    {
        "Comment", "Document", "Door", "Kanban::Card", "Kanban::Step", "Message", "Question::Answer",
        "Schedule::Entry", "Todo", "Todolist", "Upload", "Vault",
    }
)  # fmt: skip


def index(call: Call) -> Response:
    """All recordings of one type and status over projects ("Recordings: Get recordings").

    Completed and grouped to-dos are among them. `bucket` takes active projects only: an archived or
    unknown one makes the whole answer 404. Newest first unless asked otherwise.
    """
    kind = call.query.get("type", "")
    if kind not in _TYPES:
        raise bad_request(f"type must be one of {', '.join(sorted(_TYPES))}")
    projects, status = _buckets(call), call.status_asked()
    rows = [
        found
        for found in call.state.recordings.values()
        if found.type == kind
        and found.project in projects
        and call.state.status_of(found) == status
        and call.view.sees(found)
    ]
    return page(call, _sorted(call, rows), lambda row: shapes.recording(call.view, row))


def _buckets(call: Call) -> set[int]:
    projects = call.state.projects.values()
    open_to_me = {p.id for p in projects if p.status == "active" and call.view.sees_project(p)}
    asked = call.query.get("bucket", "")
    if not asked:
        return open_to_me
    named = {int(part) for part in asked.split(",") if part.strip().isdecimal()}
    if not named or named - open_to_me:
        raise missing()
    return named


def _sorted(call: Call, rows: list[Recording]) -> list[Recording]:
    sort, direction = call.query.get("sort", "created_at"), call.query.get("direction", "desc")
    if sort not in ("created_at", "updated_at") or direction not in ("asc", "desc"):
        raise bad_request("sort must be created_at or updated_at, direction asc or desc")
    by_update = sort == "updated_at"
    rows.sort(
        key=lambda row: (row.updated_at if by_update else row.created_at, row.id),
        reverse=direction == "desc",
    )
    return rows


def trash(call: Call) -> Response:
    """Put it into the trash, where it stays readable by id for 30 days."""
    return _set_status(call, "trashed")


def archive(call: Call) -> Response:
    """Put it away, with all it holds."""
    return _set_status(call, "archived")


def activate(call: Call) -> Response:
    """Bring it back from the archive or the trash."""
    return _set_status(call, "active")


def _set_status(call: Call, status: Status) -> Response:
    found = call.find(Recording)
    if isinstance(found, Tool) or status == "drafted":
        raise missing()
    call.may_change(found)
    if call.person.client and found.creator != call.person.id:
        raise forbidden()
    call.state.set_status(found, status, by=call.person.id)
    return nothing()


def events(call: Call) -> Response:
    """A recording's history, newest first; moves and reordering leave no line in it."""
    found = call.find(Recording)
    rows = call.state.events.get(found.id, [])[::-1]
    return page(call, rows, lambda row: _event(call, row))


def _event(call: Call, event: Event) -> Json:
    return {
        "id": event.id,
        "recording_id": event.recording,
        "action": event.action,
        "details": event.details,
        "created_at": stamp(event.at),
        "creator": call.view.person(event.by),
        "boosts_count": 0,
    }
