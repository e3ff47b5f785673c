"""Found by the simulation: values that a tool cannot show, only shows, or shows anew."""

from __future__ import annotations

from pathlib import Path

from connectors.contract import Observation, Sink
from connectors.memory.capabilities import EVERYTHING
from domain.capabilities import Held, Hold
from domain.policy import Policy
from sync.report import Exit
from tests.sync.faulty import FaultyConnector
from tests.sync.town import narrowed, town


class PageSkipper(FaultyConnector):
    """Says that something changed, and not what."""

    async def observe(self, cursor: str | None, _sink: Sink) -> Observation:
        return await FaultyConnector.observe(self, cursor, lambda _page: None)


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


async def test_h14_what_somebody_emptied_does_not_come_back_from_an_item_that_is_read_late(tmp_path: Path) -> None:
    with town(tmp_path, "a", "b") as pair:
        for space in "ab":
            pair.task(space, "Plan", notes="Old.")
        pair.tools["b"].container().readable = False
        await pair.sync()
        pair.minutes(1)
        pair.tools["a"].edit(pair.id_of("a", "Plan"), {"notes": ""})
        await pair.sync()
        pair.tools["b"].container().readable = True
        report = await pair.sync(full=True)
        assert [one["field"] for one in report.conflicts] == ["notes"]
        assert (pair.one("a", "Plan")["notes"], pair.one("b", "Plan")["notes"]) == ("", "")


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
