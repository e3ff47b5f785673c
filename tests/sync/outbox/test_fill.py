"""From the community's records to the moderators' outbox, and back into the journal of what was said."""

from __future__ import annotations

import asyncio
from collections.abc import Iterator
from datetime import datetime, timedelta
from pathlib import Path

import pytest

from domain.announcements.message import Message, MessageState
from domain.errors import Locked
from domain.outbox.item import Item
from domain.outbox.states import Event, State
from store import messages
from sync.outbox import desk
from sync.outbox.places import places_of
from sync.outbox.tend import Tended, tend
from sync.wiring import Wiring
from tests.store.databases import KINDS, database
from tests.sync.outbox.bench import GROUP, permalink
from tests.web.place import COMMUNITY, NOW, Place, place

GROUPED = f"""
[[communities.channels]]
id = "linkedin"
kind = "linkedin-group"
audience = "community"
group = {GROUP}
wants = ["gatherings"]
quiet = "22:00-06:00"
"""


class Town:
    """A community whose gatherings are told in a LinkedIn group."""

    def __init__(self, here: Place) -> None:
        self.here = here
        here.event("event-0", *hour(1))  # known before the channel was connected: no news
        self.tend()

    def tend(self) -> Tended:
        async def run() -> list[Tended]:
            async with Wiring(self.here.configuration) as wiring:
                return await tend(wiring, self.here.store, self.here.settings, self.here.clock)

        (done,) = asyncio.run(run())
        return done

    def items(self) -> list[Item]:
        return desk.items(self.here.store, places_of(self.here.configuration, [self.here.settings])[0])

    def journal(self) -> list[Message]:
        with self.here.store.reading() as connection:
            found = messages.of_channel(connection, COMMUNITY, "linkedin")
        return [one for one in found if one.state is not MessageState.KNOWN]

    def post(self, item: Item) -> Item:
        """Hand an item out, let it be posted and claimed."""
        (spot,) = places_of(self.here.configuration, [self.here.settings])
        (given,) = desk.hand_out(self.here.store, [item], "ada", self.here.now)
        self.here.now += timedelta(minutes=5)
        return desk.claim(self.here.store, spot, given, permalink(self.here.now), "ada", self.here.now)


def hour(days: int) -> tuple[datetime, datetime]:
    begin = NOW + timedelta(days=days)
    return begin, begin + timedelta(hours=1)


@pytest.fixture(params=KINDS)
def town(request: pytest.FixtureRequest, tmp_path: Path) -> Iterator[Town]:
    with database(request.param) as url, place(tmp_path, url, community=GROUPED) as here:
        yield Town(here)


def test_a_gathering_becomes_an_item_and_is_told_once(town: Town) -> None:
    town.here.event("event-1", *hour(5), title="Charts that people read", zone="Europe/Berlin")
    for _ in range(3):
        assert town.tend().problems == []
    (item,) = town.items()
    assert item.state is State.READY
    assert "Charts that people read" in item.text
    assert "UTC" in item.text
    assert item.expires_at == NOW + timedelta(days=5)  # nobody announces what has begun
    (message,) = town.journal()
    assert (message.state, item.message) == (MessageState.PLANNED, message.id)
    done = town.post(item)
    town.tend()
    (message,) = town.journal()
    assert (message.state, message.remote, message.url) == (
        MessageState.SENT, done.post, f"https://www.linkedin.com/feed/update/{done.post}/",
    )  # fmt: skip
    town.tend()
    assert len(town.items()) == 1


def test_what_changes_before_it_is_posted_is_replaced(town: Town) -> None:
    town.here.event("event-1", *hour(5), title="A talk")
    town.tend()
    (spot,) = places_of(town.here.configuration, [town.here.settings])
    desk.hand_out(town.here.store, town.items(), "ada", town.here.now)
    town.here.change("event-1", start=hour(6)[0], end=hour(6)[1])
    town.tend()
    old, new = town.items()
    assert (old.state, new.state) == (State.SUPERSEDED, State.READY)
    assert new.revision > old.revision
    assert spot.group == GROUP


def test_what_changes_after_it_was_posted_is_corrected_by_another_post(town: Town) -> None:
    town.here.event("event-1", *hour(5), title="A talk")
    town.tend()
    town.post(town.items()[0])
    town.tend()
    town.here.change("event-1", start=hour(6)[0], end=hour(6)[1])
    town.tend()
    old, new = town.items()
    assert (old.state, new.state) == (State.VERIFIED, State.READY)


def test_what_nobody_wants_to_post_is_not_told_again(town: Town) -> None:
    town.here.event("event-1", *hour(5), title="A talk")
    town.tend()
    (spot,) = places_of(town.here.configuration, [town.here.settings])
    cancelled = desk.move(town.here.store, town.items()[0], Event.CANCEL, "ada", town.here.now, spot)
    town.tend()
    assert [one.state for one in town.items()] == [State.CANCELLED]
    assert [one.reason for one in town.journal()] == ["No moderator posted it."]
    desk.move(town.here.store, cancelled, Event.REINSTATE, "ada", town.here.now, spot)
    town.tend()
    assert [one.state for one in town.items()] == [State.READY]


def test_what_expired_may_have_been_posted_and_a_change_is_told_as_one(town: Town) -> None:
    town.here.event("event-1", *hour(5), title="A talk")
    town.tend()
    desk.hand_out(town.here.store, town.items(), "ada", town.here.now)
    town.here.now += timedelta(days=5)
    assert len(town.tend().expired) == 1
    town.tend()
    assert [one.state for one in town.journal()] == [MessageState.UNCLEAR]
    (item,) = town.items()
    assert item.state is State.EXPIRED
    town.post(item)
    town.tend()
    assert [one.state for one in town.journal()] == [MessageState.SENT]


def test_moderators_get_no_more_in_a_day_than_the_channel_bears(town: Town) -> None:
    for number in range(1, 9):
        town.here.event(f"event-{number}", *hour(number + 3), title=f"Talk {number}")
    for _ in range(3):
        town.tend()
    assert len(town.items()) == 3
    assert sum(f"Talk {number}" in item.text for number in range(1, 9) for item in town.items()) == 8


def test_at_night_nothing_new_is_laid_out(town: Town) -> None:
    town.here.event("event-1", *hour(5), title="A talk")
    town.here.now = NOW.replace(hour=22)
    town.tend()
    assert town.items() == []
    town.here.now = NOW + timedelta(days=1)
    town.tend()
    assert len(town.items()) == 1


def test_nothing_internal_is_laid_out(town: Town) -> None:
    town.here.event("event-1", *hour(5), title="Canary of the board", audience="internal")
    town.tend()
    assert town.items() == []


def test_h18_while_a_run_holds_the_community_nothing_is_laid_in(town: Town) -> None:
    lease = town.here.store.acquire(COMMUNITY, "a sync", town.here.now)
    assert [type(one) for one in town.tend().problems] == [Locked]
    town.here.store.release(lease)
    assert town.tend().problems == []


def test_h13_killed_between_the_item_and_its_message_nothing_is_doubled(
    town: Town, monkeypatch: pytest.MonkeyPatch
) -> None:
    town.here.event("event-1", *hour(5), title="A talk")
    real = desk.put

    def killed(*arguments: object) -> int:
        real(*arguments)  # type: ignore[arg-type]
        raise KeyboardInterrupt

    monkeypatch.setattr(desk, "put", killed)
    with pytest.raises(KeyboardInterrupt):
        town.tend()
    monkeypatch.undo()
    town.tend()
    assert len(town.items()) == len(town.journal()) == 1
