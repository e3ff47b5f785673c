"""How the outboxes of a community stand, for its status: assisted, and never silently in order."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from domain.outbox.states import POSTED, WAITING, State
from domain.outbox.tend import counts
from store.store import Store
from sync.outbox import desk
from sync.outbox.place import Place

Json = dict[str, Any]


def assisted(store: Store, places: Sequence[Place]) -> list[Json]:
    """Return, for each group, how many texts wait for a moderator, in which states, and when one was posted last."""
    return [_of(store, place) for place in places]


def _of(store: Store, place: Place) -> Json:
    items = desk.items(store, place)
    posted = max((item.changed_at for item in items if item.state in POSTED), default=None)
    return {
        "channel": place.channel,
        "state": "assisted",
        "waiting": sum(item.state in WAITING for item in items),
        "unconfirmed": sum(item.state is State.CLAIMED for item in items),
        "states": counts(items),
        "posted_at": posted.isoformat() if posted else None,
    }
