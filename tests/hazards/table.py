"""The table that people read."""

from __future__ import annotations

from collections.abc import Mapping

from rich.table import Table
from rich.text import Text

from tests.hazards.outcome import Entry, Verdict

COLOURS: Mapping[Verdict, str] = {"pass": "green", "fail": "bold red", "no test": "bold yellow"}


def table(entries: Mapping[str, Entry], met: Mapping[str, int]) -> Table:
    """Return the list of hazards and invariants: tests, how they ended, and how often the simulation met them."""
    drawn = Table(box=None, pad_edge=False)
    drawn.add_column("")
    drawn.add_column("situation")
    drawn.add_column("tests", justify="right")
    drawn.add_column("skipped", justify="right")
    drawn.add_column("simulated", justify="right")
    drawn.add_column("")
    for entry in entries.values():
        verdict = Text(entry.verdict, style=COLOURS[entry.verdict])
        counts = (entry.tests, entry.skipped or "", met.get(entry.number) or "")
        drawn.add_row(entry.number, entry.words, *map(str, counts), verdict)
    return drawn
