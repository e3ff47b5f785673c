"""Makes the situations to be measured, in a process of its own: `python -m tests.bench.prepare FOLDER COUNT`.

Every situation is a folder with a copsync.toml, one file per tool and, unless it is the first sync, the store as
the runs before left it.
"""

from __future__ import annotations

import asyncio
import shutil
import sys
from dataclasses import dataclass, field
from datetime import date, timedelta
from pathlib import Path

from config.loader import load
from connectors.memory.tool import TOOLS, MemoryTool
from domain.fields import RecordType
from store.store import Store
from sync.community import Community
from sync.run import Wish, sync
from sync.wiring import Wiring
from tests.bench import handover
from tests.bench.cases import CHANGED_SHARE
from tests.bench.content import PEOPLE, email, tasks
from tests.bench.handover import Handed
from tests.bench.spaces import STORE, address, now, settings


@dataclass(slots=True)
class Setting:
    """The tools of a community as they develop, with the settings and the store beside them."""

    folder: Path
    tools: dict[str, MemoryTool] = field(default_factory=dict)

    def open_tool(self, name: str) -> MemoryTool:
        """Add a tool that knows the community's people by ids of its own, and holds nothing yet."""
        people: dict[str, tuple[str, str | None]] = {
            f"{name}-{number}": (person, email(person)) for number, person in enumerate(PEOPLE)
        }
        tool = MemoryTool(clock=lambda: now() - timedelta(days=30), people=people)
        self.tools[name] = TOOLS[address(name)] = tool
        (self.folder / "copsync.toml").write_text(settings(self.tools))
        return tool

    def run(self) -> None:
        """Bring the tools into step, by a full listing.

        Raises:
            RuntimeError: the run did not go through, so that nothing sensible could be measured.
        """
        store = Store.open(STORE, self.folder)
        try:
            report = asyncio.run(sync(self._community(), store, now, Wish(full=True)))
        finally:
            store.close()
        if report.state != "done":
            raise RuntimeError(f"The situation could not be made: the run ended as {report.state}.")

    def _community(self) -> Community:
        wiring = Wiring(load(self.folder / "copsync.toml"))
        (only,) = wiring.community_settings(None)
        return wiring.community(only)

    def keep(self, name: str) -> None:
        """Write down the situation as it is now."""
        place = self.folder / name
        place.mkdir()
        for space in self._community().spaces:
            handover.write(Handed(self.tools[space.name], space.binding), place / f"{space.name}.tool")
        for file in ("copsync.toml", "copsync.db"):
            if (self.folder / file).exists():
                shutil.copy(self.folder / file, place)


def prepare(folder: Path, count: int) -> None:
    """Make the situations for so many tasks."""
    setting = Setting(folder)
    one, two = setting.open_tool("one"), setting.open_tool("two")
    for fields in tasks(count, list(one.people)):
        one.create(RecordType.TASK, fields, by="one-3")
    setting.keep("first")
    setting.run()
    setting.keep("echo")
    setting.run()
    setting.keep("calm")
    people_work(one, two)
    setting.keep("changed")
    setting.open_tool("three")
    setting.run()
    setting.run()
    setting.keep("third")
    (folder / "copsync.db").unlink()


def people_work(one: MemoryTool, two: MemoryTool) -> None:
    """Change one in a hundred items on each side, never the same one on both."""
    for identity in list(one.container().items)[::CHANGED_SHARE]:
        one.edit(identity, {"due": date(2027, 3, 1) + timedelta(days=int(identity) % 28)}, by="one-5")
    for identity in list(two.container().items)[CHANGED_SHARE // 2 :: CHANGED_SHARE]:
        title = two.container().items[identity].fields()["title"]
        two.edit(identity, {"title": f"{title}, second edition", "state": "done"}, by="two-8")


if __name__ == "__main__":
    prepare(Path(sys.argv[1]), int(sys.argv[2]))
