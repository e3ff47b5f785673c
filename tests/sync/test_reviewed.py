"""Saved plans: applied as they were reviewed, or refused with what moved."""

from __future__ import annotations

import json
from collections.abc import Callable, Iterator
from datetime import date, timedelta
from pathlib import Path
from typing import Any

import pytest

from domain.errors import ConfigProblem
from domain.policy import Policy
from sync.report import Exit, Report
from sync.reviewed import Reviewed, parsed, saved
from sync.run import Wish, preview, sync
from tests.sync.town import Town, town


@pytest.fixture
def pair(tmp_path: Path) -> Iterator[Town]:
    with town(tmp_path, "a", "b") as built:
        yield built


async def document(pair: Town, *, full: bool = False) -> dict[str, Any]:
    """Return the saved plan of now, as it stands in a file."""
    community = pair.community()
    report = await preview(community, pair.store, pair.clock, Wish(full=full))
    return saved(report, community, pair.now, "copsync 0", full=full)


async def reviewed(pair: Town) -> Reviewed:
    return parsed(json.dumps(await document(pair)), "plan.json")


async def apply(pair: Town, plan: Reviewed) -> Report:
    plan.must_fit(pair.community())
    return await sync(pair.community(), pair.store, pair.clock, Wish(reviewed=plan))


def memory(pair: Town) -> list[Any]:
    """Return everything that copsync knows, but for its runs and leases."""
    with pair.store.reading() as connection:
        tables = ("records", "links", "cursors", "journal", "changes", "conflicts", "identities")
        return [connection.exec_driver_sql(f"SELECT * FROM {table} ORDER BY 1, 2, 3").fetchall() for table in tables]


async def test_a_reviewed_plan_is_applied_as_it_is(pair: Town) -> None:
    parent = pair.task("a", "Parent", due=date(2026, 12, 1))
    pair.task("a", "Child", parent=parent, tags=frozenset({"y", "x"}))
    pair.task("b", "Own")
    report = await apply(pair, await reviewed(pair))
    assert (report.exit, report.differences, report.notes) == (Exit.IN_STEP, [], [])
    assert pair.titles("a") == pair.titles("b") == ["Child", "Own", "Parent"]
    pair.tools["a"].edit(pair.id_of("a", "Own"), {"title": "Ours"})
    pair.tools["b"].delete(pair.id_of("b", "Child"))
    report = await apply(pair, await reviewed(pair))
    assert report.exit == Exit.IN_STEP
    assert sorted(step["verb"] for step in report.steps) == ["delete", "update"]
    assert pair.titles("a") == pair.titles("b") == ["Ours", "Parent"]


Act = Callable[[Town], object]


def _edit(space: str, title: str, /, **fields: Any) -> Act:
    return lambda pair: pair.tools[space].edit(pair.id_of(space, title), fields)


MOVES: dict[str, tuple[Act, str]] = {
    "one more": (_edit("a", "Two", due=date(2026, 12, 5)), "b: would now also update “Two” (due “–” → “2026-12-05”)"),
    "a new item": (lambda pair: pair.task("b", "New"), "a: would now also create “New”"),
    "taken back": (_edit("a", "One!", title="One"), "b: no longer: update “One!”"),
    "edited again": (_edit("a", "One!", title="One?"), "b: “One?”: title would become “One?”, the plan saw “One!”"),
    "another field": (_edit("a", "One!", notes="n"), "b: “One!”: notes would now also be set (“–” → “n”)"),
    "the other side": (_edit("b", "One", title="Won"), "b: “One!”: title is “Won” now, the plan saw “One”"),
    "deleted": (
        lambda pair: pair.tools["a"].delete(pair.id_of("a", "One!")),
        "b: would now delete “One”, the plan saw: update (title “One” → “One!”)",
    ),
}


@pytest.mark.parametrize("name", MOVES)
async def test_a_plan_is_refused_when_anything_moved_since(pair: Town, name: str) -> None:
    for title in ("One", "Two", "Three"):
        pair.task("a", title)
    await pair.sync()
    pair.tools["a"].edit(pair.id_of("a", "One"), {"title": "One!"})
    plan = await reviewed(pair)
    act, words = MOVES[name]
    act(pair)
    before = memory(pair), [pair.tools[space].fields() for space in "ab"]
    report = await apply(pair, plan)
    assert report.exit == Exit.PERSON_NEEDED
    assert report.state == "held"
    assert words in report.differences
    assert "copsync plan --out plan.json" in str(report.json()["message"])
    assert report.steps == []
    assert (memory(pair), [pair.tools[space].fields() for space in "ab"]) == before
    assert (await pair.sync()).exit == Exit.IN_STEP  # what was refused is delivered by an ordinary run


async def test_long_texts_are_told_from_where_they_differ(pair: Town) -> None:
    pair.task("a", "One", notes="n" * 200)
    await pair.sync()
    pair.tools["a"].edit(pair.id_of("a", "One"), {"notes": "n" * 200 + " first"})
    plan = await reviewed(pair)
    pair.tools["a"].edit(pair.id_of("a", "One"), {"notes": "n" * 200 + " second"})
    (told,) = (await apply(pair, plan)).differences
    assert "first" in told
    assert "second" in told
    assert len(told) < 200


async def test_a_space_that_cannot_be_read_makes_the_plan_stale(pair: Town) -> None:
    pair.task("a", "One")
    plan = await reviewed(pair)
    pair.tools["b"].container().readable = False
    report = await apply(pair, plan)
    assert report.exit == Exit.PERSON_NEEDED
    assert report.differences == ["b: no longer: create “One”"]
    assert report.spaces["b"].state != "ok"


async def test_only_what_was_reviewed_is_sent(pair: Town) -> None:
    """What a person changes while the plan is being applied is left to the next run."""
    pair.task("a", "One")
    await pair.sync()
    pair.tools["a"].edit(pair.id_of("a", "One"), {"title": "One!"})
    plan = await reviewed(pair)

    def meanwhile(_write: object) -> bool:
        pair.now += timedelta(seconds=1)
        pair.tools["b"].edit(pair.id_of("b", "One"), {"title": "Won"})
        pair.connector("b").refuse = lambda _write: False
        return False

    pair.connector("b").refuse = meanwhile
    report = await apply(pair, plan)
    assert (pair.titles("a"), pair.titles("b")) == (["One!"], ["Won"])
    assert "left to the next run" in report.notes[0]
    await pair.sync()
    assert pair.titles("a") == pair.titles("b") == ["Won"]


async def test_what_a_guard_holds_is_no_part_of_it(tmp_path: Path) -> None:
    with town(tmp_path, "a", "b", policy=Policy()) as pair:
        for number in range(10):
            pair.task("a", f"task {number}")
        await pair.sync()
        for number in range(5):
            pair.tools["a"].delete(pair.id_of("a", f"task {number}"))
        pair.tools["a"].edit(pair.id_of("a", "task 9"), {"title": "nine"})
        plan = await reviewed(pair)
        report = await apply(pair, plan)
        assert report.exit == Exit.PERSON_NEEDED
        assert [step["verb"] for step in report.steps if step["state"] == "done"] == ["update"]
        assert len(pair.titles("b")) == 10


async def test_a_plan_of_other_spaces_is_refused(pair: Town) -> None:
    pair.task("a", "One")
    plan = await reviewed(pair)
    other = plan.model_copy(update={"bindings": {**plan.bindings, "b": "elsewhere", "c": "new"}})
    with pytest.raises(ConfigProblem, match="other spaces: b, c changed"):
        other.must_fit(pair.community())
    with pytest.raises(ConfigProblem, match="the community 'x', not of 'town'"):
        plan.model_copy(update={"community": "x"}).must_fit(pair.community())


SPOILT: dict[str, tuple[Callable[[str], str], str]] = {
    "cut": (lambda text: text[:-20], "cut off"),
    "empty": (lambda _: "", "not JSON"),
    "other JSON": (lambda _: "[1]", "no saved plan"),
    "a later format": (lambda text: text.replace('"copsync_plan": 1', '"copsync_plan": 2'), "has format 2"),
    "a changed number": (lambda text: text.replace("2026-12-01", "2026-12-02"), "was changed after it was saved"),
    "a step less": (lambda text: json.dumps({**json.loads(text), "steps": []}), "was changed after it was saved"),
    "no checksum": (lambda text: text.replace('"checksum"', '"sum"'), "was changed after it was saved"),
}


@pytest.mark.parametrize("name", SPOILT)
async def test_a_spoilt_file_is_refused(pair: Town, name: str) -> None:
    pair.task("a", "One", due=date(2026, 12, 1))
    text = json.dumps(await document(pair))
    assert parsed(text, "plan.json").steps[0].title == "One"
    spoil, words = SPOILT[name]
    with pytest.raises(ConfigProblem, match=words) as refused:
        parsed(spoil(text), "plan.json")
    assert "copsync plan --out plan.json" in refused.value.mend
