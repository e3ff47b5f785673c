"""Microsoft 365: the calendar of a mailbox or group, with its gatherings and the community's deadlines."""

from __future__ import annotations

from connectors.contract import Connection, ConnectionSetup, Tool
from connectors.microsoft365.capabilities import CAPABILITIES
from connectors.microsoft365.options import ConnectionOptions, SpaceOptions, device_consent
from connectors.microsoft365.teams import CHANNEL_KIND, WORKFLOW_KIND

__all__ = ["BASE_URL", "CHANNEL_KIND", "TOOL", "WORKFLOW_KIND"]

BASE_URL = "https://graph.microsoft.com/v1.0"


def _connect(setup: ConnectionSetup) -> Connection:
    from connectors.microsoft365.connection import Microsoft365Connection  # the HTTP layer is for those who connect

    return Microsoft365Connection(setup)


TOOL = Tool(
    name="microsoft365",
    title="Microsoft 365",
    base_url=BASE_URL,
    connection_options=ConnectionOptions,
    space_options=SpaceOptions,
    capabilities=CAPABILITIES,
    connect=_connect,
    device=device_consent,
    notes={
        "tasks": "Deadlines are shown as all-day events marked free. Moving or renaming one changes the task; "
        "deleting one does not.",
        "events": "Private events and meetings that somebody else organises are left alone. A series is one event with "
        "its occurrences.",
    },
)
"""Outlook's calendar through Microsoft Graph v1.0."""
