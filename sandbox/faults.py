"""Faults on the wire, injected between a client and a stand-in of a tool.

Wrap an app once, then arm faults by method and path while it serves::

    faults = Faults(app)
    faults.add(Fault("POST", r"/tasks$", "lost_answer", after=60))

Everything is counted and nothing is random: the same requests meet the same faults.
"""

import asyncio
import re
import threading
from collections import Counter, deque
from collections.abc import Callable
from dataclasses import KW_ONLY, dataclass, replace
from typing import Literal

from starlette.types import ASGIApp, Receive, Scope, Send

from sandbox.exchange import Exchange, Seen
from sandbox.listings import Answer, Target, next_page, shorten, target_of

Kind = Literal[
    "lost_answer",
    "cut",
    "status",
    "throttle",
    "delay",
    "hold",
    "truncated_json",
    "html",
    "empty_list",
    "short_list",
    "repeat_page",
    "skip_page",
]

_ON_THE_ANSWER = {"truncated_json", "empty_list", "short_list", "repeat_page", "skip_page"}
_MOST_PAGES = 1000
_HTML_PAGE = (
    b"<!doctype html><html><head><title>Back soon</title></head><body><h1>We will be back soon</h1></body></html>"
)

_THROTTLED = {
    "asana": '{"errors": [{"message": "Too many requests for this token."}]}',
    "graph": '{"error": {"code": "ApplicationThrottled", "message": "Too many requests for this mailbox."}}',
}


@dataclass(frozen=True, slots=True)
class Fault:
    """One fault to inject.

    Attributes:
        method: HTTP method, or ``*`` for any.
        path_regex: searched in ``path`` or ``path?query`` of the request.
        kind: ``lost_answer`` (the request is processed, then the connection is cut), ``cut`` (before
            processing), ``status``, ``throttle`` (429), ``delay``, ``hold`` (until released),
            ``truncated_json``, ``html`` (200 with a page), ``empty_list``, ``short_list`` (a listing cut
            to nothing or to ``share``, looking complete), ``repeat_page`` (the page before is served
            again, and points on), ``skip_page`` (the page after is served instead).
        times: how often to inject; None for ever.
        after: how many requests that would have met the fault pass first.
        status: for ``status``; the body is an HTML page unless ``body`` is given.
        body: body for ``status`` and ``throttle``; JSON if it starts with a brace.
        retry_after: seconds for the Retry-After header (``throttle`` sends 1 unless told otherwise).
        seconds: length of a ``delay``.
        share: share of the rows a ``short_list`` keeps.
        processed: for ``status``, ``delay`` and ``hold``: the app processes the request first.
    """

    method: str
    path_regex: str
    kind: Kind
    _: KW_ONLY
    times: int | None = 1
    after: int = 0
    status: int = 503
    body: str | None = None
    retry_after: int | None = None
    seconds: float = 0.2
    share: float = 0.4
    processed: bool = False

    def meets(self, method: str, target: str) -> bool:
        """Tell whether a request is one that this fault is meant for."""
        return self.method in ("*", method) and re.search(self.path_regex, target) is not None


class Armed:
    """A fault in place: how often it struck, and the handle to release or remove it.

    `reached` is set once it has struck; for a ``hold``, once the request is being kept (so with `processed`,
    the app has done its part by then).
    """

    def __init__(self, fault: Fault) -> None:
        self.fault = fault
        self.matched = 0
        self.hits = 0
        self.reached = threading.Event()
        self._removed = False
        self._released = False
        self._waiting: list[tuple[asyncio.AbstractEventLoop, asyncio.Event]] = []
        self._lock = threading.Lock()

    def meets(self, method: str, target: str) -> bool:
        """Tell whether the fault is still armed for such a request."""
        spent = self.fault.times is not None and self.hits >= self.fault.times
        return not (self._removed or spent) and self.fault.meets(method, target)

    def take(self) -> bool:
        """Count a request that meets the fault; True if it is struck."""
        with self._lock:
            self.matched += 1
            if self._removed or self.matched <= self.fault.after:
                return False
            if self.fault.times is not None and self.hits >= self.fault.times:
                return False
            self.hits += 1
        if self.fault.kind != "hold":
            self.reached.set()
        return True

    def remove(self) -> None:
        """Disarm the fault and let go what it holds."""
        self._removed = True
        self.release()

    def release(self) -> None:
        """Let go every request a ``hold`` keeps, and keep none from now on; callable from any thread."""
        with self._lock:
            self._released = True
            waiting, self._waiting = self._waiting, []
        for loop, gate in waiting:
            loop.call_soon_threadsafe(gate.set)

    async def wait(self) -> None:
        """Keep the request until it is released."""
        gate = asyncio.Event()
        with self._lock:
            if self._released:
                gate.set()
            self._waiting.append((asyncio.get_running_loop(), gate))
        self.reached.set()
        await gate.wait()


class Faults:
    """ASGI middleware that injects faults and keeps account of every request.

    Attributes:
        hits: how many faults were injected, by kind.
        seen: the latest requests with the status that was sent.
    """

    def __init__(self, app: ASGIApp) -> None:
        self.app = app
        self.hits: Counter[str] = Counter()
        self.seen: deque[Seen] = deque(maxlen=100_000)
        self._armed: list[Armed] = []
        self._offered: dict[Target, Answer] = {}
        self._deeds: dict[str, Callable[[Fault, Exchange], Answer | None]] = {
            "status": lambda fault, _: _error(fault, fault.status),
            "throttle": lambda fault, exchange: _throttled(fault, exchange.path),
            "html": lambda *_: _page(200),
        }

    def add(self, fault: Fault) -> Armed:
        """Arm a fault; the first armed one that meets a request strikes."""
        armed = Armed(fault)
        self._armed.append(armed)
        return armed

    def clear(self) -> None:
        """Disarm everything and let go what is held; the accounts stay."""
        armed, self._armed = self._armed, []
        for one in armed:
            one.remove()
        self._offered.clear()

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Serve one request, with at most one fault."""
        if scope["type"] != "http":
            await self.app(scope, receive, send)
            return
        await self._serve(Exchange(self.app, scope, receive, send, self._account))

    def _account(self, seen: Seen) -> None:
        self.seen.append(seen)
        if seen.fault is not None:
            self.hits[seen.fault] += 1

    async def _serve(self, exchange: Exchange) -> None:
        on_the_answer: list[Armed] = []
        for armed in [one for one in self._armed if one.meets(exchange.scope["method"], exchange.target)]:
            if armed.fault.kind in _ON_THE_ANSWER:
                on_the_answer.append(armed)
            elif armed.take():
                await self._strike(armed, exchange)
                return
        if on_the_answer:
            await self._change(on_the_answer, exchange)
        else:
            await self._pass(exchange)

    async def _pass(self, exchange: Exchange) -> None:
        if not self._pages_matter():
            await exchange.forward()
            return
        answer = await exchange.answer()
        self._remember(answer, exchange)
        await exchange.send_answer(answer)

    def _pages_matter(self) -> bool:
        return any(armed.fault.kind == "repeat_page" for armed in self._armed)

    async def _strike(self, armed: Armed, exchange: Exchange) -> None:
        fault = armed.fault
        exchange.fault = fault.kind
        answer = await exchange.answer() if fault.processed or fault.kind == "lost_answer" else None
        if fault.kind in ("lost_answer", "cut"):
            await exchange.cut()
            return
        if fault.kind == "delay":
            await asyncio.sleep(fault.seconds)
        elif fault.kind == "hold":
            await armed.wait()
        else:
            answer = self._deeds[fault.kind](fault, exchange)
        await exchange.send_answer(answer or await exchange.answer())

    async def _change(self, candidates: list[Armed], exchange: Exchange) -> None:
        answer = await exchange.answer()
        for armed in candidates:
            changed = await self._changed(armed.fault, answer, exchange)
            if changed is not None and armed.take():
                exchange.fault = armed.fault.kind
                answer = changed
                break
        if self._pages_matter() and exchange.fault != "truncated_json":
            self._remember(answer, exchange)
        await exchange.send_answer(answer)

    async def _changed(self, fault: Fault, answer: Answer, exchange: Exchange) -> Answer | None:
        if fault.kind == "truncated_json":
            return answer.with_body(answer.body[: len(answer.body) // 2]) if answer.body else None
        if fault.kind == "repeat_page":
            return self._offered.get(target_of(exchange.path, exchange.query))
        if fault.kind == "skip_page":
            following = next_page(answer, exchange.path, exchange.query)
            return await exchange.answer_at(*following) if following else None
        last = await _last_page(answer, exchange) if "delta" in exchange.path else None
        return shorten(answer, 0.0 if fault.kind == "empty_list" else fault.share, last)

    def _remember(self, answer: Answer, exchange: Exchange) -> None:
        following = next_page(answer, exchange.path, exchange.query)
        if following:
            self._offered[target_of(*following)] = answer


async def _last_page(answer: Answer, exchange: Exchange) -> Answer:
    path, query = exchange.path, exchange.query
    for _ in range(_MOST_PAGES):
        following = next_page(answer, path, query)
        if following is None:
            break
        path, query = following
        answer = await exchange.answer_at(path, query)
    return answer


def _page(status: int, *more: tuple[bytes, bytes]) -> Answer:
    kind = (b"content-type", b"text/html; charset=utf-8")
    return Answer(status, (kind, *more), b"").with_body(_HTML_PAGE)


def _error(fault: Fault, status: int, retry_after: int | None = None) -> Answer:
    wait = fault.retry_after if fault.retry_after is not None else retry_after
    more = () if wait is None else ((b"retry-after", str(wait).encode()),)
    if fault.body is None:
        return _page(status, *more)
    kind = b"application/json" if fault.body.startswith(("{", "[")) else b"text/html; charset=utf-8"
    return Answer(status, ((b"content-type", kind), *more), b"").with_body(fault.body.encode())


def _throttled(fault: Fault, path: str) -> Answer:
    vendor = "asana" if path.startswith("/api/1.0") else "graph" if path.startswith("/v1.0") else None
    if fault.body is None and vendor:
        fault = replace(fault, body=_THROTTLED[vendor])
    return _error(fault, 429, retry_after=1)
