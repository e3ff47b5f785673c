"""Microsoft's SDK as a maker of requests: where they go, what they carry, and that none is sent past us."""

import subprocess
import sys
import traceback
from urllib.parse import unquote

import httpx
import pytest
from pydantic import SecretStr

from connectors.contract import Connector
from connectors.http import Elsewhere
from connectors.microsoft365.owner import Owner
from connectors.microsoft365.query import Query
from connectors.microsoft365.sdk import OneToken, Sdk
from domain.errors import ConnectAgain
from tests.connectors.microsoft365.world import World, event_view, make, read

BASE = "https://graph.example.org/v1.0"
TOKEN = "tok-0123456789"


@pytest.fixture
def sdk() -> Sdk:
    return Sdk(BASE + "/", OneToken(SecretStr(TOKEN), "graph.example.org"))


async def test_a_listing_goes_to_one_plain_path_with_every_wish(sdk: Sdk) -> None:
    query = Query(("id", "subject"), 500, expand="x($filter=id eq 'a b')", filter="c eq 'd'", count=True)
    request = await sdk.events(Owner("o'neil+x@example.org"), None, query)
    assert request.method == "GET"
    assert str(request.url).startswith(f"{BASE}/users/o%27neil%2Bx%40example.org/calendar/events?")
    assert dict(request.url.params) == {
        "$select": "id,subject",
        "$top": "500",
        "$expand": "x($filter=id eq 'a b')",
        "$filter": "c eq 'd'",
        "$count": "true",
    }
    assert request.headers["Authorization"] == f"Bearer {TOKEN}"
    assert set(request.headers["Prefer"].split(", ")) == {
        'IdType="ImmutableId"',
        'outlook.timezone="UTC"',
        'outlook.body-content-type="html"',
    }
    assert "User-Agent" not in request.headers


async def test_writes_carry_the_version_and_plain_json(sdk: Sdk) -> None:
    made = await sdk.create(Owner("a@example.org"), "cal/1=", {"subject": "Ünï"})
    assert (made.method, str(made.url)) == ("POST", f"{BASE}/users/a%40example.org/calendars/cal%2F1%3D/events")
    assert made.read() == '{"subject":"Ünï"}'.encode()
    assert made.headers["Content-Type"] == "application/json"
    changed = await sdk.change(Owner("a@example.org"), "id/1=", {}, 'W/"7"')
    assert (changed.method, changed.url.raw_path) == ("PATCH", b"/v1.0/users/a%40example.org/events/id%2F1%3D")
    removed = await sdk.remove(Owner("a@example.org"), "1", 'W/"7"')
    assert (changed.headers["If-Match"], removed.headers["If-Match"]) == ('W/"7"', 'W/"7"')


async def test_a_group_s_calendar_has_paths_of_its_own(sdk: Sdk) -> None:
    group = Owner("02bd9fd6-8f93-4758-87c3-1fb73740a315", is_group=True)
    base = f"{BASE}/groups/{group.id}"
    query = Query(("id",), 10)
    requests = [
        (await sdk.calendar(group, None), f"{base}/calendar"),
        (await sdk.events(group, None, query), f"{base}/calendar/events?$select=id&$top=10"),
        (await sdk.create(group, None, {}), f"{base}/calendar/events"),
        (await sdk.event(group, "e/1", ("id",), ()), f"{base}/events/e%2F1?$select=id"),
        (await sdk.change(group, "1", {}, "e"), f"{base}/events/1"),
        (await sdk.remove(group, "1", "e"), f"{base}/events/1"),
        (await sdk.group(group.id, ("id", "mail")), f"{base}?$select=id,mail"),
        (await sdk.me(("id", "mail")), f"{BASE}/me?$select=id,mail"),
    ]
    for request, wanted in requests:
        assert (unquote(str(request.url)), request.headers["Authorization"]) == (unquote(wanted), f"Bearer {TOKEN}")
    for made in (
        await sdk.view(group, None, query, "2026-01-01", "2026-02-01"),
        await sdk.instances(group, "1", query, "2026-01-01", "2026-02-01"),
    ):
        assert made.url.path in (f"/v1.0/groups/{group.id}/calendarView", f"/v1.0/groups/{group.id}/events/1/instances")
        assert made.url.params["startDateTime"] == "2026-01-01"


async def test_a_request_leaves_nothing_behind_for_the_next_one(sdk: Sdk) -> None:
    await sdk.event(Owner("a@example.org"), "1", ("id",), "x")
    changed = await sdk.change(Owner("b@example.org"), "2", {}, "e")
    assert str(changed.url) == f"{BASE}/users/b%40example.org/events/2"


async def test_a_link_to_elsewhere_is_not_signed(sdk: Sdk) -> None:
    own = await sdk.following(f"{BASE}/users/a/calendar/events?$skiptoken=a%2Bb")
    assert str(own.url) == f"{BASE}/users/a/calendar/events?$skiptoken=a%2Bb"
    assert own.headers["Authorization"]
    for link in ("https://graph.example.com/v1.0/x", "https://graph.example.org.evil.example/v1.0/x"):
        assert "Authorization" not in (await sdk.following(link)).headers


async def test_the_sdk_cannot_send_by_itself(sdk: Sdk) -> None:
    with pytest.raises(RuntimeError, match="past copsync's HTTP layer"):
        await sdk._client.get(BASE)
    await sdk.aclose()


async def test_the_http_layer_refuses_links_to_elsewhere(world: World) -> None:
    client = world.connection()._client
    for link in ("http://127.0.0.1:9/v1.0/users", f"{world.url}/../beta/users", "https://graph.example.org/v1.0/users"):
        with pytest.raises(Elsewhere):
            await client.following(link)
    assert client.http.requests == 0


async def test_our_name_goes_with_every_request(world: World, calendar: Connector) -> None:
    names: list[str] = []
    app = world.faults.app

    async def note(scope, receive, send):  # type: ignore[no-untyped-def]  # an ASGI app
        names.append(httpx.Headers(scope["headers"])["user-agent"])
        await app(scope, receive, send)

    world.faults.app = note
    await make(calendar)
    await read(calendar)
    assert names == ["copsync (Microsoft 365 connector)"] * 2


async def test_no_error_shows_the_token(world: World) -> None:
    calendar = world.connector(world.connection("tok-9876543210"))
    for call in (read(calendar), make(calendar, **event_view())):
        with pytest.raises(ConnectAgain) as refused:
            await call
        told = "".join(traceback.format_exception(refused.value))
        assert "tok-9876543210" not in told
    assert "tok-9876543210" not in repr(world.connection("tok-9876543210"))


def test_importing_the_sdk_does_not_warn() -> None:
    code = (
        "from connectors.microsoft365.sdk import Sdk, OneToken; from pydantic import SecretStr;"
        "Sdk('https://graph.example.org/v1.0', OneToken(SecretStr('x'), 'graph.example.org'))"
    )
    subprocess.run([sys.executable, "-W", "error::DeprecationWarning", "-c", code], capture_output=True, check=True)
