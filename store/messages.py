"""The journal of what is said in channels: planned before it is sent, concluded after; and what a channel knew before.

The one place where it stands what was said. Every write proves the community's lease, like the steps of a sync.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from datetime import datetime
from typing import Any

from sqlalchemy import BindParameter, bindparam, func, or_, select, update
from sqlalchemy.engine import Connection

from domain.announcements.channel import Standing, Topic
from domain.announcements.message import NEXT, How, Message, MessageState
from domain.errors import Stale
from domain.fields import RecordType
from store.codec import fields_of, fields_text
from store.rows import each
from store.sql import Row, chunks, insert, some, upsert
from store.tables import channels, messages

KIND: Mapping[Topic, RecordType] = {
    Topic.GATHERINGS: RecordType.EVENT,
    Topic.DEADLINES: RecordType.TASK,
    Topic.MILESTONES: RecordType.TASK,
    Topic.DOCUMENTS: RecordType.DOCUMENT,
    Topic.WELCOME: RecordType.MEMBER,
    Topic.THANKS: RecordType.TASK,
    Topic.DIGEST: RecordType.POST,
}
"""The type of record whose fields a message's facts are, by its topic."""

COLUMNS = (
    *("id", "channel", "thing", "revision", "topic", "state", "how", "facts", "called_off", "within", "edits", "title"),
    *("remote", "url", "digest", "planned_at", "sent_at", "reason", "replies"),
)
_COMMUNITY: BindParameter[str] = bindparam("of")
_ALL = (
    select(*(messages.c[name] for name in COLUMNS))
    .where(messages.c.community == _COMMUNITY)
    .order_by(messages.c.planned_at, messages.c.thing, messages.c.revision)
)
_OF_CHANNEL = _ALL.where(messages.c.channel == bindparam("channel"))
_STANDINGS = select(
    channels.c.channel, channels.c.connected_at, channels.c.seen_at, channels.c.topics, channels.c.scope
).where(channels.c.community == _COMMUNITY)


def of_channel(connection: Connection, community: str, channel: str) -> list[Message]:
    """Return everything a channel's journal holds, in the order in which it was planned."""
    rows = connection.execute(_OF_CHANNEL, {"of": community, "channel": channel})
    return list(each("messages", rows, _message))


def of_community(connection: Connection, community: str) -> list[Message]:
    """Return the journal of all channels of a community, also of those that are no longer configured."""
    return list(each("messages", connection.execute(_ALL, {"of": community}), _message))


def find(connection: Connection, community: str, beginning: str) -> list[Message]:
    """Return the messages whose id begins so."""
    query = _ALL.where(messages.c.id.startswith(beginning, autoescape=True))
    return list(each("messages", connection.execute(query, {"of": community}), _message))


def standings(connection: Connection, community: str) -> dict[str, Standing]:
    """Return what is remembered of each channel."""
    return dict(each("channels", connection.execute(_STANDINGS, {"of": community}), _standing))


def save_standing(connection: Connection, community: str, channel: str, standing: Standing) -> None:
    """Keep what is remembered of a channel."""
    row = {
        "community": community,
        "channel": channel,
        "connected_at": standing.connected_at.isoformat(),
        "seen_at": standing.seen_at.isoformat(),
        "topics": ",".join(sorted(standing.topics)),
        "scope": standing.scope,
    }
    upsert(connection, channels, [row])


def plan(connection: Connection, community: str, token: int, planned: Sequence[Message]) -> None:
    """Note messages that are new to the journal; one that is there already is an error of the database."""
    insert(connection, messages, [_row(community, token, one) for one in planned])


def move(
    connection: Connection, token: int, which: Iterable[str], before: MessageState, after: MessageState, **values: Any
) -> None:
    """Move messages, and those that are said within them, from one state to the next.

    `values` are further columns: remote, url, digest, sent_at, reason, title.

    Raises:
        Stale: one of them is no longer in the state `before`; nothing of this transaction may be kept.
    """
    if after not in NEXT.get(before, frozenset()):
        raise ValueError(f"a message that is {before} cannot become {after}")
    ids = sorted(set(which))
    for part in chunks(ids):
        moved = connection.execute(
            update(messages)
            .where(messages.c.id.in_(some("ids")), messages.c.state == before.value)
            .values(state=after.value, token=token, **values),
            {"ids": part},
        )
        if moved.rowcount != len(part):
            raise Stale("A message was moved by another process.")
        _carry_along(connection, token, part, after, values)


def _carry_along(
    connection: Connection, token: int, ids: Sequence[str], after: MessageState, values: Mapping[str, Any]
) -> None:
    """Move what is said within messages with them; the platform's id is the message's alone."""
    shared = {name: value for name, value in values.items() if name in ("sent_at", "url")}
    connection.execute(
        update(messages)
        .where(
            messages.c.within.in_(some("ids")),
            or_(*(messages.c.state == one.value for one in (MessageState.PLANNED, *NEXT))),
        )
        .values(state=after.value, token=token, **shared),
        {"ids": list(ids)},
    )


def replace_sent(connection: Connection, token: int, which: Iterable[str]) -> None:
    """Note that messages which had been sent no longer stand there as they were: an edit took their place."""
    for part in chunks(sorted(set(which))):
        connection.execute(
            update(messages)
            .where(messages.c.id.in_(some("ids")), messages.c.state == MessageState.SENT.value)
            .values(state=MessageState.SUPERSEDED.value, token=token),
            {"ids": part},
        )


def fold(connection: Connection, token: int, which: Iterable[str], within: str | None) -> None:
    """Note that planned messages are said within another one, or (None) by themselves again."""
    for part in chunks(sorted(set(which))):
        connection.execute(
            update(messages)
            .where(messages.c.id.in_(some("ids")), messages.c.state == MessageState.PLANNED.value)
            .values(within=within, token=token),
            {"ids": part},
        )


def count_replies(connection: Connection, message: str, replies: int, now: datetime) -> None:
    """Note how many answers a message has where it stands."""
    connection.execute(
        update(messages).where(messages.c.id == message).values(replies=replies, replies_at=now.isoformat())
    )


def counted_at(connection: Connection, community: str, channel: str) -> datetime | None:
    """Return when the answers in a channel were counted last."""
    query = select(func.max(messages.c.replies_at)).where(
        messages.c.community == community, messages.c.channel == channel
    )
    found = connection.scalar(query)
    return datetime.fromisoformat(found) if found else None


def _row(community: str, token: int, message: Message) -> Row:
    return {
        "id": message.id,
        "community": community,
        "channel": message.channel,
        "thing": message.thing,
        "revision": message.revision,
        "topic": message.topic.value,
        "state": message.state.value,
        "how": message.how.value,
        "facts": fields_text(message.facts),
        "called_off": message.off,
        "within": message.within,
        "edits": message.edits,
        "title": message.title,
        "remote": message.remote,
        "url": message.url,
        "digest": message.digest,
        "planned_at": message.planned_at.isoformat(),
        "sent_at": message.sent_at.isoformat() if message.sent_at else None,
        "reason": message.reason,
        "replies": message.replies,
        "replies_at": None,
        "token": token,
    }


def _message(row: Sequence[Any]) -> Message:
    found = dict(zip(COLUMNS, row, strict=True))
    topic = Topic(found["topic"])
    return Message(
        id=found["id"],
        channel=found["channel"],
        thing=found["thing"],
        revision=int(found["revision"]),
        topic=topic,
        state=MessageState(found["state"]),
        planned_at=datetime.fromisoformat(found["planned_at"]),
        facts=fields_of(KIND[topic], found["facts"]),
        off=bool(found["called_off"]),
        how=How(found["how"]),
        within=found["within"],
        edits=found["edits"],
        title=found["title"],
        remote=found["remote"],
        url=found["url"],
        digest=found["digest"],
        sent_at=datetime.fromisoformat(found["sent_at"]) if found["sent_at"] else None,
        reason=found["reason"],
        replies=found["replies"],
    )


def _standing(row: Sequence[Any]) -> tuple[str, Standing]:
    channel, connected_at, seen_at, topics, scope = row
    wanted = frozenset(Topic(one) for one in topics.split(",") if one)
    return channel, Standing(datetime.fromisoformat(connected_at), datetime.fromisoformat(seen_at), wanted, scope)
