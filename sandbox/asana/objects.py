"""What an Asana workspace holds, as plain objects that know their neighbours and nothing of HTTP.

Relations are direct references (a task knows its sections, a section its tasks). Ids are decimal strings,
as Asana's gids are. Times are aware and in UTC, cut to milliseconds; days are dates without a zone.
"""

from dataclasses import dataclass, field
from datetime import date, datetime
from typing import Literal, NamedTuple

Access = Literal["admin", "editor", "commenter", "viewer"]
"""What a member may do in a project; commenters and viewers cannot write (Asana: Project permissions)."""


@dataclass(slots=True, eq=False)
class Workspace:
    """The one workspace of a stand-in."""

    gid: str
    name: str
    is_organization: bool = True
    email_domains: tuple[str, ...] = ()


@dataclass(slots=True, eq=False)
class User:
    """A person with an account; a guest sees only what is shared with them."""

    gid: str
    name: str
    email: str
    guest: bool = False


@dataclass(frozen=True, slots=True)
class Text:
    """A description: the plain text and the rich text that Asana keeps of it, mentions unexpanded."""

    plain: str = ""
    rich: str = "<body></body>"


@dataclass(frozen=True, slots=True)
class Schedule:
    """When work starts and is due; at most one of day and moment is set for each end."""

    due_on: date | None = None
    due_at: datetime | None = None
    start_on: date | None = None
    start_at: datetime | None = None


@dataclass(slots=True, eq=False)
class Project:
    """A project with its sections; ``barred`` are people who lost access to it."""

    gid: str
    name: str
    created_at: datetime
    modified_at: datetime
    owner: User | None = None
    members: dict[str, Access] = field(default_factory=dict)
    barred: set[str] = field(default_factory=set)
    sections: list["Section"] = field(default_factory=list)
    text: Text = Text()
    schedule: Schedule = Schedule()
    archived: bool = False
    color: str | None = None
    default_view: str = "list"
    privacy_setting: str = "public_to_workspace"
    trashed_at: datetime | None = None


@dataclass(slots=True, eq=False)
class Section:
    """A part of a project and its tasks, in order; trashed tasks keep their place for a restore."""

    gid: str
    name: str
    project: Project
    created_at: datetime
    tasks: list["Task"] = field(default_factory=list)


@dataclass(slots=True, eq=False)
class Tag:
    """A label that any task of the workspace can carry."""

    gid: str
    name: str
    created_at: datetime
    color: str | None = None
    notes: str = ""
    followers: list[User] = field(default_factory=list)


@dataclass(slots=True, eq=False)
class Task:
    """A task; its place in each project is the section found under the project's gid."""

    gid: str
    created_at: datetime
    modified_at: datetime
    created_by: User | None
    name: str = ""
    text: Text = Text()
    resource_subtype: str = "default_task"
    approval_status: str = "pending"
    completed: bool = False
    completed_at: datetime | None = None
    completed_by: User | None = None
    schedule: Schedule = Schedule()
    assignee: User | None = None
    assigned_by: User | None = None
    followers: list[User] = field(default_factory=list)
    likes: set[str] = field(default_factory=set)
    tags: list[Tag] = field(default_factory=list)
    memberships: dict[str, Section] = field(default_factory=dict)
    parent: "Task | None" = None
    subtasks: list["Task"] = field(default_factory=list)
    external_gid: str | None = None
    external_data: str | None = None
    trashed_at: datetime | None = None
    trashed_with: "Task | None" = None


class Membership(NamedTuple):
    """One person's access to one project, as /memberships shows it."""

    gid: str
    parent: Project
    member: User
    access_level: Access


class Notice(NamedTuple):
    """What would have reached a person; ``channel`` is ``inbox`` or ``email``."""

    user: str
    reason: str
    task: str
    channel: Literal["inbox", "email"]
