"""What fails again and again is set aside, tried again after growing pauses, and never keeps anything waiting (H28)."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import date, datetime, timedelta
from pathlib import Path
from typing import Any

import pytest

from domain.aside import PAUSES, Side, Trouble, failed_again
from domain.draft import UNFIT
from domain.fields import RecordType
from domain.plan import Held
from sync.remembered import Lessons, learn, unfit
from sync.report import Exit
from sync.status import status
from tests.store.databases import KINDS, database
from tests.sync.town import NOW, Town, town


@pytest.fixture(params=KINDS)
def pair(tmp_path: Path, request: pytest.FixtureRequest) -> Iterator[Town]:
    with database(request.param) as url, town(tmp_path, "a", "b", url=url) as built:
        yield built


def set_aside(pair: Town) -> list[dict[str, Any]]:
    found: list[dict[str, Any]] = status(pair.store, "town", pair.now)["waiting"]["set_aside"]
    return found


async def poisoned(pair: Town, *, attempts: list[str]) -> None:
    """Make b refuse one of three items for ever; `attempts` grows with each try."""
    for number in range(3):
        pair.task("a", f"task {number}")

    def refuses(write: Any) -> bool:
        if write.view["title"] != "task 1":
            return False
        attempts.append(write.view["title"])
        return True

    pair.connector("b").poison = refuses


async def test_h28_a_refused_record_is_set_aside_after_its_third_failure(pair: Town) -> None:
    attempts: list[str] = []
    await poisoned(pair, attempts=attempts)
    for run in range(3):
        assert set_aside(pair) == []
        report = await pair.sync()
        assert (report.exit, report.spaces["b"].failed, len(attempts)) == (Exit.FAILED, 1, run + 1)
    (aside,) = set_aside(pair)
    assert (aside["space"], aside["side"], aside["title"], aside["failures"]) == ("b", "write", "task 1", 3)
    assert "refuses" in aside["reason"]
    assert datetime.fromisoformat(aside["retry_at"]) > pair.now
    report = await pair.sync()
    assert (report.exit, report.set_aside, report.spaces["b"].failed, len(attempts)) == (Exit.FAILED, 1, 0, 3)
    assert pair.titles("b") == ["task 0", "task 2"]


async def test_h28_it_is_tried_again_after_growing_pauses(pair: Town) -> None:
    attempts: list[str] = []
    await poisoned(pair, attempts=attempts)
    for _ in range(3):
        await pair.sync()
    for pause in (*PAUSES, PAUSES[-1]):
        before = len(attempts)
        pair.now += pause - timedelta(minutes=10)
        await pair.sync()
        assert len(attempts) == before
        pair.now += timedelta(minutes=10)
        await pair.sync()
        assert len(attempts) == before + 1
    pair.connector("b").poison = lambda _write: False
    pair.now += PAUSES[-1]
    assert (await pair.sync()).exit == Exit.IN_STEP
    assert set_aside(pair) == []
    assert pair.titles("b") == ["task 0", "task 1", "task 2"]


async def test_h28_a_success_in_between_starts_the_count_anew(pair: Town) -> None:
    await poisoned(pair, attempts=[])
    for _ in range(2):
        await pair.sync()
    pair.connector("b").poison = lambda _write: False
    await pair.sync()
    pair.connector("b").poison = lambda _write: True
    pair.tools["a"].edit(pair.id_of("a", "task 1"), {"notes": "more"})
    for _ in range(2):
        await pair.sync()
    assert set_aside(pair) == []


async def test_h28_an_item_that_cannot_be_taken_in_holds_its_cursor_until_it_is_set_aside(pair: Town) -> None:
    pair.task("a", "odd", due=date(1601, 1, 1))
    pair.task("a", "fine")
    for _ in range(3):
        report = await pair.sync()
        assert (report.exit, [held["guard"] for held in report.held]) == (Exit.PERSON_NEEDED, ["bad value"])
    (aside,) = set_aside(pair)
    assert (aside["space"], aside["side"], aside["title"]) == ("a", "read", "odd")
    assert "1601" in aside["reason"]
    quiet = await pair.sync()
    assert (quiet.exit, quiet.held, quiet.set_aside) == (Exit.FAILED, [], 1)
    assert (await pair.sync()).spaces["a"].read == 0
    assert pair.titles("b") == ["fine"]


async def test_h28_it_is_taken_in_when_a_person_has_corrected_it(pair: Town) -> None:
    identity = pair.task("a", "odd", due=date(1601, 1, 1))
    for _ in range(4):
        await pair.sync()
    pair.tools["a"].edit(identity, {"due": date(2026, 12, 1)})
    assert (await pair.sync()).exit == Exit.IN_STEP
    assert set_aside(pair) == []
    assert pair.titles("b") == ["odd"]


async def test_h28_after_its_pause_it_is_read_again_although_nothing_changed(pair: Town) -> None:
    identity = pair.task("a", "odd", due=date(1601, 1, 1))
    for _ in range(4):
        await pair.sync()
    item = pair.tools["a"].container().items[identity]
    pair.tools["a"].container().items[identity] = type(item)(
        item.type, item.revision, item.body.replace(b"1601", b"2026"), item.modified, item.by
    )
    assert (await pair.sync()).set_aside == 1
    pair.now += PAUSES[0]
    assert (await pair.sync()).exit == Exit.IN_STEP
    assert pair.titles("b") == ["odd"]


async def test_h28_a_step_that_nobody_wants_any_more_is_not_set_aside(pair: Town) -> None:
    """A deletion cannot be carried out, and then an edit keeps the item: nothing is left to be tried again."""
    pair.task("a", "kept")
    await pair.sync()
    pair.connector("b").poison = lambda _write: True
    pair.tools["a"].delete(pair.id_of("a", "kept"))
    for _ in range(3):
        await pair.sync()
    assert [one["side"] for one in set_aside(pair)] == ["write"]
    pair.tools["b"].edit(pair.id_of("b", "kept"), {"notes": "Needed."})
    assert (await pair.sync()).exit == Exit.IN_STEP
    assert set_aside(pair) == []
    assert pair.titles("a") == pair.titles("b") == ["kept"]


async def test_h28_what_was_deleted_meanwhile_is_forgotten(pair: Town) -> None:
    identity = pair.task("a", "odd", due=date(1601, 1, 1))
    for _ in range(4):
        await pair.sync()
    pair.tools["a"].delete(identity)
    pair.now += PAUSES[0]
    assert (await pair.sync()).exit == Exit.IN_STEP
    assert set_aside(pair) == []


@pytest.mark.parametrize("lost", [0, 1])
async def test_h13_h28_an_item_that_the_tool_garbles_is_made_once(pair: Town, lost: int) -> None:
    pair.task("a", "odd")
    pair.task("a", "fine")
    garble = pair.connector("b")
    garble.garbled = lambda fields: fields["title"] == "odd"
    garble.lose_answers = lost * 2
    for _ in range(6):
        await pair.sync(full=True)
    assert pair.titles("b") == ["fine", "odd"]
    assert [(one["space"], one["side"]) for one in set_aside(pair)] == [("b", "read")]
    pair.tools["a"].edit(pair.id_of("a", "fine"), {"title": "fine too"})
    await pair.sync()
    assert pair.titles("b") == ["fine too", "odd"]
    garble.garbled = lambda _fields: False
    pair.now += PAUSES[-1]
    pair.tools["a"].edit(pair.id_of("a", "odd"), {"notes": "more"})
    await pair.sync()
    assert pair.one("b", "odd")["notes"] == "more"
    assert (await pair.sync(full=True)).exit == Exit.IN_STEP


def test_h28_what_is_understood_again_is_well_also_where_a_person_has_to_say_what_it_is() -> None:
    trouble = Trouble("a", Side.READ, "7", RecordType.TASK, "odd", "1601")
    before = failed_again(None, trouble, NOW)
    assert learn({trouble.key: before}, [], [("a", "7")], [], NOW) == Lessons([], [trouble.key])
    assert learn({trouble.key: before}, [], [("a", "8")], [], NOW) == Lessons([], [])
    held = Held("a", "task-1", "odd", UNFIT, "1601", None, "7", RecordType.TASK)
    (again,) = learn({trouble.key: before}, unfit([held]), [("a", "7")], [], NOW).kept
    assert again.failures == 2
