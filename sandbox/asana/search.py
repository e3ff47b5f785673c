"""GET /workspaces/{workspace}/tasks/search: paid, lagging, unordered beyond its sort, without offsets.

A free workspace answers 402. Filters that the stand-in does not know are refused rather than ignored, since a
search that silently finds too much is worse than none (Asana: Search tasks in a workspace).
"""

from collections.abc import Callable
from datetime import date, datetime
from typing import Any

from sandbox.asana.access import sees_task
from sandbox.asana.call import Call, Reply
from sandbox.asana.clock import read_day, read_moment
from sandbox.asana.errors import RefusedError, invalid
from sandbox.asana.objects import Task
from sandbox.asana.paging import MOST

Test = Callable[[Task], bool]

_SORTS = ("due_date", "created_at", "completed_at", "likes", "modified_at", "relevance")
_OTHER = frozenset({"limit", "opt_fields", "opt_pretty", "sort_by", "sort_ascending"})


def search_tasks(call: Call) -> Reply:
    """Serve the search: at most 100 tasks, changed ones only after ``World.search_lag``."""
    call.find.workspace(call.path["workspace"])
    if not call.world.paid:
        raise RefusedError(402, "Search is only available to premium users.")
    if "offset" in call.query:
        raise invalid("offset: Search results have no pages; narrow the search instead")
    tests = [_test(call, name, value) for name, value in call.query.items() if name not in _OTHER]
    indexed = call.world.now() - call.world.search_lag
    found = [task for task in call.world.tasks.values() if task.trashed_at is None and task.modified_at <= indexed]
    found = [task for task in found if sees_task(call.user, task) and all(test(task) for test in tests)]
    return call.show_all("task", _sorted(call, found)[: _limit(call)])


def _limit(call: Call) -> int:
    given = call.query.get("limit", str(MOST))
    if not given.isdigit() or not 1 <= int(given) <= MOST:
        raise invalid(f"limit: Must be between 1 and {MOST}")
    return int(given)


def _sorted(call: Call, found: list[Task]) -> list[Task]:
    by = call.query.get("sort_by", "modified_at")
    if by not in _SORTS:
        raise invalid(f"sort_by: Not a recognized value: {by}")
    keys: dict[str, Callable[[Task], Any]] = {
        "created_at": lambda task: task.created_at,
        "due_date": lambda task: _due(call, task) or date.max,
        "likes": lambda task: len(task.likes),
        "completed_at": lambda task: task.completed_at or task.created_at,
    }
    key = keys.get(by, lambda task: task.modified_at)
    return sorted(found, key=key, reverse=not call.flag("sort_ascending"))


def _test(call: Call, name: str, value: str) -> Test:
    field, _, end = name.partition(".")
    if end == "any" and field in _OF_A_TASK:
        gids = set(value.split(","))
        return lambda task: bool(gids & set(_OF_A_TASK[field](task)))
    if field in _MOMENTS and end in ("before", "after"):
        return _range(_MOMENTS[field], read_moment(name, value), end)
    if field == "due_on":
        return _range(lambda task: _due(call, task), read_day(name, value), end)
    simple = _SIMPLE.get(name)
    if simple is None:
        raise invalid(f"{name}: This stand-in of Asana does not serve this search filter; leave it out.")
    return simple(value)


def _range(read: Callable[[Task], Any], limit: Any, end: str) -> Test:
    if end == "before":
        return lambda task: read(task) is not None and read(task) < limit
    if end == "after":
        return lambda task: read(task) is not None and read(task) > limit
    return lambda task: bool(read(task) == limit)


def _due(call: Call, task: Task) -> date | None:
    moment = task.schedule.due_at
    return task.schedule.due_on if moment is None else moment.astimezone(call.world.zone).date()


def _boolean(value: str) -> bool:
    if value not in ("true", "false"):
        raise invalid(f"Value is not a boolean: {value}")
    return value == "true"


def _text(value: str) -> Test:
    wanted = value.casefold()
    return lambda task: wanted in task.name.casefold() or wanted in task.text.plain.casefold()


def _is(wanted: object, read: Callable[[Task], object]) -> Test:
    return lambda task: read(task) == wanted


def _moment_of(name: str) -> Callable[[Task], datetime | None]:
    def read(task: Task) -> datetime | None:
        value: datetime | None = getattr(task, name)
        return value

    return read


_MOMENTS = {name: _moment_of(name) for name in ("created_at", "modified_at", "completed_at")}
_OF_A_TASK: dict[str, Callable[[Task], list[str]]] = {
    "assignee": lambda task: [] if task.assignee is None else [task.assignee.gid],
    "created_by": lambda task: [] if task.created_by is None else [task.created_by.gid],
    "followers": lambda task: [user.gid for user in task.followers],
    "projects": lambda task: list(task.memberships),
    "sections": lambda task: [section.gid for section in task.memberships.values()],
    "tags": lambda task: [tag.gid for tag in task.tags],
}
_SIMPLE: dict[str, Callable[[str], Test]] = {
    "text": _text,
    "completed": lambda value: _is(_boolean(value), lambda task: task.completed),
    "is_subtask": lambda value: _is(_boolean(value), lambda task: task.parent is not None),
    "resource_subtype": lambda value: _is(value, lambda task: task.resource_subtype),
}
