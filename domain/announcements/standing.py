"""How a channel stands for whoever runs copsync: what was said, what waits, whether a person is needed. Pure."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from enum import StrEnum

from domain.announcements.message import Message, MessageState
from domain.errors import ConfigProblem, ConnectAgain, CopsyncError, Paused, Retriable, Uncertain

LOOKED_BACK = timedelta(days=30)
"""What is unclear or was set aside longer ago is of no use to anybody any more."""
LONGEST_WAIT = timedelta(days=1)
"""No place is left alone for longer, whatever it asks for."""


class Resting(StrEnum):
    """Why nothing can be said in a channel just now."""

    CONNECT_AGAIN = "connect again"  # a person signs in, or gives a new address
    PAUSED = "paused"  # the place is gone or not accessible
    TO_MEND = "to mend"  # a setting or a template is wrong
    LATER = "later"  # it passes by itself


NEEDS_PERSON = frozenset({Resting.CONNECT_AGAIN, Resting.PAUSED, Resting.TO_MEND})


@dataclass(frozen=True, slots=True)
class Rest:
    """A channel that could not be looked after: why, what to do, and since when, by our clock.

    `until` is the moment until which the place asked to be left alone, if it did.
    """

    why: Resting
    message: str
    mend: str
    since: datetime
    until: datetime | None = None

    def wait(self, now: datetime) -> Retriable | None:
        """Return why the place is not to be asked yet; None where it may be."""
        if self.until is None or not now < self.until <= now + LONGEST_WAIT:
            return None
        return Retriable(self.message, mend=self.mend, retry_after=(self.until - now).total_seconds())


def rest_of(problem: CopsyncError | None, now: datetime) -> Rest | None:
    """Return why a channel rests after a look after it; None where it goes on, if perhaps without one message."""
    if problem is None or isinstance(problem, Uncertain):
        return None
    return Rest(_why(problem), problem.message, problem.mend, now, _until(problem, now))


def _until(problem: CopsyncError, now: datetime) -> datetime | None:
    if not isinstance(problem, Retriable) or problem.retry_after is None:
        return None
    return now + timedelta(seconds=min(problem.retry_after, LONGEST_WAIT.total_seconds()))


def _why(problem: CopsyncError) -> Resting:
    if isinstance(problem, ConnectAgain):
        return Resting.CONNECT_AGAIN
    if isinstance(problem, Paused):
        return Resting.PAUSED
    return Resting.TO_MEND if isinstance(problem, ConfigProblem) else Resting.LATER


@dataclass(frozen=True, slots=True)
class ChannelStanding:
    """What the journal of a channel amounts to; `waiting` since `waits_since`, and what a person should look at."""

    last: Message | None
    waiting: int
    waits_since: datetime | None
    unclear: Sequence[Message]
    refused: Sequence[Message]


def standing_of(journal: Iterable[Message], now: datetime) -> ChannelStanding:
    """Return how a channel stands by its journal; what is said together counts once, of a thing only the newest."""
    messages = [one for one in journal if one.within is None]
    waiting = [one for one in messages if one.state is MessageState.PLANNED]
    said = [one for one in messages if one.state is MessageState.SENT and one.sent_at is not None]
    newest = {one.thing: one for one in sorted(messages, key=lambda one: one.revision)}
    recent = [one for one in newest.values() if one.planned_at >= now - LOOKED_BACK]
    return ChannelStanding(
        last=max(said, key=lambda one: one.sent_at or one.planned_at, default=None),
        waiting=len(waiting),
        waits_since=min((one.planned_at for one in waiting), default=None),
        unclear=[one for one in recent if one.state is MessageState.UNCLEAR],
        refused=[one for one in recent if one.state is MessageState.REFUSED],
    )
