"""The endpoints of events: listing, reading, writing, and the calendar view."""

from collections.abc import Mapping

from starlette.requests import Request
from starlette.responses import Response

from sandbox.microsoft365.call import Call
from sandbox.microsoft365.errors import invalid
from sandbox.microsoft365.items import Item, item_of
from sandbox.microsoft365.odata import Query
from sandbox.microsoft365.state import GraphState


class EventEndpoints:
    """Listing, reading and writing events."""

    def __init__(self, state: GraphState) -> None:
        self._state = state

    async def collection(self, request: Request) -> Response:
        """GET and POST …/events."""
        call = Call.of(self._state, request)
        if request.method == "POST":
            return await self._create(call)
        numbers = self._state.listed(call.mailbox, call.calendar)
        events = [event for event in call.mailbox.events.values() if event.calendar in numbers]
        return _listed(call, [item_of(event) for event in events], "events")

    async def item(self, request: Request) -> Response:
        """GET, PATCH and DELETE …/events/{id}."""
        call = Call.of(self._state, request)
        if request.method == "PATCH":
            return await self._change(call)
        if request.method == "DELETE":
            call.writer.delete(call.item, request.headers.get("if-match"))
            return Response(status_code=204)
        options = call.event_reader().read(call.query, page_size=None)
        return _single(call, call.item, options=options)

    async def instances(self, request: Request) -> Response:
        """GET …/events/{id}/instances."""
        call = Call.of(self._state, request)
        item = call.item
        if item.type != "seriesMaster":
            raise invalid("Only a series master has instances.", "ErrorCalendarIsNotARecurringMaster")
        return _listed(call, list(item.event.occurrences(*call.window())), "events")

    async def calendar_view(self, request: Request) -> Response:
        """GET …/calendarView."""
        call = Call.of(self._state, request)
        start, end = call.window()
        calendar = call.calendar or call.mailbox.default_calendar
        rows: list[Item] = []
        for event in call.mailbox.events.values():
            if event.calendar == calendar.number:
                rows += event.occurrences(start, end)
                single = event.recurrence is None and event.details.when.overlaps(start, end)
                rows += [item_of(event)] if single else []
        rows.sort(key=lambda item: item.details.when.starts)
        return _listed(call, rows, "calendarView")

    async def _create(self, call: Call) -> Response:
        sent = await call.body()
        calendar = call.calendar or call.mailbox.default_calendar
        item = call.writer.create(calendar, sent)
        location = {"Location": f"{call.own_url()}('{call.view.id_of(item)}')"}
        return _single(call, item, status=201, headers=location)

    async def _change(self, call: Call) -> Response:
        sent = await call.body()
        if_match = call.request.headers.get("if-match")
        return _single(call, call.writer.change(call.item, sent, if_match))


def _listed(call: Call, rows: list[Item], tail: str) -> Response:
    query = call.event_reader().read(call.query, page_size=call.prefer.page_size)
    frame, page = call.listing(query, rows, tail)
    frame["value"] = [call.view.event(item, query.select, query.expand) for item in page]
    return call.answer(frame)


def _single(
    call: Call,
    item: Item,
    *,
    options: Query[Item] | None = None,
    status: int = 200,
    headers: Mapping[str, str] | None = None,
) -> Response:
    select, expand = (options.select, options.expand) if options else (None, None)
    content = call.view.event(item, select, expand, alone=options is not None)
    etag = {"ETag": content["@odata.etag"]}
    return call.answer(
        {"@odata.context": call.context("events/$entity"), **content}, status, {**etag, **(headers or {})}
    )
