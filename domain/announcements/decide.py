"""Decides what is to be told in a channel: from what there is, and what the channel was told so far. Pure.

One message per thing and revision. A revision is counted per channel: what can be told of a thing differs from what the
channel knows of it. So a second look at the same state tells nothing, whatever happened in between.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field, replace
from datetime import datetime, timedelta

from domain.announcements.audience import may_hear
from domain.announcements.channel import Channel, Standing, Topic
from domain.announcements.message import ARRIVED, How, Message, MessageState, message_id
from domain.announcements.things import Thing
from domain.values import Fields, is_empty

ABSENCE = timedelta(days=35)
"""A channel nobody looked after for longer takes what there is for known, as when it was connected."""
OWN = ("digest:", "together:")
"""How the keys of what is no record's begin."""
LATE = timedelta(hours=48)
"""So long after its time a digest is still sent."""
OF_THE_DIGEST = frozenset({Topic.WELCOME, Topic.DOCUMENTS})
"""What the digest tells as news, also where it is not told by itself."""
CORRECTED = frozenset({Topic.GATHERINGS, Topic.DEADLINES})
"""Where a change is worth a message of its own, if the first one cannot be edited."""


@dataclass(frozen=True, slots=True)
class Decision:
    """What becomes of a channel: messages new to its journal, planned ones that no longer count, what is remembered.

    Of the new ones some are already known: what there was when the channel was connected is never told.
    """

    standing: Standing
    planned: Sequence[Message] = ()
    superseded: Sequence[str] = ()


@dataclass(slots=True)
class _Thread:
    """What a channel's journal holds of one thing."""

    shown: Message | None = None
    pending: Message | None = None
    last: Message | None = None

    def add(self, message: Message) -> None:
        if self.last is None or message.revision > self.last.revision:
            self.last = message
        if message.state is MessageState.PLANNED:
            self.pending = message
        elif message.state in ARRIVED or message.state is MessageState.SENDING:
            newer = self.shown is None or message.revision > self.shown.revision
            self.shown = message if newer else self.shown


def announcements(
    channel: Channel,
    things: Iterable[Thing],
    journal: Sequence[Message],
    standing: Standing | None,
    scope: str,
    community: str,
    now: datetime,
) -> Decision:
    """Return what is to be told in a channel.

    Args:
        channel: who reads it, and what it wants.
        things: everything that can be told; what the channel may not hear of is left out here.
        journal: what the channel was told and is to be told, in any order.
        standing: what is remembered of it; None when it was just connected.
        scope: tells whether what it may hear of is still decided in the same way (see Standing).
        community: the community's id.
        now: the present moment, aware.
    """
    draft = _Draft(channel, standing, scope, community, now, _threads(journal))
    told = {thing.key: thing for thing in hearable(channel, things) if thing.topic in draft.tracked}
    for thing in told.values():
        draft.consider(thing)
    draft.drop_all_but(told)
    draft.consider_digest()
    connected = standing.connected_at if standing else now
    return Decision(Standing(connected, now, channel.wants, scope), draft.planned, draft.superseded)


def hearable(channel: Channel, things: Iterable[Thing]) -> list[Thing]:
    """Return what those who read a channel may hear of: the one place where that is decided."""
    return [thing for thing in things if may_hear(channel.audience, thing.audience)]


def known_before(message: Message, journal: Iterable[Message]) -> Message | None:
    """Return what a channel knew of a thing before a message about it."""
    earlier = (
        one
        for one in journal
        if one.thing == message.thing and one.revision < message.revision and one.state in ARRIVED
    )
    return max(earlier, key=lambda one: one.revision, default=None)


def _threads(journal: Iterable[Message]) -> Mapping[str, _Thread]:
    threads: dict[str, _Thread] = defaultdict(_Thread)
    for message in journal:
        threads[message.thing].add(message)
    return threads


@dataclass(slots=True)
class _Draft:
    channel: Channel
    standing: Standing | None
    scope: str
    community: str
    now: datetime
    threads: Mapping[str, _Thread]
    planned: list[Message] = field(default_factory=list)
    superseded: list[str] = field(default_factory=list)
    fresh: list[Thing] = field(default_factory=list)

    @property
    def tracked(self) -> frozenset[Topic]:
        """The topics of which it is remembered what the channel knows."""
        wants = self.channel.wants - {Topic.DIGEST}
        return wants | OF_THE_DIGEST if Topic.DIGEST in self.channel.wants else wants

    def consider(self, thing: Thing) -> None:
        """Tell one thing, take it for known, or leave it."""
        thread = self.threads.get(thing.key) or _Thread()
        if self._is_old(thing, thread):
            self._know(thing, thread)
        elif thing.topic not in self.channel.wants:
            if thread.last is None and not thing.off:
                self.fresh.append(thing)
        elif thing.over_at is not None and self.now >= thing.over_at:
            self._drop(thread.pending)
        else:
            self._tell(thing, thread)

    def _is_old(self, thing: Thing, thread: _Thread) -> bool:
        """Tell whether a thing was there before the channel was connected, or began to hear of such things."""
        if self.standing is None or (thread.last is None and self.standing.scope != self.scope):
            return True
        if thing.topic not in self.channel.wants:
            return False
        return thing.topic not in self.standing.topics or self.now - self.standing.seen_at > ABSENCE

    def _know(self, thing: Thing, thread: _Thread) -> None:
        self._drop(thread.pending)
        known = thread.shown is not None and _same(thread.shown, thing)
        if not known and not (thing.off and thread.shown is None):
            self.planned.append(self._message(thing, thread, MessageState.KNOWN))

    def _tell(self, thing: Thing, thread: _Thread) -> None:
        if self._is_told(thing, thread):
            self._drop(thread.pending)
        elif thread.pending is None or not _same(thread.pending, thing):
            self._drop(thread.pending)
            how = self._how(thing, thread.shown)
            if how is not None:
                edits = thread.shown.remote if thread.shown and how is How.EDIT else None
                self.planned.append(replace(self._message(thing, thread, MessageState.PLANNED), how=how, edits=edits))

    def _is_told(self, thing: Thing, thread: _Thread) -> bool:
        """Tell whether there is nothing to say: it is known, was never told and is off, or was refused like this."""
        if thread.shown is not None:
            return _same(thread.shown, thing) or _was_refused(thing, thread)
        return thing.off or _was_refused(thing, thread)

    def _how(self, thing: Thing, shown: Message | None) -> How | None:
        if shown is None:
            return How.POST
        stands = shown.state is MessageState.SENT and shown.remote is not None and shown.within is None
        if stands and self.channel.abilities.edits:
            return How.EDIT
        if thing.topic not in CORRECTED:
            return None
        return How.POST if shown.state is MessageState.KNOWN else How.CORRECT

    def _drop(self, pending: Message | None) -> None:
        if pending is not None:
            self.superseded.append(pending.id)

    def _message(self, thing: Thing, thread: _Thread, state: MessageState) -> Message:
        revision = thread.last.revision + 1 if thread.last else 1
        return Message(
            id=message_id(self.community, self.channel.id, thing.key, revision),
            channel=self.channel.id,
            thing=thing.key,
            revision=revision,
            topic=thing.topic,
            state=state,
            planned_at=self.now,
            facts=thing.facts,
            off=thing.off,
            title=str(thing.facts.get("title") or thing.facts.get("name") or ""),
        )

    def drop_all_but(self, told: Mapping[str, Thing]) -> None:
        """Drop what was planned about things that the channel may no longer hear of, or that are no more."""
        for key, thread in self.threads.items():
            if key not in told and not key.startswith(OWN):
                self._drop(thread.pending)

    def consider_digest(self) -> None:
        """Plan the weekly digest when it is due, with the news that it tells for the first time."""
        due = self.channel.last_digest(self.now)
        thing = f"digest:{self.channel.day(due)}"
        if Topic.DIGEST not in self.channel.wants or self.standing is None or thing in self.threads:
            return
        if due < self.standing.connected_at or self.now - due > LATE:
            return
        identity = message_id(self.community, self.channel.id, thing, 1)
        digest = Message(identity, self.channel.id, thing, 1, Topic.DIGEST, MessageState.PLANNED, self.now)
        self.planned.append(digest)
        self.planned += [replace(one, within=identity) for one in self._news()]

    def _news(self) -> Iterator[Message]:
        return (self._message(thing, _Thread(), MessageState.PLANNED) for thing in self.fresh)


def _same(message: Message, thing: Thing) -> bool:
    return message.off == thing.off and _same_facts(message.facts, thing.facts)


def _same_facts(one: Fields, other: Fields) -> bool:
    """Compare meaning: what an older version did not keep is the same as nothing."""
    names = {*one, *other}
    return all(
        one.get(name) == other.get(name) or (is_empty(one.get(name)) and is_empty(other.get(name))) for name in names
    )


def _was_refused(thing: Thing, thread: _Thread) -> bool:
    return thread.last is not None and thread.last.state is MessageState.REFUSED and _same(thread.last, thing)
