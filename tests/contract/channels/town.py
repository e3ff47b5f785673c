"""A community that talks in one channel, set up by a copsync.toml as an admin writes it."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import datetime, timedelta
from pathlib import Path

import pytest

from domain.announcements.channel import Abilities
from domain.announcements.message import Message, MessageState
from domain.values import Value
from store import messages
from store.vault import new_key
from sync.announce.announce import Announced, announce
from sync.outbox.tend import Tended, tend
from sync.wiring import Wiring
from tests.contract.channels.quick import hurried
from tests.contract.channels.subject import Serving, Subject, Wire
from tests.web.place import COMMUNITY, NOW, Place, place

CHANNEL = "town-square"
WANTS = '"gatherings", "documents", "digest"'
HOUR = timedelta(hours=1)


@dataclass(slots=True)
class Town:
    """The clock is turned by hand, and stands at noon (UTC) on a Saturday."""

    here: Place
    subject: Subject

    @property
    def wire(self) -> Wire:
        assert self.subject.wire is not None
        return self.subject.wire

    @property
    def abilities(self) -> Abilities:
        (made,) = Wiring(self.here.configuration).channels(self.here.settings)
        return made.channel.abilities

    async def announce(self) -> Announced:
        """Say what is due, as a process of its own does."""
        async with Wiring(self.here.configuration) as wiring:
            places = wiring.channels(self.here.settings)
            return await announce(self.here.configuration, self.here.settings, places, self.here.store, self.here.clock)

    async def say(self, **later: float) -> Announced:
        """Say what is due some time later; where a person posts, a moderator does so at once."""
        self.here.now += timedelta(**later)
        found = await self.announce()
        if self.subject.by_hand is not None:
            await self.tend()
            self.subject.by_hand(self.here)
            await self.tend()
        return found

    async def announce_at_night(self) -> None:
        """Let everything look at half past nine in the evening, in Berlin."""
        self.here.now = self.here.now.replace(hour=20, minute=30)
        await self.say()

    async def tend(self) -> None:
        """Look after the outbox, without any problem."""
        assert [done.problems for done in await self.tended()] == [[]]

    async def tended(self) -> list[Tended]:
        """Look after the outbox, and return what was done."""
        async with Wiring(self.here.configuration) as wiring:
            return await tend(wiring, self.here.store, self.here.settings, self.here.clock)

    def said(self) -> list[str]:
        """Return what people see in the place."""
        return self.subject.said()

    def gather(self, title: str, days: float = 3, **fields: Value) -> None:
        """Plan a gathering."""
        start = NOW + timedelta(days=days)
        self.here.event(title, start, start + HOUR, **fields)

    def move(self, title: str, hours: float = 1) -> None:
        """Move a gathering."""
        start = self.here.records[title].fields["start"]
        assert isinstance(start, datetime)
        start += timedelta(hours=hours)
        self.here.change(title, start=start, end=start + HOUR)

    def journal(self) -> list[Message]:
        """Return what is noted of messages, except what was known from the beginning."""
        with self.here.store.reading() as connection:
            found = messages.of_channel(connection, COMMUNITY, CHANNEL)
        return [one for one in found if one.state is not MessageState.KNOWN]

    def states(self) -> list[MessageState]:
        """Return the states of what is noted, in the order in which it was planned."""
        return [one.state for one in self.journal()]


@contextmanager
def talking(folder: Path, serving: Serving, wants: str = WANTS, more: str = "", community: str = "") -> Iterator[Town]:
    """Give a community whose channel is of some kind, after its first look: what there is counts as known."""
    opened: list[Place] = []

    def now() -> datetime:
        return opened[0].now if opened else NOW

    with serving(now) as subject, hurried(now), pytest.MonkeyPatch.context() as patch:
        for name, value in {"COPSYNC_KEY": new_key().get_secret_value(), **subject.environment}.items():
            patch.setenv(name, value)
        channel = (
            f'{community}\n[[communities.channels]]\nid = "{CHANNEL}"\nkind = "{subject.kind}"\nwants = [{wants}]\n'
            f'daily = 50\nquiet = "20:00-07:00"\n{subject.channel}\n{more}\n{subject.tables}\n'
        )
        with place(folder, more='key = { env = "COPSYNC_KEY" }', community=channel) as here:
            opened.append(here)
            subject.prepare(here.configuration)
            yield Town(here, subject)
