"""Orders of events that hardly ever meet: what one person did is not known yet when another thing is decided."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import date
from pathlib import Path

import pytest

from connectors.contract import Write
from connectors.memory.capabilities import EVERYTHING
from domain.capabilities import Held, Hold
from domain.errors import StoreProblem
from domain.fields import RecordType
from domain.lens import Space
from domain.plan import Link
from domain.policy import Policy
from domain.records import Record
from domain.values import Fields
from store.store import Store
from sync.undecided import still_shown
from sync.undo import undo
from tests.sync.faulty import FaultyConnector
from tests.sync.town import BERLIN, TASK, Town, narrowed, town


@pytest.fixture
def pair(tmp_path: Path) -> Iterator[Town]:
    with town(tmp_path, "a", "b") as built:
        yield built


async def _made_without_an_answer(pair: Town) -> None:
    pair.task("a", "Plan")
    pair.task("a", "Another")
    connector = pair.connector("b")
    connector.lose_answers, connector.blind = 2, True
    await pair.sync()
    connector.blind = False


async def test_h07_an_edit_of_an_item_that_was_found_again_survives_a_deletion_that_was_known_first(pair: Town) -> None:
    """Its title was never agreed on, and it could not be read in the run that took the deletion in."""
    await _made_without_an_answer(pair)
    here = pair.id_of("b", "Plan")
    pair.tools["b"].edit(here, {"title": "Plan B"})
    pair.tools["a"].delete(pair.id_of("a", "Plan"))
    pair.connector("b").garbled = lambda fields: fields["title"] == "Plan B"
    await pair.sync()
    pair.connector("b").garbled = lambda _fields: False
    await pair.sync()
    assert "Plan B" in pair.titles("b")


async def test_h07_an_edit_made_out_of_scope_survives_a_deletion_elsewhere(pair: Town) -> None:
    pair.task("a", "Plan")
    pair.task("a", "Another")
    await pair.sync()
    here = pair.id_of("b", "Plan")
    pair.tools["b"].move(here, "default", "elsewhere")
    await pair.sync()
    pair.tools["a"].delete(pair.id_of("a", "Plan"))
    await pair.sync()
    pair.tools["b"].move(here, "elsewhere", "default")
    pair.tools["b"].edit(here, {"title": "Plan B"})
    report = await pair.sync()
    assert (pair.titles("a"), pair.titles("b")) == (["Another", "Plan B"], ["Another", "Plan B"])
    assert [one["field"] for one in report.conflicts] == ["deleted"]


async def test_an_item_that_comes_back_into_scope_unchanged_follows_its_deletion(pair: Town) -> None:
    pair.task("a", "Plan")
    pair.task("a", "Another")
    await pair.sync()
    here = pair.id_of("b", "Plan")
    pair.tools["b"].move(here, "default", "elsewhere")
    await pair.sync()
    pair.tools["a"].delete(pair.id_of("a", "Plan"))
    await pair.sync()
    pair.tools["b"].move(here, "elsewhere", "default")
    await pair.sync()
    assert (pair.titles("a"), pair.titles("b")) == (["Another"], ["Another"])


async def test_an_edit_made_right_before_a_deletion_is_taken_in_when_the_deletion_is_undone(pair: Town) -> None:
    """What the trash gives back is more than what was agreed on, and nobody had read it."""
    pair.task("a", "Plan")
    pair.task("a", "Another")
    await pair.sync()
    here = pair.id_of("b", "Plan")
    pair.tools["b"].edit(here, {"title": "Plan B"})
    pair.tools["b"].delete(here)
    run = (await pair.sync()).run
    await undo(pair.community(), pair.store, pair.clock, run)
    first, second = await pair.sync(), await pair.sync()
    lost = [side["value"] for report in (first, second) for one in report.conflicts for side in one["lost"]]
    assert pair.titles("a") == pair.titles("b")
    assert "Plan B" in (*pair.titles("a"), *lost)


async def test_h13_what_is_unclear_in_one_space_waits_also_when_a_run_plans_anew_for_another(tmp_path: Path) -> None:
    with town(tmp_path, "a", "b", "c") as three:
        three.task("a", "Old")
        await three.sync()
        three.task("a", "Plan")
        three.task("a", "Another")
        b, c = three.connector("b"), three.connector("c")
        b.lose_answers, b.blind = 2, True
        await three.sync()
        three.tools["a"].edit(three.id_of("a", "Old"), {"notes": "New."})
        old = three.id_of("c", "Old")
        c.refuse = lambda write: _moves_first(three, "c", write, old)
        b.list_limit = 1
        report = await three.sync()
        assert [step["state"] for step in report.steps if step["space"] == "b"] == []
        assert three.one("a", "Old")["tags"] == frozenset({"theirs"})  # it planned anew
        assert three.titles("b") == ["Another", "Old", "Plan"]


async def test_h28_a_bug_in_looking_up_an_interrupted_write_stops_that_space_alone(tmp_path: Path) -> None:
    with town(tmp_path, "a", "b", "c") as three:
        three.task("a", "Plan")
        b = three.connector("b")
        b.lose_answers, b.blind = 1, True
        await three.sync()
        b.blind, b.stumbles = False, True
        three.task("a", "Another")
        report = await three.sync()
        assert report.spaces["b"].message == (
            "RuntimeError while looking up what an interrupted run sent to b. "
            "Please report this; until it is mended nothing is written there, so that nothing is doubled."
        )
        assert (three.titles("b"), three.titles("c")) == (["Plan"], ["Another", "Plan"])
        b.stumbles = False
        await three.sync()
        assert three.titles("b") == ["Another", "Plan"]


async def test_a_store_that_fails_while_an_interrupted_write_is_looked_up_ends_the_run(
    pair: Town, monkeypatch: pytest.MonkeyPatch
) -> None:
    pair.task("a", "Plan")
    b = pair.connector("b")
    b.lose_answers, b.blind = 1, True
    await pair.sync()
    b.blind = False

    def full(*_: object) -> None:
        raise StoreProblem("The store failed: the disk is full.", mend="Make room.")

    with monkeypatch.context() as patched:
        patched.setattr(Store, "load", full)
        with pytest.raises(StoreProblem):
            await pair.sync()
    pair.minutes(5)
    await pair.sync()
    assert pair.titles("b") == ["Plan"]


def _moves_first(town: Town, space: str, write: Write, remote: str) -> bool:
    """Let somebody edit an item right before copsync does."""
    if write.remote == remote:
        town.tools[space].edit(remote, {"tags": frozenset({"theirs"})})
        town.connector(space).refuse = lambda _write: False
    return False


async def test_h28_what_cannot_be_read_stays_set_aside_while_others_change_its_record(tmp_path: Path) -> None:
    with town(tmp_path, "a", "b", "c") as three:
        here = three.task("a", "Plan")
        await three.sync()
        three.connector("c").garbled = lambda _fields: True
        three.tools["c"].edit(three.id_of("c", "Plan"), {"notes": "Nobody reads this."})
        three.tools["a"].edit(here, {"state": "done"})
        for _ in range(3):
            await three.sync()
        three.minutes(60)
        assert (await three.sync()).set_aside
        three.tools["a"].edit(here, {"state": "open"})
        assert (await three.sync()).set_aside
        assert (await three.sync()).set_aside


async def test_two_people_who_put_each_others_items_below_their_own_make_no_circle(pair: Town) -> None:
    for title in ("One", "Two", "Three"):
        pair.task("a", title)
    await pair.sync()
    pair.tools["a"].edit(pair.id_of("a", "Two"), {"parent": pair.id_of("a", "Three")})
    await pair.sync()
    pair.tools["a"].edit(pair.id_of("a", "One"), {"parent": pair.id_of("a", "Two")})
    pair.minutes(5)
    pair.tools["b"].edit(pair.id_of("b", "Three"), {"parent": pair.id_of("b", "One")})
    report = await pair.sync()
    assert [(one["field"], one["lost"][0]["space"]) for one in report.conflicts] == [("parent", "a")]
    for name in ("a", "b"):
        above = {one: pair.one(name, one)["parent"] for one in ("One", "Two", "Three")}
        assert above == {"One": None, "Two": pair.id_of(name, "Three"), "Three": pair.id_of(name, "One")}
    assert (await pair.sync()).steps == []


async def test_a_deletion_is_followed_although_copsyncs_own_write_is_confirmed_only_then(pair: Town) -> None:
    here = pair.task("a", "Plan")
    pair.task("a", "Another")
    await pair.sync()
    pair.tools["a"].edit(here, {"title": "Plan A"})
    pair.connector("b").lose_answers = 1
    await pair.sync()
    assert pair.titles("b") == ["Another", "Plan A"]
    pair.tools["a"].delete(here)
    report = await pair.sync()
    assert (pair.titles("a"), pair.titles("b"), report.conflicts) == (["Another"], ["Another"], [])


@pytest.mark.parametrize("late", [False, True])
async def test_a_deletion_is_followed_although_a_tool_filled_something_in_by_itself(tmp_path: Path, late: bool) -> None:
    """As Outlook does with the link of a meeting; it may be read only after the deletion is known."""
    with town(tmp_path, "a", "b", capabilities={"b": narrowed(list=Held(Hold.READ))}) as pair:
        pair.tools["b"].rewrite = lambda _kind, fields: {**fields, "list": "Given"}
        here = pair.task("a", "Plan")
        pair.task("a", "Another")
        await pair.sync()
        pair.tools["a"].delete(here)
        pair.connector("b").garbled = lambda _fields: late
        await pair.sync()
        pair.connector("b").garbled = lambda _fields: False
        await pair.sync()
        assert (pair.titles("a"), pair.titles("b")) == (["Another"], ["Another"])


async def test_h13_an_unclear_write_that_arrived_overrules_nobody_who_replaced_it(tmp_path: Path) -> None:
    with town(tmp_path, "a", "b", "c", policy=Policy(conflict="prefer:b")) as three:
        three.task("a", "Plan")
        await three.sync()
        three.tools["c"].edit(three.id_of("c", "Plan"), {"due": date(2026, 6, 3)})
        three.connector("b").lose_answers = 1
        await three.sync()
        three.tools["a"].edit(three.id_of("a", "Plan"), {"due": date(2026, 6, 8)})
        report = await three.sync()
        assert report.conflicts == []
        assert [three.one(name, "Plan")["due"] for name in "abc"] == [date(2026, 6, 8)] * 3


async def test_h28_an_unclear_write_to_what_cannot_be_read_any_more_stops_nothing_else(pair: Town) -> None:
    pair.task("a", "Plan")
    await pair.sync()
    pair.tools["a"].edit(pair.id_of("a", "Plan"), {"due": date(2026, 6, 3)})
    b = pair.connector("b")
    b.lose_answers = 1
    await pair.sync()
    pair.task("a", "Another")
    b.unfetchable = pair.id_of("b", "Plan")
    await pair.sync()
    assert pair.titles("b") == ["Another", "Plan"]


@dataclass(slots=True)
class NeedsDue(FaultyConnector):
    """A tool in which nothing starts that is not due, like Asana."""

    def settle(self, kind: RecordType, fields: Fields) -> Fields:
        del kind
        return {**fields, "start": None} if fields.get("due") is None else fields


async def test_what_a_tool_shows_nothing_of_is_not_known_to_whoever_writes_there(pair: Town) -> None:
    pair.connectors["b"] = NeedsDue(pair.tools["b"])
    pair.task("a", "Plan", start=date(2026, 1, 4))
    await pair.sync()
    pair.tools["b"].edit(pair.id_of("b", "Plan"), {"due": date(2026, 6, 13), "start": date(2026, 1, 14)})
    report = await pair.sync()
    assert [pair.one(name, "Plan")["start"] for name in "ab"] == [date(2026, 1, 14)] * 2
    [conflict] = report.conflicts
    assert (conflict["field"], conflict["lost"][0]["value"]) == ("start", "2026-01-04")


@pytest.mark.parametrize(("remote", "counts"), [("r1", True), ("r2", False), (None, True)])
def test_what_an_item_showed_in_a_conflict_says_nothing_of_the_one_made_in_its_place(
    remote: str | None, counts: bool
) -> None:
    """Nor does it say less of the item itself, also where an older version did not note which one it was."""
    side = {"space": "a", "remote": remote, "value": "Two", "shown": "Two", "before": "One", "at": None, "by": None}
    conflict = {"record": "k", "field": "title", "lost": [side]}
    space = Space("a", EVERYTHING, BERLIN, lambda _kind, fields: fields, lambda _kind, _fields: True)
    link = Link("a", "k", "r1", "1", {"title": "One"})
    record = Record("k", TASK, {"title": "One"})
    seen = still_shown([conflict], [space], {"k": record}, [link], frozenset())
    assert [one.view for one in seen] == ([{"title": "Two"}] if counts else [])
