"""A toy app with one listing in the shape of each tool, seven rows, three per page."""

import json
from dataclasses import dataclass, field
from typing import Any

from starlette.applications import Starlette
from starlette.requests import Request
from starlette.responses import JSONResponse, Response
from starlette.routing import Route

from sandbox.faults import Faults

ROWS = [{"gid": str(number)} for number in range(1, 8)]
SIZE = 3


@dataclass
class Toy:
    """The app wrapped in Faults, and the bodies that reached it."""

    posted: list[Any] = field(default_factory=list)

    def __post_init__(self) -> None:
        routes = [
            Route("/api/1.0/tasks", self.asana, methods=["GET"]),
            Route("/api/1.0/tasks", self.create, methods=["POST"]),
            Route("/195539477/todos.json", self.basecamp),
            Route("/v1.0/events", self.graph),
            Route("/v1.0/events/delta", self.delta),
            Route("/empty", self.empty),
        ]
        self.faults = Faults(Starlette(routes=routes))

    async def create(self, request: Request) -> Response:
        self.posted.append(await request.json())
        return JSONResponse({"data": {"gid": "99"}}, status_code=201)

    async def asana(self, request: Request) -> Response:
        start = int(request.query_params.get("offset", "0"))
        more = start + SIZE < len(ROWS)
        pointer = {"offset": str(start + SIZE)} if more else None
        return JSONResponse({"data": ROWS[start : start + SIZE], "next_page": pointer})

    async def basecamp(self, request: Request) -> Response:
        page = int(request.query_params.get("page", "1"))
        rows = ROWS[(page - 1) * SIZE : page * SIZE]
        headers = {"x-total-count": str(len(ROWS)), "etag": '"all"'}
        if page * SIZE < len(ROWS):
            headers["link"] = f'<{request.url.include_query_params(page=page + 1)}>; rel="next"'
        return Response(json.dumps(rows), headers=headers, media_type="application/json")

    async def graph(self, request: Request) -> Response:
        skip = int(request.query_params.get("$skip", "0"))
        document: dict[str, Any] = {"value": ROWS[skip : skip + SIZE]}
        if skip + SIZE < len(ROWS):
            document["@odata.nextLink"] = str(request.url.include_query_params(**{"$skip": skip + SIZE}))
        return JSONResponse(document)

    async def delta(self, request: Request) -> Response:
        """Answer a delta round; its last page ends with the link for the next round."""
        skip = int(request.query_params.get("$skip", "0"))
        more = skip + SIZE < len(ROWS)
        url = str(request.url.include_query_params(**{"$skip": skip + SIZE}))
        link = {"@odata.nextLink": url} if more else {"@odata.deltaLink": "http://toy/next-round"}
        return JSONResponse({"value": ROWS[skip : skip + SIZE], **link})

    async def empty(self, _request: Request) -> Response:
        return Response(status_code=204)
