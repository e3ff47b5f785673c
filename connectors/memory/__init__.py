"""A tool that lives in memory: for simulations, benchmarks and the first try of a configuration."""

from __future__ import annotations

from pydantic import BaseModel, ConfigDict

from connectors.contract import ConnectionSetup, Tool
from connectors.memory.capabilities import EVERYTHING
from connectors.memory.connector import MemoryConnection


class ConnectionOptions(BaseModel):
    """A memory connection has no options."""

    model_config = ConfigDict(extra="forbid")


class SpaceOptions(BaseModel):
    """`container` names the part of the tool's memory that the space is bound to.

    Without `series` it holds single events only, as many tools do.
    """

    model_config = ConfigDict(extra="forbid")
    container: str = "default"
    series: bool = True


def _connect(setup: ConnectionSetup) -> MemoryConnection:
    return MemoryConnection(setup.base_url)


TOOL = Tool(
    name="memory",
    title="Memory",
    base_url="memory://default",
    connection_options=ConnectionOptions,
    space_options=SpaceOptions,
    capabilities=EVERYTHING,
    connect=_connect,
)
"""The memory tool; its items are gone when the process ends."""
