"""The two databases under test: emptied in a moment, asked from outside, and able to keep a run waiting."""

from __future__ import annotations

import shutil
import sqlite3
import time
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from pathlib import Path
from typing import Any, Protocol

import psycopg
from sqlalchemy.engine import make_url

from store.store import Store
from store.tables import metadata
from tests.store.databases import database
from tests.system.crash.stops import Stop

PATIENCE_S = 30.0
BUSY_S = 0.15
_SPIN = (
    "SELECT count(*) FROM (WITH RECURSIVE spin(n) AS (SELECT 1 UNION ALL SELECT n + 1 FROM spin LIMIT 9000000000) "
    "SELECT n FROM spin)"
)


class Keeper(Protocol):
    """A database for a store."""

    url: str

    def empty(self) -> None:
        """Make it a store that nobody used yet."""

    def ask(self, query: str) -> Sequence[tuple[Any, ...]]:
        """Return the rows of a query, as another process sees them."""

    def set_up(self, stop: Stop) -> None:
        """Make the next run wait at a stop."""

    def is_waiting(self) -> bool:
        """Tell whether a run waits there."""

    def is_held(self) -> bool:
        """Tell whether somebody's transaction keeps others from writing."""

    def take_down(self) -> None:
        """Let everybody pass again; a transaction whose process is dead has ended when this returns."""


def until(what: Callable[[], bool], words: str) -> None:
    """Wait until something is so.

    Raises:
        TimeoutError: it does not happen.
    """
    end = time.monotonic() + PATIENCE_S
    while not what():
        if time.monotonic() > end:
            raise TimeoutError(f"{words}: not within {PATIENCE_S:.0f} s")
        time.sleep(0.002)


class Sqlite:
    """A file beside the configuration. A trigger that counts for minutes keeps a run waiting."""

    def __init__(self, folder: Path) -> None:
        self.url = "sqlite:///copsync.db"
        self._path = folder / "copsync.db"
        self._unused = folder / "unused.db"
        Store.open("sqlite:///unused.db", folder).close()

    def empty(self) -> None:
        for end in ("-wal", "-shm"):
            self._path.with_name(f"copsync.db{end}").unlink(missing_ok=True)
        shutil.copyfile(self._unused, self._path)

    def ask(self, query: str) -> Sequence[tuple[Any, ...]]:
        with self._open() as connection:
            return connection.execute(query).fetchall()

    def set_up(self, stop: Stop) -> None:
        with self._open() as connection:
            connection.execute(f"CREATE TRIGGER stop BEFORE {stop.before} WHEN {stop.when} BEGIN {_SPIN}; END")

    def is_waiting(self) -> bool:
        """Nobody else can write, and that for a while."""
        end = time.monotonic() + BUSY_S
        while time.monotonic() < end:
            if not self.is_held():
                return False
            time.sleep(0.01)
        return True

    def take_down(self) -> None:
        with self._open() as connection:
            connection.execute("DROP TRIGGER IF EXISTS stop")

    def is_held(self) -> bool:
        with self._open() as connection:
            try:
                connection.execute("BEGIN IMMEDIATE")
            except sqlite3.OperationalError:
                return True
            connection.execute("ROLLBACK")
        return False

    @contextmanager
    def _open(self) -> Iterator[sqlite3.Connection]:
        connection = sqlite3.connect(self._path, isolation_level=None, timeout=0)
        try:
            yield connection
        finally:
            connection.close()


class Postgres:
    """A schema of a database on loopback. A trigger that wants a lock of ours keeps a run waiting."""

    def __init__(self, url: str) -> None:
        parsed = make_url(url)
        self.name = f"trial {parsed.query['options']}"
        self.url = parsed.update_query_dict({"application_name": self.name}).render_as_string(hide_password=False)
        Store.open(url, Path()).close()
        plain = parsed.set(drivername="postgresql").render_as_string(hide_password=False)
        self._connection = psycopg.connect(plain, autocommit=True)
        self._key = hash(url) % 2**31

    def close(self) -> None:
        self._connection.close()

    def empty(self) -> None:
        names = [table.name for table in metadata.sorted_tables if table.name != "alembic_version"]
        self._connection.execute(f"TRUNCATE {', '.join(names)} RESTART IDENTITY".encode())

    def ask(self, query: str) -> Sequence[tuple[Any, ...]]:
        return self._connection.execute(query.encode()).fetchall()

    def set_up(self, stop: Stop) -> None:
        self.ask(f"SELECT pg_advisory_lock({self._key})")
        body = f"BEGIN IF {stop.when} THEN PERFORM pg_advisory_xact_lock({self._key}); END IF; RETURN NEW; END"
        self._connection.execute(
            f"CREATE OR REPLACE FUNCTION stop() RETURNS trigger LANGUAGE plpgsql AS $${body}$$".encode()
        )
        self._connection.execute(f"CREATE {self._trigger(stop)} FOR EACH ROW EXECUTE FUNCTION stop()".encode())

    @staticmethod
    def _trigger(stop: Stop) -> str:
        if stop.at_commit:
            return f"CONSTRAINT TRIGGER stop AFTER {stop.before} DEFERRABLE INITIALLY DEFERRED"
        return f"TRIGGER stop BEFORE {stop.before}"

    def is_waiting(self) -> bool:
        waiting = f"SELECT 1 FROM pg_locks WHERE locktype = 'advisory' AND objid = {self._key} AND NOT granted"
        return bool(self.ask(waiting))

    def is_held(self) -> bool:
        return bool(self.ask(f"SELECT 1 FROM pg_stat_activity WHERE {self._theirs} AND backend_xid IS NOT NULL"))

    def go_away(self) -> None:
        """End every connection of copsync's, as a server does that is restarted."""
        self.ask(f"SELECT pg_terminate_backend(pid) FROM pg_stat_activity WHERE {self._theirs}")

    @property
    def _theirs(self) -> str:
        return f"application_name = '{self.name}'"

    def take_down(self) -> None:
        self.ask("SELECT pg_advisory_unlock_all()")
        self._connection.execute("DROP FUNCTION IF EXISTS stop() CASCADE")


@contextmanager
def keeper(kind: str, folder: Path) -> Iterator[Keeper]:
    """Give a database of that kind; PostgreSQL's schema is dropped afterwards."""
    with database(kind) as url:
        if kind == "sqlite":
            yield Sqlite(folder)
            return
        made = Postgres(url)
        try:
            yield made
        finally:
            made.close()
