"""How a connection proves who it is: a bearer token, an app of the tenant, or a service user who signed in once."""

from __future__ import annotations

from collections.abc import Mapping
from typing import TYPE_CHECKING, Any, Protocol

from pydantic import SecretStr

from connectors.contract import ConnectionSetup
from connectors.http import Auth, Bearer, Timing, Unsigned
from connectors.http.grants import App as PublicApp
from connectors.http.oauth import oauth_for
from connectors.microsoft365.options import ConnectionOptions, device_consent
from domain.errors import ConfigProblem

if TYPE_CHECKING:
    from kiota_abstractions.authentication import AccessTokenProvider

TITLE = "Microsoft 365"
USER_AGENT = "copsync (Microsoft 365 connector)"

_WAYS = (
    "Give it either `token`, or `tenant`, `client_id` and one of `client_secret` and `certificate`, "
    "or `managed_identity = true`, or `service_user = true` with `tenant` and `client_id`."
)


class Credentials(Protocol):
    """One way to sign in."""

    @property
    def secrets(self) -> tuple[SecretStr, ...]:
        """What must never be shown."""

    @property
    def mend(self) -> str:
        """What to do when they are no longer accepted."""

    @property
    def auth(self) -> Auth:
        """What signs requests that the SDK has not signed."""

    def provider(self, host: str) -> AccessTokenProvider:
        """Return what gives the SDK its tokens, for this host only; loads the SDK."""

    async def aclose(self) -> None:
        """Close what fetches tokens."""


class FixedToken:
    """A bearer token that somebody fetched elsewhere. Such tokens live for about an hour.

    Raises:
        ConfigProblem: the token holds what no token holds.
    """

    mend = (
        "Tokens of this kind live for about an hour. Fetch a new one, or let copsync sign in by itself with `tenant`, "
        "`client_id` and a certificate (docs/connectors/microsoft365.md)."
    )

    def __init__(self, token: SecretStr) -> None:
        self.auth: Auth = Bearer(token)  # checks it
        self.secrets = (token,)

    def provider(self, host: str) -> AccessTokenProvider:
        """Return what gives the SDK this token for one host."""
        from connectors.microsoft365.sdk import OneToken

        return OneToken(self.secrets[0], host)

    async def aclose(self) -> None:
        """Nothing to close."""


class App:
    """An app of the tenant, or a managed identity.

    Args:
        options: a complete way to sign in (see `credentials_of`).
        transport: settings of azure-identity's own client, for tests.
    """

    mend = (
        "Look at the app registration in the Entra admin centre: whether its secret or certificate has expired, and "
        "whether the app is still there. Put the new one where the connection's settings point to."
    )

    def __init__(self, options: ConnectionOptions, transport: Mapping[str, Any] | None = None) -> None:
        self.auth: Auth = Unsigned()
        self.secrets = tuple(secret for secret in (options.client_secret, options.certificate_password) if secret)
        self._options = options
        self._transport = transport or {}
        self._credential: Any = None

    def provider(self, host: str) -> AccessTokenProvider:
        """Return what fetches tokens from Entra for one host."""
        from kiota_authentication_azure.azure_identity_access_token_provider import AzureIdentityAccessTokenProvider

        from connectors.microsoft365.entra import SignedIn

        self._credential = SignedIn(self._options, self._transport)
        return AzureIdentityAccessTokenProvider(
            self._credential,
            options=None,
            scopes=[f"https://{host}/.default"],
            allowed_hosts=[host],
            is_cae_enabled=False,  # such a token may be refused with a challenge that only the SDK's own sender answers
        )

    async def aclose(self) -> None:
        """Close azure-identity's client."""
        if self._credential is not None:
            await self._credential.aclose()


class ServiceUser:
    """A person's account that belongs to copsync and signed in once; its tokens renew themselves.

    Raises:
        ConfigProblem: there is no place to keep tokens, or what is kept cannot be opened.
    """

    secrets: tuple[SecretStr, ...] = ()

    def __init__(self, setup: ConnectionSetup, options: ConnectionOptions, timing: Timing | None = None) -> None:
        self.mend = f"Run `copsync connect {setup.name}` and sign in as the service user again."
        consent = device_consent(options)
        if consent is None:
            raise TypeError("a service user needs `service_user`")
        app = PublicApp(setup.name, TITLE, consent.client_id, None, consent.token_url, USER_AGENT, consent.scope)
        self.auth: Auth = oauth_for(setup, app, timing=timing)

    def provider(self, host: str) -> AccessTokenProvider:
        """Return what leaves the SDK's requests unsigned: the HTTP layer signs them, and renews."""
        from connectors.microsoft365.sdk import OneToken

        return OneToken(SecretStr(""), host)

    async def aclose(self) -> None:
        """Nothing to close: the HTTP layer closes what signs."""


def credentials_of(setup: ConnectionSetup, options: ConnectionOptions, timing: Timing | None = None) -> Credentials:
    """Return the one way to sign in that is configured.

    Raises:
        ConfigProblem: there is none, more than one, or a part of one is missing.
    """
    where = f"connections.{setup.name}"
    named = _named(setup, options)
    if len(named) != 1:
        what = f"names {len(named)} ways to sign in ({', '.join(named)})" if named else "has no way to sign in"
        raise ConfigProblem(f"The connection '{setup.name}' {what}.", mend=_WAYS, where=where)
    _refuse_strays(setup, options, named[0])
    if options.service_user:
        return ServiceUser(setup, options, timing)
    return FixedToken(setup.token) if setup.token is not None else App(options)


def _named(setup: ConnectionSetup, options: ConnectionOptions) -> list[str]:
    found = {
        "token": setup.token is not None,
        "client_secret": options.client_secret is not None,
        "certificate": options.certificate is not None,
        "managed_identity": options.managed_identity,
        "service_user": options.service_user,
    }
    return [name for name, given in found.items() if given]


def _refuse_strays(setup: ConnectionSetup, options: ConnectionOptions, way: str) -> None:
    """Refuse keys that have no meaning for a way to sign in, and miss those it needs."""
    given = {name for name in ("tenant", "client_id", "certificate_password") if getattr(options, name) is not None}
    app = {"tenant", "client_id"}
    needs, takes = {
        "token": (set[str](), set[str]()),
        "client_secret": (app, app),
        "certificate": (app, {*app, "certificate_password"}),
        "managed_identity": (set[str](), {"client_id"}),
        "service_user": (app, app),
    }[way]
    for name in sorted(needs - given):
        mend = f"Add `{name}`; the Entra admin centre shows it on the page of the app registration."
        raise ConfigProblem(f"`{way}` needs `{name}` beside it.", mend=mend, where=f"connections.{setup.name}")
    for name in sorted(given - takes):
        mend = f"Take `{name}` out, or choose another way to sign in. {_WAYS}"
        raise ConfigProblem(f"`{name}` has no meaning beside `{way}`.", mend=mend, where=f"connections.{setup.name}")
