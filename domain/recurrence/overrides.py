"""What differs in single occurrences: a map from (occurrence, field) to value, kept as a set of canonical JSON lines.

A field of shape MAP holds lines such as ``["2026-03-30","title","Guest talk"]``. So it is hashable and comparable, and
is stored like any other set. It merges per occurrence and per field, each by the shape that field has in an event.
"""

from __future__ import annotations

import json
from collections import defaultdict
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import datetime
from typing import cast

from domain.changes import Change, Merged
from domain.errors import SetAside
from domain.fields import FIELDS, Field, RecordType, Shape, value_from_json
from domain.values import Fields, Value, When, to_json, when_from_json

PERIOD = "period"
"""When an occurrence takes place instead: start and end as one value, so that they always move together."""

OVERRIDABLE: Mapping[str, Field] = {
    PERIOD: Field(PERIOD),
    **{
        name: FIELDS[RecordType.EVENT][name]
        for name in ("title", "notes", "zone", "location", "meeting_url", "attendees", "status")
    },
}

MEND = "Correct the event in its tool; if it is right there, restore copsync's store from a backup (`copsync restore`)."
"""What to do about overrides that were damaged where they are kept."""

Overrides = Mapping[str, Fields]
"""Recurrence id -> the fields that differ from the series."""

Key = tuple[str, str]


def period(start: When, end: When) -> str:
    """Return a start and an end as one value."""
    return f"{to_json(start)}/{to_json(end)}"


def read_period(text: str) -> tuple[When, When]:
    """Return the start and the end of what :func:`period` wrote.

    Raises:
        ValueError: it is no period, its parts are of two sorts, or it ends before it starts.
    """
    first, slash, second = text.partition("/")
    start, end = when_from_json(first), when_from_json(second) if slash else None
    if end is None or isinstance(start, datetime) != isinstance(end, datetime) or start > end:
        raise ValueError(f"{text} is no period")
    return start, end


def encode(overrides: Overrides) -> frozenset[str]:
    """Return overrides as the value of a record's field."""
    entries = {(which, name): value for which, fields in overrides.items() for name, value in fields.items()}
    return _lines(entries)


def decode(value: Value) -> dict[str, dict[str, Value]]:
    """Return the overrides that a record's field holds.

    Raises:
        ValueError: a line is not one that :func:`encode` writes.
    """
    found: dict[str, dict[str, Value]] = defaultdict(dict)
    for (which, name), changed in sorted(_entries(value).items()):
        found[which][name] = changed
    return dict(found)


def readable(value: Value) -> dict[Key, Value]:
    """Return the entries of overrides that are kept somewhere.

    Raises:
        SetAside: they are damaged; a person has to mend them.
    """
    try:
        return _entries(value)
    except ValueError as odd:
        raise SetAside(f"What differs in single occurrences cannot be read: {odd}", mend=MEND) from None


def _lines(entries: Mapping[Key, Value]) -> frozenset[str]:
    return frozenset(
        json.dumps([*key, to_json(value)], ensure_ascii=False, separators=(",", ":")) for key, value in entries.items()
    )


def _entries(value: Value) -> dict[Key, Value]:
    found: dict[Key, Value] = {}
    for line in cast("Iterable[str]", value or ()):
        which, name, raw = _fields_of(line)
        if name not in OVERRIDABLE or (which, name) in found:
            raise ValueError(f"{line} is no difference of an occurrence, or one of two")
        found[which, name] = _value(name, raw)
    return found


def _value(name: str, raw: object) -> Value:
    """Read one value back and refuse what no event may have there."""
    if raw is None:
        return None
    if OVERRIDABLE[name].shape is Shape.SET:
        if not isinstance(raw, list) or not all(isinstance(one, str) for one in raw):
            raise ValueError(f"{raw} is no list of texts")
    elif not isinstance(raw, str):
        raise ValueError(f"{raw} is no text")
    if name == PERIOD:
        read_period(str(raw))
    return value_from_json(OVERRIDABLE[name], raw)


def _fields_of(line: str) -> tuple[str, str, object]:
    try:
        parts = json.loads(line)
    except ValueError:
        raise ValueError(f"{line[:60]} is no difference of an occurrence") from None
    if not isinstance(parts, list) or len(parts) != 3 or not all(isinstance(part, str) for part in parts[:2]):
        raise ValueError(f"{line} is no difference of an occurrence")
    return parts[0], parts[1], parts[2]


MergeOne = Callable[[Field, Value, Sequence[Change]], Merged]


@dataclass(frozen=True, slots=True)
class MergedMap:
    """The merged value, and the changes that lost: each with the whole value as it were had it won."""

    value: Value
    lost: tuple[Change, ...]
    undecided: bool


def merge_map(current: Value, changes: Sequence[Change], merge_one: MergeOne) -> MergedMap:
    """Merge what several sides changed in single occurrences.

    Args:
        current: the record's present value.
        changes: one per side; before and after are what that side shows.
        merge_one: merges one field of one occurrence.

    Raises:
        SetAside: one of the values is not one that :func:`encode` writes.
    """
    value = readable(current)
    sides = [_Side(change, readable(change.before), readable(change.after)) for change in changes]
    lost: list[dict[Key, Value]] = [{} for _ in sides]
    undecided = False
    for key in sorted(set[Key]().union(*(side.touched() for side in sides))):
        own = {number: side.at(key) for number, side in enumerate(sides) if key in side.touched()}
        value[key], losing, open_ = _merge_key(key[1], value.get(key), own, merge_one)
        undecided = undecided or open_
        for number in losing:
            lost[number][key] = own[number].after
    losers = (
        replace(side.change, after=_lines(_differing({**value, **own})))
        for side, own in zip(sides, lost, strict=True)
        if own
    )
    return MergedMap(_lines(_differing(value)), tuple(losers), undecided)


def _merge_key(
    name: str, current: Value, own: Mapping[int, Change], merge_one: MergeOne
) -> tuple[Value, list[int], bool]:
    """Merge one field of one occurrence; return its value, the sides that lost, and whether a person must choose."""
    ends = [value for change in own.values() for value in (change.before, change.after)]
    spec = OVERRIDABLE[name]
    if spec.shape in (Shape.SET, Shape.TEXT) and None not in ends:
        merged = merge_one(spec, current, list(own.values()))
        losing = [number for number, change in own.items() if any(change is loser for loser in merged.lost)]
        return merged.value, losing, merged.undecided
    # "As in the series" and "empty here" are two things: told apart as JSON, where neither is an empty text.
    told = {number: replace(one, before=_told(one.before), after=_told(one.after)) for number, one in own.items()}
    merged = merge_one(Field(name), _told(current), list(told.values()))
    losing = [number for number, change in told.items() if any(change is loser for loser in merged.lost)]
    return _value(name, json.loads(str(merged.value))), losing, merged.undecided


def _told(value: Value) -> str:
    return json.dumps(to_json(value))


@dataclass(frozen=True, slots=True)
class _Side:
    change: Change
    before: Mapping[Key, Value]
    after: Mapping[Key, Value]

    def touched(self) -> set[Key]:
        return {key for key in self.before.keys() | self.after.keys() if self.before.get(key) != self.after.get(key)}

    def at(self, key: Key) -> Change:
        return replace(self.change, before=self.before.get(key), after=self.after.get(key))


def _differing(entries: Mapping[Key, Value]) -> dict[Key, Value]:
    """Leave out what is as in the series: None says that an occurrence does not differ."""
    return {key: value for key, value in entries.items() if value is not None}
