"""How the outboxes of a community stand, for its status: assisted, and never silently in order."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime
from typing import Any

from domain.announcements.message import MessageState
from domain.outbox.states import POSTED, WAITING, State
from domain.outbox.tend import counts
from store import messages
from store.store import Store
from sync.outbox import desk
from sync.outbox.place import Place

Json = dict[str, Any]


def assisted(store: Store, places: Sequence[Place]) -> list[Json]:
    """Return, for each group, what waits for a moderator and until when, what is to be laid in, and the last post."""
    return [_of(store, place) for place in places]


def _of(store: Store, place: Place) -> Json:
    items = desk.items(store, place)
    planned = _planned(store, place, {item.message for item in items})
    waiting = [item for item in items if item.state in WAITING]
    posted = max((item for item in items if item.state in POSTED), key=lambda item: item.changed_at, default=None)
    since, until = (item.created_at for item in waiting), (item.expires_at for item in waiting)
    return {
        "channel": place.channel,
        "state": "assisted",
        "waiting": len(waiting),
        "planned": planned,
        "waits_since": _text(min(since, default=None)),
        "until": _text(min(until, default=None)),
        "unconfirmed": sum(item.state is State.CLAIMED for item in items),
        "states": counts(items),
        "posted_at": _text(posted.changed_at if posted else None),
        "posted": posted.title if posted else None,
    }


def _planned(store: Store, place: Place, laid_in: set[str]) -> int:
    """Return how many messages wait that are not laid into the outbox yet; tending it does that."""
    with store.reading() as connection:
        journal = messages.of_channel(connection, place.community, place.channel)
    return sum(one.state is MessageState.PLANNED and one.within is None and one.id not in laid_in for one in journal)


def _text(moment: datetime | None) -> str | None:
    return moment.isoformat() if moment is not None else None
