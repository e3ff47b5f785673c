"""A scripted tool on a real socket: answers as told, and can cut, stall or garble at any point of an answer."""

from __future__ import annotations

import asyncio
import socket
from collections.abc import AsyncIterator, Awaitable, Callable
from contextlib import asynccontextmanager, suppress
from dataclasses import dataclass, field
from typing import Any, Literal

import uvicorn
from starlette.applications import Starlette
from starlette.requests import Request
from starlette.responses import JSONResponse, Response
from starlette.routing import Route
from starlette.types import Receive, Scope, Send
from uvicorn.protocols.http.h11_impl import H11Protocol

METHODS = ["GET", "HEAD", "OPTIONS", "POST", "PUT", "PATCH", "DELETE"]
_TRANSPORTS: dict[tuple[str, int], asyncio.Transport] = {}


@dataclass
class Reply:
    """One answer. `cut` breaks the connection: before or after the tool did the work, or within the body."""

    status: int = 200
    json: Any = field(default_factory=lambda: {"ok": True})
    body: bytes | None = None
    headers: dict[str, str] = field(default_factory=dict)
    cut: Literal["before", "after", "within"] | None = None
    stall: Literal["before", "within"] | None = None


@dataclass
class Seen:
    method: str
    path: str
    query: str
    headers: dict[str, str]
    body: bytes


class Tool:
    """What the server was asked, what it did, and what it will answer next (200 when the script has run out)."""

    def __init__(self) -> None:
        self.url = ""
        self.script: list[Reply | Callable[[Seen], Reply]] = []
        self.seen: list[Seen] = []
        self.done = 0
        self.under_way: dict[bool, int] = {False: 0, True: 0}
        self.most_under_way: dict[bool, int] = {False: 0, True: 0}
        self.gate: asyncio.Event | None = None

    def will(self, *replies: Reply | Callable[[Seen], Reply]) -> None:
        self.script.extend(replies)

    async def answer(self, request: Request) -> Response:
        body = await request.body()
        seen = Seen(request.method, request.url.path, request.url.query, dict(request.headers), body)
        self.seen.append(seen)
        step = self.script.pop(0) if self.script else Reply()
        reply = step(seen) if callable(step) else step
        write = request.method not in ("GET", "HEAD", "OPTIONS")
        self.under_way[write] += 1
        self.most_under_way[write] = max(self.most_under_way[write], self.under_way[write])
        try:
            if self.gate is not None:
                await self.gate.wait()
            if reply.cut != "before":
                self.done += 1
        finally:
            self.under_way[write] -= 1
        return _Faulty(reply) if reply.cut or reply.stall else _whole(reply)


def _whole(reply: Reply) -> Response:
    if reply.body is not None or reply.status in (204, 304):
        return Response(reply.body, reply.status, reply.headers)
    return JSONResponse(reply.json, reply.status, reply.headers)


class _Faulty(Response):
    def __init__(self, reply: Reply) -> None:
        super().__init__()
        self._reply = reply

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        if "within" in (self._reply.cut, self._reply.stall):
            headers = [(b"content-type", b"application/json"), (b"content-length", b"1000")]
            await send({"type": "http.response.start", "status": self._reply.status, "headers": headers})
            await send({"type": "http.response.body", "body": b'{"half": "of', "more_body": True})
        if self._reply.cut:
            await asyncio.sleep(0)
            _TRANSPORTS[scope["client"]].close()
        while (await receive())["type"] != "http.disconnect":
            pass


class _Cuttable(H11Protocol):
    def connection_made(self, transport: asyncio.Transport) -> None:  # type: ignore[override]  # as uvicorn has it
        super().connection_made(transport)
        self._peer = transport.get_extra_info("peername")[:2]  # a closed TLS transport does not know it any more
        _TRANSPORTS[self._peer] = transport

    def connection_lost(self, exc: Exception | None) -> None:
        _TRANSPORTS.pop(self._peer, None)
        super().connection_lost(exc)


@asynccontextmanager
async def serving(tool: Tool, *, port: int = 0, tls: tuple[str, str] | None = None) -> AsyncIterator[Tool]:
    """Serve a tool on 127.0.0.1 with uvicorn, in the running loop."""
    listener = socket.socket(socket.AF_INET, socket.SOCK_STREAM, socket.IPPROTO_TCP)  # so that asyncio sets NODELAY
    listener.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
    listener.bind(("127.0.0.1", port))
    app = Starlette(routes=[Route("/{path:path}", tool.answer, methods=METHODS)])
    server = uvicorn.Server(
        uvicorn.Config(
            app,
            http=_Cuttable,
            ws="none",
            lifespan="off",
            log_config=None,
            access_log=False,
            date_header=False,
            ssl_certfile=tls[0] if tls else None,
            ssl_keyfile=tls[1] if tls else None,
        )
    )
    server.config.load()
    server.lifespan = server.config.lifespan_class(server.config)
    await server.startup(sockets=[listener])
    tool.url = f"{'https' if tls else 'http'}://127.0.0.1:{listener.getsockname()[1]}"
    try:
        yield tool
    finally:
        if tool.gate is not None:
            tool.gate.set()
        await _stop(server)
        listener.close()


async def _stop(server: uvicorn.Server) -> None:
    """Stop as `uvicorn.Server.shutdown` does, without its fixed nap."""
    for each in server.servers:
        each.close()
    for connection in list(server.server_state.connections):
        connection.shutdown()
    while server.server_state.connections or server.server_state.tasks:
        await asyncio.sleep(0.001)


@asynccontextmanager
async def babbling(say: Callable[[asyncio.StreamWriter], Awaitable[None]]) -> AsyncIterator[str]:
    """Serve what is no proper HTTP: `say` writes to each connection after its first line. Yields the base URL."""
    tasks: set[asyncio.Task[None]] = set()

    async def handle(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        task = asyncio.current_task()
        assert task is not None
        tasks.add(task)
        with suppress(ConnectionError, asyncio.CancelledError):
            await reader.readline()
            await say(writer)
        writer.close()
        with suppress(ConnectionError):
            await writer.wait_closed()

    server = await asyncio.start_server(handle, "127.0.0.1", 0)
    async with server:
        yield f"http://127.0.0.1:{server.sockets[0].getsockname()[1]}"
        for task in tasks:
            task.cancel()
        await asyncio.gather(*tasks, return_exceptions=True)


def free_port() -> int:
    """Return a port on which nobody listens just now."""
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        port: int = probe.getsockname()[1]
        return port
