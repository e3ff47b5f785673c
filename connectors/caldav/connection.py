"""One account at a CalDAV server, and the collections it is used for."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import timedelta
from typing import TypeVar

from connectors.caldav.checking import check_connection, discover
from connectors.caldav.client import Client
from connectors.caldav.collections import Account
from connectors.caldav.connector import CaldavConnector
from connectors.caldav.credentials import credentials_of
from connectors.caldav.lens import Lens, Part
from connectors.caldav.options import ConnectionOptions, SpaceOptions
from connectors.caldav.space import Space
from connectors.caldav.zones import Zones
from connectors.contract import ConnectionSetup, Connector, Container, Finding, SpaceSetup
from connectors.http import Address, Http, Limits, Patience, Timeouts, Timing

_T = TypeVar("_T")
_USER_AGENT = "copsync (CalDAV connector)"


class CaldavConnection:
    """One account; its spaces share the client, its pace and its counts. Nothing is sent before it is needed.

    Everything goes to the host of `base_url`, on whatever path its answers name: principals and homes seldom lie
    below the address that an admin knows.

    Args:
        setup: the settings.
        timeouts: how long an attempt may take, if not the HTTP layer's own choice.
        patience: how long to keep trying, likewise.
        timing: clocks and sleep, for tests.

    Raises:
        ConfigProblem: not exactly one way to sign in is configured, or the address cannot be used.
    """

    def __init__(
        self,
        setup: ConnectionSetup,
        *,
        timeouts: Timeouts | None = None,
        patience: Patience | None = None,
        timing: Timing | None = None,
    ) -> None:
        options = _checked(setup.options, ConnectionOptions)
        auth, secrets = credentials_of(setup, options)
        pace = options.limits
        self._http = Http(
            Address(setup.base_url).origin,
            auth=auth,
            limits=Limits(pace.requests, pace.seconds, at_once=pace.at_once),
            user_agent=_USER_AGENT,
            secrets=secrets,
            timeouts=timeouts,
            patience=patience,
            timing=timing,
        )
        self._client = Client(self._http, setup.base_url)
        self._account = Account(self._client)

    def __repr__(self) -> str:
        return f"<CaldavConnection {self._http!r}>"

    @property
    def requests(self) -> int:
        """How many requests left so far."""
        return self._http.requests

    @property
    def clock_offset(self) -> timedelta | None:
        """How far the server's clock runs ahead of ours, or None before its first answer."""
        return self._http.clock_offset

    def space(self, setup: SpaceSetup) -> Connector:
        """Return the connector of one collection."""
        options = _checked(setup.options, SpaceOptions)
        component: Part = "VEVENT" if options.calendar is not None else "VTODO"
        lens = Lens(component, Zones(setup.zone), setup.show_on_calendar)
        return CaldavConnector(Space(self._client, self._account, options, lens))

    async def check(self) -> Sequence[Finding]:
        """Try the account and name what an admin must mend."""
        return await check_connection(self._client)

    async def discover(self) -> Sequence[Container]:
        """Return the account's calendars and task lists."""
        return await discover(self._client)

    async def aclose(self) -> None:
        """Close everything."""
        await self._http.aclose()


def _checked(options: object, kind: type[_T]) -> _T:
    if not isinstance(options, kind):
        raise TypeError(f"CalDAV needs {kind.__name__}, not {type(options).__name__}")
    return options
