"""Takes the measurements: every one in a fresh process, in turns, so that a busy moment hits all alike."""

from __future__ import annotations

import json
import os
import shutil
import sys
from collections import defaultdict
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from functools import partial
from pathlib import Path
from tempfile import TemporaryDirectory

from tests.bench.cases import CASES, PEER_SIZES, SIZES, Case
from tests.bench.peer import Pair, Peer
from tests.bench.process import MeasureError, Usage, python, run

Say = Callable[[str], None]


@dataclass(frozen=True, slots=True)
class Sample:
    """One measurement. Seconds are CPU seconds, user and system; `process_s` and `peak_mib` are the whole process.

    `handover_s` and `content_mib` are the part of it that belongs to the tools: reading what they hold, keeping it.
    """

    process_s: float
    peak_mib: float
    run_s: float = 0.0
    handover_s: float = 0.0
    content_mib: float = 0.0


Samples = dict[tuple[str, int], list[Sample]]


@dataclass(slots=True)
class Collector:
    """Collects the samples of copsync and, where there is one, of its peer, under (case, number of tasks)."""

    runs: int
    say: Say
    peer: Peer | None = None
    ours: Samples = field(default_factory=lambda: defaultdict(list))
    theirs: Samples = field(default_factory=lambda: defaultdict(list))
    failures: dict[tuple[str, int], str] = field(default_factory=dict)

    def collect(self, size: int) -> None:
        """Measure every case at one size."""
        with TemporaryDirectory(prefix="copsync-bench-") as name:
            folder = Path(name)
            self.say(f"{size:,} tasks: preparing")
            python("tests.bench.prepare", folder, str(size))
            pair = self._pair(folder / "peer", size)
            if size == SIZES[0]:
                Collector(1, self.say)._round(folder, size, pair)  # compiles every module once; nothing is kept of it
            for number in range(1, self.runs + 1):
                self.say(f"{size:,} tasks: run {number} of {self.runs}")
                self._round(folder, size, pair)

    def _pair(self, folder: Path, size: int) -> Pair | None:
        return Pair.make(self.peer, folder, size) if self.peer and size in PEER_SIZES else None

    def _round(self, folder: Path, size: int, pair: Pair | None) -> None:
        for case in (case for case in CASES if size in case.sizes):
            self._take(self.ours, (case.key, size), partial(measure, case, folder, size))
        if pair is not None:
            for key, work in (("first", pair.first), ("calm", pair.calm)):
                self._take(self.theirs, (key, size), partial(_whole, work))

    def collect_help(self) -> None:
        """Measure `copsync --help`."""
        command = Path(sys.executable).with_name("copsync")
        once = partial(_whole, partial(run, [command, "--help"]))
        Collector(1, self.say)._take(defaultdict(list), ("help", 0), once)  # the same here
        for _ in range(self.runs):
            self._take(self.ours, ("help", 0), once)

    def _take(self, samples: Samples, key: tuple[str, int], work: Callable[[], Sample]) -> None:
        """Take one sample; a case that fails once is told and left out, and the others go on."""
        if key in self.failures:
            return
        try:
            samples[key].append(work())
        except MeasureError as failed:
            self.failures[key] = str(failed)
            del samples[key]


def _whole(work: Callable[[], Usage]) -> Sample:
    usage = work()
    return Sample(usage.cpu_s, usage.peak_mib)


def measure(case: Case, folder: Path, size: int) -> Sample:
    """Measure one run on a copy of its situation.

    Raises:
        MeasureError: the run did something else than what was to be measured.
    """
    with _copy(folder / case.situation) as situation:
        usage = python("tests.bench.measured", situation, case.spaces, *case.wishes)
    said = json.loads(usage.printed)
    expected = {"state": "done", "read": round(case.reads * size), "written": round(case.writes * size)}
    found = {name: said[name] for name in expected}
    if found != expected:
        raise MeasureError(f"{case.title}, {size} tasks: expected {expected}, but the run did {found}.")
    return Sample(usage.cpu_s, usage.peak_mib, said["run_s"], said["handover_s"], said["content_mib"])


@contextmanager
def _copy(situation: Path) -> Iterator[Path]:
    """Give a copy whose store may be written; it is gone afterwards."""
    place = situation.with_name(f"{situation.name}-copy")
    shutil.copytree(situation, place, copy_function=_copy_file)
    try:
        yield place
    finally:
        shutil.rmtree(place)


def _copy_file(one: str, other: str) -> None:
    """Copy the store; everything else is only read, so that a second name for it will do."""
    if one.endswith(".db"):
        shutil.copy(one, other)
    else:
        os.link(one, other)
