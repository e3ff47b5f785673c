"""A community with a folder as a channel; the clock is turned by hand."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import datetime, timedelta
from pathlib import Path

import pytest

from domain.announcements.message import Message
from store import messages
from sync.announce.announce import Announced, announce
from sync.wiring import Wiring
from tests.web.place import COMMUNITY, Place, place

ALL = '"gatherings", "deadlines", "milestones", "documents", "welcome", "thanks"'
OPEN = '[communities.audience]\ndeadlines = "community"\ntasks = "community"\ndocuments = "community"\n'


def channel(wants: str = ALL, more: str = "", form: str = "markdown") -> str:
    """Return the configuration of a channel that writes into the folder `out`."""
    return (
        f'{OPEN}[[communities.channels]]\nid = "intranet"\nkind = "folder"\nfolder = "out"\nform = "{form}"\n'
        f"wants = [{wants}]\n{more}\n"
    )


@dataclass
class Town:
    """One community, what is said in its channel, and the clock."""

    here: Place

    @property
    def out(self) -> Path:
        return self.here.folder / "out"

    async def say(self, at: datetime | None = None) -> Announced:
        """Say what is due, as a process of its own does."""
        if at is not None:
            self.here.now = at
        async with Wiring(self.here.configuration) as wiring:
            places = wiring.channels(self.here.settings)
            return await announce(self.here.configuration, self.here.settings, places, self.here.store, self.clock)

    def clock(self) -> datetime:
        return self.here.now

    def wait(self, **time: float) -> None:
        self.here.now += timedelta(**time)

    def files(self) -> list[str]:
        """Return what stands in the channel, in the order of names."""
        return [one.read_text(encoding="utf-8") for one in sorted(self.out.iterdir()) if not one.name.endswith(".part")]

    def journal(self) -> list[Message]:
        with self.here.store.reading() as connection:
            return messages.of_channel(connection, COMMUNITY, "intranet")


@contextmanager
def town(folder: Path, community: str, url: str = "sqlite:///copsync.db") -> Iterator[Town]:
    """Give a community with this configuration."""
    with place(folder, url, community=community) as here:
        (folder / "out").mkdir()
        yield Town(here)


@pytest.fixture
def busy(tmp_path: Path) -> Iterator[Town]:
    """A community whose channel wants everything but the digest."""
    with town(tmp_path, channel()) as made:
        yield made
