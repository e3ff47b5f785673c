"""What is held for a person, how it is released, and that the answer is remembered."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import date, timedelta
from pathlib import Path

import pytest

from domain.policy import Policy
from store import runs
from sync.decide import Choice, resolve
from sync.report import Exit, Report
from tests.store.databases import KINDS, database
from tests.sync.faulty import Killed
from tests.sync.town import Town, town


@pytest.fixture(params=KINDS)
def pair(tmp_path: Path, request: pytest.FixtureRequest) -> Iterator[Town]:
    with database(request.param) as url, town(tmp_path, "a", "b", url=url) as built:
        yield built


async def filled(pair: Town, count: int = 30) -> None:
    for number in range(count):
        pair.task("a", f"task {number:03}")
    await pair.sync()


def released(report: Report) -> frozenset[tuple[str, str]]:
    return frozenset((one["space"], one["record"]) for one in report.held)


def delete(pair: Town, space: str, count: int) -> None:
    for number in range(count):
        pair.tools[space].delete(pair.id_of(space, f"task {number:03}"))


async def test_h01_a_space_that_turns_empty_is_paused_and_the_others_go_on(tmp_path: Path) -> None:
    with town(tmp_path, "a", "b", "c") as three:
        await filled(three)
        delete(three, "b", 30)
        three.tools["a"].edit(three.id_of("a", "task 001"), {"title": "renamed"})
        three.task("a", "new")
        for _ in range(2):
            report = await three.sync(full=True)
            assert report.exit == Exit.PERSON_NEEDED
            assert report.spaces["b"].state == "paused"
            assert "none of its 30 items" in str(report.spaces["b"].message)
            assert {"renamed", "new"} <= set(three.titles("c"))
            assert (three.titles("b"), len(three.titles("a")), len(three.titles("c"))) == ([], 31, 31)
        after = await three.sync(full=True, approved=released(report))
        assert after.exit == Exit.IN_STEP
        assert three.titles("a") == three.titles("b") == three.titles("c") == ["new", "renamed"]


async def test_h01_a_space_that_lists_nothing_once_goes_on_when_it_lists_again(pair: Town) -> None:
    await filled(pair)
    pair.tools["b"].edit(pair.id_of("b", "task 001"), {"title": "renamed"})
    pair.connector("b").list_limit = 0
    report = await pair.sync(full=True)
    assert (report.spaces["b"].state, report.spaces["a"].state) == ("paused", "ok")
    pair.connector("b").list_limit = None
    assert (await pair.sync()).exit == Exit.IN_STEP
    assert "renamed" in pair.titles("a")
    assert len(pair.titles("a")) == len(pair.titles("b")) == 30


@pytest.mark.parametrize("policy", ["trash", "complete", "keep"])
async def test_held_deletions_say_what_would_happen_and_follow_their_policy(tmp_path: Path, policy: str) -> None:
    with town(tmp_path, "a", "b", policy=Policy(delete=policy)) as pair:  # type: ignore[arg-type]
        await filled(pair)
        delete(pair, "b", 8)
        report = await pair.sync()
        assert [held["guard"] for held in report.held] == ["deletions"] * 8
        words = {"trash": "into the trash", "complete": "to complete them", "keep": "to keep them"}[policy]
        assert all(words in held["reason"] for held in report.held)
        after = await pair.sync(approved=released(report))
        assert after.exit == Exit.IN_STEP
        done = sum(fields["state"] == "done" for fields in pair.tools["a"].fields().values())
        assert (len(pair.titles("a")), done) == {"trash": (22, 0), "complete": (30, 8), "keep": (30, 0)}[policy]
        assert (await pair.sync(full=True)).steps == []


async def test_h26_an_answer_given_once_survives_the_death_of_its_run(pair: Town) -> None:
    await filled(pair)
    delete(pair, "b", 8)
    report = await pair.sync()
    pair.connector("b").die_in_observe = True
    with pytest.raises((Killed, BaseExceptionGroup)):
        await pair.sync(approved=released(report))
    pair.connector("b").die_in_observe = False
    pair.minutes(5)
    assert (await pair.sync()).exit == Exit.IN_STEP
    assert len(pair.titles("a")) == 22


async def test_an_answer_is_about_what_was_held_and_nothing_later(pair: Town) -> None:
    await filled(pair)
    delete(pair, "b", 8)
    report = await pair.sync()
    for item in list(pair.tools["b"].container().trash):
        pair.tools["b"].restore(item)
    assert (await pair.sync(approved=released(report))).exit == Exit.IN_STEP
    delete(pair, "b", 8)
    assert (await pair.sync()).exit == Exit.PERSON_NEEDED
    assert len(pair.titles("a")) == 30


async def test_h11_a_released_surge_is_released_for_these_records_once(pair: Town) -> None:
    await filled(pair)
    for day in (1, 2):
        for identity in list(pair.tools["a"].fields()):
            pair.tools["a"].edit(identity, {"due": date(2026, 1, day)})
        report = await pair.sync()
        assert {held["guard"] for held in report.held} == {"surge"}
        assert (await pair.sync(approved=released(report))).exit == Exit.IN_STEP
        assert all(fields["due"] == date(2026, 1, day) for fields in pair.tools["b"].fields().values())


async def test_h11_a_released_surge_that_contradicts_itself_is_decided_and_never_held_again(tmp_path: Path) -> None:
    with town(tmp_path, "a", "b", policy=Policy(conflict="ask")) as pair:
        await filled(pair)
        for day, space in enumerate("ab", 1):
            for identity in list(pair.tools[space].fields()):
                pair.tools[space].edit(identity, {"due": date(2026, 1, day)})
        report = await pair.sync()
        assert {held["guard"] for held in report.held} == {"surge"}
        for approved in (released(report), frozenset[tuple[str, str]](), frozenset[tuple[str, str]]()):
            report = await pair.sync(approved=approved)
            assert (len(report.conflicts), report.held) == (30, [])
        with pair.store.reading() as connection:
            for conflict in runs.conflicts_of(connection, "town"):
                pair.minutes(1)
                _, report = await resolve(pair.community(), pair.store, pair.clock, Choice(conflict["id"], "ada", "a"))
                assert report.held == []
        assert (await pair.sync(full=True)).exit == Exit.IN_STEP
        assert all(fields["due"] == date(2026, 1, 1) for fields in pair.tools["b"].fields().values())


async def test_h07_an_edit_made_after_the_deletion_was_taken_in_survives_it(pair: Town) -> None:
    await filled(pair, 8)
    pair.tools["a"].delete(pair.id_of("a", "task 003"))
    target = pair.id_of("b", "task 003")

    def interfere(_write: object) -> bool:
        pair.connector("b").refuse = lambda _other: False
        pair.tools["b"].edit(target, {"notes": "still needed"})
        return False

    pair.connector("b").refuse = interfere
    report = await pair.sync()
    assert [conflict["field"] for conflict in report.conflicts] == ["deleted"]
    await pair.sync()
    assert pair.one("a", "task 003")["notes"] == pair.one("b", "task 003")["notes"] == "still needed"
    assert (await pair.sync(full=True)).steps == []


async def test_what_happened_longer_ago_than_is_kept_is_forgotten_and_nothing_else(pair: Town) -> None:
    await filled(pair, 3)
    pair.tools["a"].edit(pair.id_of("a", "task 001"), {"title": "old news"})
    first = (await pair.sync()).run
    for days in (200, 200):
        pair.now += timedelta(days=days)
        pair.tools["a"].edit(pair.id_of("a", "task 002"), {"notes": f"after {days}"})
        await pair.sync()
    with pair.store.reading() as connection:
        kept = [run["id"] for run in runs.recent(connection, "town", 10)]
    assert first not in kept
    assert len(kept) == 2
    assert "old news" in pair.titles("b")
    assert (await pair.sync(full=True)).steps == []
