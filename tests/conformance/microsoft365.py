"""Holds traffic against the published description of Microsoft Graph.

Wrap an ASGI app (a stand-in, or a recorder in front of a client) and look at ``violations`` afterwards::

    app = conforming(create_app(state))
    ...
    assert app.violations == []

The description is a slice of Graph v1.0 that is not part of the project. Its folder is named by the
environment variable COPSYNC_SPECS, else it is ``../shared/specs`` beside the checkout; ``spec_missing`` tells
why tests have to be skipped without it.
"""

import json
import os
import re
from collections.abc import Mapping
from dataclasses import dataclass, field
from functools import cache
from pathlib import Path
from typing import Any, Literal
from urllib.parse import parse_qsl

import yaml
from jsonschema import Draft202012Validator
from jsonschema.exceptions import best_match
from referencing import Registry
from referencing.jsonschema import DRAFT202012
from starlette.types import ASGIApp, Message, Receive, Scope, Send

_FILE = "msgraph_slice.yaml"
_URI = "urn:msgraph"
_OPAQUE = {"$skiptoken", "$deltatoken"}
_WINDOW = {"startdatetime", "enddatetime"}


@dataclass(frozen=True)
class Violation:
    """One place where traffic departs from the description.

    Attributes:
        side: which of the two departs.
        status: status of the answer, or of the answer to the departing request.
        reason: what does not fit, and where.
    """

    side: Literal["request", "response"]
    method: str
    path: str
    status: int
    reason: str


@dataclass(frozen=True)
class _Operation:
    segments: tuple[str, ...]
    description: dict[str, Any]
    pointer: str

    def matches(self, segments: list[str]) -> bool:
        return len(segments) == len(self.segments) and all(
            template.startswith("{") or template == segment
            for template, segment in zip(self.segments, segments, strict=True)
        )

    def parameters(self) -> dict[str, dict[str, Any]]:
        return {p["name"]: p for p in self.description.get("parameters", ()) if p["in"] == "query"}


def spec_file() -> Path:
    """Return where the description is expected."""
    beside = Path(__file__).resolve().parents[2].parent / "shared" / "specs"
    return Path(os.environ.get("COPSYNC_SPECS", beside)) / _FILE


def spec_missing() -> str | None:
    """Return why the description cannot be used, or None if it is there."""
    if spec_file().is_file():
        return None
    return f"{_FILE} is not in {spec_file().parent}; set COPSYNC_SPECS to the folder of the API descriptions."


@cache
def _spec() -> dict[str, Any]:
    loader = getattr(yaml, "CSafeLoader", yaml.SafeLoader)
    spec = yaml.load(spec_file().read_text(encoding="utf-8"), Loader=loader)
    _null_types(spec)
    assert isinstance(spec, dict)
    return spec


def _null_types(node: Any) -> None:
    """Turn OpenAPI 3.0's ``nullable`` into JSON Schema's null type, in place."""
    if isinstance(node, list):
        for entry in node:
            _null_types(entry)
    elif isinstance(node, dict):
        if node.get("nullable") is True and isinstance(node.get("type"), str):
            node["type"] = [node["type"], "null"]
        for entry in node.values():
            _null_types(entry)


@cache
def _operations() -> dict[str, list[_Operation]]:
    """Return the operations by method, those with fewer placeholders first."""
    found: dict[str, list[_Operation]] = {}
    for path, methods in _spec()["paths"].items():
        for method, description in methods.items():
            if method != "parameters":
                pointer = f"#/paths/{path.replace('~', '~0').replace('/', '~1')}/{method}"
                operation = _Operation(tuple(path.strip("/").split("/")), description, pointer)
                found.setdefault(method.upper(), []).append(operation)
    for operations in found.values():
        operations.sort(key=lambda operation: sum(part.startswith("{") for part in operation.segments))
    return found


@cache
def _validator(pointer: str) -> Draft202012Validator:
    registry: Registry[Any] = Registry().with_resource(_URI, DRAFT202012.create_resource(_spec()))
    quoted = pointer.replace("{", "%7B").replace("}", "%7D")
    return Draft202012Validator(
        {"$ref": f"{_URI}{quoted}"}, registry=registry, format_checker=Draft202012Validator.FORMAT_CHECKER
    )


def complaint(schema: str, document: Any) -> str | None:
    """Return what is wrong with a document, or None.

    Args:
        schema: name of a schema of the description, such as ``microsoft.graph.event``.
        document: parsed JSON.
    """
    return _complaint(f"#/components/schemas/{schema}", document)


def _complaint(pointer: str, document: Any) -> str | None:
    error = best_match(_validator(pointer).iter_errors(document))
    return f"{error.json_path}: {error.message}" if error else None


@dataclass
class _Exchange:
    method: str
    path: str
    query: list[tuple[str, str]]
    sent: bytearray = field(default_factory=bytearray)
    answered: bytearray = field(default_factory=bytearray)
    status: int = 0

    def operation(self) -> _Operation | None:
        """Return what the description says of this path; it leaves out /me, which is the user who signed in."""
        path = re.sub(r"//+", "/", self.path).removeprefix("/v1.0")
        segments = re.sub(r"^/me(?=/|$)", "/users/me", path).strip("/").split("/")
        candidates = _operations().get(self.method, [])
        return next((operation for operation in candidates if operation.matches(segments)), None)


class Conforming:
    """ASGI app that passes everything through and keeps what departs from the description.

    Attributes:
        violations: departures in the order of the exchanges.
        exchanges: how many exchanges were looked at.
    """

    def __init__(self, app: ASGIApp) -> None:
        self._app = app
        self.violations: list[Violation] = []
        self.exchanges = 0

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Serve one exchange and look at it afterwards."""
        if scope["type"] != "http":
            await self._app(scope, receive, send)
            return
        query = parse_qsl(scope["query_string"].decode(), keep_blank_values=True)
        exchange = _Exchange(scope["method"], scope["path"], query)

        async def listen() -> Message:
            message = await receive()
            exchange.sent += message.get("body", b"")
            return message

        async def tell(message: Message) -> None:
            if message["type"] == "http.response.start":
                exchange.status = message["status"]
            exchange.answered += message.get("body", b"")
            await send(message)

        await self._app(scope, listen, tell)
        self._look_at(exchange)

    def refused(self) -> list[Violation]:
        """Return the violations by requests that were refused, as is right."""
        return [v for v in self.violations if v.side == "request" and v.status >= 400]

    def accepted(self) -> list[Violation]:
        """Return the violations that count against the app: its answers, and wrong requests it took."""
        return [v for v in self.violations if v not in self.refused()]

    def _look_at(self, exchange: _Exchange) -> None:
        self.exchanges += 1
        operation = exchange.operation()
        if operation is None:
            self._note("request", exchange, "no such path or method in the description")
            self._answer_against("#/components/schemas/microsoft.graph.ODataErrors.ODataError", exchange)
            return
        for reason in [*_query_faults(operation, exchange), *_body_faults(operation, exchange)]:
            self._note("request", exchange, reason)
        self._answer_of(operation, exchange)

    def _answer_of(self, operation: _Operation, exchange: _Exchange) -> None:
        responses = operation.description["responses"]
        key = next((k for k in (str(exchange.status), f"{exchange.status // 100}XX") if k in responses), None)
        if key is None:
            self._note("response", exchange, f"status {exchange.status} is not described")
        elif "content" in responses[key]:
            self._answer_against(f"{operation.pointer}/responses/{key}/content/application~1json/schema", exchange)
        elif exchange.answered:
            self._note("response", exchange, f"status {exchange.status} has no body")

    def _answer_against(self, pointer: str, exchange: _Exchange) -> None:
        reason = _document_fault(pointer, exchange.answered)
        if reason:
            self._note("response", exchange, reason)

    def _note(self, side: Literal["request", "response"], exchange: _Exchange, reason: str) -> None:
        self.violations.append(Violation(side, exchange.method, exchange.path, exchange.status, reason))


def conforming(app: ASGIApp) -> Conforming:
    """Wrap an app so that every exchange with it is held against the description.

    Raises:
        FileNotFoundError: the description is missing; ask ``spec_missing`` first.
    """
    _spec()
    return Conforming(app)


def _document_fault(pointer: str, raw: bytes | bytearray) -> str | None:
    try:
        document = json.loads(raw)
    except ValueError:
        return "the body is not JSON"
    if isinstance(document, dict):
        # OData allows this on every answer; the description leaves it out of some closed types.
        document.pop("@odata.context", None)
    return _complaint(pointer, document)


def _body_faults(operation: _Operation, exchange: _Exchange) -> list[str]:
    if "requestBody" not in operation.description:
        return ["this operation takes no body"] if exchange.sent else []
    fault = _document_fault(f"{operation.pointer}/requestBody/content/application~1json/schema", exchange.sent)
    return [fault] if fault else []


def _query_faults(operation: _Operation, exchange: _Exchange) -> list[str]:
    declared = {_option(name): parameter for name, parameter in operation.parameters().items()}
    sent = {_option(name): value for name, value in exchange.query}
    unknown = [name for name in sent if name not in declared and name not in _OPAQUE]
    faults = [f"the query parameter {name} is not described" for name in unknown]
    faults += [f"the query parameter {name} is missing" for name in _missing(operation, declared, sent)]
    for name, value in sent.items():
        kind = declared.get(name, {}).get("schema", {}).get("type")
        if (kind == "integer" and not value.isdigit()) or (kind == "boolean" and value not in ("true", "false")):
            faults.append(f"the query parameter {name} is no {kind}: {value!r}")
    return faults


def _missing(operation: _Operation, declared: Mapping[str, Any], sent: Mapping[str, str]) -> list[str]:
    if _OPAQUE & sent.keys():
        return []
    required = {name for name, parameter in declared.items() if parameter.get("required")}
    if "calendarView" in operation.segments:
        # The description leaves the window of a delta round open, because its links carry it in the token.
        required |= _WINDOW
    return sorted(required - sent.keys())


def _option(name: str) -> str:
    """The service takes the names of plain parameters in any case, those of OData options as they are."""
    return name if name.startswith("$") else name.lower()
