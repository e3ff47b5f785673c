"""What every request passes before a handler sees it, and what every answer carries."""

import math
from collections import defaultdict, deque
from datetime import datetime, timedelta
from email.utils import format_datetime
from itertools import count

from starlette.datastructures import Headers, MutableHeaders
from starlette.types import ASGIApp, Message, Receive, Scope, Send

from sandbox.basecamp.calls import RefusedError, bad_request, missing
from sandbox.basecamp.state import BasecampState

PERSON = "sandbox.basecamp.person"
"""Key in an ASGI scope under which the id of the acting person travels to the handlers."""


class Gate:
    """ASGI middleware: identification, rate limit, account, token and content type, in this order.

    Every answer gets the account's Date and an X-Request-Id, and is noted in `state.requests`.
    """

    def __init__(self, app: ASGIApp, state: BasecampState) -> None:
        self.app = app
        self.state = state
        self._latest: defaultdict[str, deque[datetime]] = defaultdict(deque)
        self._numbers = count(1)

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Serve one request."""
        if scope["type"] != "http":
            await self.app(scope, receive, send)
            return
        signed = self._signing(scope, send)
        try:
            self._check(scope)
        except RefusedError as refused:
            await refused.answer()(scope, receive, signed)
            return
        await self.app(scope, receive, signed)

    def _signing(self, scope: Scope, send: Send) -> Send:
        async def signed(message: Message) -> None:
            if message["type"] == "http.response.start":
                headers = MutableHeaders(scope=message)
                headers["Date"] = format_datetime(self.state.now(), usegmt=True)
                headers["X-Request-Id"] = f"sandbox-{next(self._numbers)}"
                self.state.requests.append((scope["method"], scope["path"], message["status"]))
            await send(message)

        return signed

    def _check(self, scope: Scope) -> None:
        headers = Headers(scope=scope)
        _check_identification(headers)
        self._check_rate(scope)
        self._check_account(scope)
        scope[PERSON] = self._person(headers)
        _check_content_type(scope["method"], headers)

    def _check_rate(self, scope: Scope) -> None:
        """Count requests per client address, whoever sends them ("Rate limiting")."""
        if self.state.rate_limit is None:
            return
        limit, seconds = self.state.rate_limit
        now = self.state.now()
        latest = self._latest[(scope.get("client") or ("",))[0]]
        while latest and now - latest[0] >= timedelta(seconds=seconds):
            latest.popleft()
        if len(latest) >= limit:
            wait = math.ceil(seconds - (now - latest[0]).total_seconds())
            body = {"error": "Rate limit exceeded; see Retry-After."}
            raise RefusedError(429, body, {"Retry-After": str(max(1, wait))})
        latest.append(now)

    def _check_account(self, scope: Scope) -> None:
        path: str = scope["path"].removeprefix(scope.get("root_path", ""))
        if not path.startswith(f"/{self.state.account}/"):
            raise missing()
        if not self.state.account_active:
            raise RefusedError(404, None, {"Reason": "Account Inactive"})

    def _person(self, headers: Headers) -> int:
        scheme, _, token = headers.get("authorization", "").partition(" ")
        person = self.state.tokens.get(token.strip()) if scheme.lower() == "bearer" else None
        if person is None:
            why = "OAuth token expired (old age) or unknown; ask for a new one."
            raise RefusedError(401, {"error": why}, {"WWW-Authenticate": 'Bearer realm="Basecamp"'})
        return person


def _check_identification(headers: Headers) -> None:
    """A User-Agent names the app and a web or e-mail address ("Identifying your application")."""
    agent = headers.get("user-agent", "")
    if "@" not in agent and "://" not in agent:
        raise bad_request("Send a User-Agent with the app's name and a contact, like: App (you@example.org)")


def _check_content_type(method: str, headers: Headers) -> None:
    """What is written must say that it is JSON; commands without a body need not ("JSON only")."""
    has_body = headers.get("content-length", "0") != "0" or "transfer-encoding" in headers
    kind = headers.get("content-type", "").partition(";")[0].strip().lower()
    if method in ("POST", "PUT", "PATCH") and has_body and kind != "application/json":
        raise RefusedError(415, {"status": 415, "error": "Unsupported Media Type"})
