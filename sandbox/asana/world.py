"""The contents of one stand-in of Asana and everything that can be switched in its behaviour.

All of it lives in memory. What belongs to a request (who asks, what may be seen) is decided elsewhere; here
things are kept, numbered, stamped with the time and their events recorded.
"""

import itertools
from collections.abc import Awaitable, Callable, Iterator
from datetime import UTC, datetime, timedelta
from zoneinfo import ZoneInfo

from sandbox.asana.clock import to_milliseconds
from sandbox.asana.events import Change, Event, Ref, Streams
from sandbox.asana.objects import Notice, Project, Section, Tag, Task, User, Workspace

TRASH_KEPT = timedelta(days=30)
"""How long a deleted task can be restored (Asana: Delete a task)."""

_FIRST_GID = 1_200_000_000_000_001


def utc_now() -> datetime:
    """Return the time of the machine, the default clock of a stand-in."""
    return datetime.now(UTC)


class World:
    """What a workspace holds, and its switches; change the public attributes at any time.

    Attributes:
        tokens: access token to the gid of the user it acts as; take one out to revoke it.
        hide_emails: people see only their own address, as in workspaces that hide them.
        paid: the workspace has a paid plan; a free one answers 402 to searches.
        rate_limit: requests per minute and token before 429, or None for no limit. Refused ones count too.
        at_once: reads and writes that one token may have in flight (Asana: Rate limits).
        external_allowed: tokens count as those of an OAuth app, which alone may use custom external data.
        denied_status: answer for what exists but may not be seen, 403 or 404; Asana is known for both.
        time_zone: zone in which the day of a timed task is told to readers (IANA name).
        search_lag: how long a changed task stays out of search results.
        offset_life: how long the offset of a next page can be used.
        hold: awaited with method and path before each request is served; keeps requests in flight.
        requests: every request served so far as (method, path below /api/1.0, status).
        notified: what would have reached people.
    """

    def __init__(self, now: Callable[[], datetime] = utc_now) -> None:
        self.now = now
        self.tokens: dict[str, str] = {}
        self.hide_emails = False
        self.paid = False
        self.rate_limit: int | None = None
        self.at_once: tuple[int, int] = (50, 15)
        self.external_allowed = False
        self.denied_status = 403
        self.time_zone = "UTC"
        self.search_lag = timedelta(0)
        self.offset_life = timedelta(minutes=15)
        self.hold: Callable[[str, str], Awaitable[None]] | None = None
        self.requests: list[tuple[str, str, int]] = []
        self.notified: list[Notice] = []
        self.streams = Streams()
        self.users: dict[str, User] = {}
        self.projects: dict[str, Project] = {}
        self.sections: dict[str, Section] = {}
        self.tags: dict[str, Tag] = {}
        self.tasks: dict[str, Task] = {}
        self.external: dict[str, Task] = {}
        self._gids: Iterator[int] = itertools.count(_FIRST_GID)
        self.workspace = Workspace(self.new_gid(), "Example community")

    @property
    def sync_token_life(self) -> timedelta | int:
        """Age, or number of later events, at which a sync token answers 412; 24 hours at the latest."""
        return self.streams.life

    @sync_token_life.setter
    def sync_token_life(self, life: timedelta | int) -> None:
        self.streams.life = life

    @property
    def event_delay(self) -> timedelta:
        """How long an event takes to show up; Asana promises about a minute on average."""
        return self.streams.delay

    @event_delay.setter
    def event_delay(self, delay: timedelta) -> None:
        self.streams.delay = delay

    @property
    def zone(self) -> ZoneInfo:
        """The zone object behind ``time_zone``."""
        return ZoneInfo(self.time_zone)

    def new_gid(self) -> str:
        """Return an id that nothing else has."""
        return str(next(self._gids))

    def stamp(self) -> datetime:
        """Return the present moment as Asana would store it."""
        return to_milliseconds(self.now())

    def live_task(self, gid: str) -> Task | None:
        """Return a task by its gid, or None if there is none or it is in the trash."""
        task = self.tasks.get(gid)
        return task if task is not None and task.trashed_at is None else None

    def live_project(self, gid: str) -> Project | None:
        """Return a project by its gid, or None if there is none or it was deleted."""
        project = self.projects.get(gid)
        return project if project is not None and project.trashed_at is None else None

    def tasks_of(self, project: Project) -> list[Task]:
        """Return the live tasks of a project in the order of its sections."""
        return [task for section in project.sections for task in section.tasks if task.trashed_at is None]

    def tell(
        self,
        actor: User | None,
        action: str,
        resource: Ref,
        streams: set[str],
        *,
        parent: Ref | None = None,
        change: Change | None = None,
    ) -> None:
        """Record one event in the streams where it bubbles up."""
        who = None if actor is None else ref_to(actor)
        self.streams.record(Event(who, resource, action, parent, self.stamp(), change), streams)

    def tell_story(self, actor: User | None, task: Task) -> None:
        """Record that Asana noted a change in the task's history; the story itself cannot be read here."""
        story = Ref(self.new_gid(), "story", "")
        self.tell(actor, "added", story, streams_of(task), parent=ref_to(task))

    def notify(self, actor: User | None, user: User, reason: str, task: Task) -> None:
        """Note what reaches a person's inbox, unless they did it themselves."""
        if user is not actor:
            self.notified.append(Notice(user.gid, reason, task.gid, "inbox"))


def ref_to(thing: User | Project | Section | Tag | Task) -> Ref:
    """Return how events name an object now."""
    if isinstance(thing, Task):
        return Ref(thing.gid, "task", thing.name, thing.resource_subtype)
    return Ref(thing.gid, type(thing).__name__.lower(), thing.name)


def streams_of(task: Task) -> set[str]:
    """Return the gids of the streams a task's events bubble up to: itself, its parents, their projects."""
    gids: set[str] = set()
    step: Task | None = task
    while step is not None:
        gids |= {step.gid, *step.memberships}
        step = step.parent
    return gids
