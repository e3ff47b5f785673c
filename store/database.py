"""Opens the database: SQLite as a private file beside the configuration, or PostgreSQL."""

from __future__ import annotations

import os
from collections.abc import Iterator
from contextlib import contextmanager
from functools import lru_cache
from pathlib import Path
from typing import Any

from sqlalchemy import Engine, create_engine, event, insert, inspect, select, update
from sqlalchemy.engine import URL, Connection, make_url
from sqlalchemy.exc import ArgumentError, DBAPIError, NoSuchModuleError, OperationalError, SQLAlchemyError

from domain.errors import ConfigProblem, StoreProblem
from store.tables import HEAD, metadata, version

WRITES = "copsync_writes"
PRAGMAS = (
    "busy_timeout=15000",
    "journal_mode=WAL",
    "synchronous=FULL",
    "temp_store=MEMORY",
    "wal_autocheckpoint=4000",  # pages; a run that writes much copies each page back less often
)


def resolve(url: str, folder: Path) -> URL:
    """Return the database address; a relative SQLite path is counted from `folder`, that of the configuration.

    Raises:
        ConfigProblem: the address is malformed or names a database that is not supported.
    """
    try:
        parsed = make_url(url)
    except ArgumentError as bad:
        raise ConfigProblem("The store's url cannot be read.", mend=_URL_MEND, where="store.url") from bad
    if parsed.get_backend_name() == "sqlite" and parsed.database not in (None, "", ":memory:"):
        return parsed.set(database=str((folder / str(parsed.database)).resolve()))
    if parsed.get_backend_name() not in ("sqlite", "postgresql"):
        raise ConfigProblem(f"No store can be kept in {parsed.drivername}.", mend=_URL_MEND, where="store.url")
    return parsed


_URL_MEND = "Use sqlite:///copsync.db or postgresql+psycopg://user@host/name."


def open_engine(url: URL) -> Engine:
    """Return an engine whose schema is the present one; a new database is made, an older one is migrated.

    Raises:
        StoreProblem: it cannot be opened or written, or a newer copsync wrote it.
    """
    if url.get_backend_name() == "sqlite":
        _make_private_file(url)
    try:
        engine = create_engine(url)
    except (NoSuchModuleError, ImportError) as missing:
        raise ConfigProblem(
            f"The store's driver is missing ({missing}).", mend=_URL_MEND, where="store.url"
        ) from missing
    if url.get_backend_name() == "sqlite":
        event.listen(engine, "connect", _prepare)
        event.listen(engine, "begin", _begin)
    try:
        with guarded():
            _bring_up_to_date(engine)
    except BaseException:
        engine.dispose()
        raise
    return engine


def _make_private_file(url: URL) -> None:
    """Create the file readable by its owner alone before SQLite would create it for everyone."""
    if url.database in (None, "", ":memory:"):
        return
    path = Path(str(url.database))
    try:
        path.parent.mkdir(parents=True, exist_ok=True)
        os.close(os.open(path, os.O_CREAT | os.O_RDWR, 0o600))
    except OSError as refused:
        raise StoreProblem(
            f"The store {path} cannot be opened: {refused.strerror}.",
            mend="Make the folder writable, or name another place under [store] url.",
        ) from refused


def _prepare(connection: Any, _record: Any) -> None:
    """Take transactions into our own hands: the driver would leave the making of tables outside of them."""
    connection.isolation_level = None
    cursor = connection.cursor()
    for pragma in PRAGMAS:
        cursor.execute(f"PRAGMA {pragma}")
    cursor.close()


def _begin(connection: Connection) -> None:
    """Begin; what is going to write waits for its turn at once, instead of failing half way."""
    writes = connection.get_execution_options().get(WRITES, False)
    words = "BEGIN IMMEDIATE" if writes else "BEGIN"
    driver: Any = connection.connection.driver_connection
    try:
        driver.execute(words)
    except connection.dialect.loaded_dbapi.Error as failed:
        raise OperationalError(words, None, failed) from failed


def _bring_up_to_date(engine: Engine) -> None:
    with engine.connect() as connection:
        tables = set(inspect(connection).get_table_names())
        found = connection.scalar(select(version.c.version_num)) if version.name in tables else None
    if found == HEAD:
        return
    if found is None and not tables & {"records", "links"}:
        _create(engine)
    elif found is not None and found > HEAD:
        raise StoreProblem(
            f"The store was written by a newer copsync (schema {found}, this one knows {HEAD}).",
            mend="Update copsync, or name another store under [store] url.",
        )
    else:
        _migrate(engine)


def _create(engine: Engine) -> None:
    """Make the newest schema at once; a test proves that the migrations lead to the same one."""
    with _writer(engine).begin() as connection:
        metadata.create_all(connection)
        if connection.scalar(select(version.c.version_num)) is None:
            connection.execute(insert(version).values(version_num=HEAD))
        else:
            connection.execute(update(version).values(version_num=HEAD))


def _migrate(engine: Engine) -> None:
    from alembic import command
    from alembic.config import Config

    config = Config()
    config.set_main_option("script_location", str(Path(__file__).parent / "migrations"))
    with _writer(engine).begin() as connection:
        config.attributes["connection"] = connection
        command.upgrade(config, "head")


@contextmanager
def guarded() -> Iterator[None]:
    """Turn a database failure into a :class:`StoreProblem` that names the mend and shows no values."""
    try:
        yield
    except DBAPIError as failed:
        reason = _reason(failed)
        raise StoreProblem(f"The store failed: {reason}.", mend=_mend(reason)) from None
    except UnicodeDecodeError:
        raise StoreProblem("The store failed: a text in it is no text.", mend=_mend("malformed")) from None
    except SQLAlchemyError as failed:
        raise StoreProblem(f"The store failed: {type(failed).__name__}.", mend=_mend("")) from None


def _reason(failed: DBAPIError) -> str:
    """Return the database's own words, without the values that some of them quote."""
    words = str(failed.orig).partition("\n")[0].partition(" with text ")[0]
    return words or type(failed.orig).__name__


def _mend(reason: str) -> str:
    lowered = reason.lower()
    passing = passing_mend(lowered)
    if passing is not None:
        return passing
    if "readonly" in lowered or "read-only" in lowered or "permission" in lowered:
        return "Make the store's file and folder writable for this user."
    if any(word in lowered for word in _DAMAGE):
        return (
            "The file is damaged or no store: restore a backup with `copsync restore FILE`, or name another file under "
            "[store] url."
        )
    return "Check that the database is there and reachable ([store] url), then run the command again."


_DAMAGE = ("not a database", "malformed", "could not decode", "no such table", "no such column", "constraint failed")


def passing_mend(reason: str) -> str | None:
    """Return what to do about a failure of the database that does not lie in what it holds; None for any other."""
    lowered = reason.lower()
    if "full" in lowered or "no space" in lowered:
        return "Free some disk space and run the command again; nothing that was acknowledged is lost."
    if "disk i/o" in lowered:
        return (
            "Look whether the disk is full, over its quota or broken, and run the command again; nothing that was "
            "acknowledged is lost."
        )
    if "locked" in lowered:
        return "Another process is writing; wait for it and run the command again."
    return None


@contextmanager
def transaction(engine: Engine, *, writes: bool = True) -> Iterator[Connection]:
    """Run a transaction; a failure is a :class:`StoreProblem` and leaves nothing behind."""
    with guarded(), (_writer(engine) if writes else engine).begin() as connection:
        yield connection


@lru_cache(maxsize=8)
def _writer(engine: Engine) -> Engine:
    """Return the same engine, on the same connections, whose transactions wait for their turn to write."""
    return engine.execution_options(**{WRITES: True})
