"""One-time links to the page of the outbox.

A link holds 256 random bits and nothing else; the store keeps their digest, for whom it is, until when, and whether it
was opened. So it cannot be guessed, forged or stretched, a copy of the store opens nothing, and no key is to be kept.
Opening it is a deed of its own: programs that look at links in mails do not use it up. It leaves a session with the
browser that opened it, kept in the same way.
"""

from __future__ import annotations

import hmac
import re
import secrets
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from enum import StrEnum
from hashlib import sha256

from sqlalchemy import bindparam, delete, insert, select, update

from store.database import transaction
from store.store import Store
from store.tables import outbox_links as table
from sync.outbox.place import Place

LIFE = timedelta(days=4)
"""A link is good a little longer than until the next reminder."""
SESSION = timedelta(hours=12)
PATH = "/outbox/{}"
PORT = 8766

_TOKEN = re.compile(r"[A-Za-z0-9_-]{43}")
_NAMES = ("community", "channel", "moderator", "expires_at", "opened_at", "session_ends_at")
_BY_LINK = select(*(table.c[name] for name in _NAMES)).where(table.c.digest == bindparam("digest"))
_BY_SESSION = select(*(table.c[name] for name in _NAMES)).where(table.c.session == bindparam("digest"))
_OPEN = update(table).where(
    table.c.digest == bindparam("which"), table.c.opened_at.is_(None), table.c.expires_at > bindparam("moment")
)


class Standing(StrEnum):
    """What a link is good for."""

    GOOD = "good"
    OPENED = "opened"  # once is all
    EXPIRED = "expired"
    UNKNOWN = "unknown"


@dataclass(frozen=True, slots=True)
class Visit:
    """A session: whose outbox it shows, and to whom."""

    community: str
    channel: str
    moderator: str


def make(store: Store, place: Place, moderator: str, now: datetime) -> str:
    """Return the token of a new link, told once. Links that are long over are let go of.

    Raises:
        StoreProblem: it could not be kept.
    """
    token = secrets.token_urlsafe(32)
    row = {
        "digest": _digest(token),
        "community": place.community,
        "channel": place.channel,
        "moderator": moderator,
        "created_at": now.isoformat(),
        "expires_at": (now + LIFE).isoformat(),
    }
    with transaction(store.engine) as connection:
        connection.execute(delete(table).where(table.c.expires_at < (now - 10 * LIFE).isoformat()))
        connection.execute(insert(table).values(**row))
    return token


def standing(store: Store, token: str, now: datetime) -> Standing:
    """Return what a link is good for; looking does not use it up."""
    with store.reading() as connection:
        row = connection.execute(_BY_LINK, {"digest": _digest(token)}).first()
    if row is None:
        return Standing.UNKNOWN
    if row.opened_at:
        return Standing.OPENED
    return Standing.EXPIRED if row.expires_at <= now.isoformat() else Standing.GOOD


def open_once(store: Store, token: str, now: datetime) -> str | None:
    """Use a link up and return the token of a session, or None where it is no longer good; of two, one wins."""
    session = secrets.token_urlsafe(32)
    values = {
        "opened_at": now.isoformat(),
        "session": _digest(session),
        "session_ends_at": (now + SESSION).isoformat(),
    }
    with transaction(store.engine) as connection:
        asked = {"which": _digest(token), "moment": now.isoformat()}
        won = connection.execute(_OPEN.values(**values), asked).rowcount
    return session if won else None


def visit(store: Store, session: str, now: datetime) -> Visit | None:
    """Return what a session shows, or None where there is none, or no longer."""
    with store.reading() as connection:
        row = connection.execute(_BY_SESSION, {"digest": _digest(session)}).first()
    if row is None or row.session_ends_at <= now.isoformat():
        return None
    return Visit(row.community, row.channel, row.moderator)


def form_key(session: str) -> str:
    """Return what a form of this session must bring along, so that no other page can send one in its name."""
    return hmac.new(session.encode("ascii", "replace"), b"outbox form", sha256).hexdigest()


def is_own_form(session: str, key: str) -> bool:
    """Tell whether a form comes from a page of this session."""
    return hmac.compare_digest(form_key(session).encode(), key.encode("utf-8", "replace"))


def revoke(store: Store, places: Sequence[Place], now: datetime) -> int:
    """End every link and session of some places; return how many were still good."""
    count = 0
    with transaction(store.engine) as connection:
        for place in places:
            here = (table.c.community == place.community, table.c.channel == place.channel)
            good = (table.c.expires_at > now.isoformat()) | (table.c.session_ends_at > now.isoformat())
            ended = update(table).where(*here, good)
            values = {"expires_at": now.isoformat(), "session_ends_at": now.isoformat()}
            count += connection.execute(ended.values(**values)).rowcount
    return count


def _digest(token: str) -> str:
    return sha256((token if _TOKEN.fullmatch(token) else "-").encode("ascii")).hexdigest()
