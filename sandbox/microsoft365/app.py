"""The web app of the stand-in."""

from collections.abc import Iterator

from starlette.applications import Starlette
from starlette.exceptions import HTTPException
from starlette.middleware import Middleware
from starlette.requests import Request
from starlette.responses import Response
from starlette.routing import Route

from sandbox.microsoft365.delta_routes import DeltaEndpoints
from sandbox.microsoft365.directory_routes import CalendarEndpoints, DirectoryEndpoints
from sandbox.microsoft365.errors import GraphError
from sandbox.microsoft365.event_routes import EventEndpoints
from sandbox.microsoft365.service import ServiceMiddleware, error_response
from sandbox.microsoft365.state import GraphState
from sandbox.microsoft365.teams_routes import routes as team_routes

_USER = "/v1.0/users/{mailbox}"
_GROUP = "/v1.0/groups/{group}"
_SCOPES = (_USER, _USER + "/calendar", _USER + "/calendars/{calendar}")


def create_app(state: GraphState) -> Starlette:
    """Return the app that serves a state under ``/v1.0``.

    Serve it with uvicorn's ``date_header=False``: the Date header tells the state's own clock.
    """

    async def refuse(request: Request, error: Exception) -> Response:
        refusal = error if isinstance(error, GraphError) else _routing_error(request, error)
        return error_response(refusal, request.scope, state.now())

    return Starlette(
        routes=[*_directory(state), *_calendars(state), *_events(state), *team_routes(state)],
        middleware=[Middleware(ServiceMiddleware, state=state)],
        exception_handlers={GraphError: refuse, HTTPException: refuse},
    )


def _directory(state: GraphState) -> Iterator[Route]:
    directory = DirectoryEndpoints(state)
    yield Route(_USER, directory.user)
    yield Route("/v1.0/me", directory.me)
    yield Route(_GROUP, directory.group)
    yield Route(_GROUP + "/members", directory.members)


def _calendars(state: GraphState) -> Iterator[Route]:
    calendars = CalendarEndpoints(state)
    yield Route(_USER + "/mailboxSettings", calendars.settings)
    yield Route(_USER + "/calendar", calendars.item)
    yield Route(_USER + "/calendars", calendars.collection, methods=["GET", "POST"])
    yield Route(_USER + "/calendars/{calendar}", calendars.item)
    yield Route(_GROUP + "/calendar", calendars.item)


def _events(state: GraphState) -> Iterator[Route]:
    events, changes = EventEndpoints(state), DeltaEndpoints(state)
    for base in (*_SCOPES, _GROUP, _GROUP + "/calendar"):
        yield Route(base + "/events", events.collection, methods=["GET", "POST"])
        yield Route(base + "/events/{event}", events.item, methods=["GET", "PATCH", "DELETE"])
        yield Route(base + "/events/{event}/instances", events.instances)
    for base in (*_SCOPES, _GROUP):
        yield Route(base + "/calendarView", events.calendar_view)
        yield Route(base + "/calendarView/delta", changes.delta)
        yield Route(base + "/calendarView/delta()", changes.delta)


def _routing_error(request: Request, error: Exception) -> GraphError:
    if isinstance(error, HTTPException) and error.status_code == 405:
        return GraphError(
            405, "Request_BadRequest", "The method is not allowed for this resource.", headers=error.headers
        )
    segment = request.url.path.rstrip("/").rsplit("/", 1)[-1]
    return GraphError(400, "BadRequest", f"Resource not found for the segment '{segment}'.")
