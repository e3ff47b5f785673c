"""Lets go of history that is older than the community wants to keep, in small portions."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import UTC, datetime, timedelta
from typing import Any

from sqlalchemy import BindParameter, ColumnElement, Select, Table, bindparam, delete, func, not_, select
from sqlalchemy.engine import Connection

from domain.announcements.channel import Topic
from domain.announcements.message import MessageState
from domain.outbox.states import WAITING
from store import earlier
from store.journal import OPEN
from store.tables import changes, conflicts, journal, messages, outbox, runs

CHUNK = 1000
MOST_CHUNKS = 200
"""So many portions at a time; what is left is for another day, so that no run waits long for it."""

_COMMUNITY: BindParameter[str] = bindparam("of")
_BEFORE: BindParameter[str] = bindparam("before")
_LAST_RUN = (
    select(runs.c.id).where(runs.c.community == _COMMUNITY).order_by(runs.c.started_at.desc()).limit(1)
).scalar_subquery()
_OLDEST_RUN = select(func.min(runs.c.started_at)).where(runs.c.community == _COMMUNITY, runs.c.id != _LAST_RUN)


def _old(table: Table, at: ColumnElement[Any], *further: ColumnElement[bool]) -> Any:
    """Return the statement that deletes one portion of a table's old rows."""
    return delete(table).where(table.c.id.in_(_which(table, at, *further)))


def _which(table: Table, at: ColumnElement[Any], *further: ColumnElement[bool]) -> Select[Any]:
    oldest = select(table.c.id).where(table.c.community == _COMMUNITY, at < _BEFORE, *further)
    return oldest.limit(CHUNK)


_OLD_CHANGES = _which(changes, changes.c.at).order_by(changes.c.id)
_CHANGES = delete(changes).where(changes.c.id.in_(_OLD_CHANGES))
PORTIONS: Sequence[Any] = (
    _CHANGES,
    _old(journal, journal.c.at, not_(OPEN)),
    _old(conflicts, conflicts.c.at, not_(conflicts.c.undecided)),
    _old(messages, messages.c.planned_at, messages.c.state == MessageState.SUPERSEDED.value),
    _old(messages, messages.c.sent_at, messages.c.topic == Topic.DIGEST.value),
    _old(outbox, outbox.c.created_at, outbox.c.state.not_in(sorted(WAITING))),
    _old(runs, runs.c.started_at, runs.c.id != _LAST_RUN),
)
"""The runs go last: as long as one is too old, there is something left to do."""


def is_due(connection: Connection, community: str, before: datetime) -> bool:
    """Tell whether there is a day's worth of history to let go of: the oldest run remembers when it was last done."""
    oldest = connection.scalar(_OLDEST_RUN, {"of": community})
    return oldest is not None and oldest < _text(before - timedelta(days=1))


def delete_portion(connection: Connection, portion: Any, community: str, before: datetime) -> int:
    """Delete one portion; return how many rows it had. How often a field changed stays known."""
    asked = {"of": community, "before": _text(before)}
    if portion is _CHANGES:
        earlier.add_up(connection, _OLD_CHANGES, asked)
    return connection.execute(portion, asked).rowcount


def _text(moment: datetime) -> str:
    """Return a moment as rows hold it."""
    return moment.astimezone(UTC).isoformat()
