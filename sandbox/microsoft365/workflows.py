"""A flow of the Workflows app as a stand-in: 202 and no id for a card that it understands, and nothing to ask."""

import json
from collections.abc import Callable
from typing import Any

from starlette.applications import Starlette
from starlette.requests import Request
from starlette.responses import JSONResponse, Response
from starlette.routing import Route

from sandbox.microsoft365.errors import GraphError
from sandbox.microsoft365.teams import CARD, check_card

PATH = "/workflows/0b5c3d/triggers/manual/paths/invoke"
SIGNATURE = "s4ndb0x/sig+nature="


class Flow:
    """One flow. Change the attributes at any time.

    Attributes:
        posted: the cards that stand in the channel.
        is_on: a flow that is switched off refuses.
        lost: so many cards more are posted and answered with 502.
        deliver: is given each card that is posted.
    """

    def __init__(self) -> None:
        self.posted: list[dict[str, Any]] = []
        self.is_on = True
        self.lost = 0
        self.deliver: Callable[[dict[str, Any]], None] = lambda card: None


def create_flow_app(flow: Flow) -> Starlette:
    """Serve a flow; its address is the path with ``api-version``, ``sp``, ``sv`` and ``sig`` in the query."""

    async def invoke(request: Request) -> Response:
        if request.query_params.get("sig") != SIGNATURE:
            return _refused(401, "DirectApiAuthorizationRequired", "The signature is not the right one.")
        if not flow.is_on:
            return _refused(
                400 if request.query_params.get("old") else 404, "WorkflowTriggerIsNotEnabled", "It is off."
            )
        try:
            card = _card(json.loads(await request.body()))
        except (ValueError, GraphError):
            return _refused(400, "TriggerInputSchemaMismatch", "The body holds no Adaptive Card.")
        flow.posted.append(card)
        flow.deliver(card)
        if flow.lost:
            flow.lost -= 1
            return Response("<html><title>Bad Gateway</title></html>", 502, media_type="text/html")
        return Response(status_code=202)

    return Starlette(routes=[Route(PATH, invoke, methods=["POST"])])


def _card(body: Any) -> dict[str, Any]:
    if not isinstance(body, dict) or body.get("type") != "message" or len(body.get("attachments") or []) != 1:
        raise ValueError("a message with one attachment")
    (attachment,) = body["attachments"]
    if attachment.get("contentType") != CARD:
        raise ValueError("not a card")
    check_card(json.dumps(attachment.get("content")))
    return dict(attachment["content"])


def _refused(status: int, code: str, words: str) -> Response:
    return JSONResponse({"error": {"code": code, "message": words}}, status)
