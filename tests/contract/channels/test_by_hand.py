"""Where a person posts: what is laid out stands for one message, whatever is done, left undone or killed meanwhile."""

from __future__ import annotations

from collections.abc import AsyncIterator
from datetime import timedelta
from pathlib import Path

import pytest

from domain.announcements.message import MessageState
from domain.outbox.item import Item
from domain.outbox.states import State
from sandbox.linkedin.state import Account, LinkedInState
from sync.outbox import desk
from sync.outbox.places import places_of
from tests.connectors.linkedin.conftest import ADA, TOKEN
from tests.contract.channels.subjects import linkedin_group, moderate
from tests.contract.channels.town import Town, talking


@pytest.fixture
async def group(tmp_path: Path) -> AsyncIterator[Town]:
    """A LinkedIn group whose moderator does nothing unless told."""
    with talking(tmp_path, linkedin_group) as made:
        made.subject.by_hand = lambda here: None
        await made.say()
        yield made


def items(town: Town) -> list[Item]:
    (spot,) = places_of(town.here.configuration, [town.here.settings])
    return desk.items(town.here.store, spot)


def elsewhere(town: Town) -> LinkedInState:
    """Return a group of the moderator's own, to which the links of the community do not lead."""
    state = LinkedInState(now=town.here.clock)
    state.accounts[TOKEN] = Account(ADA)
    return state


async def test_h13_what_was_posted_without_giving_its_link_is_never_laid_out_again(group: Town) -> None:
    group.gather("Meetup", days=30)
    await group.say()
    moderate(elsewhere(group), group.here, claims=False)
    for days in (1, 13, 1, 1):
        await group.say(days=days)
    told = [one for one in items(group) if "Meetup" in one.title]
    assert [one.state for one in told] == [State.EXPIRED]
    (message,) = (one for one in group.journal() if one.thing == "gathering:Meetup")
    assert message.state is MessageState.UNCLEAR
    assert "may have been posted" in message.reason


async def test_h04_a_change_that_nobody_posts_waits_and_only_the_last_one_does(group: Town) -> None:
    group.gather("Meetup", days=9)
    await group.say()
    state = elsewhere(group)
    moderate(state, group.here)
    await group.say()
    for _ in range(3):
        group.move("Meetup")
        await group.say(minutes=30)
    waiting = [one for one in items(group) if one.state is State.READY]
    assert len(waiting) == 1
    assert "17:00" in waiting[0].text  # three hours later than at first, in Berlin
    assert [one.state for one in items(group)].count(State.VERIFIED) == 1


@pytest.mark.parametrize("deed", ["put", "hand_out"])
async def test_h26_killed_anywhere_around_an_item_there_is_one(
    group: Town, monkeypatch: pytest.MonkeyPatch, deed: str
) -> None:
    group.gather("Meetup", days=9)
    real = getattr(desk, deed)

    def killed(*arguments: object) -> None:
        real(*arguments)
        raise KeyboardInterrupt

    monkeypatch.setattr(desk, deed, killed)
    state = elsewhere(group)

    async def work() -> None:
        await group.say()
        moderate(state, group.here)

    with pytest.raises(KeyboardInterrupt):
        await work()
    monkeypatch.undo()
    for _ in range(2):
        await group.say(minutes=1)
        moderate(state, group.here)
    assert len(items(group)) == 1


async def test_h28_one_text_that_does_not_fit_keeps_no_other_back(tmp_path: Path) -> None:
    with talking(tmp_path, linkedin_group, wants='"gatherings"', more="longest = 200") as town:
        await town.say()
        town.gather("Short", days=3)
        town.gather("Long", days=4, location="Room " + "and room " * 60)
        await town.announce()
        problems = [problem for done in await town.tended() for problem in done.problems]
        assert len(problems) == 1
        assert "too long" in problems[0].message
        assert [one.title for one in items(town)] == ["Short"]
        town.here.change("Long", location="Room 5")
        await town.announce()
        assert [done.problems for done in await town.tended()] == [[]]
        assert sorted(one.title for one in items(town)) == ["Long", "Short"]


async def test_h18_two_moderators_and_a_run_at_once_leave_one_post_behind(group: Town) -> None:
    group.gather("Meetup", days=9)
    await group.say()
    state = elsewhere(group)
    moderate(state, group.here)
    moderate(state, group.here)  # nothing is left for the second one
    group.here.now += timedelta(minutes=1)
    await group.tend()
    assert [one.state for one in items(group)] == [State.VERIFIED]
    assert len(state.groups["8472911"]) == 1
