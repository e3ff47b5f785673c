"""The HTTP side: which paths exist, and how a request reaches its handler."""

import hashlib
import json
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from json import JSONDecodeError
from typing import Any

from starlette.applications import Starlette
from starlette.exceptions import HTTPException
from starlette.middleware import Middleware
from starlette.requests import Request
from starlette.responses import Response
from starlette.routing import Route

from sandbox.basecamp import messages, projects, recordings, schedule, steps, todolists, todos
from sandbox.basecamp.calls import Call, RefusedError, bad_request, crash, missing
from sandbox.basecamp.gate import PERSON, Gate
from sandbox.basecamp.state import BasecampState
from sandbox.basecamp.values import CrashError
from sandbox.basecamp.view import View

Handler = Callable[[Call], Response]


@dataclass(frozen=True)
class _Path:
    """A path with its handlers by method, and which of its two forms exist."""

    path: str
    handlers: dict[str, Handler]
    flat: bool = True
    scoped: bool = True


# Flat routes are canonical, `/buckets/{project}/…` stays for ever; a few exist in one form only
# ("README: Flat routes", and the "Legacy project-scoped routes" of each section).
_PATHS = (
    _Path("projects", {"GET": projects.index}, scoped=False),
    _Path("projects/recordings", {"GET": recordings.index}, scoped=False),
    _Path("projects/{id:int}", {"GET": projects.show}, scoped=False),
    _Path("projects/{id:int}/people", {"GET": projects.people}, scoped=False),
    _Path("people", {"GET": projects.all_people}, scoped=False),
    _Path("people/{id:int}", {"GET": projects.person}, scoped=False),
    _Path("my/profile", {"GET": projects.profile}, scoped=False),
    _Path("todosets/{id:int}", {"GET": todolists.show_todoset}),
    _Path("todosets/{id:int}/todolists", {"GET": todolists.index, "POST": todolists.create}),
    _Path("todosets/{id:int}/todos", {"GET": todos.index_loose, "POST": todos.create_loose}, flat=False),
    _Path("todosets/todolists/{id:int}/position", {"PUT": todolists.position}, scoped=False),
    _Path("todolists/{id:int}", {"GET": todolists.show, "PUT": todolists.replace}),
    _Path("todolists/{id:int}/groups", {"GET": todolists.index_groups, "POST": todolists.create_group}),
    _Path("todolists/groups/{id:int}/position", {"PUT": todolists.position}),
    _Path("todolists/{id:int}/todos", {"GET": todos.index, "POST": todos.create}),
    _Path("todos/{id:int}", {"GET": todos.show, "PUT": todos.replace}),
    _Path("todos/{id:int}/completion", {"POST": todos.complete, "DELETE": todos.reopen}),
    _Path("todos/{id:int}/position", {"PUT": todos.position}),
    _Path("card_tables/cards/{id:int}/steps", {"POST": steps.create}),
    _Path("card_tables/steps/{id:int}", {"GET": steps.show, "PUT": steps.update}),
    _Path("card_tables/steps/{id:int}/completions", {"PUT": steps.complete}),
    _Path("schedules/{id:int}", {"GET": schedule.show_schedule, "PUT": schedule.update_schedule}),
    _Path("schedules/{id:int}/entries", {"GET": schedule.index, "POST": schedule.create}),
    _Path("schedule_entries/{id:int}", {"GET": schedule.show, "PUT": schedule.replace}),
    _Path("schedule_entries/{id:int}/occurrences/{date:int}", {"GET": schedule.show_occurrence}),
    _Path("recordings/{id:int}/status/trashed", {"PUT": recordings.trash}),
    _Path("recordings/{id:int}/status/archived", {"PUT": recordings.archive}),
    _Path("recordings/{id:int}/status/active", {"PUT": recordings.activate}),
    _Path("recordings/{id:int}/events", {"GET": recordings.events}),
    _Path("recordings/{id:int}/comments", {"GET": messages.index_comments, "POST": messages.create_comment}),
    _Path("comments/{id:int}", {"GET": messages.show_comment}),
    _Path("message_boards/{id:int}", {"GET": messages.show_board}),
    _Path("message_boards/{id:int}/messages", {"GET": messages.index, "POST": messages.create}),
    _Path("messages/{id:int}", {"GET": messages.show}),
)


def create_app(state: BasecampState) -> Starlette:
    """Serve an account over HTTP below `/{account}`; links point to the origin each request came to.

    Run it with a server that adds no Date of its own (uvicorn: `date_header=False`).
    """
    routes = [route for path in _PATHS for route in _routes(state, path)]
    return Starlette(
        routes=routes,
        middleware=[Middleware(Gate, state=state)],
        exception_handlers={404: _not_found, 405: _not_found, RefusedError: _refused, CrashError: _crashed},
    )


def _routes(state: BasecampState, path: _Path) -> Iterator[Route]:
    async def endpoint(request: Request) -> Response:
        handler = path.handlers["GET" if request.method == "HEAD" else request.method]
        answer = handler(await _call(state, request))
        return _fresh_or_unchanged(request, answer)

    forms = [""] * path.flat + ["buckets/{bucket:int}/"] * path.scoped
    for form in forms:
        for suffix in (".json", ""):
            yield Route(f"/{state.account}/{form}{path.path}{suffix}", endpoint, methods=list(path.handlers))


async def _call(state: BasecampState, request: Request) -> Call:
    person = state.people[request.scope[PERSON]]
    origin = state.base_url or f"{request.url.scheme}://{request.url.netloc}{request.scope['root_path']}"
    suffixed, accepts = request.url.path.endswith(".json"), request.headers.get("accept", "")
    return Call(
        state=state,
        person=person,
        view=View(state, person, origin),
        ids=request.path_params,
        query=request.query_params,
        body=await _body(request),
        url=request.url,
        wants_html=not suffixed and "application/json" not in accepts,
    )


async def _body(request: Request) -> dict[str, Any]:
    raw = await request.body()
    if not raw:
        return {}
    try:
        found = json.loads(raw)
    except (JSONDecodeError, UnicodeDecodeError) as error:
        raise bad_request("The body is not JSON.") from error
    return found if isinstance(found, dict) else {}


def _fresh_or_unchanged(request: Request, answer: Response) -> Response:
    """Give a read its ETag, and answer 304 without a body to a reader who has it already."""
    if request.method not in ("GET", "HEAD") or answer.status_code != 200:
        return answer
    # Links count: the same rows with another next page are another answer.
    content = bytes(answer.body) + answer.headers.get("link", "").encode()
    etag = f'W/"{hashlib.sha256(content).hexdigest()[:32]}"'
    answer.headers["ETag"] = etag
    answer.headers["Cache-Control"] = "max-age=0, private, must-revalidate"
    known = [part.strip() for part in request.headers.get("if-none-match", "").split(",")]
    if etag not in known:
        return answer
    return Response(status_code=304, headers={"ETag": etag})


async def _refused(_request: Request, error: Exception) -> Response:
    if not isinstance(error, RefusedError):
        raise error
    return error.answer()


async def _not_found(_request: Request, _error: HTTPException | Exception) -> Response:
    return missing().answer()


async def _crashed(_request: Request, _error: Exception) -> Response:
    return crash()
