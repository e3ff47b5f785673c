"""Between the whole record and what a space can hold of it: project one way, lift the other, lose nothing."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, field
from datetime import UTC, date, datetime
from zoneinfo import ZoneInfo

from domain.capabilities import Capabilities, Held, Hold, TypeCapabilities
from domain.fields import FIELDS, SPAN, Field, RecordType, recurs
from domain.values import Fields, Value

Settle = Callable[[RecordType, Fields], Fields]
Admit = Callable[[RecordType, Fields], bool]


def _as_is(_kind: RecordType, fields: Fields) -> Fields:
    return fields


def _everything(_kind: RecordType, _fields: Fields) -> bool:
    return True


def never_laid_out(_kind: RecordType, _fields: Fields) -> bool:
    """Say of every series that it can be shown as what it is."""
    return False


@dataclass(frozen=True, slots=True)
class Space:
    """What the planner knows of a space.

    `settle` applies rules between fields that only this tool has (such as: no start without a due). `admits` says
    which records are shown here, `lays_out` which series only as single events (domain.parts). `persons` are the
    members that can be named here anew; whom it shows already stays. `zone` is the community's.
    """

    name: str
    capabilities: Capabilities
    zone: ZoneInfo
    settle: Settle = _as_is
    admits: Admit = _everything
    persons: frozenset[str] = field(default=frozenset())
    read_only: bool = False
    lays_out: Admit = never_laid_out

    def shows(self, kind: RecordType, fields: Fields) -> bool:
        """Tell whether a record is to be made here: it is admitted, and can be shown as what it is."""
        return self.admits(kind, fields) and not self.lacks_series(kind, fields)

    def lacks_series(self, kind: RecordType, fields: Fields) -> bool:
        """Tell whether this is a series in a space that holds events, but none that recur.

        What is there of it already is a single event: it keeps its date, follows the texts, and says nothing about
        when the series takes place or whether it goes on.
        """
        capabilities = self.type(kind)
        return capabilities is not None and not capabilities.series and recurs(kind, fields)

    def type(self, kind: RecordType) -> TypeCapabilities | None:
        """Return what this space can do with a record type, or None when it holds none of it."""
        return self.capabilities.types.get(kind)


def day_in(value: datetime, zone: ZoneInfo) -> date:
    """Return the day of an instant as the community reads it."""
    return value.astimezone(zone).date()


def _cut(text: str, limit: int | None) -> str:
    return text if limit is None or len(text) <= limit else text[: limit - 1] + "…"


def _pick_one(value: frozenset[str], previous: Value) -> frozenset[str]:
    """Keep the element already shown; else take the first by order, so that the choice is stable."""
    kept = value & previous if isinstance(previous, frozenset) else frozenset()
    return frozenset(sorted(kept or value)[:1])


def _held_set(spec: Field, held: Held, value: frozenset[str], space: Space, previous: Value) -> frozenset[str]:
    if spec.refers is RecordType.MEMBER:
        value = value & (space.persons | previous if isinstance(previous, frozenset) else space.persons)
    return _pick_one(value, previous) if held.hold is Hold.ONE else value


def hold_value(spec: Field, held: Held, value: Value, space: Space, previous: Value = None) -> Value:
    """Return what a space can hold of one field's value."""
    if isinstance(value, frozenset):
        return _held_set(spec, held, value, space, previous)
    if held.hold is Hold.DAY and isinstance(value, datetime):
        return day_in(value, space.zone)
    if isinstance(value, str) and value != previous:  # a text that is shown whole already is not cut
        return _cut(value, held.max_length)
    return value


def project(kind: RecordType, fields: Fields, space: Space, previous: Fields | None = None) -> Fields:
    """Return the view of a record in a space: the fields it is able to write, at its fidelity.

    `previous` is the view shown there now; it keeps free choices (which one of several assignees) stable, and a
    text whole that people made longer than the tool is said to hold.
    """
    capabilities = space.type(kind)
    if capabilities is None:
        return {}
    table, previous = FIELDS[kind], previous or {}
    kept = SPAN if space.lacks_series(kind, fields) else frozenset()
    view = {
        name: previous.get(name)
        if name in kept
        else hold_value(table[name], held, fields.get(name), space, previous.get(name))
        for name, held in capabilities.fields.items()
        if held.hold is not Hold.READ
    }
    return space.settle(kind, view)


def lift(spec: Field, held: Held, shown: Value, record: Value, projected: Value, space: Space) -> Value:
    """Return the whole value that a person meant who set `shown` where only `projected` of `record` could be seen.

    What the space cannot hold (the time of day, the tail of a long text) is put back from the record. A text that is
    itself longer than the space is said to hold has its own tail.
    """
    if shown == projected and type(shown) is type(projected):
        return record
    if held.hold is Hold.DAY and isinstance(record, datetime) and isinstance(shown, date):
        return _same_time_on(shown, record, space.zone)
    if held.max_length and isinstance(shown, str) and isinstance(record, str) and record != projected:
        return shown if len(shown) > held.max_length else shown.removesuffix("…") + record[held.max_length - 1 :]
    return shown


def _same_time_on(day: date, record: datetime, zone: ZoneInfo) -> datetime:
    return datetime.combine(day, record.astimezone(zone).time(), zone).astimezone(UTC)
