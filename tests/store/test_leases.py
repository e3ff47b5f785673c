"""H18: one holder at a time, on both databases; a process that is gone holds nothing."""

from __future__ import annotations

import os
import subprocess
import sys
import time
from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest

from domain.errors import Locked
from store import leases, runs
from store.database import transaction
from store.leases import LIFE_SECONDS, SURE_SECONDS
from store.process import Alive, Process, is_alive, this_process
from store.store import Store
from store.tables import leases as table
from tests.store.databases import KINDS, database

NOW = datetime(2026, 11, 21, 12, tzinfo=UTC)
LINUX = pytest.mark.skipif(not Path("/proc/self/stat").exists(), reason="there is no /proc here to tell processes by")
HOLD = """
import sys, time
from datetime import UTC, datetime
from pathlib import Path
from store.store import Store
store = Store.open(sys.argv[1], Path(sys.argv[2]))
store.acquire("c", "the other process", datetime.now(UTC))
print("held", flush=True)
time.sleep(60)
"""


@pytest.fixture(params=KINDS)
def place(request: pytest.FixtureRequest, tmp_path: Path) -> Iterator[tuple[str, Path]]:
    with database(request.param) as url:
        yield url, tmp_path


@pytest.fixture
def store(place: tuple[str, Path]) -> Iterator[Store]:
    opened = Store.open(*place)
    yield opened
    opened.close()


@pytest.fixture
def other(store: Store, place: tuple[str, Path]) -> Iterator[subprocess.Popen[str]]:
    """Let another process hold the community."""
    url, folder = place
    command = [sys.executable, "-c", HOLD, url, str(folder)]
    with subprocess.Popen(command, stdout=subprocess.PIPE, text=True, cwd=Path(__file__).parents[2]) as process:
        assert process.stdout is not None
        assert process.stdout.readline() == "held\n"
        yield process
        process.kill()


def after(seconds: float) -> datetime:
    return NOW + timedelta(seconds=seconds)


@LINUX
def test_h18_a_killed_holder_is_overtaken_at_once(store: Store, other: subprocess.Popen[str]) -> None:
    now = datetime.now(UTC)
    with pytest.raises(Locked, match="the other process"):
        store.acquire("c", "next", now)
    other.kill()
    other.wait()
    with store.reading() as connection:
        assert runs.lease_of(connection, "c") is None
    assert store.acquire("c", "next", now).token == 2


@LINUX
def test_h18_a_holder_that_ended_and_was_not_waited_for_is_overtaken(
    store: Store, other: subprocess.Popen[str]
) -> None:
    other.kill()
    stat = Path(f"/proc/{other.pid}/stat")
    until = time.monotonic() + 10
    while stat.read_text().rpartition(")")[2].split()[0] != "Z" and time.monotonic() < until:
        time.sleep(0.01)
    assert store.acquire("c", "next", datetime.now(UTC)).token == 2


def test_h18_a_holder_on_another_machine_or_of_an_unknown_kind_is_waited_for(store: Store) -> None:
    elsewhere = Process("another-boot", "pid:[1]", 1, "1")
    for community, process in (("a", elsewhere), ("b", None)):
        leases.acquire(store.engine, community, "far away", process, NOW)
        with pytest.raises(Locked, match="far away"):
            store.acquire(community, "next", after(LIFE_SECONDS - 1))
        assert store.acquire(community, "next", after(LIFE_SECONDS)).token == 2


def test_h18_a_number_that_was_given_to_another_process_is_not_the_holder(store: Store) -> None:
    us = this_process()
    if us is None:
        pytest.skip("there is no /proc here to tell processes by")
    earlier = Process(us.boot, us.namespace, us.pid, "1")
    leases.acquire(store.engine, "c", "an earlier process of our number", earlier, NOW)
    assert store.acquire("c", "next", after(1)).token == 2


def test_h18_an_overtaken_holder_is_refused_even_when_it_comes_back(store: Store) -> None:
    elsewhere = Process("another-boot", "pid:[1]", 1, "1")
    first = leases.acquire(store.engine, "c", "first", elsewhere, NOW)
    store.acquire("c", "second", after(LIFE_SECONDS))
    with pytest.raises(Locked, match="second") as refused:
        store.assure(first, after(LIFE_SECONDS + 1))
    assert refused.value.since == after(LIFE_SECONDS)


def test_assuring_asks_the_store_only_when_it_is_not_sure(store: Store) -> None:
    lease = store.acquire("c", "first", NOW)
    with transaction(store.engine) as connection:
        connection.execute(table.update().values(token=9, holder="thief"))
    store.assure(lease, after(SURE_SECONDS - 1))
    with pytest.raises(Locked, match="thief"):
        store.assure(lease, after(SURE_SECONDS))


def test_every_write_makes_sure_anew(store: Store) -> None:
    lease = store.acquire("c", "first", NOW)
    store.begin_run(lease, "run", after(50))
    assert lease.sure_until == after(50 + SURE_SECONDS).timestamp()
    with pytest.raises(ValueError, match="not kept"), store.writing(lease, after(70)):
        raise ValueError("not kept")
    assert lease.sure_until == after(50 + SURE_SECONDS).timestamp()
    store.assure(lease, after(110))
    assert lease.sure_until == after(110 + SURE_SECONDS).timestamp()


@LINUX
def test_we_are_alive_and_a_process_we_cannot_see_is_unknown(tmp_path: Path) -> None:
    us = this_process()
    assert us is not None
    assert Process.read(str(us)) == us
    assert us.pid == os.getpid()
    assert is_alive(us) is Alive.YES
    assert is_alive(us, proc=tmp_path) is Alive.UNKNOWN
    assert this_process(proc=tmp_path) is None
    assert is_alive(None) is Alive.UNKNOWN


@LINUX
def test_a_name_with_spaces_and_parentheses_confuses_nobody(tmp_path: Path) -> None:
    us = this_process()
    assert us is not None
    (tmp_path / "sys/kernel/random").mkdir(parents=True)
    (tmp_path / "sys/kernel/random/boot_id").write_text(f"{us.boot}\n")
    (tmp_path / "self/ns").mkdir(parents=True)
    (tmp_path / "self/ns/pid").symlink_to(us.namespace)
    (tmp_path / str(us.pid)).mkdir()
    fields = Path("/proc/self/stat").read_text().rpartition(")")[2]
    for name in ("self", str(us.pid)):
        (tmp_path / name / "stat").write_text(f"{us.pid} (a) Z 9 (b c){fields}")
    assert this_process(proc=tmp_path) == us
    assert is_alive(us, proc=tmp_path) is Alive.YES


@pytest.mark.parametrize("text", [None, "", "one two three", "boot ns number 5", "a b 1 2 3"])
def test_what_is_no_identity_is_nobody(text: str | None) -> None:
    assert Process.read(text) is None
