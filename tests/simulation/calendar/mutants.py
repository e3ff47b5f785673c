"""Deliberate faults in what is done with series, one at a time: the proof that the second mode can fail.

`python -m tests.simulation.calendar.mutants` looks for each of them from seed 0 on and prints the table as Markdown.
"""

from __future__ import annotations

import sys
from collections.abc import Sequence
from typing import Any
from unittest.mock import patch

import domain.deliver
import domain.gathering
import domain.merge
from domain import survive
from domain.changes import Change, Merged
from domain.draft import Draft
from domain.parts import occurrence_of
from domain.plan import Link
from tests.simulation.mode import CALENDAR
from tests.simulation.mutants import Mutant, main


def _dates_dropped() -> Sequence[Any]:
    return [patch.object(domain.gathering, "_keep", lambda _draft, _whole, _fields, _told: None)]


def _dates_go_with_their_edits() -> Sequence[Any]:
    def standing(draft: Draft, seen: Any, link: Link) -> Link:
        return link if occurrence_of(link.record) else survive.standing(draft, seen, link)

    return [patch("domain.absorb.standing", standing)]


def _overrides_overwritten() -> Sequence[Any]:
    def merge(_current: Any, changes: Sequence[Change], *_others: Any) -> Merged:
        return Merged(changes[-1].after, changes[-1])

    return [patch.object(domain.merge, "_merge_maps", merge)]


def _put_off_forgotten() -> Sequence[Any]:
    return [patch.object(domain.deliver, "_lies_ahead", lambda _draft, _record, _space: False)]


def _nothing_gives_way() -> Sequence[Any]:
    return [patch.object(domain.deliver, "_give_way", lambda _draft, _whole, _space, _link: None)]


def _sign_is_the_thing() -> Sequence[Any]:
    return [patch.object(Draft, "is_sign", lambda _self, _link: False)]


MUTANTS: tuple[Mutant, ...] = (
    Mutant("what people change in single dates is dropped", _dates_dropped, 0, CALENDAR),
    Mutant("a date that no longer takes place takes its edit along", _dates_go_with_their_edits, 0, CALENDAR),
    Mutant("what differs in single dates is overwritten, not merged", _overrides_overwritten, 369, CALENDAR),
    Mutant("what is put off is not shown, its entry being over", _put_off_forgotten, 416, CALENDAR),
    Mutant("what repeats stays beside its dates", _nothing_gives_way, 5, CALENDAR),
    Mutant("deleting what stands for a gathering deletes the gathering", _sign_is_the_thing, 80, CALENDAR),
)


if __name__ == "__main__":
    sys.exit(main(MUTANTS))
