"""An SDK in a worker thread sends through the client on the loop."""

from __future__ import annotations

import asyncio
import threading
from contextlib import AsyncExitStack

import pytest

from connectors.http import Bearer, Http, HttpRefused, ThreadBridge
from domain.errors import ConfigProblem, ConnectAgain, CopsyncError, Retriable, Uncertain
from tests.connectors.http.conftest import TOKEN, WIDE, Connect
from tests.connectors.http.scripted import Reply, Tool, serving


async def test_requests_of_threads_go_through_the_client(tool: Tool, connect: Connect) -> None:
    tool.will(Reply(status=429, headers={"Retry-After": "3"}))
    http = connect(f"{tool.url}/api")
    bridge = ThreadBridge(http, asyncio.get_running_loop())
    answers = await asyncio.gather(
        *(
            asyncio.to_thread(
                bridge.request, "POST", f"{tool.url}/api/{n}", headers={"X-N": str(n)}, body=f'{{"n": {n}}}'
            )
            for n in range(8)
        )
    )
    assert [answer.json() for answer in answers] == [{"ok": True}] * 8
    assert http.requests == http.writes == 9
    assert {(seen.path, seen.headers["x-n"], seen.body) for seen in tool.seen} == {
        (f"/api/{n}", str(n), f'{{"n": {n}}}'.encode()) for n in range(8)
    }


@pytest.mark.parametrize(
    ("reply", "error"),
    [
        (Reply(status=401), ConnectAgain),
        (Reply(status=404), HttpRefused),
        (Reply(cut="after"), Uncertain),
        (Reply(stall="before"), Uncertain),
        (Reply(status=429, headers={"Retry-After": "900"}), Retriable),
    ],
)
async def test_the_errors_are_the_same(tool: Tool, connect: Connect, reply: Reply, error: type[Exception]) -> None:
    tool.will(reply)
    bridge = ThreadBridge(connect(tool.url), asyncio.get_running_loop())
    with pytest.raises(error):
        await asyncio.to_thread(bridge.request, "POST", f"{tool.url}/x", timeout=0.2)
    with pytest.raises(ConfigProblem, match="credentials stay"):
        await asyncio.to_thread(bridge.request, "GET", "https://evil.example/x")


async def test_expected_statuses_reach_the_sdk(tool: Tool, connect: Connect) -> None:
    tool.will(Reply(status=412, json={"sync": "x"}))
    bridge = ThreadBridge(connect(tool.url), asyncio.get_running_loop())
    answer = await asyncio.to_thread(bridge.request, "GET", f"{tool.url}/x", expect=range(200, 500))
    assert answer.status_code == 412


async def test_it_refuses_to_block_the_loop_it_waits_for(tool: Tool, connect: Connect) -> None:
    bridge = ThreadBridge(connect(tool.url), asyncio.get_running_loop())
    with pytest.raises(RuntimeError, match="from a worker thread"):
        bridge.request("GET", f"{tool.url}/x")
    assert tool.seen == []


def test_it_works_from_the_thread_of_another_loop() -> None:
    """A loop in its own thread serves a caller that has a loop of its own."""

    ready, stop = threading.Event(), threading.Event()
    found: dict[str, object] = {}

    async def serve() -> None:
        async with (
            serving(Tool()) as tool,
            Http(tool.url, auth=Bearer(TOKEN), limits=WIDE, user_agent="copsync", secrets=(TOKEN,)) as http,
        ):
            found.update(bridge=ThreadBridge(http, asyncio.get_running_loop()), url=tool.url)
            ready.set()
            await asyncio.to_thread(stop.wait)

    async def call() -> int:
        bridge = found["bridge"]
        assert isinstance(bridge, ThreadBridge)
        return bridge.request("GET", f"{found['url']}/x").status_code

    thread = threading.Thread(target=asyncio.run, args=(serve(),))
    thread.start()
    try:
        assert ready.wait(10)
        assert asyncio.run(call()) == 200
    finally:
        stop.set()
        thread.join()


@pytest.mark.parametrize(("method", "error"), [("GET", Retriable), ("POST", Uncertain)])
def test_a_loop_that_ends_meanwhile_does_not_leave_the_thread_waiting(method: str, error: type[Exception]) -> None:

    caught: list[BaseException] = []

    def call(bridge: ThreadBridge, url: str) -> None:
        try:
            bridge.request(method, f"{url}/x")
        except CopsyncError as failure:
            caught.append(failure)

    async def main() -> tuple[threading.Thread, ThreadBridge, str]:
        tool = Tool()
        tool.will(Reply(stall="before"))
        async with (
            serving(tool),
            Http(tool.url, auth=Bearer(TOKEN), limits=WIDE, user_agent="copsync", secrets=(TOKEN,)) as http,
        ):
            bridge = ThreadBridge(http, asyncio.get_running_loop())
            thread = threading.Thread(target=call, args=(bridge, tool.url))
            thread.start()
            while not tool.seen:
                await asyncio.sleep(0.001)
            for task in asyncio.all_tasks() - {asyncio.current_task()}:
                task.cancel()
            await asyncio.sleep(0.01)
            return thread, bridge, tool.url

    thread, bridge, url = asyncio.run(main())
    thread.join(10)
    assert not thread.is_alive()
    assert [type(failure) for failure in caught] == [error]
    with pytest.raises(Retriable, match="the run has ended"):
        bridge.request(method, f"{url}/x")


def test_what_was_given_up_is_not_sent_by_a_loop_that_goes_on_later() -> None:
    tool, stack = Tool(), AsyncExitStack()

    async def open_up() -> Http:
        await stack.enter_async_context(serving(tool))
        http = Http(tool.url, auth=Bearer(TOKEN), limits=WIDE, user_agent="copsync", secrets=(TOKEN,))
        return await stack.enter_async_context(http)

    with asyncio.Runner() as runner:
        http = runner.run(open_up())
        with pytest.raises(Uncertain):
            ThreadBridge(http, runner.get_loop()).request("POST", "/x")
        runner.run(asyncio.sleep(0.05))
        runner.run(stack.aclose())
    assert tool.seen == []
