"""The journal: every step's intent before it is sent, its outcome after."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum
from typing import Any

from sqlalchemy import bindparam, insert, select, update
from sqlalchemy.engine import Connection

from domain.fields import RecordType
from domain.plan import Link, Step
from domain.values import Fields, to_json
from store.codec import dumps, fields_of, fields_text
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
    verb: str
    kind: str
    view: Fields
    at: datetime


def write_intents(
    connection: Connection, community: str, run: str, token: int, entries: Sequence[Entry], now: datetime
) -> None:
    """Note what is about to be sent."""
    if entries:
        connection.execute(insert(journal), [_row(community, run, token, entry, now) for entry in entries])


def _row(community: str, run: str, token: int, entry: Entry, now: datetime) -> dict[str, Any]:
    step = entry.step
    changed = {name: [to_json(old), to_json(new)] for name, (old, new) in step.fields.items()}
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


def write_outcomes(connection: Connection, outcomes: Sequence[Outcome], now: datetime) -> None:
    """Note what became of steps."""
    if not outcomes:
        return
    statement = (
        update(journal)
        .where(journal.c.id == bindparam("entry"))
        .values(
            state=bindparam("new_state"),
            message=bindparam("why"),
            remote=bindparam("found"),
            answered_at=now.isoformat(),
        )
    )
    rows = [
        {"entry": outcome.id, "new_state": outcome.state.value, "why": outcome.message, "found": outcome.remote}
        for outcome in outcomes
    ]
    connection.execute(statement, rows)


def unanswered(connection: Connection, community: str) -> list[Open]:
    """Return the steps of earlier runs whose outcome is not known, oldest first."""
    rows = connection.execute(
        select(journal)
        .where(
            journal.c.community == community,
            journal.c.state.in_((StepState.INTENT.value, StepState.UNCERTAIN.value)),
        )
        .order_by(journal.c.at, journal.c.id)
    ).mappings()
    return [_open(row) for row in rows]


def _open(row: Any) -> Open:
    kind = RecordType(row["type"])
    return Open(
        id=row["id"],
        space=row["space"],
        record=row["record"],
        remote=row["remote"],
        type=kind,
        verb=row["verb"],
        kind=row["kind"],
        view=fields_of(kind, row["view"]),
        at=datetime.fromisoformat(row["at"]),
    )
