"""The addresses of calendar feeds. Of a token only its digest is kept, so that no copy of the store opens a feed."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass, replace
from datetime import datetime
from typing import Any

from sqlalchemy import bindparam, insert, select, update
from sqlalchemy.engine import Connection

from store.rows import each
from store.tables import feeds


@dataclass(frozen=True, slots=True)
class Feed:
    """One address: whose it is (None for those of the whole community) and whether it still answers."""

    id: str
    community: str
    kind: str
    member: str | None
    email: str | None
    created_at: datetime
    revoked_at: datetime | None = None


_COLUMNS = [
    feeds.c[name] for name in ("id", "community", "kind", "member", "email", "created_at", "revoked_at")
]  # fmt: skip
_ONE = select(*_COLUMNS).where(feeds.c.digest == bindparam("digest"))
_OF_COMMUNITY = (
    select(*_COLUMNS).where(feeds.c.community == bindparam("community")).order_by(feeds.c.created_at, feeds.c.id)
)
_REVOKE = (
    update(feeds)
    .where(feeds.c.id == bindparam("which"), feeds.c.revoked_at.is_(None))
    .values(revoked_at=bindparam("at"))
)


def add(connection: Connection, feed: Feed, digest: str) -> None:
    """Keep a new address by the digest of its token."""
    row = {"digest": digest, "created_at": feed.created_at.isoformat(), "revoked_at": None}
    names = ("id", "community", "kind", "member", "email")
    connection.execute(insert(feeds).values(**row, **{name: getattr(feed, name) for name in names}))


def find(connection: Connection, digest: str) -> Feed | None:
    """Return the address with that digest, also a revoked one, or None."""
    return next(each("feeds", connection.execute(_ONE, {"digest": digest}), _feed), None)


def of_community(connection: Connection, community: str) -> list[Feed]:
    """Return every address of a community, the oldest first."""
    return list(each("feeds", connection.execute(_OF_COMMUNITY, {"community": community}), _feed))


def revoke(connection: Connection, which: Iterable[Feed], now: datetime) -> list[Feed]:
    """Let addresses answer no more; return them as they are now."""
    revoked = [replace(feed, revoked_at=now) for feed in which]
    if revoked:
        connection.execute(_REVOKE, [{"which": feed.id, "at": now.isoformat()} for feed in revoked])
    return revoked


def _feed(row: Any) -> Feed:
    identity, community, kind, member, email, created, revoked = row
    ended = datetime.fromisoformat(revoked) if revoked else None
    return Feed(identity, community, kind, member, email, datetime.fromisoformat(created), ended)
