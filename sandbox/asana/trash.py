"""Deletion and what can be taken back of it, as Asana's trash works.

A deleted task keeps its place and can be restored for 30 days; its subtasks go and come back with it. The API
has no way to list the trash or to restore, so a restore is what a person does in Asana itself.
"""

from datetime import datetime

from sandbox.asana.objects import Project, Section, Task, User
from sandbox.asana.world import TRASH_KEPT, World, ref_to, streams_of


class NothingToRestoreError(LookupError):
    """A restore of something that is not in the trash, or no longer."""


def delete_task(world: World, actor: User | None, task: Task, *, root: Task | None = None) -> None:
    """Put a task and its live subtasks into the trash."""
    now = world.stamp()
    task.trashed_at, task.trashed_with, task.modified_at = now, root, now
    world.tell(actor, "deleted", ref_to(task), streams_of(task))
    for subtask in task.subtasks:
        if subtask.trashed_at is None:
            delete_task(world, actor, subtask, root=root or task)


def restore_task(world: World, actor: User | None, gid: str) -> Task:
    """Take a task and what was deleted with it out of the trash.

    Raises:
        NothingToRestoreError: it is not in the trash, or has been for 30 days and is gone for good.
    """
    task = world.tasks.get(gid)
    if task is None or task.trashed_at is None:
        raise NothingToRestoreError(f"Task {gid} is not in the trash.")
    if world.stamp() - task.trashed_at >= TRASH_KEPT:
        raise NothingToRestoreError(f"Task {gid} was deleted more than 30 days ago; Asana has removed it.")
    _revive(world, actor, task, world.stamp(), root=task)
    return task


def delete_project(world: World, actor: User | None, project: Project) -> None:
    """Delete a project and the tasks that live nowhere else; others lose their place in it."""
    for task in world.tasks_of(project):
        others = [s for gid, s in task.memberships.items() if gid != project.gid]
        if not others and task.parent is None:
            delete_task(world, actor, task)
        else:
            del task.memberships[project.gid]
    project.trashed_at = world.stamp()
    world.tell(actor, "deleted", ref_to(project), {project.gid})


def delete_section(world: World, actor: User | None, section: Section) -> None:
    """Delete an empty section; trashed tasks in it would come back into the first section."""
    project = section.project
    project.sections.remove(section)
    del world.sections[section.gid]
    for task in section.tasks:
        task.memberships[project.gid] = project.sections[0]
    project.sections[0].tasks += section.tasks
    world.tell(actor, "deleted", ref_to(section), {project.gid}, parent=None)


def _revive(world: World, actor: User | None, task: Task, now: datetime, *, root: Task) -> None:
    task.trashed_at, task.trashed_with, task.modified_at = None, None, now
    world.tell(actor, "undeleted", ref_to(task), streams_of(task))
    for subtask in task.subtasks:
        if subtask.trashed_with is root:
            _revive(world, actor, subtask, now, root=root)
