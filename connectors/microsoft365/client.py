"""Graph's calendar endpoints: the SDK builds and signs each request, copsync's HTTP layer sends it."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from datetime import UTC, datetime
from http import HTTPStatus
from typing import TYPE_CHECKING, Any
from urllib.parse import urlsplit

import httpx

from connectors.http import Http, HttpRefused, json_of
from connectors.microsoft365.appointment import ALONE, EXCEPTIONS, EXPAND, SELECT, Json, without
from connectors.microsoft365.credentials import Credentials
from connectors.microsoft365.owner import Owner
from connectors.microsoft365.query import Query
from connectors.microsoft365.refusals import is_unreadable_id
from domain.errors import ConnectAgain, Retriable, Uncertain

if TYPE_CHECKING:
    from connectors.microsoft365.sdk import Sdk

Body = Mapping[str, Any]

WHO = ("id", "mail", "userPrincipalName", "proxyAddresses")
GROUP = ("id", "displayName", "mail", "proxyAddresses", "autoSubscribeNewMembers")
"""What is asked about the one who signed in, and about a group; its last is told only when named."""


class Client:
    """One connection's way to Graph. Methods raise what `connectors.http.Http.request` raises.

    Args:
        http: sends; adds no credentials of its own.
        base_url: where Graph is.
        credentials: sign every request.
        unseen: addresses that no event shows among its attendees.
    """

    def __init__(
        self, http: Http, base_url: str, credentials: Credentials, unseen: frozenset[str] = frozenset()
    ) -> None:
        self.http = http
        self._base_url = base_url
        self._credentials = credentials
        self._unseen = unseen
        self._sdk: Sdk | None = None

    def apart_from(self, unseen: frozenset[str]) -> Client:
        """Return the same way to Graph on which these addresses do not show among attendees; closed with this one."""
        made = Client(self.http, self._base_url, self._credentials, unseen)
        made._sdk = self._requests()
        return made

    async def aclose(self) -> None:
        """Close everything."""
        await self.http.aclose()
        await self._credentials.aclose()
        if self._sdk is not None:
            await self._sdk.aclose()

    async def someone(self) -> None:
        """Ask for any user of the directory, which only an accepted token may even be refused."""
        await self._send(await self._requests().someone())

    async def me(self) -> Json:
        """Return who has signed in, with the addresses."""
        return _object(await self._send(await self._requests().me(WHO)))

    async def group(self, group: str) -> Json:
        """Return a group with its addresses, and whether new members are made to follow it."""
        return _object(await self._send(await self._requests().group(group, GROUP)))

    async def calendar(self, owner: Owner, calendar: str | None) -> Json:
        """Return a calendar; None is the owner's own."""
        return _object(await self._send(await self._requests().calendar(owner, calendar)))

    async def calendars(self, owner: Owner) -> Json:
        """Return the first page of a mailbox's calendars."""
        return _object(await self._send(await self._requests().calendars(owner)))

    async def events(self, owner: Owner, calendar: str | None, query: Query) -> Json:
        """Return the first page of a calendar's events and series."""
        return self._page(await self._send(await self._requests().events(owner, calendar, query)))

    async def view(self, owner: Owner, calendar: str | None, query: Query, since: datetime, before: datetime) -> Json:
        """Return the first page of what takes place in a stretch of time, occurrences of series one by one."""
        request = await self._requests().view(owner, calendar, query, _stamp(since), _stamp(before))
        return self._page(await self._send(request))

    async def instances(self, owner: Owner, event: str, query: Query, since: datetime, before: datetime) -> Json:
        """Return the first page of a series' occurrences in a stretch of time."""
        request = await self._requests().instances(owner, event, query, _stamp(since), _stamp(before))
        return self._page(await self._send(request))

    async def following(self, link: str) -> Json:
        """Return the page that a link of the page before leads to.

        Raises:
            ConfigProblem: the link leads away from the base URL; nothing was sent.
        """
        return self._page(await self._send(await self._requests().following(link)))

    async def event(self, owner: Owner, event: str) -> Json:
        """Return one event, in whatever folder it lies; a series with what differs in occurrences.

        A service that does not tell that by the master is asked for the event alone (and later for its instances).
        """
        try:
            return await self._event(owner, event, ALONE, (EXPAND, EXCEPTIONS))
        except HttpRefused as refused:
            if refused.status != HTTPStatus.BAD_REQUEST or is_unreadable_id(refused):
                raise
        return await self._event(owner, event, SELECT, (EXPAND,))

    async def _event(self, owner: Owner, event: str, select: Sequence[str], expand: Sequence[str]) -> Json:
        return self._event_of(await self._send(await self._requests().event(owner, event, select, expand)))

    async def create(self, owner: Owner, calendar: str | None, body: Body) -> Json:
        """Create an event. Sent again when the answer is lost: its transactionId makes that harmless in a mailbox.

        Nothing says so for the calendars of groups; there it is sent once.
        """
        request = await self._requests().create(owner, calendar, body)
        return self._event_of(await self._send(request, repeatable=not owner.is_group))

    async def change(self, owner: Owner, event: str, body: Body, etag: str) -> Json:
        """Change an event. Sent again when the answer is lost: its etag makes that harmless, in a mailbox."""
        request = await self._requests().change(owner, event, body, etag)
        return self._event_of(await self._send(request, repeatable=not owner.is_group))

    async def remove(self, owner: Owner, event: str, etag: str) -> None:
        """Put an event into the trash."""
        await self._send(await self._requests().remove(owner, event, etag))

    def _event_of(self, response: httpx.Response) -> Json:
        found = _object(response)
        return without(found, self._unseen) if self._unseen else found

    def _page(self, response: httpx.Response) -> Json:
        page = _object(response)
        rows = page.get("value")
        if not self._unseen or not isinstance(rows, list):
            return page
        return {**page, "value": [without(row, self._unseen) if isinstance(row, dict) else row for row in rows]}

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
