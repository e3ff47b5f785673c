"""The JSON of each kind of recording."""

from collections.abc import Callable
from datetime import UTC, date, datetime, timedelta
from typing import Any
from zoneinfo import ZoneInfo

from sandbox.basecamp.records import (
    Comment,
    Completion,
    Entry,
    Message,
    Recording,
    Step,
    Todo,
    Todolist,
    Tool,
)
from sandbox.basecamp.values import stamp
from sandbox.basecamp.view import Json, View, is_group


def recording(view: View, found: Recording) -> Json:
    """The JSON of any recording, as its own endpoint and every listing answer it."""
    return {**view.envelope(found), **_SHAPES[type(found)](view, found)}


def occurrence(view: View, entry: Entry, day: date) -> Json:
    """The JSON of one occurrence of a recurring entry."""
    zone = entry.recurrence.zone if entry.recurrence else "Etc/UTC"
    moved, length = day - first_day(entry.starts_at, zone), _length(entry)
    starts = _moved(entry.starts_at, moved, zone)
    bounds = {"starts_at": _bound(starts), "ends_at": _bound(starts + length)}
    return {**recording(view, entry), **bounds, "url": view.api(occurrence_path(entry, day))}


def occurrence_path(entry: Entry, day: date) -> str:
    """The project-scoped path of one occurrence."""
    return View.path(entry, f"/occurrences/{day:%Y%m%d}")


def first_day(starts_at: date | datetime, zone: str = "Etc/UTC") -> date:
    """The calendar day of a bound, of an instant in a time zone."""
    return starts_at.astimezone(ZoneInfo(zone)).date() if isinstance(starts_at, datetime) else starts_at


def _moved(starts_at: date | datetime, by: timedelta, zone: str) -> date | datetime:
    """A bound some days later, at the same time of the clock."""
    if not isinstance(starts_at, datetime):
        return starts_at + by
    wall = starts_at.astimezone(ZoneInfo(zone)).replace(tzinfo=None) + by
    return wall.replace(tzinfo=ZoneInfo(zone)).astimezone(UTC)


def _length(entry: Entry) -> timedelta:
    """How much later an entry ends than it starts."""
    if isinstance(entry.starts_at, datetime) and isinstance(entry.ends_at, datetime):
        return entry.ends_at - entry.starts_at
    return timedelta(days=entry.ends_at.toordinal() - entry.starts_at.toordinal())


def _todo(view: View, todo: Todo) -> Json:
    return {
        **view.talk(todo),
        **view.position(todo),
        "description": view.html(todo.description),
        "description_attachments": [],
        "completed": todo.completion is not None,
        **_completion(view, todo.completion),
        "content": todo.content,
        "starts_on": _day(todo.starts_on),
        "due_on": _day(todo.due_on),
        "assignees": view.people(todo.assignees),
        "completion_subscribers": view.people(todo.completion_subscribers),
        "completion_url": view.api(f"todos/{todo.id}/completion"),
        "steps": [recording(view, step) for step in steps_of(view, todo)],
    }


def steps_of(view: View, todo: Todo) -> list[Step]:
    """A to-do's steps, without those in the trash."""
    children = (view.state.recordings[id_] for id_ in todo.children)
    return [child for child in children if isinstance(child, Step) and child.status == "active"]


def _completion(view: View, completion: Completion | None) -> Json:
    """The `completion` key, which exists only once the to-do is completed."""
    if completion is None:
        return {}
    return {"completion": {"created_at": stamp(completion.at), "creator": view.person(completion.by)}}


def _step(view: View, step: Step) -> Json:
    done = step.completion
    return {
        **view.position(step),
        "due_on": _day(step.due_on),
        "completed": done is not None,
        **({"completed_at": stamp(done.at), "completer": view.person(done.by)} if done else {}),
        "assignees": view.people(step.assignees),
        "completion_url": view.api(f"card_tables/steps/{step.id}/completions"),
    }


def _todolist(view: View, found: Todolist) -> Json:
    base = view.path(found)
    half = (
        {"group_position_url": view.api(f"buckets/{found.project}/todolists/groups/{found.id}/position")}
        if is_group(found, view.state)
        else {"groups_url": view.api(f"{base}/groups")}
    )
    return {
        **view.talk(found),
        **view.position(found),
        **_progress(view, found),
        "bubble_up_url": view.api(f"buckets/{found.project}/recordings/{found.id}/bubble_up"),
        "description": view.html(found.description),
        "description_attachments": [],
        "name": found.name,
        "color": found.color,
        **half,
        "todos_url": view.api(f"{base}/todos"),
        "app_todos_url": view.app(f"{base}/todos"),
        "comments_app_url": view.app(f"buckets/{found.project}/recordings/{found.id}/comments"),
    }


def _progress(view: View, container: Recording) -> Json:
    todos = todos_under(view, container)
    done = sum(todo.completion is not None for todo in todos)
    return {"completed": bool(todos) and done == len(todos), "completed_ratio": f"{done}/{len(todos)}"}


def todos_under(view: View, container: Recording) -> list[Todo]:
    """Every to-do in a set, list or group, those in groups and lists below included."""
    found: list[Todo] = []
    for id_ in container.children:
        child = view.state.recordings[id_]
        if isinstance(child, Todo) and child.status == "active":
            found.append(child)
        elif isinstance(child, Todolist) and child.status == "active":
            found.extend(todos_under(view, child))
    return found


def _entry(view: View, entry: Entry) -> Json:
    return {
        **view.talk(entry),
        **({"url": view.api(occurrence_path(entry, next(entry.recurrence.dates())))} if entry.recurrence else {}),
        "description": view.html(entry.description),
        "description_attachments": [],
        "summary": entry.title,
        "all_day": entry.all_day,
        "starts_at": _bound(entry.starts_at),
        "ends_at": _bound(entry.ends_at),
        "participants": view.people(entry.participants),
        "join_url": entry.join_url,
        "highlighted": entry.highlighted,
        **({"recurrence_schedule": _rule(entry)} if entry.recurrence else {}),
    }


def _rule(entry: Entry) -> Json:
    rule = entry.recurrence
    if rule is None:
        raise ValueError("Only a recurring entry has a rule.")
    start = entry.starts_at
    timed = start.astimezone(ZoneInfo(rule.zone)) if isinstance(start, datetime) else None
    return {
        "frequency": rule.frequency,
        "days": list(rule.days),
        "hour": timed.hour if timed else None,
        "minute": timed.minute if timed else None,
        "week_instance": rule.week_instance,
        "week_interval": rule.week_interval,
        "month_interval": rule.month_interval,
        "start_date": rule.start.isoformat(),
        "duration": _seconds(entry),
        "end_date": _day(rule.until),
    }


def _seconds(entry: Entry) -> int:
    """How long an entry lasts; the last day of an all-day one counts."""
    if isinstance(entry.starts_at, datetime) and isinstance(entry.ends_at, datetime):
        return int((entry.ends_at - entry.starts_at).total_seconds())
    days = entry.ends_at.toordinal() - entry.starts_at.toordinal() + 1
    return int(timedelta(days=days).total_seconds())


def _message(view: View, message: Message) -> Json:
    html = view.html(message.content)
    return {**view.talk(message), "subject": message.subject, "content": html, "content_attachments": []}


def _comment(view: View, comment: Comment) -> Json:
    boosts = view.api(f"buckets/{comment.project}/recordings/{comment.id}/boosts")
    html = view.html(comment.content)
    return {"content": html, "content_attachments": [], "boosts_count": 0, "boosts_url": boosts}


def _tool(view: View, tool: Tool) -> Json:
    base = view.path(tool)
    own = {
        "todoset": _todoset,
        "schedule": _schedule,
        "message_board": _message_board,
    }.get(tool.name)
    return {"position": view.dock_position(tool), **(own(view, tool, base) if own else {})}


def _todoset(view: View, tool: Tool, base: str) -> Json:
    children = [view.state.recordings[id_] for id_ in tool.children]
    lists = [c for c in children if isinstance(c, Todolist) and c.status == "active" and view.sees(c)]
    loose = [c for c in children if isinstance(c, Todo) and c.status == "active"]
    return {
        **_progress(view, tool),
        "name": tool.label,
        "todos_count": len(loose),
        "todolists_count": len(lists),
        "completed_loose_todos_count": sum(todo.completion is not None for todo in loose),
        "todolists": [_todolist_line(view, found) for found in lists],
        "todolists_url": view.api(f"{base}/todolists"),
        "app_todolists_url": view.app(f"{base}/todolists"),
        "todos_url": view.api(f"{base}/todos"),
        "app_todos_url": view.app(f"{base}/todos"),
    }


def _todolist_line(view: View, found: Todolist) -> Json:
    return {
        "id": found.id,
        "title": found.name,
        "description": found.description or None,
        **_progress(view, found),
        "url": view.api(view.path(found)),
        "app_url": view.app(view.path(found)),
    }


def _schedule(view: View, tool: Tool, _base: str) -> Json:
    active = [id_ for id_ in tool.children if view.state.recordings[id_].status == "active"]
    return {
        "include_due_assignments": tool.include_due_assignments,
        "entries_count": len(active),
        "entries_url": view.api(f"schedules/{tool.id}/entries"),
    }


def _message_board(view: View, tool: Tool, base: str) -> Json:
    active = [id_ for id_ in tool.children if view.state.recordings[id_].status == "active"]
    return {
        "messages_count": len(active),
        "messages_url": view.api(f"{base}/messages"),
        "app_messages_url": view.app(f"{base}/messages"),
    }


def _day(value: date | None) -> str | None:
    return None if value is None else value.isoformat()


def _bound(value: date | datetime) -> str:
    return stamp(value) if isinstance(value, datetime) else value.isoformat()


_SHAPES: dict[type[Recording], Callable[[View, Any], Json]] = {
    Todo: _todo,
    Step: _step,
    Todolist: _todolist,
    Entry: _entry,
    Message: _message,
    Comment: _comment,
    Tool: _tool,
}
