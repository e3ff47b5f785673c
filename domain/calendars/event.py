"""What is read from a calendar file and written into one."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import UTC, datetime

from domain.values import Fields

UNSTAMPED = datetime(2000, 1, 1, tzinfo=UTC)
"""Written as DTSTAMP, which every event must have, where nobody knows when it was changed."""


@dataclass(frozen=True, slots=True)
class CalendarEvent:
    """An event, or a series with what differs in its occurrences.

    `fields` are those of a record of type event. `sequence` counts the organiser's revisions, `revised` is when it
    was last changed (RFC 5545, 3.8.7); `line` is where it stands in the file.
    """

    uid: str
    fields: Fields = field(hash=False)
    sequence: int = 0
    revised: datetime | None = None
    line: int = field(default=0, compare=False)


@dataclass(frozen=True, slots=True)
class Refusal:
    """Something in a file that cannot be taken in: where, why, and what to do about it."""

    line: int
    what: str
    reason: str
    mend: str

    def __str__(self) -> str:
        return f"Line {self.line}: {self.what} is left out: {self.reason}. {self.mend}"


@dataclass(frozen=True, slots=True)
class Read:
    """Everything that a calendar file holds.

    Args:
        events: what can be taken in, in the order of the file.
        refusals: what cannot.
        notes: what was understood otherwise than it is written, for a person to know.
        others: on which lines components of other sorts begin, such as tasks.
        name: what the calendar calls itself.
    """

    events: tuple[CalendarEvent, ...]
    refusals: tuple[Refusal, ...] = ()
    notes: tuple[str, ...] = ()
    others: Mapping[str, Sequence[int]] = field(default_factory=dict)
    name: str = ""
