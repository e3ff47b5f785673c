"""One run per community: a lease with a fencing token that grows with every holder."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from sqlalchemy import Engine, bindparam, select, update
from sqlalchemy.engine import Connection
from sqlalchemy.exc import IntegrityError

from domain.errors import Locked
from store.database import transaction
from store.process import Alive, Process, is_alive
from store.rows import each
from store.sql import insert
from store.tables import leases

LIFE_SECONDS = 120.0
"""A lease that is not renewed ends by itself after this long; one whose process is seen to be gone ends at once."""

SURE_SECONDS = LIFE_SECONDS / 2
"""So long after a renewal the lease is ours without asking; the rest is for a write under way, and for clocks."""


@dataclass(slots=True)
class Lease:
    """The right to write for a community; `token` fences off earlier holders.

    `sure_until` moves with every renewal: seconds since 1970 by the holder's clock.
    """

    community: str
    holder: str
    token: int
    sure_until: float = 0.0

    def renewed(self, now: datetime) -> None:
        """Take note of a renewal that was committed."""
        self.sure_until = now.timestamp() + SURE_SECONDS


@dataclass(frozen=True, slots=True)
class Holding:
    """Who holds a community, as the store has it; `expires` counts seconds since 1970."""

    community: str
    holder: str
    token: int
    since: datetime
    expires: float
    process: Process | None

    def is_over(self, now: datetime) -> bool:
        """Tell whether the lease may be taken over: it expired, or the process that held it is gone."""
        return self.expires <= now.timestamp() or is_alive(self.process) is Alive.NO


COLUMNS = ("community", "holder", "token", "since", "expires", "process")
_FIND = select(*(leases.c[name] for name in COLUMNS)).where(leases.c.community == bindparam("of"))
_FIND_TO_CHANGE = _FIND.with_for_update()
_OURS = (leases.c.community == bindparam("of"), leases.c.token == bindparam("ours"))
_TAKE_OVER = (
    update(leases)
    .where(*_OURS)
    .values({name: bindparam(f"new_{name}") for name in ("holder", "token", "since", "expires", "process")})
)
_PROLONG = update(leases).where(*_OURS).values(expires=bindparam("until"))


def acquire(engine: Engine, community: str, holder: str, process: Process | None, now: datetime) -> Lease:
    """Take the lease.

    Raises:
        Locked: another run holds it.
    """
    with transaction(engine) as connection:
        found = _found(connection, community, to_change=True)
        if found is None:
            lease = _first(connection, community, holder, process, now)
        elif found.is_over(now):
            lease = _take_over(connection, found, holder, process, now)
        else:
            raise Locked(found.holder, found.since)
    lease.renewed(now)
    return lease


def _found(connection: Connection, community: str, *, to_change: bool = False) -> Holding | None:
    rows = connection.execute(_FIND_TO_CHANGE if to_change else _FIND, {"of": community})
    return next(each("leases", rows, holding_of), None)


def holding_of(row: Sequence[Any]) -> Holding:
    """Read a lease's row, which holds COLUMNS in that order."""
    community, holder, token, since, expires, process = row
    return Holding(
        community, str(holder), int(token), datetime.fromisoformat(since), float(expires), Process.read(process)
    )


def _first(connection: Connection, community: str, holder: str, process: Process | None, now: datetime) -> Lease:
    row = {"community": community, "token": 1, **_values(holder, process, now)}
    try:
        insert(connection, leases, [row])
    except IntegrityError:
        raise Locked("a run that began at the same moment", now) from None
    return Lease(community, holder, 1)


def _take_over(connection: Connection, found: Holding, holder: str, process: Process | None, now: datetime) -> Lease:
    values = {f"new_{name}": value for name, value in _values(holder, process, now).items()}
    ours = {"of": found.community, "ours": found.token, "new_token": found.token + 1}
    connection.execute(_TAKE_OVER, {**ours, **values})
    return Lease(found.community, holder, found.token + 1)


def _values(holder: str, process: Process | None, now: datetime) -> dict[str, Any]:
    return {
        "holder": holder,
        "since": now.isoformat(),
        "expires": now.timestamp() + LIFE_SECONDS,
        "process": str(process) if process else None,
    }


def renew(connection: Connection, lease: Lease, now: datetime) -> None:
    """Prove inside a transaction that the lease is still ours, and prolong it; once committed, tell the lease.

    Raises:
        Locked: another run took over; nothing of this transaction may be kept.
    """
    if _prolong(connection, lease, now.timestamp() + LIFE_SECONDS):
        return
    found = _found(connection, lease.community)
    raise Locked(found.holder if found else "a restored store", found.since if found else now)


def _prolong(connection: Connection, lease: Lease, until: float) -> bool:
    kept = connection.execute(_PROLONG, {"of": lease.community, "ours": lease.token, "until": until})
    return kept.rowcount == 1


def release(engine: Engine, lease: Lease) -> None:
    """Give the lease back; a later holder's lease is left alone."""
    with transaction(engine) as connection:
        _prolong(connection, lease, 0.0)


def held(connection: Connection, now: datetime) -> Holding | None:
    """Return a holder of any community at all, or None."""
    rows = connection.execute(select(*(leases.c[name] for name in COLUMNS)).order_by(leases.c.community))
    return next((found for found in each("leases", rows, holding_of) if not found.is_over(now)), None)


def present(connection: Connection, community: str) -> Holding | None:
    """Return the last holder of a community, unless its process is seen to be gone."""
    found = _found(connection, community)
    return None if found is None or is_alive(found.process) is Alive.NO else found
