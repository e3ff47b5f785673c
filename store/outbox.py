"""The items of the outbox. Every change names what it presumes of its item, so that nobody overwrites another."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from datetime import datetime
from typing import Any

from sqlalchemy import bindparam, select, update
from sqlalchemy.engine import Connection
from sqlalchemy.exc import IntegrityError

from domain.errors import ConfigProblem, Stale
from domain.outbox.item import Item, Move
from domain.outbox.states import WAITING, Event, State
from store.codec import dumps, loads
from store.rows import each
from store.sql import Row, inserting, some
from store.tables import outbox

_NAMES = (
    *(
        "id",
        "community",
        "channel",
        "thing",
        "revision",
        "message",
        "title",
        "text",
        "state",
        "created_at",
        "expires_at",
    ),
    *("post", "proof", "evidence", "reminded_at", "moves"),
)
_ALL = select(*(outbox.c[name] for name in _NAMES))
_IN_ORDER = (outbox.c.created_at, outbox.c.id)
_OF_COMMUNITY = _ALL.where(outbox.c.community == bindparam("of")).order_by(*_IN_ORDER)
_OF_CHANNEL = _ALL.where(outbox.c.community == bindparam("of"), outbox.c.channel == bindparam("channel"))
_IN_STATES = _OF_CHANNEL.where(outbox.c.state.in_(some("states"))).order_by(*_IN_ORDER)
_BY_POST = _ALL.where(outbox.c.post == bindparam("post"))
_UPDATE = update(outbox).where(outbox.c.id == bindparam("which"), outbox.c.revised == bindparam("presumed"))


def of_community(connection: Connection, community: str) -> list[Item]:
    """Return every item of a community, the oldest first."""
    return list(each("outbox", connection.execute(_OF_COMMUNITY, {"of": community}), _item))


def of_channel(connection: Connection, community: str, channel: str, states: Iterable[State] = State) -> list[Item]:
    """Return the items of a channel that are in one of these states, the oldest first."""
    asked = {"of": community, "channel": channel, "states": [state.value for state in states]}
    return list(each("outbox", connection.execute(_IN_STATES, asked), _item))


def beginning(connection: Connection, community: str, begin: str) -> list[Item]:
    """Return the items whose id begins so."""
    query = _ALL.where(outbox.c.community == community, outbox.c.id.startswith(begin, autoescape=True))
    return list(each("outbox", connection.execute(query), _item))


def by_post(connection: Connection, post: str) -> Item | None:
    """Return the item that a post was claimed for, in whatever community."""
    return next(each("outbox", connection.execute(_BY_POST, {"post": post}), _item), None)


def add(connection: Connection, items: Sequence[Item]) -> int:
    """Keep new items; those that are there already stay as they are. Return how many were new."""
    if not items:
        return 0
    adding = inserting(connection.dialect.name, outbox).on_conflict_do_nothing().returning(outbox.c.id)
    rows = ({**_row(item), "revised": len(item.moves)} for item in items)
    return sum(connection.execute(adding, row).first() is not None for row in rows)


def save(connection: Connection, before: Item, after: Item) -> None:
    """Keep what became of an item.

    Raises:
        Stale: it was changed meanwhile.
        ConfigProblem: its post was claimed for another item.
    """
    values = {name: value for name, value in _row(after).items() if name != "id"}
    asked = {"which": before.id, "presumed": len(before.moves)}
    statement = _UPDATE.values(**values, revised=len(after.moves))
    try:
        with connection.begin_nested():
            changed = connection.execute(statement, asked).rowcount
    except IntegrityError:
        raise claimed_before(connection, after) from None
    if not changed:
        raise Stale(f"{before.id} was changed by somebody else meanwhile.", mend="Look at it again: `copsync outbox`.")


def claimed_before(connection: Connection, item: Item) -> ConfigProblem:
    """Return the error for a post that proves another item already."""
    other = by_post(connection, item.post or "")
    name = f"“{other.title}” ({other.id})" if other and other.community == item.community else "another item"
    return ConfigProblem(
        f"This post was claimed for {name} already; each post stands for one item.",
        mend="Paste the link of the other post, or take the first claim back with `copsync outbox release`.",
    )


def remind(connection: Connection, items: Sequence[Item], now: datetime) -> None:
    """Note that moderators were reminded of items."""
    if items:
        ids = [item.id for item in items]
        connection.execute(update(outbox).where(outbox.c.id.in_(ids)).values(reminded_at=now.isoformat()))


def take_back_reminder(connection: Connection, items: Sequence[Item]) -> None:
    """Note that a reminder was not sent after all: what stood there before stands again."""
    for item in items:
        before = item.reminded_at.isoformat() if item.reminded_at else None
        connection.execute(update(outbox).where(outbox.c.id == item.id).values(reminded_at=before))


def waiting(connection: Connection, community: str, channel: str) -> list[Item]:
    """Return the items that a moderator is to do something about."""
    return of_channel(connection, community, channel, WAITING)


def _row(item: Item) -> Row:
    return {
        "id": item.id,
        "community": item.community,
        "channel": item.channel,
        "thing": item.thing,
        "revision": item.revision,
        "message": item.message,
        "title": item.title,
        "text": item.text,
        "state": item.state.value,
        "created_at": item.created_at.isoformat(),
        "expires_at": item.expires_at.isoformat(),
        "post": item.post,
        "proof": item.proof,
        "evidence": item.evidence,
        "reminded_at": item.reminded_at.isoformat() if item.reminded_at else None,
        "moves": dumps([_move_json(move) for move in item.moves]),
    }


def _move_json(move: Move) -> list[str]:
    return [move.at.isoformat(), move.event.value, move.to.value, move.by, move.note]


def _item(row: Sequence[Any]) -> Item:
    found = dict(zip(_NAMES, row, strict=True))
    for name in ("created_at", "expires_at", "reminded_at"):
        found[name] = datetime.fromisoformat(found[name]) if found[name] else None
    found["state"] = State(found["state"])
    found["moves"] = tuple(_move(one) for one in loads(found["moves"]))
    return Item(**found)


def _move(values: Sequence[str]) -> Move:
    at, event, to, by, note = values
    return Move(datetime.fromisoformat(at), Event(event), State(to), by, note)
