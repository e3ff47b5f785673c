"""What goes wrong, how likely it is, and which of it a seed draws (swarm testing: never all at once)."""

from __future__ import annotations

from collections import Counter
from dataclasses import dataclass, field
from random import Random

PER_CALL = {"busy": 0.05, "rate limited": 0.03}
"""Faults of one call to a tool, while they are drawn."""

PER_WRITE = {
    **PER_CALL,
    "connection cut": 0.05,
    "answer lost": 0.06,
    "refused once": 0.02,
    "spurious conflict": 0.05,
}
"""Faults of one write."""

PER_READ = {
    "unreadable": 0.08,
    "broken off": 0.06,
    "truncated list": 0.12,
    "empty list": 0.06,
    "page skipped": 0.08,
    "page repeated": 0.12,
    "cursor expired": 0.1,
    "cursor expired in mid-run": 0.08,
    "false deletion": 0.08,
}
"""Faults of reading a space."""

PER_STORE = {"disk full": 0.012, "commit unconfirmed": 0.004}
"""Faults of a store transaction."""

PER_RUN = {
    "killed": 0.25,
    "killed at a commit": 0.15,
    "edited during the run": 0.5,
    "access withdrawn": 0.15,
    "archived": 0.1,
    "token revoked": 0.08,
    "hint": 0.3,
    "overtaken": 0.12,
    "refused items": 0.15,
}
"""Things that happen at some step of a run."""

STANDING = ("clocks off", "poisoned items", "people change", "e-mails hidden")
"""Things that a whole world has or has not."""

ALL = (*PER_WRITE, *PER_READ, *PER_STORE, *PER_RUN, *STANDING)


@dataclass(slots=True)
class Faults:
    """The faults of one world; `hits` counts what really was injected. Nothing strikes while `on` is false."""

    rng: Random
    drawn: frozenset[str] = frozenset()
    on: bool = True
    hits: Counter[str] = field(default_factory=Counter)

    @classmethod
    def draw(cls, rng: Random) -> Faults:
        """Draw a swarm: mostly a handful of faults, sometimes none, sometimes everything."""
        share = rng.choice((0.0, 0.1, 0.2, 0.35, 0.6, 1.0))
        return cls(rng, frozenset(one for one in ALL if rng.random() < share))

    def strikes(self, name: str, chance: float) -> bool:
        """Decide whether a drawn fault happens now."""
        if not self.on or name not in self.drawn or self.rng.random() >= chance:
            return False
        self.hits[name] += 1
        return True

    def among(self, table: dict[str, float]) -> str | None:
        """Return the first fault of a table that strikes now, or None."""
        if not self.on:
            return None
        return next((name for name, chance in table.items() if name in self.drawn and self.strikes(name, chance)), None)
