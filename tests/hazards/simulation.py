"""Plays seeds of the simulation and counts how often they met each hazard."""

from __future__ import annotations

import subprocess
import sys
from collections.abc import Mapping
from dataclasses import dataclass, field

from tests.hazards.catalogue import INVARIANTS, SIMULATED

RUNNER = (sys.executable, "-m", "tests.simulation.runner", "--start", "0", "--seeds")
INJECTED = "injected: "


@dataclass(frozen=True, slots=True)
class Simulated:
    """What a number of seeds came to; `met` counts by hazard, and an invariant is checked in every seed."""

    seeds: int
    passed: bool
    told: str
    met: Mapping[str, int] = field(default_factory=dict)


def simulate(seeds: int) -> Simulated:
    """Play the first seeds on all cores."""
    ended = subprocess.run([*RUNNER, str(seeds)], stdout=subprocess.PIPE, text=True, check=False)
    injected = counts_in(ended.stdout)
    met = {number: sum(injected.get(name, 0) for name in names) for number, names in SIMULATED.items()}
    met |= dict.fromkeys(INVARIANTS, seeds)
    return Simulated(seeds, ended.returncode == 0, ended.stdout.strip(), met)


def counts_in(told: str) -> Mapping[str, int]:
    """Read the runner's line of what was injected: names with counts, separated by commas."""
    line = next((line for line in told.splitlines() if line.startswith(INJECTED)), INJECTED)
    pairs = (one.rpartition(" ") for one in line.removeprefix(INJECTED).split(", ") if one)
    return {name: int(count) for name, _, count in pairs if count.isdecimal()}
