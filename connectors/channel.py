"""The contract between copsync and a place where people talk: how a kind of channel plugs in.

A kind declares what it can do (:class:`domain.announcements.channel.Abilities`) and opens a :class:`Sender`. It is
handed finished messages, sends them, and says what became of them; when something is said, to whom and in which words
is decided before. It keeps no journal of its own: :mod:`store.messages` is the one place where it stands what was
said, and :mod:`sync.announce` the one that writes it.

A kind whose messages a person posts (`Abilities.assisted`) is never asked to send: its messages stay planned, and
whatever hands them to that person moves them on in the same journal.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from functools import cache
from pathlib import Path
from typing import Any, Protocol, cast, runtime_checkable
from zoneinfo import ZoneInfo

from pydantic import BaseModel

from connectors.contract import Connection, Finding, Person
from connectors.registry import installed, load
from domain.announcements.channel import Abilities
from domain.announcements.message import digest_of
from domain.errors import SetAside

GROUP = "copsync.channels"


@dataclass(frozen=True, slots=True)
class Outgoing:
    """A finished message. `key` is unique to this message and the same on every attempt.

    `text` is the plain text, which every place can show; `body` is in the form that the kind declares: text, HTML,
    CommonMark, or for a card the text again, with the Adaptive Card in `card`. `title` is one plain line, `link` the
    one address it is about, if any. `planned_at` is since when it may have been sent. `before` are the digests of all
    that copsync has said, or tried to say, of the same thing in this place: see `is_ours`.
    """

    key: str
    title: str
    text: str
    body: str
    planned_at: datetime
    card: Mapping[str, Any] | None = None
    link: str | None = None
    before: frozenset[str] = frozenset()


def is_ours(outgoing: Outgoing, shown: str | Mapping[str, Any]) -> bool:
    """Tell whether what a place shows is this message, in the present words or in those of an earlier attempt."""
    said = outgoing.body if outgoing.card is None else outgoing.card
    return digest_of(shown) in {digest_of(said), *outgoing.before}


def must_be_ours(outgoing: Outgoing, shown: str | Mapping[str, Any], where: str) -> None:
    """Keep an edit from overwriting what a person wrote into a message; for places where people can.

    Raises:
        SetAside: the message shows other words than copsync's.
    """
    if outgoing.before and not is_ours(outgoing, shown):
        raise SetAside(
            f"Somebody has changed {where} there, and it is not overwritten.",
            mend=f"If it is still right, put this in by hand: “{outgoing.text}”",
        )


@dataclass(frozen=True, slots=True)
class Receipt:
    """What the place answered: its id of the message, by which it can be edited, and the address to look at it."""

    remote: str | None = None
    url: str | None = None


class Sender(Protocol):
    """One channel, open. It never tries again by itself after a write may have left."""

    @property
    def requests(self) -> int:
        """How many requests left so far."""

    async def check(self) -> Sequence[Finding]:
        """Reach the channel and name what an admin must mend; posts nothing, and never raises for a user's mistake."""

    async def post(self, outgoing: Outgoing) -> Receipt:
        """Say something new.

        Raises:
            SetAside: the place will not have this message; the next ones may go.
            Uncertain: it left and no answer came.
            Retriable, Paused, ConnectAgain: nothing left; the channel rests until the next time.
        """

    async def edit(self, outgoing: Outgoing, remote: str) -> Receipt:
        """Put a message in the place of one that was posted before; asked only where `Abilities.edits` says so.

        A receipt without an address says that it is the one of before.

        Raises:
            SetAside: that message is gone, cannot be changed, or holds what a person wrote (`must_be_ours`).
            Retriable, Paused, ConnectAgain: as it says; an edit may be sent again.
        """

    async def find(self, outgoing: Outgoing) -> Receipt | None:
        """Look whether a message arrived, None if it surely did not; asked only where `Abilities.finds` says so.

        Raises:
            Uncertain: it cannot be told, or not any more; it is never sent again.
            Retriable, Paused, ConnectAgain: it cannot be told now.
        """

    async def aclose(self) -> None:
        """Close everything that is not the connection's."""


@runtime_checkable
class CountsReplies(Protocol):
    """A sender that can count what people answered; asked at most once a day, where `Abilities.counts` says so."""

    async def replies(self, since: datetime) -> Mapping[str, int]:
        """Return the number of replies by the place's id, of messages that were answered or changed since then.

        Raises:
            Retriable, Paused, ConnectAgain: they cannot be counted now.
        """


@runtime_checkable
class KnowsPeople(Protocol):
    """A sender that can tell who is in the place; asked by `copsync check` alone, and only to propose members."""

    async def people(self) -> Sequence[Person] | None:
        """Return who is there, None where copsync was not allowed to ask.

        Raises:
            Retriable, Paused, ConnectAgain: they cannot be read now.
        """


@dataclass(frozen=True, slots=True)
class ChannelSetup:
    """A channel's settings, secrets resolved. `options` is an instance of the kind's `options`.

    `connection` is the open account that the channel names, None where it names none. Relative paths in the options are
    counted from `folder`, that of the configuration.
    """

    id: str
    community: str
    name: str
    zone: ZoneInfo
    options: BaseModel
    folder: Path
    connection: Connection | None = None


@dataclass(frozen=True, slots=True)
class ChannelKind:
    """A kind of place, registered under the entry-point group `copsync.channels`.

    `tool` names the tool whose connection a channel of this kind needs, None if it needs none. What it can do may
    depend on its options, so `abilities` is asked with them, without opening anything.
    """

    name: str
    title: str
    options: type[BaseModel]
    abilities: Callable[[BaseModel], Abilities]
    open: Callable[[ChannelSetup], Sender]
    tool: str | None = None


def channel_kinds() -> list[str]:
    """Return the names of all installed kinds of channels, sorted."""
    return installed(GROUP)


@cache
def channel_kind(name: str) -> ChannelKind:
    """Return a kind of channel by its name; only its code is imported.

    Raises:
        ConfigProblem: no such kind is installed.
    """
    return cast("ChannelKind", load(GROUP, name, "kind of channel"))
