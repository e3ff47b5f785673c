"""A community in the stand-ins of the three tools, and copsync as an admin would have set it up."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any
from zoneinfo import ZoneInfo

from config.loader import Configuration, load
from sandbox.world import World
from store.store import Store
from sync.report import Report
from sync.run import Wish, sync
from sync.wiring import Wiring

Json = dict[str, Any]
NOON = datetime(2026, 12, 10, 12, tzinfo=ZoneInfo("Europe/Berlin"))
WRITES = ("POST", "PUT", "PATCH", "DELETE")


def now() -> datetime:
    return datetime.now(UTC)


@dataclass
class Office:
    """The tools, the people in them, and one installation of copsync."""

    world: World
    configuration: Configuration
    store: Store
    asana_person: str
    basecamp_person: str
    outlook_person: str

    async def sync(self, *, full: bool = False) -> Report:
        async with Wiring(self.configuration) as wiring:
            (settings,) = wiring.community_settings(None)
            return await sync(wiring.community(settings), self.store, now, Wish(full))

    async def quiet(self) -> None:
        """Assert that two more runs, one of them reading everything, have nothing to do."""
        for full in (False, True):
            self.world.forget_traffic()
            report = await self.sync(full=full)
            assert report.steps == []
            assert self.writes() == {"asana": 0, "basecamp": 0, "microsoft365": 0}

    def writes(self) -> dict[str, int]:
        logs = {
            "asana": self.world.asana.requests,
            "basecamp": self.world.basecamp.requests,
            "microsoft365": self.world.graph.requests,
        }
        return {tool: sum(request[0] in WRITES for request in log) for tool, log in logs.items()}

    def reads(self) -> list[str]:
        logs = (*self.world.asana.requests, *self.world.basecamp.requests, *self.world.graph.requests)
        return [str(request[1]) for request in logs if request[0] == "GET"]


def fill(desk: Office) -> None:
    """Give every tool something that the others lack."""
    list_name = next(iter(desk.world.places.basecamp_lists))
    desk.world.asana_create(desk.asana_person, name="From Asana")
    desk.world.basecamp_create(desk.basecamp_person, list_name, "From Basecamp")
    desk.world.outlook_create(desk.outlook_person, "From Outlook", NOON, NOON + timedelta(hours=1))
    desk.world.basecamp_entry_create(desk.basecamp_person, "From the schedule", NOON, NOON + timedelta(hours=1))


@contextmanager
def office(
    folder: Path,
    *,
    without: tuple[str, ...] = (),
    read_only: tuple[str, ...] = (),
    lines: Mapping[str, str] = {},
    populated: bool = False,
) -> Iterator[Office]:
    """Set everything up; `without` leaves spaces out, `read_only` ones are only read, `lines` add options to spaces."""
    with World.start(populated=populated) as world:
        path = folder / "copsync.toml"
        text = _without(world.config_toml("sqlite:///copsync.db"), without)
        for name in read_only:
            text = text.replace(f'name = "{name}"', f'name = "{name}"\nread_only = true')
        for name, line in lines.items():
            text = text.replace(f'name = "{name}"', f'name = "{name}"\n{line}')
        path.write_text(text, encoding="utf-8")
        read = load(path)
        configuration = Configuration(read.settings, read.path, read.text, {**read.environment, **world.env()})
        store = Store.open(configuration.settings.store.url, configuration.folder)
        people = {tool: next(iter(some)) for tool, some in world.tokens.people.items()}
        try:
            yield Office(world, configuration, store, people["asana"], people["basecamp"], people["microsoft365"])
        finally:
            store.close()


def _without(text: str, spaces: tuple[str, ...]) -> str:
    blocks = text.split("[[communities.spaces]]")
    kept = [block for block in blocks[1:] if not any(f'name = "{name}"' in block for name in spaces)]
    return "[[communities.spaces]]".join([blocks[0], *kept])
