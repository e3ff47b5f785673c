"""Why something was not synced is said in words: filter, conflict, guard, rate limit, set aside, not supported."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import replace
from datetime import UTC, date, datetime
from pathlib import Path
from typing import Any

import pytest

from domain.capabilities import Capabilities
from domain.errors import Retriable
from domain.policy import Policy
from store.state import Wanted
from sync.explain import explain
from tests.sync.town import DAY_ONLY, Town, town


@pytest.fixture
def pair(tmp_path: Path) -> Iterator[Town]:
    with town(tmp_path, "a", "b") as built:
        yield built


def story(pair: Town, space: str, title: str) -> dict[str, Any]:
    _, links = pair.store.load("town", Wanted(remotes={space: [pair.id_of(space, title)]}))
    return explain(pair.community(), pair.store, links[0].record)


def why(pair: Town, space: str, title: str) -> list[tuple[str | None, str | None, str]]:
    return [(one["space"], one["field"], one["why"]) for one in story(pair, space, title)["not_synced"]]


async def test_nothing_is_to_explain_where_all_is_in_step(pair: Town) -> None:
    pair.task("a", "Plan", due=date(2026, 12, 1), tags=frozenset({"x"}))
    await pair.sync()
    assert why(pair, "a", "Plan") == []


async def test_the_rule_that_was_applied_is_named(pair: Town) -> None:
    pair.task("a", "Plan")
    await pair.sync()
    pair.tools["a"].edit(
        pair.id_of("a", "Plan"), {"title": "Plan A", "tags": frozenset({"x"}), "due": date(2026, 1, 1)}
    )
    pair.minutes(1)
    pair.tools["b"].edit(pair.id_of("b", "Plan"), {"title": "Plan B", "tags": frozenset({"y"})})
    await pair.sync()
    fields = story(pair, "a", "Plan B")["fields"]
    rules = {name: fields[name]["rule"] for name in ("title", "tags", "due", "notes")}
    assert rules == {
        "title": "policy latest",
        "tags": "additions and removals of several places",
        "due": "the only change",
        "notes": None,
    }


async def test_a_conflict_that_waits_is_named_with_the_command(tmp_path: Path) -> None:
    with town(tmp_path, "a", "b", policy=Policy(conflict="ask")) as pair:
        pair.task("a", "Plan")
        await pair.sync()
        pair.tools["a"].edit(pair.id_of("a", "Plan"), {"title": "Plan A"})
        pair.tools["b"].edit(pair.id_of("b", "Plan"), {"title": "Plan B"})
        await pair.sync()
        told = story(pair, "a", "Plan A")
        (reason, *_) = told["not_synced"]
        assert reason["field"] == "title"
        assert f"copsync conflicts resolve {told['conflicts'][0]['id']}" in reason["mend"]


async def test_what_a_guard_holds_is_named_with_its_run(pair: Town) -> None:
    for number in range(30):
        pair.task("a", f"task {number:02}")
    await pair.sync()
    for number in range(10):
        pair.tools["b"].delete(pair.id_of("b", f"task {number:02}"))
    run = (await pair.sync()).run
    ((space, _, words),) = why(pair, "a", "task 03")
    assert space == "b"
    assert f"--approve {run}" in words


def _busy(_write: object) -> bool:
    raise Retriable("The tool asks to wait.", retry_after=300)


FAILURES: dict[str, tuple[str, Callable[[object], bool]]] = {
    "rate limit": ("The tool asks to wait", _busy),
    "poisoned": ("Failed 1 times in a row", lambda _write: True),
}


@pytest.mark.parametrize("what", FAILURES)
async def test_what_the_tool_said_is_repeated(pair: Town, what: str) -> None:
    words, fault = FAILURES[what]
    pair.task("a", "Plan")
    await pair.sync()
    pair.tools["a"].edit(pair.id_of("a", "Plan"), {"title": "Plan more"})
    pair.connector("b").poison = fault
    await pair.sync()
    assert any(words in one for _, _, one in why(pair, "a", "Plan more"))


async def test_what_a_tool_cannot_hold_is_named_field_by_field(tmp_path: Path) -> None:
    with town(tmp_path, "a", "b", capabilities={"b": DAY_ONLY}) as pair:
        pair.task("a", "Plan", due=datetime(2026, 12, 1, 9, tzinfo=UTC), tags=frozenset({"x"}))
        await pair.sync()
        assert why(pair, "a", "Plan") == [
            ("b", "due", "Only in part: day only."),
            ("b", "tags", "Not supported by this tool."),
        ]


async def test_filters_and_paused_spaces_are_named(pair: Town) -> None:
    pair.connector("b").admit_rule = lambda _kind, fields: fields["title"] != "Private"
    pair.task("a", "Private")
    pair.task("a", "Plan")
    await pair.sync()
    assert why(pair, "a", "Private") == [("b", None, "Filtered: it is not among what b shows.")]
    pair.tools["b"].container().archived = True
    pair.tools["a"].edit(pair.id_of("a", "Plan"), {"title": "Plan more"})
    await pair.sync()
    words = [one for _, _, one in why(pair, "a", "Plan more")]
    assert any("The space is paused" in one and "archived" in one for one in words)
    assert "It waits to be sent." in words


async def test_a_type_a_tool_does_not_know_is_named(tmp_path: Path) -> None:
    nothing = Capabilities({})
    with town(tmp_path, "a", "b", capabilities={"b": replace(nothing)}) as pair:
        pair.task("a", "Plan")
        await pair.sync()
        assert why(pair, "a", "Plan") == [("b", None, "Not supported: b holds no task.")]
