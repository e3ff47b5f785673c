"""The Basecamp connector: one account, and its projects as spaces."""

from __future__ import annotations

from collections.abc import AsyncIterator, Sequence
from contextlib import asynccontextmanager
from datetime import timedelta
from typing import cast

from connectors.basecamp.account import Account
from connectors.basecamp.capabilities import CAPABILITIES, TASKS_ONLY
from connectors.basecamp.checking import check_account, check_space
from connectors.basecamp.comments import count_comments
from connectors.basecamp.items import Row, email
from connectors.basecamp.lifetime import Lifetime
from connectors.basecamp.looking import fetch, find
from connectors.basecamp.options import SpaceOptions
from connectors.basecamp.reading import observe
from connectors.basecamp.refusals import read_refusal
from connectors.basecamp.space import Space, space_of
from connectors.basecamp.writing import write as carry_out
from connectors.contract import (
    Connector,
    Container,
    Finding,
    Lost,
    Missing,
    Observation,
    Person,
    Remote,
    Sink,
    SpaceSetup,
    Write,
)
from connectors.http import Http, HttpRefused
from domain.fields import RecordType, recurs
from domain.values import Fields

_NOBODY = ("Tombstone", "DummyUser")  # removed people and placeholders ("People")


class BasecampConnection:
    """One account; its spaces share the client, its pace and its counts."""

    def __init__(self, http: Http, lifetime: Lifetime | None = None) -> None:
        self._account = Account(http)
        self._lifetime = lifetime

    @property
    def requests(self) -> int:
        """How many requests left so far."""
        return self._account.http.requests

    @property
    def clock_offset(self) -> timedelta | None:
        """How far Basecamp's clock runs ahead of ours."""
        return self._account.http.clock_offset

    def space(self, setup: SpaceSetup) -> Connector:
        """Return the connector of one project."""
        options = cast("SpaceOptions", setup.options)
        return BasecampConnector(space_of(self._account, options, setup.zone))

    async def check(self) -> Sequence[Finding]:
        """Try the token, and say when it stops where that can be known."""
        found = await check_account(self._account)
        if self._lifetime is None or any(one.level == "error" for one in found):
            return found
        return [*found, *await self._lifetime.findings()]

    async def discover(self) -> Sequence[Container]:
        """Return the active projects that the token's user can see."""
        rows = await self._account.client.projects().rows()
        return [Container(str(row["id"]), str(row.get("name")), "project") for row in rows]

    async def aclose(self) -> None:
        """Close every connection."""
        await self._account.http.aclose()


class BasecampConnector:
    """One project: its to-dos are tasks and milestones, its schedule entries are events."""

    def __init__(self, space: Space) -> None:
        self._space = space
        self.capabilities = CAPABILITIES if space.options.events else TASKS_ONLY

    def view(self, remote: Remote) -> Fields:
        """Return what the remote shows."""
        return self._space.lens.view(remote)

    def settle(self, kind: RecordType, fields: Fields) -> Fields:
        """Return a view as Basecamp can really hold it."""
        return self._space.lens.settle(kind, fields)

    def admits(self, kind: RecordType, fields: Fields) -> bool:
        """Show every task and, unless events are switched off, every event."""
        del fields
        return kind in self.capabilities.types

    def lays_out(self, kind: RecordType, fields: Fields) -> bool:
        """Show every series as single entries: programs may not change what repeats, and people change single dates."""
        return recurs(kind, fields)

    async def comments(self, kind: RecordType, remote: str) -> int:
        """Return how many comments a to-do or entry has; those on the dates of a repeating entry count."""
        async with self._reading():
            return await count_comments(self._space, kind, remote)

    async def check(self) -> Sequence[Finding]:
        """Reach the project and name what an admin must mend."""
        return await check_space(self._space)

    async def people(self) -> Sequence[Person]:
        """Return the people on the project; e-mails that Basecamp masks are None."""
        async with self._reading():
            rows = await self._space.client.people(self._space.options.project).rows()
        return [_person(row) for row in rows if row.get("personable_type") not in _NOBODY]

    async def observe(self, cursor: str | None, sink: Sink) -> Observation:
        """Read what changed since the cursor, or everything."""
        async with self._reading():
            return await observe(self._space, cursor, sink)

    async def fetch(self, kind: RecordType, remote: str) -> Remote | Missing:
        """Read one to-do or entry directly."""
        async with self._reading():
            return await fetch(self._space, kind, remote)

    async def find(self, lost: Lost) -> Sequence[Remote]:
        """Look for the outcome of a create whose answer was lost."""
        async with self._reading():
            return await find(self._space, lost)

    async def write(self, write: Write) -> Remote | None:
        """Carry out a write and return what Basecamp then holds."""
        return await carry_out(self._space, write)

    @asynccontextmanager
    async def _reading(self) -> AsyncIterator[None]:
        try:
            yield
        except HttpRefused as refused:
            raise await read_refusal(self._space.container, refused) from refused


def _person(row: Row) -> Person:
    return Person(str(row["id"]), str(row.get("name") or ""), email(row))
