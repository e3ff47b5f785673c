"""What is old goes, what is open stays, on both databases."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest
from sqlalchemy import Table, func, select
from sqlalchemy.engine import Connection

from store import retention, runs
from store.journal import StepState
from store.leases import Lease
from store.runs import Purpose
from store.sql import insert
from store.store import Store
from store.tables import changes, conflicts, journal
from store.tables import runs as run_rows
from tests.store.databases import KINDS, database

NOW = datetime(2026, 11, 21, 12, tzinfo=UTC)
REPORT: dict[str, object] = {part: [] for part in ("spaces", "steps", "conflicts", "held", "questions")}
YEAR = timedelta(days=365)
SETTLED = [state for state in StepState if state not in (StepState.INTENT, StepState.UNCERTAIN)]


@pytest.fixture(params=KINDS)
def store(request: pytest.FixtureRequest, tmp_path: Path) -> Iterator[Store]:
    with database(request.param) as url:
        opened = Store.open(url, tmp_path)
        yield opened
        opened.close()


def happen(store: Store, lease: Lease, run: str, at: datetime, rows: int = 1, *, ended: bool = True) -> None:
    """Let a run leave history of every kind behind."""
    community, when = lease.community, at.isoformat()
    with store.writing(lease, NOW) as connection:
        runs.begin(connection, run, community, at, Purpose())
        if ended:
            runs.end(connection, run, "done", REPORT, at)
        insert(connection, changes, [_change(community, run, when) for _ in range(rows)])
        insert(connection, journal, [_step(community, run, when, state) for state in StepState])
        insert(connection, conflicts, [_conflict(community, run, when, undecided=one) for one in (True, False)])


def _change(community: str, run: str, at: str) -> dict[str, object]:
    return {"community": community, "run": run, "record": "r", "field": "title", "space": "a", "at": at, "cause": ""}


def _step(community: str, run: str, at: str, state: StepState) -> dict[str, object]:
    texts = dict.fromkeys(("space", "record", "kind", "title", "reason"), "x")
    filled = {"type": "task", "verb": "update", "fields": "{}", "view": "{}", "token": 1, **texts}
    return {"id": f"{run}-{state}", "run": run, "community": community, "state": state.value, "at": at, **filled}


def _conflict(community: str, run: str, at: str, *, undecided: bool) -> dict[str, object]:
    texts = {"record": "r", "field": "title", "kept": "{}", "lost": "[]"}
    identity = f"{run}-{undecided}"
    return {"id": identity, "community": community, "undecided": undecided, "run": run, "at": at, **texts}


def count(connection: Connection, table: Table) -> int:
    return connection.scalar(select(func.count()).select_from(table)) or 0


def left(store: Store) -> dict[str, int]:
    with store.reading() as connection:
        return {table.name: count(connection, table) for table in (changes, journal, conflicts, run_rows)}


def test_what_is_old_goes_and_what_is_open_stays(store: Store) -> None:
    lease = store.acquire("c", "test", NOW)
    for run, ago in (("old", 400), ("interrupted", 380), ("young", 10)):
        happen(store, lease, run, NOW - timedelta(days=ago), ended=run != "interrupted")
    before = left(store)
    assert store.prune(lease, NOW - YEAR, NOW) == 2 * (1 + len(SETTLED) + 1 + 1)
    assert left(store) == {
        "changes": 1,
        "journal": before["journal"] - 2 * len(SETTLED),
        "conflicts": before["conflicts"] - 2,
        "runs": 1,
    }
    assert len(store.unanswered("c")) == 3 * 2


def test_another_community_is_left_alone(store: Store) -> None:
    ours, theirs = store.acquire("c", "test", NOW), store.acquire("d", "test", NOW)
    for lease in (ours, theirs):
        for number in range(2):
            happen(store, lease, f"{lease.community}-{number}", NOW - timedelta(days=400 + number))
    store.prune(ours, NOW - YEAR, NOW)
    with store.reading() as connection:
        assert len(runs.recent(connection, "d", 9)) == 2
        assert len(runs.changes_of(connection, "d", "r")) == 2
        assert runs.changes_of(connection, "c", "r") == []


def test_the_last_run_stays_however_old_it_is(store: Store) -> None:
    lease = store.acquire("c", "test", NOW)
    for number in range(3):
        happen(store, lease, f"run-{number}", NOW - timedelta(days=500 - number))
    store.prune(lease, NOW - YEAR, NOW)
    with store.reading() as connection:
        assert [run["id"] for run in runs.recent(connection, "c", 9)] == ["run-2"]


def test_it_is_done_once_a_day_only(store: Store) -> None:
    lease = store.acquire("c", "test", NOW)
    for hours in (30, 1, 0):
        happen(store, lease, f"run-{hours}", NOW - YEAR - timedelta(hours=hours))
    happen(store, lease, "last", NOW)
    assert store.prune(lease, NOW - YEAR, NOW) > 0
    assert store.prune(lease, NOW - YEAR + timedelta(hours=1), NOW) == 0
    assert store.prune(lease, NOW - YEAR + timedelta(hours=25), NOW) > 0


def test_much_goes_in_portions_and_the_rest_another_time(store: Store, monkeypatch: pytest.MonkeyPatch) -> None:
    lease = store.acquire("c", "test", NOW)
    happen(store, lease, "old", NOW - timedelta(days=400), rows=3 * retention.CHUNK)
    happen(store, lease, "last", NOW)
    monkeypatch.setattr(retention, "MOST_CHUNKS", 2)
    assert store.prune(lease, NOW - YEAR, NOW) == 2 * retention.CHUNK
    monkeypatch.setattr(retention, "MOST_CHUNKS", 200)
    assert store.prune(lease, NOW - YEAR, NOW) == retention.CHUNK + len(SETTLED) + 1 + 1
    assert store.prune(lease, NOW - YEAR, NOW) == 0
