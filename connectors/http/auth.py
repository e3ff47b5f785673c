"""How a request proves who sends it. The client asks for the headers anew before each attempt."""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping
from hashlib import blake2b
from typing import Protocol, runtime_checkable

from domain.errors import ConfigProblem

_HEADER_VALUE = re.compile(r"(?:[\x21-\x7e](?:[\x20-\x7e\t]*[\x21-\x7e])?)?")
_TOKEN = re.compile(r"[\x21-\x7e]+")


class Secret(Protocol):
    """A value that does not show itself, such as pydantic's ``SecretStr`` (which is not imported here: it is slow)."""

    def get_secret_value(self) -> str:
        """Return the plain value, for the wire only."""


class Auth(Protocol):
    """Anything that gives the headers of a request. Called before every attempt, so it should cache its token."""

    async def headers(self) -> Mapping[str, str]:
        """Return the headers that prove who sends the request.

        Raises:
            ConnectAgain: there is no valid token, and a person must sign in.
            Retriable: the token could not be fetched just now.
        """


@runtime_checkable
class Renewable(Protocol):
    """An `Auth` that can get a new token after the tool refused the present one (401)."""

    async def renew(self) -> bool:
        """Get a new token; False when that is not possible. Called once per refused request, one at a time."""


@runtime_checkable
class Closable(Protocol):
    """An `Auth` that holds connections of its own; the client closes it with itself."""

    async def aclose(self) -> None:
        """Close them. Repeatable."""


class Bearer:
    """A fixed token, sent as ``Authorization: Bearer …``.

    Raises:
        ConfigProblem: the token is empty or holds white space or other characters that no token has.
    """

    def __init__(self, token: Secret) -> None:
        if not _is_token(token):
            raise ConfigProblem(
                "The token is empty or holds spaces, line breaks or characters that no token has.",
                mend="Copy the token again, without quotes or line breaks, to where `token` points to.",
                where="token",
            )
        self._token = token

    def __repr__(self) -> str:
        return "<Bearer [secret]>"

    async def headers(self) -> Mapping[str, str]:
        """Return the Authorization header."""
        return {"Authorization": f"Bearer {self._token.get_secret_value()}"}


class Unsigned:
    """No credentials: for requests that an SDK signs itself, and for services that need none."""

    async def headers(self) -> Mapping[str, str]:
        """Return no header."""
        return {}


class Sealed(Mapping[str, str]):
    """Headers that do not show themselves, not even in a traceback that prints local variables."""

    __slots__ = ("_headers",)

    def __init__(self, headers: Mapping[str, str]) -> None:
        self._headers = headers

    def __repr__(self) -> str:
        return f"<Sealed {', '.join(self._headers)}>"

    def __getitem__(self, name: str) -> str:
        return self._headers[name]

    def __iter__(self) -> Iterator[str]:
        return iter(self._headers)

    def __len__(self) -> int:
        return len(self._headers)

    def digest(self) -> bytes:
        """Return a fingerprint that tells two signatures apart without showing them."""
        return fingerprint(*self._headers.values())

    def fault(self) -> str | None:
        """Return the name of a header that cannot be sent as it is, or None."""
        return next((name for name, value in self._headers.items() if not _HEADER_VALUE.fullmatch(value)), None)


def fingerprint(*values: str) -> bytes:
    """Return a short digest of secrets, to compare them by."""
    return blake2b("\n".join(values).encode("utf-8", "surrogatepass"), digest_size=16).digest()


def _is_token(token: Secret) -> bool:
    return _TOKEN.fullmatch(token.get_secret_value()) is not None
