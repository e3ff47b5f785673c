"""What is measured, and the figures the design promises for it."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

SIZES = (1_000, 10_000, 100_000)
PEER_SIZES = (1_000, 10_000)
"""Sizes at which the peer runs along; a hundred thousand files take it minutes of waiting for the disk."""

CHANGED_SHARE = 100
"""One in this many items is changed on each side."""


@dataclass(frozen=True, slots=True)
class Case:
    """One kind of run. `situation` and `wishes` are for the measured process (see :mod:`tests.bench.measured`).

    `reads` and `writes` are what the run must have done, as multiples of the number of tasks; a measurement of
    anything else is refused. `sizes` are those at which it is measured.
    """

    key: str
    title: str
    situation: str
    spaces: str
    wishes: tuple[str, ...]
    reads: float
    writes: float
    sizes: tuple[int, ...] = SIZES


TWO = "one,two"
CASES = (
    Case("full", "no change, full listing, two sides", "calm", TWO, ("full",), 2, 0),
    Case("cursors", "no change, with cursors, two sides", "calm", TWO, ("log",), 0, 0),
    Case("first", "first sync: one side full, the other empty", "first", TWO, (), 1, 1),
    Case("echo", "the run after it: own writes come back", "echo", TWO, (), 1, 0),
    Case("changed", "1 % changed on each side, full listing", "changed", TWO, ("full",), 2, 2 / CHANGED_SHARE),
    Case("third", "no change, full listing, three sides", "third", "one,two,three", ("full",), 3, 0),
    Case("command", "`copsync sync --full`, no change", "calm", TWO, ("full", "command"), 2, 0, PEER_SIZES),
    Case("command-first", "`copsync sync`, first sync", "first", TWO, ("command",), 1, 1, PEER_SIZES),
)


@dataclass(frozen=True, slots=True)
class Target:
    """At most so many CPU seconds and MiB for the whole process; None promises nothing."""

    cpu_s: float | None = None
    peak_mib: float | None = None


TARGETS: Mapping[tuple[str, int], Target] = {
    ("full", 10_000): Target(1.0, 80),
    ("cursors", 1_000): Target(0.35),
    ("cursors", 10_000): Target(0.35),
    ("cursors", 100_000): Target(0.35),
    ("first", 10_000): Target(3.0),
    ("changed", 10_000): Target(1.0),
    ("full", 100_000): Target(8.0, 350),
}
HELP_TARGET = Target(0.3)
THIRD_SIDE_AT_MOST = 1.6
"""What three sides may cost, as a multiple of two."""

PEER_PAIRS: Mapping[str, str] = {"command": "calm", "command-first": "first"}
"""Case -> the peer's run that does the same."""
