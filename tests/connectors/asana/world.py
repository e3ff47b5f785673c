"""A small Asana on loopback, with the connector in front of it."""

from __future__ import annotations

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from datetime import UTC, datetime
from typing import TYPE_CHECKING, Any
from zoneinfo import ZoneInfo

import httpx
from pydantic import SecretStr

from connectors.asana.options import ConnectionOptions, SpaceOptions
from connectors.contract import ConnectionSetup, Connector, Lost, Missing, Observation, Remote, SpaceSetup, Write
from connectors.http import Patience, Timeouts
from domain.fields import RecordType, complete
from domain.plan import Verb
from domain.values import Fields, Value
from sandbox.asana import AsanaState, tasks
from sandbox.asana.access import Finder
from sandbox.faults import Faults

if TYPE_CHECKING:
    from connectors.asana.connection import AsanaConnection

TOKEN = "2/bot-token-of-copsync"
PERSON = "2/token-of-ada"
BERLIN = ZoneInfo("Europe/Berlin")
QUICK = Patience(attempts=3, first=0.01, longest=0.02, retry_after=2.0, total=5.0)
TASK = RecordType.TASK
NOT_HELD = ("completed_at", "links", "audience")


@dataclass
class World:
    """One workspace: copsync's account `bot`, a person `ada`, and the project that is mirrored.

    `hands` are Ada's. `tolerated` are words of violations of the published description that are the stand-in's own.
    """

    state: AsanaState
    faults: Faults
    url: str
    bot: str
    ada: str
    project: str
    hands: httpx.Client
    tolerated: list[str] = field(default_factory=list)

    @asynccontextmanager
    async def connection(self, token: str = TOKEN, **options: Any) -> AsyncIterator[AsanaConnection]:
        """Connect, with short patience."""
        from connectors.asana.connection import AsanaConnection

        setup = ConnectionSetup("asana", self.url, SecretStr(token), ConnectionOptions(**options))
        connection = AsanaConnection(setup, patience=QUICK, timeouts=Timeouts(total=5.0))
        try:
            yield connection
        finally:
            await connection.aclose()

    @asynccontextmanager
    async def space(self, project: str | None = None, **options: Any) -> AsyncIterator[Connector]:
        """Connect to the project."""
        async with self.connection(**options) as connection:
            yield connection.space(setup_of(project or self.project))

    def add(self, name: str, *, by: str | None = None, project: str | None = None, **fields: Any) -> str:
        """Add a task as Ada (or somebody else) would."""
        return self.state.add_task(project or self.project, name, by=by or self.ada, **fields)

    def calls(self, method: str | None = None) -> list[str]:
        """Return what was asked since the last call of `forget`, as "METHOD /path"."""
        asked = [f"{how} {path}" for how, path, _ in self.state.requests]
        return [call for call in asked if method is None or call.startswith(f"{method} ")]

    def forget(self) -> None:
        """Forget what was asked so far."""
        self.state.requests.clear()


def below(world: World, parent: str, name: str, **fields: Any) -> str:
    """Add a subtask as Ada would."""
    finder = Finder(world.state, world.state.users[world.ada])
    return tasks.create(world.state, finder, {"name": name, **fields}, world.state.tasks[parent]).gid


async def as_ada(world: World, method: str, path: str, data: dict[str, Any] | None = None) -> Any:
    """Do something in Asana by hand, and leave it out of the account of what copsync asked."""
    before = len(world.state.requests)
    answer = world.hands.request(method, world.url + path, json=None if data is None else {"data": data})
    answer.raise_for_status()
    del world.state.requests[before:]
    return answer.json()["data"]


def setup_of(project: str | int) -> SpaceSetup:
    """Return the settings of a space."""
    return SpaceSetup("asana", "data-practice", BERLIN, SpaceOptions(project=project))  # type: ignore[arg-type]  # numbers are taken, too


async def everything(space: Connector, cursor: str | None = None) -> tuple[dict[str, Remote], Observation]:
    """Observe a space and return the remotes by id."""
    found: dict[str, Remote] = {}
    pages: list[str] = []

    def sink(remotes: Any) -> None:
        pages.extend(remote.id for remote in remotes)
        found.update({remote.id: remote for remote in remotes})

    observation = await space.observe(cursor, sink)
    assert len(pages) == len(found) == observation.read, "a task was handed over twice"
    return found, observation


async def views(space: Connector) -> dict[str, Fields]:
    """Return the views of everything in a space by id."""
    found, _ = await everything(space)
    return {gid: space.view(remote) for gid, remote in found.items()}


async def shown(space: Connector, gid: str) -> Fields:
    """Return the view of one task."""
    return space.view(await read(space, gid))


async def read(space: Connector, gid: str) -> Remote:
    """Read one task."""
    remote = await space.fetch(TASK, gid)
    assert not isinstance(remote, Missing), remote
    return remote


def creation(space: Connector, mark: str = "record-1", **fields: Value) -> Write:
    """Return the write of a new task, as the plan would have it."""
    view = space.settle(TASK, writable(fields))
    return Write(Verb.CREATE, TASK, str(view.get("kind", "task")), mark, "key", None, view, view)


def writable(fields: Fields) -> dict[str, Value]:
    """Return a whole view with some fields set."""
    return {name: value for name, value in complete(TASK, fields).items() if name not in NOT_HELD}


async def edit(space: Connector, gid: str, verb: Verb = Verb.UPDATE, **fields: Value) -> Remote:
    """Read a task, change it, and hold the answer against another read."""
    current = await read(space, gid)
    base = space.view(current)
    view = space.settle(TASK, {**{n: v for n, v in base.items() if n != "completed_at"}, **fields})
    changed = {name: value for name, value in view.items() if value != base.get(name)}
    write = Write(verb, TASK, "task", "record", "key", gid, changed, view, base, current.version, current)
    after = await space.write(write)
    assert after is not None
    assert after.version == (await read(space, gid)).version, "the answer of a write differs from the next read"
    return after


def lost(space: Connector, mark: str = "record-1", since: datetime | None = None, **fields: Value) -> Lost:
    """Return the description of a create whose answer never came."""
    view = space.settle(TASK, writable(fields))
    return Lost(TASK, "task", mark, "key", view, since or datetime.now(UTC))
