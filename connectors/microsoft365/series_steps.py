"""What is still to be done to single occurrences until Outlook shows a series as it shall. Pure.

Worked out from what Outlook holds now, so that a write that was interrupted is carried on and nothing is done twice.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace

from connectors.microsoft365.appointment import Json
from connectors.microsoft365.family import Family, day_of, part_days
from connectors.microsoft365.recurrence import apart
from connectors.microsoft365.series_lens import Own, Read, own_of, planned_of
from domain.recurrence.expand import slots_among
from domain.recurrence.overrides import decode
from domain.recurrence.series import Series, series_from_fields
from domain.values import Fields, Value


@dataclass(frozen=True, slots=True)
class AddPart:
    """Make a single event beside the series."""

    which: str
    says: Own


@dataclass(frozen=True, slots=True)
class ChangePart:
    """Change one."""

    row: Json
    says: Own
    names: frozenset[str]


@dataclass(frozen=True, slots=True)
class RemovePart:
    """Take one away."""

    row: Json


@dataclass(frozen=True, slots=True)
class Cancel:
    """Delete an occurrence of the master; `row` is it where it is known."""

    which: str
    row: Json | None


@dataclass(frozen=True, slots=True)
class Edit:
    """Let an occurrence of the master say something of its own; `row` is it where it is known."""

    which: str
    says: Own
    names: frozenset[str]
    row: Json | None


Step = AddPart | ChangePart | RemovePart | Cancel | Edit


def remaining(wanted: Fields, family: Family, shown: Series, read: Read) -> Sequence[Step]:
    """Return what is left to do, in order; what people would see doubled for a moment never goes missing instead.

    Args:
        wanted: the fields that the series shall show.
        family: what Outlook holds; the master shows what it shall already.
        shown: the series of the master.
        read: returns the plain fields of one event.
    """
    series = series_from_fields(wanted)
    if series is None:
        return [RemovePart(row) for row in family.parts]
    return _Reckoning(wanted, series, family, shown, read).steps()


class _Reckoning:
    def __init__(self, wanted: Fields, series: Series, family: Family, shown: Series, read: Read) -> None:
        self._series, self._fields, self._family, self._read = series, wanted, family, read
        self._own = decode(wanted.get("overrides"))
        self._apart = apart(series)
        self._parts = part_days(family.parts)
        self._edited = {day_of(row, shown): row for row in family.exceptions}
        self._names = {*family.cancelled, *self._edited, *self._parts, *series.exdates, *series.rdates, *self._own}
        self._on_rule = slots_among(replace(series, rdates=frozenset()), self._names)

    def steps(self) -> Sequence[Step]:
        kept = {str(row["id"]) for row in self._parts.values()}
        doubled = [RemovePart(row) for row in self._family.parts if str(row["id"]) not in kept]
        return [*(step for which in sorted(self._names) for step in self._of(which)), *doubled]

    def _of(self, which: str) -> Sequence[Step]:
        part = self._parts.get(which)
        if self._belongs_beside(which):
            beside = self._beside(which, part)
            is_there = which in self._on_rule and which not in self._family.cancelled
            return [*beside, *([Cancel(which, self._edited.get(which))] if is_there else [])]
        gone = [RemovePart(part)] if part else []
        if which not in self._on_rule:
            return gone
        if which in self._series.exdates:
            return [*gone, *([] if which in self._family.cancelled else [Cancel(which, self._edited.get(which))])]
        return [*gone, *self._edit(which)]

    def _belongs_beside(self, which: str) -> bool:
        """Tell whether an occurrence takes place, but Outlook's master cannot say so."""
        if which in self._series.exdates:
            return False
        if which in self._on_rule:
            return which in self._family.cancelled or which in self._apart
        return which in self._series.rdates or which in self._own

    def _says(self, which: str) -> Own:
        return {**planned_of(which, self._fields, self._series), **self._own.get(which, {})}

    def _beside(self, which: str, part: Json | None) -> Sequence[Step]:
        says = self._says(which)
        if part is None:
            return [AddPart(which, says)]
        names = _differing(own_of(part, self._read), says)
        return [ChangePart(part, says, names)] if names else []

    def _edit(self, which: str) -> Sequence[Step]:
        row = self._edited.get(which)
        says, plain = self._says(which), planned_of(which, self._fields, self._series)
        names = _differing(own_of(row, self._read) if row else plain, says)
        return [Edit(which, says, names, row)] if names else []


def _differing(now: Mapping[str, Value], says: Own) -> frozenset[str]:
    return frozenset(name for name, value in says.items() if now.get(name) != value)
