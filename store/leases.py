"""One run per community: a lease with a fencing token that grows with every holder."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime

from sqlalchemy import Engine, insert, select, update
from sqlalchemy.engine import Connection
from sqlalchemy.exc import IntegrityError

from domain.errors import Locked
from store.database import transaction
from store.tables import leases

LIFE_SECONDS = 120.0
"""A dead holder's lease ends by itself after this long without a renewal."""


@dataclass(frozen=True, slots=True)
class Lease:
    """The right to write for a community until it expires; `token` fences off earlier holders."""

    community: str
    holder: str
    token: int


def acquire(engine: Engine, community: str, holder: str, now: datetime) -> Lease:
    """Take the lease.

    Raises:
        Locked: another run holds it.
    """
    expires = now.timestamp() + LIFE_SECONDS
    with transaction(engine) as connection:
        found = connection.execute(select(leases).where(leases.c.community == community)).mappings().first()
        if found is None:
            return _first(connection, community, holder, now, expires)
        taken = connection.execute(
            update(leases)
            .where(
                leases.c.community == community,
                leases.c.token == found["token"],
                leases.c.expires <= now.timestamp(),
            )
            .values(holder=holder, token=found["token"] + 1, since=now.isoformat(), expires=expires)
        )
    if taken.rowcount != 1:
        raise Locked(found["holder"], datetime.fromisoformat(found["since"]))
    return Lease(community, holder, found["token"] + 1)


def _first(connection: Connection, community: str, holder: str, now: datetime, expires: float) -> Lease:
    try:
        connection.execute(
            insert(leases).values(community=community, holder=holder, token=1, since=now.isoformat(), expires=expires)
        )
    except IntegrityError:
        raise Locked("a run that began at the same moment", now) from None
    return Lease(community, holder, 1)


def renew(connection: Connection, lease: Lease, now: datetime) -> None:
    """Prove inside a transaction that the lease is still ours, and prolong it.

    Raises:
        Locked: another run took over; nothing of this transaction may be kept.
    """
    kept = connection.execute(
        update(leases)
        .where(leases.c.community == lease.community, leases.c.token == lease.token)
        .values(expires=now.timestamp() + LIFE_SECONDS)
    )
    if kept.rowcount != 1:
        row = connection.execute(select(leases).where(leases.c.community == lease.community)).mappings().one()
        raise Locked(row["holder"], datetime.fromisoformat(row["since"]))


def release(engine: Engine, lease: Lease) -> None:
    """Give the lease back; a later holder's lease is left alone."""
    with transaction(engine) as connection:
        connection.execute(
            update(leases)
            .where(leases.c.community == lease.community, leases.c.token == lease.token)
            .values(expires=0.0)
        )
