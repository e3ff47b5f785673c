"""Decides what of the planned messages may be sent now: quiet hours, a daily maximum, and what is said together. Pure.

What is over the daily maximum is said together: the last message of a day tells of everything that is left. When there
is no message left, it waits for the next day. Welcomes are always said together, and so are thanks.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime

from domain.announcements.channel import Channel, Topic
from domain.announcements.message import How, Message, MessageState, message_id
from domain.announcements.things import moment

MANY = "together:"
"""How the keys of messages begin that say several things."""
TOGETHER = (Topic.WELCOME, Topic.THANKS)
_COUNTED = frozenset({MessageState.SENDING, MessageState.SENT, MessageState.UNCLEAR, MessageState.SUPERSEDED})
"""With a time at which it was sent: what an edit took the place of rang a bell all the same."""
_ORDER = tuple(Topic)


@dataclass(frozen=True, slots=True)
class Turn:
    """One message that may be sent now; with `parts` it says all of these together, and may be new to the journal."""

    message: Message
    parts: Sequence[Message] = ()


def turns(channel: Channel, journal: Sequence[Message], community: str, now: datetime) -> list[Turn]:
    """Return what may be sent in a channel now, in order. An edit rings no bell: it is bound by nothing."""
    planned = [one for one in journal if one.state is MessageState.PLANNED and one.within is None]
    edits = [Turn(one) for one in planned if one.how is How.EDIT]
    if channel.is_quiet(now):
        return edits
    room = channel.daily - said_today(channel, journal, now)
    posts = [one for one in planned if one.how is not How.EDIT]
    digests = [Turn(one) for one in posts if one.topic is Topic.DIGEST][: max(room, 0)]
    rest = _units(channel, [one for one in posts if one.topic is not Topic.DIGEST])
    fitted = _fitted(rest, room - len(digests))
    return [*edits, *digests, *(_turn(channel, unit, journal, community, now) for unit in fitted)]


def said_today(channel: Channel, journal: Iterable[Message], now: datetime) -> int:
    """Return how many messages a channel got on this day of its clocks; those that may have arrived count."""
    today = channel.day(now)
    return sum(
        one.state in _COUNTED
        and one.how is not How.EDIT
        and one.within is None
        and one.sent_at is not None
        and channel.day(one.sent_at) == today
        for one in journal
    )


def next_turn(channel: Channel, journal: Sequence[Message], now: datetime) -> datetime:
    """Return when something can be posted in a channel next, in UTC."""
    if said_today(channel, journal, now) < channel.daily:
        return channel.next_loud(now)
    tomorrow = datetime.combine(channel.day(now), datetime.max.time(), channel.zone).astimezone(UTC)
    return channel.next_loud(tomorrow.replace(microsecond=0))


def _units(channel: Channel, posts: Sequence[Message]) -> list[list[Message]]:
    """Return what is said in one message each, the most urgent first."""
    alone = [[one] for one in posts if one.topic not in TOGETHER or one.thing.startswith(MANY)]
    joined = [[one for one in posts if one.topic is topic and [one] not in alone] for topic in TOGETHER]
    return sorted([*alone, *(group for group in joined if group)], key=lambda unit: _urgency(channel, unit[0]))


def _urgency(channel: Channel, message: Message) -> tuple[bool, bool, int, datetime, str]:
    """Return the order: what corrects something people rely on, then by topic, then the soonest; many things last."""
    when = message.facts.get("start") or message.facts.get("due")
    soon = moment(when, channel.zone) if when else message.planned_at
    is_news = message.how is not How.CORRECT and not message.off
    return message.thing.startswith(MANY), is_news, _ORDER.index(message.topic), soon, message.thing


def _fitted(units: Sequence[list[Message]], room: int) -> list[list[Message]]:
    """Return what is said in one message each, so many at most: the last one takes in what is left."""
    if room <= 0 or len(units) <= room:
        return list(units) if room > 0 else []
    return [*units[: room - 1], [message for unit in units[room - 1 :] for message in unit]]


def _turn(channel: Channel, unit: Sequence[Message], journal: Sequence[Message], community: str, now: datetime) -> Turn:
    if len(unit) == 1:
        return Turn(unit[0])
    parts = [part for one in unit for part in _parts(one, journal)]
    made = next((one for one in unit if one.thing.startswith(MANY)), None)
    if made is not None:
        return Turn(made, parts)  # it was planned before, and says more now
    thing = f"{MANY}{unit[0].id}"  # each part is said once, so no other message has this name
    topic = min((one.topic for one in unit), key=_ORDER.index)
    identity = message_id(community, channel.id, thing, 1)
    return Turn(Message(identity, channel.id, thing, 1, topic, MessageState.PLANNED, now), parts)


def _parts(message: Message, journal: Sequence[Message]) -> list[Message]:
    """Return what a message says that says many things, and any other as it is."""
    if not message.thing.startswith(MANY):
        return [message]
    return [one for one in journal if one.within == message.id and one.state is MessageState.PLANNED]
