"""Holds requests and answers against Asana's published API description.

Wrap any app that plays Asana and read what did not conform afterwards::

    app = conforming(create_app(state))
    ...
    assert not app.violations

The description is read from the folder named by ``COPSYNC_SPECS``, else ``../shared/specs`` beside the
checkout; ``missing()`` gives the reason to skip when it is not there. Loading takes about two seconds, once.

Beyond what the description states by itself, three things are checked that it leaves open: list items count as
full records, names that no schema knows (in bodies and in queries) are violations, and ``opt_fields`` must name
documented paths.
"""

import json
import os
from collections.abc import Iterator
from functools import lru_cache
from pathlib import Path
from typing import Any, NamedTuple
from urllib.parse import parse_qsl

import yaml
from openapi_core import OpenAPI
from openapi_core.exceptions import OpenAPIError
from openapi_core.testing import MockRequest, MockResponse
from starlette.types import ASGIApp, Message, Receive, Scope, Send

from tests.conformance.asana_names import Operation, Operations
from tests.conformance.asana_patches import corrected

HOST = "https://app.asana.com"
PREFIX = "/api/1.0"
_LONGEST = 300

_ROOT = Path(__file__).resolve().parents[2]


class Violation(NamedTuple):
    """One thing that does not conform; ``side`` is ``request`` or ``answer``."""

    side: str
    method: str
    path: str
    status: int
    reason: str


def missing() -> str | None:
    """Return why the description cannot be used here, or None if it can."""
    path = _description()
    return None if path.is_file() else f"Asana's API description is not at {path}; set COPSYNC_SPECS."


def conforming(app: ASGIApp) -> "Conforming":
    """Return the same app, with everything that goes in and comes out held against the description."""
    return Conforming(app)


class Conforming:
    """ASGI middleware that collects violations and changes nothing.

    Attributes:
        violations: what did not conform, in the order of the requests.
    """

    def __init__(self, app: ASGIApp) -> None:
        self._app = app
        self._checker = checker()
        self.violations: list[Violation] = []

    def unrefused(self) -> list[Violation]:
        """Return the violations without those requests that the app itself refused as invalid."""
        return [v for v in self.violations if v.side == "answer" or v.status < 400]

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Pass one request on and check both ways."""
        if scope["type"] != "http":
            await self._app(scope, receive, send)
            return
        body = await _read(receive)
        seen: list[Message] = []

        async def replay() -> Message:
            return {"type": "http.request", "body": body, "more_body": False} if not seen else await receive()

        async def keep(message: Message) -> None:
            seen.append(message)
            await send(message)

        await self._app(scope, replay, keep)
        self.violations += self._checker.check(_exchange(scope, body, seen))


class Exchange(NamedTuple):
    """One request and its answer."""

    method: str
    path: str
    query: list[tuple[str, str]]
    headers: dict[str, str]
    body: bytes
    status: int
    answer: bytes
    answer_type: str


class Checker:
    """The loaded description."""

    def __init__(self, document: dict[str, Any]) -> None:
        self._api = OpenAPI.from_dict(document)
        self._operations = Operations(document)

    def documents(self, method: str, path: str) -> bool:
        """Tell whether there is such an operation; ``path`` is below ``/api/1.0``."""
        return self._operations.find(method, path) is not None

    def check(self, exchange: Exchange) -> list[Violation]:
        """Return what of an exchange does not conform."""
        operation = self._operations.find(exchange.method, exchange.path.removeprefix(PREFIX))
        if operation is None:
            reasons = [] if exchange.status == 404 else ["Asana documents no such operation"]
            return [_violation(exchange, "request", reason) for reason in reasons]
        found = [_violation(exchange, "request", reason) for reason in self._request(exchange, operation)]
        return found + [_violation(exchange, "answer", reason) for reason in self._answer(exchange, operation)]

    def _request(self, exchange: Exchange, operation: Operation) -> Iterator[str]:
        yield from operation.unknown_query(exchange.query)
        if exchange.method in ("POST", "PUT"):
            yield from operation.unknown_in_request(_parsed(exchange.body))
        try:
            self._api.validate_request(_request(exchange))
        except OpenAPIError as error:
            yield _told(error)

    def _answer(self, exchange: Exchange, operation: Operation) -> Iterator[str]:
        yield from operation.unknown_in_answer(exchange.status, _parsed(exchange.answer))
        answer = MockResponse(exchange.answer, exchange.status, content_type=exchange.answer_type)
        try:
            self._api.validate_response(_request(exchange), answer)
        except OpenAPIError as error:
            yield _told(error)


@lru_cache(maxsize=1)
def checker() -> Checker:
    """Return the checker, loaded once per process."""
    with _description().open(encoding="utf-8") as file:
        raw = yaml.load(file, Loader=getattr(yaml, "CSafeLoader", yaml.SafeLoader))
    # Status codes are integers in the file and openapi-core takes strings only.
    return Checker(corrected(json.loads(json.dumps(raw, default=str))))


def _description() -> Path:
    folder = os.environ.get("COPSYNC_SPECS")
    return (Path(folder) if folder else _ROOT.parent / "shared" / "specs") / "asana_oas.yaml"


async def _read(receive: Receive) -> bytes:
    parts: list[bytes] = []
    while True:
        message = await receive()
        parts.append(message.get("body", b""))
        if not message.get("more_body"):
            return b"".join(parts)


def _exchange(scope: Scope, body: bytes, seen: list[Message]) -> Exchange:
    headers = {name.decode(): value.decode("latin-1") for name, value in scope["headers"]}
    nothing: Message = {"status": 0, "headers": []}
    start = next((m for m in seen if m["type"] == "http.response.start"), nothing)
    kinds = [value.decode() for name, value in start["headers"] if name.lower() == b"content-type"]
    return Exchange(
        scope["method"],
        scope["path"],
        parse_qsl(scope["query_string"].decode("latin-1"), keep_blank_values=True),
        headers,
        body,
        start["status"],
        b"".join(m.get("body", b"") for m in seen if m["type"] == "http.response.body"),
        # The description declares its answers without a charset.
        kinds[0].partition(";")[0] if kinds else "",
    )


def _request(exchange: Exchange) -> MockRequest:
    kind = exchange.headers.get("content-type", "application/json").partition(";")[0]
    args: dict[str, Any] = dict(exchange.query)
    return MockRequest(
        HOST,
        exchange.method.lower(),
        exchange.path,
        args=args,
        headers=exchange.headers,
        data=exchange.body or None,
        content_type=kind,
    )


def _parsed(raw: bytes) -> Any:
    try:
        return json.loads(raw)
    except ValueError:
        return None


def _violation(exchange: Exchange, side: str, reason: str) -> Violation:
    return Violation(side, exchange.method, exchange.path, exchange.status, reason)


def _told(error: BaseException) -> str:
    """Return the error with its causes: openapi-core keeps the telling ones below."""
    told: list[str] = []
    step: BaseException | None = error
    while step is not None:
        details = getattr(step, "schema_errors", None) or []
        told += [f"{list(one.absolute_path)}: {one.message}" for one in details] or [str(step)]
        step = step.__cause__
    return " / ".join(part[:_LONGEST] for part in told[-2:])
