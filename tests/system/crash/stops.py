"""Where a run can be kept waiting inside its store: the database itself does it, and copsync knows nothing of it."""

from __future__ import annotations

from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class Stop:
    """A place in a run, as the statement before which it waits.

    Attributes:
        name: what has been kept by then, and what has not.
        before: the event of a trigger: `INSERT ON table` or `UPDATE ON table`.
        when: the trigger's condition; NEW is the row to be written.
        at_commit: wait while the transaction is being committed, which then happens though nobody hears of it
            (PostgreSQL only; SQLite commits inside the process that is killed).
    """

    name: str
    before: str
    when: str
    at_commit: bool = False


_DONE = "EXISTS (SELECT 1 FROM journal WHERE state = 'done')"
_ENDED = "EXISTS (SELECT 1 FROM runs WHERE state <> 'running')"

STOPS = (
    Stop("leased, not begun", "UPDATE ON leases", "NOT EXISTS (SELECT 1 FROM runs)"),
    Stop("begun, nothing read", "UPDATE ON leases", "EXISTS (SELECT 1 FROM runs)"),
    Stop("read, nothing taken in", "INSERT ON records", "NEW.type <> 'member'"),
    Stop("records taken in, no links", "INSERT ON links", "1 = 1"),
    Stop("links taken in, no cursors", "INSERT ON cursors", "1 = 1"),
    Stop("taken in, no intents", "INSERT ON journal", "1 = 1"),
    Stop("intents, nothing sent", "INSERT ON journal", "EXISTS (SELECT 1 FROM journal WHERE space <> NEW.space)"),
    Stop("all answered, no outcome", "UPDATE ON journal", f"NOT {_DONE}"),
    Stop("half of the outcomes", "UPDATE ON journal", "(SELECT count(*) FROM journal WHERE state = 'done') = 20"),
    Stop("outcomes, not their links", "INSERT ON links", _DONE),
    Stop("outcomes of one batch", "UPDATE ON leases", _DONE),
    Stop("all outcomes, not ended", "UPDATE ON runs", "1 = 1"),
    Stop("ended, not released", "UPDATE ON leases", _ENDED),
)
"""Every transition of the journal in a first sync, in the order in which they come."""

COMMITS = (
    Stop("begun while killed", "INSERT ON runs", "1 = 1", at_commit=True),
    Stop("taken in while killed", "INSERT ON cursors", "1 = 1", at_commit=True),
    Stop("intents kept while killed", "INSERT ON journal", "1 = 1", at_commit=True),
    Stop("outcomes kept while killed", "UPDATE ON journal", "1 = 1", at_commit=True),
    Stop("ended while killed", "UPDATE ON runs", "1 = 1", at_commit=True),
    Stop("released while killed", "UPDATE ON leases", _ENDED, at_commit=True),
)
"""Transactions that a server completes although the process that sent COMMIT is dead."""
