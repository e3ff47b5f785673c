"""What is set aside, or about to be: failures in a row, and when to try again."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from datetime import datetime
from typing import Any

from sqlalchemy import bindparam, delete, select
from sqlalchemy.engine import Connection

from domain.aside import Aside, Side, Trouble
from domain.fields import RecordType
from store.rows import each
from store.sql import upsert
from store.tables import set_aside

Key = tuple[str, Side, str]

_COLUMNS = ("item", "space", "side", "type", "title", "reason", "failures", "since", "retry_at")
_ALL = select(*(set_aside.c[name] for name in _COLUMNS)).where(set_aside.c.community == bindparam("community"))
_DROP = delete(set_aside).where(
    set_aside.c.community == bindparam("of_community"),
    set_aside.c.space == bindparam("of_space"),
    set_aside.c.side == bindparam("of_side"),
    set_aside.c.item == bindparam("of_item"),
)


def load(connection: Connection, community: str) -> dict[Key, Aside]:
    """Return everything that failed in its last attempt."""
    rows = connection.execute(_ALL, {"community": community})
    return {aside.trouble.key: aside for aside in each("set_aside", rows, _aside)}


def _aside(row: Sequence[Any]) -> Aside:
    item, space, side, kind, title, reason, failures, since, retry_at = row
    trouble = Trouble(space, Side(side), item, RecordType(kind), title, reason)
    return Aside(trouble, int(failures), datetime.fromisoformat(since), datetime.fromisoformat(retry_at))


def save(connection: Connection, community: str, kept: Sequence[Aside], ended: Iterable[Key]) -> None:
    """Keep new failures, and forget those that are over."""
    rows = [
        {"of_community": community, "of_space": space, "of_side": side.value, "of_item": item}
        for space, side, item in ended
    ]
    if rows:
        connection.execute(_DROP, rows)
    upsert(connection, set_aside, [_row(community, aside) for aside in kept])


def _row(community: str, aside: Aside) -> dict[str, object]:
    trouble = aside.trouble
    return {
        "community": community,
        "space": trouble.space,
        "side": trouble.side.value,
        "item": trouble.item,
        "type": trouble.type.value,
        "title": trouble.title,
        "reason": trouble.reason,
        "failures": aside.failures,
        "since": aside.since.isoformat(),
        "retry_at": aside.retry_at.isoformat(),
    }
