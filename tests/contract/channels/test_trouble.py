"""Trouble on the wire: what may have arrived is not said again, what did not is said later, and one stops no other."""

from __future__ import annotations

import logging
from datetime import timedelta

import pytest

from domain.announcements.message import MessageState
from domain.errors import ConnectAgain, Retriable, Uncertain
from tests.contract.channels.test_said_once import MONDAY, count
from tests.contract.channels.town import Town

LOST = {
    "the answer is lost": ("lost_answer", {}),
    "502 after it was done": ("status", {"status": 502, "processed": True}),
    "504 after it was done": ("status", {"status": 504, "processed": True}),
    "cut before it was done": ("cut", {}),
}
DAYS = (0, 1, 24, 48)
"""Hours between the runs that follow."""


@pytest.mark.parametrize("how", LOST)
async def test_h13_a_post_whose_answer_is_lost_is_not_said_twice(wired: Town, how: str) -> None:
    kind, more = LOST[how]
    wired.gather("Meetup", days=9)
    wired.wire.break_posts(kind, **more)
    found = await wired.say()
    assert isinstance(found.channels[0].problem, Uncertain)
    assert found.needs_person
    assert wired.states() == [MessageState.UNCLEAR]
    arrived = len(wired.said())
    assert arrived == (kind != "cut")
    for hours in DAYS:
        await wired.say(hours=hours)
    (message,) = (one for one in wired.journal() if one.thing == "gathering:Meetup")
    assert message.state in (MessageState.SENT, MessageState.UNCLEAR)
    alone = sum("the week" not in text for text in wired.said())
    assert alone == (1 if message.state is MessageState.SENT else arrived)
    assert not wired.abilities.finds or not arrived or message.state is MessageState.SENT


@pytest.mark.parametrize("how", LOST)
async def test_h13_what_changes_while_nobody_can_tell_is_told_without_saying_the_first_twice(
    wired: Town, how: str
) -> None:
    kind, more = LOST[how]
    wired.gather("Meetup", days=9)
    wired.wire.break_posts(kind, **more)
    await wired.say()
    arrived = len(wired.said())
    wired.here.change("Meetup", title="Summit")
    for hours in (1, 1):
        await wired.say(hours=hours)
    first = [text for text in wired.said() if "Summit" not in text]
    assert len(first) <= arrived
    assert len(wired.said()) <= arrived + 1
    assert count(wired, "Summit") == 1


@pytest.mark.parametrize("how", LOST)
async def test_h13_a_digest_whose_answer_is_lost_is_not_said_twice_when_its_words_have_changed(
    wired: Town, how: str
) -> None:
    kind, more = LOST[how]
    wired.gather("Meetup", days=5)
    await wired.say()
    wired.wire.break_posts(kind, **more)
    await wired.say(**MONDAY)
    arrived = len(wired.said())
    assert arrived == 1 + (kind != "cut")
    wired.gather("Second thoughts", days=6)
    for hours in (1, 1, 3):
        await wired.say(hours=hours)
    assert sum("Second thoughts" not in text for text in wired.said()) <= arrived
    assert len(wired.said()) <= 3


@pytest.mark.parametrize("status", [400, 401, 403, 404, 429, 500, 503])
async def test_h13_while_nobody_can_be_asked_nothing_is_sent_again(wired: Town, status: int) -> None:
    wired.gather("Meetup", days=9)
    wired.wire.break_posts("lost_answer")
    await wired.say()
    wired.wire.break_reads("status", status=status, times=None)
    found = await wired.say(hours=1)
    assert found.failed or not wired.abilities.finds
    assert len(wired.said()) == 1
    wired.wire.mend()
    await wired.say(hours=24)
    assert len(wired.said()) == 1


@pytest.mark.parametrize("status", [401, 403, 404, 429, 500, 503])
async def test_h13_what_fails_after_the_post_does_not_say_it_twice(wired: Town, status: int) -> None:
    wired.gather("Meetup", days=9)
    wired.wire.break_reads("status", status=status, times=None)
    await wired.say()
    wired.wire.mend()
    assert len(wired.said()) == 1
    for hours in DAYS[:3]:
        await wired.say(hours=hours)
    assert count(wired, "Meetup") - count(wired, "the week") == 1
    assert MessageState.SENDING not in wired.states()


@pytest.mark.parametrize("wait", [600, None], ids=["Retry-After", "no header"])
async def test_h29_a_limit_in_the_middle_waits_without_a_storm_and_nothing_is_doubled(
    wired: Town, wait: int | None
) -> None:
    for number in range(3):
        wired.gather(f"Meetup {number}", days=3 + number)
    wired.wire.break_posts("status", status=429, retry_after=wait, after=1, times=None)
    found = await wired.say()
    assert isinstance(found.channels[0].problem, Retriable)
    assert len(wired.said()) == 1
    assert wired.wire.written <= 4  # one that went through, and as many attempts as a client makes
    assert sorted(wired.states()) == sorted([MessageState.SENT, MessageState.PLANNED, MessageState.PLANNED])
    wired.wire.mend()
    wired.here.now += timedelta(hours=20)  # LinkedIn's quotas are over at midnight, UTC
    for _ in range(2):
        await wired.say(minutes=30)
    assert [count(wired, f"Meetup {number}") for number in range(3)] == [1, 1, 1]
    assert len(wired.said()) == 3


async def test_h29_a_place_that_asks_to_wait_is_not_asked_by_the_runs_that_follow(wired: Town) -> None:
    wired.gather("Meetup", days=9)
    wired.wire.break_posts("status", status=429, retry_after=600, times=None)
    first = await wired.say()
    asked = wired.wire.asked
    for _ in range(2):
        found = await wired.say(minutes=2)
        assert isinstance(found.channels[0].problem, Retriable)
        assert str(found.channels[0].problem) == str(first.channels[0].problem)
    assert wired.wire.asked == asked
    wired.gather("Summit", days=10)
    assert (await wired.say(minutes=1)).channels[0].planned == 1  # what is to be said is decided all the same
    wired.wire.mend()
    for _ in range(2):
        await wired.say(hours=10)
    assert [count(wired, title) for title in ("Meetup", "Summit")] == [1, 1]


@pytest.mark.parametrize("before", [0, 1], ids=["at the beginning", "in the middle"])
async def test_h30_a_sign_in_that_ends_asks_for_a_person_and_nothing_is_half_said(wired: Town, before: int) -> None:
    for number in range(before):
        wired.gather(f"Meetup {number}")
    await wired.say()
    assert len(wired.said()) == before
    wired.wire.revoke()
    for number in (7, 8, 9):
        wired.gather(f"Meetup {number}", days=number)
    asked = wired.wire.asked
    for _ in range(2):
        found = await wired.say(minutes=1)
        assert isinstance(found.channels[0].problem, ConnectAgain)
        assert found.needs_person
        assert found.channels[0].problem.mend
    assert wired.wire.asked - asked <= 4  # no storm: two attempts a run at most
    assert len(wired.said()) == before
    wired.wire.readmit(wired.here.configuration)
    for _ in range(2):
        await wired.say(minutes=1)
    assert [count(wired, f"Meetup {number}") for number in (7, 8, 9)] == [1, 1, 1]
    assert len(wired.said()) == before + 3


@pytest.mark.parametrize("status", [400, 413, 422])
async def test_h28_one_that_is_refused_is_set_aside_and_the_others_go_on(wired: Town, status: int) -> None:
    for number in range(3):
        wired.gather(f"Meetup {number}", days=3 + number)
    wired.wire.break_posts("status", status=status, after=1)
    found = await wired.say()
    assert found.failed
    assert [one.state for one in found.said] == [MessageState.SENT, MessageState.REFUSED, MessageState.SENT]
    (refused,) = (one for one in wired.journal() if one.state is MessageState.REFUSED)
    assert str(status) in refused.reason
    written = wired.wire.written
    for _ in range(3):
        await wired.say(hours=1)
    assert (len(wired.said()), wired.wire.written) == (2, written)  # it is not tried again as it is
    wired.move(refused.title)
    await wired.say()
    assert count(wired, refused.title) == 1


ODD = (
    "\u202eRTL, 🎉 and \u0007 bell",
    "a\u0000b\u202c",
    "𝕏" * 600,
    '\\"{}|@[]()<>#*_~`' * 40,
    "日本語" * 400,
)


@pytest.mark.parametrize("title", ODD, ids=["bell", "nul", "wide", "reserved", "kanji"])
async def test_h28_odd_texts_go_through_or_are_set_aside_alone(wired: Town, title: str) -> None:
    wired.gather("First", days=3)
    wired.here.event("odd", *(wired.here.records["First"].fields[name] for name in ("start", "end")), title=title)
    wired.gather("Last", days=5)
    await wired.say()
    await wired.say()
    states = {one.thing: one.state for one in wired.journal()}
    assert states["gathering:First"] is states["gathering:Last"] is MessageState.SENT
    assert states["gathering:odd"] in (MessageState.SENT, MessageState.REFUSED)
    assert count(wired, "First") == count(wired, "Last") == 1


@pytest.mark.parametrize("status", [429, 503])
async def test_h04_a_change_that_fails_is_not_counted_as_done_and_is_told_later(wired: Town, status: int) -> None:
    wired.gather("Meetup", days=9)
    await wired.say()
    wired.move("Meetup")
    wired.wire.break_edits("status", status=status, times=None)
    found = await wired.say(hours=1)
    assert found.failed
    assert found.said == []
    assert sum("15:00" in text for text in wired.said()) == 0
    wired.wire.mend()
    for hours in (20, 1, 1):
        await wired.say(hours=hours)
    if wired.abilities.edits or status == 429:
        assert sum("15:00" in text for text in wired.said()) == 1
    assert len(wired.said()) <= (1 if wired.abilities.edits else 2)


@pytest.mark.parametrize("how", ["lost_answer", "cut"])
async def test_h04_a_change_whose_answer_is_lost_is_made_in_the_end(wired: Town, how: str) -> None:
    if not wired.abilities.edits:
        return
    wired.gather("Meetup", days=9)
    await wired.say()
    wired.move("Meetup")
    wired.wire.break_edits(how, times=3)
    await wired.say(hours=1)
    wired.wire.mend()
    for _ in range(2):
        await wired.say(hours=1)
    assert ["15:00" in text for text in wired.said()] == [True]
    assert MessageState.UNCLEAR not in wired.states()


async def test_what_a_person_took_away_is_not_put_back(town: Town) -> None:
    if town.subject.remove is None:
        return
    town.gather("Meetup", days=9)
    await town.say()
    town.subject.remove()
    town.move("Meetup")
    for _ in range(3):
        await town.say(hours=1)
    assert town.said() == []
    town.gather("Another")
    await town.say()
    assert len(town.said()) == 1


async def test_h06_what_a_person_wrote_into_a_message_is_not_overwritten(town: Town) -> None:
    if town.subject.meddle is None:
        return  # nobody but copsync can change what it said there
    town.gather("Meetup", days=9)
    await town.say()
    town.subject.meddle("Moved next door, says Ada.")
    town.move("Meetup")
    found = await town.say(hours=1)
    assert found.failed  # a person hears of it, with what was to be said
    (refused,) = found.said
    assert refused.state is MessageState.REFUSED
    assert "15:00" in refused.reason
    await town.say(hours=1)
    assert town.said() == ["Moved next door, says Ada."]


async def test_no_secret_is_ever_shown(wired: Town, caplog: pytest.LogCaptureFixture) -> None:
    caplog.set_level(logging.DEBUG)
    told = []
    for kind, more in (("status", {"status": 500}), ("html", {}), ("cut", {}), ("status", {"status": 400})):
        wired.gather(f"Meetup {kind} {more}", days=9)
        wired.wire.break_posts(kind, **more)
        told.append(repr((await wired.say(minutes=1)).json()))
    wired.wire.revoke()
    wired.gather("The last")
    told.append(repr((await wired.say(minutes=1)).json()))
    for secret in wired.subject.secrets:
        assert secret not in "".join(told) + caplog.text + repr(wired.journal())
