"""Says what is due in the channels of a community; safe to run at any time, and as often as one likes."""

from __future__ import annotations

import asyncio
import logging
from collections.abc import Sequence
from dataclasses import dataclass, field
from datetime import timedelta
from typing import Any

from config.loader import Configuration
from config.models import CommunitySettings
from domain.announcements.message import Message, MessageState
from domain.announcements.standing import rest_of
from domain.errors import ConnectAgain, CopsyncError, Locked, Retriable, StoreProblem, Uncertain
from store import rests
from store.leases import Lease
from store.store import Store
from sync.announce.place import Place
from sync.announce.scene import Scene, scene_of
from sync.announce.tending import Outcome, Tending
from sync.apply import Clock
from sync.hold import hold

log = logging.getLogger(__name__)

Json = dict[str, Any]

NOT_YET = "Nothing is said before the first sync: everything would look new. Run `copsync sync`."
PAUSE = 5.0
"""Seconds between two looks whether another run has ended."""


@dataclass(slots=True)
class Announced:
    """What was said in a community. `waits` is why nothing could be said yet; `locked`, that another run held it."""

    community: str
    channels: list[Outcome] = field(default_factory=list)
    waits: str = ""
    locked: bool = False

    @property
    def said(self) -> list[Message]:
        """What was sent or refused."""
        return [one for outcome in self.channels for one in outcome.said]

    @property
    def failed(self) -> bool:
        """Tell whether something could not be said."""
        refused = any(one.state is MessageState.REFUSED for one in self.said)
        return refused or any(outcome.problem for outcome in self.channels)

    @property
    def needs_person(self) -> bool:
        """Tell whether a person has to do something: sign in again, or look whether a message arrived."""
        return any(isinstance(outcome.problem, ConnectAgain | Uncertain) for outcome in self.channels)

    def json(self) -> Json:
        """Return the documented form."""
        return {
            "community": self.community,
            "waits": self.waits or None,
            "channels": [
                {
                    "channel": one.channel,
                    "planned": one.planned,
                    "known": one.known,
                    "problem": str(one.problem) if one.problem else None,
                    "said": [message_json(message) for message in one.said],
                }
                for one in self.channels
            ],
        }


def message_json(message: Message) -> Json:
    """Return a message in its documented form."""
    return {
        "id": message.id,
        "channel": message.channel,
        "about": message.thing,
        "revision": message.revision,
        "topic": message.topic.value,
        "how": message.how.value,
        "state": message.state.value,
        "title": message.title,
        "within": message.within,
        "planned_at": message.planned_at.isoformat(),
        "sent_at": message.sent_at.isoformat() if message.sent_at else None,
        "url": message.url,
        "replies": message.replies,
        "reason": message.reason or None,
    }


async def announce(
    configuration: Configuration,
    settings: CommunitySettings,
    places: Sequence[Place],
    store: Store,
    clock: Clock,
    patience: timedelta = timedelta(),
) -> Announced:
    """Say what is due in every channel; one that fails does not stop the others.

    Args:
        configuration: where templates are read from.
        settings: the community.
        places: its channels.
        store: where it stands what was said.
        clock: gives the present moment, aware.
        patience: how long to wait for another run of the community to end.

    Raises:
        ConfigProblem: the community's templates cannot be read; nothing was said.
        Locked: another run holds the community; nothing was said.
        StoreProblem: the store failed; nothing that was sent is forgotten.
    """
    found = Announced(settings.id)
    if not places:
        return found
    until = clock() + patience
    while True:
        try:
            async with hold(store, settings.id, clock, "announcements") as lease:
                return await _announce(scene_of(configuration, settings, store, clock()), places, store, lease, clock)
        except Locked:
            if clock() >= until:
                raise
            await asyncio.sleep(PAUSE)


async def _announce(scene: Scene, places: Sequence[Place], store: Store, lease: Lease, clock: Clock) -> Announced:
    found = Announced(scene.community, waits="" if scene.is_ready else NOT_YET)
    if not scene.is_ready:
        return found
    with store.reading() as connection:
        resting = rests.load(connection, scene.community)
    for place in places:
        tending = Tending(scene, place, store, lease, clock, Outcome(place.id), resting.get(place.id))
        found.channels.append(tending.outcome)
        await _tend(tending)
        _remember(tending)
    return found


async def _tend(tending: Tending) -> None:
    """Look after one channel; only trouble of the store or of the lease stops the others."""
    try:
        await tending.tend()
    except (StoreProblem, Locked):
        raise
    except CopsyncError as problem:
        log.warning("channel %s: %s", tending.channel.id, problem)
        tending.outcome.problem = problem
    except Exception as bug:
        log.exception("channel %s", tending.channel.id)
        why = f"{type(bug).__name__} in channel {tending.channel.id}; what it was to be told waits."
        tending.outcome.problem = Retriable(why, mend="Please report this.")
    finally:
        await tending.aclose()


def _remember(tending: Tending) -> None:
    """Keep why a channel rests, for the status; where a person posts, whoever tends the outbox does it."""
    if not tending.channel.abilities.assisted:
        now = tending.clock()
        with tending.store.writing(tending.lease, now) as connection:
            rest = rest_of(tending.outcome.problem, now)
            rests.save(connection, tending.scene.community, tending.channel.id, rest)
