"""Listens on this machine alone for a browser that comes back from a tool's sign-in page."""

from __future__ import annotations

import sys
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from queue import Empty, Queue
from threading import Thread
from typing import Any, Generic, TypeVar
from urllib.parse import urlsplit

from domain.errors import ConfigProblem, CopsyncError

T = TypeVar("T")

_LOOK_S = 0.2
_SILENT_S = 10.0  # browsers open connections that they may never use
_PAGE = "<!doctype html><meta charset=utf-8><title>copsync</title><p style='font:1.2em sans-serif'>{}</p>"
_HEADERS = {
    "Content-Type": "text/html; charset=utf-8",
    "Cache-Control": "no-store",
    "Referrer-Policy": "no-referrer",
    "Content-Security-Policy": "default-src 'none'; style-src 'unsafe-inline'",
}
_DONE = "copsync has what it needs. You can close this page."
_FOREIGN = "This belongs to another sign-in. Open the address that the terminal shows."
_REFUSED = "copsync could not use this answer; the terminal says why."


class _Server(ThreadingHTTPServer):
    daemon_threads = True

    def handle_error(self, request: Any, client_address: Any) -> None:
        """Pass over a browser that left before its answer; anything else is told as ever."""
        if not isinstance(sys.exc_info()[1], ConnectionError):
            super().handle_error(request, client_address)


class Callback(Generic[T]):
    """Waits for the one request that `read` accepts; all others are turned away and change nothing.

    Args:
        redirect: the address to listen at, with a loopback host and a port.
        read: returns what a request's address (path and query) holds, or None if it is not meant; raises what
            the wait shall end with.
    """

    def __init__(self, redirect: str, read: Callable[[str], T | None]) -> None:
        self._answers: Queue[T | CopsyncError] = Queue()
        self._path = urlsplit(redirect).path or "/"
        self._read = read
        port = urlsplit(redirect).port or 80
        try:
            self._server = _Server(("127.0.0.1", port), self._handler())
        except OSError as taken:
            raise ConfigProblem(
                f"Nothing can listen at {redirect} ({taken.strerror}).",
                mend="Stop the program that uses this port, name another address with --redirect (and register it "
                "with the app), or use --paste.",
            ) from None

    @contextmanager
    def listening(self) -> Iterator[None]:
        """Answer requests for the length of a block."""
        thread = Thread(target=self._server.serve_forever, args=(_LOOK_S,), name="callback", daemon=True)
        thread.start()
        try:
            yield
        finally:
            self._server.shutdown()
            self._server.server_close()
            thread.join()

    def wait(self, seconds: float) -> T | None:
        """Return what came, or None when nothing did in time; Ctrl-C ends the wait.

        Raises:
            CopsyncError: what `read` raised.
        """
        until = time.monotonic() + seconds
        while time.monotonic() < until:
            try:
                answer = self._answers.get(timeout=_LOOK_S)
            except Empty:
                continue
            if isinstance(answer, CopsyncError):
                raise answer
            return answer
        return None

    def _take(self, target: str) -> tuple[int, str]:
        """Return the status and the words for a request, and hand on what it holds."""
        if target.partition("?")[0] != self._path:
            return 404, "There is nothing here."
        try:
            found = self._read(target)
        except CopsyncError as refusal:
            self._answers.put(refusal)
            return 400, _REFUSED
        if found is None:
            return 400, _FOREIGN
        self._answers.put(found)
        return 200, _DONE

    def _handler(self) -> type[BaseHTTPRequestHandler]:
        take = self._take

        class Handler(BaseHTTPRequestHandler):
            timeout = _SILENT_S
            server_version, sys_version = "copsync", ""

            def do_GET(self) -> None:
                status, words = take(self.path)
                page = _PAGE.format(words).encode("utf-8")
                self.send_response(status)
                for name, value in {**_HEADERS, "Content-Length": str(len(page)), "Connection": "close"}.items():
                    self.send_header(name, value)
                self.end_headers()
                self.wfile.write(page)

            def log_message(self, *_: object) -> None:
                """Write nothing: the address holds the code."""

        return Handler
