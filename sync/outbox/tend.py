"""Looks after the outboxes of a community: lays in what is to be told, lets items expire, has posts confirmed, reminds.

Safe at any time and as often as one likes. That moderators are reminded is written down before they are, so that a
process which is killed in between reminds nobody twice; where surely nothing left, it is taken back.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any

from config.models import CommunitySettings
from connectors.linkedin.connection import LinkedInConnection
from domain.announcements.standing import NEEDS_PERSON, rest_of
from domain.errors import ConfigProblem, ConnectAgain, CopsyncError, Paused, Retriable, Stale, StoreProblem
from domain.outbox.item import Item
from domain.outbox.states import WAITING
from domain.outbox.tend import counts, due
from store import outbox, rests
from store.database import transaction
from store.store import Store
from sync.outbox import desk
from sync.outbox.confirm import confirm
from sync.outbox.fill import fill
from sync.outbox.place import Place
from sync.outbox.places import places_of
from sync.outbox.remind import channel_of, reminder
from sync.wiring import Wiring

Json = dict[str, Any]
Clock = Callable[[], datetime]


@dataclass(slots=True)
class Tended:
    """What was done about one group. `waiting` is what moderators have to do; `problems` is what could not be done.

    `notes` tell what a person should do in time, such as renewing a token.
    """

    place: Place
    expired: list[Item] = field(default_factory=list)
    confirmed: list[Item] = field(default_factory=list)
    reminded: bool = False
    items: list[Item] = field(default_factory=list)
    problems: list[CopsyncError] = field(default_factory=list)
    notes: list[str] = field(default_factory=list)

    @property
    def waiting(self) -> list[Item]:
        """What a moderator has to do something about."""
        return [item for item in self.items if item.state in WAITING]

    def json(self) -> Json:
        """Return it for scripts."""
        return {
            "community": self.place.community,
            "channel": self.place.channel,
            "expired": [item.id for item in self.expired],
            "confirmed": [item.id for item in self.confirmed],
            "reminded": self.reminded,
            "waiting": len(self.waiting),
            "states": counts(self.items),
            "notes": self.notes,
            "problems": [{"message": problem.message, "mend": problem.mend} for problem in self.problems],
        }


async def tend(wiring: Wiring, store: Store, settings: CommunitySettings, clock: Clock) -> list[Tended]:
    """Look after every group of a community; trouble with one does not keep the others waiting.

    Raises:
        ConfigProblem: the settings of a group are wrong.
        StoreProblem: the store failed.
    """
    return [await _tend(wiring, store, settings, place, clock) for place in places_of(wiring.configuration, [settings])]


async def _tend(wiring: Wiring, store: Store, settings: CommunitySettings, place: Place, clock: Clock) -> Tended:
    done = Tended(place)
    if place.connection is not None:
        await _trying(done, _confirm(wiring, store, place, clock, done))
    known = desk.items(store, place)
    done.expired = _expire(store, due(known, clock()).expired, known)
    await _trying(done, _fill(wiring, store, settings, place, clock, done))
    waiting = due(desk.items(store, place), clock()).remind
    if waiting and place.remind is not None:
        await _trying(done, _remind(wiring, store, settings, place, waiting, clock, done))
    done.items = desk.items(store, place)
    _remember(store, place, done, clock())
    return done


def _remember(store: Store, place: Place, done: Tended, now: datetime) -> None:
    """Keep what could not be done, for the status."""
    found = [rest for problem in done.problems if (rest := rest_of(problem, now)) is not None]
    worst = next((rest for rest in found if rest.why in NEEDS_PERSON), found[0] if found else None)
    with transaction(store.engine) as connection:
        rests.save(connection, place.community, place.channel, worst)


async def _trying(done: Tended, work: Any) -> None:
    try:
        await work
    except StoreProblem:
        raise
    except CopsyncError as problem:
        done.problems.append(problem)


async def _confirm(wiring: Wiring, store: Store, place: Place, clock: Clock, done: Tended) -> None:
    connection = wiring.connection(place.connection or "")
    if not isinstance(connection, LinkedInConnection):
        raise ConfigProblem(
            f"The connection {place.connection} of the channel {place.channel} is none to LinkedIn.",
            mend='Name one with tool = "linkedin", or take the line away: a group needs none.',
        )
    ending = connection.ending(clock().date())
    if ending is not None:
        done.notes.append(f"{place.connection}: {ending.message} {ending.mend}")
    done.confirmed = await confirm(store, place, connection, clock)


async def _fill(
    wiring: Wiring, store: Store, settings: CommunitySettings, place: Place, clock: Clock, done: Tended
) -> None:
    done.problems += await fill(wiring, store, settings, place, clock)


def _expire(store: Store, expired: Sequence[Item], before: Sequence[Item]) -> list[Item]:
    known = {item.id: item for item in before}
    done = []
    for item in expired:
        try:
            with transaction(store.engine) as connection:
                outbox.save(connection, known[item.id], item)
        except Stale:
            continue  # a moderator was faster
        done.append(item)
    return done


async def _remind(
    wiring: Wiring,
    store: Store,
    settings: CommunitySettings,
    place: Place,
    items: Sequence[Item],
    clock: Clock,
    done: Tended,
) -> None:
    channel, now = channel_of(wiring, settings, place), clock()
    sender = channel.open()
    try:
        with transaction(store.engine) as connection:
            outbox.remind(connection, items, now)
        await sender.post(reminder(store, wiring, place, items, done.notes, channel.channel.abilities.form, now))
        done.reminded = True
    except (Retriable, Paused, ConnectAgain):
        with transaction(store.engine) as connection:
            outbox.take_back_reminder(connection, items)
        raise
    finally:
        await sender.aclose()
