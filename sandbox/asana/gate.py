"""What every request passes first: the clock, the token, the limits and the log.

Answers carry the stand-in's own ``Date`` (run the server without one). A request over a limit is refused with
429 and ``Retry-After`` and still counts, as at Asana (Asana: Rate limits).
"""

import json
import math
from collections import Counter, defaultdict, deque
from datetime import datetime, timedelta
from email.utils import format_datetime
from typing import Any

from starlette.datastructures import Headers, MutableHeaders
from starlette.responses import JSONResponse
from starlette.types import ASGIApp, Message, Receive, Scope, Send

from sandbox.asana.call import PREFIX
from sandbox.asana.clock import to_milliseconds
from sandbox.asana.errors import RefusedError
from sandbox.asana.world import World

USER = "asana_user"
"""Key under which a request's scope holds the user of its token."""

_MINUTE = timedelta(minutes=1)
_TOO_MANY = "You've made too many requests and hit a rate limit. Please retry after the given amount of time."


class JsonAnswer(JSONResponse):
    """JSON under the media type that Asana declares; lone surrogates come back as escapes."""

    media_type = "application/json; charset=UTF-8"

    def render(self, content: Any) -> bytes:
        """Return the body's bytes."""
        return json.dumps(content, ensure_ascii=False, separators=(",", ":")).encode("utf-8", "backslashreplace")


class Gate:
    """ASGI middleware in front of the endpoints."""

    def __init__(self, app: ASGIApp, world: World) -> None:
        self._app = app
        self._world = world
        self._recent: dict[str, deque[datetime]] = defaultdict(deque)
        self._in_flight: Counter[tuple[str, bool]] = Counter()

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Serve one request, dated and logged."""
        if scope["type"] != "http":
            await self._app(scope, receive, send)
            return

        async def dated(message: Message) -> None:
            if message["type"] == "http.response.start":
                now = to_milliseconds(self._world.now())
                MutableHeaders(scope=message)["Date"] = format_datetime(now, usegmt=True)
                path = scope["path"].removeprefix(PREFIX)
                self._world.requests.append((scope["method"], path, message["status"]))
            await send(message)

        try:
            await self._serve(scope, receive, dated)
        except RefusedError as refusal:
            await refuse(refusal)(scope, receive, dated)

    async def _serve(self, scope: Scope, receive: Receive, send: Send) -> None:
        token = _token(scope)
        scope[USER] = self._world.users.get(self._world.tokens.get(token, ""))
        if scope[USER] is None:
            raise RefusedError(401, "Not Authorized")
        self._count(token)
        lane = (token, scope["method"] == "GET")
        if self._in_flight[lane] >= self._world.at_once[0 if lane[1] else 1]:
            raise RefusedError(429, _TOO_MANY, retry_after=1)
        self._in_flight[lane] += 1
        try:
            if self._world.hold is not None:
                await self._world.hold(scope["method"], scope["path"].removeprefix(PREFIX))
            await self._app(scope, receive, send)
        finally:
            self._in_flight[lane] -= 1

    def _count(self, token: str) -> None:
        """Count a request against its token's minute, and refuse it when there were too many."""
        limit, now, recent = self._world.rate_limit, self._world.now(), self._recent[token]
        if limit is None:
            recent.clear()
            return
        while recent and recent[0] <= now - _MINUTE:
            recent.popleft()
        recent.append(now)
        if len(recent) > limit:
            free_at = recent[len(recent) - limit] + _MINUTE if limit else now + _MINUTE
            wait = max(1, math.ceil((free_at - now).total_seconds()))
            raise RefusedError(429, _TOO_MANY, retry_after=wait)


def refuse(refusal: RefusedError) -> JsonAnswer:
    """Return the HTTP answer of a refusal."""
    wait = refusal.retry_after
    headers = {} if wait is None else {"Retry-After": str(wait)}
    return JsonAnswer(refusal.body(), refusal.status, headers)


def _token(scope: Scope) -> str:
    scheme, _, token = Headers(scope=scope).get("authorization", "").partition(" ")
    return token.strip() if scheme.lower() == "bearer" else ""
