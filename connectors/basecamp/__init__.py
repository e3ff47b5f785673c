"""Basecamp: to-dos and the schedule of a project."""

from __future__ import annotations

from connectors.basecamp.capabilities import CAPABILITIES
from connectors.basecamp.options import CONSENT, ConnectionOptions, SpaceOptions
from connectors.contract import Connection, ConnectionSetup, Tool


def _connect(setup: ConnectionSetup) -> Connection:
    from connectors.basecamp.connect import connect  # the HTTP layer is only for those who connect

    return connect(setup)


TOOL = Tool(
    name="basecamp",
    title="Basecamp",
    base_url=None,
    connection_options=ConnectionOptions,
    space_options=SpaceOptions,
    capabilities=CAPABILITIES,
    connect=_connect,
    notes={
        "list": 'Groups of a list are named "List / Group".',
        "events": "Only people can change what repeats in Basecamp; series of other tools are single entries there.",
    },
    consent=CONSENT,
)
"""Basecamp 3, 4 and 5 (one API); Basecamp 2 and Classic are other products."""
