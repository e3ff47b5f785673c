"""Backups of the embedded store: a whole, consistent copy while others go on writing, and the look at one."""

from __future__ import annotations

import os
import shutil
import sqlite3
from collections.abc import Callable, Iterator
from contextlib import closing, contextmanager, suppress
from dataclasses import dataclass
from pathlib import Path

from sqlalchemy.engine import URL

from domain.errors import ConfigProblem, CopsyncError, StoreProblem
from store.database import passing_mend
from store.tables import HEAD

Progress = Callable[[int, int], None]
"""Told how many pages are done, and of how many."""

PAGES = 512
_HEADER = b"SQLite format 3\x00"
_OTHER_BACKUP = "Choose another backup; the present store is as it was."


class Damaged(StoreProblem):
    """The file is no store that could be read; waiting will not mend it."""


@dataclass(frozen=True, slots=True)
class Contents:
    """What a store file holds: its size in bytes, its schema, and how many records of how many communities."""

    size: int
    schema: str
    records: int
    communities: int


def embedded_file(url: URL) -> Path:
    """Return the file of the embedded store.

    Raises:
        ConfigProblem: the store is a PostgreSQL database, or lives in memory alone.
    """
    if url.get_backend_name() != "sqlite":
        raise ConfigProblem(
            "The store is a PostgreSQL database; its own tools copy it.",
            mend="Back it up with `pg_dump --format=custom`, put it back with `pg_restore --clean`, and then run "
            "`copsync restore --forget-bases`, before anything else.",
            where="store.url",
        )
    if url.database in (None, "", ":memory:"):
        raise ConfigProblem("The store lives in memory alone; there is no file to copy.", mend=_FILE, where="store.url")
    return Path(str(url.database))


_FILE = "Use sqlite:///copsync.db."


def back_up(store: Path, target: Path, progress: Progress, *, replace: bool = False) -> Contents:
    """Copy the store as it is at one moment into a file that only its owner may read; runs may go on writing.

    The copy is checked before it gets its name, so that a file of that name is always a whole backup.

    Raises:
        ConfigProblem: the target cannot be used.
        StoreProblem: the store cannot be read, or is damaged.
    """
    _must_be_usable(store, target, replace=replace)
    with part_of(target) as part:
        copy_store(store, part, progress)
        found = look_into(part, "The copy", mend=_DAMAGED_STORE)
        settle(part, target)
    return found


_DAMAGED_STORE = "The store is damaged: restore an earlier backup with `copsync restore FILE`."


def _must_be_usable(store: Path, target: Path, *, replace: bool) -> None:
    if not store.exists():
        raise ConfigProblem(f"There is no store at {store} yet.", mend="Run `copsync sync` first.")
    own = {store, *(store.with_name(store.name + suffix) for suffix in ("-wal", "-shm", "-journal"))}
    if target.resolve() in {path.resolve() for path in own} or (target.exists() and target.samefile(store)):
        raise ConfigProblem(f"{target} is the store itself.", mend="Name another file for the backup.")
    if target.is_dir() or not target.parent.is_dir():
        wrong = "is a folder" if target.is_dir() else "lies in a folder that is not there"
        raise ConfigProblem(f"{target} {wrong}.", mend="Name a file in a folder that is there.")
    if target.exists() and not replace:
        raise ConfigProblem(f"{target} is there already.", mend="Name another file, or add --force to replace it.")


@contextmanager
def part_of(target: Path) -> Iterator[Path]:
    """Give an empty, private file beside the target, which is gone afterwards unless it was renamed."""
    part = target.with_name(target.name + ".part")
    make_private(part)
    try:
        yield part
    finally:
        remove(part)


def make_private(path: Path) -> None:
    """Make an empty file that only its owner may read, in place of any left over from before.

    Raises:
        ConfigProblem: the folder cannot be written.
    """
    remove(path)
    try:
        os.close(os.open(path, os.O_CREAT | os.O_EXCL | os.O_WRONLY, 0o600))
    except OSError as refused:
        raise ConfigProblem(
            f"{path} cannot be written: {refused.strerror}.", mend="Name a place that you may write to."
        ) from refused


def remove(path: Path) -> None:
    """Remove a database file and what SQLite keeps beside it."""
    for suffix in ("", "-wal", "-shm", "-journal"):
        with suppress(OSError):
            path.with_name(path.name + suffix).unlink()


def copy_store(store: Path, part: Path, progress: Progress) -> None:
    """Copy one moment of the store: the open transaction holds it while others write on."""
    with _reading(f"The store {store}", _DAMAGED_STORE), closing(_open(store)) as source, closing(_open(part)) as copy:
        source.execute("BEGIN")
        source.execute("SELECT count(*) FROM sqlite_master").fetchone()
        source.backup(copy, pages=PAGES, progress=lambda _, left, total: progress(total - left, total))
        copy.execute("PRAGMA journal_mode=DELETE")  # one file, whole in itself


def copy_backup(file: Path, part: Path) -> None:
    """Copy a backup as it is, with the log that lies beside it if it is a plain copy of a store that was in use.

    Raises:
        ConfigProblem: it cannot be read, is no database, or is cut off.
    """
    try:
        with file.open("rb") as opened:
            _must_be_whole(file, opened.read(100), file.stat().st_size)
        shutil.copyfile(file, part)
        log = file.with_name(file.name + "-wal")
        if log.exists():
            shutil.copyfile(log, part.with_name(part.name + "-wal"))
    except OSError as refused:
        raise ConfigProblem(
            f"The backup {file} cannot be read: {refused.strerror}.", mend="Name a backup made by `copsync backup`."
        ) from refused


def _must_be_whole(file: Path, header: bytes, size: int) -> None:
    """Refuse what is no database or shorter than it says (SQLite file format: page size at 16, page count at 28)."""
    if not header.startswith(_HEADER) or len(header) < 100:
        raise ConfigProblem(f"{file} is no backup of a store: it is no SQLite file.", mend=_OTHER_BACKUP)
    page = int.from_bytes(header[16:18], "big")
    promised = (65536 if page == 1 else page) * int.from_bytes(header[28:32], "big")
    if header[24:28] == header[92:96] and size < promised:
        raise ConfigProblem(f"{file} is cut off: {size} bytes of {promised} are there.", mend=_OTHER_BACKUP)


def look_into(path: Path, name: str, mend: str = _OTHER_BACKUP) -> Contents:
    """Check that a file is a whole store that this version understands, and say what it holds.

    Raises:
        StoreProblem: it is damaged, no store of copsync, or was written by a newer one.
    """
    with _reading(name, mend), closing(_open(path)) as connection:
        (verdict,) = connection.execute("PRAGMA integrity_check(1)").fetchone()
        if verdict != "ok":
            raise Damaged(f"{name} is damaged ({' '.join(verdict.split())[:100]}).", mend=mend)
        tables = {table for (table,) in connection.execute("SELECT name FROM sqlite_master WHERE type = 'table'")}
        if not {"alembic_version", "records", "links", "leases"} <= tables:
            raise Damaged(f"{name} is no store of copsync.", mend=mend)
        found = connection.execute("SELECT version_num FROM alembic_version").fetchone()
        schema = str(found[0]) if found else ""
        if schema > HEAD:
            newer = f"{name} was written by a newer copsync (schema {schema}, this one knows {HEAD})."
            raise StoreProblem(newer, mend="Update copsync.")
        counted = "SELECT count(*), count(DISTINCT community) FROM records WHERE type <> 'member'"
        return Contents(path.stat().st_size, schema, *connection.execute(counted).fetchone())


def _open(path: Path) -> sqlite3.Connection:
    """Open a file that is there; none is made."""
    return sqlite3.connect(f"{path.absolute().as_uri()}?mode=rw", uri=True, timeout=15, isolation_level=None)


@contextmanager
def _reading(name: str, mend: str) -> Iterator[None]:
    try:
        yield
    except CopsyncError:
        raise
    except UnicodeDecodeError as failed:
        raise Damaged(f"{name} cannot be read: a text in it is no text.", mend=mend) from failed
    except sqlite3.Error as failed:
        passing = passing_mend(str(failed))
        kind = StoreProblem if passing else Damaged
        raise kind(f"{name} cannot be read or copied: {failed}.", mend=passing or mend) from failed


def settle(part: Path, target: Path) -> None:
    """Give a finished file its name, once it is on the disk for good."""
    _flush(part, os.O_RDWR)
    part.replace(target)
    _flush(target.parent, os.O_RDONLY)


def _flush(path: Path, flags: int) -> None:
    handle = os.open(path, flags)
    try:
        os.fsync(handle)
    finally:
        os.close(handle)
