"""Runs seeds: `python -m tests.simulation.runner --seeds 1000 --start 0`."""

from __future__ import annotations

import argparse
import subprocess
import sys
import tempfile
from collections import Counter
from dataclasses import dataclass, field
from pathlib import Path
from time import monotonic

from store.store import Store
from tests.simulation.invariants import ViolationError, check, settle
from tests.simulation.world import World, world

ROUNDS = 6


@dataclass(slots=True)
class Outcome:
    """What a batch of seeds showed: faults by kind, and for each violation the seed and the words."""

    seeds: int = 0
    hits: Counter[str] = field(default_factory=Counter)
    violations: list[tuple[int, str]] = field(default_factory=list)


def play(built: World) -> None:
    """Let people and copsync work side by side under faults, then check every invariant.

    Raises:
        ViolationError: an invariant does not hold.
    """
    for _ in range(ROUNDS):
        for _ in range(built.rng.randint(0, 6)):
            built.person_acts()
        if built.run(faults=True) is None:
            built.hits["deaths"] += 1
    settle(built)
    check(built)


def run_seeds(start: int, seeds: int, *, stop_after: int = 5) -> Outcome:
    """Play seeds `start` to `start + seeds - 1`."""
    outcome = Outcome()
    with tempfile.TemporaryDirectory(prefix="copsync-sim-", dir=_fast_folder()) as name:
        folder = Path(name)
        template = _template(folder)
        for seed in range(start, start + seeds):
            with world(seed, folder, template) as built:
                try:
                    play(built)
                except ViolationError as violation:
                    outcome.violations.append((seed, str(violation)))
                outcome.hits += built.hits
                outcome.seeds += 1
            if len(outcome.violations) >= stop_after:
                break
    return outcome


def _fast_folder() -> str | None:
    return "/dev/shm" if Path("/dev/shm").is_dir() else None


def _template(folder: Path) -> Path:
    """Make an empty store once; a copy is faster than a new schema for every seed."""
    store = Store.open("sqlite:///template.db", folder)
    store.close()
    return folder / "template.db"


def _commit() -> str:
    found = subprocess.run(["git", "rev-parse", "--short", "HEAD"], capture_output=True, text=True, check=False)
    return found.stdout.strip() or "unknown"


def main() -> int:
    """Print seeds per second, what was injected how often, and one repeatable line per violation."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--seeds", type=int, default=1000)
    parser.add_argument("--start", type=int, default=0)
    parser.add_argument("--trace", action="store_true", help="print what happened in the first seed")
    wanted = parser.parse_args()
    began = monotonic()
    outcome = run_seeds(wanted.start, wanted.seeds)
    rate = outcome.seeds / (monotonic() - began)
    sys.stdout.write(f"{outcome.seeds} seeds, {rate:.0f} per second\n")
    sys.stdout.write("injected: " + ", ".join(f"{name} {count}" for name, count in sorted(outcome.hits.items())) + "\n")
    for seed, words in outcome.violations:
        sys.stdout.write(f"VIOLATION SEED={seed} COMMIT={_commit()} {words}\n")
    if wanted.trace:
        _print_trace(wanted.start)
    return bool(outcome.violations)


def _print_trace(seed: int) -> None:
    with tempfile.TemporaryDirectory() as name, world(seed, Path(name)) as built:
        try:
            play(built)
        except ViolationError as violation:
            built.trace.append(str(violation))
        sys.stdout.write("\n".join(built.trace) + "\n")


if __name__ == "__main__":
    sys.exit(main())
