"""The outbox as a state machine: whatever is tried in whatever order, it stays true."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta

import pytest
from hypothesis import settings
from hypothesis import strategies as st
from hypothesis.stateful import RuleBasedStateMachine, initialize, invariant, rule

from domain.errors import ConfigProblem
from domain.outbox.item import Item, claimed, moved, released, verified
from domain.outbox.states import ENDED, POSTED, TRANSITIONS, WAITING, Event, State
from domain.outbox.tend import REMIND_AFTER, counts, due

NOW = datetime(2026, 11, 20, 9, tzinfo=UTC)
POST = "urn:li:groupPost:1-7264851234567890123"


def item(identity: str = "out-1", state: State = State.READY, **more: object) -> Item:
    given = {
        "thing": "event-1",
        "revision": 1,
        "title": "A talk",
        "text": "Come!",
        "expires_at": NOW + timedelta(14),
    }
    return Item(identity, "data-practice", "linkedin", state=state, created_at=NOW, **(given | more))  # type: ignore[arg-type]


class Outbox(RuleBasedStateMachine):
    """Plays moderators, clocks and changes of mind with one item, and keeps a plain account beside it."""

    def __init__(self) -> None:
        super().__init__()
        self.now = NOW
        self.item = item()
        self.was_handed_out = False
        self.stands = False  # in the group, by the moderator's word

    @initialize(is_draft=st.booleans())
    def begin(self, is_draft: bool) -> None:
        self.item = item(state=State.DRAFT if is_draft else State.READY)

    @rule(minutes=st.integers(1, 20_000))
    def time_passes(self, minutes: int) -> None:
        self.now += timedelta(minutes=minutes)
        over = self.now >= self.item.expires_at and self.item.state in WAITING
        found = due([self.item], self.now)
        assert [one.state for one in found.expired] == [State.EXPIRED] * over
        assert due(found.expired or [self.item], self.now).expired == []  # the second time there is nothing left
        self.item = found.expired[0] if found.expired else self.item

    @rule()
    def hand_out(self) -> None:
        self.was_handed_out |= self.attempt(Event.HAND_OUT)

    @rule()
    def claim(self) -> None:
        try:
            self.item = claimed(self.item, POST, self.now, "ada", "seen")
        except ConfigProblem:
            assert self.stands or not self.was_handed_out or self.item.state in (State.DRAFT, State.READY)
        else:
            assert self.was_handed_out
            assert not self.stands
            self.stands = True

    @rule(level=st.integers(1, 2))
    def verify(self, level: int) -> None:
        try:
            self.item = verified(self.item, level, self.now, "copsync", "proved")
        except ConfigProblem:
            assert self.item.state is not State.CLAIMED
        else:
            assert self.stands
            assert self.item.proof == level

    @rule()
    def release(self) -> None:
        try:
            self.item = released(self.item, self.now, "ada")
        except ConfigProblem:
            assert not self.stands
        else:
            assert self.stands
            self.stands = False

    @rule(event=st.sampled_from([Event.APPROVE, Event.CANCEL, Event.SUPERSEDE, Event.EXPIRE, Event.REINSTATE]))
    def anything_else(self, event: Event) -> None:
        before = self.item
        if self.attempt(event):
            assert not self.stands  # what stands in the group is never called off, replaced or too late
        else:
            assert self.item == before

    def attempt(self, event: Event) -> bool:
        try:
            self.item = moved(self.item, event, self.now, "ada")
        except ConfigProblem:
            return False
        return True

    @invariant()
    def what_stands_has_a_post_and_nothing_else_has(self) -> None:
        assert (self.item.post is not None) == self.stands == (self.item.state in POSTED)
        assert (self.item.proof > 0) == self.stands
        assert (self.item.claimed_at is not None) == self.stands

    @invariant()
    def history_explains_the_state(self) -> None:
        moves = self.item.moves
        assert [move.at for move in moves] == sorted(move.at for move in moves)
        states = [State.DRAFT if moves and moves[0].event is Event.APPROVE else None, *(move.to for move in moves)]
        for before, move in zip(states, moves, strict=False):
            assert before is None or TRANSITIONS[before, move.event] is move.to
        assert not moves or moves[-1].to is self.item.state
        assert (self.item.handed_out_at is not None) == self.was_handed_out


Outbox.TestCase.settings = settings(max_examples=150, stateful_step_count=30, deadline=None)
TestOutbox = Outbox.TestCase


def test_every_state_can_be_reached_and_left() -> None:
    reached = {State.DRAFT} | set(TRANSITIONS.values())
    assert reached == set(State) == WAITING | POSTED | ENDED
    assert {state for state, _ in TRANSITIONS} == set(State)
    assert {event for _, event in TRANSITIONS} == set(Event)


@pytest.mark.parametrize("event", Event)
@pytest.mark.parametrize("state", State)
def test_what_is_not_in_the_table_is_refused_with_its_mend(state: State, event: Event) -> None:
    if (state, event) in TRANSITIONS:
        return
    with pytest.raises(ConfigProblem) as refused:
        moved(item(state=state, moves=moved(item(), Event.HAND_OUT, NOW).moves), event, NOW)
    assert state.value in refused.value.message
    assert refused.value.mend


def test_moderators_are_left_in_peace_for_three_days() -> None:
    waiting = [item("out-1"), item("out-2", State.HANDED_OUT), item("out-3", State.VERIFIED)]
    assert [one.id for one in due(waiting, NOW).remind] == ["out-1", "out-2"]
    reminded = [item("out-1", reminded_at=NOW), item("out-2")]
    assert due(reminded, NOW + REMIND_AFTER - timedelta(seconds=1)).remind == []
    assert len(due(reminded, NOW + REMIND_AFTER).remind) == 2
    posted = [item("out-1", State.VERIFIED, reminded_at=NOW), item("out-2")]
    assert due(posted, NOW + timedelta(days=1)).remind == []  # also if what they were reminded of is done


def test_what_expires_says_why_and_is_not_reminded_of() -> None:
    later = NOW + timedelta(days=14)
    had = moved(item("out-2"), Event.HAND_OUT, NOW)
    found = due([item("out-1"), had], later)
    assert found.remind == []
    assert [one.moves[-1].note.partition(";")[0] for one in found.expired] == [
        "nobody posted it in time", "no link was given",
    ]  # fmt: skip


def test_counts_name_every_state() -> None:
    assert counts([item(), item("out-2")]) == {state.value: 2 * (state is State.READY) for state in State}
