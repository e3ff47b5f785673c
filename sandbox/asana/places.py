"""Where tasks stand: sections, projects and parents, and the events of every move.

A move between sections is a ``removed`` and an ``added`` event, and so is one between projects; none of them
changes the task's ``modified_at`` (Asana: Task, "modified_at").
"""

from collections.abc import Mapping
from typing import Any, NamedTuple

from sandbox.asana.access import Finder
from sandbox.asana.errors import invalid, missing
from sandbox.asana.objects import Project, Section, Task, User
from sandbox.asana.validate import check_names
from sandbox.asana.world import World, ref_to, streams_of

MOST_PROJECTS = 20
DEEPEST_SUBTASK = 5


class Spot(NamedTuple):
    """A place in an ordered list: beside the anchor, or at one end of the list if there is none."""

    anchor: Task | None
    after: bool


TOP = Spot(None, after=True)
BOTTOM = Spot(None, after=False)


def insert(tasks: list[Task], task: Task, spot: Spot) -> None:
    """Put a task into an ordered list."""
    if spot.anchor is None:
        tasks.insert(0 if spot.after else len(tasks), task)
    else:
        tasks.insert(tasks.index(spot.anchor) + spot.after, task)


def read_spot(finder: Finder, data: Mapping[str, Any], default: Spot) -> Spot:
    """Read ``insert_before`` and ``insert_after`` of a request; null means the bottom or the top."""
    if "insert_before" in data and "insert_after" in data:
        raise invalid("You may only provide one of insert_before or insert_after!")
    for name, end in (("insert_before", BOTTOM), ("insert_after", TOP)):
        if name in data:
            if data[name] is None:
                return end
            return Spot(finder.task(data[name], name, 400), after=end is TOP)
    return default


def enter(world: World, actor: User | None, task: Task, section: Section, spot: Spot) -> None:
    """Put a task into a section, as a new member of the project or as a move within it."""
    before = task.memberships.get(section.project.gid)
    if before is not None:
        before.tasks.remove(task)
    elif len(task.memberships) >= MOST_PROJECTS:
        raise invalid(f"A task cannot be in more than {MOST_PROJECTS} projects")
    task.memberships[section.project.gid] = section
    insert(section.tasks, task, spot)
    if before is section:
        return
    if before is None:
        world.tell(actor, "added", ref_to(task), streams_of(task), parent=ref_to(section.project))
    else:
        world.tell(actor, "removed", ref_to(task), streams_of(task), parent=ref_to(before))
    world.tell(actor, "added", ref_to(task), streams_of(task), parent=ref_to(section))
    world.tell_story(actor, task)


def leave(world: World, actor: User | None, task: Task, project: Project) -> None:
    """Take a task out of a project; it lives on."""
    streams = streams_of(task)
    section = task.memberships.pop(project.gid)
    section.tasks.remove(task)
    for parent in (ref_to(section), ref_to(project)):
        world.tell(actor, "removed", ref_to(task), streams, parent=parent)


def add_project(world: World, finder: Finder, task: Task, data: Mapping[str, Any]) -> None:
    """Serve ``addProject``: without a place the task goes to the end of the last section, also on a repeat."""
    check_names(data, ("project", "section", "insert_before", "insert_after"))
    if "project" not in data:
        raise missing("project")
    project = finder.project(data["project"], "project", 400, write=True)
    spot = read_spot(finder, data, BOTTOM)
    if data.get("section") is not None:
        section = finder.section(data["section"], "section", 400)
        if section.project is not project:
            raise invalid("section: The section is not in the project")
    elif spot.anchor is not None:
        section = _section_of(spot.anchor, project)
    else:
        section = project.sections[0 if spot == TOP else -1]
    _check_anchor(spot, task, section)
    enter(world, finder.user, task, section, spot)


def add_to_section(world: World, finder: Finder, section: Section, data: Mapping[str, Any]) -> None:
    """Serve ``addTask`` of a section: moves a task within the project, to the top unless told otherwise."""
    check_names(data, ("task", "insert_before", "insert_after"))
    if "task" not in data:
        raise missing("task")
    task = finder.task(data["task"], "task", 400, write=True)
    if section.project.gid not in task.memberships:
        raise invalid("task: The task is not in the project of this section; add it to the project first")
    spot = read_spot(finder, {k: v for k, v in data.items() if v is not None}, TOP)
    _check_anchor(spot, task, section)
    enter(world, finder.user, task, section, spot)


def set_parent(world: World, finder: Finder, task: Task, data: Mapping[str, Any]) -> None:
    """Serve ``setParent``: makes a task a subtask, moves it, or frees it with null."""
    check_names(data, ("parent", "insert_before", "insert_after"))
    if "parent" not in data:
        raise missing("parent")
    parent = None if data["parent"] is None else finder.task(data["parent"], "parent", 400, write=True)
    spot = read_spot(finder, data, BOTTOM)
    if spot.anchor is not None and (spot.anchor is task or spot.anchor.parent is not parent):
        raise invalid("insert_before, insert_after: The task is not a subtask of the parent")
    if parent is not None:
        check_depth(task, parent)
    before, streams = task.parent, streams_of(task)
    adopt(task, parent, spot)
    if before is parent:
        return
    if before is not None:
        world.tell(finder.user, "removed", ref_to(task), streams, parent=ref_to(before))
    if parent is not None:
        world.tell(finder.user, "added", ref_to(task), streams_of(task), parent=ref_to(parent))


def adopt(task: Task, parent: Task | None, spot: Spot) -> None:
    """Make a task the child of another (or of none), without any event."""
    if task.parent is not None:
        task.parent.subtasks.remove(task)
    task.parent = parent
    if parent is not None:
        insert(parent.subtasks, task, spot)


def check_depth(task: Task, parent: Task) -> None:
    """Refuse a parent that is the task itself or below it, or that would nest subtasks too deeply."""
    above: list[Task] = []
    step: Task | None = parent
    while step is not None:
        above.append(step)
        step = step.parent
    if task in above:
        raise invalid("parent: A task cannot be its own parent or subtask")
    if len(above) + _height(task) > DEEPEST_SUBTASK:
        raise invalid(f"parent: Subtasks cannot be nested deeper than {DEEPEST_SUBTASK} levels")


def _height(task: Task) -> int:
    return max((1 + _height(subtask) for subtask in task.subtasks), default=0)


def _section_of(anchor: Task, project: Project) -> Section:
    section = anchor.memberships.get(project.gid)
    if section is None:
        raise invalid("insert_before, insert_after: The task is not in the project")
    return section


def _check_anchor(spot: Spot, task: Task, section: Section) -> None:
    if spot.anchor is None:
        return
    if spot.anchor is task or spot.anchor.memberships.get(section.project.gid) is not section:
        raise invalid("insert_before, insert_after: The task is not in the section")
