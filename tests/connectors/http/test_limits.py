"""The pace of requests, and who shares it."""

from __future__ import annotations

import asyncio
from typing import Any

import pytest
from pydantic import SecretStr

from connectors.http import Bearer, Limits, Timing
from connectors.http.limits import Gate, gate_for
from domain.errors import ConfigProblem, Retriable
from tests.connectors.http.conftest import WIDE, Connect
from tests.connectors.http.faketime import FakeTime, LeapingLoop, leap
from tests.connectors.http.scripted import Reply, Tool

BASECAMP = Limits(50, 10, at_once=10, share="host")
ASANA = Limits(1500, 60, at_once=50, writes_at_once=15, fallback=(150, 60))


def _gate(loop: LeapingLoop, limits: Limits) -> Gate:
    return Gate(limits, Timing(clock=loop.time))


async def _times(loop: LeapingLoop, gate: Gate, count: int) -> list[float]:
    """Return when each of `count` requests that all want to leave now may leave."""
    left: list[float] = []

    async def leave() -> None:
        assert await gate.turn(120) == 0
        left.append(loop.time())

    await asyncio.gather(*(leave() for _ in range(count)))
    return left


def test_a_burst_of_the_buckets_size_then_the_pace() -> None:
    async def main(loop: LeapingLoop) -> list[float]:
        return await _times(loop, _gate(loop, BASECAMP), 150)

    left = leap(main)
    assert left[:50] == pytest.approx([0.0] * 50, abs=1e-6)
    assert left[50] == pytest.approx(0.2, abs=0.01)
    assert left[149] == pytest.approx(20.0, abs=0.1)


@pytest.mark.parametrize(
    ("limits", "most"), [(BASECAMP, 100), (Limits(50, 10, at_once=10, burst=10), 50), (Limits(7, 3, 1, burst=6), 7)]
)
def test_no_stretch_of_time_sees_too_many(limits: Limits, most: int) -> None:
    async def main(loop: LeapingLoop) -> list[float]:
        gate = _gate(loop, limits)
        first = await _times(loop, gate, 30)
        await asyncio.sleep(7)
        return first + await _times(loop, gate, 120)

    left = leap(main)
    busiest = max(sum(start <= time < start + limits.seconds - 1e-6 for time in left) for start in left)
    assert most - 2 <= busiest <= most


def test_after_a_pause_no_burst_follows() -> None:
    async def main(loop: LeapingLoop) -> list[float]:
        gate = _gate(loop, BASECAMP)
        gate.pause(30, too_fast=True)
        return await _times(loop, gate, 51)

    left = leap(main)
    assert left[0] == pytest.approx(30.2, abs=0.01)
    assert left[50] == pytest.approx(40.2, abs=0.1)


def test_the_pace_falls_after_the_first_429_and_only_then() -> None:
    async def main(loop: LeapingLoop) -> tuple[list[float], list[float], list[float]]:
        gate = _gate(loop, ASANA)
        before = await _times(loop, gate, 1600)
        gate.pause(10, too_fast=False)
        between = await _times(loop, gate, 100)
        gate.pause(10, too_fast=True)
        return before, between, await _times(loop, gate, 100)

    before, between, after = leap(main)
    assert before[-1] == pytest.approx(4.0, abs=0.1)
    assert between[-1] - between[0] == pytest.approx(99 / 25, abs=0.1)
    assert after[-1] - after[0] == pytest.approx(99 / 2.5, abs=0.5)


def test_a_pause_that_comes_while_others_wait_holds_them_too() -> None:
    async def main(loop: LeapingLoop) -> list[float]:
        gate = _gate(loop, Limits(1, 1, at_once=1))
        waiting = asyncio.create_task(_times(loop, gate, 5))
        await asyncio.sleep(1.5)
        gate.pause(60, too_fast=True)
        await asyncio.sleep(10)
        gate.pause(20, too_fast=True)  # a shorter one changes nothing, not even for who comes only now
        late = await _times(loop, gate, 1)
        return await waiting + late

    left = leap(main)
    assert left[:2] == pytest.approx([0.0, 1.0], abs=0.01)
    later = sorted(left[2:])
    assert later[0] == pytest.approx(62.5, abs=0.01)
    assert later[3] - later[0] == pytest.approx(3.0, abs=0.05)


def test_a_cancelled_wait_does_not_hold_up_the_others() -> None:
    async def main(loop: LeapingLoop) -> float:
        gate = _gate(loop, Limits(1, 1, at_once=1))
        await gate.turn(120)
        waiting = [asyncio.create_task(gate.turn(120)) for _ in range(5)]
        await asyncio.sleep(0)
        for task in waiting[:4]:
            task.cancel()
        await asyncio.gather(*waiting, return_exceptions=True)
        return loop.time()

    assert leap(main) == pytest.approx(1.0, abs=0.01)


@pytest.mark.parametrize(
    ("limits", "reads", "writes"),
    [(Limits(10_000, 600, at_once=4), 4, 4), (Limits(10_000, 60, at_once=6, writes_at_once=2), 6, 2)],
)
async def test_requests_under_way(tool: Tool, connect: Connect, limits: Limits, reads: int, writes: int) -> None:
    tool.gate = asyncio.Event()
    http = connect(tool.url, limits=limits)
    calls = [http.request(method, "/x") for method in ("GET", "POST") for _ in range(12)]
    done = asyncio.gather(*calls)
    together = 4 if limits.writes_at_once is None else reads + writes
    while sum(tool.under_way.values()) < together:
        await asyncio.sleep(0.001)
    tool.gate.set()
    await done
    assert tool.most_under_way[False] <= reads
    assert tool.most_under_way[True] <= writes
    assert len(tool.seen) == 24


async def test_a_429_pauses_every_connection_to_the_host(tool: Tool, connect: Connect, fake: FakeTime) -> None:
    limits = Limits(100_000, 1, at_once=5, share="host")
    other_token = SecretStr("another-token-of-somebody")
    one = connect(tool.url, limits=limits)
    two = connect(tool.url, limits=limits, auth=Bearer(other_token), secrets=(other_token,))
    tool.will(Reply(status=429, headers={"Retry-After": "600"}))
    with pytest.raises(Retriable):
        await one.request("GET", "/a")
    with pytest.raises(Retriable, match="pause of 600 more seconds") as caught:
        await two.request("GET", "/b")
    assert caught.value.retry_after == 600
    assert len(tool.seen) == 1


async def test_a_budget_per_token_is_its_own_unless_the_token_is_the_same(tool: Tool, connect: Connect) -> None:
    other_token = SecretStr("another-token-of-somebody")
    one, same = connect(tool.url), connect(tool.url)
    other = connect(tool.url, auth=Bearer(other_token), secrets=(other_token,))
    nameless = connect(tool.url, secrets=())
    tool.will(Reply(status=429, headers={"Retry-After": "600"}))
    with pytest.raises(Retriable):
        await one.request("GET", "/a")
    with pytest.raises(Retriable):
        await same.request("GET", "/a")
    await other.request("GET", "/b")
    await nameless.request("GET", "/b")
    assert len(tool.seen) == 3


async def test_one_host_cannot_have_two_budgets(tool: Tool, connect: Connect) -> None:
    await connect(tool.url, limits=BASECAMP).request("GET", "/a")
    with pytest.raises(ConfigProblem, match="same limits"):
        await connect(tool.url, limits=Limits(5, 10, at_once=1, share="host")).request("GET", "/a")


def test_each_event_loop_has_its_own_gate_and_closed_loops_are_forgotten() -> None:
    async def gate() -> Gate:
        return gate_for("http://127.0.0.1:9", b"", BASECAMP, Timing())

    async def both() -> bool:
        return await gate() is await gate()

    first, second = asyncio.run(gate()), asyncio.run(gate())
    assert first is not second
    assert asyncio.run(both())
    from connectors.http.limits import _GATES

    assert sum(loop.is_closed() for loop in _GATES) <= 1


@pytest.mark.parametrize(
    "wrong",
    [{"requests": 0}, {"seconds": 0}, {"at_once": -1}, {"burst": 0}, {"writes_at_once": 0}, {"fallback": (0, 60)}],
)
def test_limits_are_positive(wrong: dict[str, Any]) -> None:
    with pytest.raises(ValueError, match="greater than zero"):
        Limits(**({"requests": 1, "seconds": 1, "at_once": 1} | wrong))
    with pytest.raises(ValueError, match="smaller"):
        Limits(5, 1, at_once=1, burst=5)


async def test_a_client_refuses_a_second_event_loop(tool: Tool, connect: Connect) -> None:
    http = connect(tool.url, limits=WIDE)
    await http.request("GET", "/a")

    def elsewhere() -> None:
        with pytest.raises(RuntimeError, match="another event loop"):
            asyncio.run(http.request("GET", "/a"))

    await asyncio.to_thread(elsewhere)
