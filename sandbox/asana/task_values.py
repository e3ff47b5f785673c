"""What a request wants a task to become, read and checked in full before anything is touched.

The result maps attributes of ``Task`` to their new values; what is written together is read together: due and
start, plain and rich description, approval and completion (Asana: Update a task).
"""

from collections.abc import Callable, Mapping
from typing import Any

from sandbox.asana import mentions, richtext, validate
from sandbox.asana.access import Finder
from sandbox.asana.errors import forbidden, invalid
from sandbox.asana.objects import Task, Text
from sandbox.asana.schedule import FIELDS as SCHEDULE_FIELDS
from sandbox.asana.schedule import rescheduled

WRITABLE = frozenset(
    {"approval_status", "assignee", "completed", "custom_fields", "external", "html_notes", "liked", "name"}
    | {"notes", "resource_subtype", *SCHEDULE_FIELDS}
)
CREATE_ONLY = frozenset({"followers", "memberships", "parent", "projects", "tags", "workspace"})
READ_ONLY = frozenset(
    {"actual_time_minutes", "assigned_by", "completed_at", "completed_by", "created_at", "created_by", "gid"}
    | {"dependencies", "dependents", "hearted", "hearts", "is_rendered_as_separator", "likes", "modified_at"}
    | {"num_hearts", "num_likes", "num_subtasks", "permalink_url", "resource_type"}
)
NOT_HERE = frozenset({"assignee_section", "assignee_status", "custom_type", "custom_type_status_option"})
APPROVALS = frozenset({"pending", "approved", "rejected", "changes_requested"})
SUBTYPES = frozenset({"default_task", "milestone", "approval"})

Values = dict[str, Any]


def read_values(finder: Finder, task: Task, data: Mapping[str, Any]) -> Values:
    """Return the new values of a task's attributes.

    Raises:
        RefusedError: any part of the request breaks a rule.
    """
    if "notes" in data and "html_notes" in data:
        raise invalid("You may only provide one of notes or html_notes!")
    if "external" in data and not finder.world.external_allowed:
        raise _oauth_only()
    wanted: Values = {}
    for name, read in _READERS.items():
        if name in data:
            wanted |= read(finder, task, data[name])
    milestone = wanted.get("resource_subtype", task.resource_subtype) == "milestone"
    wanted["schedule"] = rescheduled(task.schedule, data, zone=finder.world.zone, milestone=milestone)
    return wanted | _approval(task, wanted)


def _approval(task: Task, wanted: Values) -> Values:
    """Keep approval and completion in line, and refuse an approval of what is no approval."""
    is_approval = wanted.get("resource_subtype", task.resource_subtype) == "approval"
    if "approval_status" in wanted:
        completed = wanted["approval_status"] != "pending"
        if not is_approval:
            raise invalid("approval_status: Only approval tasks have an approval status")
        if wanted.get("completed", completed) != completed:
            raise invalid("approval_status: The approval status and completed contradict each other")
        return {"completed": completed}
    if is_approval and wanted.get("completed", task.completed) != task.completed:
        return {"approval_status": "approved" if wanted["completed"] else "pending"}
    return {}


def _notes(_: Finder, __: Task, value: object) -> Values:
    plain = validate.text("notes", value).replace("\r\n", "\n")
    return {"text": Text(plain, richtext.from_plain(plain))}


def _html_notes(finder: Finder, _: Task, value: object) -> Values:
    return {"text": mentions.written(finder.world, finder.user, value, in_task=True)}


def _assignee(finder: Finder, _: Task, value: object) -> Values:
    return {"assignee": None if value is None else finder.assignable(value, "assignee")}


def _liked(finder: Finder, task: Task, value: object) -> Values:
    liked = validate.flag("liked", value)
    return {"likes": task.likes | {finder.user.gid} if liked else task.likes - {finder.user.gid}}


def _external(finder: Finder, task: Task, value: object) -> Values:
    given = validate.external(value)
    holder = finder.world.external.get(given.get("gid", ""))
    if holder is not None and holder is not task and holder.trashed_at is None:
        raise invalid("external.gid: Another task has this external gid already")
    return {f"external_{part}": text for part, text in given.items()}


def _custom_fields(_: Finder, __: Task, value: object) -> Values:
    validate.custom_fields(value)
    return {}


def _checked(name: str, check: Callable[[str, object], Any]) -> Callable[[Finder, Task, object], Values]:
    return lambda _, __, value: {name: check(name, value)}


def _oauth_only() -> Exception:
    return forbidden("external: Custom external data is available to OAuth apps only; leave it out")


_READERS: dict[str, Callable[[Finder, Task, object], Values]] = {
    "name": _checked("name", validate.text),
    "notes": _notes,
    "html_notes": _html_notes,
    "completed": _checked("completed", validate.flag),
    "resource_subtype": _checked("resource_subtype", validate.one_of(SUBTYPES)),
    "approval_status": _checked("approval_status", validate.one_of(APPROVALS)),
    "assignee": _assignee,
    "liked": _liked,
    "external": _external,
    "custom_fields": _custom_fields,
}
