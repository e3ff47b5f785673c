"""What the admin of a community decided beforehand."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import Literal

DeletePolicy = Literal["trash", "complete", "keep"]
ShowOnCalendar = Literal["milestones", "all", "none"]


@dataclass(frozen=True, slots=True)
class Cap:
    """A limit in two terms; whichever is smaller counts, but one is always allowed."""

    count: int = 10
    share: float = 0.2

    def of(self, total: int) -> int:
        """Return how many of `total` may pass without a person's approval."""
        return max(1, min(self.count, int(total * self.share)))


@dataclass(frozen=True, slots=True)
class Surge:
    """More than this share of a space's records, and at least `count`, changed in one field: held."""

    count: int = 20
    share: float = 0.3

    def exceeded(self, changed: int, total: int) -> bool:
        """Tell whether `changed` of `total` is a surge."""
        return changed >= self.count and changed > total * self.share


@dataclass(frozen=True, slots=True)
class Policy:
    """How conflicts, deletions and surges are met. `conflict` is latest, ask or prefer:<space>."""

    conflict: str = "latest"
    delete: DeletePolicy = "trash"
    max_deletes: Cap = field(default=Cap())
    surge: Surge = field(default=Surge())
