"""Runs the tests of every hazard and invariant and prints the list: `make hazards`.

COPSYNC_SEEDS says how many seeds the simulation plays beside them (100 by default).
"""

from __future__ import annotations

import os
import subprocess
import sys
from collections.abc import Iterator, Sequence
from pathlib import Path
from tempfile import TemporaryDirectory

from rich.console import Console

from tests.hazards.outcome import Entry, outcomes
from tests.hazards.simulation import simulate
from tests.hazards.table import table

SEEDS = int(os.environ.get("COPSYNC_SEEDS", "100"))
PYTEST = (sys.executable, "-m", "pytest", "-q", "-n", "2", "--dist", "loadscope", "-m", "not prefect", "-p")


def main(arguments: Sequence[str]) -> int:
    """Run, print the list and what the simulation told; return 1 if anything fails or has no test."""
    console = Console(highlight=False)
    with TemporaryDirectory() as folder:
        report = Path(folder, "report.xml")
        tests = [*PYTEST, "tests.hazards.selection", f"--junitxml={report}", *arguments]
        told = subprocess.run(tests, stdout=sys.stderr, check=False)  # progress and failures, not the answer
        if not report.exists():
            return told.returncode or 1
        entries = outcomes(report)
    simulated = simulate(SEEDS)
    console.print(table(entries, simulated.met))
    console.print(f"\nSimulation: {simulated.told}")
    problems = list(_problems(list(entries.values()), simulated=simulated.passed, tested=told.returncode == 0))
    for problem in problems:
        console.print(problem, style="red")
    return bool(problems)


def _problems(entries: Sequence[Entry], *, simulated: bool, tested: bool) -> Iterator[str]:
    missing = [entry.number for entry in entries if entry.verdict == "no test"]
    failing = [entry.number for entry in entries if entry.verdict == "fail"]
    if missing:
        yield f"No test carries the number of {', '.join(missing)}: write one named test_{missing[0].lower()}_…"
    if failing:
        yield f"Not survived: {', '.join(failing)}; the failures are above."
    if not simulated:
        yield "The simulation found a violation: `make simulate` repeats it by its seed."
    if not (tested or failing):
        yield "pytest did not end well; its last lines are above."


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
