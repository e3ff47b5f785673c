"""The only way a connector talks: one client per connection, with limits, retries, time-outs and no secrets shown."""

from __future__ import annotations

import asyncio
import logging
import os
from collections.abc import Container, Mapping
from datetime import timedelta
from typing import Self

import httpx

from connectors.http.address import Address, Params
from connectors.http.answers import conclude
from connectors.http.auth import Auth, Closable, Renewable, Sealed, Secret, fingerprint
from connectors.http.clock import Timing
from connectors.http.draft import OK, Draft, body_of, headers_of, is_repeated
from connectors.http.limits import Gate, Limits, gate_for
from connectors.http.redact import VAULT, guard_logs
from connectors.http.retry import Fate, Outcome, Patience, fate_of, is_too_fast, retry_after, retrying
from connectors.http.wire import Timeouts, Wire
from connectors.leave import MAY_WRITE
from domain.errors import CopsyncError

_LOG = logging.getLogger(__name__)
_REQUEST_IDS = ("x-request-id", "request-id", "x-asana-request-id")
_SENSITIVE = ("authorization", "proxy-authorization", "x-api-key")


class Http:
    """Talks to one tool for one connection. Belongs to the event loop it is first used on.

    Credentials go to the base URL's origin and path only; redirects are not followed; cookies are not kept.
    Requests are repeated only where a repeat is safe, at the tool's pace, and every failure is one of
    :mod:`domain.errors` or `HttpRefused`.

    Args:
        base_url: what every path is relative to and every link must stay below.
        auth: gives the headers that prove who asks, before every attempt.
        limits: what the tool allows.
        user_agent: names copsync and a contact, as Basecamp demands.
        secrets: whatever must never show in a log or message; also tells connections with the same token.
        headers: sent with every request.
        timeouts: per attempt.
        patience: how long to keep trying.
        timing: clocks and sleep, for tests.

    Raises:
        ConfigProblem: the base URL or a header cannot be used.
    """

    def __init__(
        self,
        base_url: str,
        *,
        auth: Auth,
        limits: Limits,
        user_agent: str,
        secrets: tuple[Secret, ...] = (),
        headers: Mapping[str, str] | None = None,
        timeouts: Timeouts | None = None,
        patience: Patience | None = None,
        timing: Timing | None = None,
    ) -> None:
        guard_logs()
        VAULT.learn(*(secret.get_secret_value() for secret in secrets))
        self._address = Address(base_url)
        self._auth = auth
        self._limits = limits
        self._standing = headers_of({"User-Agent": user_agent, **(headers or {})})
        self._timeouts = timeouts or Timeouts()
        self._patience = patience or Patience()
        self._timing = timing or Timing()
        self._budget = _budget_of(secrets)
        self._wire = Wire(self._address, limits, self._timeouts, self._timing)
        self._renewing = asyncio.Lock()
        self._gate: Gate | None = None
        self._loop: asyncio.AbstractEventLoop | None = None
        self._requests = 0
        self._writes = 0

    def __repr__(self) -> str:
        return f"<Http {self._address.origin}, {self._requests} requests>"

    async def __aenter__(self) -> Self:
        return self

    async def __aexit__(self, *_: object) -> None:
        await self.aclose()

    async def aclose(self) -> None:
        """Close every connection, and the credentials that hold some. Repeatable."""
        if isinstance(self._auth, Closable):
            await self._auth.aclose()
        await self._wire.aclose()

    @property
    def requests(self) -> int:
        """How many attempts left this machine, reads and writes, repeats included."""
        return self._requests

    @property
    def writes(self) -> int:
        """How many of them may have changed something."""
        return self._writes

    @property
    def clock_offset(self) -> timedelta | None:
        """How far the tool's clock runs ahead of ours (negative: behind); None before its first answer."""
        return self._wire.clock_offset

    async def request(
        self,
        method: str,
        url_or_path: str,
        *,
        params: Params | None = None,
        json: object | None = None,
        content: bytes | str | Secret | None = None,
        headers: Mapping[str, str] | None = None,
        repeatable: bool | None = None,
        expect: Container[int] = OK,
        timeout: float | None = None,  # noqa: ASYNC109 - bounds one attempt, not the caller's wait
    ) -> httpx.Response:
        """Send a request and return the tool's answer, fully read.

        Args:
            method: the HTTP method.
            url_or_path: a path below the base URL (see `path`), or a link of the tool that stays there.
            params: added to the query; None values are left out.
            json: sent as JSON.
            content: sent as it is; a secret is opened only on its way out.
            headers: sent besides those of the connection.
            repeatable: whether sending it twice does no harm. Left out: true for GET, HEAD, OPTIONS, PUT, DELETE.
            expect: the statuses to return; all others raise.
            timeout: seconds that one attempt may take, if not the connection's.

        Raises:
            ConnectAgain: the credentials are no longer accepted.
            HttpRefused: the tool said no (any other status that is not expected and will not pass by itself).
            Uncertain: a write may or may not have been carried out.
            Retriable: passing trouble outlived the retries, or the tool asks for a longer wait; nothing was changed.
            ConfigProblem: the address, its certificate or a header cannot be used.
            SetAside: `json` holds what JSON cannot carry.
        """
        body, kind = body_of(json, content)
        draft = Draft(
            method=method.upper(),
            url=self._address.resolve(url_or_path, params),
            headers=headers_of(self._standing, {"Content-Type": kind} if kind else {}, headers or {}),
            body=body,
            repeatable=is_repeated(method.upper(), repeatable),
            expect=expect,
            timeout=timeout or self._timeouts.total,
        )
        del json, content, headers, body  # tracebacks that print local variables shall not show them
        return await self._perform(draft)

    async def send(
        self,
        request: httpx.Request,
        *,
        repeatable: bool | None = None,
        expect: Container[int] = OK,
        timeout: float | None = None,  # noqa: ASYNC109 - bounds one attempt, not the caller's wait
    ) -> httpx.Response:
        """Send a request that an SDK built. Its own credentials stay unless this connection has some to put there.

        Arguments, result and errors are those of `request`.
        """
        return await self.request(
            request.method,
            str(request.url),
            content=await request.aread() or None,
            headers=request.headers,
            repeatable=repeatable,
            expect=expect,
            timeout=timeout,
        )

    async def _perform(self, draft: Draft) -> httpx.Response:
        try:
            outcome = await self._settle(draft)
            if _is_unauthorized(outcome, draft) and await self._renew(draft):
                outcome = await self._settle(draft)
        except CopsyncError as error:
            if not draft.maybe_done:
                raise
            outcome = Outcome(Fate.UNKNOWN, f"an attempt was lost, and then: {error.message}")
        return conclude(draft, outcome)

    async def _settle(self, draft: Draft) -> Outcome:
        attempts = retrying(self._patience, self._timing, repeatable=draft.repeatable, began=lambda: draft.began)
        outcome: Outcome = await attempts(self._attempt, draft)
        return outcome

    async def _attempt(self, draft: Draft) -> Outcome:
        gate = self._own_gate()
        async with gate.seat(write=draft.is_write):
            pause = await gate.turn(self._patience.retry_after)
            if pause:
                return Outcome(Fate.REFUSED, f"the tool asked for a pause of {pause:.0f} more seconds", wait=pause)
            if draft.is_write:
                MAY_WRITE.get()()
            outcome = await self._exchange(draft)
            if outcome.fate is Fate.REFUSED and outcome.response is not None and outcome.wait is not None:
                gate.pause(outcome.wait, too_fast=is_too_fast(outcome.response))
        draft.maybe_done |= outcome.fate is Fate.UNKNOWN and draft.is_write
        return outcome

    async def _exchange(self, draft: Draft) -> Outcome:
        signature = Sealed(await self._auth.headers())
        request = draft.signed(signature)
        credentials = {*_SENSITIVE, *signature}
        VAULT.learn(*(request.headers[name].rpartition(" ")[2] for name in credentials if name in request.headers))
        started = self._timing.clock()
        draft.began = started if draft.began is None else draft.began
        draft.attempts += 1
        has_left = True
        try:
            answer = await self._wire.carry(request, credentials, draft.timeout)
            outcome = answer if isinstance(answer, Outcome) else self._judge(answer, draft)
            has_left = outcome.fate not in (Fate.NOT_SENT, Fate.BLOCKED)
        finally:
            self._requests += has_left
            self._writes += has_left and draft.is_write
        _log(draft, outcome, self._timing.clock() - started)
        return outcome

    def _judge(self, response: httpx.Response, draft: Draft) -> Outcome:
        fate = fate_of(response, draft.expect)
        wait = retry_after(response.headers, self._timing.now())
        if wait is None and fate is Fate.REFUSED:
            wait = self._patience.backoff(draft.attempts, self._timing)
        return Outcome(fate, f"the tool answered {response.status_code}", response, wait)

    async def _renew(self, draft: Draft) -> bool:
        if not isinstance(self._auth, Renewable):
            return False
        async with self._renewing:
            if Sealed(await self._auth.headers()).digest() != draft.signature:
                return True  # another request has renewed it meanwhile
            return await self._auth.renew()

    def _own_gate(self) -> Gate:
        loop = asyncio.get_running_loop()
        if self._gate is None:
            self._gate = gate_for(self._address.origin, self._budget, self._limits, self._timing)
            self._loop = loop
        if self._loop is not loop:
            raise RuntimeError("this client belongs to another event loop; use a ThreadBridge, or one client per loop")
        return self._gate


def _is_unauthorized(outcome: Outcome, draft: Draft) -> bool:
    status = outcome.response.status_code if outcome.response is not None else None
    return status == httpx.codes.UNAUTHORIZED and status not in draft.expect


def _log(draft: Draft, outcome: Outcome, seconds: float) -> None:
    if _LOG.isEnabledFor(logging.DEBUG):
        response = outcome.response
        result = response.status_code if response is not None else outcome.reason
        ids = [response.headers[name] for name in _REQUEST_IDS if name in response.headers] if response else []
        _LOG.debug("%s: %s, %.0f ms, request id %s", draft.name, result, seconds * 1000, ids[0] if ids else "-")


def _budget_of(secrets: tuple[Secret, ...]) -> bytes:
    values = [secret.get_secret_value() for secret in secrets]
    return fingerprint(*values) if values else os.urandom(16)
