"""What becomes of messages when processes die, places fail, and templates break: nothing twice, nothing by halves."""

from __future__ import annotations

import asyncio
import os
import signal
import subprocess
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field, replace
from datetime import timedelta
from pathlib import Path

import pytest

from connectors.channel import ChannelKind, Outgoing, Receipt
from connectors.contract import Finding
from connectors.folder.files import FolderOptions
from domain.announcements.channel import Abilities, Form
from domain.announcements.message import MessageState
from domain.errors import ConnectAgain, CopsyncError, Locked, Retriable, SetAside, Uncertain
from store.leases import LIFE_SECONDS
from sync.announce.announce import Announced, announce
from sync.announce.place import Place
from sync.wiring import Wiring
from tests.store.databases import KINDS, database
from tests.sync.announce.conftest import Town, channel, town
from tests.web.place import COMMUNITY, NOW

START = NOW + timedelta(days=3)
HOUR = timedelta(hours=1)

DIES = """
import asyncio, os, signal, sys
from datetime import datetime
from pathlib import Path
from config.loader import load
from connectors.folder.files import FolderSender
from store.store import Store
from sync.announce.announce import announce
from sync.wiring import Wiring

when, moment, url = sys.argv[1], datetime.fromisoformat(sys.argv[2]), sys.argv[3]
post = FolderSender.post

async def dying(self, outgoing):
    if when == "after":
        await post(self, outgoing)
    os.kill(os.getpid(), signal.SIGKILL)

FolderSender.post = dying

async def main():
    configuration = load(Path("copsync.toml"))
    store = Store.open(url, configuration.folder)
    async with Wiring(configuration) as wiring:
        settings = configuration.settings.communities[0]
        await announce(configuration, settings, wiring.channels(settings), store, lambda: moment)

asyncio.run(main())
"""


@pytest.fixture(params=KINDS)
def here(request: pytest.FixtureRequest, tmp_path: Path) -> Iterator[tuple[Town, str]]:
    with database(request.param) as url, town(tmp_path, channel(), url) as made:
        yield made, url


@pytest.mark.parametrize("when", ["before", "after"])
async def test_h26_a_process_killed_around_a_post_says_it_once_in_the_end(here: tuple[Town, str], when: str) -> None:
    made, url = here
    await made.say()
    made.here.event("Meetup", START, START + HOUR)
    command = [sys.executable, "-c", DIES, when, made.here.now.isoformat(), url]
    died = await asyncio.to_thread(subprocess.run, command, cwd=made.here.folder, check=False, env={**os.environ})
    assert died.returncode == -signal.SIGKILL
    assert [one.state for one in made.journal() if one.thing == "gathering:Meetup"] == [MessageState.SENDING]
    assert len(made.files()) == (when == "after")
    made.wait(seconds=LIFE_SECONDS + 1)
    await made.say()
    await made.say()
    assert len(made.files()) == 1
    assert [one.state for one in made.journal() if one.thing == "gathering:Meetup"] == [MessageState.SENT]


@dataclass
class Pigeon:
    """A sender of which nobody knows whether it arrived; `fails` are raised one after the other."""

    fails: list[Exception] = field(default_factory=list)
    arrived: list[Outgoing] = field(default_factory=list)
    requests: int = 0

    async def check(self) -> list[Finding]:
        return []

    async def post(self, outgoing: Outgoing) -> Receipt:
        self.arrived.append(outgoing)
        if self.fails:
            raise self.fails.pop(0)
        return Receipt()

    async def edit(self, outgoing: Outgoing, remote: str) -> Receipt:
        raise AssertionError("it cannot edit")

    async def find(self, outgoing: Outgoing) -> Receipt | None:
        raise AssertionError("it cannot tell")

    async def aclose(self) -> None:
        pass


@contextmanager
def loft(folder: Path, pigeon: Pigeon, **abilities: bool) -> Iterator[tuple[Town, Place]]:
    """Give a community whose channel is a pigeon."""
    declared = Abilities(Form.TEXT, **abilities)
    kind = ChannelKind("pigeon", "Pigeon", FolderOptions, lambda options: declared, lambda setup: pigeon)
    with town(folder, channel()) as made:
        (folded,) = Wiring(made.here.configuration).channels(made.here.settings)
        yield made, Place(replace(folded.channel, abilities=declared), kind, lambda: pigeon)


async def say(made: Town, place: Place) -> Announced:
    return await announce(made.here.configuration, made.here.settings, [place], made.here.store, made.clock)


async def test_h13_what_may_have_arrived_is_never_sent_again_where_nobody_can_tell(tmp_path: Path) -> None:
    pigeon = Pigeon([Uncertain("The answer was lost.")])
    with loft(tmp_path, pigeon) as (made, place):
        await say(made, place)
        made.here.event("Meetup", START, START + HOUR)
        found = await say(made, place)
        assert found.needs_person
        for _ in range(3):
            made.wait(hours=1)
            await say(made, place)
        assert len(pigeon.arrived) == 1
        assert [one.state for one in made.journal() if one.thing == "gathering:Meetup"] == [MessageState.UNCLEAR]
        made.here.change("Meetup", start=START + HOUR, end=START + 2 * HOUR)
        await say(made, place)
        assert "Changed: Meetup" in pigeon.arrived[-1].text


@pytest.mark.parametrize("problem", [Retriable("down"), ConnectAgain("signed out")])
async def test_h04_what_did_not_leave_is_sent_by_a_later_run_under_the_same_key(
    tmp_path: Path, problem: CopsyncError
) -> None:
    pigeon = Pigeon([problem])
    with loft(tmp_path, pigeon) as (made, place):
        await say(made, place)
        made.here.event("Meetup", START, START + HOUR)
        found = await say(made, place)
        assert (found.failed, found.said) == (True, [])
        assert [one.title for one in (await say(made, place)).said] == ["Meetup"]
        assert len({one.key for one in pigeon.arrived}) == 1


async def test_h28_a_bug_in_one_channel_stops_no_other_and_nothing_is_said_twice(tmp_path: Path) -> None:
    pigeon = Pigeon(fails=[RuntimeError("a bug")])
    with loft(tmp_path, pigeon) as (made, place):
        (folder,) = Wiring(made.here.configuration).channels(made.here.settings)
        pigeons = replace(place, channel=replace(place.channel, id="pigeons"))

        async def both() -> Announced:
            return await announce(
                made.here.configuration, made.here.settings, [pigeons, folder], made.here.store, made.clock
            )

        await both()
        made.here.event("Meetup", START, START + HOUR)
        ill, well = (await both()).channels
        assert str(ill.problem) == (
            "RuntimeError in channel pigeons; what it was to be told waits. Please report this."
        )
        assert (len(well.said), len(made.files())) == (1, 1)
        await both()
        assert (len(pigeon.arrived), len(made.files())) == (1, 1)


async def test_h28_one_message_that_is_refused_stops_no_other(tmp_path: Path) -> None:
    pigeon = Pigeon([SetAside("No.", mend="Say it otherwise.")])
    with loft(tmp_path, pigeon) as (made, place):
        await say(made, place)
        made.here.event("First", START, START + HOUR)
        made.here.event("Second", START + HOUR, START + 2 * HOUR)
        said = {one.title: one.state for one in (await say(made, place)).said}
        assert said == {"First": MessageState.REFUSED, "Second": MessageState.SENT}
        assert (await say(made, place)).said == []


async def test_h18_two_processes_at_once_say_it_once(busy: Town) -> None:
    await busy.say()
    busy.here.event("Meetup", START, START + HOUR)
    lease = busy.here.store.acquire(COMMUNITY, "another", busy.here.now)
    with pytest.raises(Locked):
        await busy.say()
    assert busy.files() == []
    busy.here.store.release(lease)
    found = await asyncio.gather(busy.say(), busy.say(), return_exceptions=True)
    assert len(busy.files()) == 1
    assert sum(len(one.said) for one in found if isinstance(one, Announced)) == 1


async def test_messages_that_a_person_posts_are_planned_and_left_to_the_outbox(tmp_path: Path) -> None:
    pigeon = Pigeon()
    with loft(tmp_path, pigeon, assisted=True) as (made, place):
        await say(made, place)
        made.here.event("Meetup", START, START + HOUR)
        await say(made, place)
        assert pigeon.arrived == []
        assert [one.state for one in made.journal() if one.thing == "gathering:Meetup"] == [MessageState.PLANNED]
        made.here.change("Meetup", start=START + HOUR, end=START + 2 * HOUR)
        await say(made, place)
        states = [one.state for one in made.journal() if one.thing == "gathering:Meetup"]
        assert states == [MessageState.SUPERSEDED, MessageState.PLANNED]


async def test_a_broken_template_sends_nothing_and_goes_on_when_it_is_mended(tmp_path: Path) -> None:
    folder = tmp_path / "words"
    folder.mkdir()
    own = folder / "gathering.md.j2"
    own.write_text("Half a text {{ titel }}", encoding="utf-8")
    with town(tmp_path, f'templates = "words"\n{channel()}') as made:
        await made.say()
        made.here.event("Meetup", START, START + HOUR)
        found = await made.say()
        assert "gathering.md.j2:1" in str(found.channels[0].problem)
        assert made.files() == []
        own.write_text("Whole: {{ title }}", encoding="utf-8")
        await made.say()
        assert made.files() == ["Whole: Meetup\n"]
