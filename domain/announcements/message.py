"""A message: one thing in one revision, said once in one channel; and the ways its state may go."""

from __future__ import annotations

import json
from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import datetime
from enum import StrEnum
from hashlib import blake2b
from typing import Any

from domain.announcements.channel import Topic
from domain.values import Fields


class MessageState(StrEnum):
    """Where a message stands.

    ::

        known                          it was there when the channel was connected: never said
        planned ──> sending ──> sent   said; `remote` and `url` where the place gave them
           │ ▲          ├─────> refused      the place will not have it; a person is told
           │ └──────────┤                    nothing left: planned again
           │            └─────> unclear      it may have arrived; never sent again unless the place can tell
           └─> superseded                    a newer revision, or nothing left to say
    """

    KNOWN = "known"
    PLANNED = "planned"
    SENDING = "sending"
    SENT = "sent"
    UNCLEAR = "unclear"
    REFUSED = "refused"
    SUPERSEDED = "superseded"


NEXT: Mapping[MessageState, frozenset[MessageState]] = {
    MessageState.PLANNED: frozenset({MessageState.SENDING, MessageState.SUPERSEDED}),
    MessageState.SENDING: frozenset(
        {MessageState.PLANNED, MessageState.SENT, MessageState.UNCLEAR, MessageState.REFUSED}
    ),
    MessageState.UNCLEAR: frozenset({MessageState.PLANNED, MessageState.SENT, MessageState.REFUSED}),
}
"""What may follow; the other states are ends. An edit that was sent makes the message it changed superseded."""

ARRIVED = frozenset({MessageState.KNOWN, MessageState.SENT, MessageState.UNCLEAR})
"""States in which a channel is taken to know what a message says."""


class How(StrEnum):
    """How something is said."""

    POST = "post"  # for the first time
    EDIT = "edit"  # in place of the message before
    CORRECT = "correct"  # as a message that follows up


@dataclass(frozen=True, slots=True)
class Message:
    """One message, as the journal keeps it.

    `thing` and `revision` say what it is about, `facts` what it says of that, and `off` that it was called off.
    `within` names the message that says this one together with others. `edits` is the platform's id of the message that
    is to be changed. `remote`, `url` and `replies` are the platform's; `digest` is that of what was sent (`digest_of`).
    """

    id: str
    channel: str
    thing: str
    revision: int
    topic: Topic
    state: MessageState
    planned_at: datetime
    facts: Fields = field(default_factory=dict)
    off: bool = False
    how: How = How.POST
    within: str | None = None
    edits: str | None = None
    title: str = ""
    remote: str | None = None
    url: str | None = None
    digest: str | None = None
    sent_at: datetime | None = None
    reason: str = ""
    replies: int | None = None


def message_id(community: str, channel: str, thing: str, revision: int) -> str:
    """Return the id of what is said: the same thing in the same revision is one message, whoever plans it."""
    return blake2b("\0".join((community, channel, thing, str(revision))).encode(), digest_size=12).hexdigest()


def digest_of(said: str | Mapping[str, Any]) -> str:
    """Return the digest by which a text, or a card, is known again: white space and the order of keys do not count."""
    text = said if isinstance(said, str) else json.dumps(said, sort_keys=True)
    return blake2b(" ".join(text.split()).encode(), digest_size=16).hexdigest()
