"""An older backup is put back after much has happened: nothing doubled, nothing deleted, no value lost, then quiet."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import date
from pathlib import Path

import pytest

from domain.errors import Locked
from domain.fields import RecordType
from store import runs
from store.backup import back_up
from store.restore import prepared, put_in_place
from tests.sync.town import Town, town

TASK = RecordType.TASK
SPACES = ("a", "b", "c")


@pytest.fixture
def built(tmp_path: Path) -> Iterator[Town]:
    with town(tmp_path, *SPACES) as found:
        yield found


def save(built: Town, folder: Path) -> Path:
    file = folder / "backup.db"
    back_up(folder / "town.db", file, lambda _done, _total: None)
    return file


def put_back(built: Town, folder: Path, file: Path) -> None:
    """Restore while the store is open, as a worker in the background would have it."""
    with prepared(folder / "town.db", file) as found:
        put_in_place(found, folder / "town.db", built.now)


async def until_quiet(built: Town, rounds: int = 4) -> None:
    """Run until a run writes nothing."""
    for _ in range(rounds):
        report = await built.sync()
        written = [step for step in report.steps if step["state"] != "held"]
        if not written:
            return
    raise AssertionError([(step["space"], step["verb"], step["title"]) for step in written])


def lost_values(built: Town) -> set[object]:
    with built.store.reading() as connection:
        found = runs.conflicts_of(connection, "town")
    return {
        side["value"] for one in found for side in (*one["lost"], one["kept"]) if not isinstance(side["value"], list)
    }


async def test_nothing_is_doubled_deleted_or_lost(built: Town, tmp_path: Path) -> None:
    for number in range(8):
        built.task("abc"[number % 3], f"Task {number}", notes=f"notes {number}\n", due=date(2026, 12, 1 + number))
    await until_quiet(built)
    file = save(built, tmp_path)

    def edit(space: str, name: str, **fields: object) -> None:
        built.tools[space].edit(built.id_of(space, name), fields)  # type: ignore[arg-type]

    edit("a", "Task 0", title="Task 0 renamed")
    edit("b", "Task 1", notes="written in b\n")
    built.task("c", "New before the loss", notes="made in c\n")
    built.tools["b"].delete(built.id_of("b", "Task 2"))
    await until_quiet(built)
    assert "Task 2" not in built.titles("a")
    edit("c", "Task 3", due=date(2027, 1, 1))  # not yet synced when the store is lost
    edit("a", "Task 4", title="Task 4 in a")
    edit("b", "Task 4", title="Task 4 in b")
    built.task("a", "New and not yet synced")
    built.tools["c"].delete(built.id_of("c", "Task 5"))

    put_back(built, tmp_path, file)
    before = {space: built.titles(space) for space in SPACES}
    await until_quiet(built)

    expected = {
        "Task 0 renamed",
        "Task 1",
        "Task 3",
        "Task 6",
        "Task 7",
        "New before the loss",
        "New and not yet synced",
    }
    for space in SPACES:
        titles = built.titles(space)
        assert len(titles) == len(set(titles)), f"doubled in {space}: {titles}"
        assert expected <= set(titles), (space, before[space], titles)
    for space in ("a", "b"):
        assert "Task 5" in built.titles(space), "deleted on the word of a store that does not know since when"
    live = {value for space in SPACES for fields in built.tools[space].fields().values() for value in fields.values()}
    seen = {str(value) for value in live | lost_values(built)}
    assert {"Task 4 in a", "Task 4 in b", "written in b\n", "2027-01-01", "made in c\n"} <= seen
    assert len([title for title in built.titles("a") if title.startswith("Task 4")]) == 1


async def test_all_is_quiet_where_nothing_happened_since(built: Town, tmp_path: Path) -> None:
    for number in range(5):
        built.task("abc"[number % 3], f"Task {number}", notes="notes\n", tags=frozenset({"x", "y"}))
    await until_quiet(built)
    file = save(built, tmp_path)
    put_back(built, tmp_path, file)
    for _ in range(2):
        report = await built.sync()
        assert (report.steps, report.conflicts) == ([], [])
        assert report.state == "done"


async def test_a_deletion_that_was_pending_is_not_carried_out(built: Town, tmp_path: Path) -> None:
    built.task("a", "Task")
    await until_quiet(built)
    built.tools["a"].delete(built.id_of("a", "Task"))
    for space in ("b", "c"):
        built.connector(space).refuse = lambda _write: True
    await built.sync()
    for space in ("b", "c"):
        built.connector(space).refuse = lambda _write: False
    file = save(built, tmp_path)
    put_back(built, tmp_path, file)
    await until_quiet(built)
    assert built.titles("b") == built.titles("c") == ["Task"]


async def test_a_holder_from_before_is_fenced_off(built: Town, tmp_path: Path) -> None:
    built.task("a", "Task")
    await until_quiet(built)
    file = save(built, tmp_path)
    for _ in range(3):
        built.store.release(built.store.acquire("town", "somebody", built.now))
    lease = built.store.acquire("town", "a run that is under way", built.now)
    with pytest.raises(Locked, match="a run that is under way"):
        put_back(built, tmp_path, file)
    built.store.release(lease)
    put_back(built, tmp_path, file)
    with pytest.raises(Locked, match="a restored store"):
        built.store.renew(lease, built.now)
    assert built.store.acquire("town", "the next", built.now).token > lease.token
