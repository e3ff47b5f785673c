"""One request to a mailbox: whose it is, what it prefers, and the frame of its answer."""

import json
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any
from urllib.parse import quote

from starlette.requests import Request
from starlette.responses import Response

from sandbox.microsoft365.errors import GraphError, invalid
from sandbox.microsoft365.events import Writer
from sandbox.microsoft365.groups import check_scopes, denied
from sandbox.microsoft365.items import Item
from sandbox.microsoft365.mailbox import Calendar, Mailbox
from sandbox.microsoft365.odata import Query, QueryReader
from sandbox.microsoft365.prefer import Prefer
from sandbox.microsoft365.render import SELECTABLE, Json, View, getters
from sandbox.microsoft365.service import json_response
from sandbox.microsoft365.state import GraphState
from sandbox.microsoft365.zones import parse_instant

_PATH_SIGNS = "/@()'$&+,;=:!*~"
_LARGEST_BODY = 4 * 1024 * 1024
_LONGEST_VIEW = timedelta(days=1825)


@dataclass(frozen=True)
class Call:
    """One request, with its mailbox and wishes resolved."""

    state: GraphState
    request: Request
    mailbox: Mailbox
    prefer: Prefer

    @classmethod
    def of(cls, state: GraphState, request: Request) -> "Call":
        """Resolve a request to a mailbox, or to that of a group, which its token may use.

        Raises:
            GraphError: 404 for an unknown user or group or one without a mailbox, 403 without the role.
        """
        prefer = Prefer.read(request.headers.getlist("prefer"))
        if "group" in request.path_params:
            return cls(state, request, _of_group(state, request), prefer)
        mailbox = state.mailbox(request.path_params["mailbox"])
        if not mailbox.enabled:
            message = "The mailbox is either inactive, soft-deleted, or is hosted on-premise."
            raise GraphError(404, "MailboxNotEnabledForRESTAPI", message)
        if not request.state.token.may_use(mailbox):
            raise access_denied()
        return cls(state, request, mailbox, prefer)

    @property
    def calendar(self) -> Calendar | None:
        """The calendar named by the path; None when the path is the mailbox's own."""
        calendar_id = self.request.path_params.get("calendar")
        if calendar_id is not None:
            return self.mailbox.calendar(calendar_id)
        in_default = "/calendar/" in self.request.scope["path"]
        return self.mailbox.default_calendar if in_default else None

    @property
    def writer(self) -> Writer:
        """What writes in this mailbox, as the one who asks."""
        return Writer(self.state, self.mailbox, self.request.state.token.user)

    @property
    def view(self) -> View:
        """How this request wants to see events."""
        return View(self.mailbox, self.prefer)

    @property
    def item(self) -> Item:
        """The event named by the path."""
        return self.mailbox.item(self.request.path_params["event"], self.calendar)

    @property
    def query(self) -> list[tuple[str, str]]:
        """The query string, decoded."""
        return self.request.query_params.multi_items()

    def own_url(self) -> str:
        """Return the absolute address of this request without its query, as links are built on."""
        return service_root(self.state, self.request) + quote(self.request.scope["path"], safe=_PATH_SIGNS)

    def answer(self, content: Json, status: int = 200, headers: Mapping[str, str] | None = None) -> Response:
        """Return an answer that says which preferences were applied."""
        applied = {"Preference-Applied": ", ".join(self.prefer.applied)} if self.prefer.applied else {}
        return json_response(content, status, {**applied, **(headers or {})})

    def context(self, tail: str) -> str:
        """Return the value of @odata.context."""
        sent = self.request.path_params
        owner = f"groups('{sent['group']}')" if "group" in sent else f"users('{sent['mailbox']}')"
        return context(self.state, self.request, f"{owner}/{tail}")

    def listing(self, query: Query[Any], rows: Iterable[Any], tail: str) -> tuple[Json, list[Any]]:
        """Return the frame of a listing, and the rows of its page."""
        page, total, following = query.page(rows)
        frame: Json = {"@odata.context": self.context(tail)}
        if query.count:
            frame["@odata.count"] = total
        if following:
            frame["@odata.nextLink"] = f"{self.own_url()}?{following}"
        return frame, page

    def window(self) -> tuple[datetime, datetime]:
        """Return the span of time that the query names.

        Raises:
            GraphError: 400 when it is missing, unreadable, empty or longer than 1825 days.
        """
        sent = {name.lower(): value for name, value in self.query}
        if not sent.get("startdatetime") or not sent.get("enddatetime"):
            message = "The query needs a time window: startDateTime and endDateTime."
            raise invalid(message, "ErrorInvalidParameter")
        start = parse_instant(sent["startdatetime"], "startDateTime")
        end = parse_instant(sent["enddatetime"], "endDateTime")
        if not start < end <= start + _LONGEST_VIEW:
            raise invalid("The time window has to end after it begins, and within 1825 days.")
        return start, end

    def event_reader(self) -> QueryReader[Item]:
        """Return what reads the query options for events."""
        return QueryReader("microsoft.graph.event", SELECTABLE, getters(self.mailbox), _extended)

    async def body(self) -> Any:
        """Return the parsed JSON of the request.

        Raises:
            GraphError: 400 for no JSON, 413 for more than 4 MB.
        """
        raw = await self.request.body()
        if len(raw) > _LARGEST_BODY:
            raise GraphError(413, "RequestEntityTooLarge", "The request body is larger than 4 MB.")
        if "json" not in self.request.headers.get("content-type", ""):
            raise invalid("The request needs a body of type application/json.", "BadRequest")
        try:
            return json.loads(raw)
        except ValueError as error:
            raise invalid("Unable to read the JSON of the request.", "BadRequest") from error


def _of_group(state: GraphState, request: Request) -> Mailbox:
    writes = request.method != "GET"
    person = check_scopes(request.state.token.user, request.state.token.scopes, writes=writes)
    group = state.group(request.path_params["group"])
    group.admit(person, writes=writes)
    return group.mailbox


def _extended(item: Item, property_id: str) -> str | None:
    return item.details.extended.get(property_id)


def service_root(state: GraphState, request: Request) -> str:
    """Return the origin that links are built on."""
    return state.base_url or f"{request.url.scheme}://{request.url.netloc}"


def context(state: GraphState, request: Request, tail: str) -> str:
    """Return the value of @odata.context for a resource."""
    return f"{service_root(state, request)}/v1.0/$metadata#{tail}"


def access_denied() -> GraphError:
    """Return the 403 for a token without the role."""
    return denied()
