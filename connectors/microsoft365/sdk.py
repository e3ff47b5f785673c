"""Builds and signs requests with Microsoft's SDK; sends none. Imported at first use only: it takes 0.3 s and 40 MB.

The SDK's own way to send is left out: it repeats writes that may have been carried out, follows links to any host,
and needs some 5 ms for each event it reads. Its request builders know Graph's paths and their encoding.
"""

from __future__ import annotations

import json
import warnings
from collections.abc import Mapping, Sequence
from typing import Any

import httpx
from pydantic import SecretStr

from connectors.microsoft365.owner import Owner
from connectors.microsoft365.query import Query
from domain.errors import SetAside

with warnings.catch_warnings():
    warnings.simplefilter("ignore", DeprecationWarning)  # the generated classes warn of each other
    from kiota_abstractions.authentication import (
        AccessTokenProvider,
        AllowedHostsValidator,
        BaseBearerTokenAuthenticationProvider,
    )
    from kiota_abstractions.base_request_configuration import RequestConfiguration
    from kiota_abstractions.method import Method
    from kiota_abstractions.request_information import RequestInformation
    from msgraph.graph_request_adapter import GraphRequestAdapter
    from msgraph.graph_service_client import GraphServiceClient

_PREFER = 'IdType="ImmutableId", outlook.timezone="UTC", outlook.body-content-type="html"'
_JSON = "application/json"


class OneToken(AccessTokenProvider):
    """Gives one bearer token, for one host only."""

    def __init__(self, token: SecretStr, host: str) -> None:
        self._token = token
        self._hosts = AllowedHostsValidator([host])

    async def get_authorization_token(
        self, uri: str, additional_authentication_context: dict[str, Any] | None = None
    ) -> str:
        """Return the token for the host, and nothing for any other."""
        return self._token.get_secret_value() if self._hosts.is_url_host_valid(uri) else ""

    def get_allowed_hosts_validator(self) -> AllowedHostsValidator:
        """Return what knows the host."""
        return self._hosts


class _Nowhere(httpx.AsyncBaseTransport):
    """The transport of the SDK's own client, which must not send."""

    async def handle_async_request(self, request: httpx.Request) -> httpx.Response:
        raise RuntimeError(f"{request.method} would have gone past copsync's HTTP layer")


class Sdk:
    """Microsoft's client, as a maker of requests. Every request asks for immutable ids, UTC and HTML.

    Args:
        base_url: where Graph is.
        provider: gives the tokens.
    """

    def __init__(self, base_url: str, provider: AccessTokenProvider) -> None:
        self._client = httpx.AsyncClient(transport=_Nowhere())
        self._adapter = GraphRequestAdapter(BaseBearerTokenAuthenticationProvider(provider), client=self._client)
        self._graph = GraphServiceClient(request_adapter=self._adapter)
        self._adapter.base_url = base_url.rstrip("/")  # not through httpx, which adds a slash that becomes "//users"
        self._has_groups = False
        _load(self._graph, Owner("-"))

    async def aclose(self) -> None:
        """Close the client that never sent anything."""
        await self._client.aclose()

    async def someone(self) -> httpx.Request:
        """Return a request for one user of the directory."""
        return await self._get(self._graph.users, "UsersRequestBuilder", Query(("id",), 1))

    async def me(self, select: Sequence[str]) -> httpx.Request:
        """Return a request for the person who signed in; the SDK's own way there relies on its way to send."""
        info = RequestInformation(Method.GET, "{+baseurl}/me{?%24select}", {"%24select": ",".join(select)})
        return await self._native(info)

    async def group(self, group: str, select: Sequence[str]) -> httpx.Request:
        """Return a request for a group of the directory."""
        builder = self._owner(Owner(group, is_group=True))
        query = builder.GroupItemRequestBuilderGetQueryParameters(select=list(select))
        return await self._native(builder.to_get_request_information(RequestConfiguration(query_parameters=query)))

    async def calendar(self, owner: Owner, calendar: str | None) -> httpx.Request:
        """Return a request for a calendar; None is the owner's own."""
        builder = self._calendar(owner, calendar)
        return await self._native(builder.to_get_request_information())

    async def calendars(self, owner: Owner) -> httpx.Request:
        """Return a request for a mailbox's calendars."""
        builder = self._owner(owner).calendars
        return await self._get(builder, "CalendarsRequestBuilder", Query(("id", "name"), 100))

    async def events(self, owner: Owner, calendar: str | None, query: Query) -> httpx.Request:
        """Return a request for a page of a calendar's events and series, without occurrences."""
        return await self._get(self._calendar(owner, calendar).events, "EventsRequestBuilder", query)

    async def view(self, owner: Owner, calendar: str | None, query: Query, since: str, before: str) -> httpx.Request:
        """Return a request for what takes place in a stretch of time, occurrences of series one by one."""
        place = self._owner(owner) if owner.is_group else self._calendar(owner, calendar)  # as documented for groups
        builder = place.calendar_view
        return await self._get(builder, "CalendarViewRequestBuilder", query, since, before)

    async def instances(self, owner: Owner, event: str, query: Query, since: str, before: str) -> httpx.Request:
        """Return a request for a series' occurrences in a stretch of time."""
        builder = self._owner(owner).events.by_event_id(event).instances
        return await self._get(builder, "InstancesRequestBuilder", query, since, before)

    async def following(self, link: str) -> httpx.Request:
        """Return a request for the page that a link leads to; only a link to our host is signed."""
        return await self._native(self._graph.users.with_url(link).to_get_request_information())

    async def event(self, owner: Owner, event: str, select: Sequence[str], expand: Sequence[str]) -> httpx.Request:
        """Return a request for one event, in whatever folder it lies."""
        builder = self._owner(owner).events.by_event_id(event)
        query = builder.EventItemRequestBuilderGetQueryParameters(select=list(select), expand=list(expand))
        return await self._native(builder.to_get_request_information(RequestConfiguration(query_parameters=query)))

    async def create(self, owner: Owner, calendar: str | None, body: Mapping[str, Any]) -> httpx.Request:
        """Return a request that creates an event."""
        return await self._write(Method.POST, self._calendar(owner, calendar).events, body)

    async def change(self, owner: Owner, event: str, body: Mapping[str, Any], etag: str) -> httpx.Request:
        """Return a request that changes an event unless it moved since that version."""
        return await self._write(Method.PATCH, self._owner(owner).events.by_event_id(event), body, etag)

    async def remove(self, owner: Owner, event: str, etag: str) -> httpx.Request:
        """Return a request that puts an event into the trash unless it moved since that version."""
        info = self._owner(owner).events.by_event_id(event).to_delete_request_information()
        info.headers.add("If-Match", etag)
        return await self._native(info)

    def _owner(self, owner: Owner) -> Any:
        if owner.is_group and not self._has_groups:
            _load(self._graph, owner)
            self._has_groups = True
        return _builder(self._graph, owner)

    def _calendar(self, owner: Owner, calendar: str | None) -> Any:
        builder = self._owner(owner)
        return builder.calendar if calendar is None else builder.calendars.by_calendar_id(calendar)

    async def _get(
        self, builder: Any, name: str, query: Query, since: str | None = None, before: str | None = None
    ) -> httpx.Request:
        window = {"start_date_time": since, "end_date_time": before} if since and before else {}
        options = getattr(builder, f"{name}GetQueryParameters")(
            select=list(query.select),
            top=query.top,
            expand=[query.expand] if query.expand else None,
            filter=query.filter,
            count=query.count or None,
            **window,
        )
        return await self._native(builder.to_get_request_information(RequestConfiguration(query_parameters=options)))

    async def _write(
        self, method: Method, builder: Any, body: Mapping[str, Any], etag: str | None = None
    ) -> httpx.Request:
        info = RequestInformation(method, builder.url_template, dict(builder.path_parameters))
        info.headers.add("Accept", _JSON)
        if etag is not None:
            info.headers.add("If-Match", etag)
        info.set_stream_content(_encoded(body), _JSON)
        return await self._native(info)

    async def _native(self, info: RequestInformation) -> httpx.Request:
        info.headers.add("Prefer", _PREFER)
        self._adapter.set_base_url_for_request_information(info)
        request: httpx.Request = await self._adapter.convert_to_native_async(info)
        del request.headers["User-Agent"]  # the HTTP layer names us
        return request


def _builder(graph: GraphServiceClient, owner: Owner) -> Any:
    return graph.groups.by_group_id(owner.id) if owner.is_group else graph.users.by_user_id(owner.id)


def _load(graph: GraphServiceClient, owner: Owner) -> None:
    """Import the builders of a kind of owner, because their modules warn when they are imported."""
    with warnings.catch_warnings():
        warnings.simplefilter("ignore", DeprecationWarning)
        builder = _builder(graph, owner)
        event = builder.events.by_event_id("-")
        _ = (event.instances, builder.calendar.events, builder.calendar_view)
        if not owner.is_group:
            named = builder.calendars.by_calendar_id("-")
            _ = (builder.calendar.calendar_view, named.events, named.calendar_view)


def _encoded(body: Mapping[str, Any]) -> bytes:
    try:
        return json.dumps(body, ensure_ascii=False, allow_nan=False, separators=(",", ":")).encode("utf-8")
    except ValueError:
        pass
    raise SetAside(
        "This item cannot be written down for Outlook.",
        mend="Look for broken emoji or control characters in its texts and type them again.",
    )
