"""A run over memory tools: what people see after it."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import date, datetime
from pathlib import Path

import pytest

from domain.policy import Policy
from domain.values import instant
from sync.report import Exit
from tests.store.databases import KINDS, database
from tests.sync.town import DAY_ONLY, Town, town


@pytest.fixture(params=KINDS)
def pair(tmp_path: Path, request: pytest.FixtureRequest) -> Iterator[Town]:
    with database(request.param) as url, town(tmp_path, "a", "b", url=url) as built:
        yield built


async def test_a_first_sync_creates_what_is_missing_and_the_next_writes_nothing(pair: Town) -> None:
    for number in range(5):
        pair.task("a", f"from a {number}", tags=frozenset({"x"}))
    pair.task("b", "from b")
    report = await pair.sync()
    assert report.exit == Exit.IN_STEP
    assert pair.titles("a") == pair.titles("b") == sorted([f"from a {n}" for n in range(5)] + ["from b"])
    assert report.spaces["b"].created == 5
    again = await pair.sync(full=True)
    assert again.steps == []
    assert again.exit == Exit.IN_STEP


async def test_h05_edits_of_different_fields_meet_in_one_item(pair: Town) -> None:
    pair.task("a", "Plan", due=date(2026, 12, 1))
    await pair.sync()
    pair.tools["a"].edit(pair.id_of("a", "Plan"), {"title": "Plan the year"})
    pair.tools["b"].edit(pair.id_of("b", "Plan"), {"due": date(2026, 12, 5)})
    await pair.sync()
    assert pair.one("a", "Plan the year")["due"] == pair.one("b", "Plan the year")["due"] == date(2026, 12, 5)
    assert (await pair.sync(full=True)).steps == []


async def test_h06_the_loser_of_a_conflict_is_kept(pair: Town) -> None:
    pair.task("a", "Plan")
    await pair.sync()
    pair.tools["a"].edit(pair.id_of("a", "Plan"), {"title": "Plan A"})
    pair.now = pair.now.replace(second=30)
    pair.tools["b"].edit(pair.id_of("b", "Plan"), {"title": "Plan B"})
    report = await pair.sync()
    assert pair.titles("a") == pair.titles("b") == ["Plan B"]
    assert [(c["field"], c["kept"]["value"], c["lost"][0]["value"]) for c in report.conflicts] == [
        ("title", "Plan B", "Plan A")
    ]


async def test_under_ask_a_conflict_changes_nothing_until_it_is_decided(tmp_path: Path) -> None:
    with town(tmp_path, "a", "b", policy=Policy(conflict="ask")) as pair:
        pair.task("a", "Plan")
        await pair.sync()
        pair.tools["a"].edit(pair.id_of("a", "Plan"), {"title": "Plan A", "notes": "more"})
        pair.tools["b"].edit(pair.id_of("b", "Plan"), {"title": "Plan B"})
        for _ in range(2):
            report = await pair.sync()
            assert report.exit == Exit.PERSON_NEEDED
            assert (pair.titles("a"), pair.titles("b")) == (["Plan A"], ["Plan B"])
        assert pair.one("b", "Plan B")["notes"] == "more"


async def test_h07_an_edit_survives_a_deletion_elsewhere(pair: Town) -> None:
    pair.task("a", "Plan")
    await pair.sync()
    pair.tools["a"].edit(pair.id_of("a", "Plan"), {"title": "Plan more"})
    pair.tools["b"].delete(pair.id_of("b", "Plan"))
    report = await pair.sync()
    assert pair.titles("a") == pair.titles("b") == ["Plan more"]
    assert [conflict["field"] for conflict in report.conflicts] == ["deleted"]


async def test_a_confirmed_deletion_goes_to_the_trash_elsewhere(pair: Town) -> None:
    for number in range(8):
        pair.task("a", f"task {number}")
    await pair.sync()
    pair.tools["b"].delete(pair.id_of("b", "task 3"))
    report = await pair.sync()
    assert report.spaces["a"].deleted == 1
    assert "task 3" not in pair.titles("a")
    assert [item.fields()["title"] for item in pair.tools["a"].container().trash.values()] == ["task 3"]
    assert (await pair.sync(full=True)).steps == []


async def test_deletions_above_the_cap_wait_for_approval(pair: Town) -> None:
    for number in range(8):
        pair.task("a", f"task {number}")
    await pair.sync()
    for number in range(4):
        pair.tools["b"].delete(pair.id_of("b", f"task {number}"))
    report = await pair.sync()
    assert report.exit == Exit.PERSON_NEEDED
    assert len(pair.titles("a")) == 8
    assert report.spaces["b"].held == 4
    approved = frozenset((one["space"], one["record"]) for one in report.held)
    after = await pair.sync(approved=approved)
    assert after.exit == Exit.IN_STEP
    assert len(pair.titles("a")) == len(pair.titles("b")) == 4


async def test_h09_a_tool_without_times_and_tags_loses_neither(tmp_path: Path) -> None:
    with town(tmp_path, "a", "b", capabilities={"b": DAY_ONLY}) as pair:
        due = instant(datetime.fromisoformat("2026-12-01T09:30:00+01:00"))
        pair.task("a", "Plan", due=due, tags=frozenset({"x", "y"}))
        await pair.sync()
        assert pair.one("b", "Plan")["due"] == date(2026, 12, 1)
        pair.tools["b"].edit(pair.id_of("b", "Plan"), {"due": date(2026, 12, 3), "title": "Plan it"})
        await pair.sync()
        held = pair.one("a", "Plan it")
        assert held["due"] == instant(datetime.fromisoformat("2026-12-03T09:30:00+01:00"))
        assert held["tags"] == frozenset({"x", "y"})


async def test_h08_the_same_work_is_matched_and_the_unclear_is_asked(pair: Town) -> None:
    pair.task("a", "Write charter", due=date(2026, 12, 1))
    pair.task("b", "write  Charter", due=date(2026, 12, 1))
    pair.task("a", "Call sponsor", due=date(2026, 12, 1))
    pair.task("b", "Call sponsor", due=date(2026, 12, 9))
    for _ in range(2):
        report = await pair.sync()
        assert report.exit == Exit.PERSON_NEEDED
        assert [question["title"] for question in report.questions] == ["Call sponsor"]
        assert len(pair.titles("a")) == len(pair.titles("b")) == 2
    pair.tools["b"].edit(pair.id_of("b", "Call sponsor"), {"due": date(2026, 12, 1)})
    assert (await pair.sync()).exit == Exit.IN_STEP
    assert len(pair.titles("a")) == len(pair.titles("b")) == 2


async def test_h21_swapped_titles_stay_the_same_two_items(pair: Town) -> None:
    pair.task("a", "one", notes="1")
    pair.task("a", "two", notes="2")
    await pair.sync()
    first, second = pair.id_of("a", "one"), pair.id_of("a", "two")
    pair.tools["a"].edit(first, {"title": "two"})
    pair.tools["a"].edit(second, {"title": "one"})
    report = await pair.sync()
    assert report.spaces["b"].created == report.spaces["b"].deleted == 0
    assert (pair.one("b", "one")["notes"], pair.one("b", "two")["notes"]) == ("2", "1")


async def test_h10_a_tool_that_rewrites_text_causes_no_second_write(tmp_path: Path) -> None:
    with town(tmp_path, "a", "b") as pair:
        pair.tools["b"].rewrite = lambda _kind, fields: {
            **fields,
            "notes": str(fields.get("notes") or "").strip() + "!",
        }
        pair.task("a", "Plan", notes="  text  ")
        await pair.sync()
        again = await pair.sync(full=True)
        assert again.steps == []
        assert pair.one("a", "Plan")["notes"] == "  text  "


async def test_a_subtask_arrives_below_its_parent(pair: Town) -> None:
    parent = pair.task("a", "Parent")
    pair.task("a", "Child", parent=parent)
    await pair.sync()
    assert pair.one("b", "Child")["parent"] == pair.id_of("b", "Parent")
    assert (await pair.sync(full=True)).steps == []


async def test_what_is_listed_by_its_version_only_is_read_once_and_only_when_it_changed(pair: Town) -> None:
    pair.connector("a").lists_versions_only = True
    pair.task("a", "Plan")
    pair.task("a", "Report")
    await pair.sync()
    assert pair.titles("b") == ["Plan", "Report"]
    pair.tools["a"].edit(pair.id_of("a", "Plan"), {"title": "Plan the year"})
    pair.connector("a").fetched = 0
    await pair.sync(full=True)
    assert pair.titles("b") == ["Plan the year", "Report"]
    assert pair.connector("a").fetched == 1
    assert (await pair.sync(full=True)).steps == []
    assert pair.connector("a").fetched == 1
