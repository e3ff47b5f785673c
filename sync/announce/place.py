"""A channel of a community, bound to its kind."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from datetime import time
from zoneinfo import ZoneInfo

from config.models import NEVER, WEEKDAYS, ChannelSettings
from connectors.channel import ChannelKind, Sender
from domain.announcements.audience import Audience
from domain.announcements.channel import Abilities, Channel, DigestTime, QuietHours, Topic


@dataclass(frozen=True, slots=True)
class Place:
    """A channel as the decisions know it, and what opens it; nothing is opened before it is needed."""

    channel: Channel
    kind: ChannelKind
    open: Callable[[], Sender]

    @property
    def id(self) -> str:
        """The channel's id."""
        return self.channel.id


def channel_of(settings: ChannelSettings, abilities: Abilities, zone: ZoneInfo) -> Channel:
    """Return a channel as it is configured; `zone` is the community's."""
    return Channel(
        id=settings.id,
        kind=settings.kind,
        abilities=abilities,
        zone=ZoneInfo(settings.time_zone) if settings.time_zone else zone,
        audience=Audience(settings.audience),
        wants=frozenset(Topic(one) for one in settings.wants),
        quiet=_quiet(settings.quiet),
        daily=settings.daily,
        names=settings.names_members,
        digest=_digest(settings.digest),
    )


def _quiet(hours: str) -> QuietHours | None:
    if hours == NEVER:
        return None
    begin, _, end = hours.partition("-")
    return QuietHours(time.fromisoformat(begin), time.fromisoformat(end))


def _digest(moment: str) -> DigestTime:
    weekday, _, at = moment.partition(" ")
    return DigestTime(WEEKDAYS.index(weekday), time.fromisoformat(at))
