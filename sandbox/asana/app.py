"""The stand-in of Asana as a web application: ``create_app(state)`` serves it under ``/api/1.0``.

Run it with a server that sends no ``Date`` of its own (uvicorn: ``date_header=False``); paths that Asana has
and this stand-in does not serve answer 404 "No matching route for request", as unknown ones do.
"""

from collections.abc import Awaitable, Callable

from starlette.applications import Starlette
from starlette.middleware import Middleware
from starlette.requests import Request
from starlette.responses import Response
from starlette.routing import Route

from sandbox.asana import people_api, project_api, search, task_api
from sandbox.asana.call import PREFIX, Call, Reply, read_body
from sandbox.asana.errors import RefusedError
from sandbox.asana.gate import USER, Gate, JsonAnswer, refuse
from sandbox.asana.paging import Pager
from sandbox.asana.world import World

Endpoint = Callable[[Call], Reply]

ROUTES: list[tuple[str, str, Endpoint]] = [
    ("GET", "/users", people_api.get_users),
    ("GET", "/users/{user}", people_api.get_user),
    ("GET", "/workspaces", people_api.get_workspaces),
    ("GET", "/workspaces/{workspace}", people_api.get_workspace),
    ("GET", "/workspaces/{workspace}/users", people_api.get_workspace_users),
    ("GET", "/workspaces/{workspace}/projects", people_api.get_workspace_projects),
    ("GET", "/workspaces/{workspace}/tags", people_api.get_workspace_tags),
    ("POST", "/workspaces/{workspace}/tags", people_api.post_workspace_tag),
    ("GET", "/workspaces/{workspace}/tasks/search", search.search_tasks),
    ("GET", "/projects", people_api.get_projects),
    ("GET", "/tags", people_api.get_tags),
    ("POST", "/tags", people_api.post_tag),
    ("GET", "/tags/{tag}", people_api.get_tag),
    ("GET", "/memberships", people_api.get_memberships),
    ("GET", "/projects/{project}", project_api.get_project),
    ("PUT", "/projects/{project}", project_api.put_project),
    ("DELETE", "/projects/{project}", project_api.delete_project),
    ("GET", "/projects/{project}/project_memberships", people_api.get_project_memberships),
    ("GET", "/projects/{project}/sections", project_api.get_sections),
    ("POST", "/projects/{project}/sections", project_api.post_section),
    ("GET", "/projects/{project}/tasks", task_api.get_project_tasks),
    ("GET", "/sections/{section}", project_api.get_section),
    ("PUT", "/sections/{section}", project_api.put_section),
    ("DELETE", "/sections/{section}", project_api.delete_section),
    ("POST", "/sections/{section}/addTask", project_api.add_task),
    ("GET", "/sections/{section}/tasks", task_api.get_section_tasks),
    ("GET", "/tasks", task_api.get_tasks),
    ("POST", "/tasks", task_api.post_task),
    ("GET", "/tasks/{task}", task_api.get_task),
    ("PUT", "/tasks/{task}", task_api.put_task),
    ("DELETE", "/tasks/{task}", task_api.delete_task),
    ("GET", "/tasks/{task}/subtasks", task_api.get_subtasks),
    ("POST", "/tasks/{task}/subtasks", task_api.post_subtask),
    ("POST", "/tasks/{task}/setParent", task_api.set_parent),
    ("POST", "/tasks/{task}/addProject", task_api.add_project),
    ("POST", "/tasks/{task}/removeProject", task_api.remove_project),
    ("POST", "/tasks/{task}/addTag", task_api.add_tag),
    ("POST", "/tasks/{task}/removeTag", task_api.remove_tag),
    ("POST", "/tasks/{task}/addFollowers", task_api.add_followers),
    ("POST", "/tasks/{task}/removeFollowers", task_api.remove_followers),
    ("GET", "/events", project_api.get_events),
]
"""Every operation that is served: method, path below ``/api/1.0`` and what serves it."""


def create_app(state: World) -> Starlette:
    """Return the application that serves a state; several applications may serve the same one."""
    pager = Pager()
    routes = [
        Route(PREFIX + path, _served(state, pager, endpoint), methods=[method]) for method, path, endpoint in ROUTES
    ]
    return Starlette(
        routes=routes,
        middleware=[Middleware(Gate, world=state)],
        exception_handlers={404: _no_route, 405: _no_route},
    )


def _served(world: World, pager: Pager, endpoint: Endpoint) -> Callable[[Request], Awaitable[Response]]:
    async def serve(request: Request) -> Response:
        try:
            body = await read_body(request)
            reply = endpoint(Call(world, pager, request.scope[USER], request, body))
        except RefusedError as refusal:
            return refuse(refusal)
        return JsonAnswer(reply.body, reply.status, dict(reply.headers))

    return serve


async def _no_route(_request: Request, _error: Exception) -> Response:
    return refuse(RefusedError(404, "No matching route for request"))
