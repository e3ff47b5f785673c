"""Real HTTP on the loopback interface for the stand-ins: one port per tool, one thread for all of them.

``with serve({"asana": app}) as urls`` starts cleanly (the block begins when the sockets answer) and stops
cleanly. ``run_forever`` does the same in the foreground until Ctrl-C or SIGTERM.
"""

import asyncio
import signal
import socket
import threading
from collections.abc import Callable, Coroutine, Iterable, Iterator, Mapping
from concurrent.futures import Future
from contextlib import contextmanager
from types import FrameType
from typing import Any, TypeVar

import uvicorn
from starlette.types import ASGIApp
from uvicorn.protocols.http.h11_impl import H11Protocol

from sandbox.exchange import CUT

HOST = "127.0.0.1"
ACCOUNT = "195539477"
"""The Basecamp account number that the stand-ins use unless told otherwise."""

GRACE_S = 2.0
"""How long a stopping server waits for requests under way, in seconds."""

_T = TypeVar("_T")


class PortTakenError(OSError):
    """A port asked for is in use; the message says which and what to do."""


def base_url(tool: str, origin: str, *, account: str = ACCOUNT) -> str:
    """Return the base URL of a tool's API under an origin, as the vendor's documentation spells the path."""
    paths = {"asana": "/api/1.0", "basecamp": f"/{account}", "microsoft365": "/v1.0"}
    return origin + paths.get(tool, "")


class Server:
    """Serves one ASGI app per tool on 127.0.0.1, in a background thread.

    The ports are taken at once, so the origins are known before the apps exist (a stand-in writes its own
    address into links). ``start`` returns when every socket answers; ``stop`` when all is closed.

    Args:
        tools: names under which apps will be served.
        ports: port per tool; a free one is taken for those left out.
    """

    def __init__(self, tools: Iterable[str], ports: Mapping[str, int] | None = None) -> None:
        self.origins: dict[str, str] = {}
        self._sockets: dict[str, socket.socket] = {}
        self._thread: threading.Thread | None = None
        self._loop: asyncio.AbstractEventLoop | None = None
        self._stop: asyncio.Event | None = None
        self._failure: BaseException | None = None
        self._ready = threading.Event()
        try:
            for tool in tools:
                self._bind(tool, (ports or {}).get(tool, 0))
        except OSError:
            self._close_sockets()
            raise

    def start(self, apps: Mapping[str, ASGIApp]) -> None:
        """Serve the apps; blocks until they answer.

        Raises:
            RuntimeError: an app could not be started, or the server is running already.
        """
        if self._thread is not None:
            raise RuntimeError("This server is running already; stop it before starting it again.")
        self._thread = threading.Thread(target=self._run, args=(dict(apps),), name="sandbox", daemon=True)
        self._thread.start()
        self._ready.wait()
        if self._failure is not None:
            self.stop()
            raise RuntimeError("The stand-ins could not be started.") from self._failure

    def stop(self) -> None:
        """Close every connection and socket and end the thread; safe to call twice."""
        if self._thread is not None and self._loop is not None and self._stop is not None:
            if self._thread.is_alive():
                self._loop.call_soon_threadsafe(self._stop.set)
            self._thread.join()
        self._thread = None
        self._close_sockets()

    def run(self, work: Coroutine[Any, Any, _T]) -> _T:
        """Run a coroutine on the server's own loop and return its result (from any other thread)."""
        if self._loop is None or self._thread is None:
            work.close()
            raise RuntimeError("The server is not running; start it first.")
        future: Future[_T] = asyncio.run_coroutine_threadsafe(work, self._loop)
        return future.result()

    def _bind(self, tool: str, port: int) -> None:
        # Named as TCP: asyncio turns Nagle's delay (40 ms an answer) off only for sockets that say so.
        listener = socket.socket(socket.AF_INET, socket.SOCK_STREAM, socket.IPPROTO_TCP)
        self._sockets[tool] = listener
        listener.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        try:
            listener.bind((HOST, port))
        except OSError as error:
            mend = "Stop the program that uses it, or choose another port."
            raise PortTakenError(error.errno, f"Port {port} for {tool} is not free. {mend}") from error
        self.origins[tool] = f"http://{HOST}:{listener.getsockname()[1]}"

    def _close_sockets(self) -> None:
        for listener in self._sockets.values():
            listener.close()

    def _run(self, apps: dict[str, ASGIApp]) -> None:
        try:
            asyncio.run(self._serve(apps))
        except (Exception, SystemExit) as error:  # noqa: BLE001 - handed to the thread that called start()
            self._failure = error
        finally:
            self._ready.set()

    async def _serve(self, apps: dict[str, ASGIApp]) -> None:
        self._loop = asyncio.get_running_loop()
        self._stop = asyncio.Event()
        servers = [_Uvicorn(_quiet(app), self._stop) for app in apps.values()]
        async with asyncio.TaskGroup() as group:
            for tool, server in zip(apps, servers, strict=True):
                group.create_task(server.serve(sockets=[self._sockets[tool]]))
            for server in servers:
                await server.answering.wait()
            self._ready.set()


class _Uvicorn(uvicorn.Server):
    """uvicorn without polling: it tells when it answers, and stops as soon as the running requests end."""

    def __init__(self, config: uvicorn.Config, stop: asyncio.Event) -> None:
        super().__init__(config)
        self.answering = asyncio.Event()
        self._stop_asked = stop

    async def startup(self, sockets: list[socket.socket] | None = None) -> None:
        await super().startup(sockets)
        self.answering.set()

    async def main_loop(self) -> None:
        await self._stop_asked.wait()

    async def shutdown(self, sockets: list[socket.socket] | None = None) -> None:
        for server in self.servers:
            server.close()
        state = self.server_state
        for connection in list(state.connections):
            connection.shutdown()
        if state.tasks:
            _, stuck = await asyncio.wait(set(state.tasks), timeout=GRACE_S)
            for task in stuck:
                task.cancel()
        for connection in list(state.connections):
            connection.transport.abort()
        while state.connections or state.tasks:  # noqa: ASYNC110 - uvicorn keeps sets and tells nobody
            await asyncio.sleep(0)
        for server in self.servers:
            await server.wait_closed()
        await self.lifespan.shutdown()


class _Cuttable(H11Protocol):
    """HTTP/1.1 that lets a request's ASGI app abort its own connection, as a broken network would."""

    def connection_made(self, transport: asyncio.Transport) -> None:  # type: ignore[override]  # as in uvicorn
        super().connection_made(transport)
        self.app_state = {**self.app_state, CUT: transport.abort}


def _quiet(app: ASGIApp) -> uvicorn.Config:
    return uvicorn.Config(
        app,
        http=_Cuttable,
        ws="none",
        log_config=None,
        log_level="error",
        access_log=False,
        date_header=False,
        server_header=False,
        timeout_keep_alive=120,
    )


@contextmanager
def serve(
    apps: Mapping[str, ASGIApp], *, ports: Mapping[str, int] | None = None, account: str = ACCOUNT
) -> Iterator[dict[str, str]]:
    """Serve apps for the length of a block and yield the base URL of each tool's API.

    Args:
        apps: an app per tool name (``asana``, ``basecamp``, ``microsoft365``; others get no path).
        ports: port per tool; free ones otherwise.
        account: Basecamp account number in that tool's base URL.
    """
    server = Server(apps, ports)
    server.start(apps)
    try:
        yield {tool: base_url(tool, origin, account=account) for tool, origin in server.origins.items()}
    finally:
        server.stop()


def run_forever(
    apps: Mapping[str, ASGIApp],
    *,
    ports: Mapping[str, int] | None = None,
    account: str = ACCOUNT,
    announce: Callable[[dict[str, str]], None] | None = None,
) -> None:
    """Serve apps until Ctrl-C or SIGTERM; ``announce`` gets the base URLs once they answer.

    Call it from the main thread: only that one receives signals.
    """
    with serve(apps, ports=ports, account=account) as urls, stop_signals() as asked:
        if announce is not None:
            announce(urls)
        asked.wait()


@contextmanager
def stop_signals() -> Iterator[threading.Event]:
    """Turn Ctrl-C and SIGTERM into an event for the length of a block (main thread only)."""
    asked = threading.Event()

    def note(_number: int, _frame: FrameType | None) -> None:
        asked.set()

    before = {number: signal.signal(number, note) for number in (signal.SIGINT, signal.SIGTERM)}
    try:
        yield asked
    finally:
        for number, handler in before.items():
            signal.signal(number, handler)
