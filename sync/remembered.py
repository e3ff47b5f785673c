"""What earlier runs and people left behind for a run: what is released, and what failed in its last attempt."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime

from domain.aside import Aside, Side, Trouble, failed_again
from domain.draft import UNFIT
from domain.plan import Held, Step
from store.approvals import Approved
from store.aside import Key
from store.journal import Outcome, StepState
from sync.direct import Unread


@dataclass(frozen=True, slots=True)
class Remembered:
    """`approved` is what a person released and no run has carried out; `asides` is what failed in its last attempt."""

    approved: Approved = frozenset()
    asides: Mapping[Key, Aside] = field(default_factory=dict)

    def resting(self, side: Side, now: datetime) -> frozenset[tuple[str, str]]:
        """Return the (space, item) pairs of one side that are left alone now."""
        return frozenset(
            (aside.trouble.space, aside.trouble.item)
            for aside in self.asides.values()
            if aside.trouble.side is side and aside.rests(now)
        )

    def set_aside(self) -> list[Aside]:
        """Return what nothing waits for any more."""
        return [aside for aside in self.asides.values() if aside.is_set_aside]

    def due(self, now: datetime) -> list[Trouble]:
        """Return the remotes that could not be taken in, were passed over since, and are worth another attempt."""
        return [
            aside.trouble
            for aside in self.asides.values()
            if aside.trouble.side is Side.READ and aside.is_set_aside and not aside.rests(now)
        ]


@dataclass(frozen=True, slots=True)
class Lessons:
    """What a turn of a run teaches: `kept` failed once more, `ended` are well again."""

    kept: Sequence[Aside]
    ended: Sequence[Key]


def learn(
    asides: Mapping[Key, Aside],
    untaken: Iterable[Trouble],
    understood: Iterable[tuple[str, str]],
    outcomes: Sequence[tuple[Step, Outcome]],
    now: datetime,
    dropped: Iterable[Key] = (),
) -> Lessons:
    """Return what follows from one turn for what fails again and again.

    `untaken` is what could not be taken in; `understood` are the (space, remote) pairs that could be, if nothing is
    said about them there; `dropped` what nobody wants any more.
    """
    troubles = [*untaken, *_refused(outcomes)]
    again = {trouble.key for trouble in troubles}
    well = {(space, Side.READ, remote) for space, remote in understood}
    well |= {(step.space, Side.WRITE, step.record) for step, outcome in outcomes if outcome.state is StepState.DONE}
    well |= set(dropped)
    kept = [failed_again(asides.get(trouble.key), trouble, now) for trouble in troubles]
    return Lessons(kept, [key for key in asides if key in well and key not in again])


def unfit(held: Iterable[Held]) -> list[Trouble]:
    """Return the trouble with what was read and cannot be understood or kept."""
    return [
        Trouble(one.space, Side.READ, one.remote, one.type, one.title, one.reason)
        for one in held
        if one.guard == UNFIT and one.remote is not None and one.type is not None
    ]


def unread(items: Iterable[Unread]) -> list[Trouble]:
    """Return the trouble with what cannot be read."""
    return [Trouble(one.space, Side.READ, one.remote, one.type, one.title, str(one.why)) for one in items]


def _refused(outcomes: Iterable[tuple[Step, Outcome]]) -> list[Trouble]:
    return [
        Trouble(step.space, Side.WRITE, step.record, step.type, step.title, outcome.message or "It failed.")
        for step, outcome in outcomes
        if outcome.refused
    ]
