"""Holds requests and answers against Basecamp's published API description.

``conforming(app)`` wraps a stand-in; whatever a request or an answer does that the description does not
allow is collected in ``violations``. The description is data that is not part of this project: without it
``conforming`` skips the test, naming the folder it looked in.
"""

import re
from collections.abc import Iterable, Iterator
from dataclasses import dataclass, field
from functools import lru_cache
from typing import Literal
from urllib.parse import parse_qsl

import pytest
from openapi_core import Config, OpenAPI
from openapi_core.datatypes import RequestParameters
from openapi_core.exceptions import OpenAPIError
from starlette.types import ASGIApp, Message, Receive, Scope, Send
from werkzeug.datastructures import Headers, ImmutableMultiDict

from tests.conformance.basecamp_description import Json, description, missing_description

_BUCKET = re.compile(r"^(/\d+)/buckets/\d+(?=/)")


@dataclass(frozen=True)
class Violation:
    """One thing the description does not allow."""

    side: Literal["request", "answer"]
    method: str
    path: str
    status: int
    why: str

    def __str__(self) -> str:
        return f"{self.side} of {self.method} {self.path} ({self.status}): {self.why}"


def conforming(app: ASGIApp) -> "Conforming":
    """Wrap an ASGI app so that every exchange is held against the description.

    Skips the running test, with the reason, when the description is not there.
    """
    reason = missing_description()
    if reason is not None:
        pytest.skip(reason)
    return Conforming(app)


class Conforming:
    """ASGI middleware that collects violations; it changes nothing of what passes.

    Attributes:
        violations: what was not as described, in the order it happened.
        checked: how many exchanges were held against the description.
    """

    def __init__(self, app: ASGIApp) -> None:
        self.app = app
        self.violations: list[Violation] = []
        self.checked = 0
        self._checker = _checker()

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Pass one request on, then check it and its answer."""
        if scope["type"] != "http":
            await self.app(scope, receive, send)
            return
        request, answer = _Request(scope, await _body(receive)), _Answer()

        async def checking(message: Message) -> None:
            answer.take(message)
            if message["type"] == "http.response.body" and not message.get("more_body", False):
                # Before the last byte leaves: who has the answer can count on the check being done.
                self.checked += 1
                self.violations.extend(self._checker.check(request, answer))
            await send(message)

        await self.app(scope, request.again(receive), checking)


@dataclass
class _Answer:
    """An answer, in the words of openapi-core's protocol."""

    status_code: int = 0
    headers: Headers = field(default_factory=Headers)
    body: bytearray = field(default_factory=bytearray)

    @property
    def data(self) -> bytes | None:
        return bytes(self.body) or None

    @property
    def content_type(self) -> str:
        return _kind(self.headers)

    def take(self, message: Message) -> None:
        if message["type"] == "http.response.start":
            self.status_code = message["status"]
            self.headers = _headers(message.get("headers", ()))
        self.body.extend(message.get("body", b""))


class _Request:
    """A request, in the words of openapi-core's protocol; `path` follows the description's spelling."""

    host_url = "http://sandbox"

    def __init__(self, scope: Scope, body: bytes) -> None:
        self.verb: str = scope["method"]
        self.method = self.verb.lower()
        self.original: str = scope["path"].removeprefix(scope.get("root_path", ""))
        self.path = self.original
        self.query = parse_qsl(scope["query_string"].decode(), keep_blank_values=True)
        headers = _headers(scope["headers"])
        self.parameters = RequestParameters(ImmutableMultiDict(self.query), headers)
        self.content_type = _kind(headers)
        self.body = body or None

    def again(self, receive: Receive) -> Receive:
        """Hand the app the body that was read already, then whatever else comes."""
        first: list[Message] = [{"type": "http.request", "body": self.body or b"", "more_body": False}]

        async def replay() -> Message:
            return first.pop() if first else await receive()

        return replay


async def _body(receive: Receive) -> bytes:
    """The whole body, read up front: an app may refuse without looking at it."""
    parts: list[bytes] = []
    more = True
    while more:
        message = await receive()
        parts.append(message.get("body", b""))
        more = message.get("more_body", False)
    return b"".join(parts)


def _headers(raw: Iterable[tuple[bytes, bytes]]) -> Headers:
    return Headers([(name.decode("latin-1"), value.decode("latin-1")) for name, value in raw])


def _kind(headers: Headers) -> str:
    return str(headers.get("content-type", "application/json")).partition(";")[0].lower()


class _Checker:
    def __init__(self, found: Json) -> None:
        self.paths: Json = found["paths"]
        # Validating the description itself takes seconds and says nothing about the exchanges.
        self.openapi = OpenAPI.from_dict(found, config=Config(spec_validator_cls=None))  # type: ignore[arg-type]  # as its documentation says
        self.shapes: list[tuple[re.Pattern[str], str]] = [(_shape(template), template) for template in self.paths]

    def check(self, request: _Request, answer: _Answer) -> list[Violation]:
        def violation(side: Literal["request", "answer"], why: str) -> Violation:
            return Violation(side, request.verb, request.original, answer.status_code, why)

        template = self._template(request)
        if template is None:
            # A path that does not exist is refused by the service, too: only an answer would be wrong.
            why = "no such operation in the description"
            return [] if answer.status_code >= 400 else [violation("answer", why)]
        return [violation("request", why) for why in self._request(request, template)] + [
            violation("answer", why) for why in self._answer(request, answer)
        ]

    def _template(self, request: _Request) -> str | None:
        """Find the operation, and give the request the path in the description's own spelling.

        Both spellings, with and without ``.json``, and the project-scoped form of every flat path exist.
        """
        bare = request.original.removesuffix(".json")
        for candidate in (bare, _BUCKET.sub(r"\1", bare)):
            for shape, template in self.shapes:
                if shape.fullmatch(candidate) and request.method in self.paths[template]:
                    request.path = candidate + (".json" if template.endswith(".json") else "")
                    return template
        return None

    def _request(self, request: _Request, template: str) -> Iterator[str]:
        operation = self.paths[template][request.method]
        known = {p["name"] for p in operation.get("parameters", ()) if p["in"] == "query"}
        yield from (f"unknown query parameter {name}" for name, _ in request.query if name not in known)
        try:
            self.openapi.validate_request(request)
        except OpenAPIError as error:
            yield _explain(error)

    def _answer(self, request: _Request, answer: _Answer) -> Iterator[str]:
        page = answer.content_type == "text/html" and answer.status_code in (302, 500)
        if page or (answer.status_code >= 400 and not answer.data):
            return
        try:
            self.openapi.validate_response(request, answer)
        except OpenAPIError as error:
            yield _explain(error)


@lru_cache(maxsize=1)
def _checker() -> _Checker:
    return _Checker(description())


def _shape(template: str) -> re.Pattern[str]:
    return re.compile(re.sub(r"\{\w+\}", r"\\d+", template.removesuffix(".json")))


def _explain(error: BaseException) -> str:
    """Each place in the document that is wrong, or else what the library says."""
    cause: BaseException | None = error
    while cause is not None:
        wrong = getattr(cause, "schema_errors", ())
        if wrong:
            return "; ".join(f"{e.json_path}: {e.message[:300]}" for e in wrong)
        cause = cause.__cause__ or cause.__context__
    return str(error)[:300]
