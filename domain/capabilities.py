"""What a space can hold: declared by its connector, asked by the planner, shown in the documentation."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from enum import StrEnum

from domain.fields import RecordType


class Hold(StrEnum):
    """How much of a field a tool can hold."""

    FULL = "full"
    DAY = "day only"  # an instant is kept as its day in the community's time zone
    ONE = "one value"  # one element of a set
    READ = "read only"  # the tool sets it; it flows in and is never written


@dataclass(frozen=True, slots=True)
class Held:
    """One field's fidelity; `note` goes into the fidelity table of the documentation."""

    hold: Hold = Hold.FULL
    max_length: int | None = None
    note: str = ""


@dataclass(frozen=True, slots=True)
class TypeCapabilities:
    """What a space can do with one record type.

    `shadow` says that the remote is only a sign of the record (a deadline shown in a calendar): it is never the
    origin of a record, and deleting it says nothing about the record. `conditional` says that the tool itself
    refuses a write when the remote has moved, so no read is needed before it. `trash` says that deleting is no more
    than putting into the tool's trash, `restores` that the tool's API gives things back from there. `notifies` names
    the fields whose change makes the tool tell people, whatever copsync asks for. `discussed` says that people comment
    on it, and that the comments go where it goes: a plan that takes it away names them.
    """

    fields: Mapping[str, Held]
    shadow: bool = False
    conditional: bool = False
    trash: bool = True
    restores: bool = False
    notifies: frozenset[str] = frozenset()
    discussed: bool = False

    @property
    def series(self) -> bool:
        """Whether an event that recurs can be shown as what it is."""
        held = self.fields.get("rrule")
        return held is not None and held.hold is not Hold.READ


@dataclass(frozen=True, slots=True)
class Capabilities:
    """Everything a connector declares about itself, per record type."""

    types: Mapping[RecordType, TypeCapabilities]
    limits: Mapping[str, str] = field(default_factory=dict)
