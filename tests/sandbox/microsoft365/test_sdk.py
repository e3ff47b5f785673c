"""Microsoft's own Python client takes the stand-in for the service."""

import asyncio
from collections.abc import AsyncIterator
from typing import TYPE_CHECKING, Any

import httpx
import pytest

from tests.sandbox.microsoft365.harness import BERLIN, MAILBOX, Graph

# The SDK's own request builders use classes that it calls deprecated.
pytestmark = pytest.mark.filterwarnings("ignore::DeprecationWarning")

if TYPE_CHECKING:
    from msgraph.graph_service_client import GraphServiceClient


@pytest.fixture
async def sdk(graph: Graph) -> "AsyncIterator[GraphServiceClient]":
    from kiota_abstractions.authentication import AnonymousAuthenticationProvider
    from msgraph.graph_request_adapter import GraphRequestAdapter, options
    from msgraph.graph_service_client import GraphServiceClient
    from msgraph_core import GraphClientFactory  # type: ignore[import-untyped]  # ships no types

    headers = {"Authorization": "Bearer app"}
    # The SDK wraps the transport and forgets to close it, so it is closed here.
    async with (
        httpx.AsyncHTTPTransport() as transport,
        httpx.AsyncClient(transport=transport, timeout=30, headers=headers) as http,
    ):
        client = GraphClientFactory.create_with_default_middleware(client=http, options=options)
        adapter = GraphRequestAdapter(AnonymousAuthenticationProvider(), client=client)
        service = GraphServiceClient(request_adapter=adapter)
        adapter.base_url = graph.url
        yield service


def _event(subject: str) -> Any:
    from msgraph.generated.models.date_time_time_zone import DateTimeTimeZone
    from msgraph.generated.models.event import Event

    start = DateTimeTimeZone(date_time="2026-03-10T17:00:00", time_zone=BERLIN)
    end = DateTimeTimeZone(date_time="2026-03-10T18:00:00", time_zone=BERLIN)
    return Event(subject=subject, start=start, end=end, transaction_id=subject)


async def test_the_sdk_writes_reads_and_is_refused(graph: Graph, sdk: "GraphServiceClient") -> None:
    from kiota_abstractions.base_request_configuration import RequestConfiguration
    from msgraph.generated.models.event import Event
    from msgraph.generated.models.o_data_errors.o_data_error import ODataError

    user = sdk.users.by_user_id(MAILBOX)
    made = await user.events.post(_event("Gathering"))
    assert made is not None
    assert made.id is not None
    assert made.additional_data["@odata.etag"].startswith('W/"')
    changed = await user.events.by_event_id(made.id).patch(Event(subject="Renamed"))
    assert changed is not None
    assert (changed.subject, changed.transaction_id) == ("Renamed", "Gathering")

    config: RequestConfiguration[Any] = RequestConfiguration()
    config.headers.add("If-Match", made.additional_data["@odata.etag"])
    with pytest.raises(ODataError) as refused:
        await user.events.by_event_id(made.id).patch(Event(subject="Stale"), request_configuration=config)
    assert refused.value.error is not None
    assert (refused.value.response_status_code, refused.value.error.code) == (412, "ErrorIrresolvableConflict")

    await user.events.by_event_id(made.id).delete()
    listed = await user.events.get()
    assert listed is not None
    assert listed.value == []


async def test_the_sdk_follows_a_delta_round(graph: Graph, sdk: "GraphServiceClient") -> None:
    from kiota_abstractions.base_request_configuration import RequestConfiguration
    from msgraph.generated.users.item.calendar_view.delta.delta_request_builder import DeltaRequestBuilder

    view = sdk.users.by_user_id(MAILBOX).calendar_view.delta
    span = DeltaRequestBuilder.DeltaRequestBuilderGetQueryParameters(
        start_date_time="2026-03-01T00:00:00Z", end_date_time="2026-04-01T00:00:00Z"
    )
    page = await view.get(RequestConfiguration(query_parameters=span))
    assert page is not None
    assert page.odata_delta_link is not None
    made = await asyncio.to_thread(graph.create, {**_plain("Gathering")})
    later = await view.with_url(page.odata_delta_link).get()
    assert later is not None
    assert [entry.id for entry in later.value or []] == [made["id"]]


def _plain(subject: str) -> dict[str, Any]:
    start = {"dateTime": "2026-03-10T17:00:00", "timeZone": BERLIN}
    return {"subject": subject, "start": start, "end": {**start, "dateTime": "2026-03-10T18:00:00"}}
