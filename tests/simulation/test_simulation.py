"""Seeds that every change must survive; `python -m tests.simulation.runner` runs as many as one likes."""

from __future__ import annotations

import pytest

from tests.simulation.runner import run_seeds

FOUND_ONCE = (38, 44, 48, 80, 116, 167, 303)
"""Seeds that found a fault in the engine, or in the simulator, when they were new."""


def test_no_invariant_is_broken_by_the_first_seeds() -> None:
    outcome = run_seeds(0, 30)
    assert outcome.violations == []
    assert {"killed", "lost_answer", "refused", "short_list", "stale", "unreadable"} <= set(outcome.hits)


@pytest.mark.parametrize("seed", FOUND_ONCE)
def test_a_seed_that_found_a_fault_finds_none_any_more(seed: int) -> None:
    assert run_seeds(seed, 1).violations == []


def test_the_same_seed_gives_the_same_faults() -> None:
    assert run_seeds(7, 2).hits == run_seeds(7, 2).hits
