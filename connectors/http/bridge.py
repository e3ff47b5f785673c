"""Lets an SDK that blocks its thread send its requests through the connection's client on the event loop."""

from __future__ import annotations

import asyncio
from collections.abc import Container, Mapping
from concurrent.futures import CancelledError, Future

import httpx

from connectors.http.client import Http
from connectors.http.draft import OK, Headers
from connectors.http.retry import SAFE_METHODS
from domain.errors import Retriable, Uncertain

_LOOK_S = 0.5


class ThreadBridge:
    """Sends requests from worker threads with the limits, retries and errors of `Http`.

    Args:
        http: the client.
        loop: the event loop it belongs to, running in another thread.
    """

    def __init__(self, http: Http, loop: asyncio.AbstractEventLoop) -> None:
        self._http = http
        self._loop = loop

    def request(
        self,
        method: str,
        url: str,
        *,
        headers: Mapping[str, str] | None = None,
        body: bytes | str | None = None,
        timeout: float | None = None,
        repeatable: bool | None = None,
        expect: Container[int] = OK,
    ) -> httpx.Response:
        """Send a request and block this thread until it is answered; arguments and errors are those of `Http.request`.

        `timeout` bounds one attempt, in seconds; waiting for the tool's pace is not counted.

        Raises:
            RuntimeError: called on the loop's own thread, which would wait for itself for ever.
        """
        given = Headers(headers)
        del headers  # an SDK's headers hold the token; tracebacks that print local variables shall not show it
        self._refuse_own_thread()
        call = self._http.request(
            method, url, content=body, headers=given, timeout=timeout, repeatable=repeatable, expect=expect
        )
        del body
        try:
            future = asyncio.run_coroutine_threadsafe(call, self._loop)
        except RuntimeError:  # the loop is closed
            call.close()
            raise Retriable(f"{method} was not sent: the run has ended.") from None
        return self._outcome(future, method)

    def _outcome(self, future: Future[httpx.Response], method: str) -> httpx.Response:
        while not future.done() and self._loop.is_running():
            try:
                return future.result(timeout=_LOOK_S)
            except (TimeoutError, CancelledError):
                continue
        if future.done() and not future.cancelled():
            return future.result()
        if not self._loop.is_closed():
            future.cancel()  # so that a loop that goes on later does not send it behind the caller's back
        if method.upper() in SAFE_METHODS:
            raise Retriable(f"{method} was stopped: the run has ended.")
        raise Uncertain(f"{method} was stopped: the run has ended; the tool may or may not have carried it out.")

    def _refuse_own_thread(self) -> None:
        try:
            running = asyncio.get_running_loop()
        except RuntimeError:
            return  # a worker thread: the usual case
        if running is self._loop:
            raise RuntimeError("a ThreadBridge must be used from a worker thread; await Http.request on the loop")
