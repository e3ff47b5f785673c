"""Taking a run back: what it changed, created and deleted, and what is left because somebody went on from there."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace
from datetime import date
from pathlib import Path

import pytest

from connectors.memory.capabilities import EVERYTHING
from domain.capabilities import Capabilities
from domain.errors import ConfigProblem
from store import runs
from sync.report import Exit, Report
from sync.undo import preview_undo, undo
from tests.store.databases import KINDS, database
from tests.sync.town import TASK, Town, town

NO_TRASH = Capabilities({TASK: replace(EVERYTHING.types[TASK], restores=False)})


@pytest.fixture(params=KINDS)
def pair(tmp_path: Path, request: pytest.FixtureRequest) -> Iterator[Town]:
    with database(request.param) as url, town(tmp_path, "a", "b", url=url) as built:
        yield built


async def take_back(pair: Town, run: str, *, pending: bool = False) -> Report:
    """Undo a run, and see that the preview changed nothing and told all of it (and what else was `pending`)."""
    before = pair.tools["a"].fields(), pair.tools["b"].fields()
    preview = await preview_undo(pair.community(), pair.store, pair.clock, run)
    assert (pair.tools["a"].fields(), pair.tools["b"].fields()) == before
    report = await undo(pair.community(), pair.store, pair.clock, run)
    assert pending or [_what(step) for step in preview.steps] == [_what(step) for step in report.steps]
    assert preview.left == report.left
    return report


def _what(step: dict[str, object]) -> tuple[object, ...]:
    return step["space"], step["verb"], step["title"], step["fields"]


async def quiet(pair: Town) -> None:
    assert (await pair.sync(full=True)).steps == []


async def filled(pair: Town, count: int = 6) -> None:
    for number in range(count):
        pair.task("a", f"task {number}", tags=frozenset({"x"}), notes="one\ntwo\nthree\n")
    await pair.sync()


async def test_an_edit_is_set_back_everywhere_and_the_undoing_can_be_undone(pair: Town) -> None:
    await filled(pair)
    pair.tools["a"].edit(pair.id_of("a", "task 3"), {"title": "wrong", "due": date(2026, 12, 1)})
    run = (await pair.sync()).run
    report = await take_back(pair, run)
    assert (report.exit, report.left, report.undoes) == (Exit.IN_STEP, [], run)
    assert pair.one("a", "task 3")["due"] is None
    assert pair.titles("a") == pair.titles("b") == [f"task {number}" for number in range(6)]
    await quiet(pair)
    await take_back(pair, report.run)
    assert pair.one("a", "wrong")["due"] == pair.one("b", "wrong")["due"] == date(2026, 12, 1)
    await quiet(pair)


async def test_what_was_created_is_taken_away_where_it_was_created_and_stays_where_people_made_it(pair: Town) -> None:
    await filled(pair)
    pair.task("a", "new")
    run = (await pair.sync()).run
    report = await take_back(pair, run)
    assert [(step["space"], step["verb"]) for step in report.steps] == [("b", "delete")]
    assert "new" in pair.titles("a")
    assert "new" not in pair.titles("b")
    await quiet(pair)
    again = await take_back(pair, report.run)
    assert [(step["space"], step["verb"]) for step in again.steps] == [("b", "restore")]
    assert pair.titles("a") == pair.titles("b")
    await quiet(pair)


async def test_what_was_deleted_comes_back_from_the_trash_everywhere(pair: Town) -> None:
    await filled(pair)
    identities = {space: pair.id_of(space, "task 2") for space in ("a", "b")}
    pair.tools["a"].delete(identities["a"])
    run = (await pair.sync()).run
    assert len(pair.titles("b")) == 5
    report = await take_back(pair, run)
    assert {(step["space"], step["verb"]) for step in report.steps} == {("a", "restore"), ("b", "restore")}
    assert {space: pair.id_of(space, "task 2") for space in ("a", "b")} == identities
    await quiet(pair)
    await take_back(pair, report.run)
    assert len(pair.titles("a")) == len(pair.titles("b")) == 5
    await quiet(pair)


async def test_what_the_trash_does_not_give_back_is_made_anew_and_linked(tmp_path: Path) -> None:
    with town(tmp_path, "a", "b", capabilities={"b": NO_TRASH}) as pair:
        await filled(pair)
        old = pair.id_of("b", "task 2")
        pair.tools["a"].delete(pair.id_of("a", "task 2"))
        run = (await pair.sync()).run
        report = await take_back(pair, run)
        assert {(step["space"], step["verb"]) for step in report.steps} == {("a", "restore"), ("b", "create")}
        assert pair.id_of("b", "task 2") != old
        assert pair.one("b", "task 2")["notes"] == "one\ntwo\nthree\n"
        await quiet(pair)


async def test_what_the_trash_has_purged_is_made_anew(pair: Town) -> None:
    await filled(pair)
    pair.tools["a"].delete(pair.id_of("a", "task 2"))
    run = (await pair.sync()).run
    pair.tools["b"].container().trash.clear()
    report = await undo(pair.community(), pair.store, pair.clock, run)
    verbs = [(step["space"], step["verb"], step["state"]) for step in report.steps]
    assert ("b", "create", "done") in verbs
    assert pair.titles("a") == pair.titles("b") == [f"task {number}" for number in range(6)]
    await quiet(pair)


async def test_what_changed_since_is_left_and_named(pair: Town) -> None:
    await filled(pair)
    identity = pair.id_of("a", "task 3")
    pair.tools["a"].edit(identity, {"title": "wrong", "tags": frozenset({"x", "y"}), "notes": "one\ntwo\nTHREE\n"})
    run = (await pair.sync()).run
    pair.now = pair.now.replace(minute=59)
    other = pair.id_of("b", "wrong")
    pair.tools["b"].edit(other, {"title": "right", "tags": frozenset({"x", "y", "z"}), "notes": "ONE\ntwo\nTHREE\n"})
    report = await take_back(pair, run, pending=True)
    assert [(one["title"], one["field"]) for one in report.left] == [("right", "title")]
    assert "in b" in report.left[0]["why"]
    for space in ("a", "b"):
        kept = pair.one(space, "right")
        assert (kept["tags"], kept["notes"]) == (frozenset({"x", "z"}), "ONE\ntwo\nthree\n")
    await quiet(pair)


async def test_a_copy_that_somebody_works_on_stays(pair: Town) -> None:
    await filled(pair)
    pair.task("a", "new")
    run = (await pair.sync()).run
    target = pair.id_of("b", "new")

    def interfere(_write: object) -> bool:
        pair.connector("b").refuse = lambda _other: False
        pair.tools["b"].edit(target, {"notes": "mine"})
        return False

    pair.connector("b").refuse = interfere
    report = await undo(pair.community(), pair.store, pair.clock, run)
    assert any("it stays there" in note for note in report.notes)
    assert pair.one("b", "new")["notes"] == pair.one("a", "new")["notes"] == "mine"
    await quiet(pair)


async def test_a_space_that_is_closed_follows_when_it_is_back(pair: Town) -> None:
    await filled(pair)
    pair.tools["a"].edit(pair.id_of("a", "task 3"), {"title": "wrong"})
    run = (await pair.sync()).run
    pair.tools["b"].container().archived = True
    report = await undo(pair.community(), pair.store, pair.clock, run)
    assert pair.one("a", "task 3")
    assert report.spaces["b"].state == "paused"
    pair.tools["b"].container().archived = False
    await pair.sync()
    assert pair.titles("a") == pair.titles("b") == [f"task {number}" for number in range(6)]
    await quiet(pair)


async def test_the_undoing_leaves_other_work_alone(pair: Town) -> None:
    await filled(pair)
    pair.tools["a"].edit(pair.id_of("a", "task 3"), {"title": "wrong"})
    run = (await pair.sync()).run
    pair.tools["a"].edit(pair.id_of("a", "task 4"), {"title": "other"})
    report = await take_back(pair, run)
    assert "other" in pair.titles("b")
    await take_back(pair, report.run)
    assert {"other", "wrong"} <= set(pair.titles("b"))


async def test_what_cannot_be_undone_is_refused_with_the_mend(pair: Town) -> None:
    await filled(pair)
    nothing = (await pair.sync()).run
    pair.tools["a"].edit(pair.id_of("a", "task 3"), {"title": "wrong"})
    run = (await pair.sync()).run
    done = await undo(pair.community(), pair.store, pair.clock, run)
    for wrong, words in (("20260101-000000-abcdef", "no run"), (nothing, "changed nothing"), (run, done.run)):
        with pytest.raises(ConfigProblem, match=words):
            await preview_undo(pair.community(), pair.store, pair.clock, wrong)
        with pytest.raises(ConfigProblem, match=words):
            await undo(pair.community(), pair.store, pair.clock, wrong)


async def test_a_run_at_work_is_not_undone(pair: Town) -> None:
    await filled(pair)
    lease = pair.store.acquire("town", "run now (process 1 on here)", pair.clock())
    pair.store.begin_run(lease, "now", pair.clock())
    with pytest.raises(ConfigProblem, match="still at work"):
        await undo(pair.community(), pair.store, pair.clock, "now")
    pair.store.release(lease)


async def test_an_undoing_stands_in_history_as_one(pair: Town) -> None:
    await filled(pair)
    pair.tools["a"].edit(pair.id_of("a", "task 3"), {"title": "wrong"})
    run = (await pair.sync()).run
    report = await undo(pair.community(), pair.store, pair.clock, run)
    with pair.store.reading() as connection:
        last = runs.one(connection, report.run)
        changes = runs.changes_of(connection, "town", report.steps[0]["record"])
    assert last is not None
    assert (last["kind"], last["about"], last["state"]) == ("undo", run, "done")
    assert (changes[-1]["before"], changes[-1]["after"], changes[-1]["cause"]) == ("wrong", "task 3", f"undo of {run}")
