"""What leaves on the wire, and the verdict on a listing, against a server that says exactly what a test wants."""

import asyncio
import json
from collections.abc import AsyncIterator, Iterator
from contextlib import asynccontextmanager, contextmanager
from dataclasses import dataclass, field
from typing import Any

import pytest
from pydantic import SecretStr
from starlette.requests import Request
from starlette.responses import JSONResponse, Response
from starlette.types import Receive, Scope, Send

from connectors.basecamp.client import Client
from connectors.basecamp.connect import connect
from connectors.basecamp.options import ConnectionOptions
from connectors.basecamp.together import together
from connectors.basecamp.tray import Tray
from connectors.contract import ConnectionSetup, Remote
from connectors.http import Bearer, Http, Limits
from domain.errors import ConfigProblem, Retriable, Uncertain
from domain.fields import RecordType
from sandbox.server import serve

Page = tuple[Any, str | None, str | None]


@dataclass
class Script:
    """Answers each request with the next page of a script: (body, path of the next page, X-Total-Count)."""

    pages: list[Page] = field(default_factory=list)
    requests: list[tuple[str, str, dict[str, str]]] = field(default_factory=list)

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        request = Request(scope, receive)
        self.requests.append((request.method, request.url.path, dict(request.headers)))
        if not self.pages:
            await Response(status_code=204)(scope, receive, send)
            return
        body, following, total = self.pages.pop(0)
        headers = {} if total is None else {"X-Total-Count": total}
        if following is not None:
            origin = f"{request.url.scheme}://{request.url.netloc}"
            headers["Link"] = f'<{origin}/195539477{following}>; rel="next"'
        await JSONResponse(body, headers=headers)(scope, receive, send)


@contextmanager
def served(script: Script) -> Iterator[str]:
    with serve({"basecamp": script}) as urls:
        yield urls["basecamp"]


@asynccontextmanager
async def client_on(script: Script) -> AsyncIterator[Client]:
    limits = Limits(1000, 1, at_once=4, share="host")
    with served(script) as url:
        async with Http(url, auth=Bearer(SecretStr("x-token")), limits=limits, user_agent="t (t@example.org)") as http:
            yield Client(http)


def rows(*ids: int) -> list[dict[str, int]]:
    return [{"id": identity} for identity in ids]


@pytest.mark.parametrize(
    ("pages", "ids", "odd"),
    [
        ([(rows(1, 2), None, "2")], [1, 2], ""),
        ([(rows(1, 2), None, None)], [1, 2], ""),
        ([([], None, "0")], [], ""),
        ([(rows(1), "/a?page=2", "2"), (rows(2), None, "2")], [1, 2], ""),
        ([(rows(1), None, "2")], [1], "1 rows came, 2 were announced"),
        ([(rows(1), "/a?page=2", None), (rows(1), None, None)], [1], "a row came twice"),
        ([(rows(1, 1), None, None)], [1], "a row came twice"),
        ([(rows(1), "/a?page=2", "2"), (rows(2), None, "3")], [1, 2], "added or removed"),
        ([(rows(1), "/a?page=2", None), (rows(2), "/a?page=2", None)], [1, 2], "pointed back"),
    ],
)
async def test_a_listing_knows_whether_it_was_whole(pages: list[Page], ids: list[int], odd: str) -> None:
    async with client_on(Script(list(pages))) as client:
        listing = client.projects()
        assert [row["id"] for row in await listing.rows()] == ids
        assert odd in listing.odd
        assert bool(odd) == bool(listing.odd)


@pytest.mark.parametrize("body", [{}, [1], [{"name": "no id"}], None, "text"])
async def test_what_is_no_listing_is_passing_trouble(body: Any) -> None:
    async with client_on(Script([(body, None, None)])) as client:
        with pytest.raises(Retriable):
            await client.projects().rows()


async def test_an_answer_without_an_id_is_passing_for_a_read_and_uncertain_for_a_write() -> None:
    nothing: Page = ({"name": "no id"}, None, None)
    async with client_on(Script([nothing, nothing, nothing])) as client:
        with pytest.raises(Retriable):
            await client.read("todos", "1")
        with pytest.raises(Uncertain):
            await client.create({"content": "X"}, "todolists", "1", "todos")
        with pytest.raises(Uncertain):
            await client.replace({"content": "X"}, "todos", "1")


async def test_every_write_says_that_it_is_json_even_without_a_body() -> None:
    """Basecamp: "JSON only" answers 415 otherwise."""
    script = Script()
    async with client_on(script) as client:
        await client.complete("1", done=True)
        await client.complete("1", done=False)
        await client.move("1", "2")
        await client.trash("1")
    assert [(method, path.removeprefix("/195539477")) for method, path, _ in script.requests] == [
        ("POST", "/todos/1/completion.json"),
        ("DELETE", "/todos/1/completion.json"),
        ("PUT", "/todos/1/position.json"),
        ("PUT", "/recordings/1/status/trashed.json"),
    ]
    kinds = [headers.get("content-type") for _, _, headers in script.requests]
    assert kinds == ["application/json; charset=utf-8"] * 4


async def test_ids_in_a_path_cannot_lead_elsewhere() -> None:
    script = Script([({"id": 1}, None, None)])
    async with client_on(script) as client:
        with pytest.raises(ConfigProblem):
            await client.read("todos", "1/../../people?x=")
        assert script.requests == []
        await client.read("todos", "1?x=")
    assert script.requests[0][1] == "/195539477/todos/1%3Fx=.json"


async def test_a_connection_names_itself_and_its_contact() -> None:
    script = Script([({"id": 1, "name": "Ada", "admin": True}, None, None)])
    with served(script) as url:
        options = ConnectionOptions(contact="ops@example.org")
        connection = connect(ConnectionSetup("basecamp", url, SecretStr("secret-token"), options))
        await connection.check()
        await connection.aclose()
    headers = script.requests[0][2]
    assert headers["user-agent"] == "copsync (ops@example.org)"
    assert headers["authorization"] == "Bearer secret-token"
    assert headers["accept"] == "application/json"
    assert "secret-token" not in repr(connection) + json.dumps(str(vars(connection)))


async def test_together_fails_with_the_first_failure_itself() -> None:
    async def fail() -> None:
        raise Retriable("first")

    async def wait() -> None:
        await never.wait()

    never = asyncio.Event()
    with pytest.raises(Retriable, match="first"):
        await together(wait(), fail(), wait())


def test_a_tray_hands_each_remote_over_once() -> None:
    handed: list[Remote] = []
    tray = Tray(handed.extend)
    one, other = (Remote(name, "v", RecordType.TASK, None) for name in "ab")
    tray.hand([one, one])
    tray.hand([one, other])
    tray.hand([])
    assert handed == [one, other]
    assert tray.count == 2
