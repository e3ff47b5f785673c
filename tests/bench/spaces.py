"""The community of the benchmark: spaces over memory tools, as settings for the command and as the engine sees it."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from datetime import UTC, datetime
from zoneinfo import ZoneInfo

from connectors.contract import SpaceSetup
from connectors.memory import SpaceOptions
from connectors.memory.connector import MemoryConnection
from connectors.memory.tool import TOOLS
from domain.policy import Policy
from sync.community import BoundSpace, Community
from tests.bench.handover import Handed

ZONE = ZoneInfo("Europe/Berlin")
STORE = "sqlite:///copsync.db"
NAME = "bench"


def now() -> datetime:
    """Return the present moment."""
    return datetime.now(UTC)


def community(handed: Mapping[str, Handed]) -> Community:
    """Return the community whose spaces are bound to these tools, in this order."""
    TOOLS.update({address(name): one.tool for name, one in handed.items()})
    return Community(NAME, "Bench", ZONE, Policy(), list(_spaces(handed)))


def _spaces(handed: Mapping[str, Handed]) -> Iterator[BoundSpace]:
    for name, one in handed.items():
        connection = MemoryConnection(address(name))
        connector = connection.space(SpaceSetup(name, NAME, ZONE, SpaceOptions()))
        yield BoundSpace(name, "memory", connector, connection, one.binding)


def address(name: str) -> str:
    """Return the base URL of a space's tool."""
    return f"memory://{name}"


def settings(names: Iterable[str]) -> str:
    """Return a copsync.toml with one space per tool."""
    names = list(names)
    connections = [f'[connections.{name}]\ntool = "memory"\nbase_url = "{address(name)}"' for name in names]
    spaces = [f'[[communities.spaces]]\nname = "{name}"\nconnection = "{name}"' for name in names]
    head = f'[store]\nurl = "{STORE}"'
    who = f'[[communities]]\nid = "{NAME}"\nname = "Bench"\ntime_zone = "{ZONE.key}"'
    return "\n".join([head, *connections, who, *spaces, ""])
