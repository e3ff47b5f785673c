"""One request as a handler sees it, and the answers it can give."""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from typing import TypeVar

from starlette.datastructures import URL
from starlette.responses import HTMLResponse, JSONResponse, Response

from sandbox.basecamp.records import Person, Project, Recording, Tool
from sandbox.basecamp.state import BasecampState
from sandbox.basecamp.view import Json, View

R = TypeVar("R", bound=Recording)
T = TypeVar("T")


class RefusedError(Exception):
    """A request Basecamp answers with an error status; `body` None means an empty body."""

    def __init__(self, status: int, body: Json | None, headers: Mapping[str, str] | None = None) -> None:
        super().__init__(status)
        self.status = status
        self.body = body
        self.headers = dict(headers or {})

    def answer(self) -> Response:
        """The HTTP answer."""
        if self.body is None:
            return Response(status_code=self.status, headers=self.headers)
        return JSONResponse(self.body, status_code=self.status, headers=self.headers)


def missing() -> RefusedError:
    """404: not there, gone for good, or not for this person; nothing tells which."""
    return RefusedError(404, {"status": 404, "error": "Not Found"})


def bad_request(why: str) -> RefusedError:
    """400 with a reason."""
    return RefusedError(400, {"status": 400, "error": why})


def forbidden() -> RefusedError:
    """403 without a reason."""
    return RefusedError(403, {"status": 403, "error": "Forbidden"})


def unprocessable() -> RefusedError:
    """422 without a reason, as a blank to-do is answered."""
    return RefusedError(422, {"status": 422, "error": "Unprocessable Entity"})


def invalid(**fields: str) -> RefusedError:
    """422 with a map of fields under `errors`."""
    return RefusedError(422, {"errors": {name: [why] for name, why in fields.items()}})


def invalid_bare(**fields: str) -> RefusedError:
    """422 with the map of fields as the whole body."""
    return RefusedError(422, {name: [why] for name, why in fields.items()})


def crash() -> Response:
    """500 with an HTML page: what a value that cannot be cast leads to."""
    page = "<!DOCTYPE html><html><body><h1>Oops, something went wrong.</h1></body></html>"
    return HTMLResponse(page, status_code=500)


@dataclass(frozen=True)
class Call:
    """One request that passed the gate.

    Attributes:
        state: the account.
        person: who the token acts as.
        view: what that person may see.
        ids: numbers in the path by name (`id`; `bucket` in project-scoped routes; `date` in occurrences).
        query: parameters of the query string.
        body: the JSON object sent; empty without one.
        url: the address called, for the link to the next page.
        wants_html: no `.json` in the path and no JSON in Accept.
    """

    state: BasecampState
    person: Person
    view: View
    ids: Mapping[str, int]
    query: Mapping[str, str]
    body: Json
    url: URL
    wants_html: bool

    def find(self, kind: type[R], *, name: str = "id") -> R:
        """The recording in the path, if it is of that kind, in the project named and for this person."""
        return self.recording(kind, self.ids[name])

    def recording(self, kind: type[R], id_: int) -> R:
        """The recording of that id, with the same conditions."""
        found = self.state.recordings.get(id_)
        if not isinstance(found, kind) or self.ids.get("bucket", found.project) != found.project:
            raise missing()
        if not self.view.sees(found):
            raise missing()
        return found

    def tool(self, name: str) -> Tool:
        """The dock tool in the path, if it is of that kind."""
        tool = self.find(Tool)
        if tool.name != name:
            raise missing()
        return tool

    def project(self) -> Project:
        """The project in the path."""
        project = self.state.projects.get(self.ids["id"])
        if project is None or not self.view.sees_project(project):
            raise missing()
        return project

    def may_change(self, recording: Recording) -> None:
        """Refuse with 403 what lies in an archived project: it is closed to changes."""
        if self.state.projects[recording.project].status == "archived":
            raise forbidden()

    def reachable(self, people: Sequence[int], recording: Recording) -> list[int]:
        """Those of the people who can reach the project; the others are dropped without a word."""
        return [id_ for id_ in people if self.state.reaches(id_, recording.project)]

    def children(self, kind: type[R], parent: Recording, *, status: str = "active") -> list[R]:
        """A parent's children of one kind with that status that the person may see, in order."""
        found = (self.state.recordings[id_] for id_ in parent.children)
        return [
            child
            for child in found
            if isinstance(child, kind) and self.view.sees(child) and self.state.status_of(child) == status
        ]

    def status_asked(self) -> str:
        """The `status` parameter: archived or trashed; anything else reads as active."""
        asked = self.query.get("status", "active")
        return asked if asked in ("archived", "trashed") else "active"


def shown(data: Json | list[Json], *, status: int = 200, headers: Mapping[str, str] | None = None) -> Response:
    """A JSON answer."""
    return JSONResponse(data, status_code=status, headers=dict(headers or {}))


def nothing() -> Response:
    """204, the answer to commands."""
    return Response(status_code=204)


def page(call: Call, rows: Sequence[T], render: Callable[[T], Json]) -> Response:
    """One page of rows, geared: short pages first, longer ones later ("Pagination").

    `Link` names the next page, `X-Total-Count` the number of all rows. A page number past the end
    answers an empty array.
    """
    number = _page_number(call.query.get("page", ""))
    sizes = call.state.page_sizes
    start = sum(_size(sizes, earlier) for earlier in range(1, number))
    end = start + _size(sizes, number)
    headers = {"X-Total-Count": str(len(rows))}
    if end < len(rows):
        headers["Link"] = f'<{call.view.origin}{_with_page(call.url, number + 1)}>; rel="next"'
    return shown([render(row) for row in rows[start:end]], headers=headers)


def _page_number(given: str) -> int:
    return min(int(given), 100_000) if given.isdecimal() and int(given) > 0 else 1


def _size(sizes: Sequence[int], number: int) -> int:
    return sizes[min(number, len(sizes)) - 1]


def _with_page(url: URL, number: int) -> str:
    following = url.include_query_params(page=number)
    return f"{following.path}?{following.query}"
