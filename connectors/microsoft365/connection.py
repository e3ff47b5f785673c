"""One sign-in at Microsoft 365, and the calendars it is used for."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime, timedelta
from typing import TypeVar

from connectors.contract import ConnectionSetup, Connector, Container, Finding, SpaceSetup
from connectors.http import Http, Limits, Patience, Timeouts, Timing
from connectors.microsoft365.checking import check_connection
from connectors.microsoft365.client import Client
from connectors.microsoft365.connector import Microsoft365Connector
from connectors.microsoft365.credentials import USER_AGENT, Credentials, credentials_of
from connectors.microsoft365.lens import Lens
from connectors.microsoft365.options import ConnectionOptions, SpaceOptions
from connectors.microsoft365.space import Space
from connectors.microsoft365.zones import Zones
from domain.errors import ConfigProblem

_T = TypeVar("_T")
_USE = "group-calendars"
_AS_USER = f'Name a connection with `service_user = true` and `uses = ["{_USE}"]` (docs/connectors/microsoft365.md).'


class Microsoft365Connection:
    """One sign-in; its spaces share the client, its pace and its counts. Nothing is sent before it is needed.

    Args:
        setup: the settings.
        timeouts: how long an attempt may take, if not the HTTP layer's own choice.
        patience: how long to keep trying, likewise.
        timing: clocks and sleep, for tests.
        credentials: how to sign in, if not as the settings say.

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
        credentials: Credentials | None = None,
    ) -> None:
        options = _checked(setup.options, ConnectionOptions)
        proof = credentials or credentials_of(setup, options, timing)
        pace = options.limits
        self._http = Http(
            setup.base_url,
            auth=proof.auth,  # an app's requests are signed by the SDK
            limits=Limits(pace.requests, pace.seconds, at_once=pace.at_once),
            user_agent=USER_AGENT,
            secrets=proof.secrets,
            timeouts=timeouts,
            patience=patience,
            timing=timing,
        )
        self._client = Client(self._http, setup.base_url, proof)
        self.timing = timing or Timing()
        self.name = setup.name
        self.is_user = options.service_user
        self.is_app = setup.token is None and not options.service_user
        self.uses = options.uses
        self.mend = proof.mend

    def __repr__(self) -> str:
        return f"<Microsoft365Connection {self._http!r}>"

    @property
    def http(self) -> Http:
        """The transport, for what the SDK is not needed for."""
        return self._http

    @property
    def requests(self) -> int:
        """How many requests left so far; those for tokens are not counted."""
        return self._http.requests

    @property
    def clock_offset(self) -> timedelta | None:
        """How far Graph's clock runs ahead of ours, or None before its first answer."""
        return self._http.clock_offset

    def space(self, setup: SpaceSetup) -> Connector:
        """Return the connector of one calendar.

        Raises:
            ConfigProblem: the calendar takes another way to sign in.
        """
        lens = Lens(Zones(setup.zone), setup.zone, setup.show_on_calendar)
        today = datetime.now(setup.zone).date()
        options = _checked(setup.options, SpaceOptions)
        self._refuse_misfit(options)
        meetings = (options.meetings or setup.meetings) == "teams"
        return Microsoft365Connector(Space(self._client, options, lens, today, meetings))

    def _refuse_misfit(self, options: SpaceOptions) -> None:
        if options.group is not None and self.is_app:
            raise ConfigProblem(
                f"This is the calendar of a group, and the connection '{self.name}' signs in as an app. Microsoft lets "
                "no app use the calendar of a group or team.",
                mend=f"{_AS_USER} Or give the community a shared mailbox, name it as `mailbox`, and share its calendar "
                "with the group.",
                where="group",
            )
        if options.group is not None and self.is_user and _USE not in self.uses:
            words = f"This is the calendar of a group, and the service user of '{self.name}' is asked for other things."
            mend = f'Add "{_USE}" to `uses` of the connection and run `copsync connect {self.name}` again.'
            raise ConfigProblem(words, mend=mend, where="group")
        if options.mailbox is not None and self.is_user:
            raise ConfigProblem(
                f"This is the calendar of a mailbox, and the connection '{self.name}' signs in as a service user, who "
                "is asked for channels and groups only.",
                mend="Name a connection that signs in as an app, or the calendar of a `group`.",
                where="mailbox",
            )

    async def check(self) -> Sequence[Finding]:
        """Try the sign-in and name what an admin must mend."""
        return await check_connection(self._client)

    async def discover(self) -> Sequence[Container]:
        """Return nothing: Graph does not tell an app which mailboxes it may use, so the admin names one."""
        return []

    async def aclose(self) -> None:
        """Close everything."""
        await self._client.aclose()


def _checked(options: object, kind: type[_T]) -> _T:
    if not isinstance(options, kind):
        raise TypeError(f"Microsoft 365 needs {kind.__name__}, not {type(options).__name__}")
    return options
