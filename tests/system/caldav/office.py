"""A community on a real CalDAV server and in a tool in memory, and copsync as an admin would have set it up."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import UTC, datetime
from itertools import count
from pathlib import Path
from typing import Any
from urllib.parse import unquote

from config.loader import Configuration, load
from connectors.memory.tool import TOOLS, MemoryTool
from domain.fields import RecordType, complete
from store.store import Store
from sync.report import Exit, Report
from sync.run import Wish, sync
from sync.wiring import Wiring
from tests.connectors.caldav.peers import PASSWORD, USER, Peer, peer

_NUMBER = count()
TASK, EVENT = RecordType.TASK, RecordType.EVENT

TOML = """
[store]
url = "sqlite:///copsync.db"
[connections.cloud]
tool = "caldav"
base_url = "{url}"
username = "{user}"
password = {{ env = "CALDAV_PASSWORD" }}
limits = {{ requests = 10000, seconds = 1, at_once = 4 }}
[connections.memory]
tool = "memory"
base_url = "{memory}"
[[communities]]
id = "data-practice"
time_zone = "Europe/Berlin"
[[communities.spaces]]
name = "memory"
connection = "memory"
[[communities.spaces]]
name = "calendar"
connection = "cloud"
calendar = "Community"
[[communities.spaces]]
name = "tasks"
connection = "cloud"
tasks = "Community tasks"
"""


def now() -> datetime:
    return datetime.now(UTC)


@dataclass
class Office:
    """The server, the tool in memory, the people at both, and one installation of copsync."""

    peer: Peer
    memory: MemoryTool
    configuration: Configuration
    store: Store

    async def sync(self, *, full: bool = False) -> Report:
        async with Wiring(self.configuration) as wiring:
            (settings,) = wiring.community_settings(None)
            return await sync(wiring.community(settings), self.store, now, Wish(full))

    async def in_step(self, *, full: bool = False) -> Report:
        report = await self.sync(full=full)
        assert report.exit == Exit.IN_STEP, report.json()
        return report

    async def quiet(self) -> None:
        """Assert that two more runs, one of them reading everything, have nothing to do."""
        for full in (False, True):
            self.peer.forget_traffic()
            report = await self.in_step(full=full)
            assert report.steps == []
            assert self.peer.writes() == []

    def add_task(self, title: str, **fields: Any) -> str:
        return self.memory.create(TASK, complete(TASK, {"title": title, **fields}))

    def add_event(self, title: str, start: Any, end: Any, **fields: Any) -> str:
        values = {"title": title, "start": start, "end": end, "zone": "Europe/Berlin", **fields}
        return self.memory.create(EVENT, complete(EVENT, values))

    def remembered(self, title: str) -> dict[str, Any]:
        found = [one for one in self.memory.fields().values() if one["title"] == title]
        assert len(found) == 1, [one["title"] for one in self.memory.fields().values()]
        return dict(found[0])

    def titles(self) -> list[str]:
        return sorted(str(one["title"]) for one in self.memory.fields().values())

    def objects(self, collection: str | None = None) -> dict[str, str]:
        """Return the server's objects by path, unfolded."""
        server = self.peer.server
        places = [collection] if collection else [self.peer.calendar, self.peer.tasks]
        return {
            path: server.get(path).replace("\r\n ", "").replace("\r\n", "\n")
            for place in places
            for path in server.names(place)
        }

    def path(self, title: str) -> str:
        found = [path for path, text in self.objects().items() if f"\nSUMMARY:{title}\n" in text]
        assert len(found) == 1, list(self.objects().values())
        return found[0]

    def shown(self) -> list[str]:
        """Return the titles on the server."""
        texts = self.objects().values()
        return sorted(line[8:] for text in texts for line in text.splitlines() if line.startswith("SUMMARY:"))

    def edit(self, path: str, *changes: tuple[str, str]) -> None:
        """Change an object as a person's program does: read it, and store another text."""
        text = self.peer.server.get(path)
        for old, new in changes:
            assert old in text, text
            text = text.replace(old, new)
        self.peer.server.put(path, text.encode())

    def put(self, collection: str, name: str, text: str) -> str:
        self.peer.server.put(f"{collection}{name}", text.encode())
        return unquote(f"{collection}{name}")


@contextmanager
def office(folder: Path, server: str, *, own: bool = False) -> Iterator[Office]:
    """Set everything up; `own` gives the test a server process that it may kill, with nothing before it."""
    memory = f"memory://caldav-{next(_NUMBER)}"
    with peer(server, folder / "server" if own else None) as one:
        path = folder / "copsync.toml"
        path.write_text(TOML.format(url=one.server.url if own else one.url, user=USER, memory=memory), encoding="utf-8")
        read = load(path)
        environment = {**read.environment, "CALDAV_PASSWORD": PASSWORD}
        configuration = Configuration(read.settings, read.path, read.text, environment)
        store = Store.open(configuration.settings.store.url, configuration.folder)
        TOOLS[memory] = tool = MemoryTool()
        try:
            yield Office(one, tool, configuration, store)
        finally:
            store.close()
            TOOLS.pop(memory, None)
