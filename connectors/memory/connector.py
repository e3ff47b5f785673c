"""The memory tool behind the contract."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta

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
from connectors.memory.capabilities import EVERYTHING, WITHOUT_SERIES
from connectors.memory.tool import Item, MemoryTool, account
from domain.capabilities import Capabilities
from domain.errors import Paused, Stale
from domain.fields import RecordType, complete
from domain.lens import Admit, Settle
from domain.plan import Verb
from domain.values import Fields

PAGE = 1000


class MemoryConnection:
    """An account in memory; `requests` counts what a real tool would have been asked."""

    def __init__(self, base_url: str) -> None:
        self.tool = account(base_url)
        self.requests = 0

    @property
    def clock_offset(self) -> timedelta | None:
        """How far the tool's clock runs ahead of ours."""
        return self.tool.clock_offset

    def space(self, setup: SpaceSetup) -> Connector:
        """Return the connector of one space."""
        held = EVERYTHING if getattr(setup.options, "series", True) else WITHOUT_SERIES
        return MemoryConnector(self.tool, getattr(setup.options, "container", "default"), self._count, held)

    def _count(self) -> None:
        self.requests += 1

    async def check(self) -> Sequence[Finding]:
        """Memory needs no mending."""
        return [Finding("ok", "The memory tool is there; what it holds is gone when this process ends.")]

    async def discover(self) -> Sequence[Container]:
        """Return the containers."""
        return [Container(name, name, "container") for name in self.tool.containers]

    async def aclose(self) -> None:
        """Nothing to close."""


def _everything(_kind: RecordType, _fields: Fields) -> bool:
    return True


def _as_is(_kind: RecordType, fields: Fields) -> Fields:
    return fields


@dataclass(slots=True)
class MemoryConnector:
    """One container of the memory tool."""

    tool: MemoryTool
    where: str = "default"
    count: Callable[[], None] = lambda: None
    capabilities: Capabilities = EVERYTHING
    settle_rule: Settle = _as_is
    admit_rule: Admit = _everything
    seen_at: datetime | None = field(default=None)

    def view(self, remote: Remote) -> Fields:
        """Return the fields that this space holds."""
        item: Item = remote.raw
        held, fields = self.capabilities.types[remote.type].fields, complete(remote.type, item.fields())
        return {name: fields[name] for name in held}

    def settle(self, kind: RecordType, fields: Fields) -> Fields:
        """Apply the rule this space was given."""
        return self.settle_rule(kind, fields)

    def admits(self, kind: RecordType, fields: Fields) -> bool:
        """Apply the filter this space was given."""
        return self.admit_rule(kind, fields)

    async def check(self) -> Sequence[Finding]:
        """Tell whether the container can be read."""
        container = self.tool.container(self.where)
        if container.archived or not container.readable:
            return [Finding("error", f"The container '{self.where}' cannot be used.", "Open it again.")]
        return [Finding("ok", f"The container '{self.where}' holds {len(container.items)} items.")]

    async def people(self) -> Sequence[Person]:
        """Return the account's people."""
        return [Person(identity, name, email) for identity, (name, email) in self.tool.people.items()]

    async def observe(self, cursor: str | None, sink: Sink) -> Observation:
        """Hand over what changed since the cursor, or everything."""
        self._reach()
        container = self.tool.container(self.where)
        end = str(container.log_begins + len(container.log))
        if cursor is None or int(cursor) < container.log_begins:
            return self._everything(sink, end)
        dirty = dict.fromkeys(container.log[int(cursor) - container.log_begins :])
        sink([_remote(identity, container.items[identity]) for identity in dirty if identity in container.items])
        gone = tuple(identity for identity in dirty if identity not in container.items)
        return Observation(complete=False, cursor=end, read=len(dirty), gone=gone)

    def _everything(self, sink: Sink, cursor: str) -> Observation:
        items = list(self.tool.container(self.where).items.items())
        for start in range(0, len(items), PAGE):
            self.count()
            sink([_remote(identity, item) for identity, item in items[start : start + PAGE]])
        return Observation(complete=True, cursor=cursor, read=len(items))

    def _reach(self) -> None:
        self.count()
        container = self.tool.container(self.where)
        if container.archived:
            raise Paused(f"'{self.where}' is archived.", mend="Bring it back from the archive, or remove the space.")
        if not container.readable:
            raise Paused(f"'{self.where}' cannot be read any more.", mend="Give the account access again.")

    async def fetch(self, kind: RecordType, remote: str) -> Remote | Missing:
        """Read one item."""
        self._reach()
        del kind
        item = self.tool.container(self.where).items.get(remote)
        if item is not None:
            return _remote(remote, item)
        return Missing.OUT_OF_SCOPE if self.tool.holder(remote) else Missing.GONE

    async def find(self, lost: Lost) -> Sequence[Remote]:
        """Look for an item by its mark."""
        self._reach()
        items = self.tool.container(self.where).items
        return [_remote(identity, item) for identity, item in items.items() if item.mark == lost.mark]

    async def write(self, write: Write) -> Remote | None:
        """Carry out a write, refused when the item has moved."""
        self._reach()
        if write.remote is None:
            identity = self.tool.create(write.type, write.view, by="copsync", where=self.where, mark=write.mark)
            return _remote(identity, self.tool.container(self.where).items[identity])
        if write.verb is Verb.RESTORE:
            return self._restore(write.remote)
        self._refuse_stale(write)
        if write.verb is Verb.DELETE:
            self.tool.delete(write.remote, where=self.where)
            return None
        return _remote(write.remote, self.tool.edit(write.remote, write.fields, by="copsync", where=self.where))

    def _restore(self, remote: str) -> Remote | None:
        container = self.tool.container(self.where)
        if remote in container.trash:
            self.tool.restore(remote, where=self.where)
        return _remote(remote, container.items[remote]) if remote in container.items else None

    def _refuse_stale(self, write: Write) -> None:
        item = self.tool.container(self.where).items.get(write.remote or "")
        if item is None or str(item.revision) != write.version:
            raise Stale(f"The item {write.remote} changed in the meantime.")


def _remote(identity: str, item: Item) -> Remote:
    modified = datetime.fromtimestamp(item.modified, UTC)
    return Remote(identity, str(item.revision), item.type, item, modified, item.by, item.mark)
