"""The fields of a task, as its readers see them.

The day of a timed task is derived from its moment in the zone of the world, as Asana derives it in the
reader's zone; that zone is a switch here (``World.time_zone``).
"""

from datetime import date, datetime
from typing import Any

from sandbox.asana import mentions
from sandbox.asana.access import sees_project
from sandbox.asana.clock import spelled
from sandbox.asana.objects import Section, Task
from sandbox.asana.selection import ABSENT, Field, Reader, Shape, tree


def _day(reader: Reader, day: date | None, moment: datetime | None) -> str | None:
    if moment is not None:
        day = moment.astimezone(reader.world.zone).date()
    return None if day is None else day.isoformat()


def _due_on(reader: Reader, task: Task) -> str | None:
    return _day(reader, task.schedule.due_on, task.schedule.due_at)


def _start_on(reader: Reader, task: Task) -> str | None:
    return _day(reader, task.schedule.start_on, task.schedule.start_at)


def _places(reader: Reader, task: Task) -> list[Section]:
    places = task.memberships.values()
    return [s for s in places if s.project.trashed_at is None and sees_project(reader.user, s.project)]


def _approval(_: Reader, task: Task) -> Any:
    return task.approval_status if task.resource_subtype == "approval" else ABSENT


def _separator(_: Reader, task: Task) -> Any:
    return False if task.resource_subtype == "default_task" else ABSENT


def _external(reader: Reader, task: Task) -> Any:
    unset = task.external_gid is None and task.external_data is None
    return ABSENT if unset or not reader.world.external_allowed else task


def _subtasks(_: Reader, task: Task) -> int:
    return sum(subtask.trashed_at is None for subtask in task.subtasks)


def _link(reader: Reader, task: Task) -> str:
    return f"{mentions.SITE}/1/{reader.world.workspace.gid}/task/{task.gid}"


def _plain(name: str, kind: str | None = None) -> Field:
    return Field(lambda _, task: getattr(task, name), kind)


def _moment(name: str) -> Field:
    return Field(lambda _, task: spelled(getattr(task, name)))


_NONE = Field(lambda *_: None)
_EMPTY = Field(lambda *_: [])


_OPT_IN = {
    "assigned_by": _plain("assigned_by", "user"),
    "completed_by": _plain("completed_by", "user"),
    "created_by": _plain("created_by", "user"),
    "dependencies": Field(lambda *_: [], "task"),
    "dependents": Field(lambda *_: [], "task"),
    "html_notes": Field(lambda r, task: mentions.read(r.world, r.user, task.text.rich)),
    "is_rendered_as_separator": Field(_separator),
    "num_subtasks": Field(_subtasks),
    "assignee_section": Field(lambda *_: None, "section"),
    "custom_type": Field(lambda *_: None, "custom_field"),
    "custom_type_status_option": Field(lambda *_: None, "custom_field"),
}
_DEFAULT = {
    "actual_time_minutes": _NONE,
    "approval_status": Field(_approval),
    "assignee": _plain("assignee", "user"),
    "assignee_status": Field(lambda *_: "upcoming"),
    "completed": _plain("completed"),
    "completed_at": _moment("completed_at"),
    "created_at": _moment("created_at"),
    "custom_fields": Field(lambda *_: [], "custom_field"),
    "due_at": Field(lambda _, task: spelled(task.schedule.due_at)),
    "due_on": Field(_due_on),
    "external": Field(_external, "external"),
    "followers": _plain("followers", "user"),
    "hearted": Field(lambda reader, task: reader.user.gid in task.likes),
    "hearts": _EMPTY,
    "liked": Field(lambda reader, task: reader.user.gid in task.likes),
    "likes": _EMPTY,
    "memberships": Field(_places, "placement"),
    "modified_at": _moment("modified_at"),
    "name": _plain("name"),
    "notes": Field(lambda _, task: task.text.plain),
    "num_hearts": Field(lambda _, task: len(task.likes)),
    "num_likes": Field(lambda _, task: len(task.likes)),
    "parent": _plain("parent", "task"),
    "permalink_url": Field(_link),
    "projects": Field(lambda reader, task: [s.project for s in _places(reader, task)], "project"),
    "resource_subtype": _plain("resource_subtype"),
    "start_at": Field(lambda _, task: spelled(task.schedule.start_at)),
    "start_on": Field(_start_on),
    "tags": _plain("tags", "tag"),
    "workspace": Field(lambda reader, _: reader.world.workspace, "workspace"),
}
_NESTED = {
    "assignee": ["assignee.name"],
    "followers": ["followers.name"],
    "memberships": ["memberships.project.name", "memberships.section.name"],
    "parent": ["parent.name", "parent.resource_subtype"],
    "projects": ["projects.name"],
    "tags": ["tags.name"],
    "workspace": ["workspace.name"],
}

TASK = Shape(
    "task",
    _OPT_IN | _DEFAULT,
    tree(["name", "resource_subtype"]),
    tree(path for name in _DEFAULT for path in _NESTED.get(name, [name])),
)
"""What a task shows; its full form is the one of a task read alone without ``opt_fields``."""

CUSTOM_FIELD = Shape(
    "custom_field",
    dict.fromkeys(
        (
            "name",
            "type",
            "resource_subtype",
            "enabled",
            "display_value",
            "text_value",
            "number_value",
            "enum_value",
            "multi_enum_values",
            "date_value",
            "people_value",
        ),
        _NONE,
    ),
    tree(["name"]),
    tree(["name"]),
)
"""Names under which a custom field can be asked for; no task here has one."""
