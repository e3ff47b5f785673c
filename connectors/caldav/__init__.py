"""CalDAV: calendars and task lists of Nextcloud, Radicale and every other server that speaks it."""

from __future__ import annotations

from connectors.caldav.capabilities import CAPABILITIES
from connectors.caldav.options import ConnectionOptions, SpaceOptions
from connectors.contract import Connection, ConnectionSetup, Tool


def _connect(setup: ConnectionSetup) -> Connection:
    from connectors.caldav.connection import CaldavConnection  # the HTTP layer is for those who connect

    return CaldavConnection(setup)


TOOL = Tool(
    name="caldav",
    title="CalDAV",
    base_url=None,
    connection_options=ConnectionOptions,
    space_options=SpaceOptions,
    capabilities=CAPABILITIES,
    connect=_connect,
    notes={
        "tasks": "A space is a calendar or a task list. A calendar shows deadlines as all-day events: moving or "
        "renaming one changes the task; deleting one does not.",
        "events": "A series is one record, with what differs in single occurrences. Private events are left alone, "
        "and series by rules that RFC 5545 no longer knows.",
    },
)
"""CalDAV (RFC 4791) with iCalendar (RFC 5545)."""
