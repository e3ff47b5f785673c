"""One Asana project behind the contract."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime
from zoneinfo import ZoneInfo

from connectors.asana import gatherings, mapping
from connectors.asana.capabilities import PROJECT, WITH_GATHERINGS
from connectors.asana.checks import check_project, people_of
from connectors.asana.client import Client
from connectors.asana.mirrored import Mirrored
from connectors.asana.project import Project
from connectors.asana.reading import Reader
from connectors.asana.showing import Shower, Shown
from connectors.asana.writing import Writer
from connectors.contract import Finding, Lost, Missing, Observation, Person, Remote, Sink, Write
from connectors.http import HttpRefused
from domain.capabilities import Capabilities
from domain.fields import RecordType
from domain.values import Fields


class AsanaConnector:
    """A project: its tasks and milestones, and the subtasks below them.

    Args:
        client: the account.
        project: its gid.
        zone: the community's.
        today: the beginning of the community's day, from which on gatherings are shown.
        gatherings: whether they are shown as milestones; else what milestones of that kind are there is left alone.
    """

    def __init__(
        self, client: Client, project: str, zone: ZoneInfo, today: datetime, *, gatherings: bool = False
    ) -> None:
        self.capabilities: Capabilities = WITH_GATHERINGS if gatherings else PROJECT
        self._client = client
        self._zone = zone
        self._today = today
        self._project = Project(client, project)
        self._reader = Reader(client, self._project)
        self._writer = Writer(client, self._project, zone, Shower(client, self._project, zone, today))

    def __repr__(self) -> str:
        return f"<AsanaConnector {self._project.gid}>"

    def view(self, remote: Remote) -> Fields:
        """Return what a task shows. Raises SetAside for one that cannot be understood.

        A milestone that stands for a gathering says nothing of itself: what people make of it is theirs.
        """
        if remote.type is RecordType.EVENT:
            return remote.raw.fields if isinstance(remote.raw, Shown) else {}
        return mapping.view_of(remote.raw, self._project.gid, self._zone)

    def settle(self, kind: RecordType, fields: Fields) -> Fields:
        """Return a view as Asana can hold it."""
        if kind is RecordType.EVENT:
            return gatherings.settled(fields, self._today)
        return mapping.settle(kind, fields, self._zone)

    def admits(self, kind: RecordType, fields: Fields) -> bool:
        """Tell whether a record is shown here: all tasks are, and gatherings to come where the space wants them."""
        if kind is RecordType.EVENT:
            return kind in self.capabilities.types and gatherings.is_to_come(fields, self._today)
        return kind is RecordType.TASK

    async def check(self) -> Sequence[Finding]:
        """Reach the project and name what an admin must mend."""
        return await check_project(self._client, self._project, gatherings=RecordType.EVENT in self.capabilities.types)

    async def people(self) -> Sequence[Person]:
        """Return the people of the project's workspace; any of them can be an assignee."""
        try:
            return await people_of(self._client, self._project)
        except HttpRefused as refused:
            raise self._project.refused(refused) from refused

    async def observe(self, cursor: str | None, sink: Sink) -> Observation:
        """Read what changed since the cursor, or everything."""
        mirrored = Mirrored(frozenset(self.capabilities.types), sink)
        return mirrored.told(await self._reader.observe(cursor, mirrored))

    async def fetch(self, kind: RecordType, remote: str) -> Remote | Missing:
        """Read one task directly."""
        return await self._reader.fetch(remote) if kind in self.capabilities.types else Missing.OUT_OF_SCOPE

    async def find(self, lost: Lost) -> Sequence[Remote]:
        """Look for the outcome of a create whose answer was lost."""
        return await self._reader.find(lost)

    async def write(self, write: Write) -> Remote | None:
        """Carry out a write and return the task as Asana now holds it."""
        return await self._writer.write(write)
