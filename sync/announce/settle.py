"""Takes a person's word for what became of a message that no place could tell about."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

from domain.announcements.message import Message, MessageState
from domain.errors import ConfigProblem
from store import messages
from store.store import Store
from sync.apply import Clock
from sync.hold import hold


async def settle(store: Store, community: str, clock: Clock, which: str, *, arrived: bool) -> Message:
    """Note that an unclear message arrived, or let it be sent once more by the next `send`; return it as it is then.

    Args:
        store: holds the journal.
        community: whose message it is.
        clock: gives the present moment, aware.
        which: the message's id, or its beginning.
        arrived: whether the person saw it there.

    Raises:
        ConfigProblem: there is no such message, several are meant, or it is not unclear.
        Locked: another run holds the community; nothing was changed.
    """
    async with hold(store, community, clock, "settling a message") as lease:
        message = _unclear(store, community, which)
        after = MessageState.SENT if arrived else MessageState.PLANNED
        values: dict[str, Any] = {"reason": "A person saw it." if arrived else "A person did not find it."}
        values |= {} if arrived else {"sent_at": None}
        with store.writing(lease, clock()) as connection:
            messages.move(connection, lease.token, [message.id], MessageState.UNCLEAR, after, **values)
    return replace(message, state=after, **values)


def _unclear(store: Store, community: str, which: str) -> Message:
    with store.reading() as connection:
        found = messages.find(connection, community, which)
    if not found:
        raise ConfigProblem(f"There is no message '{which}'.", mend="`copsync status` names those that are unclear.")
    if len(found) > 1:
        names = ", ".join(one.id for one in found[:5])
        raise ConfigProblem(f"'{which}' begins several messages: {names}.", mend="Give more of the id.")
    if found[0].state is not MessageState.UNCLEAR:
        raise ConfigProblem(
            f"“{found[0].title}” is {found[0].state.value}, and only what is unclear is settled by a person.",
            mend="`copsync announce` shows how every message stands.",
        )
    return found[0]
