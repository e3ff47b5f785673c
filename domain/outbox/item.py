"""One thing to be posted by a person, with everything that happened to it."""

from __future__ import annotations

from dataclasses import dataclass, replace
from datetime import datetime

from domain.errors import ConfigProblem
from domain.outbox.states import Event, State, after


@dataclass(frozen=True, slots=True)
class Move:
    """What moved an item, when, who did it, and what there is to say about it. `at` is aware."""

    at: datetime
    event: Event
    to: State
    by: str = ""
    note: str = ""


@dataclass(frozen=True, slots=True)
class Item:
    """A text that waits for a moderator, or was posted by one. `message` names the announcement it is made from.

    `thing` and `revision` say what it tells: an item is made once for each. `post` is the platform's name of the post
    that was claimed, and `proof` the level to which that is proved (0 to 2), with `evidence` in words. After
    `expires_at` there is no point in posting it.
    """

    id: str
    community: str
    channel: str
    thing: str
    revision: int
    title: str
    text: str
    state: State
    created_at: datetime
    expires_at: datetime
    message: str = ""
    post: str | None = None
    proof: int = 0
    evidence: str = ""
    reminded_at: datetime | None = None
    moves: tuple[Move, ...] = ()

    @property
    def handed_out_at(self) -> datetime | None:
        """When a moderator had the text first; only what was posted since can be this item."""
        return next((move.at for move in self.moves if move.event is Event.HAND_OUT), None)

    @property
    def claimed_at(self) -> datetime | None:
        """When the link that stands was given; None while there is none."""
        claims = (move.at for move in reversed(self.moves) if move.event is Event.CLAIM)
        return next(claims, None) if self.post else None

    @property
    def changed_at(self) -> datetime:
        """When something happened to it last."""
        return self.moves[-1].at if self.moves else self.created_at


def moved(item: Item, event: Event, at: datetime, by: str = "", note: str = "") -> Item:
    """Return the item after an event, which is written down.

    Raises:
        ConfigProblem: the event is not possible now.
    """
    if event is Event.CLAIM and item.handed_out_at is None:
        raise ConfigProblem(
            f"{item.id} was never handed out, so nobody can have posted it.",
            mend="Hand it out first: `copsync outbox hand-out`.",
        )
    to = after(item.state, event)
    return replace(item, state=to, moves=(*item.moves, Move(at, event, to, by, note)))


def claimed(item: Item, post: str, at: datetime, by: str, evidence: str) -> Item:
    """Return the item with the post that a moderator names, proved to level 1.

    Raises:
        ConfigProblem: it cannot be claimed now.
    """
    return replace(moved(item, Event.CLAIM, at, by, post), post=post, proof=1, evidence=evidence)


def verified(item: Item, level: int, at: datetime, by: str, evidence: str) -> Item:
    """Return the item as proved to a level.

    Raises:
        ConfigProblem: it is not claimed.
    """
    return replace(moved(item, Event.VERIFY, at, by, evidence), proof=level, evidence=evidence)


def released(item: Item, at: datetime, by: str) -> Item:
    """Return the item without the post that was claimed for it.

    Raises:
        ConfigProblem: none was.
    """
    note = item.post or ""
    return replace(moved(item, Event.RELEASE, at, by, note), post=None, proof=0, evidence="")
