"""The stand-in's workspace as tests, demos and people set it up and steer it.

What a person does in Asana's own windows and the API has no call for (restoring from the trash, taking someone
out of a project) is a method here; everything else is done over HTTP with that person's token.
"""

from collections.abc import Callable, Iterable
from datetime import datetime
from typing import Any

from sandbox.asana import containers, tasks, trash
from sandbox.asana.access import Finder
from sandbox.asana.events import Change
from sandbox.asana.objects import Access, Notice, Project, User
from sandbox.asana.world import World, ref_to, utc_now


class AsanaState(World):
    """One workspace with its people, projects and switches (see ``World`` for the switches).

    Args:
        now: the clock of the stand-in; everything it stamps, expires and dates uses it.
    """

    def __init__(self, *, now: Callable[[], datetime] = utc_now) -> None:
        super().__init__(now)

    def __repr__(self) -> str:
        return f"<AsanaState: {len(self.projects)} projects, {len(self.tasks)} tasks>"

    def add_user(self, name: str, email: str, *, token: str | None = None, guest: bool = False) -> str:
        """Add a person and return the gid; with a token, requests that carry it act as that person."""
        user = User(self.new_gid(), name, email, guest)
        self.users[user.gid] = user
        if token is not None:
            self.tokens[token] = user.gid
        domain = email.rpartition("@")[2]
        if not guest and domain not in self.workspace.email_domains:
            self.workspace.email_domains += (domain,)
        return user.gid

    def add_project(self, name: str, *, members: Iterable[str] = (), private: bool = False) -> str:
        """Add a project with its "Untitled section" and return the gid.

        Args:
            name: its title.
            members: gids of people who belong to it, as editors; guests see only projects they belong to.
            private: hide it from everybody else as well.
        """
        now = self.stamp()
        project = Project(self.new_gid(), name, now, now)
        project.members.update((gid, "editor") for gid in members)
        project.privacy_setting = "private" if private else "public_to_workspace"
        self.projects[project.gid] = project
        containers.put_section(self, None, project, "Untitled section", 0)
        return project.gid

    def add_section(self, project: str, name: str) -> str:
        """Add a section at the end of a project and return the gid."""
        into = self.projects[project]
        return containers.put_section(self, None, into, name, len(into.sections)).gid

    def add_tag(self, name: str) -> str:
        """Add a tag and return the gid."""
        finder = Finder(self, User("0", "Asana", ""))
        return containers.create_tag(self, finder, {"name": name, "workspace": self.workspace.gid}).gid

    def add_task(self, project: str, name: str, *, by: str, **fields: Any) -> str:
        """Add a task without the cost of HTTP and return the gid.

        Args:
            project: gid of the project.
            name: its title.
            by: gid of the user who creates it.
            **fields: more fields, as in the body of ``POST /tasks``.

        Raises:
            RefusedError: Asana would refuse it.
        """
        data = {"name": name, "projects": [project], **fields}
        return tasks.create(self, Finder(self, self.users[by]), data).gid

    def add_member(self, project: str, user: str, *, access: Access = "editor") -> None:
        """Share a project with a person, or change what they may do in it."""
        self.projects[project].members[user] = access
        self.projects[project].barred.discard(user)

    def withdraw(self, project: str, user: str) -> None:
        """Take a person's access to a project, and to the tasks that they could see through it."""
        from_project = self.projects[project]
        from_project.members.pop(user, None)
        from_project.barred.add(user)

    def archive_project(self, gid: str) -> None:
        """Archive a project; its tasks stay readable and writable (Asana: Project, "archived")."""
        project = self.projects[gid]
        project.archived = True
        project.modified_at = self.stamp()
        self.tell(None, "changed", ref_to(project), {gid}, change=Change("archived"))

    def delete_project(self, gid: str) -> None:
        """Delete a project, as ``DELETE /projects/{gid}`` does."""
        trash.delete_project(self, None, self.projects[gid])

    def restore_task(self, gid: str, *, by: str | None = None) -> None:
        """Take a task and the subtasks deleted with it out of the trash.

        Raises:
            NothingToRestoreError: it is not there, or has been for 30 days.
        """
        trash.restore_task(self, None if by is None else self.users[by], gid)

    def comment(self, task: str, *, by: str) -> None:
        """Comment on a task: its ``modified_at`` moves and its followers are e-mailed."""
        on, author = self.tasks[task], self.users[by]
        on.modified_at = self.stamp()
        self.tell_story(author, on)
        for person in on.followers:
            if person is not author:
                self.notified.append(Notice(person.gid, "commented", on.gid, "email"))

    def expire_sync_tokens(self) -> None:
        """Make every sync token handed out so far answer 412, as Asana may under load."""
        self.streams.expire()
