"""One Asana account: its client, its pace, and the projects it can be bound to."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime, timedelta
from typing import TypeVar
from zoneinfo import ZoneInfo

from connectors.asana.checks import check_account
from connectors.asana.client import Client
from connectors.asana.connector import AsanaConnector
from connectors.asana.options import CONSENT, ConnectionOptions, SpaceOptions
from connectors.asana.raw import gid_of, objects
from connectors.asana.sdk import USER_AGENT
from connectors.consent import oauth_of
from connectors.contract import ConnectionSetup, Connector, Container, Finding, SpaceSetup
from connectors.http import Auth, Bearer, Http, Limits, Patience, Secret, Timeouts, Timing
from connectors.http.oauth import app_of, oauth_for, secrets_of
from domain.errors import ConfigProblem

_T = TypeVar("_T")

_AT_ONCE, _WRITES_AT_ONCE = 8, 4  # Asana allows 50 and 15, but charges wide reads by what they cost
_PAID, _FREE = (250, 10.0), (25, 10.0)  # 1,500 and 150 a minute; Asana looks more often than once a minute


def limits_of(options: ConnectionOptions) -> Limits:
    """Return the pace: the plan's (Asana: Rate limits), falling to the free one's at the first 429, or one's own."""
    own = options.limits
    if own is not None:
        return Limits(own.requests, own.seconds, at_once=own.at_once)
    requests, seconds = _PAID if options.plan == "paid" else _FREE
    return Limits(requests, seconds, at_once=_AT_ONCE, writes_at_once=_WRITES_AT_ONCE, fallback=_FREE)


class AsanaConnection:
    """One account, with all its projects behind one client.

    Args:
        setup: the settings, with the token or the app to sign in as.
        timeouts: how long an attempt may take, if not the HTTP layer's own choice.
        patience: how long to keep trying, likewise.
        timing: clocks and sleep, for tests.

    Raises:
        ConfigProblem: there is no way to sign in, or more than one, or the address cannot be used.
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
        auth, secrets = _credentials(setup, options, timing)
        limits = limits_of(options)
        self._http = Http(
            setup.base_url,
            auth=auth,
            limits=limits,
            user_agent=USER_AGENT,
            secrets=secrets,
            timeouts=timeouts,
            patience=patience,
            timing=timing,
        )
        threads = limits.at_once + (limits.writes_at_once or 0)
        self._client = Client(
            self._http,
            setup.base_url,
            threads=threads,
            external=options.external_ids,
            signs_in=oauth_of(options) is not None,
        )

    def __repr__(self) -> str:
        return f"<AsanaConnection {self._http!r}>"

    @property
    def requests(self) -> int:
        """How many requests left so far."""
        return self._http.requests

    @property
    def clock_offset(self) -> timedelta | None:
        """How far Asana's clock runs ahead of ours, or None before its first answer."""
        return self._http.clock_offset

    def space(self, setup: SpaceSetup) -> Connector:
        """Return the connector of one project."""
        options = _checked(setup.options, SpaceOptions)
        shows = options.events_as is not None
        return AsanaConnector(self._client, options.project, setup.zone, _today(setup.zone), gatherings=shows)

    async def check(self) -> Sequence[Finding]:
        """Try the credentials and name what an admin must mend."""
        return await check_account(self._client)

    async def discover(self) -> Sequence[Container]:
        """Return the projects of all workspaces that the account may enter."""
        found: list[Container] = []
        for workspace in objects((await self._client.me()).get("workspaces")):
            async for page in self._client.projects(str(gid_of(workspace))):
                names = ((str(raw["gid"]), f"{raw.get('name')} ({workspace.get('name')})") for raw in page)
                found += [Container(gid, name, "project") for gid, name in names]
        return found

    async def aclose(self) -> None:
        """Close everything."""
        await self._http.aclose()
        await self._client.aclose()


def _today(zone: ZoneInfo) -> datetime:
    """Return the beginning of the day in a zone."""
    return datetime.now(zone).replace(hour=0, minute=0, second=0, microsecond=0)


def _credentials(
    setup: ConnectionSetup, options: ConnectionOptions, timing: Timing | None
) -> tuple[Auth, tuple[Secret, ...]]:
    """Return what signs the requests, and the secrets by which connections that share a pace are told."""
    oauth = oauth_of(options)
    if oauth is not None:
        app = app_of(setup, oauth, CONSENT, "Asana", USER_AGENT)
        return oauth_for(setup, app, oauth.refresh_token, timing=timing), secrets_of(app)
    if setup.token is None or not setup.token.get_secret_value().strip():
        raise ConfigProblem(
            f"The connection '{setup.name}' has no token.",
            mend='Name one, as in token = { env = "ASANA_TOKEN" }, or an app to sign in as (client_id, client_secret).',
            where=f"connections.{setup.name}.token",
        )
    return Bearer(setup.token), (setup.token,)


def _checked(options: object, kind: type[_T]) -> _T:
    if not isinstance(options, kind):
        raise TypeError(f"Asana needs {kind.__name__}, not {type(options).__name__}")
    return options
