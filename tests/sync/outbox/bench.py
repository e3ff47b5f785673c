"""A community with a LinkedIn group, its outbox, and posts as moderators make them."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

from config.loader import Configuration, load
from connectors.linkedin.permalink import GroupPost
from domain.outbox.item import Item
from domain.outbox.states import State
from store.store import Store
from sync.outbox import desk
from sync.outbox.place import Place
from sync.outbox.places import places_of

NOW = datetime(2026, 11, 28, 12, tzinfo=UTC)
COMMUNITY, GROUP = "data-practice", "8472911"
TEXT = "Charts that people read: a talk by Ada.\n\nThursday, 3 December, 15:00 CET (14:00 UTC).\n\nhttps://example.org/talk"


def permalink(made: datetime, group: str = GROUP, number: int = 1) -> str:
    """Return the link of a post made at a moment."""
    return GroupPost(group, str(int(made.timestamp() * 1000) << 22 | number)).url


@dataclass
class Bench:
    """The clock is turned by hand."""

    folder: Path
    store: Store
    configuration: Configuration
    now: datetime = NOW
    made: int = 0

    def clock(self) -> datetime:
        return self.now

    @property
    def place(self) -> Place:
        return places_of(self.configuration, self.configuration.settings.communities)[0]

    def put(self, title: str = "A talk", text: str = TEXT, thing: str = "", revision: int = 1, **more: object) -> Item:
        """Lay an item into the outbox."""
        self.made += 1
        identity = f"out-{self.made:08x}"
        given: dict[str, Any] = {"state": State.READY, "expires_at": self.now + self.place.term, **more}
        item = Item(
            identity,
            COMMUNITY,
            self.place.channel,
            thing or identity,
            revision,
            title,
            text,
            created_at=self.now,
            **given,
        )
        assert desk.put(self.store, self.place, [item], self.now) == 1
        return item

    def item(self, identity: str) -> Item:
        return desk.item_of(self.store, [self.place], identity)[1]

    def hand_out(self, item: Item) -> Item:
        return desk.hand_out(self.store, [item], "ada@example.org", self.now)[0]

    def claim(self, item: Item, link: str) -> Item:
        return desk.claim(self.store, self.place, item, link, "ada@example.org", self.now)

    def posted(self, item: Item, minutes: int = 5) -> str:
        """Let a moderator post what was handed out some minutes later; return the link."""
        self.now += timedelta(minutes=minutes)
        self.made += 1
        return permalink(self.now - timedelta(minutes=1), number=self.made)


def configured(folder: Path, url: str = "sqlite:///copsync.db", channel: str = "", more: str = "") -> Configuration:
    folder.mkdir(parents=True, exist_ok=True)
    text = (
        f'[store]\nurl = "{url}"\n{more}\n[[communities]]\nid = "{COMMUNITY}"\nname = "Data Practice"\n'
        'time_zone = "Europe/Berlin"\n[[communities.channels]]\nid = "linkedin"\nkind = "linkedin-group"\n'
        f'audience = "public"\ngroup = {GROUP}\n{channel}\n'
    )
    (folder / "copsync.toml").write_text(text, encoding="utf-8")
    return load(folder / "copsync.toml")


@contextmanager
def bench(folder: Path, url: str = "sqlite:///copsync.db", **settings: str) -> Iterator[Bench]:
    configuration = configured(folder, url, **settings)
    store = Store.open(url, folder)
    try:
        yield Bench(folder, store, configuration)
    finally:
        store.close()
