"""Seeds of the calendars that every change must survive; `make simulate CALENDAR=1` plays as many as one likes."""

from __future__ import annotations

import pytest

from tests.simulation.calendar.mutants import MUTANTS
from tests.simulation.calendar.stored import FOUND
from tests.simulation.mode import CALENDAR
from tests.simulation.mutants import Mutant, hunt
from tests.simulation.runner import run_seeds, trace_of

CHUNK = 25
SEEDS = 75
ENOUGH = 600
"""A mutant is looked for where it was found; a change elsewhere shifts what a seed does, and then from the start on."""


@pytest.mark.parametrize("start", range(0, SEEDS, CHUNK))
def test_no_invariant_is_broken(start: int) -> None:
    assert run_seeds(start, CHUNK, CALENDAR).violations == []


@pytest.mark.parametrize("seed", sorted(FOUND))
def test_what_was_found_once_is_not_found_again(seed: int) -> None:
    assert run_seeds(seed, 1, CALENDAR).violations == []


def test_i10_the_same_seed_gives_the_same_trace() -> None:
    assert trace_of(0, CALENDAR) == trace_of(0, CALENDAR)


@pytest.mark.parametrize("mutant", MUTANTS, ids=lambda mutant: mutant.words)
def test_a_deliberate_fault_is_found(mutant: Mutant) -> None:
    assert hunt(mutant, mutant.seed, 1) or hunt(mutant, 0, ENOUGH)
