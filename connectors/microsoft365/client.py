"""Graph's calendar endpoints: the SDK builds and signs each request, copsync's HTTP layer sends it."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from datetime import UTC, datetime
from http import HTTPStatus
from typing import TYPE_CHECKING, Any
from urllib.parse import urlsplit

import httpx

from connectors.http import Http, HttpRefused, json_of
from connectors.microsoft365.appointment import ALONE, EXCEPTIONS, EXPAND, SELECT, Json
from connectors.microsoft365.credentials import Credentials
from connectors.microsoft365.query import Query
from connectors.microsoft365.refusals import is_unreadable_id
from domain.errors import ConnectAgain, Retriable, Uncertain

if TYPE_CHECKING:
    from connectors.microsoft365.sdk import Sdk

Body = Mapping[str, Any]


class Client:
    """One connection's way to Graph. Methods raise what `connectors.http.Http.request` raises.

    Args:
        http: sends; adds no credentials of its own.
        base_url: where Graph is.
        credentials: sign every request.
    """

    def __init__(self, http: Http, base_url: str, credentials: Credentials) -> None:
        self.http = http
        self._base_url = base_url
        self._credentials = credentials
        self._sdk: Sdk | None = None

    async def aclose(self) -> None:
        """Close everything."""
        await self.http.aclose()
        await self._credentials.aclose()
        if self._sdk is not None:
            await self._sdk.aclose()

    async def someone(self) -> None:
        """Ask for any user of the directory, which only an accepted token may even be refused."""
        await self._send(await self._requests().someone())

    async def calendar(self, mailbox: str, calendar: str | None) -> Json:
        """Return a calendar; None is the mailbox's own."""
        return _object(await self._send(await self._requests().calendar(mailbox, calendar)))

    async def calendars(self, mailbox: str) -> Json:
        """Return the first page of a mailbox's calendars."""
        return _object(await self._send(await self._requests().calendars(mailbox)))

    async def events(self, mailbox: str, calendar: str | None, query: Query) -> Json:
        """Return the first page of a calendar's events and series."""
        return _object(await self._send(await self._requests().events(mailbox, calendar, query)))

    async def view(self, mailbox: str, calendar: str | None, query: Query, since: datetime, before: datetime) -> Json:
        """Return the first page of what takes place in a stretch of time, occurrences of series one by one."""
        request = await self._requests().view(mailbox, calendar, query, _stamp(since), _stamp(before))
        return _object(await self._send(request))

    async def instances(self, mailbox: str, event: str, query: Query, since: datetime, before: datetime) -> Json:
        """Return the first page of a series' occurrences in a stretch of time."""
        request = await self._requests().instances(mailbox, event, query, _stamp(since), _stamp(before))
        return _object(await self._send(request))

    async def following(self, link: str) -> Json:
        """Return the page that a link of the page before leads to.

        Raises:
            ConfigProblem: the link leads away from the base URL; nothing was sent.
        """
        return _object(await self._send(await self._requests().following(link)))

    async def event(self, mailbox: str, event: str) -> Json:
        """Return one event, in whatever folder of the mailbox it lies; a series with what differs in occurrences.

        A service that does not tell that by the master is asked for the event alone (and later for its instances).
        """
        try:
            return await self._event(mailbox, event, ALONE, (EXPAND, EXCEPTIONS))
        except HttpRefused as refused:
            if refused.status != HTTPStatus.BAD_REQUEST or is_unreadable_id(refused):
                raise
        return await self._event(mailbox, event, SELECT, (EXPAND,))

    async def _event(self, mailbox: str, event: str, select: Sequence[str], expand: Sequence[str]) -> Json:
        return _object(await self._send(await self._requests().event(mailbox, event, select, expand)))

    async def create(self, mailbox: str, calendar: str | None, body: Body) -> Json:
        """Create an event. Sent again when the answer is lost: its transactionId makes that harmless."""
        request = await self._requests().create(mailbox, calendar, body)
        return _object(await self._send(request, repeatable=True))

    async def change(self, mailbox: str, event: str, body: Body, etag: str) -> Json:
        """Change an event. Sent again when the answer is lost: its etag makes that harmless."""
        request = await self._requests().change(mailbox, event, body, etag)
        return _object(await self._send(request, repeatable=True))

    async def remove(self, mailbox: str, event: str, etag: str) -> None:
        """Put an event into the trash."""
        await self._send(await self._requests().remove(mailbox, event, etag))

    def _requests(self) -> Sdk:
        if self._sdk is None:
            from connectors.microsoft365.sdk import Sdk

            self._sdk = Sdk(self._base_url, self._credentials.provider(_host(self._base_url)))
        return self._sdk

    async def _send(self, request: httpx.Request, *, repeatable: bool | None = None) -> httpx.Response:
        try:
            return await self.http.send(request, repeatable=repeatable)
        except ConnectAgain as again:
            raise ConnectAgain(again.message, mend=self._credentials.mend) from None


def _stamp(moment: datetime) -> str:
    return moment.astimezone(UTC).strftime("%Y-%m-%dT%H:%M:%SZ")


def _host(base_url: str) -> str:
    return (urlsplit(base_url).hostname or "").lower()


def _object(response: httpx.Response) -> Json:
    """Return the object that an answer holds.

    Raises:
        Retriable: a read was answered with something else.
        Uncertain: so was a write.
    """
    found = json_of(response)
    if isinstance(found, dict):
        return found
    message = f"Graph answered {response.request.method} with something that is no object."
    raise Retriable(message) if response.request.method == "GET" else Uncertain(message)
