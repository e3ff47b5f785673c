"""LinkedIn, as far as it lets anybody: groups by a person's hand and provable links, pages and own data by API."""

from __future__ import annotations

from datetime import date

from connectors.contract import Connection, ConnectionSetup, Tool
from connectors.linkedin.channel import KIND, PAGE_KIND
from connectors.linkedin.options import BASE_URL, CONSENT, ConnectionOptions, SpaceOptions
from domain.capabilities import Capabilities

__all__ = ["KIND", "PAGE_KIND", "TOOL"]


def _connect(setup: ConnectionSetup) -> Connection:
    from connectors.linkedin.connection import LinkedInConnection  # the HTTP layer is only for those who connect

    return LinkedInConnection(setup)


def _ends_on(setup: ConnectionSetup) -> date | None:
    from connectors.linkedin.lifetime import ends_on

    return ends_on(setup)


TOOL = Tool(
    name="linkedin",
    title="LinkedIn",
    base_url=BASE_URL,
    connection_options=ConnectionOptions,
    space_options=SpaceOptions,
    capabilities=Capabilities({}),
    connect=_connect,
    consent=CONSENT,
    ends_on=_ends_on,
)
"""An account at LinkedIn; it has no spaces, for groups are closed to programs."""
