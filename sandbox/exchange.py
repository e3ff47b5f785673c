"""One request on its way to an app and the answer on its way back, with the means to tamper with both."""

from collections.abc import Callable
from dataclasses import dataclass

from starlette.types import ASGIApp, Message, Receive, Scope, Send

from sandbox.listings import Answer

CUT = "sandbox.cut"
"""Key in an ASGI scope's ``state`` under which the server offers a function that aborts the connection."""


class ConnectionCutError(ConnectionError):
    """Stands for a cut connection where no server offers a real one (an app called in process)."""


@dataclass(frozen=True, slots=True)
class Seen:
    """One request a stand-in received; ``status`` is 0 when its answer never left."""

    method: str
    path: str
    query: str
    status: int
    fault: str | None = None


class Exchange:
    """One request on its way to the app, and the answer on its way back."""

    def __init__(
        self, app: ASGIApp, scope: Scope, receive: Receive, send: Send, account: Callable[[Seen], None]
    ) -> None:
        self.app, self.scope, self.receive, self._send = app, scope, receive, send
        self._account = account
        self.path: str = scope["path"]
        self.query: str = scope["query_string"].decode("latin-1")
        self.target = f"{self.path}?{self.query}" if self.query else self.path
        self.fault: str | None = None

    async def forward(self) -> None:
        """Let the app answer by itself."""
        await self.app(self.scope, self.receive, self.send)

    async def send(self, message: Message) -> None:
        """Send on, having accounted for the request first: a client that has its answer can rely on it."""
        if message["type"] == "http.response.start":
            self._note(message["status"])
        await self._send(message)

    def _note(self, status: int) -> None:
        self._account(Seen(self.scope["method"], self.path, self.query, status, self.fault))

    async def answer(self) -> Answer:
        """Have the app process the request, and keep its answer."""
        return await _collect(self.app, self.scope, self.receive)

    async def answer_at(self, path: str, query: str) -> Answer:
        """Ask the app for another address with this request's headers, and keep the answer."""
        raw = {"path": path, "raw_path": path.encode(), "query_string": query.encode("latin-1")}
        return await _collect(self.app, {**self.scope, **raw}, _no_body)

    async def send_answer(self, answer: Answer) -> None:
        """Send an answer that was kept or made up."""
        headers = [tuple(pair) for pair in answer.headers]
        await self.send({"type": "http.response.start", "status": answer.status, "headers": headers})
        await self.send({"type": "http.response.body", "body": answer.body})

    async def cut(self) -> None:
        """Abort the connection and wait until the server has noticed."""
        self._note(0)
        abort = self.scope.get("state", {}).get(CUT)
        if abort is None:
            raise ConnectionCutError("the connection was cut by a fault")
        abort()
        while (await self.receive())["type"] != "http.disconnect":
            pass


async def _no_body() -> Message:
    return {"type": "http.request", "body": b"", "more_body": False}


async def _collect(app: ASGIApp, scope: Scope, receive: Receive) -> Answer:
    start: Message = {}
    parts: list[bytes] = []

    async def keep(message: Message) -> None:
        if message["type"] == "http.response.start":
            start.update(message)
        elif message["type"] == "http.response.body":
            parts.append(message.get("body", b""))

    await app(scope, receive, keep)
    headers = tuple((bytes(key), bytes(value)) for key, value in start.get("headers", ()))
    return Answer(start["status"], headers, b"".join(parts))
