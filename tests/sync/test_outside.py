"""What a space does not mirror is never written, whatever happens to what looks like it elsewhere."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest

from connectors.contract import Write
from tests.sync.town import TASK, Town, town

ELSEWHERE = "private"


@pytest.fixture
def pair(tmp_path: Path) -> Iterator[Town]:
    with town(tmp_path, "a", "b") as built:
        yield built


async def test_i8_what_lies_outside_stays_as_its_people_left_it(pair: Town) -> None:
    tool = pair.tools["b"]
    never = tool.create(TASK, {"title": "Plan", "state": "open", "kind": "task"}, where=ELSEWHERE)
    pair.task("a", "Plan")
    await pair.sync()
    left = pair.id_of("b", "Plan")
    tool.move(left, "default", ELSEWHERE)
    outside = dict(tool.container(ELSEWHERE).items)
    written: list[str | None] = []

    def noted(write: Write) -> bool:
        written.append(write.remote)
        return False

    pair.connector("b").refuse = noted
    for run, full in enumerate((False, True, True)):
        for identity in pair.tools["a"].fields():
            pair.tools["a"].edit(identity, {"notes": f"draft {run}"})
        await pair.sync(full=full)
        assert tool.container(ELSEWHERE).items == outside
    assert set(outside) == {never, left}
    assert not outside.keys() & set(written)
