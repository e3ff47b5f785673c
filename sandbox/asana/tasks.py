"""Creating and changing tasks, with the events, followers and notices that Asana makes of each change.

A PUT changes the fields it names and nothing else; one that changes nothing leaves no trace. ``modified_at``
moves with the task's own fields, not with its tags, followers or places (Asana: Task, "modified_at").
"""

from collections.abc import Mapping
from typing import Any

from sandbox.asana import mentions, places, task_values, validate
from sandbox.asana.access import Finder
from sandbox.asana.errors import invalid
from sandbox.asana.events import Change, Ref
from sandbox.asana.objects import Schedule, Section, Tag, Task, User
from sandbox.asana.world import World, ref_to, streams_of

_SILENT = frozenset({"likes", "external_gid", "external_data"})
_EVENT_FIELDS = {"text": "notes"}


def create(world: World, finder: Finder, data: Mapping[str, Any], parent: Task | None = None) -> Task:
    """Create a task, at the top of the section (the first one of a project named alone) or below a parent.

    Raises:
        RefusedError: the request names no place to live, or breaks a rule; then nothing is created.
    """
    create_only = task_values.CREATE_ONLY - ({"parent"} if parent else frozenset())
    validate.check_names(
        data,
        task_values.WRITABLE | create_only,
        read_only=task_values.READ_ONLY | task_values.CREATE_ONLY,
        not_here=task_values.NOT_HERE,
    )
    now = world.stamp()
    task = Task(world.new_gid(), now, now, finder.user)
    if data.get("parent") is not None:
        parent = finder.task(data["parent"], "parent", 400, write=True)
    homes = _homes(finder, data, parent)
    wanted = task_values.read_values(finder, task, data)
    followers = [finder.assignable(who, "followers") for who in validate.listed("followers", data.get("followers", []))]
    task.tags = [finder.tag(gid, "tags", 400) for gid in validate.listed("tags", data.get("tags", []))]
    if parent is not None:
        places.check_depth(task, parent)
    _begin(world, finder.user, task, wanted, followers)
    _settle(world, finder.user, task, homes, parent)
    return task


def update(world: World, finder: Finder, task: Task, data: Mapping[str, Any]) -> None:
    """Change the named fields of a task.

    Raises:
        RefusedError: any of them cannot be so; then nothing is changed.
    """
    validate.check_names(
        data,
        task_values.WRITABLE,
        read_only=task_values.READ_ONLY | task_values.CREATE_ONLY,
        not_here=task_values.NOT_HERE,
    )
    wanted = task_values.read_values(finder, task, data)
    people = set(mentions.mentioned(world, task.text.rich))
    changes = _assign_values(world, finder.user, task, wanted)
    for person in mentions.mentioned(world, task.text.rich):
        if person not in people:
            follow(world, finder.user, task, person, reason="mentioned")
    if changes:
        task.modified_at = world.stamp()
    for change in changes:
        world.tell(finder.user, "changed", ref_to(task), streams_of(task), change=change)
        world.tell_story(finder.user, task)


def follow(world: World, actor: User, task: Task, person: User, *, reason: str = "follows") -> None:
    """Make a person follow a task, unless they do already."""
    if person in task.followers:
        return
    task.followers.append(person)
    _tell_member(world, actor, task, "followers", "added", ref_to(person))
    world.notify(actor, person, reason, task)


def unfollow(world: World, actor: User, task: Task, person: User) -> None:
    """Make a person follow a task no more."""
    if person in task.followers:
        task.followers.remove(person)
        _tell_member(world, actor, task, "followers", "removed", ref_to(person))


def add_tag(world: World, actor: User, task: Task, tag: Tag) -> None:
    """Put a tag on a task, unless it is there already."""
    if tag not in task.tags:
        task.tags.append(tag)
        _tell_member(world, actor, task, "tags", "added", ref_to(tag))


def remove_tag(world: World, actor: User, task: Task, tag: Tag) -> None:
    """Take a tag off a task."""
    if tag in task.tags:
        task.tags.remove(tag)
        _tell_member(world, actor, task, "tags", "removed", ref_to(tag))


def _tell_member(world: World, actor: User, task: Task, field: str, action: str, value: Ref) -> None:
    world.tell(actor, "changed", ref_to(task), streams_of(task), change=Change(field, action, value))


def _homes(finder: Finder, data: Mapping[str, Any], parent: Task | None) -> list[Section]:
    if data.get("workspace") is not None:
        finder.workspace(data["workspace"], 400)
    elif parent is None and not data.get("projects") and not data.get("memberships"):
        raise invalid("You should specify one of workspace, parent, projects")
    homes: dict[str, Section] = {}
    for gid in validate.listed("projects", data.get("projects", [])):
        project = finder.project(gid, "projects", 400, write=True)
        homes[project.gid] = project.sections[0]
    for entry in validate.listed("memberships", data.get("memberships", [])):
        section = _home(finder, validate.mapping("memberships", entry))
        homes[section.project.gid] = section
    if len(homes) > places.MOST_PROJECTS:
        raise invalid(f"A task cannot be in more than {places.MOST_PROJECTS} projects")
    return list(homes.values())


def _home(finder: Finder, entry: Mapping[str, Any]) -> Section:
    validate.check_names(entry, ("project", "section"))
    if "project" not in entry:
        raise invalid("memberships: project: Missing required field")
    project = finder.project(entry["project"], "memberships", 400, write=True)
    if entry.get("section") is None:
        return project.sections[0]
    section = finder.section(entry["section"], "memberships", 400)
    if section.project is not project:
        raise invalid("memberships: The section is not in the project")
    return section


def _begin(world: World, actor: User, task: Task, wanted: Mapping[str, Any], followers: list[User]) -> None:
    task.followers = [actor]
    _assign_values(world, actor, task, wanted)
    for person in followers:
        follow(world, actor, task, person)
    for person in mentions.mentioned(world, task.text.rich):
        follow(world, actor, task, person, reason="mentioned")
    world.tasks[task.gid] = task


def _settle(world: World, actor: User, task: Task, homes: list[Section], parent: Task | None) -> None:
    if parent is not None:
        places.adopt(task, parent, places.BOTTOM)
        world.tell(actor, "added", ref_to(task), streams_of(task), parent=ref_to(parent))
    for section in homes:
        places.enter(world, actor, task, section, places.TOP)


def _assign_values(world: World, actor: User, task: Task, wanted: Mapping[str, Any]) -> list[Change]:
    """Set the values that differ and return how events tell of them."""
    changes: list[Change] = []
    old_gid = task.external_gid
    for name, value in wanted.items():
        before = getattr(task, name)
        if before == value:
            continue
        setattr(task, name, value)
        if name not in _SILENT:
            changes += _changes(name, before, value)
    if any(change.field == "completed" for change in changes):
        task.completed_at = world.stamp() if task.completed else None
        task.completed_by = actor if task.completed else None
    if any(change.field == "assignee" for change in changes):
        _hand_over(world, actor, task)
    _index(world, task, old_gid)
    return changes


def _changes(name: str, before: Any, value: Any) -> list[Change]:
    if isinstance(value, Schedule):
        return [Change(field) for field in _schedule_fields(before, value)]
    return [Change(_EVENT_FIELDS.get(name, name), value=ref_to(value) if isinstance(value, User) else None)]


def _schedule_fields(before: Schedule, now: Schedule) -> list[str]:
    """Name the fields of a schedule that changed: the moment where there is or was one, else the day."""
    fields: list[str] = []
    for end in ("due", "start"):
        old = getattr(before, f"{end}_on"), getattr(before, f"{end}_at")
        new = getattr(now, f"{end}_on"), getattr(now, f"{end}_at")
        if old != new:
            timed = new[1] is not None or (new == (None, None) and old[1] is not None)
            fields.append(f"{end}_at" if timed else f"{end}_on")
    return fields


def _hand_over(world: World, actor: User, task: Task) -> None:
    task.assigned_by = None if task.assignee is None else actor
    if task.assignee is None:
        return
    world.notify(actor, task.assignee, "assigned", task)
    if task.assignee not in task.followers:
        task.followers.append(task.assignee)


def _index(world: World, task: Task, old_gid: str | None) -> None:
    if old_gid == task.external_gid:
        return
    if old_gid is not None and world.external.get(old_gid) is task:
        del world.external[old_gid]
    if task.external_gid is not None:
        world.external[task.external_gid] = task
