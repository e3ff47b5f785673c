"""Who may see and change what, and how things are looked up by a request.

A full member sees every project that is not private and not closed to them; a guest only those they belong
to. A task is seen through its projects, its parent, or by having created it, following it or being assigned
to it. Unknown and trashed things answer 404, those that may not be seen ``World.denied_status``.
"""

import re

from sandbox.asana.errors import RefusedError, forbidden, invalid, unknown
from sandbox.asana.objects import Project, Section, Tag, Task, User
from sandbox.asana.world import World

_GID = re.compile(r"\d{1,19}")
_EXTERNAL = "external:"
_WRITERS = ("admin", "editor")


def sees_project(user: User, project: Project) -> bool:
    """Tell whether a person can read a project."""
    if user.gid in project.barred:
        return False
    return user.gid in project.members or (not user.guest and project.privacy_setting != "private")


def edits_project(user: User, project: Project) -> bool:
    """Tell whether a person can write in a project."""
    return sees_project(user, project) and project.members.get(user.gid, "editor") in _WRITERS


def sees_task(user: User, task: Task) -> bool:
    """Tell whether a person can read a task."""
    projects = [section.project for section in task.memberships.values()]
    if any(sees_project(user, project) for project in projects):
        return True
    if task.parent is not None and sees_task(user, task.parent):
        return True
    barred = any(user.gid in project.barred for project in projects)
    return not barred and user in (task.created_by, task.assignee, *task.followers)


def edits_task(user: User, task: Task) -> bool:
    """Tell whether a person can write to a task; what is shared for reading only stays so."""
    seen = [s.project for s in task.memberships.values() if sees_project(user, s.project)]
    if seen:
        return any(edits_project(user, project) for project in seen)
    if task.parent is not None and sees_task(user, task.parent):
        return edits_task(user, task.parent)
    return sees_task(user, task)


class Finder:
    """Looks things up for the user of a request, or refuses as Asana would.

    ``field`` is the name that the refusal gives to the id; ``status`` is the answer for an id that names
    nothing: 404 where the id stands in a path or query, 400 in a body.
    """

    def __init__(self, world: World, user: User) -> None:
        self.world = world
        self.user = user

    def task(self, gid: object, field: str = "task", status: int = 404, *, write: bool = False) -> Task:
        """Return a live task by gid or ``external:…``, seen (and editable) by the user."""
        if isinstance(gid, str) and gid.startswith(_EXTERNAL):
            found = self._external(gid.removeprefix(_EXTERNAL))
        else:
            found = self.world.live_task(_checked(gid, field, status))
        if found is None:
            raise unknown(field, str(gid), status=status)
        self._permit(sees_task(self.user, found), "task", found.gid)
        if write and not edits_task(self.user, found):
            raise forbidden("You do not have permission to change this task.")
        return found

    def project(self, gid: object, field: str = "project", status: int = 404, *, write: bool = False) -> Project:
        """Return a live project, seen (and editable) by the user."""
        found = self.world.live_project(_checked(gid, field, status))
        if found is None:
            raise unknown(field, str(gid), status=status)
        self._permit(sees_project(self.user, found), "project", found.gid)
        if write and not edits_project(self.user, found):
            raise forbidden("You do not have permission to change this project.")
        return found

    def section(self, gid: object, field: str = "section", status: int = 404, *, write: bool = False) -> Section:
        """Return a section of a live project, seen (and editable) by the user."""
        found = self.world.sections.get(_checked(gid, field, status))
        if found is None:
            raise unknown(field, str(gid), status=status)
        self.project(found.project.gid, field, status, write=write)
        return found

    def tag(self, gid: object, field: str = "tag", status: int = 404) -> Tag:
        """Return a tag; tags belong to the whole workspace."""
        found = self.world.tags.get(_checked(gid, field, status))
        if found is None:
            raise unknown(field, str(gid), status=status)
        return found

    def workspace(self, gid: object, status: int = 404) -> None:
        """Make sure that an id names the workspace."""
        if _checked(gid, "workspace", status) != self.world.workspace.gid:
            raise unknown("workspace", str(gid), status=status)

    def person(self, who: str) -> User | None:
        """Return a user by gid, address or ``me``; None if there is nobody."""
        if who == "me":
            return self.user
        return self.world.users.get(who) or self._by_email(who)

    def assignable(self, who: object, field: str) -> User:
        """Return the user that a body names by gid, address or ``me``."""
        if not isinstance(who, str):
            raise invalid(f"{field}: Not a valid GID type: {type(who).__name__}")
        found = self.person(who)
        if found is None:
            raise invalid(f"{field}: Not a user in Organization: {who}")
        return found

    def visible_people(self) -> list[User]:
        """Return the users that the user can see, by name; a guest sees those of shared projects."""
        people = sorted(self.world.users.values(), key=lambda user: (user.name.casefold(), user.gid))
        if not self.user.guest:
            return people
        shared = [p for p in self.world.projects.values() if sees_project(self.user, p)]
        known = {self.user.gid}.union(*(project.members for project in shared))
        return [user for user in people if user.gid in known]

    def _by_email(self, address: str) -> User | None:
        wanted = address.casefold()
        return next((user for user in self.world.users.values() if user.email.casefold() == wanted), None)

    def _external(self, gid: str) -> Task | None:
        found = self.world.external.get(gid) if self.world.external_allowed else None
        return found if found is not None and found.trashed_at is None else None

    def _permit(self, allowed: bool, kind: str, gid: str) -> None:  # noqa: FBT001 - private and always named by its check
        if allowed:
            return
        if self.world.denied_status == 404:
            raise unknown(kind, gid, status=404)
        raise RefusedError(self.world.denied_status, f"You do not have access to this {kind}.")


def _checked(gid: object, field: str, status: int) -> str:
    if not isinstance(gid, str):
        raise invalid(f"{field}: Not a valid GID type: {type(gid).__name__}")
    if not _GID.fullmatch(gid):
        raise RefusedError(status, f"{field}: Not a recognized ID: {gid}")
    return gid
