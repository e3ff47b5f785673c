"""What the store promises, on both databases."""

from __future__ import annotations

import stat
from collections.abc import Iterator
from datetime import UTC, date, datetime, timedelta
from pathlib import Path

import pytest
from alembic.autogenerate import compare_metadata
from alembic.migration import MigrationContext
from alembic.script import ScriptDirectory
from sqlalchemy import inspect, text, update

from domain.changes import Change
from domain.errors import ConfigProblem, Locked, StoreProblem
from domain.fields import RecordType, complete
from domain.plan import Conflict, Link, LinkState, Plan
from domain.records import Record, Writer
from store import database as opening
from store import runs, state
from store.database import resolve, transaction
from store.state import Cursor, Wanted
from store.store import Store
from store.tables import HEAD, metadata, version
from tests.store.databases import KINDS, database

NOW = datetime(2026, 11, 21, 12, tzinfo=UTC)
TASK = RecordType.TASK


@pytest.fixture(params=KINDS)
def store(request: pytest.FixtureRequest, tmp_path: Path) -> Iterator[Store]:
    with database(request.param) as url:
        opened = Store.open(url, tmp_path)
        yield opened
        opened.close()


def record(identity: str, **fields: object) -> Record:
    whole = complete(TASK, {"title": identity, **fields})  # type: ignore[dict-item]
    return Record(identity, TASK, whole, writers={"due": Writer("a", NOW, "ada")}, origin=Writer("b", NOW))


def plan_of(*records: Record, **more: object) -> Plan:
    links = [Link("a", one.id, f"remote-{one.id}", "v1", {"title": one.fields["title"]}) for one in records]
    blank = {"forgotten": (), "steps": (), "conflicts": (), "held": (), "questions": (), "deltas": (), "notes": ()}
    sets: dict[str, frozenset[str]] = {"wanted": frozenset(), "unsettled": frozenset(), "reread": frozenset()}
    return Plan(**{"records": {one.id: one for one in records}, "links": links, **blank, **sets, **more})  # type: ignore[arg-type]


def keep(store: Store, plan: Plan) -> None:
    lease = store.acquire("c", "test", NOW)
    store.absorb(lease, "run", plan, frozenset(), {}, NOW)
    store.release(lease)


def test_records_and_links_come_back_as_they_went_in(store: Store) -> None:
    one = record("task-1", due=date(2026, 12, 1), tags=frozenset({"x", "日本"}), notes="a\n🎉 \u202b", start=NOW)
    keep(store, plan_of(one))
    records, links = store.load("c", Wanted(remotes={"a": ["remote-task-1"]}))
    assert records == {"task-1": one}
    assert links == [Link("a", "task-1", "remote-task-1", "v1", {"title": "task-1"})]
    assert store.known("c", "a") == {"remote-task-1": "v1"}
    assert store.load("other", Wanted(everything=True)) == ({}, [])


def test_thousands_are_kept_and_found_at_once(store: Store) -> None:
    keep(store, plan_of(*(record(f"task-{number}") for number in range(1500))))
    records, links = store.load("c", Wanted(records=[f"task-{number}" for number in range(1200)]))
    assert (len(records), len(links)) == (1200, 1200)
    with store.reading() as connection:
        assert state.live_counts(connection, "c") == {"a": 1500}
        assert len(state.load(connection, "c", Wanted(unlinked_in=["b"]))[0]) == 1500


def test_only_live_links_are_known(store: Store) -> None:
    gone = Link("a", "task-1", "r", "v", {}, state=LinkState.GONE)
    keep(store, plan_of(record("task-1"), links=[gone]))
    assert store.known("c", "a") == {}


def test_conflicts_are_kept_once(store: Store) -> None:
    sides = Change("a", "x", "y", NOW, "ada"), (Change("b", "x", "z", NOW, None),)
    conflict = Conflict("task-1", TASK, "title", *sides, undecided=True)
    for _ in range(2):
        keep(store, plan_of(record("task-1"), conflicts=[conflict]))
    with store.reading() as connection:
        (kept,) = runs.conflicts_of(connection, "c")
    assert (kept["kept"]["value"], kept["lost"][0]["value"], kept["undecided"]) == ("y", "z", True)


def test_cursors_are_replaced(store: Store) -> None:
    lease = store.acquire("c", "test", NOW)
    for cursor in ("one", "two"):
        with store.writing(lease, NOW) as connection:
            state.save_cursors(connection, "c", {"a": Cursor(cursor, "bound", NOW, None)})
    with store.reading() as connection:
        assert state.load_cursors(connection, "c") == {"a": Cursor("two", "bound", NOW, None)}


def test_h18_one_holder_at_a_time_and_its_token_grows(store: Store) -> None:
    first = store.acquire("c", "first", NOW)
    with pytest.raises(Locked, match="first"):
        store.acquire("c", "second", NOW + timedelta(seconds=60))
    second = store.acquire("c", "second", NOW + timedelta(seconds=121))
    assert second.token == first.token + 1
    with pytest.raises(Locked, match="second"):
        store.begin_run(first, "run", NOW + timedelta(seconds=122))
    store.release(first)
    with pytest.raises(Locked, match="second"):
        store.acquire("c", "third", NOW + timedelta(seconds=122))


def test_a_refused_write_leaves_nothing(store: Store) -> None:
    stale = store.acquire("c", "first", NOW)
    store.acquire("c", "second", NOW + timedelta(seconds=121))
    with pytest.raises(Locked):
        store.absorb(stale, "run", plan_of(record("task-1")), frozenset(), {}, NOW)
    assert store.load("c", Wanted(everything=True)) == ({}, [])


def test_a_store_of_a_newer_version_is_refused_with_the_mend(store: Store) -> None:
    with transaction(store.engine) as connection:
        connection.execute(update(version).values(version_num="9999"))
    with pytest.raises(StoreProblem, match=r"newer copsync.*Update copsync"):
        opening._bring_up_to_date(store.engine)


def test_the_migrations_lead_to_the_present_schema(store: Store) -> None:
    with transaction(store.engine) as connection:
        metadata.drop_all(connection)
    opening._migrate(store.engine)
    with store.engine.connect() as connection:
        assert compare_metadata(MigrationContext.configure(connection), metadata) == []
        assert connection.scalar(text("SELECT version_num FROM alembic_version")) == HEAD


def test_head_is_the_newest_migration() -> None:
    folder = Path(opening.__file__).parent / "migrations"
    assert ScriptDirectory(str(folder)).get_current_head() == HEAD


def test_the_sqlite_file_is_private_and_lies_beside_the_configuration(tmp_path: Path) -> None:
    store = Store.open("sqlite:///deep/copsync.db", tmp_path)
    try:
        mode = stat.S_IMODE((tmp_path / "deep" / "copsync.db").stat().st_mode)
        assert mode == 0o600
        assert "records" in inspect(store.engine).get_table_names()
    finally:
        store.close()


@pytest.mark.parametrize("url", ["nonsense", "mysql://x/y", "sqlite+nothing:///x.db"])
def test_an_unusable_address_is_refused_with_the_mend(tmp_path: Path, url: str) -> None:
    with pytest.raises(ConfigProblem, match=r"sqlite:///copsync\.db"):
        Store.open(url, tmp_path)


def test_a_file_that_is_no_database_is_refused(tmp_path: Path) -> None:
    (tmp_path / "copsync.db").write_bytes(b"this is no database, but long enough to be taken for one" * 100)
    with pytest.raises(StoreProblem, match="damaged"):
        Store.open("sqlite:///copsync.db", tmp_path)


def test_a_place_that_cannot_be_written_is_refused(tmp_path: Path) -> None:
    (tmp_path / "file").write_text("not a folder")
    with pytest.raises(StoreProblem, match="writable"):
        Store.open("sqlite:///file/copsync.db", tmp_path)


def test_a_relative_address_is_counted_from_the_configuration(tmp_path: Path) -> None:
    assert resolve("sqlite:///x.db", tmp_path).database == str(tmp_path / "x.db")
