"""The guard rails around Asana's SDK: each of them names something that the SDK does by itself."""

from __future__ import annotations

import asyncio
import io
import json
import logging
import subprocess
import sys
import threading
from collections.abc import AsyncIterator, Iterator
from contextlib import asynccontextmanager, redirect_stderr, redirect_stdout
from http.client import HTTPConnection
from typing import Any

import asana
import httpx
import pytest
from pydantic import SecretStr

from connectors.asana.client import BrokenListing, Client
from connectors.asana.sdk import Sdk
from connectors.http import Bearer, Http, HttpRefused, Limits, Timeouts
from domain.errors import ConnectAgain, Retriable, SetAside, Uncertain
from sandbox.faults import Fault
from tests.connectors.asana.world import QUICK, TOKEN, World


class Wire:
    """Takes what the SDK would send, and answers with what it is given."""

    def __init__(self, *answers: Any) -> None:
        self.sent: list[dict[str, Any]] = []
        self._answers: Iterator[Any] = iter(answers)

    def __call__(self, method: str, url: str, **more: Any) -> httpx.Response:
        self.sent.append({"method": method, "url": httpx.URL(url), **more})
        return httpx.Response(200, json=next(self._answers, {"data": {}}), request=httpx.Request(method, url))


@asynccontextmanager
async def client_of(world: World, seconds: float = 5.0) -> AsyncIterator[Client]:
    token = SecretStr(TOKEN)
    http = Http(
        world.url,
        auth=Bearer(token),
        limits=Limits(1000, 1, at_once=8),
        user_agent="copsync test",
        secrets=(token,),
        patience=QUICK,
        timeouts=Timeouts(total=seconds),
    )
    client = Client(http, world.url, threads=8, external=False)
    yield client
    await http.aclose()
    await client.aclose()


@pytest.fixture
async def client(world: World) -> AsyncIterator[Client]:
    async with client_of(world) as client:
        yield client


def sdk_on(wire: Wire) -> Sdk:
    return Sdk("https://asana.example.org/api/1.0/", wire)


def test_the_sdk_builds_path_query_header_and_body() -> None:
    wire = Wire()
    asana.TasksApi(sdk_on(wire)).update_task({"data": {"name": "é\u00a0x"}}, "12/34", {"opt_fields": "name,due_on"})
    sent = wire.sent[0]
    assert (sent["method"], sent["url"].raw_path) == ("PUT", b"/api/1.0/tasks/12%2F34?opt_fields=name%2Cdue_on")
    assert json.loads(sent["body"]) == {"data": {"name": "é\u00a0x"}}
    assert "Authorization" not in sent["headers"]  # the HTTP layer signs
    assert "Swagger" not in sent["headers"]["User-Agent"]


def test_a_body_given_among_the_options_stays_out_of_the_query() -> None:
    wire = Wire()
    asana.SectionsApi(sdk_on(wire)).add_task_for_section("7", {"body": {"data": {"task": "8"}}})
    assert wire.sent[0]["url"].query == b""
    assert json.loads(wire.sent[0]["body"]) == {"data": {"task": "8"}}


def test_delete_sends_no_body_and_booleans_are_spelled_as_json() -> None:
    wire = Wire()
    sdk = sdk_on(wire)
    asana.TasksApi(sdk).delete_task("7")
    asana.ProjectsApi(sdk).get_projects({"archived": False})
    assert wire.sent[0]["body"] is None
    assert wire.sent[1]["url"].query == b"archived=false"


@pytest.mark.parametrize(
    ("call", "repeatable"),
    [
        (lambda sdk: asana.TasksApi(sdk).create_task({"data": {}}, {}), None),
        (lambda sdk: asana.TasksApi(sdk).create_subtask_for_task({"data": {}}, "1", {}), None),
        (lambda sdk: asana.TasksApi(sdk).add_project_for_task({"data": {}}, "1"), None),
        (lambda sdk: asana.TasksApi(sdk).add_tag_for_task({"data": {}}, "1"), True),
        (lambda sdk: asana.TasksApi(sdk).remove_tag_for_task({"data": {}}, "1"), True),
        (lambda sdk: asana.TasksApi(sdk).set_parent_for_task({"data": {}}, "1", {}), True),
        (lambda sdk: asana.SectionsApi(sdk).add_task_for_section("1", {"body": {}}), True),
    ],
)
def test_only_posts_that_do_the_same_twice_may_be_repeated(call: Any, repeatable: bool | None) -> None:
    wire = Wire()
    call(sdk_on(wire))
    assert wire.sent[0]["repeatable"] is repeatable


def test_no_break_spaces_survive() -> None:
    wire = Wire({"data": {"name": "5\u00a0km"}})
    assert asana.TasksApi(sdk_on(wire)).get_task("1", {}) == {"data": {"name": "5\u00a0km"}}


def test_lists_come_as_they_are_and_not_as_an_iterator() -> None:
    page = {"data": [{"gid": "1"}], "next_page": {"offset": "abc"}}
    assert asana.TasksApi(sdk_on(Wire(page))).get_tasks({"project": "1"}) == page


def test_announced_changes_are_logged_once(caplog: pytest.LogCaptureFixture) -> None:
    headers = [("Asana-Change", "name=new_ids;info=https://x;affected=true"), ("Asana-Change", "name=y;affected=false")]

    def send(method: str, url: str, **_: Any) -> httpx.Response:
        return httpx.Response(200, json={"data": {}}, headers=headers, request=httpx.Request(method, url))

    sdk = Sdk("https://asana.example.org", send)
    for _ in range(2):
        asana.TasksApi(sdk).get_task("1", {})
    assert [record.message.partition(": ")[2] for record in caplog.records] == [headers[0][1]]


def test_half_a_surrogate_pair_sets_the_record_aside() -> None:
    with pytest.raises(SetAside, match="broken emoji"):
        asana.TasksApi(sdk_on(Wire())).create_task({"data": {"name": "\ud83d"}}, {})


def test_neither_threads_nor_urllib3_are_left_behind() -> None:
    before = threading.active_count()
    sdk = sdk_on(Wire())
    assert threading.active_count() == before
    assert sdk.rest_client is None
    del sdk  # its finalizer must not look for the pool


def test_logging_is_left_as_it_was() -> None:
    """In a fresh process, because the SDK touches the loggers once only."""
    program = """
import http.client, logging
http.client.HTTPConnection.debuglevel = 0
logging.getLogger("asana").setLevel(logging.ERROR)
from connectors.asana.sdk import Sdk
before = [(logging.getLogger(n).level, list(logging.getLogger(n).handlers)) for n in ("asana", "urllib3")]
Sdk("https://asana.example.org", None)
after = [(logging.getLogger(n).level, list(logging.getLogger(n).handlers)) for n in ("asana", "urllib3")]
assert before == after, (before, after)
assert before[0][0] == logging.ERROR
"""
    done = subprocess.run([sys.executable, "-c", program], capture_output=True, text=True, check=False)
    assert (done.returncode, done.stderr) == (0, "")


def test_connecting_is_what_imports_the_sdk() -> None:
    program = "import sys, connectors.asana; assert 'asana' not in sys.modules and 'httpx' not in sys.modules"
    done = subprocess.run([sys.executable, "-c", program], capture_output=True, text=True, check=False)
    assert (done.returncode, done.stderr) == (0, "")


async def test_the_token_shows_nowhere(client: Client, caplog: pytest.LogCaptureFixture) -> None:
    caplog.set_level(logging.DEBUG)
    out, err = io.StringIO(), io.StringIO()
    with redirect_stdout(out), redirect_stderr(err):
        await client.me()
        with pytest.raises(HttpRefused) as refused:
            await client.task("1")
    assert HTTPConnection.debuglevel == 0
    said = caplog.text + out.getvalue() + err.getvalue() + repr(client) + repr(client._tasks.api_client)
    assert TOKEN not in said + str(refused.value) + repr(refused.value.__dict__)


async def test_everything_goes_through_the_one_http_layer(client: Client, world: World) -> None:
    await client.me()
    await client.project(world.project)
    assert client.http.requests == len(world.state.requests) == 2
    assert client.http.clock_offset is not None


async def test_a_stuck_server_does_not_hang_the_run(world: World) -> None:
    held = world.faults.add(Fault("GET", r"/users/me", "hold", times=None))
    async with client_of(world, seconds=0.1) as client:
        with pytest.raises(Retriable, match="in time"):
            await asyncio.wait_for(client.me(), 10)
    held.remove()


async def test_closing_in_the_middle_of_a_call_leaves_no_thread_behind(world: World) -> None:
    held = world.faults.add(Fault("GET", r"/users/me", "hold", times=None))
    async with client_of(world) as client:
        call = asyncio.ensure_future(client.me())
        await asyncio.to_thread(held.reached.wait)
        call.cancel()
        threads = list(client._workers._threads)
    held.remove()
    for thread in threads:
        await asyncio.to_thread(thread.join, 10)
    assert not any(thread.is_alive() for thread in threads)


async def test_a_web_page_instead_of_data_is_named(client: Client, world: World) -> None:
    world.faults.add(Fault("GET", r"/users/me", "html"))
    with pytest.raises(Retriable, match="web page"):
        await client.me()
    world.faults.add(Fault("POST", r"/tasks", "html"))
    with pytest.raises(Uncertain, match="web page"):
        await client.create({"name": "x", "projects": [world.project]}, None)


async def test_a_refused_token_stops_the_connection(client: Client, world: World) -> None:
    world.state.tokens.clear()
    with pytest.raises(ConnectAgain):
        await client.me()


async def test_reads_are_repeated_and_creates_are_not(client: Client, world: World) -> None:
    world.faults.add(Fault("GET", r"/users/me", "status", times=2, status=502))
    await client.me()
    world.faults.add(Fault("POST", r"/tasks", "lost_answer"))
    with pytest.raises(Uncertain):
        await client.create({"name": "once", "projects": [world.project]}, None)
    assert [task.name for task in world.state.tasks.values()] == ["once"]


async def test_lists_are_followed_to_the_end_each_with_its_own_options(client: Client, world: World) -> None:
    for number in range(101):
        world.add(f"Task {number}")
    first = [len(page) async for page in client.tasks(world.project)]
    again = [len(page) async for page in client.tasks(world.project)]
    assert first == again == [100, 1]


async def test_a_page_that_points_back_ends_the_list(client: Client, world: World, monkeypatch: Any) -> None:
    page = {"data": [{"gid": "1"}], "next_page": {"offset": "same"}}
    monkeypatch.setattr(client._tasks, "get_tasks", _answering(page))
    with pytest.raises(BrokenListing, match="same page"):
        [page async for page in client.tasks(world.project)]


async def test_an_offset_that_expired_ends_the_list_but_a_wrong_project_is_refused(
    client: Client, world: World
) -> None:
    for number in range(101):
        world.add(f"Task {number}")
    refusal = '{"errors": [{"message": "offset: Your pagination token has expired."}]}'
    world.faults.add(Fault("GET", r"/tasks\?.*offset=", "status", status=400, body=refusal))
    with pytest.raises(BrokenListing, match="expired"):
        [page async for page in client.tasks(world.project)]
    with pytest.raises(HttpRefused):
        [page async for page in client.tasks("none")]


async def test_events_give_412_with_the_fresh_token(client: Client, world: World) -> None:
    with pytest.raises(HttpRefused) as refused:
        await client.events(world.project, None)
    assert refused.value.status == 412
    batch = await client.events(world.project, refused.value.body_json["sync"])
    assert (batch["data"], batch["has_more"]) == ([], False)


def _answering(answer: Any) -> Any:
    def call(*_: Any) -> Any:
        return answer

    return call
