"""What is repeated, what never is, and what is said in the end."""

from __future__ import annotations

import asyncio
from contextlib import AsyncExitStack

import pytest

from connectors.http import HttpRefused, Patience, Timeouts
from domain.errors import ConfigProblem, ConnectAgain, Retriable, Uncertain
from tests.connectors.http.conftest import Connect
from tests.connectors.http.faketime import FakeTime
from tests.connectors.http.scripted import Reply, Tool, babbling, free_port, serving

QUICK = Timeouts(connect=2, read=0.1, write=2, pool=2, total=2)
LOST = [
    pytest.param(Reply(cut="before"), id="cut before the work"),
    pytest.param(Reply(cut="after"), id="cut after the work"),
    pytest.param(Reply(cut="within"), id="cut within the answer"),
    pytest.param(Reply(stall="before"), id="no answer in time"),
    pytest.param(Reply(stall="within"), id="half an answer in time"),
    pytest.param(Reply(body=b"\x1f\x8bgarbage", headers={"Content-Encoding": "gzip"}), id="gzip garbage"),
    pytest.param(Reply(status=500), id="500"),
    pytest.param(Reply(status=502), id="502"),
    pytest.param(Reply(status=503), id="503 without Retry-After"),
    pytest.param(Reply(status=504), id="504"),
    pytest.param(Reply(status=524), id="524"),
]
REFUSED = [
    pytest.param(Reply(status=429), id="429"),
    pytest.param(Reply(status=429, headers={"Retry-After": "7"}), id="429 in seconds"),
    pytest.param(Reply(status=503, headers={"Retry-After": "7"}), id="503 with Retry-After"),
]


@pytest.mark.parametrize("trouble", [*LOST, *REFUSED])
async def test_a_read_is_repeated_until_it_is_answered(tool: Tool, connect: Connect, trouble: Reply) -> None:
    tool.will(trouble, trouble)
    http = connect(tool.url, timeouts=QUICK)
    answer = await http.request("GET", "/tasks")
    assert answer.json() == {"ok": True}
    assert len(tool.seen) == http.requests == 3
    assert http.writes == 0


@pytest.mark.parametrize("trouble", LOST)
async def test_a_write_whose_answer_is_lost_is_never_sent_again(tool: Tool, connect: Connect, trouble: Reply) -> None:
    tool.will(trouble)
    http = connect(tool.url, timeouts=QUICK)
    with pytest.raises(Uncertain, match="may or may not have carried it out"):
        await http.request("POST", "/tasks", json={"name": "Plan the meetup"})
    assert len(tool.seen) == http.requests == http.writes == 1
    assert tool.done == (0 if trouble.cut == "before" else 1)


@pytest.mark.parametrize("trouble", REFUSED)
async def test_a_write_that_was_refused_before_anything_happened_is_sent_again(
    tool: Tool, connect: Connect, trouble: Reply
) -> None:
    tool.will(trouble, trouble)
    http = connect(tool.url)
    await http.request("POST", "/tasks", json={})
    assert len(tool.seen) == http.writes == 3


@pytest.mark.parametrize(("method", "repeatable"), [("PUT", None), ("DELETE", None), ("POST", True), ("PATCH", True)])
async def test_a_write_that_may_be_repeated_is(
    tool: Tool, connect: Connect, method: str, repeatable: bool | None
) -> None:
    tool.will(Reply(cut="after"), Reply(status=502))
    http = connect(tool.url)
    await http.request(method, "/tasks/1", json={"a": 1}, repeatable=repeatable)
    assert [seen.body for seen in tool.seen] == [b'{"a":1}'] * 3


@pytest.mark.parametrize(("method", "repeatable"), [("PATCH", None), ("PUT", False), ("DELETE", False)])
async def test_the_caller_decides_what_may_be_repeated(
    tool: Tool, connect: Connect, method: str, repeatable: bool | None
) -> None:
    tool.will(Reply(cut="after"))
    with pytest.raises(Uncertain):
        await connect(tool.url).request(method, "/tasks/1", json={}, repeatable=repeatable)
    assert len(tool.seen) == 1


async def test_a_read_that_stays_broken_is_left_to_the_next_run(tool: Tool, connect: Connect, fake: FakeTime) -> None:
    tool.will(*[Reply(status=500, body=b"<h1>Oops</h1>")] * 9)
    with pytest.raises(Retriable, match=r"127\.0\.0\.1:\d+/tasks: the tool answered 500\. Nothing is lost") as caught:
        await connect(tool.url).request("GET", "/tasks")
    assert len(tool.seen) == 5
    assert fake.slept == [0.5, 1.0, 2.0, 4.0]
    assert caught.value.retry_after is None


async def test_a_repeatable_write_that_stays_lost_is_uncertain(tool: Tool, connect: Connect) -> None:
    tool.will(*[Reply(cut="after")] * 9)
    with pytest.raises(Uncertain):
        await connect(tool.url).request("PUT", "/tasks/1", json={})
    assert len(tool.seen) == 5


@pytest.mark.parametrize(
    "second",
    [Reply(status=429, headers={"Retry-After": "900"}), Reply(status=401)],
    ids=["paused for long", "token revoked"],
)
async def test_a_lost_write_stays_uncertain_whatever_comes_after_it(
    tool: Tool, connect: Connect, second: Reply
) -> None:
    tool.will(Reply(cut="after"), second)
    with pytest.raises(Uncertain):
        await connect(tool.url).request("PUT", "/tasks/1", json={})


async def test_a_lost_write_stays_uncertain_when_the_token_cannot_be_had_any_more(tool: Tool, connect: Connect) -> None:
    class Dying:
        async def headers(self) -> dict[str, str]:
            if tool.seen:
                raise ConnectAgain("The sign-in has run out.")
            return {}

    tool.will(Reply(cut="after"))
    with pytest.raises(Uncertain, match="an attempt was lost, and then: The sign-in has run out"):
        await connect(tool.url, auth=Dying()).request("DELETE", "/tasks/1")


async def test_a_refusal_after_a_lost_write_says_that_it_may_be_the_echo(tool: Tool, connect: Connect) -> None:
    tool.will(Reply(cut="after"), Reply(status=404), Reply(status=404))
    http = connect(tool.url)
    with pytest.raises(HttpRefused) as caught:
        await http.request("DELETE", "/tasks/1")
    assert caught.value.maybe_done
    with pytest.raises(HttpRefused) as caught:
        await http.request("DELETE", "/tasks/1")
    assert not caught.value.maybe_done


async def test_a_write_that_could_not_connect_is_sent_once_the_tool_is_there(connect: Connect, fake: FakeTime) -> None:
    port, tool = free_port(), Tool()
    http = connect(f"http://127.0.0.1:{port}")
    async with AsyncExitStack() as stack:

        async def open_up() -> None:
            if len(fake.slept) == 2:
                await stack.enter_async_context(serving(tool, port=port))

        fake.then = open_up
        await http.request("POST", "/tasks", json={})
        assert len(tool.seen) == 1
        assert http.requests == http.writes == 1  # the refused connections carried nothing
        await http.aclose()


async def test_a_write_that_never_connects_changed_nothing(connect: Connect, fake: FakeTime) -> None:
    http = connect(f"http://127.0.0.1:{free_port()}")
    with pytest.raises(Retriable, match=r"could not be reached .*check base_url"):
        await http.request("POST", "/tasks", json={})
    assert http.requests == http.writes == 0
    assert len(fake.slept) == 4


@pytest.mark.parametrize(
    ("headers", "wait"),
    [
        ({"Retry-After": "7"}, 7),
        ({"Retry-After": "0"}, 0),
        ({"Retry-After": "1.2"}, 2),
        ({"Retry-After": "Mon, 02 Mar 2026 09:00:31 GMT"}, 31),
        ({"Retry-After": "Tue, 03 Mar 2026 12:00:40 GMT", "Date": "Tue, 03 Mar 2026 12:00:00 GMT"}, 40),
        ({"Retry-After": "Mon, 02 Mar 2026 08:00:00 GMT"}, 0),
        ({"Retry-After": "soon"}, 0.5),
        ({"Retry-After": "-5"}, 0.5),
        ({}, 0.5),
    ],
)
async def test_retry_after_is_honoured(
    tool: Tool, connect: Connect, fake: FakeTime, headers: dict[str, str], wait: float
) -> None:
    tool.will(Reply(status=429, headers=headers))
    await connect(tool.url).request("GET", "/tasks")
    assert sum(fake.slept) == pytest.approx(wait)


async def test_retry_after_is_rounded_up(tool: Tool, connect: Connect, fake: FakeTime) -> None:
    fake.passed += 0.4
    tool.will(Reply(status=429, headers={"Retry-After": "Mon, 02 Mar 2026 09:00:31 GMT"}))
    await connect(tool.url).request("GET", "/tasks")
    assert sum(fake.slept) == pytest.approx(31)


async def test_a_long_pause_is_not_waited_for_and_nobody_else_is_sent_into_it(
    tool: Tool, connect: Connect, fake: FakeTime
) -> None:
    tool.will(Reply(status=429, headers={"Retry-After": "600"}))
    http = connect(tool.url)
    with pytest.raises(Retriable) as caught:
        await http.request("GET", "/tasks")
    assert caught.value.retry_after == 600
    fake.passed += 100
    with pytest.raises(Retriable) as caught:
        await http.request("POST", "/tasks", json={})
    assert caught.value.retry_after == 500
    assert len(tool.seen) == http.requests == 1
    assert fake.slept == []
    fake.passed += 490
    await http.request("GET", "/tasks")
    assert sum(fake.slept) == pytest.approx(10)


async def test_no_attempt_starts_after_the_total(tool: Tool, connect: Connect, fake: FakeTime) -> None:
    tool.will(*[Reply(status=429, headers={"Retry-After": "100"})] * 9)
    with pytest.raises(Retriable) as caught:
        await connect(tool.url, patience=Patience(attempts=9, total=250)).request("GET", "/tasks")
    assert len(tool.seen) == 3
    assert caught.value.retry_after == 100


@pytest.mark.parametrize("status", [400, 402, 403, 404, 409, 410, 412, 415, 422, 451, 501, 507])
async def test_a_final_answer_is_not_repeated(tool: Tool, connect: Connect, status: int) -> None:
    tool.will(Reply(status=status))
    with pytest.raises(HttpRefused) as caught:
        await connect(tool.url).request("GET", "/tasks")
    assert caught.value.status == status
    assert len(tool.seen) == 1


async def test_expected_statuses_are_returned_whatever_they_are(tool: Tool, connect: Connect) -> None:
    http = connect(tool.url)
    for status in (304, 401, 404, 412, 429, 500, 503):
        tool.will(Reply(status=status))
        answer = await http.request("POST", "/events", json={}, expect={200, status})
        assert answer.status_code == status
    assert len(tool.seen) == 7


async def test_what_cannot_be_put_on_the_wire_is_not_tried_again(tool: Tool, connect: Connect) -> None:
    http = connect(tool.url)
    with pytest.raises(ConfigProblem, match="could not be put on the wire"):
        await http.request("GE T", "/tasks")
    assert http.requests == 0
    assert tool.seen == []


async def test_a_server_that_does_not_speak_http_is_passing_trouble(connect: Connect) -> None:
    async def greet(writer: asyncio.StreamWriter) -> None:
        writer.write(b"SSH-2.0-OpenSSH_9.6\r\n")
        await writer.drain()

    async with babbling(greet) as url:
        with pytest.raises(Retriable, match="connection broke"):
            await connect(url).request("GET", "/")


async def test_an_answer_that_drips_for_ever_is_cut_off(connect: Connect) -> None:
    async def drip(writer: asyncio.StreamWriter) -> None:
        writer.write(b"HTTP/1.1 200 OK\r\nContent-Length: 100000\r\n\r\n")
        while True:
            writer.write(b" ")
            await writer.drain()
            await asyncio.sleep(0.01)

    async with babbling(drip) as url:
        http = connect(url, timeouts=Timeouts(total=0.1))
        with pytest.raises(Uncertain, match="did not answer in time"):
            await http.request("POST", "/tasks", json={})
        with pytest.raises(Retriable, match="did not answer in time"):
            await http.request("GET", "/tasks", timeout=0.05)


async def test_a_cancelled_request_stays_cancelled_and_is_counted(tool: Tool, connect: Connect) -> None:
    tool.gate = asyncio.Event()
    http = connect(tool.url)
    task = asyncio.create_task(http.request("POST", "/tasks", json={}))
    while not tool.seen:
        await asyncio.sleep(0.001)
    task.cancel()
    with pytest.raises(asyncio.CancelledError):
        await task
    assert http.requests == http.writes == 1


async def test_many_at_once_each_keep_their_own_fate(tool: Tool, connect: Connect) -> None:
    tool.script = [lambda seen: Reply(status=500) if seen.path.endswith("7") else Reply(json=seen.path)] * 90
    http = connect(tool.url, patience=Patience(attempts=2))
    results = await asyncio.gather(*(http.request("GET", f"/t/{n}") for n in range(60)), return_exceptions=True)
    for n, result in enumerate(results):
        if n % 10 == 7:
            assert isinstance(result, Retriable)
        else:
            assert not isinstance(result, BaseException)
            assert result.json() == f"/t/{n}"
    assert http.requests == len(tool.seen) == 66
