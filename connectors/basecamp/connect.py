"""Opens a connection to Basecamp."""

from __future__ import annotations

import re
from typing import cast

from connectors.basecamp.connector import BasecampConnection
from connectors.basecamp.lifetime import lifetime_of
from connectors.basecamp.options import CONSENT, ConnectionOptions
from connectors.consent import oauth_of
from connectors.contract import Connection, ConnectionSetup
from connectors.http import Auth, Bearer, Http, Limits, Secret
from connectors.http.oauth import app_of, oauth_for, secrets_of
from domain.errors import ConfigProblem

_WITH_ACCOUNT = re.compile(r"https?://[^/]+/\d+/?")


def connect(setup: ConnectionSetup) -> Connection:
    """Return a connection to the account that `base_url` ends with; sends nothing yet.

    Basecamp counts requests per address and not per token ("Rate limiting"), so all connections to it share a pace.

    Raises:
        ConfigProblem: the address, the token or the app to sign in as cannot be used.
    """
    where = f"connections.{setup.name}"
    if not _WITH_ACCOUNT.fullmatch(setup.base_url):
        raise ConfigProblem(
            "The address of a Basecamp connection ends with the number of the account.",
            mend='Write base_url = "https://3.basecampapi.com/195539477" with your number: the one after '
            "3.basecamp.com/ in the address of any page of yours.",
            where=f"{where}.base_url",
        )
    options = cast("ConnectionOptions", setup.options)
    user_agent = f"copsync ({options.contact})"
    auth, secrets = _credentials(setup, options, user_agent)
    pace = options.limits
    http = Http(
        setup.base_url,
        auth=auth,
        limits=Limits(pace.requests, pace.seconds, at_once=pace.at_once, share="host"),
        user_agent=user_agent,
        secrets=secrets,
    )
    return BasecampConnection(http, lifetime_of(setup, options, user_agent))


def _credentials(
    setup: ConnectionSetup, options: ConnectionOptions, user_agent: str
) -> tuple[Auth, tuple[Secret, ...]]:
    oauth = oauth_of(options)
    if oauth is not None:
        app = app_of(setup, oauth, CONSENT, "Basecamp", user_agent)
        return oauth_for(setup, app, oauth.refresh_token), secrets_of(app)
    if setup.token is None:
        raise ConfigProblem(
            "A Basecamp connection needs a token.",
            mend='Add token = { env = "BASECAMP_TOKEN" } to it and put the token into that variable, or name an app '
            "to sign in as (client_id, client_secret).",
            where=f"connections.{setup.name}.token",
        )
    return Bearer(setup.token), (setup.token,)
