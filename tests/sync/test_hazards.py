"""What a two-way sync must survive, on memory tools; each test carries its hazard's number."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import date, timedelta
from pathlib import Path

import pytest

from domain.fields import RecordType
from domain.values import Fields
from sync.report import Exit
from tests.sync.faulty import Killed
from tests.sync.town import Town, town


@pytest.fixture
def pair(tmp_path: Path) -> Iterator[Town]:
    with town(tmp_path, "a", "b") as built:
        yield built


async def filled(pair: Town, count: int = 30) -> Town:
    for number in range(count):
        pair.task("a", f"task {number:03}")
    await pair.sync()
    return pair


async def test_h01_a_tool_that_lists_nothing_once_deletes_nothing(pair: Town) -> None:
    await filled(pair)
    pair.connector("b").list_limit = 0
    report = await pair.sync(full=True)
    assert report.spaces["a"].deleted == report.spaces["b"].deleted == 0
    pair.connector("b").list_limit = None
    assert (await pair.sync(full=True)).steps == []
    assert len(pair.titles("a")) == len(pair.titles("b")) == 30


async def test_h02_a_short_listing_that_looks_complete_deletes_nothing(pair: Town) -> None:
    await filled(pair)
    pair.connector("b").list_limit = 12
    report = await pair.sync(full=True)
    assert (report.steps, report.exit) == ([], Exit.IN_STEP)
    assert len(pair.titles("a")) == 30


async def test_h02_when_hundreds_vanish_a_person_is_asked(pair: Town) -> None:
    await filled(pair, 260)
    pair.connector("b").list_limit = 10
    report = await pair.sync(full=True)
    assert report.exit == Exit.PERSON_NEEDED
    assert [held["guard"] for held in report.held] == ["empty space"]
    assert len(pair.titles("a")) == 260


@pytest.mark.parametrize("writes", [0, 1, 49, 50, 51, 75])
async def test_h03_h26_killed_in_the_middle_of_creating(pair: Town, writes: int) -> None:
    for number in range(100):
        pair.task("a", f"task {number:03}")
    pair.connector("b").die_after_writes = writes
    with pytest.raises((Killed, BaseExceptionGroup)):
        await pair.sync()
    pair.connector("b").die_after_writes = None
    pair.now += timedelta(minutes=5)
    report = await pair.sync()
    assert report.exit == Exit.IN_STEP
    assert pair.titles("a") == pair.titles("b") == [f"task {number:03}" for number in range(100)]
    assert (await pair.sync(full=True)).steps == []


async def test_h04_a_failed_write_is_delivered_later_and_not_counted(pair: Town) -> None:
    await filled(pair, 3)
    pair.tools["a"].edit(pair.id_of("a", "task 001"), {"title": "renamed"})
    pair.connector("b").refuse = lambda _write: True
    report = await pair.sync()
    assert (report.spaces["b"].updated, report.spaces["b"].failed) == (0, 1)
    assert report.exit == Exit.FAILED
    pair.connector("b").refuse = lambda _write: False
    assert (await pair.sync()).exit == Exit.IN_STEP
    assert "renamed" in pair.titles("b")


async def test_h11_a_surge_of_one_field_is_held_and_the_rest_goes_on(pair: Town) -> None:
    await filled(pair, 40)
    for identity in list(pair.tools["a"].fields()):
        pair.tools["a"].edit(identity, {"due": date(2026, 1, 1)})
    pair.tools["b"].edit(pair.id_of("b", "task 007"), {"title": "renamed"})
    for _ in range(2):
        report = await pair.sync()
        assert report.exit == Exit.PERSON_NEEDED
        assert all(fields["due"] is None for fields in pair.tools["b"].fields().values())
        assert "renamed" in pair.titles("a")
    approved = frozenset((one["space"], one["record"]) for one in report.held)
    await pair.sync(approved=approved)
    assert all(fields["due"] == date(2026, 1, 1) for fields in pair.tools["b"].fields().values())


async def test_h12_nothing_changed_costs_listings_only_and_a_change_one_write(pair: Town) -> None:
    await filled(pair)
    quiet = await pair.sync(full=True)
    assert [space.requests for space in quiet.spaces.values()] == [2, 2]  # reach it, one page
    pair.tools["a"].edit(pair.id_of("a", "task 001"), {"title": "renamed"})
    before = pair.connector("b").writes
    await pair.sync()
    assert pair.connector("b").writes - before == 1
    assert pair.connector("a").writes == 0


async def test_h13_a_create_whose_answer_is_lost_is_found_again(pair: Town) -> None:
    pair.task("a", "one")
    pair.connector("b").lose_answers = 1
    report = await pair.sync()
    assert report.exit == Exit.IN_STEP
    assert pair.titles("b") == ["one"]
    assert (await pair.sync(full=True)).steps == []


async def test_h13_a_lost_create_that_cannot_be_looked_up_is_found_by_the_next_run(pair: Town) -> None:
    pair.task("a", "one")
    pair.connector("b").lose_answers = 1
    pair.connector("b").blind = True
    assert (await pair.sync()).exit == Exit.FAILED
    barred = await pair.sync()
    assert barred.spaces["b"].state == "failed"
    pair.connector("b").blind = False
    await pair.sync()
    assert pair.titles("a") == pair.titles("b") == ["one"]


async def test_h15_an_expired_cursor_means_a_full_read(pair: Town) -> None:
    await filled(pair, 5)
    container = pair.tools["a"].container()
    pair.tools["a"].edit(pair.id_of("a", "task 001"), {"title": "renamed"})
    container.log_begins, container.log = container.log_begins + len(container.log), []
    await pair.sync()
    assert "renamed" in pair.titles("b")


async def test_h16_leaving_the_container_is_no_deletion(pair: Town) -> None:
    await filled(pair, 12)
    identity = pair.id_of("b", "task 003")
    pair.tools["b"].move(identity, "default", "elsewhere")
    report = await pair.sync(full=True)
    assert report.steps == []
    assert len(pair.titles("a")) == 12
    pair.tools["a"].edit(pair.id_of("a", "task 003"), {"title": "renamed"})
    assert (await pair.sync()).steps == []
    pair.tools["b"].move(identity, "elsewhere", "default")
    await pair.sync(full=True)
    assert "renamed" in pair.titles("b")


async def test_h17_a_space_without_access_is_paused_and_the_others_go_on(tmp_path: Path) -> None:
    with town(tmp_path, "a", "b", "c") as three:
        await filled(three, 4)
        three.tools["b"].container().readable = False
        three.tools["a"].edit(three.id_of("a", "task 001"), {"title": "renamed"})
        report = await three.sync()
        assert (report.spaces["b"].state, report.exit) == ("paused", Exit.PERSON_NEEDED)
        assert "renamed" in three.titles("c")
        assert "renamed" not in three.titles("b")
        three.tools["b"].container().readable = True
        await three.sync()
        assert "renamed" in three.titles("b")


async def test_h18_a_second_run_leaves_and_says_who_holds_the_community(pair: Town) -> None:
    lease = pair.store.acquire("town", "run X (process 1 on somewhere)", pair.clock())
    report = await pair.sync()
    assert report.exit == Exit.LOCKED
    assert "run X" in str(report.locked)
    pair.store.release(lease)
    assert (await pair.sync()).exit == Exit.IN_STEP


async def test_h18_a_dead_holders_lease_ends_by_itself(pair: Town) -> None:
    pair.store.acquire("town", "a dead run", pair.clock())
    pair.now += timedelta(minutes=3)
    assert (await pair.sync()).exit == Exit.IN_STEP


async def test_h20_a_tool_whose_clock_is_a_day_ahead_does_not_win_by_it(pair: Town) -> None:
    pair.tools["a"].clock_offset = timedelta(days=1)
    await filled(pair, 1)
    pair.tools["a"].edit(pair.id_of("a", "task 000"), {"title": "earlier"})
    pair.now += timedelta(seconds=20)
    pair.tools["b"].edit(pair.id_of("b", "task 000"), {"title": "later"})
    await pair.sync()
    assert pair.titles("a") == pair.titles("b") == ["later"]


async def test_h22_made_again_under_the_same_title_is_a_new_item(pair: Town) -> None:
    await filled(pair, 10)
    old = pair.id_of("a", "task 004")
    pair.tools["a"].delete(old)
    new = pair.task("a", "task 004", notes="new")
    await pair.sync()
    assert pair.one("b", "task 004")["notes"] == "new"
    assert new != old
    assert len(pair.titles("a")) == len(pair.titles("b")) == 10


async def test_h28_a_poisoned_item_stops_no_other(pair: Town) -> None:
    for number in range(60):
        pair.task("a", f"task {number:03}")
    pair.connector("b").poison = lambda write: write.view["title"] == "task 030"
    report = await pair.sync()
    assert (report.spaces["b"].created, report.spaces["b"].failed) == (59, 1)
    failed = [step for step in report.steps if step["state"] == "failed"]
    assert "refuses" in failed[0]["message"]


async def test_absurd_dates_are_held_with_a_reason(pair: Town) -> None:
    pair.task("a", "odd", due=date(1601, 1, 1))
    pair.task("a", "fine")
    report = await pair.sync()
    assert report.exit == Exit.PERSON_NEEDED
    assert "1601" in report.held[0]["reason"]
    assert pair.titles("b") == ["fine"]


async def test_an_item_restored_from_the_trash_is_the_same_item(pair: Town) -> None:
    await filled(pair, 10)
    identity = pair.id_of("b", "task 004")
    pair.tools["b"].delete(identity)
    await pair.sync()
    assert len(pair.titles("a")) == 9
    pair.tools["b"].restore(identity)
    await pair.sync()
    assert len(pair.titles("a")) == len(pair.titles("b")) == 10
    assert (await pair.sync(full=True)).steps == []


async def test_an_edit_made_while_copsync_writes_the_same_field_survives(pair: Town) -> None:
    await filled(pair, 1)
    pair.tools["a"].edit(pair.id_of("a", "task 000"), {"title": "from a"})
    target = pair.id_of("b", "task 000")

    def interfere(_write: object) -> bool:
        pair.connector("b").refuse = lambda _other: False
        pair.now += timedelta(seconds=5)
        pair.tools["b"].edit(target, {"title": "from b", "notes": "kept"})
        return False

    pair.connector("b").refuse = interfere
    report = await pair.sync()
    assert {conflict["field"] for conflict in report.conflicts} == {"title"}
    assert pair.titles("a") == pair.titles("b")
    assert pair.tools["a"].fields()[pair.id_of("a", pair.titles("a")[0])]["notes"] == "kept"
    assert (await pair.sync(full=True)).steps == []


async def test_events_of_one_title_on_different_days_are_different_events(pair: Town) -> None:
    for space, day in (("a", 1), ("a", 8), ("b", 8)):
        fields: Fields = {"title": "Gathering", "start": date(2026, 12, day), "end": date(2026, 12, day + 1)}
        pair.tools[space].create(RecordType.EVENT, fields)
    report = await pair.sync()
    assert report.exit == Exit.IN_STEP
    assert len(pair.titles("a")) == len(pair.titles("b")) == 2


async def test_h13_a_connector_that_breaks_after_a_create_makes_no_second_one(pair: Town) -> None:
    pair.task("a", "one")
    pair.connector("b").break_answers = 1
    report = await pair.sync()
    assert report.exit == Exit.IN_STEP
    assert pair.titles("b") == ["one"]
    assert (await pair.sync(full=True)).steps == []
