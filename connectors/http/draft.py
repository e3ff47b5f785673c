"""A request that is not sent yet and can be made anew for every attempt."""

from __future__ import annotations

import json
from collections.abc import Container, Mapping
from dataclasses import dataclass, field
from itertools import chain

import httpx

from connectors.http.auth import Sealed, Secret
from connectors.http.retry import SAFE_METHODS, is_repeatable
from domain.errors import ConfigProblem, SetAside

OK = range(200, 300)
"""The statuses that count as success unless the caller expects others."""

JSON_TYPE = "application/json; charset=utf-8"  # Basecamp: "Using HTTP with JSON" refuses it without the charset (415)
_OURS = frozenset({"host", "content-length", "transfer-encoding", "connection", "accept-encoding", "cookie"})
_ACCEPTED = {"Accept": "application/json", "Accept-Encoding": "gzip, deflate"}


class Headers(httpx.Headers):
    """Headers that show their names only."""

    def __repr__(self) -> str:
        return f"<Headers {', '.join(self)}>"


@dataclass(slots=True)
class Draft:
    """One call: what to send, and what became known while it was tried. Shows neither query, headers nor body.

    `timeout` bounds one attempt, in seconds. `attempts` counts those that were made; `began` is the client's clock
    when the first of them left; `maybe_done` says that one was sent whose outcome is unknown.
    """

    method: str
    url: httpx.URL = field(repr=False)
    headers: Headers = field(repr=False)
    body: bytes | None = field(repr=False)
    repeatable: bool
    expect: Container[int]
    timeout: float
    attempts: int = 0
    began: float | None = None
    maybe_done: bool = False
    signature: bytes = field(default=b"", repr=False)

    @property
    def is_write(self) -> bool:
        """Whether the request may change something."""
        return self.method not in SAFE_METHODS

    @property
    def name(self) -> str:
        """Method, host and path, for people and logs."""
        return f"{self.method} {self.url.netloc.decode('ascii')}{self.url.path}"

    def signed(self, signature: Sealed) -> httpx.Request:
        """Return a fresh request with the credentials in it.

        Raises:
            ConfigProblem: a header cannot be sent as it is.
        """
        fault = signature.fault() or Sealed(self.headers).fault()
        if fault is not None:
            raise ConfigProblem(
                f"The header {fault} for {self.url.host} holds a line break or a character that no header can hold.",
                mend="Correct the setting it comes from (the token, or the user agent's contact address).",
            )
        request = httpx.Request(self.method, self.url, headers=self.headers, content=self.body)
        request.headers.update(signature)
        self.signature = signature.digest()
        return request


def is_repeated(method: str, repeatable: bool | None) -> bool:  # noqa: FBT001 - the caller's own option, passed on
    """Return the caller's word on whether a repeat is harmless, else what the method's definition says."""
    return is_repeatable(method) if repeatable is None else repeatable


def headers_of(*sources: Mapping[str, str]) -> Headers:
    """Return the headers of one request; later sources win over earlier ones.

    Those that belong to the transport are dropped, so that none can contradict the URL or the body.

    Raises:
        ConfigProblem: a header holds characters that no header can hold.
    """
    headers = Headers(_ACCEPTED)
    for name, value in chain.from_iterable(source.items() for source in sources):
        if not value.isascii():
            raise ConfigProblem(
                f"The header {name} holds characters that no header can hold.",
                mend="Use plain letters in the setting it comes from (such as the user agent's contact address).",
            )
        if name.lower() not in _OURS:
            headers[name] = value
    return headers


def body_of(json_value: object | None, content: bytes | str | Secret | None) -> tuple[bytes | None, str | None]:
    """Return the bytes of a body and the content type that they ask for.

    Raises:
        SetAside: the value holds what JSON cannot carry, such as half a surrogate pair.
    """
    if json_value is not None:
        return _encoded(json_value), JSON_TYPE
    if content is None or isinstance(content, bytes):
        return content, None
    return (content if isinstance(content, str) else content.get_secret_value()).encode("utf-8"), None


def _encoded(value: object) -> bytes:
    try:
        return json.dumps(value, ensure_ascii=False, allow_nan=False, separators=(",", ":")).encode("utf-8")
    except (ValueError, RecursionError) as error:
        reason = type(error).__name__
    raise SetAside(
        f"This record cannot be written down for the tool ({reason}).",
        mend="Look for broken emoji or control characters in its texts and type them again.",
    )
