"""Shows what would be said and what was said, without sending or keeping anything."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace
from datetime import datetime
from typing import Any

from domain.announcements.channel import Abilities, Channel, Form, Topic
from domain.announcements.decide import announcements
from domain.announcements.message import Message, MessageState
from domain.announcements.render import Rendered
from domain.announcements.turn import next_turn
from store import messages
from store.store import Store
from sync.announce.announce import NOT_YET, message_json
from sync.announce.outgoing import Desk
from sync.announce.place import Place
from sync.announce.scene import Scene

Json = dict[str, Any]

_PLAIN = Abilities(Form.TEXT)
_LENGTHS = {Form.CARD: 28_000}


@dataclass(frozen=True, slots=True)
class Outlook:
    """A channel's messages: those that would be said now or wait, from when on, and those that were said, newest first.

    `next_digest` is when the next digest is due, None where the channel wants none.
    """

    channel: Channel
    coming: Sequence[Message]
    said: Sequence[Message]
    at: datetime
    next_digest: datetime | None
    note: str = ""

    def json(self) -> Json:
        """Return the documented form."""
        return {
            "channel": self.channel.id,
            "kind": self.channel.kind,
            "audience": self.channel.audience.value,
            "wants": sorted(self.channel.wants),
            "next_at": self.at.isoformat(),
            "next_digest": self.next_digest.isoformat() if self.next_digest else None,
            "note": self.note or None,
            "coming": [message_json(one) for one in self.coming],
            "said": [message_json(one) for one in self.said],
        }


_NEW = "Just connected: what there is now counts as known, and only what comes from now on is told."


def outlook(scene: Scene, place: Place, store: Store) -> Outlook:
    """Return what would be said in a channel, and what was.

    Raises:
        StoreProblem: the store cannot be read.
    """
    channel = place.channel
    with store.reading() as connection:
        journal = messages.of_channel(connection, scene.community, channel.id)
        standing = messages.standings(connection, scene.community).get(channel.id)
    decision = announcements(
        channel, scene.things(channel), journal, standing, scene.scope(channel), scene.community, scene.now
    )
    dropped = frozenset(decision.superseded)
    waiting = [one for one in (*journal, *decision.planned) if one.state is MessageState.PLANNED]
    coming = [one for one in waiting if one.id not in dropped] if scene.is_ready else []
    ended = (MessageState.KNOWN, MessageState.PLANNED)
    said = sorted((one for one in journal if one.state not in ended), key=_when, reverse=True)
    digest = channel.next_digest(scene.now) if Topic.DIGEST in channel.wants else None
    note = NOT_YET if not scene.is_ready else "" if standing else _NEW
    return Outlook(channel, coming, said, next_turn(channel, journal, scene.now), digest, note)


def _when(message: Message) -> datetime:
    return message.sent_at or message.planned_at


def coming_digest(scene: Scene, channel: Channel, store: Store, form: Form) -> Rendered | None:
    """Return the digest of a channel as it would be sent now, in any form; None if there is nothing to say.

    Raises:
        ConfigProblem: the template is broken.
        SetAside: the digest does not fit.
        StoreProblem: the store cannot be read.
    """
    with store.reading() as connection:
        journal = messages.of_channel(connection, scene.community, channel.id)
        standing = messages.standings(connection, scene.community).get(channel.id)
    shown = replace(channel, abilities=_abilities(channel.abilities, form))
    due = channel.next_digest(scene.now)
    decision = announcements(shown, scene.things(shown), journal, standing, scene.scope(shown), scene.community, due)
    within = next((one.id for one in decision.planned if one.topic is Topic.DIGEST), "")
    return Desk(scene, shown, [*journal, *decision.planned]).digest(within)


def _abilities(own: Abilities, form: Form) -> Abilities:
    if own.form is form:
        return own
    return replace(_PLAIN, form=form, max_length=_LENGTHS.get(form, 1_000_000))


def everybody(scene: Scene) -> Channel:
    """Return a channel that stands for all members, where none is configured."""
    return Channel("preview", "preview", _PLAIN, scene.zone)
