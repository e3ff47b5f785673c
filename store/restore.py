"""Puts a backup in the place of the embedded store, whole or not at all, and keeps the store that was there."""

from __future__ import annotations

import sqlite3
from collections.abc import Iterator
from contextlib import closing, contextmanager, suppress
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

from sqlalchemy import Engine, Table, insert, select
from sqlalchemy.engine import URL, Connection

from domain.errors import ConfigProblem, Locked
from store import leases
from store.backup import (
    Contents,
    Damaged,
    copy_backup,
    copy_store,
    look_into,
    make_private,
    part_of,
    remove,
    settle,
)
from store.database import WRITES, guarded, open_engine, transaction
from store.forget import forget_bases, tokens
from store.rows import UNREADABLE
from store.tables import channels, feeds, messages, metadata, outbox, outbox_links, outbox_reads, secrets, version

_LEASES = "SELECT community, holder, token, since, expires, process FROM leases"
_KEPT = (secrets, feeds, channels, messages, outbox, outbox_links, outbox_reads)
_BESIDE = ("-wal", "-shm", "-journal")


@dataclass(frozen=True, slots=True)
class Prepared:
    """A checked copy of a backup, brought up to the present schema, and what the backup held."""

    copy: Path
    contents: Contents


@contextmanager
def prepared(store: Path, file: Path) -> Iterator[Prepared]:
    """Check a backup and bring a copy of it up to date, beside the store; the backup itself is only read.

    Raises:
        ConfigProblem: the file cannot be read, is no SQLite file, or is cut off.
        StoreProblem: it is damaged, no store of copsync, or was written by a newer one.
    """
    if file.exists() and store.exists() and file.samefile(store):
        raise ConfigProblem(f"{file} is the store itself.", mend="Name a backup made by `copsync backup`.")
    store.parent.mkdir(parents=True, exist_ok=True)
    copy = store.with_name(store.name + ".restoring")
    make_private(copy)
    try:
        copy_backup(file, copy)
        contents = look_into(copy, f"The backup {file}")
        _engine(copy).dispose()
        yield Prepared(copy, contents)
    finally:
        remove(copy)


def _engine(file: Path) -> Engine:
    return open_engine(URL.create("sqlite", database=str(file)))


def put_in_place(backup: Prepared, store: Path, now: datetime) -> Path | None:
    """Replace the store; return where the former one is kept, or None if there was none.

    A sound store gets the rows of the backup in one transaction, so that processes which have it open go on with
    what is in it then. A damaged one is put aside as a file.

    Raises:
        Locked: a run holds a community.
        StoreProblem: the store cannot be written, or a newer copsync wrote it; it is as it was.
    """
    if not store.exists() or not store.stat().st_size:
        _forget(backup.copy, now)
        settle(backup.copy, store)
        return None
    kept = _free_name(store, now)
    try:
        look_into(store, "The present store")
    except Damaged:
        _replace_file(backup.copy, store, kept, now)
    else:
        _replace_rows(backup.copy, store, kept, now)
    return kept


def _free_name(store: Path, now: datetime) -> Path:
    first = store.with_name(f"{store.name}.before-restore-{now.astimezone(UTC):%Y%m%d-%H%M%S}")
    names = (first, *(first.with_name(f"{first.name}-{number}") for number in range(2, 1000)))
    return next(name for name in names if not name.exists())


def _forget(copy: Path, now: datetime) -> None:
    engine = _engine(copy)
    try:
        with transaction(engine) as connection:
            forget_bases(connection, now)
    finally:
        engine.dispose()


def _replace_rows(copy: Path, store: Path, kept: Path, now: datetime) -> None:
    """Put the backup's rows into the store, under the write lock in which the former ones are kept."""
    engine = _engine(store)
    try:
        with guarded(), _attached(engine, copy) as connection, connection.begin():
            must_be_free(connection, now)
            with part_of(kept) as part:
                copy_store(store, part, lambda _done, _total: None)
                settle(part, kept)
            _take_rows(connection, now)
    except BaseException:
        remove(kept)
        raise
    finally:
        engine.dispose()


@contextmanager
def _attached(engine: Engine, copy: Path) -> Iterator[Connection]:
    with engine.connect() as plain:
        connection = plain.execution_options(**{WRITES: True})
        driver: Any = connection.connection.driver_connection
        driver.execute("ATTACH DATABASE ? AS backup", (str(copy),))
        try:
            yield connection
        finally:
            driver.execute("DETACH DATABASE backup")


def _take_rows(connection: Connection, now: datetime) -> None:
    """Replace every row but those of what went on outside since: tokens renewed, addresses revoked, what was said."""
    above = tokens(connection)
    for table in metadata.sorted_tables:
        if table is not version:
            _take_table(connection, table, keep=table in _KEPT)
    forget_bases(connection, now, above)


def _take_table(connection: Connection, table: Table, *, keep: bool) -> None:
    names = [column.name for column in table.columns]
    theirs = table.to_metadata(type(metadata)(), schema="backup")
    query = select(*(theirs.c[name] for name in names))
    adding = insert(table).from_select(names, query, include_defaults=False)
    if not keep:
        connection.execute(table.delete())
    connection.execute(adding.prefix_with("OR IGNORE") if keep else adding)


def must_be_free(connection: Connection, now: datetime) -> None:
    """Refuse to touch a store in which a run is under way.

    Raises:
        Locked: a run holds a community.
    """
    _refuse(leases.held(connection, now))


def _refuse(holder: leases.Holding | None) -> None:
    if holder is not None:
        raise Locked(f"{holder.holder} (community {holder.community})", holder.since)


def _replace_file(copy: Path, store: Path, kept: Path, now: datetime) -> None:
    """Put a damaged store aside, with its log first: a log beside another file would be taken for that file's own."""
    _forget(copy, now)
    with _alone_with(store, now):
        for suffix in _BESIDE:
            beside = store.with_name(store.name + suffix)
            if beside.exists():
                beside.rename(kept.with_name(kept.name + suffix))
        store.rename(kept)
        settle(copy, store)


@contextmanager
def _alone_with(store: Path, now: datetime) -> Iterator[None]:
    """Keep others away from a damaged store, as far as it still is one that can be locked."""
    with closing(sqlite3.connect(store, timeout=15, isolation_level=None)) as connection:
        try:
            connection.execute("BEGIN EXCLUSIVE")
            rows = connection.execute(_LEASES)
            _refuse(next((one for one in map(leases.holding_of, rows) if not one.is_over(now)), None))
        except sqlite3.OperationalError as failed:
            if "locked" in str(failed):
                raise Locked("a process that has the store open", now) from failed
        except (sqlite3.DatabaseError, *UNREADABLE):
            pass  # not even this can be read: nobody can work with it
        yield
        with suppress(sqlite3.Error):
            connection.execute("ROLLBACK")
