"""Asks LinkedIn for a consenting moderator's own record, and confirms what it shows (proof level 2)."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from datetime import datetime

from connectors.http import HttpRefused
from connectors.linkedin import changelog
from connectors.linkedin.changelog import Cursor, Seen, matching
from connectors.linkedin.connection import LinkedInConnection
from connectors.linkedin.permalink import TOLERANCE, parse
from domain.errors import ConfigProblem, Paused
from domain.outbox.item import Item, claimed, verified
from domain.outbox.states import State
from store import outbox, outbox_reads
from store.database import transaction
from store.outbox_reads import Reads
from store.store import Store
from sync.outbox import desk
from sync.outbox.place import Place

LINKEDIN = "LinkedIn"


async def confirm(
    store: Store, place: Place, connection: LinkedInConnection, clock: Callable[[], datetime]
) -> list[Item]:
    """Return what LinkedIn confirmed: claims, and posts that nobody claimed. At most hourly; oftener asks nothing.

    What was confirmed is kept before the next read's beginning, so that a process that is killed loses nothing and
    the same event twice changes nothing.

    Raises:
        Paused: the moderator's record may not be read; they do not consent, or live elsewhere.
        ConnectAgain, Retriable, ConfigProblem: as the connection says; what was known before stays.
    """
    with store.reading() as reading:
        before = outbox_reads.load(reading, place.community, place.channel)
    connection.client.quota.stops.update(before.stops)
    cursor = Cursor(before.since, before.read_at) if before.read_at else None
    try:
        seen, after = await changelog.read(connection.client, place.group, cursor)
    except HttpRefused as refused:
        raise Paused(
            f"LinkedIn does not show the moderator's own record ({refused.words or refused.status}).",
            mend="Only members in the EEA or Switzerland can consent; without it, proof = 1 is all there is.",
        ) from None
    finally:
        _keep(store, place, Reads(before.since, before.read_at, dict(connection.client.quota.stops)))
    confirmed = _confirmed(store, place, seen, clock())
    _keep(store, place, Reads(after.since, after.read_at, dict(connection.client.quota.stops)))
    return confirmed


def _keep(store: Store, place: Place, reads: Reads) -> None:
    with transaction(store.engine) as connection:
        outbox_reads.save(connection, place.community, place.channel, reads)


def _confirmed(store: Store, place: Place, seen: Sequence[Seen], now: datetime) -> list[Item]:
    taken = {item.post for item in desk.items(store, place) if item.post}
    done: list[Item] = []
    for item in desk.items(store, place, (State.CLAIMED, State.HANDED_OUT, State.EXPIRED)):
        after = _after(place, item, [one for one in seen if one.urn == item.post or one.urn not in taken], now)
        if after is not None:
            with transaction(store.engine) as connection:
                outbox.save(connection, item, after)
            taken.add(after.post or "")
            done.append(after)
    return done


def _after(place: Place, item: Item, seen: Sequence[Seen], now: datetime) -> Item | None:
    """Return an item as LinkedIn's record makes it, None where that says nothing about it."""
    since = item.handed_out_at
    if since is None:
        return None
    same = next((one for one in seen if one.urn == item.post), None)
    found = same or matching(item.text, seen, since - TOLERANCE)
    if found is None:
        return None
    words = f"LinkedIn's own record shows it, made on {found.made_at:%Y-%m-%d %H:%M} UTC"
    if item.state is State.CLAIMED:
        return verified(item, 2, now, LINKEDIN, words)
    try:
        post = parse(found.urn)
    except ConfigProblem:
        return None  # the record names it in another way, so its link is still to be given
    return (
        verified(claimed(item, post.urn, now, LINKEDIN, words), 2, now, LINKEDIN, words)
        if post.group == place.group
        else None
    )
