"""The endpoints of users, groups, calendars and mailbox settings."""

from starlette.requests import Request
from starlette.responses import Response

from sandbox.microsoft365 import schema
from sandbox.microsoft365.call import Call, access_denied, context
from sandbox.microsoft365.errors import GraphError, invalid
from sandbox.microsoft365.odata import QueryReader
from sandbox.microsoft365.render import Json
from sandbox.microsoft365.service import json_response
from sandbox.microsoft365.state import GraphState


class CalendarEndpoints:
    """Calendars of a mailbox, and the settings of the mailbox."""

    def __init__(self, state: GraphState) -> None:
        self._state = state

    async def collection(self, request: Request) -> Response:
        """GET and POST …/calendars."""
        call = Call.of(self._state, request)
        if request.method == "POST":
            values = schema.new_calendar("", await call.body())
            if not values.get("name", "").strip():
                raise invalid("A calendar needs a name.", "ErrorFolderSaveFailed")
            calendar = call.mailbox.add_calendar(values["name"], values.get("color", "auto"))
            return self._one(call, call.mailbox.calendar_answer(calendar), 201)
        answers = [call.mailbox.calendar_answer(calendar) for calendar in call.mailbox.calendars.values()]
        query = _calendar_reader(call).read(call.query, page_size=call.prefer.page_size)
        frame, page = call.listing(query, answers, "calendars")
        frame["value"] = [_selected(answer, query.select) for answer in page]
        return call.answer(frame)

    async def item(self, request: Request) -> Response:
        """GET …/calendar and …/calendars/{id}."""
        call = Call.of(self._state, request)
        return self._one(call, call.mailbox.calendar_answer(call.calendar or call.mailbox.default_calendar))

    async def settings(self, request: Request) -> Response:
        """GET …/mailboxSettings."""
        call = Call.of(self._state, request)
        answer = call.mailbox.settings()
        reader = QueryReader[Json]("microsoft.graph.mailboxSettings", answer, {})
        select = reader.read(call.query, page_size=None).select
        return call.answer({"@odata.context": call.context("mailboxSettings"), **_selected(answer, select)})

    def _one(self, call: Call, answer: Json, status: int = 200) -> Response:
        select = _calendar_reader(call).read(call.query, page_size=None).select
        return call.answer({"@odata.context": call.context("calendars/$entity"), **_selected(answer, select)}, status)


def _calendar_reader(call: Call) -> QueryReader[Json]:
    example = call.mailbox.calendar_answer(call.mailbox.default_calendar)
    return QueryReader("microsoft.graph.calendar", example, {"name": lambda answer: answer["name"]})


def _selected(answer: Json, select: frozenset[str] | None) -> Json:
    return {name: value for name, value in answer.items() if select is None or name in select or name == "id"}


def _no_resource(wanted: str) -> GraphError:
    return GraphError(404, "Request_ResourceNotFound", f"Resource '{wanted}' does not exist.")


def _denied() -> GraphError:
    return GraphError(403, "Authorization_RequestDenied", "Insufficient privileges to complete the operation.")


class DirectoryEndpoints:
    """Users and groups."""

    def __init__(self, state: GraphState) -> None:
        self._state = state

    async def user(self, request: Request) -> Response:
        """GET /users/{id or address}."""
        return self._user(request, request.path_params["mailbox"])

    def _user(self, request: Request, wanted: str) -> Response:
        found = self._state.find_mailbox(wanted)
        if found is None:
            raise _no_resource(wanted)
        answer = found.answer()
        return self._shown(request, "user", answer, hidden="proxyAddresses")

    async def group(self, request: Request) -> Response:
        """GET /groups/{id}, for whoever may read groups."""
        scopes = request.state.token.scopes
        if scopes is not None and not scopes & {"Group.Read.All", "Group.ReadWrite.All", "GroupMember.Read.All"}:
            raise _denied()
        answer = self._state.group(request.path_params["group"]).answer()
        return self._shown(request, "group", answer, hidden="autoSubscribeNewMembers")

    def _shown(self, request: Request, kind: str, answer: Json, *, hidden: str) -> Response:
        """Return a resource, or what is selected of it; what is hidden is shown only then."""
        query = request.query_params.multi_items()
        select = QueryReader[Json](f"microsoft.graph.{kind}", answer, {}).read(query, page_size=None).select
        chosen = _selected(answer, select or frozenset(answer.keys() - {hidden}))
        return json_response({"@odata.context": context(self._state, request, f"{kind}s/$entity"), **chosen})

    async def me(self, request: Request) -> Response:
        """GET /me: the person who signed in."""
        token = request.state.token
        if token.user is None:
            raise invalid("/me request is only valid with delegated authentication flow.", "BadRequest")
        if token.scopes is not None and not token.scopes & {"User.Read", "User.ReadBasic.All"}:
            raise _denied()
        return self._user(request, token.user)

    async def members(self, request: Request) -> Response:
        """GET /groups/{id}/members."""
        if (team := request.path_params["group"]) in self._state.teams.teams:
            return self._members(request, team)
        raise access_denied() if request.state.token.user is None else _no_resource(team)

    def _members(self, request: Request, team: str) -> Response:
        scopes = request.state.token.scopes
        if scopes is not None and "GroupMember.ReadBasic.All" not in scopes:
            raise _denied()
        rows = [
            {
                "@odata.type": "#microsoft.graph.user",
                "id": found.id if (found := self._state.find_mailbox(address)) else address,
                "displayName": name,
                "mail": None if address.startswith("guest") else address,
                "userPrincipalName": address,
            }
            for address, name in self._state.teams.teams[team].members.items()
        ]
        top, skip = int(request.query_params.get("$top", 100)), int(request.query_params.get("$skiptoken", 0))
        frame: Json = {"value": rows[skip : skip + top]}
        if skip + top < len(rows):
            frame["@odata.nextLink"] = f"{context(self._state, request, '').partition('$')[0]}groups/{team}/members"
            frame["@odata.nextLink"] += f"?$top={top}&$skiptoken={skip + top}"
        return json_response(frame)
