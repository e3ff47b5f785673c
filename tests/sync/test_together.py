"""Nothing goes on behind the back of a run that has ended."""

from __future__ import annotations

import asyncio
from collections.abc import Iterator
from datetime import timedelta
from pathlib import Path

import pytest

from domain.errors import Locked
from sync.together import together
from tests.sync.town import NOW, Town, town


@pytest.fixture
def three(tmp_path: Path) -> Iterator[Town]:
    with town(tmp_path, "a", "b", "c") as built:
        yield built


async def test_where_one_part_fails_the_others_are_stopped_first() -> None:
    ended: list[str] = []

    async def slow() -> None:
        try:
            await asyncio.sleep(60)
        finally:
            ended.append("slow")

    async def fails() -> None:
        await asyncio.sleep(0)
        raise Locked("another", NOW)

    with pytest.raises(Locked):
        await together(slow(), fails())
    assert ended == ["slow"]


async def test_results_come_in_the_order_of_the_work() -> None:
    async def after(turns: int) -> int:
        for _ in range(turns):
            await asyncio.sleep(0)
        return turns

    assert await together(after(3), after(1), after(2)) == [3, 1, 2]


async def test_h18_a_run_that_was_overtaken_sends_nothing_more(three: Town) -> None:
    for number in range(20):
        three.task("a", f"task {number:02}")
    taken: list[int] = []

    def overtake(_write: object) -> bool:
        if not taken:
            three.now += timedelta(seconds=130)
            taken.append(three.store.acquire("town", "another run", three.now).token)
        return False

    three.connector("b").refuse = overtake
    report = await three.sync()
    assert "another run" in str(report.locked)
    assert report.exit == 4
    before = len(three.titles("b")), len(three.titles("c"))
    await asyncio.sleep(0.05)
    assert (len(three.titles("b")), len(three.titles("c"))) == before
    assert before[0] <= 1
    assert len(three.store.unanswered("town")) >= 20
