"""The connector of one collection: its lens, its reads and its writes."""

from __future__ import annotations

from collections.abc import AsyncIterator, Sequence
from contextlib import asynccontextmanager

from connectors.caldav.capabilities import CALENDAR, TASK_LIST
from connectors.caldav.checking import SIGN_IN, check_space
from connectors.caldav.reading import fetch, find, observe
from connectors.caldav.refusals import read_refusal
from connectors.caldav.space import Space
from connectors.caldav.writing import write as carry_out
from connectors.contract import Finding, Lost, Missing, Observation, Person, Remote, Sink, Write
from connectors.http import HttpRefused
from domain.errors import ConnectAgain
from domain.fields import RecordType
from domain.values import Fields


class CaldavConnector:
    """A calendar, with the deadlines that are shown in it, or a task list."""

    def __init__(self, space: Space) -> None:
        self._space = space
        self.capabilities = CALENDAR if space.lens.on_calendar else TASK_LIST

    def view(self, remote: Remote) -> Fields:
        """Return what the remote shows."""
        return self._space.lens.view(remote)

    def settle(self, kind: RecordType, fields: Fields) -> Fields:
        """Return a view as the collection can really hold it."""
        return self._space.lens.settle(kind, fields)

    def admits(self, kind: RecordType, fields: Fields) -> bool:
        """Tell whether a record is shown in this collection."""
        return self._space.lens.admits(kind, fields)

    async def check(self) -> Sequence[Finding]:
        """Reach the collection and name what an admin must mend."""
        return await check_space(self._space)

    async def people(self) -> Sequence[Person]:
        """Return nobody: nobody is assigned to anything here."""
        return ()

    async def observe(self, cursor: str | None, sink: Sink) -> Observation:
        """Read what changed since the cursor, or everything."""
        async with self._reading():
            return await observe(self._space, cursor, sink)

    async def fetch(self, kind: RecordType, remote: str) -> Remote | Missing:
        """Read one object directly; its own UID says what it stands for."""
        del kind
        async with self._reading():
            return await fetch(self._space, remote)

    async def find(self, lost: Lost) -> Sequence[Remote]:
        """Look for the outcome of a create whose answer was lost."""
        async with self._reading():
            return await find(self._space, lost)

    async def write(self, write: Write) -> Remote | None:
        """Carry out a write and return the object as the server then holds it."""
        async with self._reading():
            return await carry_out(self._space, write)

    @asynccontextmanager
    async def _reading(self) -> AsyncIterator[None]:
        try:
            yield
        except HttpRefused as refused:
            raise read_refusal(self._space.options.wanted, refused) from refused
        except ConnectAgain as again:
            raise ConnectAgain(again.message, mend=SIGN_IN) from None
