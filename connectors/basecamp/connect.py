"""Opens a connection to Basecamp."""

from __future__ import annotations

import re
from typing import cast

from connectors.basecamp.connector import BasecampConnection
from connectors.basecamp.options import ConnectionOptions
from connectors.contract import Connection, ConnectionSetup
from connectors.http import Bearer, Http, Limits
from domain.errors import ConfigProblem

_WITH_ACCOUNT = re.compile(r"https?://[^/]+/\d+/?")


def connect(setup: ConnectionSetup) -> Connection:
    """Return a connection to the account that `base_url` ends with; sends nothing yet.

    Basecamp counts requests per address and not per token ("Rate limiting"), so all connections to it share a pace.

    Raises:
        ConfigProblem: the address or the token cannot be used.
    """
    where = f"connections.{setup.name}"
    if not _WITH_ACCOUNT.fullmatch(setup.base_url):
        raise ConfigProblem(
            "The address of a Basecamp connection ends with the number of the account.",
            mend='Write base_url = "https://3.basecampapi.com/195539477" with your number: the one after '
            "3.basecamp.com/ in the address of any page of yours.",
            where=f"{where}.base_url",
        )
    if setup.token is None:
        raise ConfigProblem(
            "A Basecamp connection needs a token.",
            mend='Add token = { env = "BASECAMP_TOKEN" } to it and put the token into that variable.',
            where=f"{where}.token",
        )
    options = cast("ConnectionOptions", setup.options)
    pace = options.limits
    http = Http(
        setup.base_url,
        auth=Bearer(setup.token),
        limits=Limits(pace.requests, pace.seconds, at_once=pace.at_once, share="host"),
        user_agent=f"copsync ({options.contact})",
        secrets=(setup.token,),
    )
    return BasecampConnection(http)
