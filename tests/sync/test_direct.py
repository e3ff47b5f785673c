"""An item that cannot be read keeps neither its space nor the run waiting, and is never taken for deleted (H28)."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest

from domain.aside import PATIENCE, PAUSES
from sync.direct import A_FEW
from sync.report import Exit
from sync.status import status
from tests.sync.town import Town, town

UNREAD = "The tool fails over this item."


@pytest.fixture
def pair(tmp_path: Path) -> Iterator[Town]:
    with town(tmp_path, "a", "b") as built:
        yield built


async def settled(pair: Town, *titles: str) -> None:
    """Bring some tasks of a, which lists no more than versions, into b."""
    pair.connector("a").lists_versions_only = True
    for title in titles:
        pair.task("a", title)
    assert (await pair.sync()).exit == Exit.IN_STEP


async def both_edited(pair: Town) -> str:
    """Edit two tasks in a, one of which cannot be read, and return that one's id."""
    await settled(pair, "Plan", "Report")
    poisoned = pair.id_of("a", "Plan")
    pair.tools["a"].edit(poisoned, {"notes": "first draft"})
    pair.tools["a"].edit(pair.id_of("a", "Report"), {"notes": "second draft"})
    return poisoned


@pytest.mark.parametrize("lastingly", [True, False])
async def test_h28_the_others_are_taken_in(pair: Town, lastingly: bool) -> None:
    poisoned = await both_edited(pair)
    if lastingly:
        pair.connector("a").unfetchable = poisoned
    else:
        pair.connector("a").breaks_over = {poisoned}
    report = await pair.sync()
    assert (report.exit, report.spaces["a"].state, report.spaces["a"].failed) == (Exit.FAILED, "ok", 1)
    assert any(poisoned in note and "could not be read" in note for note in report.notes)
    assert (pair.one("b", "Plan")["notes"], pair.one("b", "Report")["notes"]) == ("", "second draft")


async def test_h28_it_is_read_by_the_next_run_when_it_can_be(pair: Town) -> None:
    pair.connector("a").breaks_over = {await both_edited(pair)}
    await pair.sync()
    pair.connector("a").breaks_over = ()
    assert (await pair.sync()).exit == Exit.IN_STEP
    assert pair.one("b", "Plan")["notes"] == "first draft"


async def test_h28_it_is_set_aside_and_tried_again_after_a_pause(pair: Town) -> None:
    poisoned = await both_edited(pair)
    pair.connector("a").breaks_over = {poisoned}
    for _ in range(PATIENCE):
        assert (await pair.sync()).spaces["a"].failed == 1
    [aside] = status(pair.store, "town", pair.now)["waiting"]["set_aside"]
    assert (aside["space"], aside["side"], aside["failures"]) == ("a", "read", PATIENCE)
    assert UNREAD in aside["reason"]
    resting = await pair.sync()
    assert (resting.spaces["a"].failed, resting.set_aside, resting.exit) == (0, 1, Exit.FAILED)
    pair.now += PAUSES[0]
    await pair.sync()
    [aside] = status(pair.store, "town", pair.now)["waiting"]["set_aside"]
    assert aside["failures"] == PATIENCE + 1
    pair.connector("a").breaks_over = ()
    pair.now += PAUSES[1]
    assert (await pair.sync()).exit == Exit.IN_STEP
    assert pair.one("b", "Plan")["notes"] == "first draft"


async def test_h01_h28_what_is_not_listed_and_cannot_be_read_is_not_deleted(pair: Town) -> None:
    for title in ("Plan", "Report", "Talk"):
        pair.task("a", title)
    await pair.sync()
    poisoned = pair.id_of("a", "Plan")
    pair.connector("a").breaks_over = {poisoned}
    pair.tools["a"].delete(poisoned)
    pair.tools["a"].delete(pair.id_of("a", "Talk"))
    report = await pair.sync(full=True)
    assert (report.exit, report.spaces["a"].state) == (Exit.FAILED, "ok")
    assert pair.titles("b") == ["Plan", "Report"]
    pair.connector("a").breaks_over = ()
    assert (await pair.sync()).exit == Exit.IN_STEP
    assert pair.titles("b") == ["Report"]


async def test_many_that_cannot_be_read_are_trouble_with_their_space(pair: Town) -> None:
    titles = [f"task {number}" for number in range(A_FEW + 2)]
    await settled(pair, *titles)
    broken = {pair.id_of("a", title) for title in titles[: A_FEW + 1]}
    for title in titles:
        pair.tools["a"].edit(pair.id_of("a", title), {"notes": "draft"})
    pair.connector("a").breaks_over = broken
    report = await pair.sync()
    assert (report.spaces["a"].state, report.spaces["a"].failed) == ("failed", 0)
    assert UNREAD in str(report.spaces["a"].message)
    assert status(pair.store, "town", pair.now)["waiting"]["set_aside"] == []
