"""How an account proves who it is at LinkedIn: a fixed token, or as an app that a member let in."""

from __future__ import annotations

from typing import cast

from connectors.consent import OAuthOptions, oauth_of
from connectors.contract import ConnectionSetup
from connectors.http import Auth, Bearer, Secret, Timing
from connectors.http.grants import App
from connectors.http.oauth import app_of, oauth_for, secrets_of
from connectors.linkedin.options import CONSENT, ConnectionOptions
from domain.errors import ConfigProblem

TITLE = "LinkedIn"
USER_AGENT = "copsync (LinkedIn connector)"


def app_at_linkedin(setup: ConnectionSetup, options: OAuthOptions) -> App:
    """Return the app that a connection signs in as.

    Raises:
        ConfigProblem: a part of it is missing, or there is a `token` beside it.
    """
    return app_of(setup, options, CONSENT, TITLE, USER_AGENT)


def credentials_of(setup: ConnectionSetup, timing: Timing | None = None) -> tuple[Auth, tuple[Secret, ...]]:
    """Return what signs requests, and what of it must never show.

    Raises:
        ConfigProblem: there is no way to sign in, or more than one.
    """
    oauth = oauth_of(cast("ConnectionOptions", setup.options))
    if oauth is not None:
        app = app_at_linkedin(setup, oauth)
        return oauth_for(setup, app, oauth.refresh_token, timing=timing), secrets_of(app)
    if setup.token is None:
        raise ConfigProblem(
            "This connection has no way to sign in.",
            mend="Add client_id and client_secret of your app and run `copsync connect "
            f"{setup.name}`, or set token (docs/connectors/linkedin.md).",
            where="token",
        )
    return Bearer(setup.token), (setup.token,)
