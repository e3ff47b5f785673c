"""How requests to a CalDAV server are signed: with a user name and password, or a bearer token."""

from __future__ import annotations

from base64 import b64encode
from collections.abc import Mapping
from urllib.parse import urlsplit

from connectors.caldav.options import ConnectionOptions
from connectors.contract import ConnectionSetup
from connectors.http import Auth, Bearer, Secret, Unsigned, is_loopback
from domain.errors import ConfigProblem

_ONE_WAY = 'Set `username` and `password = { env = "…" }`, or `token = { env = "…" }` for a bearer token.'


class Basic:
    """A user name and a password (RFC 7617), in UTF-8."""

    def __init__(self, username: str, password: Secret) -> None:
        if not password.get_secret_value():
            raise ConfigProblem(
                "The password of this connection is empty.",
                mend="Put it into the environment variable or file that `password` names.",
                where="password",
            )
        self._username = username
        self._password = password

    def __repr__(self) -> str:
        return "<Basic [secret]>"

    async def headers(self) -> Mapping[str, str]:
        """Return the Authorization header."""
        pair = f"{self._username}:{self._password.get_secret_value()}"
        return {"Authorization": f"Basic {b64encode(pair.encode('utf-8')).decode('ascii')}"}


def credentials_of(setup: ConnectionSetup, options: ConnectionOptions) -> tuple[Auth, tuple[Secret, ...]]:
    """Return what signs the requests of a connection, and the secrets in it.

    Raises:
        ConfigProblem: there is no way to sign in, half of one, or two of them.
    """
    has_pair = options.username is not None and options.password is not None
    if setup.token is not None and (options.username is not None or options.password is not None):
        raise _problem("This connection names two ways to sign in.", "token")
    if setup.token is not None:
        return Bearer(setup.token), (setup.token,)
    if has_pair and options.username is not None and options.password is not None:
        return Basic(options.username, options.password), (options.password,)
    if options.username is not None or options.password is not None:
        missing = "password" if options.password is None else "username"
        raise _problem(f"This connection has no `{missing}`.", missing)
    if is_loopback(urlsplit(setup.base_url).hostname or ""):
        return Unsigned(), ()
    raise _problem("This connection has no way to sign in.", "username")


def _problem(message: str, where: str) -> ConfigProblem:
    return ConfigProblem(message, mend=_ONE_WAY, where=where)
