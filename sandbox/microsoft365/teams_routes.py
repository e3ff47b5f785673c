"""The endpoints of teams: channels, messages, replies, and what changed in them."""

import json
from datetime import datetime
from typing import Any
from urllib.parse import quote

from starlette.requests import Request
from starlette.responses import Response
from starlette.routing import Route

from sandbox.microsoft365.call import access_denied, service_root
from sandbox.microsoft365.errors import GraphError
from sandbox.microsoft365.service import json_response
from sandbox.microsoft365.state import GraphState
from sandbox.microsoft365.teams import Channel, ChatMessage, Json, Team, listed

_TEAM = "/v1.0/teams/{team}"
_CHANNEL = _TEAM + "/channels/{channel}"
_MESSAGES = _CHANNEL + "/messages"
_FILTER = "lastModifiedDateTime gt "
_STAMP = "%Y-%m-%dT%H:%M:%S.%f"


def routes(state: GraphState) -> list[Route]:
    """Return the paths that are served."""
    teams = TeamEndpoints(state)
    return [
        Route(_CHANNEL, teams.channel),
        Route(_MESSAGES, teams.messages, methods=["GET", "POST"]),
        Route(_MESSAGES + "/delta", teams.delta),
        Route(_MESSAGES + "/delta()", teams.delta),
        Route(_MESSAGES + "/{message}", teams.message, methods=["GET", "PATCH"]),
        Route(_MESSAGES + "/{message}/replies", teams.replies, methods=["GET", "POST"]),
    ]


class TeamEndpoints:
    """What a signed-in member may do in channels; an app on its own may post nothing."""

    def __init__(self, state: GraphState) -> None:
        self._state = state

    async def channel(self, request: Request) -> Response:
        """GET /teams/{id}/channels/{id}."""
        _, channel, _ = self._here(request, "Channel.ReadBasic.All")
        return json_response({"id": channel.id, "displayName": channel.name, "membershipType": "standard"})

    async def messages(self, request: Request) -> Response:
        """GET and POST …/messages."""
        if request.method == "POST":
            team, channel, person = self._here(request, "ChannelMessage.Send")
            made = self._state.teams.write(channel.messages, person, await _body(request))
            return json_response(self._shown(team, channel, made), 201)
        team, channel, _ = self._here(request, "ChannelMessage.Read.All")
        return self._page(request, team, channel, listed(channel.messages), expand=_expands(request))

    async def delta(self, request: Request) -> Response:
        """GET …/messages/delta: the threads that changed since a moment."""
        team, channel, _ = self._here(request, "ChannelMessage.Read.All")
        since = _since(request)
        found = [one for one in listed(channel.messages) if since is None or one.touched > since]
        if self._state.teams.hidden:
            self._state.teams.hidden -= 1
            found = found[1:]
        return self._page(request, team, channel, found, expand=_expands(request), is_delta=True)

    async def message(self, request: Request) -> Response:
        """GET and PATCH …/messages/{id}."""
        is_edit = request.method == "PATCH"
        team, channel, person = self._here(
            request, "ChannelMessage.ReadWrite" if is_edit else "ChannelMessage.Read.All"
        )
        message = _found(channel, request)
        if not is_edit:
            return json_response(self._shown(team, channel, message))
        self._state.teams.edit(message, person, await _body(request))
        return Response(status_code=204)

    async def replies(self, request: Request) -> Response:
        """GET and POST …/messages/{id}/replies."""
        if request.method == "POST":
            team, channel, person = self._here(request, "ChannelMessage.Send")
            made = self._state.teams.write(_found(channel, request).replies, person, await _body(request))
            return json_response(self._shown(team, channel, made), 201)
        team, channel, _ = self._here(request, "ChannelMessage.Read.All")
        return self._page(request, team, channel, listed(_found(channel, request).replies))

    def _here(self, request: Request, scope: str) -> tuple[Team, Channel, str]:
        """Return the team and channel of a path, and who asks."""
        token = request.state.token
        if token.user is None:
            words = "Application permission is only allowed for import: Teamwork.Migrate.All."
            raise GraphError(403, "Forbidden", words) if request.method != "GET" else access_denied()
        if token.scopes is not None and scope not in token.scopes:
            raise GraphError(403, "Forbidden", f"Missing scope permissions on the request. API requires {scope}.")
        team = self._state.teams.team(request.path_params["team"], token.user)
        return team, team.channel(request.path_params["channel"]), token.user

    def _page(
        self,
        request: Request,
        team: Team,
        channel: Channel,
        found: list[ChatMessage],
        *,
        expand: bool = False,
        is_delta: bool = False,
    ) -> Response:
        sent = request.query_params
        top, skip = int(sent.get("$top", 20)), int(sent.get("$skiptoken", 0))
        if top > 50:
            raise GraphError(400, "BadRequest", "The limit of '50' for Top query has been exceeded.")
        frame: Json = {"value": [self._shown(team, channel, one, expand=expand) for one in found[skip : skip + top]]}
        own = service_root(self._state, request) + quote(request.scope["path"], safe="/@:()")
        kept = "&".join(f"{name}={quote(value)}" for name, value in sent.items() if name != "$skiptoken")
        if skip + top < len(found):
            frame["@odata.nextLink"] = f"{own}?{kept}&$skiptoken={skip + top}"
        elif is_delta:
            frame["@odata.deltaLink"] = f"{own}?$deltatoken=latest"
        return json_response(frame)

    def _shown(self, team: Team, channel: Channel, message: ChatMessage, *, expand: bool = False) -> Json:
        author = self._state.find_mailbox(message.author)
        user = {"id": author.id if author else message.author, "displayName": author.name if author else ""}
        link = f"https://teams.microsoft.com/l/message/{quote(channel.id, safe='')}/{message.id}?groupId={team.id}"
        shown: Json = {
            "id": message.id,
            "etag": message.id,
            "messageType": "message",
            "createdDateTime": _stamp(message.created),
            "lastModifiedDateTime": _stamp(message.modified),
            "lastEditedDateTime": _stamp(message.edited) if message.edited else None,
            "deletedDateTime": _stamp(message.deleted) if message.deleted else None,
            "summary": message.summary,
            "webUrl": link,
            "from": {"user": {**user, "userIdentityType": "aadUser"}},
            "body": message.body,
            "attachments": message.attachments,
            "channelIdentity": {"teamId": team.id, "channelId": channel.id},
        }
        return {
            **shown,
            **({"replies": [self._shown(team, channel, one) for one in message.replies]} if expand else {}),
        }


def _found(channel: Channel, request: Request) -> ChatMessage:
    wanted = request.path_params["message"]
    found = next((one for one in channel.messages if one.id == wanted), None)
    if found is None:
        raise GraphError(404, "NotFound", "The message is not there.")
    return found


def _expands(request: Request) -> bool:
    return request.query_params.get("$expand") == "replies"


def _since(request: Request) -> datetime | None:
    text = request.query_params.get("$filter")
    if text is None:
        return None
    if not text.startswith(_FILTER):
        raise GraphError(400, "BadRequest", "Only lastModifiedDateTime with gt can be filtered.")
    return datetime.fromisoformat(text.removeprefix(_FILTER))


async def _body(request: Request) -> Any:
    try:
        found = json.loads(await request.body())
    except ValueError:
        found = None
    if not isinstance(found, dict):
        raise GraphError(400, "BadRequest", "Unable to read the JSON of the request.")
    return found


def _stamp(moment: datetime) -> str:
    return f"{moment:{_STAMP}}"[:-3] + "Z"
