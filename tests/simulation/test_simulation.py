"""Seeds that every change must survive; `make simulate` plays as many as one likes."""

from __future__ import annotations

import os
import subprocess
import sys

import pytest

from tests.simulation.mutants import MUTANTS, Mutant, hunt
from tests.simulation.runner import run_seeds, trace_of
from tests.simulation.stored import FOUND

CHUNK = 50
SEEDS = 2000
NEAR, ENOUGH = 3, 1500
"""A mutant is looked for where it was found; a change elsewhere shifts what a seed does, and then from the start on."""


@pytest.mark.parametrize("start", range(0, SEEDS, CHUNK))
def test_no_invariant_is_broken(start: int) -> None:
    assert run_seeds(start, CHUNK).violations == []


@pytest.mark.parametrize("seed", sorted(FOUND))
def test_what_was_found_once_is_not_found_again(seed: int) -> None:
    assert run_seeds(seed, 1).violations == []


@pytest.mark.parametrize("seed", [1, 87, 996])
def test_i10_the_same_seed_gives_the_same_trace(seed: int) -> None:
    assert trace_of(seed) == trace_of(seed)


def test_i10_the_trace_depends_on_nothing_of_the_process() -> None:
    traces = {_trace_in_a_process(13, hash_seed) for hash_seed in ("1", "2")}
    assert len(traces) == 1


def _trace_in_a_process(seed: int, hash_seed: str) -> str:
    words = f"from tests.simulation.runner import trace_of; print(chr(10).join(trace_of({seed})))"
    environment = {**os.environ, "PYTHONHASHSEED": hash_seed}
    ended = subprocess.run([sys.executable, "-c", words], env=environment, capture_output=True, text=True, check=True)
    return ended.stdout


@pytest.mark.parametrize("mutant", MUTANTS, ids=lambda mutant: mutant.words)
def test_a_deliberate_fault_is_found(mutant: Mutant) -> None:
    assert hunt(mutant, mutant.seed, NEAR) or hunt(mutant, 0, ENOUGH)
