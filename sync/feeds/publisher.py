"""From the token of an address to the feed behind it."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from zoneinfo import ZoneInfo

from config.loader import Configuration
from config.models import CommunitySettings
from store import dated, feeds
from store.store import Store
from sync.feeds.addresses import token_digest
from sync.feeds.calendar import Kind
from sync.feeds.items import Audience
from sync.feeds.snapshot import Reader, Snapshot


def audience_of(settings: CommunitySettings) -> Audience:
    """Return for whom a community's calendars are made."""
    return Audience(settings.id, settings.name or settings.id, ZoneInfo(settings.time_zone), settings.feeds.private)


@dataclass(frozen=True, slots=True)
class Published:
    """One feed as it is now."""

    id: str
    kind: Kind
    member: str | None
    snapshot: Snapshot

    @property
    def tag(self) -> str:
        """The digest of its bytes; it costs nothing when it was asked for before."""
        return self.snapshot.tag(self.kind, self.member)

    @property
    def modified(self) -> datetime:
        """When it can have changed last, in UTC."""
        return self.snapshot.modified

    def content(self) -> bytes:
        """Return its bytes."""
        return self.snapshot.calendar(self.kind, self.member)


class Publisher:
    """Answers for all communities of a configuration. Safe to use from several threads."""

    def __init__(self, configuration: Configuration, store: Store) -> None:
        self._store = store
        self._readers = {one.id: Reader(audience_of(one)) for one in configuration.settings.communities}

    def find(self, token: str, now: datetime) -> Published | None:
        """Return the feed of a token, or None where there is none, or no longer: both at the same cost.

        Raises:
            StoreProblem: the store cannot be read.
        """
        with self._store.reading() as connection:
            feed = feeds.find(connection, token_digest(token))
            if feed is None or feed.revoked_at is not None or feed.community not in self._readers:
                return None
            revision = dated.revision(connection, feed.community)
        snapshot = self._readers[feed.community].snapshot(self._store, revision, now)
        return Published(feed.id, Kind(feed.kind), feed.member, snapshot)

    def prepare(self, now: datetime) -> None:
        """Read every community once, so that the first who asks does not wait for it.

        Raises:
            StoreProblem: the store cannot be read.
        """
        for community, reader in self._readers.items():
            with self._store.reading() as connection:
                revision = dated.revision(connection, community)
            reader.snapshot(self._store, revision, now)
