"""The checker finds what departs from the description; a checker that cannot complain is worth nothing."""

import json
from typing import Any

import httpx
import pytest
from starlette.requests import Request
from starlette.responses import Response

from tests.conformance.microsoft365 import Conforming, complaint, conforming, spec_missing

pytestmark = pytest.mark.skipif(spec_missing() is not None, reason=spec_missing() or "")

EVENTS = "/v1.0/users/ada@example.org/events"
START = {"dateTime": "2026-03-10T17:00:00", "timeZone": "UTC"}


def app_answering(content: Any, status: int = 200) -> Conforming:
    async def app(scope: Any, receive: Any, send: Any) -> None:
        await Request(scope, receive).body()
        body = content if isinstance(content, bytes) else json.dumps(content).encode()
        await Response(body, status, media_type="application/json")(scope, receive, send)

    return conforming(app)


async def call(app: Conforming, method: str, path: str, **more: Any) -> list[tuple[str, str]]:
    async with httpx.AsyncClient(transport=httpx.ASGITransport(app), base_url="http://test") as http:
        await http.request(method, path, **more)
    return [(found.side, found.reason) for found in app.violations]


@pytest.mark.parametrize(
    "body",
    [
        {"subject": "x", "start": START, "recurrence": None},
        {"body": {"contentType": "html", "content": "x"}, "categories": [], "isReminderOn": False},
        {"singleValueExtendedProperties": [{"id": "String {x} Name y", "value": "1"}]},
    ],
)
def test_a_good_event_passes(body: dict[str, Any]) -> None:
    assert complaint("microsoft.graph.event", body) is None


@pytest.mark.parametrize(
    "body",
    [
        {"isAllday": True},
        {"start": {"dateTime": "2026-03-10T17:00:00", "timezone": "UTC"}},
        {"start": "2026-03-10"},
        {"showAs": "Busy"},
        {"recurrence": {"pattern": {"type": "monthly"}}},
        {"recurrence": {"range": {"startDate": "10.03.2026"}}},
        {"createdDateTime": "yesterday"},
        {"categories": None},
        {"reminderMinutesBeforeStart": "15"},
    ],
)
def test_a_wrong_event_is_found(body: dict[str, Any]) -> None:
    assert complaint("microsoft.graph.event", body) is not None


async def test_good_traffic_has_no_violations() -> None:
    app = app_answering({"@odata.context": "x", "value": [{"id": "1", "subject": "x"}]})
    assert await call(app, "GET", f"{EVENTS}?$top=10&$select=subject") == []
    assert await call(app, "GET", f"{EVENTS}?$skiptoken=abc") == []
    assert app.exchanges == 2
    assert await call(app_answering({"id": "1"}, 201), "POST", EVENTS, json={"subject": "x"}) == []
    assert await call(app_answering(b"", 204), "DELETE", f"{EVENTS}/1") == []


@pytest.mark.parametrize(
    ("content", "status"),
    [
        ({"value": [{"id": "1", "title": "x"}]}, 200),
        ({"values": []}, 200),
        (b"<html>", 200),
        ({"message": "x"}, 500),
        ({"error": {"code": "x"}}, 400),
        ({"value": []}, 202),
    ],
)
async def test_a_wrong_answer_is_found(content: Any, status: int) -> None:
    app = app_answering(content, status)
    assert [side for side, _ in await call(app, "GET", EVENTS)] == ["response"]
    assert app.accepted() == app.violations


@pytest.mark.parametrize(
    ("method", "path", "more"),
    [
        ("POST", EVENTS, {"json": {"subject": 7}}),
        ("POST", EVENTS, {"content": b"{"}),
        ("GET", f"{EVENTS}?$top=many", {}),
        ("GET", f"{EVENTS}?top=5", {}),
        ("GET", "/v1.0/users/ada@example.org/calendarView?startDateTime=2026-01-01", {}),
        ("GET", "/v1.0/users/ada@example.org/calendarView/delta", {}),
        ("GET", "/v1.0/users/ada@example.org/event", {}),
        ("PUT", EVENTS, {"json": {}}),
    ],
)
async def test_a_wrong_request_is_found_and_counts_against_whoever_took_it(
    method: str, path: str, more: dict[str, Any]
) -> None:
    refusing = app_answering({"error": {"code": "x", "message": "x"}}, 400)
    assert {side for side, _ in await call(refusing, method, path, **more)} == {"request"}
    assert refusing.accepted() == []
    assert refusing.refused() == refusing.violations
    taking = app_answering({"error": {"code": "x", "message": "x"}}, 200)
    await call(taking, method, path, **more)
    assert next(found.side for found in taking.accepted()) == "request"
