"""What the service does around every request: who asks, how much at once, ids and dates on every answer."""

import asyncio
import json
import re
import uuid
from collections import Counter
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import UTC, datetime
from email.utils import format_datetime
from math import ceil
from typing import Any

from starlette.datastructures import Headers, MutableHeaders
from starlette.responses import Response
from starlette.types import ASGIApp, Message, Receive, Scope, Send

from sandbox.microsoft365.errors import GraphError
from sandbox.microsoft365.mailbox import Mailbox
from sandbox.microsoft365.state import GraphState, Token

_SLASHES = re.compile(r"//+")
_MAILBOX_PATH = re.compile(r"^/v1\.0/(users/([^/]+)/.+|groups/([^/]+)/(?:calendar|events).*)$")
_JSON_TYPE = "application/json;odata.metadata=minimal;odata.streaming=true;IEEE754Compatible=false;charset=utf-8"
_CHALLENGE = 'Bearer realm="", authorization_uri="https://login.example.org/common/oauth2/authorize"'

_Pair = tuple[str, str]


def json_response(content: Mapping[str, Any], status: int = 200, headers: Mapping[str, str] | None = None) -> Response:
    """Return an answer with Graph's content type."""
    body = json.dumps(content, ensure_ascii=False, separators=(",", ":")).encode()
    return Response(body, status, {"OData-Version": "4.0", **(headers or {})}, media_type=_JSON_TYPE)


def error_response(error: GraphError, scope: Scope, now: datetime) -> Response:
    """Return a refusal in Graph's shape."""
    request_id = scope["state"]["request_id"]
    inner = {
        "date": f"{now:%Y-%m-%dT%H:%M:%S}",
        "request-id": request_id,
        "client-request-id": scope["state"]["client_request_id"],
    }
    content = {"code": error.code, "message": error.message, **error.extra, "innerError": inner}
    return json_response({"error": content}, error.status, error.headers)


@dataclass
class _Window:
    """A span of time in which requests are counted against the rate limit."""

    began: datetime
    used: int = 0


class ServiceMiddleware:
    """Authentication, throttling, tolerance for double slashes, request ids, dates and the account book."""

    def __init__(self, app: ASGIApp, state: GraphState) -> None:
        self._app = app
        self._state = state
        self._running: Counter[_Pair] = Counter()
        self._windows: dict[_Pair, _Window] = {}
        self._served = 0

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Serve one request."""
        if scope["type"] != "http":
            await self._app(scope, receive, send)
            return
        scope = self._prepared(scope)
        answered = _Answered(send, scope, self._state)
        try:
            await self._serve(scope, receive, answered)
        except GraphError as error:
            await error_response(error, scope, self._state.now())(scope, receive, answered)

    def _prepared(self, scope: Scope) -> Scope:
        self._served += 1
        request_id = str(uuid.uuid5(uuid.NAMESPACE_URL, f"request:{self._served}"))
        client_id = Headers(scope=scope).get("client-request-id", request_id)
        state = {**scope.get("state", {}), "request_id": request_id, "client_request_id": client_id}
        # Clients that join a base URL and a path carelessly send //users/…; the service takes it.
        return {**scope, "path": _SLASHES.sub("/", scope["path"]), "state": state}

    async def _serve(self, scope: Scope, receive: Receive, send: Send) -> None:
        text, token = self._authenticated(scope)
        scope["state"]["token"] = token
        mailbox = self._mailbox(scope["path"])
        if mailbox is None:
            await self._app(scope, receive, send)
            return
        pair = (text, mailbox.id)
        self._check_rate(pair)
        with _Running(self._running, pair, self._state):
            await asyncio.sleep(self._state.latency_s)
            await self._app(scope, receive, send)

    def _mailbox(self, path: str) -> Mailbox | None:
        match = _MAILBOX_PATH.match(path)
        if match is None:
            return None
        group = self._state.groups.get((match[3] or "").lower())
        return group.mailbox if group else self._state.find_mailbox(match[2] or "")

    def _authenticated(self, scope: Scope) -> tuple[str, Token]:
        scheme, _, text = Headers(scope=scope).get("authorization", "").partition(" ")
        token = self._state.token(text.strip()) if scheme.lower() == "bearer" else None
        if token is None:
            reason = "Access token validation failure." if text else "Access token is empty."
            challenge = {"WWW-Authenticate": _CHALLENGE}
            raise GraphError(401, "InvalidAuthenticationToken", reason, headers=challenge)
        return text.strip(), token

    def _check_rate(self, pair: _Pair) -> None:
        limit, now = self._state.rate_limit, self._state.now()
        window = self._windows.setdefault(pair, _Window(now))
        passed = (now - window.began).total_seconds()
        if passed >= self._state.rate_window_s:
            window.began, window.used, passed = now, 0, 0.0
        if limit is not None and window.used >= limit:
            wait = max(1, ceil(self._state.rate_window_s - passed))
            raise _throttled("Application is over its request limit for this mailbox.", wait)
        window.used += 1


class _Running:
    """Counts the requests under way for one token in one mailbox."""

    def __init__(self, running: Counter[_Pair], pair: _Pair, state: GraphState) -> None:
        self._running, self._pair, self._state = running, pair, state

    def __enter__(self) -> None:
        self._running[self._pair] += 1
        at_once = self._running[self._pair]
        self._state.peak_at_once = max(self._state.peak_at_once, at_once)
        if at_once > self._state.at_once:
            self._running[self._pair] -= 1
            raise _throttled("Application is over its MailboxConcurrency limit.", 1)

    def __exit__(self, *_: object) -> None:
        self._running[self._pair] -= 1


def _throttled(message: str, wait: int) -> GraphError:
    return GraphError(429, "ApplicationThrottled", message, headers={"Retry-After": str(wait)})


class _Answered:
    """Adds the headers every answer carries, and enters it into the account book before anyone can see it."""

    def __init__(self, send: Send, scope: Scope, state: GraphState) -> None:
        self._send = send
        self._scope = scope
        self._state = state

    async def __call__(self, message: Message) -> None:
        if message["type"] == "http.response.start":
            self._state.requests.append((self._scope["method"], self._scope["path"], message["status"]))
            headers = MutableHeaders(scope=message)
            headers["Date"] = format_datetime(self._state.now().astimezone(UTC), usegmt=True)
            headers["request-id"] = self._scope["state"]["request_id"]
            headers["client-request-id"] = self._scope["state"]["client_request_id"]
        await self._send(message)
