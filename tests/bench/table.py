"""The figures as people read them in a terminal."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from typing import Any

from tests.bench.figures import Ratio, Row

HEAD = ("", "tasks", "process s", "target", "run s", "hand-over s", "peak MiB", "target", "tools MiB", "met")
RATIO_HEAD = ("", "tasks", "of", "ratio", "target", "met")
REQUEST_HEAD = ("", "space", "reads", "writes", "expected writes", "met")


def rows_table(rows: Sequence[Row]) -> str:
    """Return measurements as a table."""
    return _table(HEAD, [_row(row) for row in rows])


def _row(row: Row) -> tuple[str, ...]:
    return (
        row.title,
        f"{row.tasks:,}" if row.tasks else "",
        _seconds(row.process_s),
        _most(row.target.cpu_s),
        _seconds(row.run_s),
        _seconds(row.handover_s),
        f"{row.peak_mib:.0f}",
        _most(row.target.peak_mib),
        f"{row.content_mib:.0f}",
        _met(row.met),
    )


def ratios_table(ratios: Sequence[Ratio]) -> str:
    """Return ratios as a table."""
    cells = [
        (one.title, f"{one.tasks:,}", one.of, f"{one.value:.2f}", _most(one.most), _met(one.met)) for one in ratios
    ]
    return _table(RATIO_HEAD, cells)


def requests_table(phases: Sequence[Mapping[str, Any]]) -> str:
    """Return the requests of each phase as a table."""
    return _table(REQUEST_HEAD, [cells for phase in phases for cells in _phase(phase)])


def looks_table(unit: str, rows: Sequence[Mapping[str, Any]]) -> str:
    """Return what requests for calendar feeds, or looks after channels, cost as a table."""
    cells = [(one["title"], f"{one['cpu_ms']:,.1f}", _most(one["target_ms"]), _met(one["met"])) for one in rows]
    return _table(("", unit, "target", "met"), cells)


def _phase(phase: Mapping[str, Any]) -> Iterator[tuple[str, ...]]:
    for number, (space, count) in enumerate(phase["spaces"].items()):
        expected = phase["expected_writes"].get(space)
        met = None if expected is None else count["writes"] == expected
        wanted = "" if expected is None else str(expected)
        yield "" if number else phase["phase"], space, str(count["reads"]), str(count["writes"]), wanted, _met(met)


def _seconds(value: float) -> str:
    return "" if not value else f"{value:.3f}" if value < 1 else f"{value:.2f}"


def _most(value: float | None) -> str:
    return "" if value is None else f"<= {value:g}"


def _met(value: bool | None) -> str:
    return "" if value is None else "yes" if value else "NO"


def _table(head: Sequence[str], body: Sequence[Sequence[str]]) -> str:
    widths = [max(map(len, column)) for column in zip(head, *body, strict=True)]
    lines = [_line(head, widths), _line(["-" * width for width in widths], widths)]
    return "\n".join([*lines, *(_line(cells, widths) for cells in body)])


def _line(cells: Sequence[str], widths: Sequence[int]) -> str:
    first, *rest = (
        cell.rjust(width) if number else cell.ljust(width)
        for number, (cell, width) in enumerate(zip(cells, widths, strict=True))
    )
    return "  ".join([first, *rest]).rstrip()
