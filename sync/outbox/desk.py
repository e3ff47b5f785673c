"""What moderators do with the items of an outbox. Each deed is one transaction and may be done twice."""

from __future__ import annotations

import re
from collections.abc import Iterable, Sequence
from dataclasses import replace
from datetime import datetime

from sqlalchemy.engine import Connection

from connectors.linkedin.permalink import parse, prove
from domain.errors import ConfigProblem, Stale
from domain.outbox.item import Item, claimed, moved, released, verified
from domain.outbox.states import Event, State
from store import outbox
from store.database import transaction
from store.store import Store
from sync.outbox.place import Place

PREFIX = "out-"
_ID = re.compile(r"[a-z0-9-]{1,40}")


def items(store: Store, place: Place, states: Iterable[State] = State) -> list[Item]:
    """Return the items of a place that are in one of these states, the oldest first."""
    with store.reading() as connection:
        return outbox.of_channel(connection, place.community, place.channel, states)


def item_of(store: Store, places: Sequence[Place], which: str) -> tuple[Place, Item]:
    """Return the item that an id or its beginning means, and its place.

    Raises:
        ConfigProblem: none is meant, or several.
    """
    begin = which if which.startswith(PREFIX) else PREFIX + which
    if not places or not _ID.fullmatch(begin):
        raise _unknown(which)
    with store.reading() as connection:
        communities = dict.fromkeys(place.community for place in places)
        found = [item for community in communities for item in outbox.beginning(connection, community, begin)]
    known = {(place.community, place.channel): place for place in places}
    here = [(known[item.community, item.channel], item) for item in found if (item.community, item.channel) in known]
    if len(here) == 1:
        return here[0]
    if here:
        names = ", ".join(item.id for _, item in here)
        raise ConfigProblem(f"“{which}” begins several items: {names}.", mend="Give more of the id.")
    raise _unknown(which)


def _unknown(which: str) -> ConfigProblem:
    return ConfigProblem(f"There is no item “{which[:80]}” in the outbox.", mend="`copsync outbox --all` lists them.")


def put(store: Store, place: Place, new: Sequence[Item], now: datetime) -> int:
    """Take new items in; what waits and tells an earlier revision of the same thing is superseded. Return how many."""
    with transaction(store.engine) as connection:
        waiting = outbox.waiting(connection, place.community, place.channel)
        for item in new:
            for older in waiting:
                if older.thing == item.thing and older.revision < item.revision:
                    outbox.save(connection, older, moved(older, Event.SUPERSEDE, now, note=item.id))
        return outbox.add(connection, new)


def hand_out(store: Store, which: Sequence[Item], by: str, now: datetime) -> list[Item]:
    """Note that a moderator has the texts; from now on a post can be claimed for them.

    What cannot be handed out - a draft, something posted - is returned as it is.
    """
    with transaction(store.engine) as connection:
        return [_handed_out(connection, item, by, now) for item in which]


def _handed_out(connection: Connection, item: Item, by: str, now: datetime) -> Item:
    if item.state is not State.READY:  # handing out again changes nothing
        return item
    after = moved(item, Event.HAND_OUT, now, by)
    try:
        outbox.save(connection, item, after)
    except Stale:  # another moderator was faster; what they made of it stands
        return outbox.beginning(connection, item.community, item.id)[0]
    return after


def claim(store: Store, place: Place, item: Item, link: str, by: str, now: datetime) -> Item:
    """Take the link of the post that a moderator made from an item; return the item, claimed or verified.

    Raises:
        ConfigProblem: the link is no post of this group and time, or stands for another item; nothing changes.
        Stale: the item was changed meanwhile.
    """
    post = parse(link)
    if item.post == post.urn:
        return item
    since = item.handed_out_at
    if since is None or item.post is not None:
        moved(item, Event.CLAIM, now)  # says why not
    evidence = prove(post, place.group, since or now, now)
    after = claimed(item, post.urn, now, by, evidence)
    if place.proof == 1:
        after = verified(after, 1, now, "copsync", evidence)
    with transaction(store.engine) as connection:
        outbox.save(connection, item, after)
    return after


def release(store: Store, item: Item, by: str, now: datetime) -> Item:
    """Take a claim back, so that the right link can be given.

    Raises:
        ConfigProblem: there is none.
        Stale: the item was changed meanwhile.
    """
    return _save(store, item, released(item, now, by))


def move(store: Store, item: Item, event: Event, by: str, now: datetime, place: Place) -> Item:
    """Approve, cancel or reinstate an item; what is reinstated gets a new term.

    Raises:
        ConfigProblem: that is not possible now.
        Stale: the item was changed meanwhile.
    """
    after = moved(item, event, now, by)
    return _save(store, item, renewed(after, now, place) if event is Event.REINSTATE else after)


def renewed(item: Item, now: datetime, place: Place) -> Item:
    """Return an item with a whole term before it."""
    return replace(item, expires_at=max(item.expires_at, now + place.term))


def _save(store: Store, before: Item, after: Item) -> Item:
    with transaction(store.engine) as connection:
        outbox.save(connection, before, after)
    return after
