"""What is decided, whatever happens in whatever order: once, in time, within the maximum, and never of old."""

from __future__ import annotations

from collections import Counter
from dataclasses import replace
from datetime import datetime, timedelta
from itertools import pairwise

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from domain.announcements.audience import Audience
from domain.announcements.channel import Abilities, Topic
from domain.announcements.decide import ABSENCE
from domain.announcements.message import How, Message, MessageState
from domain.announcements.things import Thing
from domain.announcements.turn import said_today
from tests.domain.announcements.samples import EDITING, EVERYTHING, NIGHT, NOW, PLAIN, Ledger, channel, gathering

KEYS = ("a", "b", "c", "d", "e")
worlds = st.lists(
    st.tuples(
        st.dictionaries(st.sampled_from(KEYS), st.tuples(st.integers(0, 2), st.booleans()), max_size=5),
        st.integers(1, 30 * 60),
        st.booleans(),
    ),
    max_size=12,
)
World = list[tuple[dict[str, tuple[int, bool]], int, bool]]


def things(world: dict[str, tuple[int, bool]], start: datetime) -> list[Thing]:
    return [gathering(key, start, title=f"{key}{version}", off=off) for key, (version, off) in sorted(world.items())]


def played(world: World, abilities: Abilities, daily: int) -> Ledger:
    """Look at a world again and again, twice each time, as it changes."""
    ledger, now = Ledger(channel(abilities, quiet=NIGHT, daily=daily)), NOW
    start = NOW + timedelta(days=60)
    ledger.look([], now)
    for state, minutes, down in world:
        now += timedelta(minutes=minutes)
        ledger.look(things(state, start), now, down=down)
        assert ledger.look(things(state, start), now, down=down) == []
        assert said_today(ledger.channel, ledger.journal, now) <= daily
    return ledger


@settings(max_examples=150)
@given(worlds, st.sampled_from([PLAIN, EDITING]), st.integers(1, 4))
def test_every_thing_and_revision_is_said_once_in_time_and_within_the_maximum(
    world: World, abilities: Abilities, daily: int
) -> None:
    ledger = played(world, abilities, daily)
    said = Counter((one.thing, one.revision) for message, parts in ledger.heard for one in (parts or [message]))
    assert not said or max(said.values()) == 1
    posts = [message for message, _ in ledger.heard if message.how is not How.EDIT]
    sent = [one.sent_at for one in ledger.journal if one.id in {post.id for post in posts}]
    assert not any(ledger.channel.is_quiet(at) for at in sent if at is not None)
    heard = [one for message, parts in ledger.heard for one in (parts or [message])]
    for key in KEYS:
        told = [one for one in heard if one.thing == f"gathering:{key}"]
        facts = [(one.facts.get("title"), one.off) for one in told]
        assert all(one != other for one, other in pairwise(facts))  # nothing is told twice in a row
        assert not told or not told[0].off  # nobody hears that something was called off of which nobody heard


@settings(max_examples=100)
@given(worlds, st.sampled_from([PLAIN, EDITING]))
def test_in_the_end_everybody_knows_what_is(world: World, abilities: Abilities) -> None:
    ledger = played(world, abilities, 3)
    if not world:
        return
    last, days = world[-1][0], sum(minutes for _, minutes, _ in world) // (24 * 60)
    for later in range(2, 6):
        ledger.look(things(last, NOW + timedelta(days=60)), NOW + timedelta(days=days + later))
    for thing in things(last, NOW + timedelta(days=60)):
        told = [one for one in ledger.journal if one.thing == thing.key and one.state is MessageState.SENT]
        if told:
            newest = max(told, key=lambda one: one.revision)
            assert (newest.facts["title"], newest.off) == (thing.facts["title"], thing.off)
        else:
            assert thing.off


def test_what_is_there_at_first_contact_is_known_and_its_change_is_news() -> None:
    ledger = Ledger(channel())
    assert ledger.look([gathering("a"), gathering("b", off=True)], NOW) == []
    assert [one.state for one in ledger.journal] == [MessageState.KNOWN]
    (message,) = ledger.look([gathering("a", title="moved")], NOW + timedelta(hours=1))
    assert (message.how, message.revision) == (How.POST, 2)


@pytest.mark.parametrize(
    ("again", "what"),
    [
        (lambda one: replace(one, seen_at=one.seen_at - ABSENCE - timedelta(days=1)), "nobody looked for long"),
        (lambda one: replace(one, topics=frozenset({Topic.THANKS})), "the topic is wanted only now"),
        (lambda one: replace(one, scope="another"), "it may hear of more now"),
        (lambda one: None, "it is connected anew"),
    ],
)
def test_there_is_no_flood_when_a_channel_begins_to_hear_of_things(again: object, what: str) -> None:
    ledger = Ledger(channel())
    ledger.look([], NOW)
    ledger.standing = again(ledger.standing)  # type: ignore[operator]
    assert ledger.look([gathering(str(number)) for number in range(30)], NOW + timedelta(hours=1)) == [], what
    assert len(ledger.look([gathering("new")], NOW + timedelta(hours=2))) == 1


def test_a_place_that_cannot_edit_gets_a_correction_and_one_that_can_an_edit() -> None:
    for abilities, how in ((PLAIN, How.CORRECT), (EDITING, How.EDIT)):
        ledger = Ledger(channel(abilities))
        ledger.look([], NOW)
        ledger.look([gathering("a")], NOW)
        (second,) = ledger.look([gathering("a", title="b")], NOW + timedelta(hours=1))
        (third,) = ledger.look([gathering("a", title="b", off=True)], NOW + timedelta(hours=2))
        assert (second.how, third.how, third.off) == (how, how, True)


def test_what_is_unclear_or_refused_is_not_said_again_but_what_changes_is() -> None:
    for state in (MessageState.UNCLEAR, MessageState.REFUSED):
        ledger = Ledger(channel())
        ledger.look([], NOW)
        ledger.decide([gathering("a")], NOW)
        ledger.journal = [replace(one, state=state) for one in ledger.journal]
        assert ledger.look([gathering("a")], NOW + timedelta(days=1)) == []
        assert len(ledger.look([gathering("a", title="b")], NOW + timedelta(days=1))) == 1


def test_a_change_that_is_taken_back_before_it_was_said_is_not_said() -> None:
    ledger = Ledger(channel(quiet=NIGHT))
    ledger.look([], NOW)
    ledger.look([gathering("a")], NOW)
    night = NOW + timedelta(hours=10)
    assert ledger.look([gathering("a", title="b")], night) == []
    assert ledger.look([gathering("a")], night) == []
    assert ledger.look([gathering("a")], night + timedelta(hours=14)) == []


def test_what_has_begun_is_no_longer_announced() -> None:
    ledger = Ledger(channel(quiet=NIGHT))
    ledger.look([], NOW)
    night = NOW + timedelta(hours=8)
    start = night + timedelta(hours=3)
    ledger.look([gathering("a", start)], night)
    assert ledger.look([gathering("a", start)], night + timedelta(hours=14)) == []


def test_an_edit_is_made_at_night_and_beyond_the_maximum() -> None:
    ledger = Ledger(channel(EDITING, quiet=NIGHT, daily=1))
    ledger.look([], NOW)
    ledger.look([gathering("a")], NOW)
    assert [one.how for one in ledger.look([gathering("a", title="b")], NOW + timedelta(hours=10))] == [How.EDIT]


@pytest.mark.parametrize("place", list(Audience))
def test_a_channel_hears_only_of_what_is_for_its_readers(place: Audience) -> None:
    ledger = Ledger(channel(audience=place, daily=50))
    ledger.look([], NOW)
    ranks = list(Audience)
    every = [replace(gathering(one.value), audience=one) for one in Audience]
    heard = {one.thing for one in ledger.look(every, NOW)}
    assert heard == {f"gathering:{one.value}" for one in ranks[ranks.index(place) :]}


def test_titles_of_edits_and_posts_follow_the_thing() -> None:
    ledger = Ledger(channel(wants=EVERYTHING))
    ledger.look([], NOW)
    first: Message = ledger.look([gathering("a")], NOW)[0]
    assert first.title == "a"
