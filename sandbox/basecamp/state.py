"""Everything the stand-in knows, and the levers a demo or a test pulls from outside."""

from collections.abc import Callable, Iterable
from datetime import UTC, datetime, timedelta
from itertools import count
from typing import Literal, TypeVar

from sandbox.basecamp import values
from sandbox.basecamp.records import Event, Notice, Person, Project, Recording, Status, Todolist, Tool

R = TypeVar("R", bound=Recording)

_MONTH = timedelta(days=30)
# Ids are 64-bit: these lie above 2**53, where a reader that goes through floats loses digits.
_FIRST_RECORDING = 9_007_199_254_741_400
_DOCK = (
    ("message_board", "Message::Board", "message_boards", "Message Board", True),
    ("todoset", "Todoset", "todosets", "To-dos", True),
    ("vault", "Vault", "vaults", "Docs & Files", True),
    ("chat", "Chat::Transcript", "chats", "Chat", True),
    ("schedule", "Schedule", "schedules", "Schedule", True),
    ("questionnaire", "Questionnaire", "questionnaires", "Automatic Check-ins", False),
    ("inbox", "Inbox", "inboxes", "Email Forwards", False),
    ("kanban_board", "Kanban::Board", "card_tables", "Card Table", False),
)


def _utc_now() -> datetime:
    return datetime.now(UTC)


class BasecampState:
    """One Basecamp account in memory.

    Args:
        account: the number in front of every path.
        now: the account's clock; `clock` may be replaced later. It also drives the rate limit, so a
            clock that stands still needs `rate_limit = None` or fewer than fifty requests.
        base_url: origin to write into links; empty takes the origin each request came to.

    Switches:
        page_sizes: rows on page 1, 2, 3 and all later ones.
        rate_limit: (requests, seconds) per client address, or None.
        account_active: False answers every request 404 with `Reason: Account Inactive`.

    Records: `requests` (method, path, status), `notified` (every e-mail that would have gone out).
    """

    def __init__(self, *, account: int = 195539477, now: Callable[[], datetime] = _utc_now, base_url: str = "") -> None:
        self.account = account
        self.clock = now
        self.base_url = base_url.rstrip("/").removesuffix(f"/{account}")
        self.page_sizes: tuple[int, ...] = (15, 30, 50, 100)
        self.rate_limit: tuple[int, float] | None = (50, 10)
        self.account_active = True
        self.tokens: dict[str, int] = {}
        self.people: dict[int, Person] = {}
        self.projects: dict[int, Project] = {}
        self.recordings: dict[int, Recording] = {}
        self.events: dict[int, list[Event]] = {}
        self.notified: list[Notice] = []
        self.requests: list[tuple[str, str, int]] = []
        self._person_ids = count(1049715913)
        self._project_ids = count(2085958499)
        self._recording_ids = count(_FIRST_RECORDING)
        self._event_ids = count(1071915463)

    def now(self) -> datetime:
        """The account's time, in UTC and whole milliseconds."""
        return values.to_milliseconds(self.clock().astimezone(UTC))

    # People and projects, as an admin would set them up.

    def add_person(
        self, name: str, email: str, *, token: str | None = None, admin: bool = False, client: bool = False
    ) -> int:
        """Put somebody on the account and return their id; with a token they can act over HTTP."""
        person = Person(next(self._person_ids), name, email, admin, client, self.now())
        self.people[person.id] = person
        if token is not None:
            self.tokens[token] = person.id
        return person.id

    def add_project(self, name: str, *, people: Iterable[int] = ()) -> int:
        """Open a project with its dock and return its id.

        Args:
            name: the project's name.
            people: who can reach it; the first one created it. Nobody named: open to the whole account.
        """
        members = list(people)
        creator = members[0] if members else next(iter(self.people), None)
        if creator is None:
            raise ValueError("A project needs somebody who made it; add a person first.")
        now = self.now()
        project = Project(next(self._project_ids), name, creator, now, now, members=set(members) if members else None)
        self.projects[project.id] = project
        project.dock = [self._add_tool(project, *tool) for tool in _DOCK]
        return project.id

    def add_list(self, project: int, name: str) -> int:
        """Put a to-do list on top of a project's to-do set and return its id."""
        todoset = self.tool(project, "todoset")
        made = self.create(Todolist, project, todoset.id, self.projects[project].creator, name=name, top=True)
        return made.id

    def tool(self, project: int, name: str) -> Tool:
        """The tool of that dock name, such as `todoset` or `schedule`."""
        tools = (self.recordings[id_] for id_ in self.projects[project].dock)
        return next(tool for tool in tools if isinstance(tool, Tool) and tool.name == name)

    def admit(self, project: int, person: int) -> None:
        """Let somebody reach a project."""
        members = self.projects[project].members
        if members is not None:
            members.add(person)

    def withdraw(self, project: int, person: int) -> None:
        """Take somebody off a project: it and all in it answer them 404; their assignments stay."""
        found = self.projects[project]
        if found.members is None:
            found.members = set(self.people)
        found.members.discard(person)

    def archive_project(self, id_: int) -> None:
        """Archive a project: readable by id, not in the recordings index, closed to changes."""
        self._set_project_status(id_, "archived")

    def trash_project(self, id_: int) -> None:
        """Trash a project: readable by id, but everything in it answers 404."""
        self._set_project_status(id_, "trashed")

    def restore_project(self, id_: int) -> None:
        """Bring a project back from the archive or the trash."""
        self._set_project_status(id_, "active")

    def archive_list(self, id_: int) -> None:
        """Archive a list; what it holds is archived by inheritance and keeps its `updated_at`."""
        self.set_status(self.recordings[id_], "archived", by=self.recordings[id_].creator)

    def purge(self, *, older_than: timedelta = _MONTH) -> None:
        """Delete what has lain in the trash that long (30 days); its ids answer 404 from then on."""
        limit = self.now() - older_than
        for project in [p for p in self.projects.values() if _expired(p, limit)]:
            del self.projects[project.id]
        gone = [r.id for r in self.recordings.values() if r.project not in self.projects or _expired(r, limit)]
        for id_ in gone:
            self._delete(id_)

    # What handlers build on.

    def create(
        self,
        kind: type[R],
        project: int,
        parent: int | None,
        creator: int,
        /,
        *,
        top: bool = False,
        **fields: object,
    ) -> R:
        """Make a recording under a parent, below its siblings unless `top`, and note it in its history."""
        now = self.now()
        made = kind(
            id=next(self._recording_ids),
            project=project,
            parent=parent,
            creator=creator,
            created_at=now,
            updated_at=now,
            subscribers={creator},
            **fields,  # type: ignore[arg-type]  # checked by the dataclass itself
        )
        self.recordings[made.id] = made
        if parent is not None:
            siblings = self.recordings[parent].children
            siblings.insert(0 if top else len(siblings), made.id)
        self.log(made, "created", by=creator)
        return made

    def touch(self, recording: Recording) -> None:
        """Move `updated_at` to now."""
        recording.updated_at = self.now()

    def log(self, recording: Recording, action: str, *, by: int, **details: list[int]) -> None:
        """Add a line to a recording's history."""
        details.setdefault("notified_recipient_ids", [])
        event = Event(next(self._event_ids), recording.id, action, self.now(), by, details)
        self.events.setdefault(recording.id, []).append(event)

    def notify(self, people: Iterable[int], kind: str, recording: Recording, *, by: int) -> None:
        """Send the e-mails: to each person who can reach the project, not to who acted."""
        reached = [id_ for id_ in sorted(set(people) - {by}) if self.reaches(id_, recording.project)]
        self.notified.extend(Notice(id_, kind, recording.id) for id_ in reached)

    def reaches(self, person: int, project: int) -> bool:
        """Whether a person can reach a project."""
        members = self.projects[project].members
        return person in self.people and (members is None or person in members)

    def status_of(self, recording: Recording) -> Status:
        """A recording's status: its own, or its parent's while it inherits."""
        if recording.status != "active" or recording.parent is None:
            return recording.status
        return self.status_of(self.recordings[recording.parent])

    def set_status(self, recording: Recording, status: Literal["active", "archived", "trashed"], *, by: int) -> None:
        """Archive, trash or restore one recording; nothing happens when it has that status already."""
        if recording.status == status:
            return
        action = {"archived": "archived", "trashed": "trashed"}.get(
            status, "unarchived" if recording.status == "archived" else "untrashed"
        )
        recording.status = status
        recording.trashed_at = self.now() if status == "trashed" else None
        self.touch(recording)
        self.log(recording, action, by=by)

    def _add_tool(self, project: Project, name: str, kind: str, path: str, label: str, enabled: bool) -> int:  # noqa: FBT001 - a row of the table above
        made = self.create(
            Tool, project.id, None, project.creator, name=name, kind=kind, path=path, label=label, enabled=enabled
        )
        return made.id

    def _set_project_status(self, id_: int, status: Literal["active", "archived", "trashed"]) -> None:
        project = self.projects[id_]
        project.status = status
        project.updated_at = self.now()
        project.trashed_at = self.now() if status == "trashed" else None

    def _delete(self, id_: int) -> None:
        found = self.recordings.pop(id_, None)
        if found is None:
            return
        for child in found.children:
            self._delete(child)
        if found.parent in self.recordings:
            self.recordings[found.parent].children.remove(id_)


def _expired(thing: Project | Recording, limit: datetime) -> bool:
    return thing.trashed_at is not None and thing.trashed_at <= limit
