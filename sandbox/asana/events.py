"""Event streams with sync tokens, behaving as Asana's GET /events does, expiry and all.

A stream exists from the first token handed out for a project or task; what happened before is unknown to it.
A token opens the events after it, 100 at a time, and stays good until the token of the following call was
used (Asana: Events). Asking again with the current token repeats its events, followed by newer ones.
"""

import hashlib
import itertools
from collections.abc import Iterable
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from typing import Any

from sandbox.asana.errors import RefusedError

BATCH = 100
"""Most events in one answer."""
LONGEST_LIFE = timedelta(hours=24)
"""Age at which Asana drops every sync token."""

_TOO_OLD = (
    "Sync token invalid or too old. If you are attempting to keep resources in sync, you must fetch the full "
    "dataset for this query now and use the new sync token for the next sync."
)


@dataclass(frozen=True, slots=True)
class Ref:
    """An object as an event names it: a snapshot, so that a later rename or deletion does not alter it."""

    gid: str
    resource_type: str
    name: str
    resource_subtype: str | None = None


@dataclass(frozen=True, slots=True)
class Change:
    """Which field changed and how; ``value`` only where Asana gives one (it is another object)."""

    field: str
    action: str = "changed"
    value: Ref | None = None


@dataclass(frozen=True, slots=True)
class Event:
    """One thing that happened; ``user`` is None for what Asana itself did."""

    user: Ref | None
    resource: Ref
    action: str
    parent: Ref | None
    created_at: datetime
    change: Change | None


@dataclass(frozen=True, slots=True)
class Batch:
    """One answer of a stream and the token that continues it."""

    events: list[Event]
    sync: str
    has_more: bool


@dataclass(slots=True)
class _Token:
    stream: str
    user: str
    position: int
    issued_at: datetime
    before: str | None


@dataclass(slots=True)
class Streams:
    """All streams of a workspace.

    Attributes:
        life: age at which a token expires, or the number of later events that makes it too old.
        delay: how long an event takes to show up in its streams.
    """

    life: timedelta | int = LONGEST_LIFE
    delay: timedelta = timedelta(0)
    _events: dict[str, list[Event]] = field(default_factory=dict)
    _tokens: dict[str, _Token] = field(default_factory=dict)
    _numbers: Any = field(default_factory=lambda: itertools.count(1))

    def record(self, event: Event, streams: Iterable[str]) -> None:
        """Append an event to those of the named streams that anyone follows."""
        for gid in streams:
            if gid in self._events:
                self._events[gid].append(event)

    def read(self, stream: str, user: str, sync: str | None, now: datetime) -> Batch:
        """Return the events after a token.

        Raises:
            RefusedError: 412 with a fresh token beside the errors, when there is no good token.
        """
        token = self._tokens.get(sync or "")
        if token is None or self._is_stale(token, stream, user, now):
            fresh = self._issue(stream, user, len(self._events.setdefault(stream, [])), now, None)
            raise RefusedError(412, _TOO_OLD, beside={"sync": fresh})
        self._tokens.pop(token.before or "", None)
        visible = self._visible(stream, now)
        end = min(token.position + BATCH, max(visible, token.position))
        following = self._issue(stream, user, end, now, sync)
        return Batch(self._events[stream][token.position : end], following, has_more=visible > end)

    def expire(self) -> None:
        """Drop every token, as Asana may under load."""
        self._tokens.clear()

    def _is_stale(self, token: _Token, stream: str, user: str, now: datetime) -> bool:
        if (token.stream, token.user) != (stream, user):
            return True
        age = now - token.issued_at
        if isinstance(self.life, int):
            return age >= LONGEST_LIFE or len(self._events[stream]) - token.position > self.life
        return age >= min(self.life, LONGEST_LIFE)

    def _visible(self, stream: str, now: datetime) -> int:
        events = self._events[stream]
        count = len(events)
        while count and events[count - 1].created_at > now - self.delay:
            count -= 1
        return count

    def _issue(self, stream: str, user: str, position: int, now: datetime, before: str | None) -> str:
        name = hashlib.blake2s(f"{next(self._numbers)} {stream}".encode(), digest_size=16).hexdigest()
        self._tokens[name] = _Token(stream, user, position, now, before)
        return name
