"""Statements both databases understand: built once, rendered once, then run in bulk."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from functools import lru_cache
from itertools import islice
from operator import itemgetter
from typing import Any, TypeVar

from sqlalchemy import Dialect, Table, bindparam
from sqlalchemy.engine import Connection

Item = TypeVar("Item")
Row = Mapping[str, Any]
CHUNK = 500


def chunks(items: Iterable[Item], size: int = CHUNK) -> Iterator[list[Item]]:
    """Yield lists of at most `size` items, so that no statement has too many parameters."""
    iterator = iter(items)
    while part := list(islice(iterator, size)):
        yield part


def some(name: str) -> Any:
    """Return a parameter that stands for a list: `column.in_(some("ids"))`."""
    return bindparam(name, expanding=True)


class Bulk:
    """A statement for many rows: rendered once per kind of database and handed to the driver.

    SQLAlchemy would look at every value of every row; here the rows go to the driver as they are. They must hold
    every column the statement names, as text, number, truth value or None.

    Args:
        build: makes the statement for a dialect; all its values are parameters.
        names: the columns of an insert; an update names its own.
    """

    def __init__(self, build: Callable[[Dialect], Any], names: Sequence[str] | None = None) -> None:
        self._build = build
        self._names = names
        self._rendered: dict[str, tuple[str, Callable[[Row], tuple[Any, ...]]]] = {}

    def __call__(self, connection: Connection, rows: Sequence[Row]) -> None:
        """Run the statement for each row, in one call of the driver; without rows nothing is sent."""
        if not rows:
            return
        kind = connection.dialect.name
        if kind not in self._rendered:
            self._rendered[kind] = self._render(connection.dialect)
        text, pick = self._rendered[kind]
        connection.exec_driver_sql(text, [pick(row) for row in rows])

    def _render(self, dialect: Dialect) -> tuple[str, Callable[[Row], tuple[Any, ...]]]:
        by_place = dialect if dialect.positional else type(dialect)(paramstyle="format")  # type: ignore[call-arg]
        compiled = self._build(by_place).compile(dialect=by_place, column_keys=self._names)
        return str(compiled), itemgetter(*compiled.positiontup)


def insert(connection: Connection, table: Table, rows: Sequence[Row]) -> None:
    """Add rows, all with the same columns."""
    if rows:
        _inserting(table, tuple(rows[0]))(connection, rows)


def upsert(connection: Connection, table: Table, rows: Sequence[Row]) -> None:
    """Add rows, all with the same columns, or replace these where the primary key is there."""
    if rows:
        _upserting(table, tuple(rows[0]))(connection, rows)


@lru_cache
def _inserting(table: Table, names: tuple[str, ...]) -> Bulk:
    return Bulk(lambda _: table.insert(), names)


@lru_cache
def _upserting(table: Table, names: tuple[str, ...]) -> Bulk:
    keys = [column.name for column in table.primary_key]

    def build(dialect: Dialect) -> Any:
        adding = inserting(dialect.name, table)
        others = {name: adding.excluded[name] for name in names if name not in keys}
        return adding.on_conflict_do_update(index_elements=keys, set_=others)

    return Bulk(build, names)


def inserting(dialect: str, table: Table) -> Any:
    """Return a dialect's own insert; the other dialect is not even imported."""
    if dialect == "sqlite":
        from sqlalchemy.dialects import sqlite

        return sqlite.insert(table)
    from sqlalchemy.dialects import postgresql

    return postgresql.insert(table)
