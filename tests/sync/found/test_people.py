"""Found by the simulation: people who are met late, get another account, or can no longer be named."""

from __future__ import annotations

from typing import Any

import pytest

from domain.errors import StoreProblem
from sync.explain import explain
from sync.report import Exit
from tests.sync.faulty import Killed
from tests.sync.town import Town


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
