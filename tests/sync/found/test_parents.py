"""Found by the simulation: items below others, in runs where one of the two moves, comes late or goes."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import dataclass, field, replace
from pathlib import Path

import pytest

from connectors.contract import Missing, Remote
from connectors.memory.capabilities import EVERYTHING
from domain.capabilities import Capabilities
from domain.fields import RecordType
from domain.policy import Policy
from tests.sync.faulty import FaultyConnector
from tests.sync.town import TASK, Town, town


async def test_a_child_is_in_step_where_its_parent_was_deleted(tmp_path: Path) -> None:
    with town(tmp_path, "a", "b", policy=Policy(delete="keep")) as pair:
        pair.task("a", "Parent")
        pair.task("a", "Child")
        await pair.sync()
        pair.tools["b"].delete(pair.id_of("b", "Parent"))
        await pair.sync()
        pair.tools["a"].edit(pair.id_of("a", "Child"), {"parent": pair.id_of("a", "Parent")})
        assert (await pair.sync()).steps == []
        assert (await pair.sync(full=True)).steps == []


async def test_a_parent_is_sent_although_only_the_child_is_behind(pair: Town) -> None:
    pair.task("a", "Parent")
    pair.task("a", "Child")
    await pair.sync()
    pair.tools["a"].edit(pair.id_of("a", "Child"), {"parent": pair.id_of("a", "Parent")})
    pair.connector("b").refuse = lambda _write: True
    await pair.sync()
    pair.connector("b").refuse = lambda _write: False
    await pair.sync()
    assert pair.one("b", "Child")["parent"] == pair.id_of("b", "Parent")


async def test_a_parent_that_became_known_late_is_taken_in(pair: Town) -> None:
    parent = pair.task("a", "Parent")
    child = pair.task("a", "Child")
    container = pair.tools["a"].container()
    hidden = container.items.pop(parent)
    pair.tools["a"].edit(child, {"parent": parent})
    await pair.sync()
    container.items[parent] = hidden
    await pair.sync(full=True)
    assert pair.one("b", "Child")["parent"] == pair.id_of("b", "Parent")


async def test_a_parent_that_nobody_knows_yet_is_taken_in_although_its_child_was_written_meanwhile(pair: Town) -> None:
    parent, child = pair.task("a", "Parent"), pair.task("a", "Child")
    container = pair.tools["a"].container()
    hidden = container.items.pop(parent)
    pair.tools["a"].edit(child, {"parent": parent})
    await pair.sync()
    pair.tools["b"].edit(pair.id_of("b", "Child"), {"notes": "New."})
    await pair.sync()
    assert pair.one("a", "Child")["notes"] == "New."
    container.items[parent] = hidden
    await pair.sync(full=True)
    assert pair.one("b", "Child")["parent"] == pair.id_of("b", "Parent")


@dataclass(slots=True)
class QuickPerson(FaultyConnector):
    """A tool in which somebody does something right before the first direct read."""

    deeds: list[Callable[[], object]] = field(default_factory=list)

    async def fetch(self, kind: RecordType, remote: str) -> Remote | Missing:
        while self.deeds:
            self.deeds.pop()()
        return await FaultyConnector.fetch(self, kind, remote)


@pytest.fixture
def moved_below_a_new_parent(tmp_path: Path) -> Iterator[tuple[Town, str]]:
    """Somebody puts an item of a below a new one while a run writes; a cannot refuse a stale write itself."""
    held = Capabilities({TASK: replace(EVERYTHING.types[TASK], conditional=False)})
    with town(tmp_path, "a", "b", capabilities={"a": held}) as pair:
        child = pair.task("a", "Child")

        def move() -> None:
            pair.tools["a"].edit(child, {"parent": pair.task("a", "New")})

        pair.connectors["a"] = QuickPerson(pair.tools["a"], capabilities=held, deeds=[move])
        yield pair, child


async def test_h07_an_item_put_below_a_new_parent_in_mid_run_outlives_its_deletion_elsewhere(
    moved_below_a_new_parent: tuple[Town, str],
) -> None:
    pair, child = moved_below_a_new_parent
    await pair.sync()
    pair.tools["b"].delete(pair.id_of("b", "Child"))
    await pair.sync()
    assert child in pair.tools["a"].fields()
    await pair.sync()
    await pair.sync(full=True)
    assert pair.titles("b") == ["Child", "New"]
    assert pair.one("b", "Child")["parent"] == pair.id_of("b", "New")


async def test_h07_an_item_put_below_a_new_parent_in_mid_run_is_not_moved_away(
    moved_below_a_new_parent: tuple[Town, str],
) -> None:
    pair, child = moved_below_a_new_parent
    pair.task("a", "Other")
    await pair.sync()
    pair.tools["b"].edit(pair.id_of("b", "Child"), {"parent": pair.id_of("b", "Other")})
    await pair.sync()
    assert pair.tools["a"].fields()[child]["parent"] == pair.id_of("a", "New")
    report = await pair.sync()
    assert [(one["field"], len(one["lost"])) for one in report.conflicts] == [("parent", 1)]


async def test_h16_a_child_of_what_left_the_scope_still_receives_its_edits(pair: Town) -> None:
    parent = pair.task("a", "Parent")
    pair.task("b", "Child")
    await pair.sync()
    pair.tools["a"].edit(pair.id_of("a", "Child"), {"parent": parent})
    await pair.sync()
    pair.tools["a"].move(parent, "default", "elsewhere")
    await pair.sync()
    pair.tools["b"].edit(pair.id_of("b", "Child"), {"notes": "New."})
    await pair.sync()
    assert pair.one("a", "Child")["notes"] == "New."


@pytest.mark.parametrize("conditional", [True, False])
async def test_h16_a_child_of_what_left_the_scope_is_deleted_and_moved_like_any_other(
    tmp_path: Path, conditional: bool
) -> None:
    held = Capabilities({TASK: replace(EVERYTHING.types[TASK], conditional=conditional)})
    with town(tmp_path, "a", "b", capabilities={"a": held}) as pair:
        parent, other = pair.task("a", "Parent"), pair.task("a", "Other")
        for title in ("Deleted", "Moved"):
            pair.task("a", title, parent=parent)
        await pair.sync()
        pair.tools["a"].move(parent, "default", "elsewhere")
        await pair.sync()
        pair.tools["b"].delete(pair.id_of("b", "Deleted"))
        pair.tools["b"].edit(pair.id_of("b", "Moved"), {"parent": pair.id_of("b", "Other")})
        report = await pair.sync()
        assert [step["state"] for step in report.steps] == ["done", "done"]
        assert pair.titles("a") == ["Moved", "Other"]
        assert pair.one("a", "Moved")["parent"] == other
