"""The wire of one connection: sends one attempt, reads the whole answer and lets no credential stay behind."""

from __future__ import annotations

import asyncio
import ssl
import traceback
from collections.abc import Iterable
from dataclasses import dataclass
from datetime import timedelta
from functools import cache
from http.cookiejar import CookieJar, DefaultCookiePolicy

import httpx

from connectors.http.address import Address
from connectors.http.clock import Timing, VendorClock
from connectors.http.limits import Limits
from connectors.http.redact import VAULT
from connectors.http.retry import Outcome
from connectors.http.trouble import outcome_of

_KEPT_OPEN_S = 4.0  # shorter than servers keep idle connections, so that a write seldom meets one that just closed


@dataclass(frozen=True, slots=True)
class Timeouts:
    """How long one attempt may take, in seconds: each phase, and `total` from sending to the last byte."""

    connect: float = 10.0
    read: float = 30.0
    write: float = 30.0
    pool: float = 30.0
    total: float = 90.0


class Wire:
    """Carries single attempts; follows no redirect, keeps no cookie, uses no proxy to this machine itself."""

    def __init__(self, address: Address, limits: Limits, timeouts: Timeouts, timing: Timing) -> None:
        self._timing = timing
        self._vendor_clock = VendorClock()
        self._client = _client(address, limits, timeouts)

    @property
    def clock_offset(self) -> timedelta | None:
        """The vendor's time minus ours; None before the first answer."""
        return self._vendor_clock.offset

    async def aclose(self) -> None:
        """Close every connection."""
        await self._client.aclose()

    async def carry(
        self, request: httpx.Request, credentials: Iterable[str], seconds: float
    ) -> httpx.Response | Outcome:
        """Send a request and return its whole answer, or what is known when there is none.

        Args:
            request: signed; unsigned again when this returns, because it stays reachable from the answer.
            credentials: the names of the headers that are taken out of it.
            seconds: the time until the last byte.
        """
        try:
            async with asyncio.timeout(seconds):
                return await self._read(request)
        except (httpx.HTTPError, httpx.StreamError, OSError) as error:
            return outcome_of(error)
        except BaseException as error:  # noqa: BLE001 - raised again, without the frames that hold the headers
            raise _without_frames(error) from None
        finally:
            for name in credentials:
                request.headers.pop(name, None)

    async def _read(self, request: httpx.Request) -> httpx.Response:
        sent = self._timing.now()
        response = await self._client.send(request, stream=True, auth=None, follow_redirects=False)
        try:
            self._vendor_clock.learn(sent, self._timing.now(), response.headers)
            await response.aread()
        finally:
            await response.aclose()
        response.next_request = None  # holds a copy of the credentials
        response.headers.pop("set-cookie", None)
        return response


def _without_frames(error: BaseException) -> BaseException:
    """Cut the wire's frames off an exception that passes through, for they hold headers; note where it came from."""
    if isinstance(error, Exception):
        error.add_note(VAULT.mask("Inside of the HTTP client:\n" + "".join(traceback.format_tb(error.__traceback__))))
    error.__context__ = None
    return error.with_traceback(None)


def _client(address: Address, limits: Limits, timeouts: Timeouts) -> httpx.AsyncClient:
    connections = limits.at_once + (limits.writes_at_once or 0)
    return httpx.AsyncClient(
        verify=_trust() if address.is_tls else _trust_nobody(),
        trust_env=not address.is_loopback,
        cookies=CookieJar(DefaultCookiePolicy(allowed_domains=())),
        timeout=httpx.Timeout(connect=timeouts.connect, read=timeouts.read, write=timeouts.write, pool=timeouts.pool),
        limits=httpx.Limits(
            max_connections=connections, max_keepalive_connections=connections, keepalive_expiry=_KEPT_OPEN_S
        ),
    )


@cache
def _trust() -> ssl.SSLContext:
    """Load the trusted certificates once per process: each copy costs 20 ms and some megabytes."""
    return httpx.create_ssl_context()


@cache
def _trust_nobody() -> ssl.SSLContext:
    """Return what a plain http client gets instead: it loads nothing, and any https through it would fail."""
    return ssl.SSLContext(ssl.PROTOCOL_TLS_CLIENT)
