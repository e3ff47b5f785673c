"""Seeds that every change must survive; `make simulate` plays as many as one likes."""

from __future__ import annotations

import pytest

from tests.simulation.runner import run_seeds, trace_of

CHUNK = 50
CHUNKS = 10


@pytest.mark.parametrize("start", range(0, CHUNK * CHUNKS, CHUNK))
def test_no_invariant_is_broken(start: int) -> None:
    assert run_seeds(start, CHUNK).violations == []


@pytest.mark.parametrize("seed", [7, 38, 300])
def test_i10_the_same_seed_gives_the_same_trace(seed: int) -> None:
    assert trace_of(seed) == trace_of(seed)
