"""A community over memory tools, and a clock that a test turns."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass, field, replace
from datetime import UTC, datetime, timedelta
from pathlib import Path
from zoneinfo import ZoneInfo

from connectors.memory.capabilities import EVERYTHING
from connectors.memory.connector import MemoryConnection
from connectors.memory.tool import TOOLS, MemoryTool
from domain.capabilities import Capabilities, Held, Hold
from domain.fields import RecordType
from domain.policy import Policy
from domain.values import Fields, Value
from store.store import Store
from sync.community import BoundSpace, Community
from sync.report import Report
from sync.run import Wish, preview, sync
from tests.sync.faulty import FaultyConnector

TASK = RecordType.TASK
BERLIN = ZoneInfo("Europe/Berlin")
NOW = datetime(2026, 11, 21, 12, 0, tzinfo=UTC)


def narrowed(**fields: Held | None) -> Capabilities:
    """Return capabilities in which some task fields are held differently, or (None) not at all."""
    task = EVERYTHING.types[TASK]
    held = {name: fields.get(name, one) for name, one in task.fields.items()}
    kept = {name: one for name, one in held.items() if one is not None}
    return Capabilities({**EVERYTHING.types, TASK: replace(task, fields=kept)})


DAY_ONLY = narrowed(start=Held(Hold.DAY), due=Held(Hold.DAY), tags=None)
"""A tool like many: days without times, no tags."""


@dataclass
class Town:
    """Memory tools by space name, one store, and a clock that moves a minute with every run."""

    store: Store
    tools: dict[str, MemoryTool]
    capabilities: Mapping[str, Capabilities] = field(default_factory=dict)
    policy: Policy = field(default=Policy())
    now: datetime = NOW
    connectors: dict[str, FaultyConnector] = field(default_factory=dict)

    def clock(self) -> datetime:
        return self.now

    def community(self) -> Community:
        return Community("town", "Town", BERLIN, self.policy, [self._bind(name) for name in self.tools])

    def _bind(self, name: str) -> BoundSpace:
        connection = MemoryConnection(f"memory://{name}")
        connector = self.connector(name)
        connector.count = connection._count
        return BoundSpace(name, "memory", connector, connection, f"memory {name}")

    def connector(self, name: str) -> FaultyConnector:
        """Return a space's connector, to be told how to fail."""
        if name not in self.connectors:
            held = self.capabilities.get(name, EVERYTHING)
            self.connectors[name] = FaultyConnector(self.tools[name], capabilities=held)
        return self.connectors[name]

    async def sync(self, *, full: bool = False, approved: frozenset[tuple[str, str]] = frozenset()) -> Report:
        self.now += timedelta(minutes=1)
        report = await sync(self.community(), self.store, self.clock, Wish(full, approved))
        self.now += timedelta(minutes=1)
        return report

    def minutes(self, number: int) -> None:
        """Let time pass."""
        self.now += timedelta(minutes=number)

    async def preview(self) -> Report:
        return await preview(self.community(), self.store, self.clock)

    def task(self, space: str, title: str, **fields: Value) -> str:
        return self.tools[space].create(TASK, {"title": title, "state": "open", "kind": "task", **fields})

    def titles(self, space: str) -> list[str]:
        return sorted(str(fields["title"]) for fields in self.tools[space].fields().values())

    def one(self, space: str, title: str) -> Fields:
        found = [fields for fields in self.tools[space].fields().values() if fields["title"] == title]
        assert len(found) == 1, f"{title!r} is there {len(found)} times in {space}"
        return found[0]

    def id_of(self, space: str, title: str) -> str:
        return next(key for key, fields in self.tools[space].fields().items() if fields["title"] == title)


@contextmanager
def town(folder: Path, *names: str, url: str = "sqlite:///town.db", **options: object) -> Iterator[Town]:
    """Build a town whose spaces are `names`."""
    TOOLS.clear()
    tools = {name: MemoryTool() for name in names}
    for name, tool in tools.items():
        TOOLS[f"memory://{name}"] = tool
    store = Store.open(url, folder)
    built = Town(store, tools, **options)  # type: ignore[arg-type]
    for tool in tools.values():
        tool.clock = built.clock
    try:
        yield built
    finally:
        store.close()
