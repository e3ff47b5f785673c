"""Counts what people answered to messages, at most once a day per channel; their words stay where they are."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from datetime import datetime, timedelta

from connectors.channel import CountsReplies, Sender
from domain.announcements.message import Message, MessageState
from store import messages
from store.leases import Lease
from store.store import Store

EVERY = timedelta(days=1)
"""Microsoft asks not to poll messages more often (Teams: "polling" limits of chatMessage)."""
COUNTED_FOR = timedelta(days=30)
"""Replies to older messages are no longer counted."""
OVERLAP = timedelta(hours=1)
"""So much of the time before is looked at again, whatever the clocks say."""


async def count_replies(
    journal: Sequence[Message], store: Store, lease: Lease, sender: Callable[[], Sender], now: datetime
) -> None:
    """Note how many replies each message has that was sent in the last weeks, unless that was done within a day.

    Raises:
        Retriable, Paused, ConnectAgain: they cannot be counted now; the next run tries again.
    """
    standing = [one for one in journal if _stands(one, now)]
    if not standing:
        return
    with store.reading() as connection:
        counted = messages.counted_at(connection, lease.community, standing[0].channel)
    if counted is not None and now - counted < EVERY:
        return
    asked = sender()
    if not isinstance(asked, CountsReplies):
        return
    found = await asked.replies((counted or now - COUNTED_FOR) - OVERLAP)
    with store.writing(lease, now) as connection:
        for one in standing:
            messages.count_replies(connection, one.id, found.get(one.remote or "", one.replies or 0), now)


def _stands(message: Message, now: datetime) -> bool:
    return (
        message.state is MessageState.SENT
        and message.remote is not None
        and message.sent_at is not None
        and now - message.sent_at < COUNTED_FOR
    )
