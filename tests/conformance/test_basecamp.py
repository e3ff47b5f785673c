"""The checker itself: that it objects, and that it has no objections where it should not."""

from collections.abc import Awaitable, Callable
from typing import Any

import httpx
import pytest
from starlette.responses import HTMLResponse, JSONResponse, Response

from tests.conformance.basecamp import Conforming, Violation, conforming

Exchange = Callable[..., Awaitable[list[Violation]]]


@pytest.fixture
def exchange() -> Exchange:
    async def run(answer: Response, method: str, path: str, **options: Any) -> list[Violation]:
        app: Conforming = conforming(answer)
        transport = httpx.ASGITransport(app=app)
        async with httpx.AsyncClient(transport=transport, base_url="http://basecamp/1") as client:
            await client.request(method, path, **options)
        return app.violations

    return run


@pytest.mark.parametrize(
    ("answer", "method", "path", "body"),
    [
        (JSONResponse([]), "GET", "/todolists/1/todos.json?page=2&completed=true", None),
        (JSONResponse([]), "GET", "/buckets/2/todolists/1/todos", None),
        (JSONResponse([]), "GET", "/buckets/2/todosets/1/todos.json", None),
        (Response(status_code=204), "PUT", "/todos/1/position.json", {"position": 1, "parent_id": 2}),
        (Response(status_code=304), "GET", "/todos/1.json", None),
        (JSONResponse({"status": 404, "error": "Not Found"}, 404), "GET", "/todos/1.json", None),
        (Response(status_code=404), "GET", "/todos/1.json", None),
        (JSONResponse({"errors": {"name": ["x"]}}, 422), "PUT", "/todolists/1.json", {"name": "x"}),
        (JSONResponse({"starts_at": ["x"]}, 422), "PUT", "/todolists/1.json", {"name": "x"}),
        (HTMLResponse("<h1>x</h1>", 500), "PUT", "/todolists/1.json", {"name": "x"}),
        (HTMLResponse("<h1>x</h1>", 302), "GET", "/schedule_entries/1.json", None),
        (JSONResponse({"error": "x"}, 404), "GET", "/no/such/thing.json", None),
    ],
)
async def test_it_has_no_objection(exchange: Exchange, answer: Response, method: str, path: str, body: Any) -> None:
    assert await exchange(answer, method, path, json=body) == []


@pytest.mark.parametrize(
    ("answer", "method", "path", "body", "side", "why"),
    [
        (JSONResponse({"id": "1"}), "GET", "/todos/1.json", None, "answer", "'app_url' is a required"),
        (JSONResponse([{}]), "GET", "/people.json", None, "answer", "'id' is a required"),
        (JSONResponse([]), "GET", "/people.json?sort=name", None, "request", "unknown query parameter sort"),
        (JSONResponse([]), "GET", "/people.json?page=x", None, "request", "page"),
        (Response(status_code=204), "PUT", "/todos/1/position.json", {}, "request", "'position'"),
        (Response(status_code=204), "PUT", "/todos/1/position.json", {"position": "1"}, "request", "integer"),
        (
            Response(status_code=204),
            "PUT",
            "/todos/1/position.json",
            {"position": 1, "list": 2},
            "request",
            "list",
        ),
        (Response(status_code=200), "PUT", "/todos/1/position.json", {"position": 1}, "answer", "200"),
        (JSONResponse({"why": "x"}, 422), "PUT", "/todolists/1.json", {"name": "x"}, "answer", "not valid"),
        (HTMLResponse("<h1>x</h1>"), "GET", "/todos/1.json", None, "answer", "text/html"),
        (JSONResponse({}), "GET", "/no/such/thing.json", None, "answer", "no such operation"),
    ],
)
async def test_it_objects(
    exchange: Exchange, answer: Response, method: str, path: str, body: Any, side: str, why: str
) -> None:
    violations = await exchange(answer, method, path, json=body)
    assert [violation.side for violation in violations] == [side]
    assert why in str(violations[0])


async def test_without_the_description_the_test_is_skipped(monkeypatch: pytest.MonkeyPatch, tmp_path: object) -> None:
    monkeypatch.setenv("COPSYNC_SPECS", str(tmp_path))
    with pytest.raises(pytest.skip.Exception, match="COPSYNC_SPECS"):
        conforming(Response())
