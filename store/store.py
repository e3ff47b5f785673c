"""The store as the runs use it: every write proves the lease and happens whole or not at all."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from datetime import datetime
from pathlib import Path

from sqlalchemy import Engine
from sqlalchemy.engine import Connection

from domain.aside import Aside
from domain.plan import Link, Plan
from domain.records import Record
from domain.undo import Undone
from store import approvals, aside, journal, leases, retention, runs, state, undoing
from store.absorb import absorb
from store.approvals import Approved
from store.aside import Key
from store.database import open_engine, resolve, transaction
from store.journal import Entry, Open, Outcome
from store.leases import Lease
from store.process import this_process
from store.state import Cursor, Met, Wanted

PLAIN_SYNC = runs.Purpose()
NOBODY = Met()


class Store:
    """One database. Reads need no lease; every write renews it and is refused to a holder that was replaced."""

    def __init__(self, engine: Engine) -> None:
        self.engine = engine

    @classmethod
    def open(cls, url: str, folder: Path) -> Store:
        """Open the store; a relative SQLite path is counted from `folder`.

        Raises:
            ConfigProblem: the address cannot be used.
            StoreProblem: it cannot be opened, or a newer copsync wrote it.
        """
        return cls(open_engine(resolve(url, folder)))

    def close(self) -> None:
        """Close every connection."""
        self.engine.dispose()

    @contextmanager
    def reading(self) -> Iterator[Connection]:
        """Open a connection for the read functions of :mod:`store.state` and :mod:`store.runs`."""
        with transaction(self.engine, writes=False) as connection:
            yield connection

    @contextmanager
    def writing(self, lease: Lease, now: datetime) -> Iterator[Connection]:
        """Open a transaction that holds only while the lease is ours.

        Raises:
            Locked: another run took the community over.
        """
        with transaction(self.engine) as connection:
            leases.renew(connection, lease, now)
            yield connection
        lease.renewed(now)

    def acquire(self, community: str, holder: str, now: datetime) -> Lease:
        """Take the community for one run (see :func:`store.leases.acquire`)."""
        return leases.acquire(self.engine, community, holder, this_process(), now)

    def release(self, lease: Lease) -> None:
        """Give the community back."""
        leases.release(self.engine, lease)

    def renew(self, lease: Lease, now: datetime) -> None:
        """Prolong the lease."""
        with self.writing(lease, now):
            pass

    def assure(self, lease: Lease, now: datetime) -> None:
        """Make sure that the lease is still ours, before something is sent to a tool; cheap while it surely is.

        Raises:
            Locked: another run took the community over.
        """
        if now.timestamp() >= lease.sure_until:
            self.renew(lease, now)

    def known(self, community: str, space: str) -> dict[str, str]:
        """Return remote -> version of every live link of a space."""
        with self.reading() as connection:
            return state.known(connection, community, space)

    def load(self, community: str, wanted: Wanted) -> tuple[dict[str, Record], list[Link]]:
        """Return the wanted records and all their links."""
        with self.reading() as connection:
            return state.load(connection, community, wanted)

    def begin_run(
        self,
        lease: Lease,
        run: str,
        now: datetime,
        purpose: runs.Purpose = PLAIN_SYNC,
        released: Approved = frozenset(),
    ) -> None:
        """Note that a run begins, what it is for, and what a person releases with it."""
        with self.writing(lease, now) as connection:
            runs.begin(connection, run, lease.community, now, purpose)
            approvals.save(connection, lease.community, run, released, now)

    def end_run(self, lease: Lease, run: str, outcome: str, report: Mapping[str, object], now: datetime) -> None:
        """Note how a run ended."""
        with self.writing(lease, now) as connection:
            runs.end(connection, run, outcome, report, now)

    def prune(self, lease: Lease, before: datetime, now: datetime) -> int:
        """Delete the history from before a moment, at most once a day; return how many rows.

        What happened to records, settled steps, runs with their reports and decided conflicts go; a step without
        an outcome, an undecided conflict and the last run stay. Each portion is a transaction of its own, so that
        nobody waits for the whole.
        """
        with self.reading() as connection:
            if not retention.is_due(connection, lease.community, before):
                return 0
        deleted, chunks = 0, retention.MOST_CHUNKS
        for portion in retention.PORTIONS:
            found = retention.CHUNK
            while found == retention.CHUNK and chunks:
                with self.writing(lease, now) as connection:
                    found = retention.delete_portion(connection, portion, lease.community, before)
                deleted, chunks = deleted + found, chunks - 1
        return deleted

    def absorb(
        self,
        lease: Lease,
        run: str,
        plan: Plan,
        was_behind: frozenset[str],
        cursors: Mapping[str, Cursor],
        now: datetime,
        released_in: Iterable[str] = (),
        met: Met = NOBODY,
    ) -> None:
        """Keep what a plan takes in, with the cursors up to which it was read, in one transaction.

        `released_in` are spaces in which everything that a person had released is taken in now. `met` are those
        whom the plan met: nobody counts as met without it.
        """
        with self.writing(lease, now) as connection:
            state.save_members(connection, lease.community, met)
            absorb(connection, lease.community, run, plan, was_behind, now)
            state.save_cursors(connection, lease.community, cursors)
            approvals.drop(connection, lease.community, released_in)

    def take_back(self, lease: Lease, run: str, undone: Undone, now: datetime) -> None:
        """Keep what taking a run back makes of the hub."""
        with self.writing(lease, now) as connection:
            undoing.take_back(connection, lease.community, run, undone, now)

    def note_asides(self, lease: Lease, kept: Sequence[Aside], ended: Iterable[Key], now: datetime) -> None:
        """Note what failed once more, and what is well again."""
        with self.writing(lease, now) as connection:
            aside.save(connection, lease.community, kept, ended)

    def intend(self, lease: Lease, run: str, entries: Sequence[Entry], now: datetime) -> None:
        """Note what is about to be sent, before it is sent."""
        with self.writing(lease, now) as connection:
            journal.write_intents(connection, lease.community, run, lease.token, entries, now)

    def conclude(self, lease: Lease, outcomes: Sequence[Outcome], settled: Iterable[str], now: datetime) -> None:
        """Note what became of steps, move their links, and clear the records that every space now follows."""
        with self.writing(lease, now) as connection:
            journal.write_outcomes(connection, outcomes, now)
            moved = [outcome.link for outcome in outcomes if outcome.link]
            ended = [outcome.forget for outcome in outcomes if outcome.forget]
            state.save_links(connection, lease.community, moved, ended)
            state.mark_behind(connection, lease.community, settled, value=False)

    def unanswered(self, community: str) -> list[Open]:
        """Return the steps of earlier runs whose outcome is not known."""
        with self.reading() as connection:
            return journal.unanswered(connection, community)
