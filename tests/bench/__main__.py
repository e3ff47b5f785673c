"""`python -m tests.bench`: measures copsync and prints the table that docs/benchmarks.md explains."""

from __future__ import annotations

import argparse
import json
import signal
import sys
from collections.abc import Sequence
from pathlib import Path
from tempfile import TemporaryDirectory
from types import FrameType
from typing import Any

from tests.bench.cases import SIZES
from tests.bench.outcome import Outcome
from tests.bench.peer import Missing, Peer, install
from tests.bench.process import MeasureError, keep_bytecode, python
from tests.bench.samples import Collector

QUICK_SIZES = (1_000, 10_000)


def options(words: Sequence[str]) -> argparse.Namespace:
    """Read the command line."""
    parser = argparse.ArgumentParser(prog="python -m tests.bench", description="Measure what runs of copsync cost.")
    parser.add_argument("--runs", type=int, default=5, metavar="N", help="measure everything N times (default 5)")
    parser.add_argument("--quick", action="store_true", help="measure once, and not the 100,000 tasks")
    parser.add_argument("--no-peer", action="store_true", help="do not install and measure vdirsyncer")
    parser.add_argument("--json", action="store_true", help="print one JSON document instead of tables")
    chosen = parser.parse_args(words)
    if chosen.runs < 1:
        parser.error("--runs must be at least 1")
    return chosen


def say(words: str) -> None:
    """Tell how far it is, on standard error."""
    sys.stderr.write(f"{words} …\n")
    sys.stderr.flush()


def main(words: Sequence[str]) -> int:
    """Measure everything that was asked for and print it; 1 says that something could not be measured."""
    chosen = options(words)
    signal.signal(signal.SIGTERM, _stop)
    with TemporaryDirectory(prefix="copsync-bench-") as name:
        folder = Path(name)
        keep_bytecode(folder / "bytecode")
        peer = _peer(folder / "peer", wanted=not chosen.no_peer)
        collector = Collector(1 if chosen.quick else chosen.runs, say, peer if isinstance(peer, Peer) else None)
        say("copsync --help")
        collector.collect_help()
        for size in QUICK_SIZES if chosen.quick else SIZES:
            collector.collect(size)
        outcome = Outcome(collector, peer, _traffic(collector), _feeds(collector), _announcements(collector))
    text = json.dumps(outcome.json(), indent=2) if chosen.json else outcome.page()
    sys.stdout.write(f"{text}\n")
    return 1 if collector.failures else 0


def _stop(number: int, _frame: FrameType | None) -> None:
    """Leave as after Ctrl-C, so that gigabytes of situations do not stay behind."""
    sys.exit(128 + number)


def _traffic(collector: Collector) -> dict[str, Any]:
    say("requests against the stand-ins")
    try:
        return dict(json.loads(python("tests.bench.traffic").printed))
    except MeasureError as failed:
        collector.failures["requests", 0] = str(failed)
        return {"tasks": 0, "milestones": 0, "phases": []}


def _feeds(collector: Collector) -> dict[str, Any]:
    say("requests for calendar feeds")
    try:
        return dict(json.loads(python("tests.bench.feeds").printed))
    except MeasureError as failed:
        collector.failures["feeds", 0] = str(failed)
        return {"size": {"members": 0, "gatherings": 0, "tasks": 0}, "rows": []}


def _announcements(collector: Collector) -> dict[str, Any]:
    say("what is said in channels")
    try:
        return dict(json.loads(python("tests.bench.announcements").printed))
    except MeasureError as failed:
        collector.failures["announcements", 0] = str(failed)
        return {"size": dict.fromkeys(("members", "gatherings", "tasks"), 0), "rows": [], "peak_mib": 0.0}


def _peer(folder: Path, *, wanted: bool) -> Peer | Missing:
    if not wanted:
        return Missing("--no-peer was given")
    say("installing vdirsyncer to compare with")
    return install(folder)


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
