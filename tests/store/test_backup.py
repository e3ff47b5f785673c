"""Backups of the embedded store: whole while others write, checked before they are believed, and swapped whole."""

from __future__ import annotations

import json
import shutil
import sqlite3
import stat
import threading
from collections.abc import Iterator
from contextlib import chdir
from datetime import UTC, datetime
from pathlib import Path

import pytest
from alembic import command
from alembic.config import Config
from sqlalchemy import create_engine

from cli.ending import run
from domain.errors import ConfigProblem
from domain.fields import RecordType, complete
from domain.plan import Link, Plan
from domain.records import Record
from store import database as opening
from store import feeds
from store.backup import back_up, embedded_file
from store.database import resolve
from store.restore import prepared, put_in_place
from store.sql import insert
from store.state import Wanted
from store.store import Store
from store.tables import HEAD, secrets
from tests.store.databases import POSTGRES, database

NOW = datetime(2026, 11, 21, 12, tzinfo=UTC)
TASK = RecordType.TASK


@pytest.fixture
def store(tmp_path: Path) -> Iterator[Store]:
    (tmp_path / "copsync.toml").write_text('[store]\nurl = "sqlite:///copsync.db"\n')
    with chdir(tmp_path):
        opened = Store.open("sqlite:///copsync.db", tmp_path)
        keep(opened, 20)
        yield opened
        opened.close()


def keep(store: Store, number: int, first: int = 0) -> None:
    """Keep so many tasks and their links."""
    records = [
        Record(f"task-{one}", TASK, complete(TASK, {"title": f"Task {one}", "notes": "n" * 300}))
        for one in range(first, first + number)
    ]
    links = [Link("a", one.id, f"remote-{one.id}", "v1", {"title": one.id}) for one in records]
    blank = {"forgotten": (), "steps": (), "conflicts": (), "held": (), "questions": (), "deltas": (), "notes": ()}
    sets: dict[str, frozenset[str]] = {"wanted": frozenset(), "unsettled": frozenset(), "reread": frozenset()}
    plan = Plan(**{"records": {one.id: one for one in records}, "links": links, **blank, **sets})  # type: ignore[arg-type]
    lease = store.acquire("c", "test", NOW)
    store.absorb(lease, "run", plan, frozenset(), {}, NOW)
    store.release(lease)


def titles(store: Store) -> set[object]:
    return {record.fields["title"] for record in store.load("c", Wanted(everything=True))[0].values()}


def files(folder: Path) -> set[str]:
    return {path.name for path in folder.iterdir()} - {"copsync.db-wal", "copsync.db-shm"}


def told(capsys: pytest.CaptureFixture[str], *words: str) -> tuple[int, dict[str, object]]:
    capsys.readouterr()
    status = run([*words, "--json"])
    return status, json.loads(capsys.readouterr().out)


def refused(capsys: pytest.CaptureFixture[str], *words: str, status: int = 2) -> str:
    found, answer = told(capsys, *words)
    assert found == status, answer
    error = answer["error"]
    assert isinstance(error, dict)
    return f"{error['message']} {error['mend']}"


def test_a_backup_comes_back(store: Store, tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    status, answer = told(capsys, "backup", "kept.db")
    assert (status, answer["records"], answer["communities"]) == (0, 20, 1)
    assert stat.S_IMODE((tmp_path / "kept.db").stat().st_mode) == 0o600
    keep(store, 5, first=20)
    status, answer = told(capsys, "restore", "--yes", "kept.db")
    assert status == 0
    assert len(titles(store)) == 20
    aside = Store.open(f"sqlite:///{answer['kept']}", tmp_path)
    assert len(titles(aside)) == 25
    aside.close()
    assert files(tmp_path) == {"copsync.toml", "copsync.db", "kept.db", Path(str(answer["kept"])).name}
    for path in (tmp_path / "copsync.db", Path(str(answer["kept"]))):
        assert stat.S_IMODE(path.stat().st_mode) == 0o600


def test_what_was_agreed_is_forgotten(store: Store, tmp_path: Path) -> None:
    back_up(tmp_path / "copsync.db", tmp_path / "kept.db", lambda _done, _total: None)
    with prepared(tmp_path / "copsync.db", tmp_path / "kept.db") as found:
        put_in_place(found, tmp_path / "copsync.db", NOW)
    _, links = store.load("c", Wanted(everything=True))
    assert len(links) == 20
    assert not any(link.agreed or link.sent for link in links)


def test_it_is_whole_while_somebody_writes(store: Store, tmp_path: Path) -> None:
    """Every transaction adds ten records and ten links: a moment between two of them has as many of both."""
    ended = threading.Event()

    def write() -> None:
        number = 1000
        while not ended.is_set():
            keep(store, 10, first=number)
            number += 10

    keep(store, 3000, first=10_000)
    writer = threading.Thread(target=write)
    writer.start()
    try:
        found = [
            back_up(tmp_path / "copsync.db", tmp_path / f"{number}.db", lambda _done, _total: None)
            for number in range(3)
        ]
    finally:
        ended.set()
        writer.join()
    assert all(one.records % 10 == 0 for one in found)
    with sqlite3.connect(tmp_path / "2.db") as copy:
        counted = [copy.execute(f"SELECT count(*) FROM {table}").fetchone() for table in ("records", "links")]
    copy.close()
    assert counted[0] == counted[1]


def test_a_file_is_not_overwritten_by_mistake(store: Store, tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    (tmp_path / "kept.db").write_text("precious")
    assert "--force" in refused(capsys, "backup", "kept.db")
    assert (tmp_path / "kept.db").read_text() == "precious"
    assert told(capsys, "backup", "--force", "kept.db")[0] == 0
    (tmp_path / "link.db").symlink_to(tmp_path / "copsync.db")
    for name in ("copsync.db", "./copsync.db", "copsync.db-wal", "link.db"):
        assert "is the store itself" in refused(capsys, "backup", "--force", name)
    assert "the store itself" in refused(capsys, "restore", "--yes", "copsync.db")
    assert "folder" in refused(capsys, "backup", "nowhere/kept.db")
    assert len(titles(store)) == 20


def test_what_is_no_good_backup_changes_nothing(
    store: Store, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    assert told(capsys, "backup", "kept.db")[0] == 0
    whole = (tmp_path / "kept.db").read_bytes()
    before = files(tmp_path)
    (tmp_path / "bad.db").write_bytes(whole[: len(whole) // 2])
    assert "cut off" in refused(capsys, "restore", "--yes", "bad.db")
    (tmp_path / "bad.db").write_bytes(whole[:60])
    assert "no SQLite file" in refused(capsys, "restore", "--yes", "bad.db")
    (tmp_path / "bad.db").write_bytes(b"")
    assert "no SQLite file" in refused(capsys, "restore", "--yes", "bad.db")
    (tmp_path / "bad.db").write_bytes(whole[:8192] + b"\xff" * 4096 + whole[12288:])
    assert "damaged" in refused(capsys, "restore", "--yes", "bad.db")
    (tmp_path / "bad.db").unlink()
    with sqlite3.connect(tmp_path / "bad.db") as foreign:
        foreign.execute("CREATE TABLE songs (title TEXT)")
    foreign.close()
    assert "no store of copsync" in refused(capsys, "restore", "--yes", "bad.db")
    (tmp_path / "bad.db").write_bytes(whole)
    with sqlite3.connect(tmp_path / "bad.db") as newer:
        newer.execute("UPDATE alembic_version SET version_num = '9999'")
    newer.close()
    assert "Update copsync" in refused(capsys, "restore", "--yes", "bad.db")
    (tmp_path / "bad.db").unlink()
    assert "cannot be read" in refused(capsys, "restore", "--yes", "bad.db")
    assert "cannot be read" in refused(capsys, "restore", "--yes", ".")
    assert files(tmp_path) == before
    assert len(titles(store)) == 20


def test_nobody_is_asked_where_nobody_is(store: Store, capsys: pytest.CaptureFixture[str]) -> None:
    assert told(capsys, "backup", "kept.db")[0] == 0
    assert "--yes" in refused(capsys, "restore", "kept.db")
    assert "Say what to do" in refused(capsys, "restore")
    assert "Say what to do" in refused(capsys, "restore", "--forget-bases", "kept.db")


def test_h18_a_run_that_is_under_way_is_not_disturbed(store: Store, capsys: pytest.CaptureFixture[str]) -> None:
    assert told(capsys, "backup", "kept.db")[0] == 0
    lease = store.acquire("c", "a run", datetime.now(UTC))
    for words in (("restore", "--yes", "kept.db"), ("restore", "--yes", "--forget-bases")):
        assert "a run (community c)" in refused(capsys, *words, status=4)
    store.begin_run(lease, "run-1", datetime.now(UTC))
    store.release(lease)
    assert told(capsys, "restore", "--yes", "kept.db")[0] == 0


def test_a_damaged_store_is_put_aside_and_replaced(
    store: Store, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    assert told(capsys, "backup", "kept.db")[0] == 0
    store.close()
    content = bytearray((tmp_path / "copsync.db").read_bytes())
    for damage in (bytes(content[:4096]) + b"\xff" * (len(content) - 4096), b"no database at all" * 500, b""):
        (tmp_path / "copsync.db").write_bytes(damage)
        status, answer = told(capsys, "restore", "--yes", "kept.db")
        assert status == 0, answer
        assert (answer["kept"] is None) is not bool(damage)
        if damage:
            assert Path(str(answer["kept"])).read_bytes() == damage
        opened = Store.open("sqlite:///copsync.db", tmp_path)
        assert len(titles(opened)) == 20
        opened.close()


def test_without_a_store_the_backup_becomes_one(
    store: Store, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    assert told(capsys, "backup", "kept.db")[0] == 0
    store.close()
    for path in tmp_path.glob("copsync.db*"):
        path.unlink()
    assert "no store" in refused(capsys, "backup", "other.db")
    status, answer = told(capsys, "restore", "--yes", "kept.db")
    assert (status, answer["kept"]) == (0, None)
    assert len(titles(store)) == 20


def test_a_plain_copy_of_a_store_in_use_is_a_backup_with_its_log(
    store: Store, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    for suffix in ("", "-wal"):
        shutil.copyfile(tmp_path / f"copsync.db{suffix}", tmp_path / f"copy.db{suffix}")
    before = [(tmp_path / f"copy.db{suffix}").read_bytes() for suffix in ("", "-wal")]
    keep(store, 5, first=20)
    assert told(capsys, "restore", "--yes", "copy.db")[0] == 0
    assert len(titles(store)) == 20
    assert [(tmp_path / f"copy.db{suffix}").read_bytes() for suffix in ("", "-wal")] == before


def test_an_older_backup_is_brought_up_to_date_in_a_copy(
    store: Store, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    config = Config()
    config.set_main_option("script_location", str(Path(opening.__file__).parent / "migrations"))
    engine = create_engine(f"sqlite:///{tmp_path / 'older.db'}")
    with engine.begin() as connection:
        config.attributes["connection"] = connection
        command.upgrade(config, "0001")
    engine.dispose()
    before = (tmp_path / "older.db").read_bytes()
    assert told(capsys, "restore", "--yes", "older.db")[0] == 0
    assert (tmp_path / "older.db").read_bytes() == before
    assert titles(store) == set()
    with sqlite3.connect(tmp_path / "copsync.db") as present:
        assert present.execute("SELECT version_num FROM alembic_version").fetchone() == (HEAD,)
    present.close()


def test_secrets_that_tools_renewed_since_are_kept(
    store: Store, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    def seal(name: str, sealed: str) -> None:
        with opening.transaction(store.engine) as connection:
            connection.execute(secrets.delete().where(secrets.c.name == name))
            row = {"connection": "asana", "name": name, "sealed": sealed, "at": NOW.isoformat()}
            insert(connection, secrets, [row])

    seal("refresh", "old")
    assert told(capsys, "backup", "kept.db")[0] == 0
    seal("refresh", "new")
    assert told(capsys, "restore", "--yes", "kept.db")[0] == 0
    with store.reading() as connection:
        assert connection.execute(secrets.select()).one().sealed == "new"


def test_a_store_in_postgresql_is_left_to_its_own_tools(tmp_path: Path) -> None:
    with pytest.raises(ConfigProblem, match=r"pg_dump.*pg_restore.*--forget-bases"):
        embedded_file(resolve("postgresql+psycopg://ada@db/copsync", tmp_path))


def test_an_address_that_was_revoked_since_stays_revoked(
    store: Store, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    feed = feeds.Feed("feed-1", "c", "community", None, None, NOW)
    with opening.transaction(store.engine) as connection:
        feeds.add(connection, feed, "digest")
    assert told(capsys, "backup", "kept.db")[0] == 0
    with opening.transaction(store.engine) as connection:
        feeds.revoke(connection, [feed], NOW)
    assert told(capsys, "restore", "--yes", "kept.db")[0] == 0
    with store.reading() as connection:
        (found,) = feeds.of_community(connection, "c")
    assert found.revoked_at == NOW


@pytest.mark.skipif(not POSTGRES, reason="COPSYNC_TEST_POSTGRES names no PostgreSQL database")
def test_a_postgresql_store_forgets_its_bases(
    tmp_path: Path, capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    with database("postgresql") as url, chdir(tmp_path):
        (tmp_path / "copsync.toml").write_text("")
        monkeypatch.setenv("COPSYNC_STORE__URL", url)
        store = Store.open(url, tmp_path)
        keep(store, 20)
        lease = store.acquire("c", "before", NOW)
        store.release(lease)
        status, answer = told(capsys, "restore", "--yes", "--forget-bases")
        assert (status, answer["records"]) == (0, 20)
        assert not any(link.agreed for link in store.load("c", Wanted(everything=True))[1])
        assert store.acquire("c", "after", NOW).token > lease.token + 100_000
        assert "pg_dump" in refused(capsys, "backup", "kept.db")
        store.close()
