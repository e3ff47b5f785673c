"""The journal: every step's intent before it is sent, its outcome after."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum
from typing import Any

from sqlalchemy import bindparam, or_, select, update
from sqlalchemy.engine import Connection

from domain.fields import RecordType
from domain.plan import Link, Step, Verb
from domain.values import Fields
from store.codec import dumps, fields_of, fields_text
from store.rows import each
from store.sql import Bulk, insert
from store.tables import journal


class StepState(StrEnum):
    """Where a journalled step stands. An intent without an outcome is uncertain."""

    INTENT = "intent"
    DONE = "done"
    FAILED = "failed"
    STALE = "stale"
    UNCERTAIN = "uncertain"
    HELD = "held"
    NOT_SENT = "not sent"


@dataclass(frozen=True, slots=True)
class Entry:
    """A step about to be sent; `id` is also its key towards the tool."""

    id: str
    step: Step


@dataclass(frozen=True, slots=True)
class Outcome:
    """What became of a step. `link` is the link as it then is, `forget` one that ends.

    `refused` says that it failed for a reason of its own, which no waiting will mend.
    """

    id: str
    state: StepState
    message: str | None = None
    remote: str | None = None
    link: Link | None = None
    forget: Link | None = None
    refused: bool = False


@dataclass(frozen=True, slots=True)
class Open:
    """A step whose outcome is not known: it may or may not have been carried out."""

    id: str
    space: str
    record: str
    remote: str | None
    type: RecordType
    verb: Verb
    kind: str
    view: Fields
    at: datetime


def write_intents(
    connection: Connection, community: str, run: str, token: int, entries: Sequence[Entry], now: datetime
) -> None:
    """Note what is about to be sent."""
    insert(connection, journal, [_row(community, run, token, entry, now) for entry in entries])


def _row(community: str, run: str, token: int, entry: Entry, now: datetime) -> dict[str, Any]:
    step = entry.step
    changed = {name: [old, new] for name, (old, new) in step.fields.items()}
    return {
        "id": entry.id,
        "run": run,
        "community": community,
        "space": step.space,
        "record": step.record,
        "remote": step.remote,
        "type": step.type.value,
        "verb": step.verb.value,
        "kind": step.kind,
        "title": step.title,
        "fields": dumps(changed),
        "view": fields_text(step.view),
        "reason": step.reason,
        "state": StepState.INTENT.value,
        "message": None,
        "token": token,
        "at": now.isoformat(),
        "answered_at": None,
    }


_CONCLUDE = Bulk(
    lambda _: (
        update(journal)
        .where(journal.c.id == bindparam("entry"))
        .values(
            state=bindparam("new_state"),
            message=bindparam("why"),
            remote=bindparam("found"),
            answered_at=bindparam("then"),
        )
    )
)


def write_outcomes(connection: Connection, outcomes: Sequence[Outcome], now: datetime) -> None:
    """Note what became of steps."""
    then = now.isoformat()
    rows = [
        {"entry": one.id, "new_state": one.state.value, "why": one.message, "found": one.remote, "then": then}
        for one in outcomes
    ]
    _CONCLUDE(connection, rows)


OPEN = or_(journal.c.state == StepState.INTENT.value, journal.c.state == StepState.UNCERTAIN.value)
_COLUMNS = ("id", "space", "record", "remote", "type", "verb", "kind", "view", "at")
_UNANSWERED = (
    select(*(journal.c[name] for name in _COLUMNS))
    .where(journal.c.community == bindparam("community"), OPEN)
    .order_by(journal.c.at, journal.c.id)
)


def unanswered(connection: Connection, community: str) -> list[Open]:
    """Return the steps of earlier runs whose outcome is not known, oldest first."""
    return list(each("journal", connection.execute(_UNANSWERED, {"community": community}), _open))


def _open(row: Sequence[Any]) -> Open:
    identity, space, record, remote, kind_of_record, verb, kind, view, at = row
    kind_of_record = RecordType(kind_of_record)
    return Open(
        id=identity,
        space=space,
        record=record,
        remote=remote,
        type=kind_of_record,
        verb=Verb(verb),
        kind=kind,
        view=fields_of(kind_of_record, view),
        at=datetime.fromisoformat(at),
    )
