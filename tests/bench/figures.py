"""From measurements to figures: medians, ratios of pairs taken in the same turn, and whether a target is met."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import asdict, dataclass
from statistics import median
from typing import Any

from tests.bench.cases import CASES, HELP_TARGET, PEER_PAIRS, SIZES, TARGETS, THIRD_SIDE_AT_MOST, Target
from tests.bench.samples import Collector, Sample

NONE = Target()


@dataclass(frozen=True, slots=True)
class Row:
    """The medians of one case at one size, beside its target; `met` is None where nothing is promised."""

    case: str
    title: str
    tasks: int
    process_s: float
    run_s: float
    handover_s: float
    peak_mib: float
    content_mib: float
    target: Target

    @property
    def met(self) -> bool | None:
        """Tell whether both figures of the whole process are within the target."""
        pairs = ((self.process_s, self.target.cpu_s), (self.peak_mib, self.target.peak_mib))
        promised = [found <= most for found, most in pairs if most is not None]
        return all(promised) if promised else None

    def json(self) -> dict[str, Any]:
        """Return the row as one JSON object."""
        return {**asdict(self), "met": self.met}


@dataclass(frozen=True, slots=True)
class Ratio:
    """A median of ratios, each of two measurements of the same turn; `of` says of what, `most` is the target."""

    title: str
    tasks: int
    of: str
    value: float
    most: float | None = None

    @property
    def met(self) -> bool | None:
        """Tell whether the ratio is within the target."""
        return None if self.most is None else self.value <= self.most

    def json(self) -> dict[str, Any]:
        """Return the ratio as one JSON object."""
        return {**asdict(self), "met": self.met}


def rows(collector: Collector) -> list[Row]:
    """Return copsync's rows, `copsync --help` last."""
    titles = {case.key: case.title for case in CASES} | {"help": "`copsync --help`"}
    targets = {**TARGETS, ("help", 0): HELP_TARGET}
    return [
        _row(key, titles[key], size, samples, targets.get((key, size), NONE))
        for (key, size), samples in collector.ours.items()
    ]


def peer_rows(collector: Collector) -> list[Row]:
    """Return the peer's rows."""
    titles = {"calm": "`sync`, no change", "first": "`sync`, first sync"}
    return [_row(key, titles[key], size, samples, NONE) for (key, size), samples in collector.theirs.items()]


def _row(key: str, title: str, size: int, samples: Sequence[Sample], target: Target) -> Row:
    return Row(
        key,
        title,
        size,
        median(sample.process_s for sample in samples),
        median(sample.run_s for sample in samples),
        median(sample.handover_s for sample in samples),
        median(sample.peak_mib for sample in samples),
        median(sample.content_mib for sample in samples),
        target,
    )


def ratios(collector: Collector) -> list[Ratio]:
    """Return three sides against two, and copsync against its peer."""
    sides = [one for size in SIZES for one in _third_side(collector, size)]
    return sides + [one for case in PEER_PAIRS for size in SIZES for one in _against_peer(collector, case, size)]


def _third_side(collector: Collector, size: int) -> list[Ratio]:
    """Compare by the run alone, too: the imports, alike for two and three sides, would flatter the whole."""
    pairs = list(zip(collector.ours.get(("third", size), ()), collector.ours.get(("full", size), ()), strict=False))
    title = "three sides / two sides, no change"
    return [
        *_ratio(title, size, "CPU of the run", [(three.run_s, two.run_s) for three, two in pairs], THIRD_SIDE_AT_MOST),
        *_ratio(title, size, "CPU of the process", [(three.process_s, two.process_s) for three, two in pairs]),
    ]


def _against_peer(collector: Collector, case: str, size: int) -> list[Ratio]:
    theirs = PEER_PAIRS[case]
    pairs = list(zip(collector.ours.get((case, size), ()), collector.theirs.get((theirs, size), ()), strict=False))
    title = "copsync / vdirsyncer, " + ("no change" if theirs == "calm" else "first sync")
    return [
        *_ratio(title, size, "CPU of the process", [(mine.process_s, other.process_s) for mine, other in pairs]),
        *_ratio(title, size, "peak memory", [(mine.peak_mib, other.peak_mib) for mine, other in pairs]),
    ]


def _ratio(
    title: str, size: int, of: str, pairs: Sequence[tuple[float, float]], most: float | None = None
) -> list[Ratio]:
    """Return the median of the pairs' ratios, or nothing where a case was not measured."""
    return [Ratio(title, size, of, median(one / other for one, other in pairs), most)] if pairs else []
