"""What a tool refuses, or what cannot be understood, again and again: set aside, so that nothing waits for it."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime, timedelta
from enum import StrEnum

from domain.fields import RecordType

PATIENCE = 3
"""After this many failures in a row something is set aside."""
PAUSES = (timedelta(hours=1), timedelta(hours=4), timedelta(days=1), timedelta(days=3), timedelta(days=7))
"""How long it then rests before each further attempt; the last pause repeats."""


class Side(StrEnum):
    """Which way the trouble is: a record that cannot be written into a space, or a remote that cannot be taken in."""

    WRITE = "write"
    READ = "read"


@dataclass(frozen=True, slots=True)
class Trouble:
    """What failed: a record (on the write side) or a remote (on the read side) of a space, and why."""

    space: str
    side: Side
    item: str
    type: RecordType
    title: str
    reason: str

    @property
    def key(self) -> tuple[str, Side, str]:
        """Return what tells this trouble from others."""
        return self.space, self.side, self.item


@dataclass(frozen=True, slots=True)
class Aside:
    """A trouble with its past: how often in a row, since when, and when it is worth another attempt."""

    trouble: Trouble
    failures: int
    since: datetime
    retry_at: datetime

    @property
    def is_set_aside(self) -> bool:
        """Tell whether it failed often enough that nothing waits for it any more."""
        return self.failures >= PATIENCE

    def rests(self, now: datetime) -> bool:
        """Tell whether it is left alone now."""
        return self.is_set_aside and now < self.retry_at


def failed_again(before: Aside | None, trouble: Trouble, now: datetime) -> Aside:
    """Return what is known after one more failure; each further pause is longer."""
    failures = before.failures + 1 if before else 1
    pause = PAUSES[min(failures - PATIENCE, len(PAUSES) - 1)] if failures >= PATIENCE else timedelta(0)
    return Aside(trouble, failures, before.since if before else now, now + pause)
