"""Endpoints of tasks: lists and their filters, single tasks, places, tags and followers."""

from collections.abc import Mapping
from datetime import datetime
from typing import Any

from sandbox.asana import places, tasks, trash
from sandbox.asana.access import sees_task
from sandbox.asana.call import NOTHING, Call, Reply
from sandbox.asana.clock import read_moment
from sandbox.asana.errors import invalid, missing
from sandbox.asana.objects import Task, User
from sandbox.asana.validate import check_names, listed

_ONE_OF = "You should specify one of workspace, project, tag, section, user_task_list"
_EXACTLY_ONE = "Must specify exactly one of project, tag, section, user task list, or assignee + workspace"


def get_tasks(call: Call) -> Reply:
    """Serve GET /tasks: of exactly one project, section, or assignee with workspace."""
    return call.pages("task", _filtered(call, _named(call)))


def get_project_tasks(call: Call) -> Reply:
    """Serve GET /projects/{project}/tasks; subtasks are in no list but their parent's."""
    project = call.find.project(call.path["project"])
    return call.pages("task", _filtered(call, call.world.tasks_of(project)))


def get_section_tasks(call: Call) -> Reply:
    """Serve GET /sections/{section}/tasks."""
    section = call.find.section(call.path["section"])
    return call.pages("task", _filtered(call, [t for t in section.tasks if t.trashed_at is None]))


def post_task(call: Call) -> Reply:
    """Serve POST /tasks; posting the same again makes a second task."""
    return call.made("task", tasks.create(call.world, call.find, call.data), "tasks")


def get_task(call: Call) -> Reply:
    """Serve GET /tasks/{task}; the task may be named ``external:…``."""
    return call.show("task", call.find.task(call.path["task"]))


def put_task(call: Call) -> Reply:
    """Serve PUT /tasks/{task}: changes only what it names."""
    task = _writable(call)
    tasks.update(call.world, call.find, task, call.data)
    return call.show("task", task)


def delete_task(call: Call) -> Reply:
    """Serve DELETE /tasks/{task}: into the trash."""
    trash.delete_task(call.world, call.user, _writable(call))
    return NOTHING


def get_subtasks(call: Call) -> Reply:
    """Serve GET /tasks/{task}/subtasks."""
    task = call.find.task(call.path["task"])
    return call.pages("task", [subtask for subtask in task.subtasks if subtask.trashed_at is None])


def post_subtask(call: Call) -> Reply:
    """Serve POST /tasks/{task}/subtasks; the subtask gets none of its parent's projects."""
    task = tasks.create(call.world, call.find, call.data, _writable(call))
    return call.made("task", task, "tasks")


def set_parent(call: Call) -> Reply:
    """Serve POST /tasks/{task}/setParent."""
    task = _writable(call)
    places.set_parent(call.world, call.find, task, call.data)
    return call.show("task", task)


def add_project(call: Call) -> Reply:
    """Serve POST /tasks/{task}/addProject."""
    places.add_project(call.world, call.find, _writable(call), call.data)
    return NOTHING


def remove_project(call: Call) -> Reply:
    """Serve POST /tasks/{task}/removeProject; removing it where it is not changes nothing."""
    task = _writable(call)
    project = call.find.project(_only(call.data, "project"), "project", 400, write=True)
    if project.gid in task.memberships:
        places.leave(call.world, call.user, task, project)
    return NOTHING


def add_tag(call: Call) -> Reply:
    """Serve POST /tasks/{task}/addTag."""
    task = _writable(call)
    tasks.add_tag(call.world, call.user, task, call.find.tag(_only(call.data, "tag"), "tag", 400))
    return NOTHING


def remove_tag(call: Call) -> Reply:
    """Serve POST /tasks/{task}/removeTag."""
    task = _writable(call)
    tasks.remove_tag(call.world, call.user, task, call.find.tag(_only(call.data, "tag"), "tag", 400))
    return NOTHING


def add_followers(call: Call) -> Reply:
    """Serve POST /tasks/{task}/addFollowers."""
    task = _writable(call)
    for person in _followers(call):
        tasks.follow(call.world, call.user, task, person)
    return call.show("task", task)


def remove_followers(call: Call) -> Reply:
    """Serve POST /tasks/{task}/removeFollowers."""
    task = _writable(call)
    for person in _followers(call):
        tasks.unfollow(call.world, call.user, task, person)
    return call.show("task", task)


def _writable(call: Call) -> Task:
    return call.find.task(call.path["task"], write=True)


def _followers(call: Call) -> list[User]:
    return [call.find.assignable(who, "followers") for who in listed("followers", _only(call.data, "followers"))]


def _only(data: Mapping[str, Any], name: str) -> Any:
    check_names(data, (name,))
    if name not in data:
        raise missing(name)
    return data[name]


def _named(call: Call) -> list[Task]:
    """Return the tasks of the one thing that the query names."""
    named = [name for name in ("project", "section") if name in call.query]
    people = {"assignee", "workspace"} & set(call.query)
    if not named and not people:
        raise invalid(_ONE_OF)
    if len(named) > 1 or (people and (named or len(people) == 1)):
        raise invalid(_EXACTLY_ONE)
    if people:
        return _assigned(call)
    gid = call.query[named[0]]
    if named[0] == "project":
        return call.world.tasks_of(call.find.project(gid))
    return [task for task in call.find.section(gid).tasks if task.trashed_at is None]


def _assigned(call: Call) -> list[Task]:
    call.find.workspace(call.query["workspace"])
    who = call.find.assignable(call.query["assignee"], "assignee")
    found = [t for t in call.world.tasks.values() if t.assignee is who and t.trashed_at is None]
    return [task for task in found if sees_task(call.user, task)]


def _filtered(call: Call, found: list[Task]) -> list[Task]:
    """Apply ``modified_since`` and ``completed_since``, both inclusive."""
    modified = _moment(call, "modified_since")
    if modified is not None:
        found = [task for task in found if task.modified_at >= modified]
    completed = _moment(call, "completed_since")
    if completed is not None:
        found = [t for t in found if t.completed_at is None or t.completed_at >= completed]
    return found


def _moment(call: Call, name: str) -> datetime | None:
    if call.query.get(name) == "now":
        return call.world.now()
    return read_moment(name, call.query.get(name))
