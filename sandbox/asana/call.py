"""One request as the endpoints see it, and the answers they can give.

Reading happens strictly: the body must be JSON with a ``data`` object, and besides it only ``options``
(Asana: Input/output options). Endpoints get things looked up and checked, and return a ``Reply``.
"""

import json
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any, TypeVar

from starlette.datastructures import QueryParams
from starlette.requests import Request as HttpRequest

from sandbox.asana.access import Finder
from sandbox.asana.errors import invalid, missing
from sandbox.asana.objects import User
from sandbox.asana.paging import HasGid, Pager
from sandbox.asana.paging import Request as PagedRequest
from sandbox.asana.selection import Reader
from sandbox.asana.shapes import SHAPES
from sandbox.asana.world import World

PREFIX = "/api/1.0"

_STRAY = "Unrecognized request field {name} . The only allowed keys at the top level are: data, options."

T = TypeVar("T", bound=HasGid)


@dataclass(frozen=True, slots=True)
class Reply:
    """An answer: the JSON document, its status and further headers."""

    body: Mapping[str, Any]
    status: int = 200
    headers: Mapping[str, str] = field(default_factory=dict)


NOTHING = Reply({"data": {}})
"""The answer of calls that return no object."""


class Call:
    """One request, with its user.

    Attributes:
        world: the workspace.
        user: who asks.
        find: lookups for that user.
        path: parameters of the path.
        query: parameters of the query.
        data: the ``data`` of the body; empty if there is none.
    """

    def __init__(self, world: World, pager: Pager, user: User, request: HttpRequest, body: Mapping[str, Any]) -> None:
        self.world = world
        self.user = user
        self.find = Finder(world, user)
        self.path: Mapping[str, str] = request.path_params
        self.query: QueryParams = request.query_params
        self.data: Mapping[str, Any] = body.get("data", {})
        self._pager = pager
        self._base = str(request.base_url).rstrip("/") + PREFIX
        self._route = request.url.path.removeprefix(PREFIX)
        self._fields = _fields(request.query_params, body)

    def needed(self, name: str) -> str:
        """Return a query parameter that must be there."""
        if not self.query.get(name):
            raise missing(name)
        return self.query[name]

    def flag(self, name: str) -> bool | None:
        """Return a query parameter that is ``true`` or ``false``, or None if it is not there."""
        value = self.query.get(name)
        if value not in (None, "true", "false"):
            raise invalid(f"{name}: Value is not a boolean: {value}")
        return None if value is None else value == "true"

    def show(self, kind: str, thing: Any) -> Reply:
        """Answer with one object."""
        wanted = SHAPES.tree_of(kind, self._fields, compact=False)
        return Reply({"data": SHAPES.show(Reader(self.world, self.user), kind, thing, wanted)})

    def made(self, kind: str, thing: Any, route: str) -> Reply:
        """Answer with an object just created and where it can be read."""
        shown = self.show(kind, thing)
        return Reply(shown.body, 201, {"Location": f"{self._base}/{route}/{thing.gid}"})

    def show_all(self, kind: str, things: Sequence[Any], *, beside: Mapping[str, Any] | None = None) -> Reply:
        """Answer with a list that has no pages."""
        wanted = SHAPES.tree_of(kind, self._fields, compact=True)
        reader = Reader(self.world, self.user)
        return Reply({"data": [SHAPES.show(reader, kind, one, wanted) for one in things], **(beside or {})})

    def pages(self, kind: str, things: Sequence[T]) -> Reply:
        """Answer with one page of a list."""
        request = PagedRequest(self._base, self._route, self.query, self.user.gid, self.world.now())
        shown, beside = self._pager.page(request, things, self.world.offset_life)
        return self.show_all(kind, shown, beside=beside)


async def read_body(request: HttpRequest) -> Mapping[str, Any]:
    """Return the body's JSON document.

    Raises:
        RefusedError: it is no JSON object, has keys beside ``data`` and ``options``, or lacks ``data``.
    """
    raw = await request.body()
    if request.method not in ("POST", "PUT"):
        return {}
    try:
        document = json.loads(raw)
    except ValueError as error:
        raise invalid("Could not parse request data, invalid JSON") from error
    if not isinstance(document, dict):
        raise invalid("Could not parse request data, invalid JSON")
    for name in document:
        if name not in ("data", "options"):
            raise invalid(_STRAY.format(name=name))
    if not isinstance(document.get("data"), dict):
        raise missing("data")
    return document


def _fields(query: QueryParams, body: Mapping[str, Any]) -> str | None:
    options = body.get("options")
    named = options.get("fields") if isinstance(options, dict) else None
    if isinstance(named, list):
        return ",".join(str(name) for name in named)
    return query.get("opt_fields")
