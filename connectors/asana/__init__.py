"""Asana: a community's tasks, milestones and subtasks in one project, both ways, through Asana's official SDK.

Gatherings can be shown there as milestones, one way.
"""

from __future__ import annotations

from connectors.asana.capabilities import PROJECT
from connectors.asana.options import CONSENT, ConnectionOptions, SpaceOptions
from connectors.contract import Connection, ConnectionSetup, Tool


def _connect(setup: ConnectionSetup) -> Connection:
    from connectors.asana.connection import AsanaConnection  # brings the SDK, 0.4 s and 30 MB

    return AsanaConnection(setup)


TOOL = Tool(
    name="asana",
    title="Asana",
    base_url="https://app.asana.com/api/1.0",
    connection_options=ConnectionOptions,
    space_options=SpaceOptions,
    capabilities=PROJECT,
    connect=_connect,
    notes={
        "reading": "changes come from Asana's event stream, at least one full read a night checks them",
        "deleting": "a deleted task goes to the trash of copsync's account for 30 days; its subtasks stay",
    },
    consent=CONSENT,
)
"""The tool as registered under the entry-point group `copsync.connectors`."""
