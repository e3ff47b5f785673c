"""What competes for a field, and what comes of it: one side's change, and the outcome of a merge."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import UTC, datetime

from domain.values import Value

HUB = "hub"
LONG_AGO = datetime.min.replace(tzinfo=UTC)
ONLY_CHANGE = "the only change"
SAME_CHANGE = "the same change in several places"
SETS = "additions and removals of several places"
OCCURRENCES = "each occurrence and each of its fields by itself"
LINES = "lines of several places"


@dataclass(frozen=True, slots=True)
class Change:
    """One side's change of a field, in canonical terms; for a set `before` and `after` are what that side shows.

    `at` is the best estimate of when, by our clock: the tool's own time corrected by the tool's clock offset and
    kept between the last two reads. `by` is who the tool says it was. `shown` is what its space shows of `after`, None
    where nothing was seen there (a hub edit, a value that has yet to arrive), and `remote` the item that shows it.
    """

    space: str
    before: Value
    after: Value
    at: datetime | None = None
    by: str | None = None
    shown: Value = None
    remote: str | None = None


@dataclass(frozen=True, slots=True)
class Merged:
    """The outcome for one field: the value, who it came from, and the changes that lost and are kept.

    `undecided` says that a person must choose; the value is then the present one. `rule` says in words why the value
    is what it is.
    """

    value: Value
    winner: Change | None = None
    lost: tuple[Change, ...] = ()
    undecided: bool = False
    rule: str = ONLY_CHANGE
