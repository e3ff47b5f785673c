"""What is to be done about an outbox when a while has passed. Pure, and the same answer twice does nothing twice."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta

from domain.outbox.item import Item, moved
from domain.outbox.states import WAITING, Event, State

REMIND_AFTER = timedelta(days=3)
"""Moderators of a channel hear of what waits at most this often."""

_NOBODY = "nobody posted it in time"
_UNHEARD = "no link was given; perhaps the post waits for approval in the group, or was rejected there"


@dataclass(frozen=True, slots=True)
class Tending:
    """What is due: items that expire (as they are then), and those to remind of, if anybody."""

    expired: Sequence[Item]
    remind: Sequence[Item]


def due(items: Iterable[Item], now: datetime) -> Tending:
    """Return what is due for the items of one channel."""
    everything = list(items)
    over = [item for item in everything if item.state in WAITING and now >= item.expires_at]
    expired = [moved(item, Event.EXPIRE, now, note=_UNHEARD if item.handed_out_at else _NOBODY) for item in over]
    gone = {item.id for item in over}
    waiting = [item for item in everything if item.state in WAITING and item.id not in gone]
    return Tending(expired, waiting if _may_remind(everything, now) else [])


def _may_remind(items: Iterable[Item], now: datetime) -> bool:
    """Tell whether the moderators were left in peace for long enough, whatever became of what they were reminded of."""
    last = max((item.reminded_at for item in items if item.reminded_at), default=None)
    return last is None or now - last >= REMIND_AFTER


def counts(items: Iterable[Item]) -> dict[str, int]:
    """Return how many items are in each state, every state named."""
    found = dict.fromkeys((state.value for state in State), 0)
    for item in items:
        found[item.state.value] += 1
    return found
