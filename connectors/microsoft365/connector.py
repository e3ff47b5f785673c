"""The connector of one calendar: its lens, its reads and its writes."""

from __future__ import annotations

from collections.abc import AsyncIterator, Sequence
from contextlib import asynccontextmanager

from connectors.contract import Finding, Lost, Missing, Observation, Person, Remote, Sink, Write
from connectors.http import HttpRefused
from connectors.microsoft365.capabilities import CAPABILITIES, GROUP_CAPABILITIES
from connectors.microsoft365.checking import check_space
from connectors.microsoft365.reading import fetch, find, observe
from connectors.microsoft365.refusals import read_refusal
from connectors.microsoft365.space import Space
from connectors.microsoft365.writing import write as carry_out
from domain.fields import RecordType
from domain.values import Fields


class Microsoft365Connector:
    """The calendar of a mailbox or group: its events are events, and deadlines are shown in it as all-day events."""

    def __init__(self, space: Space) -> None:
        self._space = space
        self.capabilities = GROUP_CAPABILITIES if space.owner.is_group else CAPABILITIES

    def view(self, remote: Remote) -> Fields:
        """Return what the remote shows."""
        return self._space.lens.view(remote)

    def settle(self, kind: RecordType, fields: Fields) -> Fields:
        """Return a view as a calendar can really hold it."""
        return self._space.lens.settle(kind, fields)

    def admits(self, kind: RecordType, fields: Fields) -> bool:
        """Show every event, and of the tasks with a due date those that the community chose."""
        return self._space.lens.admits(kind, fields)

    def lays_out(self, kind: RecordType, fields: Fields) -> bool:
        """Show a series as single events that none of Outlook's patterns says."""
        return kind is RecordType.EVENT and self._space.lens.series.is_laid_out(fields)

    async def check(self) -> Sequence[Finding]:
        """Reach the calendar and name what an admin must mend."""
        return await check_space(self._space)

    async def people(self) -> Sequence[Person]:
        """Return nobody: nobody is assigned to anything in a calendar."""
        return ()

    async def observe(self, cursor: str | None, sink: Sink) -> Observation:
        """Read everything; there is no cursor."""
        del cursor
        async with self._reading():
            return await observe(self._space, sink)

    async def fetch(self, kind: RecordType, remote: str) -> Remote | Missing:
        """Read one event directly."""
        async with self._reading():
            return await fetch(self._space, kind, remote)

    async def find(self, lost: Lost) -> Sequence[Remote]:
        """Look for the outcome of a create whose answer was lost."""
        async with self._reading():
            return await find(self._space, lost)

    async def write(self, write: Write) -> Remote | None:
        """Carry out a write and return the event as Outlook then holds it."""
        await self._space.prepare()
        return await carry_out(self._space, write)

    @asynccontextmanager
    async def _reading(self) -> AsyncIterator[None]:
        try:
            await self._space.prepare()
            yield
        except HttpRefused as refused:
            raise read_refusal(self._space.options, refused) from refused
