"""The states of an item of the outbox, and every move between them."""

from __future__ import annotations

from collections.abc import Mapping
from enum import StrEnum

from domain.errors import ConfigProblem


class State(StrEnum):
    """Where an item stands."""

    DRAFT = "draft"  # rendered, to be approved by a moderator first
    READY = "ready"  # waits for a moderator
    HANDED_OUT = "handed out"  # a moderator has the text
    CLAIMED = "claimed"  # a moderator has given the link of the post
    VERIFIED = "verified"  # the link was proved as far as the channel asks
    EXPIRED = "expired"  # nobody posted it in time
    SUPERSEDED = "superseded"  # what it tells has changed; a newer item stands for it
    CANCELLED = "cancelled"  # a moderator decided against it


class Event(StrEnum):
    """What moves an item."""

    APPROVE = "approve"
    HAND_OUT = "hand out"
    CLAIM = "claim"
    VERIFY = "verify"
    RELEASE = "release"
    EXPIRE = "expire"
    SUPERSEDE = "supersede"
    CANCEL = "cancel"
    REINSTATE = "reinstate"


TRANSITIONS: Mapping[tuple[State, Event], State] = {
    (State.DRAFT, Event.APPROVE): State.READY,
    (State.READY, Event.HAND_OUT): State.HANDED_OUT,
    (State.HANDED_OUT, Event.HAND_OUT): State.HANDED_OUT,
    (State.HANDED_OUT, Event.CLAIM): State.CLAIMED,
    (State.CLAIMED, Event.VERIFY): State.VERIFIED,
    # A wrong link is taken back, so that the right one can be given.
    (State.CLAIMED, Event.RELEASE): State.HANDED_OUT,
    (State.VERIFIED, Event.RELEASE): State.HANDED_OUT,
    (State.DRAFT, Event.EXPIRE): State.EXPIRED,
    (State.READY, Event.EXPIRE): State.EXPIRED,
    (State.HANDED_OUT, Event.EXPIRE): State.EXPIRED,
    (State.DRAFT, Event.SUPERSEDE): State.SUPERSEDED,
    (State.READY, Event.SUPERSEDE): State.SUPERSEDED,
    (State.HANDED_OUT, Event.SUPERSEDE): State.SUPERSEDED,
    (State.DRAFT, Event.CANCEL): State.CANCELLED,
    (State.READY, Event.CANCEL): State.CANCELLED,
    (State.HANDED_OUT, Event.CANCEL): State.CANCELLED,
    # Somebody had the text and posted it all the same: what happened counts.
    (State.EXPIRED, Event.CLAIM): State.CLAIMED,
    (State.SUPERSEDED, Event.CLAIM): State.CLAIMED,
    (State.CANCELLED, Event.CLAIM): State.CLAIMED,
    (State.EXPIRED, Event.REINSTATE): State.READY,
    (State.CANCELLED, Event.REINSTATE): State.READY,
}
"""(state, event) -> the state after it. What is not here cannot happen; the documentation draws it."""

WAITING = frozenset({State.DRAFT, State.READY, State.HANDED_OUT})
"""A moderator is to do something."""
POSTED = frozenset({State.CLAIMED, State.VERIFIED})
"""It stands in the group, as far as is known."""
ENDED = frozenset({State.EXPIRED, State.SUPERSEDED, State.CANCELLED})

_HOW = {
    Event.APPROVE: "Only drafts are approved.",
    Event.HAND_OUT: "Approve a draft first; `copsync outbox reinstate` brings back what has ended.",
    Event.CLAIM: "Hand it out first (`copsync outbox hand-out`); `copsync outbox release` takes a wrong link back.",
    Event.RELEASE: "Only a link that was given can be taken back.",
    Event.CANCEL: "What was posted is deleted in the group, by hand.",
    Event.REINSTATE: "Only what has expired or was cancelled can be reinstated.",
}


def after(state: State, event: Event) -> State:
    """Return the state after an event.

    Raises:
        ConfigProblem: the event is not possible in that state.
    """
    try:
        return TRANSITIONS[state, event]
    except KeyError:
        mend = _HOW.get(event, "`copsync outbox` shows how every item stands.")
        raise ConfigProblem(f"An item that is {state} cannot be moved by “{event}”.", mend=mend) from None
