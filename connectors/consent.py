"""How a person lets copsync in at a tool (OAuth 2.0, authorisation code), and what copsync.toml says about it.

Pure words, free of the HTTP layer: the options of a connector and the `copsync connect` command share them.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Annotated, Any

from pydantic import AfterValidator, BaseModel, BeforeValidator, ConfigDict, Field, InstanceOf, SecretStr


@dataclass(frozen=True, slots=True)
class Consent:
    """A tool's sign-in service, as its vendor documents it.

    `register_at` is where an admin registers copsync as an app. `pkce` says that the service checks a code challenge
    (RFC 7636, S256). `shows_code` is the redirect that makes it show the code for pasting, where it has one.
    `always_renews` says that there is always something to renew a token with; without it, a person may have to come
    back when the token ends. `who` signs in there, in words.
    """

    authorize_url: str
    token_url: str
    register_at: str
    pkce: bool
    shows_code: str | None = None
    always_renews: bool = True
    who: str = "copsync's own account"


@dataclass(frozen=True, slots=True)
class DeviceConsent:
    """A sign-in in which a person enters a code on a page of the vendor's, on any machine (RFC 8628).

    The app is a public client: it has no secret. `scope` names everything that the tokens are for.
    """

    client_id: str
    device_url: str
    token_url: str
    scope: str


def _id(value: object) -> object:
    """Take a client id written as a number; TOML has both."""
    return str(value) if isinstance(value, int) and not isinstance(value, bool) else value


def _endpoint(value: str) -> str:
    if not value.startswith(("https://", "http://")):
        raise ValueError("write the whole address, such as https://launchpad.37signals.com/authorization/token")
    return value


ClientId = Annotated[str, BeforeValidator(_id), Field(min_length=1, pattern=r"^[\x21-\x7e]+$")]
Endpoint = Annotated[str, AfterValidator(_endpoint)]


class OAuthOptions(BaseModel):
    """How a connection signs in by OAuth, if it has no `token`: as an app that a person let in.

    `refresh_token` is where to begin; it can be left out after `copsync connect`, and a newer one that the tool gave
    goes before it. `authorize_url` and `token_url` are the tool's own unless a stand-in or a gateway needs others.
    """

    model_config = ConfigDict(defer_build=True)  # most runs have no use for it
    client_id: ClientId | None = None
    client_secret: InstanceOf[SecretStr] | None = None
    refresh_token: InstanceOf[SecretStr] | None = None
    authorize_url: Endpoint | None = None
    token_url: Endpoint | None = None

    @property
    def scope(self) -> str:
        """What a person is asked to allow, in the service's own words; empty where the app's registration says it."""
        return ""

    @property
    def is_oauth(self) -> bool:
        """Whether any key of this way to sign in is there."""
        return any(value is not None for value in (self.client_id, self.client_secret, self.refresh_token))


def oauth_of(options: Any) -> OAuthOptions | None:
    """Return a connection's options if they name an app to sign in as, else None."""
    return options if isinstance(options, OAuthOptions) and options.is_oauth else None
