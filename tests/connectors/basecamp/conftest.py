"""A connector on a stand-in served for real on a loopback port, held against the published description."""

import asyncio
from collections.abc import AsyncIterator, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from datetime import UTC, date, datetime, timedelta
from typing import Any
from zoneinfo import ZoneInfo

import pytest
from pydantic import SecretStr
from starlette.types import ASGIApp

from connectors.basecamp.connector import BasecampConnection
from connectors.basecamp.items import Raw
from connectors.basecamp.options import SpaceOptions
from connectors.contract import Connector, Lost, Observation, Remote, SpaceSetup, Write
from connectors.http import Bearer, Http, Limits, Patience, Timing
from domain.fields import RecordType
from domain.plan import Verb
from domain.values import Fields, Value
from sandbox.basecamp import BasecampState, create_app
from sandbox.basecamp.records import Completion, Entry, Recording, Todo, Todolist
from sandbox.faults import Faults
from sandbox.server import serve
from tests.conformance.basecamp import Conforming, conforming
from tests.conformance.basecamp_description import missing_description

Json = dict[str, Any]
BERLIN = ZoneInfo("Europe/Berlin")


class Clock:
    """A clock that moves when told to; the stand-in's and, in these tests, ours."""

    def __init__(self) -> None:
        self.at = datetime(2026, 6, 1, 9, 0, 0, 123456, tzinfo=UTC)

    def __call__(self) -> datetime:
        return self.at

    def move(self, **by: float) -> None:
        self.at += timedelta(**by)


@dataclass
class Read:
    """One observation with what it handed over."""

    outcome: Observation
    remotes: list[Remote]

    @property
    def ids(self) -> list[str]:
        return [remote.id for remote in self.remotes]


@dataclass
class World:
    """A community on the stand-in: Ada is an admin (ours), Ben a member, Cleo a client, Dora not on the project."""

    state: BasecampState
    clock: Clock
    url: str
    faults: Faults
    ids: dict[str, int]
    project: int
    autumn: int
    _open: list[Http] = field(default_factory=list)

    def connection(self, *, by: str = "ada", ahead: timedelta = timedelta(0)) -> BasecampConnection:
        """Return a connection as somebody; our clock runs `ahead` of Basecamp's."""
        timing = Timing(now=lambda: self.clock() + ahead)
        token = SecretStr(f"{by}-token")
        http = Http(
            self.url,
            auth=Bearer(token),
            limits=Limits(10_000, 1, at_once=4, share="host"),
            user_agent="copsync (tests@example.org)",
            secrets=(token,),
            patience=Patience(attempts=3, first=0.001, retry_after=2),
            timing=timing,
        )
        self._open.append(http)
        return BasecampConnection(http)

    def connector(self, by: str = "ada", /, **options: Any) -> Connector:
        options.setdefault("project", self.project)
        return self.bound(self.connection(by=by), **options)

    def bound(self, connection: BasecampConnection, **options: Any) -> Connector:
        chosen = SpaceOptions(**{"project": self.project, **options})
        return connection.space(SpaceSetup("basecamp", "data-practice", BERLIN, chosen))

    async def read(self, connector: Connector, cursor: str | None = None) -> Read:
        remotes: list[Remote] = []
        outcome = await connector.observe(cursor, remotes.extend)
        return Read(outcome, remotes)

    async def get(self, connector: Connector, identity: int | str, kind: RecordType = RecordType.TASK) -> Remote:
        found = await connector.fetch(kind, str(identity))
        assert isinstance(found, Remote), found
        return found

    async def change(
        self, connector: Connector, identity: int | str, verb: Verb = Verb.UPDATE, /, **new: Value
    ) -> Remote:
        """Write some fields as sync does: a fresh read, and the whole view to be shown afterwards."""
        return await self._change(connector, RecordType.TASK, identity, verb, new)

    async def change_entry(self, connector: Connector, identity: int | str, **new: Value) -> Remote:
        return await self._change(connector, RecordType.EVENT, identity, Verb.UPDATE, new)

    async def _change(
        self, connector: Connector, kind: RecordType, identity: int | str, verb: Verb, new: dict[str, Value]
    ) -> Remote:
        current = await self.get(connector, identity, kind)
        base = connector.view(current)
        view = connector.settle(kind, {**base, **new})
        step = Write(verb, kind, kind, "record-1", "key-1", str(identity), new, view, base, current.version, current)
        done = await connector.write(step)
        assert done is not None
        return done

    async def make(self, connector: Connector, kind: RecordType = RecordType.TASK, /, **fields: Value) -> Remote:
        done = await connector.write(self.creation(connector, kind, **fields))
        assert done is not None
        return done

    def creation(self, connector: Connector, kind: RecordType = RecordType.TASK, /, **fields: Value) -> Write:
        view = connector.settle(kind, whole(kind, fields))
        given = {name: value for name, value in view.items() if value}
        return Write(Verb.CREATE, kind, kind, "record-1", "key-1", None, given, view)

    async def delete(
        self, connector: Connector, identity: int | str, kind: RecordType = RecordType.TASK
    ) -> Remote | None:
        step = Write(Verb.DELETE, kind, kind, "record-1", "key-1", str(identity), {}, {})
        return await connector.write(step)

    def lost(self, connector: Connector, kind: RecordType = RecordType.TASK, /, **fields: Value) -> Lost:
        view = connector.settle(kind, whole(kind, fields))
        return Lost(kind, kind, "record-1", "key-1", view, self.clock())

    # What people do in Basecamp.

    def todo(self, content: str = "Write the agenda", *, where: int | None = None, **fields: Any) -> Todo:
        done = fields.pop("done", False)
        parent = where or self.autumn
        made = self.state.create(Todo, self.project, parent, self.ids["ben"], content=content, **fields)
        if done:
            made.completion = Completion(self.state.now(), self.ids["ben"])
        return made

    def entry(self, summary: str = "Meet-up", **fields: Any) -> Entry:
        start = datetime(2026, 6, 10, 9, 0, tzinfo=UTC)
        bounds = {"all_day": False, "starts_at": start, "ends_at": start + timedelta(hours=1)}
        given = {**bounds, **fields}
        schedule = self.state.tool(self.project, "schedule").id
        return self.state.create(Entry, self.project, schedule, self.ids["ben"], summary=summary, **given)

    def add_list(self, name: str, *, of: int | None = None) -> int:
        parent = of or self.state.tool(self.project, "todoset").id
        return self.state.create(Todolist, self.project, parent, self.ids["ben"], name=name).id

    def touch(self, recording: Recording, **changes: Any) -> None:
        """Edit something as a person does, one second later."""
        self.clock.move(seconds=1)
        for name, value in changes.items():
            setattr(recording, name, value)
        self.state.touch(recording)

    def trash(self, recording: Recording) -> None:
        self.clock.move(seconds=1)
        self.state.set_status(recording, "trashed", by=self.ids["ben"])

    def tool(self, name: str) -> int:
        return self.state.tool(self.project, name).id

    def stored(self, remote: Remote | int | str) -> Any:
        return self.state.recordings[int(remote.id if isinstance(remote, Remote) else remote)]

    def todos(self) -> list[Todo]:
        return [found for found in self.state.recordings.values() if isinstance(found, Todo)]

    def lists(self) -> list[str]:
        return [found.name for found in self.state.recordings.values() if isinstance(found, Todolist)]

    @contextmanager
    def counting(self) -> Iterator[list[str]]:
        """Collect the requests of a block, as "METHOD path"."""
        start, found = len(self.state.requests), list[str]()
        yield found
        account = f"/{self.state.account}"
        found.extend(f"{method} {path.removeprefix(account)}" for method, path, _ in self.state.requests[start:])

    async def close(self) -> None:
        for http in self._open:
            await http.aclose()


def whole(kind: RecordType, fields: Fields) -> Fields:
    """Return a view with every field there is to write."""
    empty: Fields
    if kind is RecordType.TASK:
        empty = {
            "kind": "task",
            "title": "Book the room",
            "notes": "",
            "state": "open",
            "assignees": frozenset[str](),
            "start": None,
            "due": None,
            "list": None,
        }
    else:
        start = datetime(2026, 6, 10, 9, 0, tzinfo=UTC)
        empty = {
            "title": "Meet-up",
            "notes": "",
            "start": start,
            "end": start + timedelta(hours=1),
            "meeting_url": "",
        }
    return {**empty, **fields}


def row_of(remote: Remote) -> Json:
    raw: Raw = remote.raw
    return dict(raw.row)


def day(text: str) -> date:
    return date.fromisoformat(text)


def _people(state: BasecampState) -> dict[str, int]:
    add = state.add_person
    return {
        "ada": add("Ada Admin", "ada@example.org", token="ada-token", admin=True),
        "ben": add("Ben Berg", "ben@example.org", token="ben-token"),
        "cleo": add("Cleo Client", "cleo@example.org", token="cleo-token", client=True),
        "dora": add("Dora Damm", "dora@example.org", token="dora-token"),
    }


def conformity(app: ASGIApp) -> Conforming | None:
    """Hold an app against the description, where the description is there."""
    return conforming(app) if missing_description() is None else None


async def _last_word(url: str) -> None:
    """Wait until the server has taken every connection: one that was given up while it opened is still in its queue,
    and a server that stops meanwhile leaves it open.
    """
    host, _, port = url.split("/")[2].partition(":")
    reader, writer = await asyncio.open_connection(host, int(port))
    writer.write(b"GET / HTTP/1.1\r\nHost: localhost\r\nConnection: close\r\n\r\n")
    await reader.read()
    writer.close()
    await writer.wait_closed()


@pytest.fixture
async def world() -> AsyncIterator[World]:
    clock = Clock()
    state = BasecampState(now=clock)
    state.rate_limit = None
    ids = _people(state)
    project = state.add_project("Data Practice", people=[ids["ada"], ids["ben"], ids["cleo"]])
    autumn = state.add_list(project, "Autumn")
    app: ASGIApp = create_app(state)
    checker = conformity(app)
    faults = Faults(checker or app)
    with serve({"basecamp": faults}) as urls:
        found = World(state, clock, urls["basecamp"], faults, ids, project, autumn)
        yield found
        faults.clear()
        await found.close()
        await _last_word(found.url)
    assert state.notified == []
    if checker is not None:
        assert [str(one) for one in checker.violations] == []
