"""A message is said once for each thing and revision, whoever runs how often, and whatever ends in between."""

from __future__ import annotations

import asyncio
import os
import signal
import subprocess
import sys
from pathlib import Path

import pytest

from domain.announcements.message import MessageState
from domain.errors import Locked
from sync.announce.announce import Announced
from tests.contract.channels.town import HOUR, Town
from tests.web.place import COMMUNITY

ROOT = Path(__file__).resolve().parents[3]
MONDAY = {"hours": 44}
"""From Saturday noon to Monday, an hour after the digest is due."""
MOVED = "15:00"
"""When what is moved by an hour ends, in Berlin."""


def count(town: Town, words: str) -> int:
    """Return how many messages in the place say something."""
    return sum(words in text for text in town.said())


async def test_what_was_there_is_known_and_what_is_new_is_said_once(town: Town) -> None:
    assert town.said() == []
    for number in range(3):
        town.gather(f"Meetup {number}", days=3 + number)
    for _ in range(3):
        await town.say(minutes=5)
    assert [count(town, f"Meetup {number}") for number in range(3)] == [1, 1, 1]
    assert len(town.said()) == 3
    assert town.states() == [MessageState.SENT] * 3


async def test_h12_nothing_new_is_said_and_nothing_is_written(town: Town) -> None:
    town.gather("Meetup")
    await town.say()
    await town.say()  # replies are counted once a day
    said, journal = town.said(), town.journal()
    written = town.subject.wire.written if town.subject.wire else 0
    asked = town.subject.wire.asked if town.subject.wire else 0
    for _ in range(3):
        assert (await town.say(hours=1)).said == []
    assert (town.said(), town.journal()) == (said, journal)
    assert town.subject.wire is None or (town.wire.written, town.wire.asked) == (written, asked)


async def test_a_change_edits_the_message_or_follows_up_once(town: Town) -> None:
    town.gather("Meetup")
    await town.say()
    (first,) = town.said()
    town.move("Meetup")
    for _ in range(2):
        await town.say(hours=1)
    messages = town.said()
    assert len(messages) == (1 if town.abilities.edits else 2)
    assert "Meetup" in messages[-1]
    assert messages[-1] != first
    assert MOVED in messages[-1]


async def test_what_is_moved_back_before_anybody_heard_of_it_is_no_news(town: Town) -> None:
    town.gather("Meetup")
    await town.say()
    before = town.said()
    town.move("Meetup")
    town.move("Meetup", -1)
    await town.say()
    assert town.said() == before


async def test_what_is_called_off_is_told_once(town: Town) -> None:
    town.gather("Meetup")
    await town.say()
    town.here.delete("Meetup")
    for _ in range(3):
        await town.say(hours=1)
    assert len(town.said()) == (1 if town.abilities.edits else 2)
    assert "Meetup" in town.said()[-1]
    assert "Called off" in town.said()[-1]


async def test_the_digest_comes_once_a_week_however_often_it_is_asked_for(town: Town) -> None:
    town.gather("Meetup", days=5)
    await town.say()
    await town.say(**MONDAY)
    for hours in (0, 1, 5):
        await town.say(hours=hours)
    assert [count(town, "Meetup"), len(town.said())] == [2, 2]


async def test_h18_two_at_once_say_it_once(town: Town) -> None:
    town.gather("Meetup")
    lease = town.here.store.acquire(COMMUNITY, "another", town.here.now)
    with pytest.raises(Locked):
        await town.announce()
    assert town.said() == []
    town.here.store.release(lease)
    found = await asyncio.gather(town.announce(), town.announce(), return_exceptions=True)
    assert any(isinstance(one, Announced) for one in found)
    assert all(isinstance(one, Announced | Locked) for one in found)
    await town.say(minutes=1)
    assert len(town.said()) == 1


@pytest.mark.parametrize("when", ["before", "after"])
async def test_h13_h26_killed_between_the_post_and_its_record_it_is_never_said_twice(town: Town, when: str) -> None:
    if town.abilities.assisted:
        return  # nothing is posted by the process; test_by_hand.py kills it where it lays a text out
    town.gather("Meetup")
    command = [sys.executable, "-m", "tests.contract.channels.dying", str(town.here.folder), when]
    moment = town.here.now.isoformat()
    died = await asyncio.to_thread(
        subprocess.run, [*command, moment], cwd=ROOT, check=False, env={**os.environ}, capture_output=True
    )
    assert died.returncode == -signal.SIGKILL, died.stderr.decode()
    arrived = len(town.said())
    assert arrived == (when == "after")
    assert town.states() == [MessageState.SENDING]
    found = await town.say(minutes=1)
    (state,) = town.states()
    assert state in (MessageState.SENT, MessageState.UNCLEAR)
    assert state is MessageState.UNCLEAR or len(town.said()) == 1
    assert state is MessageState.SENT or found.needs_person  # somebody has to look, and hears of it
    standing = len(town.said())
    for _ in range(3):
        await town.say(hours=2)
    assert len(town.said()) == standing <= 1
    assert standing >= arrived


async def test_an_edit_that_a_killed_process_had_begun_is_made(town: Town) -> None:
    if not town.abilities.edits:
        return
    town.gather("Meetup")
    await town.say()
    town.move("Meetup")
    command = [sys.executable, "-m", "tests.contract.channels.dying", str(town.here.folder), "before"]
    moment = (town.here.now + HOUR).isoformat()
    died = await asyncio.to_thread(
        subprocess.run, [*command, moment], cwd=ROOT, check=False, env={**os.environ}, capture_output=True
    )
    assert died.returncode == -signal.SIGKILL, died.stderr.decode()
    await town.say(hours=2)
    assert [MOVED in text for text in town.said()] == [True]
