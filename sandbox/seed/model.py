"""What the seeded community consists of: plain values, the same for every tool."""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date, datetime, time
from typing import Literal
from zoneinfo import ZoneInfo

Tool = Literal["asana", "basecamp", "microsoft365"]


@dataclass(frozen=True, slots=True)
class Person:
    """A member; `key` is how the seed's tables call them, `tools` where they have an account."""

    key: str
    name: str
    email: str
    work: str
    role: Literal["sponsor", "moderator", "core", "member"]
    tools: frozenset[Tool]


@dataclass(frozen=True, slots=True)
class Copy:
    """How one tool's copy is written; `notes` is Markdown."""

    title: str
    notes: str


@dataclass(frozen=True, slots=True)
class Task:
    """A task or a milestone, and the tools it lies in before any sync.

    `due` and `start` are days of the community's time zone, `at` a time of day there. People are keys of members.
    `unclear` marks the cases where the same title means different work.
    """

    copies: Mapping[Tool, Copy]
    list: str
    creator: str
    assignees: tuple[str, ...]
    start: date | None = None
    due: date | None = None
    at: time | None = None
    tags: tuple[str, ...] = ()
    steps: tuple[str, ...] = ()
    done: bool = False
    milestone: bool = False
    unclear: bool = False


@dataclass(frozen=True, slots=True)
class Event:
    """A gathering: two days (`end` exclusive) when it lasts all day, otherwise two aware instants."""

    copies: Mapping[Tool, Copy]
    creator: str
    start: date | datetime
    end: date | datetime
    location: str = ""

    @property
    def all_day(self) -> bool:
        """Whether start and end are days."""
        return not isinstance(self.start, datetime)


@dataclass(frozen=True, slots=True)
class Pair:
    """Somebody who teaches and somebody who learns, since a day."""

    mentor: str
    mentee: str
    focus: str
    since: date
    review: date


@dataclass(frozen=True, slots=True)
class Document:
    """A document that lives elsewhere."""

    title: str
    url: str


@dataclass(frozen=True, slots=True)
class Community:
    """A community of practice as it stands on the day `today`."""

    name: str
    charter: str
    zone: ZoneInfo
    mailbox: str
    integration: str
    today: date
    sponsor: str
    moderators: tuple[str, ...]
    core: tuple[str, ...]
    people: Mapping[str, Person]
    lists: tuple[str, ...]
    tasks: tuple[Task, ...]
    milestones: tuple[Task, ...]
    events: tuple[Event, ...]
    pairs: tuple[Pair, ...]
    documents: Mapping[str, Document]

    def work_in(self, tool: Tool) -> tuple[Task, ...]:
        """Return the tasks and milestones that lie in a tool, list by list."""
        return tuple(task for task in (*self.tasks, *self.milestones) if tool in task.copies)

    def events_in(self, tool: Tool) -> tuple[Event, ...]:
        """Return the events that lie in a tool."""
        return tuple(event for event in self.events if tool in event.copies)

    def members_of(self, tool: Tool) -> tuple[Person, ...]:
        """Return the people with an account in a tool."""
        return tuple(person for person in self.people.values() if tool in person.tools)
