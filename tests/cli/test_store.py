"""Stores that cannot be used: said clearly, exit status 2, and whatever was known is still there afterwards."""

from __future__ import annotations

import ctypes
import os
import resource
import shutil
import sqlite3
import sys
from collections.abc import Callable
from pathlib import Path

import pytest

from sandbox.world import World
from tests.cli import shapes
from tests.cli.desk import Called, Desk
from tests.cli.shapes import fits

TITLES = sorted(f"Task {number:02}" for number in range(30))
OVERRIDE, DROP = 1, 24  # CAP_DAC_OVERRIDE and PR_CAPBSET_DROP of linux/capability.h and linux/prctl.h


def problem(answer: Called) -> str:
    """Return the message and mend of a store that cannot be used."""
    assert answer.status == 2
    error = fits(answer.json, shapes.ERROR)["error"]
    assert error["message"] in answer.err
    assert error["mend"] in answer.err
    return f"{error['message']} {error['mend']}"


@pytest.fixture(scope="module")
def kept(world: World, tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A folder with the store of a community that is in step."""
    desk = Desk(world, tmp_path_factory.mktemp("kept") / "desk")
    desk.task("Book a room")
    assert desk.here("sync", "--json").status == 0
    return desk.folder


@pytest.fixture
def used(desk: Desk, kept: Path) -> Desk:
    """A desk with such a store."""
    shutil.copytree(kept, desk.folder, dirs_exist_ok=True)
    return desk


def test_written_by_a_newer_copsync(used: Desk) -> None:
    with sqlite3.connect(used.folder / "copsync.db") as database:
        database.execute("UPDATE alembic_version SET version_num = '9999'")
    database.close()
    before = used.memory()
    for command in ("sync", "check"):
        said = problem(used.here(command, "--json"))
        assert "newer copsync (schema 9999" in said
        assert "Update copsync" in said
    assert used.memory() == before


def test_damaged(used: Desk) -> None:
    store = used.folder / "copsync.db"
    store.write_bytes(b"This is not what it was. " * 400)
    said = problem(used.here("status", "--json"))
    assert "not a database" in said
    assert "restore a backup" in said
    assert store.read_bytes().startswith(b"This is not")


@pytest.mark.parametrize("place", ["copsync.toml/copsync.db", "/proc/copsync.db"])
def test_at_an_impossible_place(place: str, desk: Desk) -> None:
    said = problem(desk.here("status", "--json", env={"COPSYNC_STORE__URL": f"sqlite:///{place}"}))
    assert "copsync.db cannot be opened" in said
    assert "[store] url" in said


def _obey_modes() -> None:
    """Let file modes count for root as well."""
    if os.geteuid() == 0 and ctypes.CDLL(None, use_errno=True).prctl(DROP, OVERRIDE, 0, 0, 0) != 0:
        raise OSError(ctypes.get_errno(), "modes do not count for this user")


def test_read_only(used: Desk) -> None:
    before = used.memory()
    store = used.folder / "copsync.db"
    for path in used.folder.glob("copsync.db*"):
        path.chmod(0o444)
    used.folder.chmod(0o555)
    try:
        answer = used("sync", "--json", preexec_fn=_obey_modes)
    except Exception as refused:  # noqa: BLE001 - subprocess tells only that the preparation failed
        pytest.skip(f"modes do not count for this user: {refused}")
    finally:
        used.folder.chmod(0o755)
        store.chmod(0o644)
    said = problem(answer)
    assert "Permission denied" in said
    assert "writable" in said
    assert used.memory() == before


def _largest_file(size: int) -> Callable[[], None]:
    return lambda: resource.setrlimit(resource.RLIMIT_FSIZE, (size, size))


def test_files_that_may_not_grow(desk: Desk) -> None:
    for title in TITLES:
        desk.task(title)
    assert desk.here("status").status == 0
    half_a_run = 120_000  # of the log that SQLite writes before it touches the database itself
    assert "The store failed" in problem(desk("sync", "--json", preexec_fn=_largest_file(half_a_run)))
    recovered(desk)


def test_no_room_for_a_new_store(desk: Desk) -> None:
    assert "The store failed" in problem(desk("status", "--json", preexec_fn=_largest_file(60_000)))
    assert desk.here("status").status == 0


def test_a_full_disk(desk: Desk) -> None:
    """SQLite is told how many pages there are; it answers with the words of a full disk."""
    for title in TITLES:
        desk.task(title)
    assert desk.here("status").status == 0
    with sqlite3.connect(desk.folder / "copsync.db") as database:
        pages = database.execute("PRAGMA page_count").fetchone()[0]
    database.close()
    code = f"""if True:
        import store.database
        store.database.PRAGMAS += ("max_page_count={pages + 12}",)
        from cli.main import main
        main()
    """
    said = problem(desk("sync", "--json", command=(sys.executable, "-c", code)))
    assert "full" in said
    assert "Free some disk space" in said
    recovered(desk)


def recovered(desk: Desk) -> None:
    """The store is whole, and with room again the next run makes everything once.

    Where not even the lease could be given back, it ends by itself two minutes later.
    """
    with sqlite3.connect(desk.folder / "copsync.db") as database:
        assert database.execute("PRAGMA integrity_check").fetchone() == ("ok",)
        database.execute("UPDATE leases SET expires = 0")
    database.close()
    some = desk.todos()
    assert len(some) == len(set(some))
    assert desk.here("sync", "--json").status == 0
    assert desk.todos() == TITLES


def test_an_answer_that_cannot_be_written(used: Desk) -> None:
    with Path("/dev/full").open("w") as full:
        answer = used("export", stdout=full)
    assert answer.status == 2
    assert "No space left on device" in answer.err
    reading, writing = os.pipe()
    os.close(reading)
    answer = used("export", stdout=writing)
    os.close(writing)
    assert (answer.status, answer.err) == (141, "")
