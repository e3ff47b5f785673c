"""What an exception of the wire says about the request: whether it left, and in words why it failed."""

from __future__ import annotations

import ssl
from collections.abc import Iterator
from socket import gaierror

import httpx

from connectors.http.redact import VAULT
from connectors.http.retry import Fate, Outcome

_NOT_SENT = (httpx.ConnectError, httpx.ConnectTimeout, httpx.PoolTimeout, httpx.ProxyError)
_MALFORMED = (httpx.LocalProtocolError, httpx.UnsupportedProtocol)
_NO_TLS = frozenset({"WRONG_VERSION_NUMBER", "RECORD_LAYER_FAILURE", "HTTP_REQUEST", "UNKNOWN_PROTOCOL"})


def outcome_of(error: Exception) -> Outcome:
    """Turn an exception of the wire into data, so that nothing keeps its frames (they hold the headers)."""
    if isinstance(error, _MALFORMED):
        return Outcome(Fate.BLOCKED, "the request could not be put on the wire")  # its text may quote a header
    if isinstance(error, _NOT_SENT):
        blocked = _tls_fault(error)
        if blocked:
            return Outcome(Fate.BLOCKED, blocked)
        return Outcome(Fate.NOT_SENT, f"could not be reached ({_why(error)})")
    if isinstance(error, (httpx.TimeoutException, TimeoutError)):
        return Outcome(Fate.UNKNOWN, "did not answer in time")
    if isinstance(error, httpx.DecodingError):
        return Outcome(Fate.UNKNOWN, "sent an answer that cannot be unpacked")
    return Outcome(Fate.UNKNOWN, f"the connection broke before the answer was complete ({_why(error)})")


def _why(error: Exception) -> str:
    if any(isinstance(cause, gaierror) for cause in _causes(error)):
        return "its name is not known"
    if isinstance(error, httpx.ConnectTimeout):
        return "no connection in time"
    return VAULT.mask(str(error).strip().rstrip(".")) or type(error).__name__


def _tls_fault(error: Exception) -> str | None:
    for cause in _causes(error):
        if isinstance(cause, ssl.SSLCertVerificationError):
            return f"its certificate is not trusted ({cause.verify_message})"
        if isinstance(cause, ssl.SSLError) and cause.reason in _NO_TLS:
            return "it does not speak https"
    return None


def _causes(error: BaseException | None) -> Iterator[BaseException]:
    while error is not None:
        yield error
        error = error.__cause__ or error.__context__
