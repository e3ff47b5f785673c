"""One look after one channel: what is unclear is looked up, what is to be said is decided, and what is due is sent.

Everything happens under the community's lease, so a message that is found as being sent was left by a process that is
gone. That it was going to be sent was written down before: it is looked up where the place can tell, and else never
sent again.
"""

from __future__ import annotations

import logging
from collections.abc import Sequence
from contextlib import suppress
from dataclasses import dataclass, field, replace
from datetime import timedelta
from typing import Any

from connectors.channel import Outgoing, Receipt, Sender
from domain.announcements.channel import Channel
from domain.announcements.decide import announcements
from domain.announcements.message import How, Message, MessageState
from domain.announcements.render import Rendered
from domain.announcements.standing import Rest
from domain.announcements.turn import Turn, turns
from domain.errors import ConfigProblem, ConnectAgain, CopsyncError, Paused, Retriable, SetAside, Uncertain
from store import messages
from store.leases import Lease
from store.store import Store
from sync.announce.outgoing import Desk, outgoing
from sync.announce.place import Place
from sync.announce.replies import count_replies
from sync.announce.scene import Scene
from sync.apply import Clock

log = logging.getLogger(__name__)

_RESTS = (Retriable, Paused, ConnectAgain, ConfigProblem)
"""Nothing left, and the channel rests."""
_UNSETTLED = (MessageState.SENDING, MessageState.UNCLEAR)
_LEFT_OPEN = "The process that sent it ended before there was an answer, and this kind of channel cannot be asked."
_LOOK = "Look whether “{}” stands in the channel; it is never sent again."
LOOKED_FOR = timedelta(days=3)
"""So long what is unclear is looked up in every run; what was not found by then is left to people."""


@dataclass(slots=True)
class Outcome:
    """What was done in a channel; `problem` is why it stopped, if it did."""

    channel: str
    said: list[Message] = field(default_factory=list)
    planned: int = 0
    known: int = 0
    problem: CopsyncError | None = None


@dataclass(slots=True)
class Tending:
    """Looks after one channel, under the lease of its community; `rest` is how the last look after it left it."""

    scene: Scene
    place: Place
    store: Store
    lease: Lease
    clock: Clock
    outcome: Outcome
    rest: Rest | None = None
    journal: list[Message] = field(default_factory=list)
    _sender: Sender | None = None

    @property
    def channel(self) -> Channel:
        """The channel as the decisions know it."""
        return self.place.channel

    async def tend(self) -> None:
        """Do everything that is due, as far as the channel lets us.

        Raises:
            CopsyncError: the channel rests; what was not sent waits.
        """
        self._read()
        if self.channel.abilities.assisted:
            self._decide()
            return
        wait = self.rest.wait(self.clock()) if self.rest else None
        if wait is not None:
            self._decide()
            raise wait
        await self._settle()
        self._decide()
        for turn in turns(self.channel, self.journal, self.scene.community, self.clock()):
            await self._take(turn)
        if self.channel.abilities.counts:
            await count_replies(self.journal, self.store, self.lease, self._open, self.clock())

    async def aclose(self) -> None:
        """Close the sender, if it was opened."""
        if self._sender is not None:
            await self._sender.aclose()

    def _read(self) -> None:
        with self.store.reading() as connection:
            self.journal = messages.of_channel(connection, self.scene.community, self.channel.id)

    def _decide(self) -> None:
        now, community = self.clock(), self.scene.community
        with self.store.writing(self.lease, now) as connection:
            standing = messages.standings(connection, community).get(self.channel.id)
            decision = announcements(
                self.channel,
                self.scene.things(self.channel),
                self.journal,
                standing,
                self.scene.scope(self.channel),
                community,
                now,
            )
            token = self.lease.token
            superseded = MessageState.PLANNED, MessageState.SUPERSEDED
            messages.move(connection, token, decision.superseded, *superseded, reason="There is something newer.")
            messages.plan(connection, community, token, decision.planned)
            messages.save_standing(connection, community, self.channel.id, decision.standing)
        self.outcome.known = sum(one.state is MessageState.KNOWN for one in decision.planned)
        self.outcome.planned = len(decision.planned) - self.outcome.known
        if decision.planned or decision.superseded:
            self._read()

    async def _settle(self) -> None:
        """Find out what became of messages whose answer is missing."""
        open_ones = [one for one in self.journal if one.within is None and one.state in _UNSETTLED]
        for message in open_ones:
            if message.how is How.EDIT:
                self._move(message, MessageState.PLANNED)  # an edit may be sent again: it says the same thing twice
            elif self.channel.abilities.finds and self._is_fresh(message):
                await self._look_up(message)
            elif message.state is MessageState.SENDING:
                self._leave_open(message, _LEFT_OPEN)
        if open_ones:
            self._read()

    def _is_fresh(self, message: Message) -> bool:
        sending = message.state is MessageState.SENDING
        return sending or message.sent_at is None or self.clock() - message.sent_at < LOOKED_FOR

    def _leave_open(self, message: Message, why: str) -> None:
        """Note that nobody can tell whether a message arrived, and ask a person to look; the others go on."""
        self._move(message, MessageState.UNCLEAR, reason=why)
        self.outcome.problem = Uncertain(why, mend=_LOOK.format(message.title))

    async def _look_up(self, message: Message) -> None:
        try:
            found = await self._open().find(self._as_it_was(message))
        except Uncertain as untold:
            if message.state is MessageState.SENDING:
                self._leave_open(message, untold.message)
            return
        if found is None:
            self._move(message, MessageState.PLANNED, sent_at=None)
        else:
            self._sent(message, found)

    def _as_it_was(self, message: Message) -> Outgoing:
        """Return a message to look for; its words may be others by now, its key is the same."""
        rendered = None
        with suppress(CopsyncError):
            rendered = Desk(self.scene, self.channel, self.journal).rendered(message)
        return outgoing(message, rendered or Rendered(message.title, message.title, message.title), [message])

    async def _take(self, turn: Turn) -> None:
        """Send one message; a broken template or a place that is down ends the turn with nothing sent."""
        desk = Desk(self.scene, self.channel, self.journal)
        try:
            rendered = desk.rendered(turn.message, turn.parts)
        except SetAside as unfit:
            self.plan_together(turn)
            self._begin(turn.message, title=turn.message.title)
            self._refuse(turn.message, unfit)
            return
        if rendered is None:
            reason = "There was nothing to say."
            self.plan_together(turn)
            self._move(turn.message, MessageState.SUPERSEDED, reason=reason)
            return
        sender = self._open()
        self.plan_together(turn)
        self._begin(turn.message, title=rendered.title, digest=rendered.digest)
        await self._send(sender, turn.message, outgoing(turn.message, rendered, self.journal))

    async def _send(self, sender: Sender, message: Message, finished: Outgoing) -> None:
        try:
            if message.how is How.EDIT and message.edits:
                receipt = await sender.edit(finished, message.edits)
            else:
                receipt = await sender.post(finished)
        except SetAside as refused:
            self._refuse(message, refused)
        except Uncertain as uncertain:
            self._conclude(message, MessageState.UNCLEAR, reason=uncertain.message)
            raise
        except _RESTS as resting:
            self._conclude(message, MessageState.PLANNED, reason=resting.message, sent_at=None)
            raise
        else:
            self._sent(message, receipt, title=finished.title)

    def _open(self) -> Sender:
        if self._sender is None:
            self._sender = self.place.open()
        return self._sender

    def plan_together(self, turn: Turn) -> None:
        """Note a message that says several things, where a turn is one, and which ones it says."""
        if turn.parts:
            now, token = self.clock(), self.lease.token
            is_new = all(one.id != turn.message.id for one in self.journal)
            with self.store.writing(self.lease, now) as connection:
                messages.plan(connection, self.scene.community, token, [turn.message] if is_new else [])
                messages.fold(connection, token, (one.id for one in turn.parts), turn.message.id)

    def _begin(self, message: Message, **values: Any) -> None:
        """Write down that a message is being sent, before it is; only one process can."""
        now = self.clock()
        self._moved(message, MessageState.PLANNED, MessageState.SENDING, sent_at=now.isoformat(), **values)

    def _refuse(self, message: Message, why: CopsyncError) -> None:
        self._conclude(message, MessageState.REFUSED, reason=str(why))
        self.outcome.said.append(replace(message, state=MessageState.REFUSED, reason=str(why)))

    def _conclude(self, message: Message, after: MessageState, **values: Any) -> None:
        self._moved(message, MessageState.SENDING, after, **values)

    def _move(self, message: Message, after: MessageState, **values: Any) -> None:
        self._moved(message, message.state, after, **values)

    def _moved(self, message: Message, before: MessageState, after: MessageState, **values: Any) -> None:
        with self.store.writing(self.lease, self.clock()) as connection:
            messages.move(connection, self.lease.token, [message.id], before, after, **values)

    def _sent(self, message: Message, receipt: Receipt, title: str = "") -> None:
        """Note that a message stands there, and that the one it was put in the place of no longer does."""
        before = MessageState.UNCLEAR if message.state is MessageState.UNCLEAR else MessageState.SENDING
        now, token = self.clock(), self.lease.token
        with self.store.writing(self.lease, now) as connection:
            url = receipt.url or next((one.url for one in self.journal if self._is_edited(one, message)), None)
            answer = {"remote": receipt.remote or message.edits, "url": url, "reason": ""}
            messages.move(connection, token, [message.id], before, MessageState.SENT, **answer)
            if message.how is How.EDIT:
                messages.replace_sent(connection, token, self._edited(message))
        told = replace(message, state=MessageState.SENT, title=title or message.title, url=url)
        self.outcome.said.append(told)

    def _edited(self, message: Message) -> Sequence[str]:
        return [one.id for one in self.journal if self._is_edited(one, message)]

    @staticmethod
    def _is_edited(one: Message, by: Message) -> bool:
        return by.how is How.EDIT and one.remote == by.edits and one.id != by.id
