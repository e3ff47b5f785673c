"""After a store was restored from a backup: nothing in it may be taken for what the tools last agreed on."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import datetime

from sqlalchemy import case, delete, exists, func, insert, select, update
from sqlalchemy.engine import Connection

from domain.changes import LONG_AGO
from domain.intake import IMPORT
from domain.plan import LinkState
from store.rows import each
from store.tables import approvals, channels, cursors, leases, links, records, set_aside

STEP = 1_000_000
"""By so much the tokens grow where nobody knows how far the lost store had counted."""


def tokens(connection: Connection) -> dict[str, int]:
    """Return how far each community's fencing tokens have counted."""
    rows = connection.execute(select(leases.c.community, leases.c.token))
    return dict(each("leases", rows, lambda row: (row[0], int(row[1]))))


def forget_bases(connection: Connection, now: datetime, above: Mapping[str, int] | None = None) -> None:
    """Let the next run compare everything anew, as at first contact, and fence off every earlier holder.

    Links keep their identity and lose what was agreed; cursors, approvals and what was set aside go. What was still to
    be deleted or withdrawn when the backup was made is not: who wants it gone now can delete it now. Channels take what
    there is now for known, so that nothing is said twice.

    Args:
        connection: inside of a transaction.
        now: when, as an aware datetime.
        above: how far the tokens of the store that is replaced had counted, or None if nobody knows.
    """
    connection.execute(update(links).values(base="{}", sent="{}", version="", state=_PRESENT_STATE))
    connection.execute(update(records).where(records.c.deleted, exists().where(*_LIVE_LINK)).values(deleted=False))
    for table in (cursors, approvals, set_aside):
        connection.execute(delete(table))
    connection.execute(update(channels).values(seen_at=LONG_AGO.isoformat()))
    _fence_off(connection, now, above)


_PRESENT_STATE = case(
    (links.c.state == LinkState.WITHDRAW.value, LinkState.LIVE.value),
    (links.c.state == LinkState.RESTORE.value, LinkState.GONE.value),
    else_=links.c.state,
)
_LIVE_LINK = (
    links.c.community == records.c.community,
    links.c.whole == records.c.id,
    links.c.state == LinkState.LIVE.value,
    links.c.space != IMPORT,
)


def _fence_off(connection: Connection, now: datetime, above: Mapping[str, int] | None) -> None:
    found = tokens(connection)
    known = above if above is not None else {}
    step = 1 if above is not None else STEP
    connection.execute(delete(leases))
    for community in sorted({*found, *known, *_communities(connection)}):
        token = max(found.get(community, 0), known.get(community, 0)) + step
        row = {"community": community, "holder": "a restored store", "since": now.isoformat(), "expires": 0.0}
        connection.execute(insert(leases).values(**row, token=token))


def _communities(connection: Connection) -> set[str]:
    return set(connection.scalars(select(records.c.community).distinct()))


def counts(connection: Connection) -> tuple[int, int]:
    """Return how many records (members aside) there are, and of how many communities."""
    query = select(func.count(), func.count(records.c.community.distinct())).where(records.c.type != "member")
    found, communities = connection.execute(query).one()
    return found, communities
