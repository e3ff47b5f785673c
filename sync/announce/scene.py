"""What a community knows and may say: its records, people, audiences and templates, read once for all its channels."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field, replace
from datetime import datetime
from hashlib import blake2b
from zoneinfo import ZoneInfo

from config.loader import Configuration
from config.models import CommunitySettings
from domain.announcements.audience import Audience, Audiences
from domain.announcements.channel import Channel
from domain.announcements.decide import hearable
from domain.announcements.digest import Digest, digest_of, news_of_the_week
from domain.announcements.message import Message
from domain.announcements.story import Teller
from domain.announcements.templates import Templates
from domain.announcements.things import People, Thing, things_of
from domain.fields import RecordType
from domain.records import Record
from store import state
from store.store import Store
from sync.announce.wording import templates_of
from sync.audience import audiences_of


@dataclass(frozen=True, slots=True)
class Scene:
    """One community at one moment. `read` are the spaces that have been read at all, of the `spaces` there are."""

    community: str
    name: str
    zone: ZoneInfo
    audiences: Audiences
    people: People
    records: Sequence[Record]
    templates: Templates
    spaces: frozenset[str]
    read: frozenset[str]
    now: datetime
    _things: dict[tuple[Audiences, ZoneInfo], list[Thing]] = field(
        default_factory=dict, init=False, repr=False, compare=False
    )

    @property
    def is_ready(self) -> bool:
        """Tell whether the community is known: before its first sync, everything in it would look new."""
        return not self.spaces or bool(self.read)

    def audiences_for(self, channel: Channel) -> Audiences:
        """Return for whom things are; where members may be named, their names are for that channel's readers."""
        return replace(self.audiences, members=Audience.PUBLIC) if channel.names else self.audiences

    def things(self, channel: Channel) -> list[Thing]:
        """Return what a channel may hear of."""
        key = self.audiences_for(channel), channel.zone
        if key not in self._things:
            self._things[key] = things_of(self.records, self.people, *key, self.now)
        return hearable(channel, self._things[key])

    def scope(self, channel: Channel) -> str:
        """Return what tells whether a channel may hear of the same things in the same way as before."""
        told = repr((channel.audience.value, self.audiences_for(channel), sorted(self.read & self.spaces)))
        return blake2b(told.encode(), digest_size=16).hexdigest()

    def teller(self, channel: Channel) -> Teller:
        """Return who puts messages of a channel into stories."""
        return Teller(channel, self.name, self.people, self.now)

    def digest(self, channel: Channel, journal: Sequence[Message], within: str) -> Digest:
        """Return the digest of a channel; `within` is the id of its message."""
        by_key: Mapping[str, Thing] = {thing.key: thing for thing in self.things(channel)}
        news = news_of_the_week(journal, within, by_key, self.now)
        return digest_of(channel, self.records, self.people, self.audiences_for(channel), news, self.now)


def scene_of(configuration: Configuration, settings: CommunitySettings, store: Store, now: datetime) -> Scene:
    """Read a community.

    Raises:
        ConfigProblem: its templates cannot be read.
        StoreProblem: the store cannot be read.
    """
    with store.reading() as connection:
        records = list(state.load_records(connection, settings.id).values())
        read = frozenset(state.load_cursors(connection, settings.id))
    unnamed = frozenset(one.email.casefold() for one in settings.members if not one.named)
    members = (record for record in records if record.type is RecordType.MEMBER)
    return Scene(
        community=settings.id,
        name=settings.name or settings.id,
        zone=ZoneInfo(settings.time_zone),
        audiences=audiences_of(settings),
        people=People.of(members, unnamed),
        records=records,
        templates=templates_of(configuration, settings),
        spaces=frozenset(space.name for space in settings.spaces),
        read=read,
        now=now,
    )
