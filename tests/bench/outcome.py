"""Everything that was measured, as one page for people or one JSON document for scripts."""

from __future__ import annotations

import os
import platform
from dataclasses import dataclass
from typing import Any

from tests.bench import figures, table
from tests.bench.peer import Missing, Peer
from tests.bench.samples import Collector


@dataclass(frozen=True, slots=True)
class Outcome:
    """The samples, the peer they were compared with, and the requests against the stand-ins."""

    collector: Collector
    peer: Peer | Missing
    traffic: dict[str, Any]
    feeds: dict[str, Any]
    announcements: dict[str, Any]

    def json(self) -> dict[str, Any]:
        """Return one JSON document."""
        known = {"version": self.peer.version} if isinstance(self.peer, Peer) else {"skipped": self.peer.reason}
        peer_rows = [row.json() for row in figures.peer_rows(self.collector)]
        return {
            "machine": _machine() | {"runs": self.collector.runs},
            "rows": [row.json() for row in figures.rows(self.collector)],
            "peer": {"name": "vdirsyncer", **known, "rows": peer_rows},
            "ratios": [ratio.json() for ratio in figures.ratios(self.collector)],
            "requests": self.traffic,
            "feeds": self.feeds,
            "announcements": self.announcements,
            "failures": self._failures(),
        }

    def page(self) -> str:
        """Return the tables."""
        parts = [
            self._head(),
            table.rows_table(figures.rows(self.collector)),
            self._peer_part(),
            table.ratios_table(figures.ratios(self.collector)),
            f"Requests with {self.traffic['tasks']} tasks, {self.traffic['milestones']} of them milestones",
            table.requests_table(self.traffic["phases"]),
            self._feeds_part(),
            self._announcements_part(),
            *(f"Not measured: {one['message']}" for one in self._failures()),
            "docs/benchmarks.md says what is counted and how to read this.",
        ]
        return "\n\n".join(parts)

    def _head(self) -> str:
        machine = _machine()
        place = f"Python {machine['python']}, {machine['cores']} cores, load {machine['load']:.1f}"
        return f"Medians of {self.collector.runs}, in CPU seconds (user and system). {place}."

    def _peer_part(self) -> str:
        if isinstance(self.peer, Missing):
            return f"No peer: {self.peer.reason}."
        return f"vdirsyncer {self.peer.version}\n\n{table.rows_table(figures.peer_rows(self.collector))}"

    def _feeds_part(self) -> str:
        head = f"Calendar feeds with {_size(self.feeds)}: CPU of the server"
        return f"{head}\n\n{table.looks_table('ms per request', self.feeds['rows'])}"

    def _announcements_part(self) -> str:
        found = self.announcements
        head = f"Two channels with {_size(found)}: CPU of one look, at most {found['peak_mib']:.0f} MiB held"
        return f"{head}\n\n{table.looks_table('ms', found['rows'])}"

    def _failures(self) -> list[dict[str, Any]]:
        return [
            {"case": case, "tasks": size, "message": message}
            for (case, size), message in self.collector.failures.items()
        ]


def _size(measured: dict[str, Any]) -> str:
    size = measured["size"]
    return ", ".join(f"{size[name]:,} {name}" for name in ("members", "gatherings", "tasks"))


def _machine() -> dict[str, Any]:
    return {
        "python": platform.python_version(),
        "system": platform.platform(),
        "cores": os.cpu_count(),
        "load": os.getloadavg()[0],
    }
