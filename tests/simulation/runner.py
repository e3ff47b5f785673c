"""Plays seeds on all cores: `python -m tests.simulation.runner --seeds 1000 --start 0` (or `make simulate`)."""

from __future__ import annotations

import argparse
import gc
import logging
import multiprocessing
import os
import subprocess
import sys
import warnings
from collections import Counter
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from time import monotonic

from sqlalchemy import Engine

from tests.simulation import people
from tests.simulation.connector import ViolationError
from tests.simulation.invariants.settle import settle
from tests.simulation.mode import CALENDAR, MODES, TASKS, Mode
from tests.simulation.world import World, empty, open_store

CHUNK = 25
STOP_AFTER = 10


@dataclass(slots=True)
class Outcome:
    """What a batch of seeds showed: faults by kind, and for each violation the seed and the words."""

    seeds: int = 0
    runs: int = 0
    deaths: int = 0
    edits: int = 0
    hits: Counter[str] = field(default_factory=Counter)
    violations: list[tuple[int, str]] = field(default_factory=list)

    def add(self, other: Outcome) -> None:
        """Take in another batch."""
        self.seeds += other.seeds
        self.runs += other.runs
        self.deaths += other.deaths
        self.edits += other.edits
        self.hits += other.hits
        self.violations += other.violations


def play(world: World, mode: Mode) -> None:
    """Let people and copsync work side by side under faults, then check every invariant.

    Raises:
        ViolationError: an invariant does not hold.
    """
    rng = world.rng
    world.after_death = mode.check_now
    for _ in range(rng.choice((1, 1, 2, 2, 3, 4))):
        for _ in range(rng.choice((1, 2, 3, 4, 6))):
            world.act()
        if "people change" in world.faults.drawn and rng.random() < 0.4:
            world.faults.hits["people change"] += 1
            people.change_accounts(world)
        approved = frozenset(world.held) if rng.random() < 0.5 else frozenset()
        world.run(full=rng.random() < 0.25, approved=approved)
        if rng.random() < 0.5:
            for tool in world.tools.values():
                tool.closed = None
    settle(world)
    mode.check_settled(world)


def play_seed(seed: int, engine: Engine, outcome: Outcome, mode: str = TASKS, *, tracing: bool = False) -> World:
    """Play one seed and add what came of it to the outcome."""
    empty(engine)
    world = MODES[mode].world(seed, engine, tracing)
    try:
        play(world, MODES[mode])
    except ViolationError as violation:
        outcome.violations.append((seed, str(violation)))
        world.tell(f"VIOLATION {violation}")
    finally:
        world.end()
    outcome.seeds += 1
    outcome.runs += world.runs
    outcome.deaths += world.deaths
    outcome.edits += len(world.truth.edits)
    outcome.hits += world.faults.hits
    return world


@contextmanager
def store() -> Iterator[Engine]:
    """Open a database for many seeds."""
    engine = open_store()
    try:
        yield engine
    finally:
        engine.dispose()


def run_seeds(start: int, seeds: int, mode: str = TASKS, *, stop_after: int = STOP_AFTER) -> Outcome:
    """Play seeds `start` to `start + seeds - 1` in this process."""
    logging.disable(logging.CRITICAL)
    outcome = Outcome()
    with warnings.catch_warnings(), store() as engine:
        warnings.simplefilter("ignore", RuntimeWarning)  # a killed process leaves coroutines that nobody awaits
        for seed in range(start, start + seeds):
            play_seed(seed, engine, outcome, mode)
            if len(outcome.violations) >= stop_after:
                break
    logging.disable(logging.NOTSET)
    return outcome


def trace_of(seed: int, mode: str = TASKS) -> list[str]:
    """Return what happens in a seed, line by line."""
    logging.disable(logging.CRITICAL)
    with store() as engine:
        trace = play_seed(seed, engine, Outcome(), mode, tracing=True).trace
    logging.disable(logging.NOTSET)
    return trace


def _chunk(part: tuple[int, int, str]) -> Outcome:
    """Play one part of the seeds; what it leaves behind is collected at its end, not all the time."""
    gc.disable()
    outcome = run_seeds(*part)
    gc.collect()
    return outcome


def run_on_all_cores(start: int, seeds: int, jobs: int, mode: str) -> Outcome:
    """Play seeds on several cores, with a progress line on a terminal."""
    size = max(1, min(CHUNK, seeds // jobs or 1))
    parts = [(first, min(size, start + seeds - first), mode) for first in range(start, start + seeds, size)]
    outcome, began = Outcome(), monotonic()
    with multiprocessing.Pool(jobs) as pool:
        for part in pool.imap_unordered(_chunk, parts):
            outcome.add(part)
            _show(outcome, seeds, monotonic() - began)
            if len(outcome.violations) >= STOP_AFTER:
                pool.terminate()
                break
    outcome.violations.sort()
    return outcome


def _show(outcome: Outcome, seeds: int, took: float) -> None:
    if sys.stderr.isatty():
        rate = outcome.seeds / took
        left = (seeds - outcome.seeds) / rate
        line = (
            f"\r{outcome.seeds}/{seeds} seeds, {rate:.0f}/s, {left:.0f} s left, {len(outcome.violations)} violations "
        )
        sys.stderr.write(line)
        sys.stderr.flush()


def _commit() -> str:
    found = subprocess.run(["git", "rev-parse", "--short", "HEAD"], capture_output=True, text=True, check=False)
    return found.stdout.strip() or "unknown"


def main() -> int:
    """Print seeds per second, what was injected how often, and one repeatable line per violation."""
    wanted = _arguments()
    mode = CALENDAR if wanted.calendar else TASKS
    if wanted.trace:
        sys.stdout.write("\n".join(trace_of(wanted.start, mode)) + "\n")
    began = monotonic()
    outcome = run_on_all_cores(wanted.start, wanted.seeds, max(1, wanted.jobs), mode)
    _report(outcome, monotonic() - began, mode)
    return bool(outcome.violations)


def _arguments() -> argparse.Namespace:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--seeds", type=int, default=1000, help="how many seeds to play")
    parser.add_argument("--start", type=int, default=0, help="the first seed")
    parser.add_argument("--jobs", type=int, default=os.cpu_count() or 1, help="how many cores to use")
    parser.add_argument("--calendar", action="store_true", help="play gatherings and series instead of tasks")
    parser.add_argument("--trace", action="store_true", help="print what happens in the first seed")
    return parser.parse_args()


def _report(outcome: Outcome, took: float, mode: str) -> None:
    played = "SEED" if mode == TASKS else "CALENDAR=1 SEED"
    lines = [
        f"{outcome.seeds} seeds in {took:.1f} s: {outcome.seeds / took:.0f} per second",
        f"{outcome.runs} runs, {outcome.edits} edits of people, {outcome.deaths} processes killed",
        "injected: " + ", ".join(f"{name} {count}" for name, count in sorted(outcome.hits.items())),
        *(f"VIOLATION {played}={seed} COMMIT={_commit()} {words}" for seed, words in outcome.violations),
    ]
    sys.stdout.write(("\n" if sys.stderr.isatty() else "") + "\n".join(lines) + "\n")


if __name__ == "__main__":
    sys.exit(main())
