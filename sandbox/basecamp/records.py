"""What the stand-in remembers: people, projects, and the recordings a project holds."""

from dataclasses import dataclass, field
from datetime import date, datetime
from typing import ClassVar, Literal

from sandbox.basecamp.recurrence import Recurrence

Status = Literal["active", "archived", "trashed", "drafted"]


@dataclass
class Person:
    """Somebody on the account; every token acts as exactly one person."""

    id: int
    name: str
    email: str
    admin: bool
    client: bool
    created_at: datetime
    time_zone: str = "Etc/UTC"

    @property
    def sgid(self) -> str:
        """The handle by which rich text mentions this person."""
        return f"BAh7CEkiPerson{self.id}"


@dataclass
class Project:
    """A project (Basecamp's "bucket"); `members` is None while it is open to the whole account."""

    id: int
    name: str
    creator: int
    created_at: datetime
    updated_at: datetime
    members: set[int] | None
    description: str = ""
    status: Status = "active"
    trashed_at: datetime | None = None
    dock: list[int] = field(default_factory=list)


@dataclass(frozen=True)
class Completion:
    """Who ticked something off, and when."""

    at: datetime
    by: int


@dataclass(kw_only=True)
class Recording:
    """Anything a project holds; `children` are ids in the order people see them."""

    TYPE: ClassVar[str] = ""
    ROUTE: ClassVar[str] = ""

    id: int
    project: int
    parent: int | None
    creator: int
    created_at: datetime
    updated_at: datetime
    status: Status = "active"
    trashed_at: datetime | None = None
    client_visible: bool = False
    subscribers: set[int] = field(default_factory=set)
    children: list[int] = field(default_factory=list)

    @property
    def type(self) -> str:
        """Basecamp's name of the kind, such as `Todo` or `Schedule::Entry`."""
        return self.TYPE

    @property
    def route(self) -> str:
        """The path segment under which one is read."""
        return self.ROUTE

    @property
    def title(self) -> str:
        """The line by which lists and parents name it."""
        raise NotImplementedError


@dataclass(kw_only=True)
class Tool(Recording):
    """One tool of a project's dock."""

    name: str
    kind: str
    path: str
    label: str
    enabled: bool = True
    include_due_assignments: bool = True

    @property
    def type(self) -> str:
        """Basecamp's name of the tool's kind."""
        return self.kind

    @property
    def route(self) -> str:
        """The path segment under which the tool is read."""
        return self.path

    @property
    def title(self) -> str:
        """The name people gave the tool; never match on it."""
        return self.label


@dataclass(kw_only=True)
class Todolist(Recording):
    """A to-do list, or a group when its parent is a list."""

    TYPE = "Todolist"
    ROUTE = "todolists"

    name: str
    description: str = ""
    color: str | None = None

    @property
    def title(self) -> str:
        """The list's name."""
        return self.name


@dataclass(kw_only=True)
class Todo(Recording):
    """A to-do; its `children` are comments and steps."""

    TYPE = "Todo"
    ROUTE = "todos"

    content: str
    description: str = ""
    starts_on: date | None = None
    due_on: date | None = None
    assignees: list[int] = field(default_factory=list)
    completion_subscribers: list[int] = field(default_factory=list)
    completion: Completion | None = None

    @property
    def title(self) -> str:
        """The to-do's content."""
        return self.content


@dataclass(kw_only=True)
class Step(Recording):
    """A step of a to-do."""

    TYPE = "Kanban::Step"
    ROUTE = "card_tables/steps"

    text: str
    due_on: date | None = None
    assignees: list[int] = field(default_factory=list)
    completion: Completion | None = None

    @property
    def title(self) -> str:
        """What is to be done."""
        return self.text


@dataclass(kw_only=True)
class Entry(Recording):
    """A schedule entry: dates when all day (last day included), instants in UTC otherwise."""

    TYPE = "Schedule::Entry"
    ROUTE = "schedule_entries"

    summary: str
    all_day: bool
    starts_at: date | datetime
    ends_at: date | datetime
    description: str = ""
    participants: list[int] = field(default_factory=list)
    join_url: str | None = None
    highlighted: bool = False
    recurrence: Recurrence | None = None

    @property
    def title(self) -> str:
        """The summary; a blank one reads "Untitled"."""
        return self.summary or "Untitled"


@dataclass(kw_only=True)
class Message(Recording):
    """A post on a message board."""

    TYPE = "Message"
    ROUTE = "messages"

    subject: str
    content: str = ""

    @property
    def title(self) -> str:
        """The subject."""
        return self.subject


@dataclass(kw_only=True)
class Comment(Recording):
    """A comment on another recording."""

    TYPE = "Comment"
    ROUTE = "comments"

    about: str
    content: str

    @property
    def title(self) -> str:
        """Which recording it answers."""
        return f"Re: {self.about}"


@dataclass(frozen=True)
class Event:
    """One line of a recording's history."""

    id: int
    recording: int
    action: str
    at: datetime
    by: int
    details: dict[str, list[int]]


@dataclass(frozen=True)
class Notice:
    """One e-mail Basecamp would have sent.

    `kind` is assigned, completed, scheduled, posted, commented or mentioned.
    """

    person: int
    kind: str
    recording: int
