"""Found by the simulation: items that were deleted, held, or are there again."""

from __future__ import annotations

from dataclasses import dataclass, replace
from pathlib import Path

from connectors.contract import Observation, Sink
from domain.policy import Cap, Policy, Surge
from tests.sync.faulty import FaultyConnector
from tests.sync.town import Town, town


async def test_nobody_asks_about_an_item_that_copsync_deleted_itself(pair: Town) -> None:
    pair.task("a", "Plan")
    pair.task("a", "Another")
    await pair.sync()
    pair.tools["a"].delete(pair.id_of("a", "Plan"))
    await pair.sync()
    report = await pair.sync()
    assert report.spaces["b"].requests == 1  # its changes


async def test_h07_an_edit_that_a_guard_holds_survives_a_deletion_elsewhere(tmp_path: Path) -> None:
    with town(tmp_path, "a", "b", policy=Policy(surge=Surge(2, 0.1))) as pair:
        for title in ("One", "Two", "Three", "Four", "Five"):
            pair.task("a", title)
        await pair.sync()
        one = pair.id_of("a", "One")
        pair.tools["b"].delete(pair.id_of("b", "One"))
        for title in ("One", "Two", "Three"):
            pair.tools["a"].edit(pair.id_of("a", title), {"notes": "New."})
        await pair.sync()
        assert pair.tools["a"].container().items[one].fields()["notes"] == "New."


async def test_h02_nothing_is_sent_to_an_item_whose_deletion_is_held_and_an_edit_of_it_is_kept(tmp_path: Path) -> None:
    with town(tmp_path, "a", "b", policy=Policy(max_deletes=Cap(1, 1.0))) as pair:
        for title in ("One", "Two", "Three"):
            pair.task("a", title)
        await pair.sync()
        for title in ("One", "Two"):
            pair.tools["b"].delete(pair.id_of("b", title))
        pair.tools["a"].edit(pair.id_of("a", "One"), {"notes": "New."})
        for _ in range(2):
            report = await pair.sync()
            assert [(step["verb"], step["state"]) for step in report.steps] == [("delete", "held")] * 2
        released = frozenset((one["space"], one["record"]) for one in report.held)
        report = await pair.sync(approved=released)
        assert [one["field"] for one in report.conflicts] == ["deleted"]
        assert pair.titles("a") == pair.titles("b") == ["One", "Three"]
        assert pair.one("b", "One")["notes"] == "New."


async def test_an_item_restored_in_two_tools_at_once_is_one_item(pair: Town) -> None:
    pair.task("a", "Plan")
    await pair.sync()
    here, there = pair.id_of("a", "Plan"), pair.id_of("b", "Plan")
    pair.tools["a"].delete(here)
    await pair.sync()
    pair.tools["a"].restore(here)
    pair.tools["b"].restore(there)
    await pair.sync()
    assert (pair.titles("a"), pair.titles("b")) == (["Plan"], ["Plan"])
    pair.tools["b"].edit(there, {"title": "Plan B"})
    await pair.sync()
    assert (pair.titles("a"), pair.titles("b")) == (["Plan B"], ["Plan B"])


@dataclass(slots=True)
class Skipping(FaultyConnector):
    """A tool that leaves a page out of its changes while it is `skipping`."""

    skipping: bool = False

    async def observe(self, cursor: str | None, sink: Sink) -> Observation:
        if not self.skipping:
            return await FaultyConnector.observe(self, cursor, sink)
        observation = await FaultyConnector.observe(self, cursor, lambda _page: None)
        return replace(observation, gone=())


async def test_h02_what_only_a_complete_read_showed_is_there_again_when_it_is_approved(tmp_path: Path) -> None:
    with town(tmp_path, "a", "b", policy=Policy(max_deletes=Cap(1, 1.0))) as pair:
        connector = pair.connectors["a"] = Skipping(pair.tools["a"])
        titles = ["One", "Two", "Three"]
        for title in titles:
            pair.task("a", title)
        await pair.sync()
        for title in titles[:2]:
            pair.tools["a"].delete(pair.id_of("a", title))
        connector.skipping = True
        await pair.sync()
        connector.skipping = False
        held = (await pair.sync(full=True)).held
        assert len(held) == 2
        report = await pair.sync(approved=frozenset((one["space"], one["record"]) for one in held))
        assert (pair.titles("b"), report.held) == (["Three"], [])
