"""Faults that the simulator found in the engine, each in its smallest form."""

from __future__ import annotations

import asyncio
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field, replace
from datetime import timedelta
from pathlib import Path
from typing import Any

import pytest

from connectors.contract import Lost, Missing, Observation, Remote, Sink, Write
from connectors.memory.capabilities import EVERYTHING
from connectors.memory.connector import MemoryConnector
from domain.capabilities import Capabilities, Held, Hold
from domain.errors import Retriable, StoreProblem, Uncertain
from domain.fields import RecordType
from domain.policy import Cap, Policy, Surge
from domain.values import Value
from store.leases import LIFE_SECONDS
from store.state import Wanted
from sync.explain import explain
from sync.report import Exit
from tests.sync.faulty import FaultyConnector, Killed
from tests.sync.town import TASK, Town, narrowed, town


@pytest.fixture
def pair(tmp_path: Path) -> Iterator[Town]:
    with town(tmp_path, "a", "b") as built:
        yield built


async def test_nobody_asks_about_an_item_that_copsync_deleted_itself(pair: Town) -> None:
    pair.task("a", "Plan")
    pair.task("a", "Another")
    await pair.sync()
    pair.tools["a"].delete(pair.id_of("a", "Plan"))
    await pair.sync()
    report = await pair.sync()
    assert report.spaces["b"].requests == 1  # its changes


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


async def test_people_met_later_are_named_in_what_was_made_before(pair: Town) -> None:
    for name in ("a", "b"):
        pair.tools[name].people["p1"] = ("Ada", "ada@example.org")
    hidden = pair.tools["b"].people.pop("p1")
    pair.task("a", "Plan", assignees=frozenset({"p1"}))
    await pair.sync()
    await pair.sync()
    pair.tools["b"].people["p1"] = hidden
    await pair.sync()
    assert pair.one("b", "Plan")["assignees"] == frozenset({"p1"})


async def test_an_assignee_met_before_their_address_stays(pair: Town) -> None:
    """Somebody first met in a task turns out to be a known member: the task still names them."""
    pair.tools["b"].people["p1"] = ("Ada", "ada@example.org")
    pair.task("a", "Plan", assignees=frozenset({"p1"}))
    await pair.sync()
    pair.tools["a"].people["p1"] = ("Ada", "ada@example.org")
    await pair.sync()
    pair.tools["b"].edit(pair.id_of("b", "Plan"), {"notes": "New."})
    await pair.sync()
    assert pair.one("a", "Plan")["assignees"] == frozenset({"p1"})
    assert pair.one("b", "Plan")["assignees"] == frozenset({"p1"})


@dataclass(slots=True)
class SlowReader(FaultyConnector):
    """A tool after whose answer to a direct read something else happens first."""

    meanwhile: Callable[[], None] = field(default=lambda: None)

    async def fetch(self, kind: RecordType, remote: str) -> Remote | Missing:
        answer = await FaultyConnector.fetch(self, kind, remote)
        self.meanwhile()
        return answer


async def test_h18_a_run_that_stood_still_and_was_overtaken_sends_nothing_any_more(tmp_path: Path) -> None:
    task = replace(EVERYTHING.types[TASK], conditional=False)
    with town(tmp_path, "a", "b", capabilities={"b": Capabilities({TASK: task})}) as pair:
        pair.task("a", "Plan")
        await pair.sync()
        pair.tools["a"].edit(pair.id_of("a", "Plan"), {"notes": "New."})

        def overtaken() -> None:
            pair.now += timedelta(seconds=LIFE_SECONDS + 1)
            pair.store.acquire("town", "another run", pair.now)

        held = pair.connector("b").capabilities
        pair.connectors["b"] = SlowReader(pair.tools["b"], capabilities=held, meanwhile=overtaken)
        report = await pair.sync()
        assert report.exit == Exit.LOCKED
        assert pair.one("b", "Plan")["notes"] == ""


async def test_h13_an_unclear_create_is_not_sent_again_later_in_the_same_run(pair: Town) -> None:
    """Something else moved meanwhile, so the run plans anew: the unclear create has to wait for the look-up."""
    pair.task("a", "Old")
    await pair.sync()
    old = pair.id_of("b", "Old")
    pair.tools["a"].edit(pair.id_of("a", "Old"), {"notes": "New."})
    pair.task("a", "Plan")
    connector = pair.connector("b")
    connector.lose_answers, connector.blind = 1, True
    connector.refuse = lambda write: _moves_first(pair, write, old)
    await pair.sync()
    connector.blind, connector.refuse = False, lambda _write: False
    await pair.sync()
    assert pair.titles("b") == ["Old", "Plan"]


def _moves_first(pair: Town, write: Write, remote: str) -> bool:
    """Let a person edit the item right before copsync writes to it."""
    if write.remote == remote and not pair.tools["b"].container().items[remote].fields().get("list"):
        pair.tools["b"].edit(remote, {"list": "Mine"})
    return False


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


async def test_the_hubs_own_value_does_not_compete_with_whoever_replaced_it(tmp_path: Path) -> None:
    """Under `ask` people settle a conflict by agreeing: the value they both gave up is no third opinion."""
    with town(tmp_path, "a", "b", policy=Policy(conflict="ask")) as pair:
        pair.task("a", "Plan")
        await pair.sync()
        here, there = pair.id_of("a", "Plan"), pair.id_of("b", "Plan")
        pair.connector("b").refuse = lambda _write: True
        pair.tools["a"].edit(here, {"title": "Plan A"})
        await pair.sync()
        pair.connector("b").refuse = lambda _write: False
        pair.tools["a"].edit(here, {"title": "Plan C"})
        pair.tools["b"].edit(there, {"title": "Plan C"})
        report = await pair.sync()
        assert report.exit == Exit.IN_STEP
        assert pair.titles("a") == pair.titles("b") == ["Plan C"]


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


async def test_a_person_with_a_new_account_is_named_by_it(pair: Town) -> None:
    for name in ("a", "b"):
        pair.tools[name].people["p1"] = ("Ada", "ada@example.org")
    await pair.sync()
    pair.tools["b"].people = {"p9": ("Ada", "ada@example.org")}
    pair.task("a", "Plan", assignees=frozenset({"p1"}))
    await pair.sync()
    assert pair.one("b", "Plan")["assignees"] == frozenset({"p9"})


async def test_h26_somebody_met_by_a_run_that_stops_is_named_by_the_next_one(pair: Town) -> None:
    pair.tools["a"].people = {"p1": ("Ada", "ada@example.org")}
    pair.task("a", "Plan", assignees=frozenset({"p1"}))
    await pair.sync()
    await pair.sync()  # reads what it wrote itself
    pair.tools["b"].people = {"p9": ("Ada", "ada@example.org")}
    absorb = pair.store.absorb

    def failing(*_args: Any, **_more: Any) -> None:
        raise StoreProblem("The disk is full.", mend="Free some space.")

    pair.store.absorb = failing  # type: ignore[method-assign]
    with pytest.raises(StoreProblem):
        await pair.sync()
    pair.store.absorb = absorb  # type: ignore[method-assign]
    pair.minutes(3)
    await pair.sync()
    assert pair.one("b", "Plan")["assignees"] == frozenset({"p9"})


@dataclass(slots=True)
class SlowWriter(FaultyConnector):
    """A tool whose answer to the write of some titles takes its time."""

    seconds: Mapping[str, float] = field(default_factory=dict)

    async def write(self, write: Write) -> Remote | None:
        answer = await FaultyConnector.write(self, write)
        await asyncio.sleep(self.seconds.get(str(write.view.get("title")), 0.0))
        return answer


async def test_h27_what_could_not_be_noted_of_one_space_is_not_forgotten_for_another(tmp_path: Path) -> None:
    """The store fails when one space's outcome is noted, and works again for the next one."""
    with town(tmp_path, "a", "b", "c") as three:
        three.task("a", "Plan")
        three.task("a", "Other")
        for name, seconds in (("b", {"Plan": 0.02}), ("c", {"Other": 5.0})):
            three.connectors[name] = SlowWriter(three.tools[name], seconds=seconds)
        conclude, fails = three.store.conclude, iter((True,))

        def failing_once(*args: Any, **more: Any) -> None:
            if args[1] and next(fails, False):
                raise StoreProblem("The disk is full.", mend="Free some space.")
            conclude(*args, **more)

        three.store.conclude = failing_once  # type: ignore[method-assign]
        with pytest.raises(StoreProblem):
            await three.sync()
        three.tools["b"].delete(three.id_of("b", "Plan"))
        three.connectors.clear()
        three.minutes(3)
        await three.sync(full=True)
        assert three.titles("b") == three.titles("c") == ["Other", "Plan"]


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


async def test_h06_a_field_that_only_flows_in_does_not_overrule_what_it_cannot_show(tmp_path: Path) -> None:
    held = narrowed(list=Held(Hold.READ))
    with town(tmp_path, "a", "b", capabilities={"b": held}) as pair:
        pair.task("a", "Plan", list="Ideas")
        await pair.sync()
        pair.tools["b"].edit(pair.id_of("b", "Plan"), {"list": "Doing"})
        report = await pair.sync()
        assert pair.one("a", "Plan")["list"] == "Doing"
        assert [(one["field"], one["lost"][0]["value"]) for one in report.conflicts] == [("list", "Ideas")]


async def test_h14_an_edit_that_no_page_listed_is_not_written_over_in_what_was_found_again(tmp_path: Path) -> None:
    """Nobody compared the title since the item was made: what it shows was not agreed on, and not read either."""
    with town(tmp_path, "a", "b", policy=Policy(conflict="ask")) as pair:
        await pair.sync()
        pair.task("a", "Plan")
        connector = pair.connector("b")
        connector.lose_answers, connector.blind = 1, True
        await pair.sync()
        pair.tools["b"].edit(pair.id_of("b", "Plan"), {"title": "Plan B"})
        pair.connectors["b"] = PageSkipper(pair.tools["b"])
        await pair.sync()
        assert pair.titles("b") == ["Plan B"]


async def test_h14_what_only_flows_in_is_taken_in_from_an_item_that_was_found_again(tmp_path: Path) -> None:
    with town(tmp_path, "a", "b", capabilities={"b": narrowed(tags=Held(Hold.READ))}) as pair:
        pair.task("a", "Plan", tags=frozenset({"ours"}))
        connector = pair.connector("b")
        connector.lose_answers, connector.blind = 1, True
        await pair.sync()
        pair.tools["b"].edit(pair.id_of("b", "Plan"), {"tags": frozenset({"theirs"})})
        connector.blind = False
        await pair.sync()
        assert pair.one("a", "Plan")["tags"] == frozenset({"ours", "theirs"})


async def test_h14_a_value_that_only_flows_in_competes_in_an_item_that_was_found_again(tmp_path: Path) -> None:
    with town(tmp_path, "a", "b", capabilities={"b": narrowed(list=Held(Hold.READ))}) as pair:
        pair.task("a", "Plan", list="Ideas")
        connector = pair.connector("b")
        connector.lose_answers, connector.blind = 1, True
        await pair.sync()
        pair.tools["b"].edit(pair.id_of("b", "Plan"), {"list": "Doing"})
        connector.blind = False
        report = await pair.sync()
        assert pair.one("a", "Plan")["list"] == "Doing"
        assert [(one["field"], one["lost"][0]["value"]) for one in report.conflicts] == [("list", "Ideas")]


async def test_h06_a_value_that_only_flows_in_competes_at_first_contact(tmp_path: Path) -> None:
    """It competes once, and only if it says something else than the hub."""
    held = narrowed(list=Held(Hold.READ), kind=Held(Hold.READ), notes=Held(Hold.READ))
    with town(tmp_path, "a", "b", capabilities={"b": held}) as pair:
        pair.task("a", "Plan", list="Ideas", kind="milestone", notes="Same.")
        pair.minutes(5)
        pair.task("b", "Plan", list="Doing", notes="Same.")
        first, second = await pair.sync(), await pair.sync()
        assert pair.one("a", "Plan")["list"] == "Doing"
        assert [(one["field"], one["lost"][0]["value"]) for one in first.conflicts] == [("list", "Ideas")]
        assert (second.conflicts, second.steps) == ([], [])


class PageSkipper(FaultyConnector):
    """Says that something changed, and not what."""

    async def observe(self, cursor: str | None, _sink: Sink) -> Observation:
        return await FaultyConnector.observe(self, cursor, lambda _page: None)


async def test_h09_a_field_that_a_connector_learns_to_hold_is_read_before_it_is_written(tmp_path: Path) -> None:
    capabilities = {"b": narrowed(notes=None)}
    with town(tmp_path, "a", "b", capabilities=capabilities) as pair:
        pair.task("a", "Plan", notes="Ours.")
        await pair.sync()
        pair.tools["b"].edit(pair.id_of("b", "Plan"), {"notes": "Theirs."})
        await pair.sync()
        capabilities["b"] = EVERYTHING
        pair.connectors.clear()
        pair.tools["a"].edit(pair.id_of("a", "Plan"), {"title": "Plan A"})
        report = await pair.sync()
        lost = [side["value"] for conflict in report.conflicts for side in conflict["lost"]]
        assert "Theirs." in (pair.one("b", "Plan A")["notes"], *lost)


@dataclass(slots=True)
class Unmarked(FaultyConnector):
    """A tool without a place for marks: it makes what its notes call "made", never answers for these, and cannot be
    asked for it `mute` times. What is called "cut" never arrives.
    """

    mute: int = 1

    async def write(self, write: Write) -> Remote | None:
        notes = write.view.get("notes")
        if notes == "cut":
            raise Uncertain("The connection broke.")
        answer = await FaultyConnector.write(self, write)
        if notes == "made":
            raise Uncertain("The answer was lost.")
        return answer

    async def find(self, lost: Lost) -> Sequence[Remote]:
        if lost.view.get("notes") == "made" and self.mute:
            self.mute -= 1
            raise Retriable("The tool is busy.")
        title = lost.view["title"]
        listed: list[Remote] = []
        await MemoryConnector.observe(self, None, listed.extend)
        return [remote for remote in listed if self.view(remote)["title"] == title]


async def _in_step_after_losing(pair: Town) -> None:
    pair.connectors["b"] = Unmarked(pair.tools["b"])
    await pair.sync()
    pair.connectors.clear()
    report = await pair.sync()
    assert report.conflicts == []
    assert sorted(str(one["notes"]) for one in pair.tools["b"].fields().values() if one["title"] == "Plan") == [
        "cut",
        "made",
    ]
    await pair.sync()
    assert pair.tools["a"].fields().keys() == _counterparts(pair).keys()
    assert all(pair.tools["a"].fields()[a]["notes"] == notes for a, notes in _counterparts(pair).items())


def _counterparts(pair: Town) -> dict[str, Value]:
    """Return the notes in b of every item of a."""
    _, links = pair.store.load("town", Wanted(everything=True))
    here = {link.record: link.remote for link in links if link.space == "a"}
    shown = pair.tools["b"].fields()
    return {here[link.record]: shown[link.remote]["notes"] for link in links if link.space == "b"}


async def test_h13_what_one_lost_create_made_is_not_given_to_another_of_its_title(pair: Town) -> None:
    pair.task("a", "Plan", notes="made")
    pair.task("a", "Plan", notes="cut")
    await _in_step_after_losing(pair)


async def test_h13_what_a_lost_create_made_is_not_given_to_a_later_one_of_its_title(pair: Town) -> None:
    """The later one lies below another item, so that it is sent once that is answered."""
    pair.task("a", "Plan", notes="made")
    parent = pair.task("a", "Parent", notes="")
    pair.task("a", "Plan", notes="cut", parent=parent)
    await _in_step_after_losing(pair)


async def test_h09_a_title_that_is_longer_than_its_tool_is_said_to_hold_has_its_own_tail(tmp_path: Path) -> None:
    with town(tmp_path, "a", "b", capabilities={"a": narrowed(title=Held(max_length=12))}) as pair:
        one, other = pair.task("a", "One and a long tail"), pair.task("a", "Two and a long tail")
        await pair.sync()
        pair.tools["a"].edit(one, {"title": "Two and a long tail"})
        pair.tools["a"].edit(other, {"title": "One and a long tail"})
        await pair.sync()
        assert pair.titles("a") == pair.titles("b") == ["One and a long tail", "Two and a long tail"]
        pair.tools["a"].edit(one, {"title": "Short"})
        await pair.sync()
        assert pair.titles("b") == ["One and a long tail", "Short"]


async def test_h06_who_took_a_value_back_is_not_overruled_without_a_word(
    tmp_path: Path,
) -> None:
    """To the hub nothing has changed since the third tool last agreed, whose people wrote what could not be read."""
    with town(tmp_path, "a", "b", "c") as three:
        three.task("a", "Plan")
        await three.sync()
        three.tools["c"].edit(three.id_of("c", "Plan"), {"state": "done"})
        await three.sync()
        three.connector("c").garbled = lambda _fields: True
        three.tools["c"].edit(three.id_of("c", "Plan"), {"state": "open"})
        three.tools["a"].edit(three.id_of("a", "Plan"), {"state": "open"})
        await three.sync()
        three.tools["b"].edit(three.id_of("b", "Plan"), {"state": "done"})
        await three.sync()
        three.connector("c").garbled = lambda _fields: False
        report = await three.sync()
        (conflict,) = report.conflicts
        assert (conflict["field"], conflict["kept"]["space"], conflict["lost"][0]["space"]) == ("state", "c", "b")


async def test_who_can_no_longer_be_named_in_a_tool_keeps_nothing_from_being_made_there(pair: Town) -> None:
    for name in ("a", "b"):
        pair.tools[name].people = {"p1": ("Ada", "ada@example.org"), "p2": ("Bo", "bo@example.org")}
    pair.task("a", "Old", assignees=frozenset({"p1"}))
    await pair.sync()
    del pair.tools["b"].people["p1"]
    pair.connector("b").poison = lambda write: "p1" in (write.fields.get("assignees") or ())  # type: ignore[operator]
    pair.task("a", "New", assignees=frozenset({"p1", "p2"}))
    pair.tools["a"].edit(pair.id_of("a", "Old"), {"notes": "New."})
    report = await pair.sync()
    assert report.exit == Exit.IN_STEP
    assert pair.one("b", "New")["assignees"] == frozenset({"p2"})
    assert pair.one("b", "Old")["assignees"] == frozenset({"p1"})
    assert pair.one("a", "New")["assignees"] == frozenset({"p1", "p2"})


async def test_somebody_who_is_listed_again_is_named_in_what_was_made_meanwhile(pair: Town) -> None:
    """As where a list of people came short with no error; a run that dies before it took a thing in changes nothing."""
    for name in ("a", "b"):
        pair.tools[name].people = {"p1": ("Ada", "ada@example.org"), "p2": ("Bo", "bo@example.org")}
    await pair.sync()
    ada = pair.tools["b"].people.pop("p1")
    pair.task("a", "New", assignees=frozenset({"p1", "p2"}))
    await pair.sync()
    assert pair.one("b", "New")["assignees"] == frozenset({"p2"})
    told = explain(pair.community(), pair.store, pair.id_of("b", "New"))
    assert told["fields"]["assignees"]["spaces"]["b"]["state"] == "in step"
    pair.tools["b"].people["p1"] = ada
    pair.connector("a").die_in_observe = True
    with pytest.raises(Killed):
        await pair.sync()
    pair.connector("a").die_in_observe = False
    await pair.sync()
    assert pair.one("b", "New")["assignees"] == frozenset({"p1", "p2"})
    assert (await pair.sync()).steps == []


@dataclass(slots=True)
class Markless(FaultyConnector):
    """A tool without a place for marks, that can be asked for a title once it is not `blind`."""

    async def observe(self, cursor: str | None, sink: Sink) -> Observation:
        return await FaultyConnector.observe(self, cursor, lambda page: sink([replace(one, mark=None) for one in page]))

    async def find(self, lost: Lost) -> Sequence[Remote]:
        await FaultyConnector.find(self, lost)
        listed: list[Remote] = []
        await MemoryConnector.observe(self, None, listed.extend)
        return [remote for remote in listed if self.view(remote)["title"] == lost.view["title"]]


async def test_h13_what_cannot_be_looked_up_yet_is_not_taken_for_a_new_item(tmp_path: Path) -> None:
    """A title that was cut is like no other, so that nothing but the look tells whose item it is."""
    with town(tmp_path, "a", "b") as pair:
        connector = Markless(pair.tools["b"], capabilities=narrowed(title=Held(max_length=12)))
        pair.connectors["b"] = connector
        pair.task("a", "A title with a long tail")
        connector.lose_answers, connector.blind = 1, True
        await pair.sync()
        assert (await pair.sync()).spaces["b"].state == "failed"
        assert pair.titles("a") == ["A title with a long tail"]
        connector.blind = False
        await pair.sync()
        assert (await pair.sync()).steps == []
        assert (pair.titles("a"), pair.titles("b")) == (["A title with a long tail"], ["A title wit…"])


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
