"""Between the journal of announcements and the outbox: what is to be told becomes an item, what was posted is noted.

A message says what is to be told and stays planned while a person has it; an item says what became of it. Everything
happens under the community's lease and can be repeated: an item's id follows from its message.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
from datetime import datetime, timedelta

from config.models import CommunitySettings
from connectors.linkedin.permalink import parse
from domain.announcements.channel import Channel, Topic
from domain.announcements.message import Message, MessageState
from domain.announcements.things import moment
from domain.announcements.turn import Turn, turns
from domain.errors import CopsyncError, SetAside
from domain.outbox.item import Item, moved
from domain.outbox.states import POSTED, WAITING, Event, State
from store import messages, outbox
from store.database import transaction
from store.leases import Lease
from store.store import Store
from sync.announce.outgoing import Desk
from sync.announce.place import Place as Announced
from sync.announce.scene import Scene, scene_of
from sync.announce.tending import Outcome, Tending
from sync.apply import Clock
from sync.hold import hold
from sync.outbox import desk
from sync.outbox.place import Place
from sync.wiring import Wiring

WEEK = timedelta(days=7)
_PERHAPS = "It was handed out and no link was given in time; it may have been posted."
_NOBODY = "No moderator posted it."


async def fill(
    wiring: Wiring, store: Store, settings: CommunitySettings, place: Place, clock: Clock
) -> list[CopsyncError]:
    """Bring an outbox and the journal of its channel into step; return what could not be worded.

    Raises:
        Locked: another run holds the community; nothing was done.
        ConfigProblem: the settings of the channel or a template are wrong.
    """
    (announced,) = (one for one in wiring.channels(settings) if one.id == place.channel)
    async with hold(store, settings.id, clock, "outbox") as lease:
        scene = scene_of(wiring.configuration, settings, store, clock())
        if not scene.is_ready:
            return []
        filling = _Filling(scene, announced, store, lease, clock, place)
        filling.note_what_became()
        await filling.tending.tend()
        filling.follow()
        return [problem for turn in filling.due() for problem in filling.take(turn)]


class _Filling:
    """One channel, under the lease of its community."""

    def __init__(
        self, scene: Scene, announced: Announced, store: Store, lease: Lease, clock: Clock, place: Place
    ) -> None:
        self.scene, self.store, self.lease, self.clock, self.place = scene, store, lease, clock, place
        self.channel: Channel = announced.channel
        self.tending = Tending(scene, announced, store, lease, clock, Outcome(place.channel))

    def _items(self) -> dict[str, Item]:
        return {item.message: item for item in desk.items(self.store, self.place) if item.message}

    def _journal(self) -> list[Message]:
        with self.store.reading() as connection:
            return messages.of_channel(connection, self.place.community, self.place.channel)

    def note_what_became(self) -> None:
        """Tell the journal what was posted, and what will not be."""
        items = self._items()
        for message in self._journal():
            item = items.get(message.id)
            if item is None or message.state not in (MessageState.PLANNED, MessageState.UNCLEAR):
                continue
            if item.state in POSTED and item.post and item.claimed_at:
                answer = {"remote": item.post, "url": parse(item.post).url, "sent_at": item.claimed_at.isoformat()}
                self._end(message, MessageState.SENT, answer)
            elif item.state in (State.EXPIRED, State.CANCELLED) and message.state is MessageState.PLANNED:
                # Somebody who had the text may have posted it without giving its link.
                perhaps = item.state is State.EXPIRED and item.handed_out_at is not None
                after = MessageState.UNCLEAR if perhaps else MessageState.REFUSED
                self._end(message, after, {"reason": _PERHAPS if perhaps else _NOBODY})

    def _end(self, message: Message, after: MessageState, values: dict[str, str]) -> None:
        begun = (MessageState.SENDING,) if message.state is MessageState.PLANNED else ()
        self._move(message, (*begun, after), values)

    def _move(self, message: Message, states: Sequence[MessageState], values: dict[str, str]) -> None:
        before = message.state
        with self.store.writing(self.lease, self.clock()) as connection:
            for after in states:
                messages.move(connection, self.lease.token, [message.id], before, after, **values)
                before = after

    def follow(self) -> None:
        """End the items whose message was ended, because there is something newer or nothing left to say."""
        items, now = self._items(), self.clock()
        for message in self._journal():
            item = items.get(message.id)
            ended = message.state is MessageState.SUPERSEDED
            if item is not None and ended and item.state in WAITING:
                with transaction(self.store.engine) as connection:
                    outbox.save(connection, item, moved(item, Event.SUPERSEDE, now, note=message.reason))

    def due(self) -> list[Turn]:
        """Return what becomes an item now: quiet hours and the daily maximum hold for moderators too."""
        items = self._items()
        journal = [
            replace(one, state=MessageState.SENDING, sent_at=items[one.id].created_at)
            if one.id in items and one.state is MessageState.PLANNED
            else one
            for one in self._journal()
        ]
        return turns(self.channel, journal, self.place.community, self.clock())

    def take(self, turn: Turn) -> list[CopsyncError]:
        """Lay one text into the outbox; return what was wrong with it."""
        words = Desk(self.scene, self.channel, self._journal())
        try:
            rendered = words.rendered(turn.message, turn.parts)
        except SetAside as unfit:
            return [unfit]
        self.tending.plan_together(turn)
        if rendered is None:
            self._move(turn.message, (MessageState.SUPERSEDED,), {"reason": "There was nothing to say."})
            return []
        desk.put(self.store, self.place, [self._item(turn.message, rendered.title, rendered.text)], self.clock())
        return []

    def _item(self, message: Message, title: str, text: str) -> Item:
        now = self.clock()
        return Item(
            f"{desk.PREFIX}{message.id[:10]}",
            self.place.community,
            self.place.channel,
            message.thing,
            message.revision,
            title,
            text,
            State.DRAFT if self.place.approve else State.READY,
            now,
            self._expires_at(message, now),
            message.id,
        )

    def _expires_at(self, message: Message, now: datetime) -> datetime:
        """Return when there is no point any more: the thing has begun, a digest is a week old, or the term is over."""
        term = min(self.place.term, WEEK) if message.topic is Topic.DIGEST else self.place.term
        when = message.facts.get("start") or message.facts.get("due")
        begins = moment(when, self.channel.zone) if when else None
        return min(begins, now + term) if begins and begins > now else now + term
