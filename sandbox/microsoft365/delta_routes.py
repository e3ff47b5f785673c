"""The endpoint of delta rounds over a calendar view."""

from dataclasses import replace

from starlette.requests import Request
from starlette.responses import Response

from sandbox.microsoft365.call import Call
from sandbox.microsoft365.delta import Cursor, Window, begin, gone, rows
from sandbox.microsoft365.errors import invalid
from sandbox.microsoft365.odata import query_string
from sandbox.microsoft365.render import Json
from sandbox.microsoft365.state import GraphState

_REFUSED = {"$select", "$expand", "$filter", "$orderby", "$search"}
_DEFAULT_PAGE = 10


class DeltaEndpoints:
    """GET …/calendarView/delta, with and without parentheses."""

    def __init__(self, state: GraphState) -> None:
        self._state = state

    async def delta(self, request: Request) -> Response:
        """Begin a round, go on with it, or begin the next one."""
        call = Call.of(self._state, request)
        call = replace(call, prefer=call.prefer.granting("odata.track-changes"))
        options = dict(call.query)
        _check_options(options)
        token = options.get("$skiptoken") or options.get("$deltatoken")
        window = self._window(call) if token is None else None
        cursor = Cursor(window, since=None) if window else self._cursor(call, token or "")
        if cursor.entries is None:
            cursor = begin(cursor, call.mailbox, noise=self._state.delta_noise)
            if self._state.delta_noise:
                return self._answer(call, [], cursor)
        return self._page(call, cursor)

    def _window(self, call: Call) -> Window:
        start, end = call.window()
        calendar = call.calendar or call.mailbox.default_calendar
        return Window(call.mailbox.id, frozenset({calendar.number}), start, end)

    def _cursor(self, call: Call, token: str) -> Cursor:
        cursor = self._state.delta.find(token) if self._state.delta_tokens_valid else None
        if cursor is None:
            raise gone(call.own_url())
        if cursor.window.mailbox != call.mailbox.id:
            raise invalid("The token belongs to another mailbox.", "ErrorInvalidUrlQuery")
        return cursor

    def _page(self, call: Call, cursor: Cursor) -> Response:
        entries, size = cursor.entries or (), call.prefer.page_size or _DEFAULT_PAGE
        end = cursor.offset + size
        page = rows(entries[cursor.offset : end], call.view)
        if self._state.delta_endless:
            return self._answer(call, page, cursor)
        return self._answer(call, page, replace(cursor, offset=end) if end < len(entries) else None, cursor)

    def _answer(self, call: Call, page: list[Json], following: Cursor | None, done: Cursor | None = None) -> Response:
        frame: Json = {"@odata.context": f"{call.context('calendarView')}/$delta"}
        if following is not None:
            frame["@odata.nextLink"] = self._link(call, "$skiptoken", following)
        elif done is not None:
            frame["@odata.deltaLink"] = self._link(call, "$deltatoken", Cursor(done.window, since=done.upto))
        return call.answer({**frame, "value": page})

    def _link(self, call: Call, name: str, cursor: Cursor) -> str:
        return f"{call.own_url()}?{query_string([(name, self._state.delta.issue(cursor))])}"


def _check_options(options: dict[str, str]) -> None:
    refused = sorted(options.keys() & _REFUSED)
    if refused:
        message = f"Not supported with change tracking over the 'CalendarView' resource: {', '.join(refused)}."
        raise invalid(message, "ErrorInvalidUrlQuery")
    if "$top" in options:
        message = "$top is not supported with change tracking; use Prefer: odata.maxpagesize."
        raise invalid(message, "ErrorInvalidUrlQuery")
