"""How a run ended, as an operator hears it: one word, one sentence."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field
from enum import Enum

from domain.errors import CopsyncError
from sync.report import Exit, Report


class Ending(Enum):
    """How a run ended, best first. The value is the name of the state that Prefect shows."""

    IN_STEP = "Completed"
    LOCKED = "SkippedLocked"
    CONFLICTS = "CompletedWithConflicts"
    FAILURES = "CompletedWithFailures"
    PERSON = "NeedsPerson"
    FAILED = "Failed"


_RANK = {ending: rank for rank, ending in enumerate(Ending)}

_IN_WORDS = {
    Ending.IN_STEP: "in step",
    Ending.LOCKED: "skipped, another run holds it",
    Ending.CONFLICTS: "in step, with conflicts decided by policy",
    Ending.FAILURES: "partly failed",
    Ending.PERSON: "waiting for a person",
    Ending.FAILED: "failed",
}


@dataclass(frozen=True, slots=True)
class Verdict:
    """How one community's run ended. `counts` are created, updated, deleted, failed and held over its spaces."""

    community: str
    ending: Ending
    message: str
    run: str = ""
    took_s: float = 0.0
    counts: Counter[str] = field(default_factory=Counter)


COUNTED = ("created", "updated", "deleted", "failed", "held")


def verdict_on(report: Report) -> Verdict:
    """Return the verdict on a run."""
    counts = Counter({name: sum(getattr(space, name) for space in report.spaces.values()) for name in COUNTED})
    ending = ending_of(report)
    return Verdict(report.community, ending, _sentence(report, counts), report.run, report.took_s, counts)


def verdict_on_error(community: str, problem: CopsyncError) -> Verdict:
    """Return the verdict on a run that could not be carried out."""
    return Verdict(community, Ending.FAILED, str(problem))


def ending_of(report: Report) -> Ending:
    """Return how a run ended; what needs a person comes before what the next run mends."""
    if report.state == "locked":
        return Ending.LOCKED
    if report.state == "failed":
        return Ending.FAILED
    if report.exit is Exit.PERSON_NEEDED:
        return Ending.PERSON
    if report.exit is Exit.FAILED:
        return Ending.FAILURES
    return Ending.CONFLICTS if report.conflicts else Ending.IN_STEP


def _sentence(report: Report, counts: Counter[str]) -> str:
    if report.locked or report.broken:
        return str(report.locked or report.broken)
    parts = [f"{counts[name]} {name}" for name in COUNTED if counts[name]]
    more = {"conflicts": len(report.conflicts), "questions": len(report.questions)}
    parts += [f"{number} {name}" for name, number in more.items() if number]
    troubles = [f"{space.space}: {space.message}" for space in report.spaces.values() if space.message]
    sent = [", ".join(parts)] if parts else []
    return "; ".join([*sent, *troubles]) or "nothing to change"


def worst(verdicts: Iterable[Verdict]) -> Ending:
    """Return the worst ending of a night."""
    return max((verdict.ending for verdict in verdicts), key=_RANK.__getitem__, default=Ending.IN_STEP)


def summary(verdicts: Sequence[Verdict]) -> str:
    """Return a night in one sentence; communities that are not simply in step are named, worst first."""
    parts = []
    for ending in reversed(Ending):
        names = [verdict.community for verdict in verdicts if verdict.ending is ending]
        if names:
            named = "" if ending is Ending.IN_STEP else f" ({_few(names)})"
            parts.append(f"{len(names)} {_IN_WORDS[ending]}{named}")
    return "; ".join(parts) or "no community"


def _few(names: Sequence[str]) -> str:
    return ", ".join(names[:10]) + (f" and {len(names) - 10} more" if len(names) > 10 else "")
