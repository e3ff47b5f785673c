"""What an edit says: about a gathering, a series, or one of its dates, whichever item its author wrote it in."""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass

from domain.fields import FIELDS, same
from domain.parts import occurrence_of
from domain.recurrence.layout import event_fields, occurrence
from domain.recurrence.overrides import PERIOD, decode, read_period
from domain.recurrence.series import series_from_fields
from domain.values import Fields, Value
from tests.simulation.calendar.abilities import EVENT, TEXTS
from tests.simulation.truth import Edit

TABLE = FIELDS[EVENT]
Key = tuple[str, ...]
"""(name,) is a field of the whole, (recurrence id, name) one of a date, (set, recurrence id) whether one is named."""
DATES = ("exdates", "rdates")
_TOKEN = re.compile(r"[tnl]\d{4}")


@dataclass(frozen=True, slots=True)
class Claim:
    """What an edit says about one thing: its value, and what its author saw. None of a date means as in the series."""

    edit: Edit
    key: Key
    value: Value
    before: Value

    @property
    def brought(self) -> frozenset[str]:
        """The marks of a text that its author put there."""
        return marks(self.value) - marks(self.before)

    def __str__(self) -> str:
        return f"{self.key} = {self.value!r} ({self.edit})"


def marks(value: Value) -> frozenset[str]:
    """Return the marks by which texts can be told apart."""
    return frozenset(_TOKEN.findall(value)) if isinstance(value, str) else frozenset()


def claims(edit: Edit, owner: str) -> Iterator[Claim]:
    """Yield what an edit of an item says, in terms of the record that the item stands for."""
    which, name = occurrence_of(owner), edit.field
    if name == "overrides":
        yield from _of_dates(edit)
    elif name in DATES:
        old, new = _set(edit.before), _set(edit.value)
        yield from (Claim(edit, (name, one), one in new, one in old) for one in sorted(old ^ new))
    elif which is None:
        yield Claim(edit, (name,), edit.value, edit.before)
    elif name in (*TEXTS, "start", "end"):
        yield Claim(edit, (which, name), edit.value, edit.before)


def _of_dates(edit: Edit) -> Iterator[Claim]:
    old, new = entries(edit.before), entries(edit.value)
    for key in sorted(old.keys() | new.keys()):
        if old.get(key) != new.get(key):
            yield Claim(edit, key, new.get(key), old.get(key))


def entries(overrides: Value) -> dict[Key, Value]:
    """Return what overrides say, by date and field; start and end each by itself."""
    found: dict[Key, Value] = {}
    for which, fields in decode(overrides).items():
        for name, value in fields.items():
            if name == PERIOD:
                found[which, "start"], found[which, "end"] = read_period(str(value))
            else:
                found[which, name] = value
    return found


def _set(value: Value) -> frozenset[str]:
    return value if isinstance(value, frozenset) else frozenset()


def live(fields: Fields, key: Key) -> Value:
    """Return what a record says about a key."""
    if len(key) == 1:
        return fields.get(key[0])
    if key[0] in DATES:
        return key[1] in _set(fields.get(key[0]))
    series = series_from_fields(fields)
    return event_fields(fields, occurrence(series, key[0])).get(key[1]) if series else None


def same_value(key: Key, one: Value, other: Value) -> bool:
    """Tell whether two values of one key mean the same."""
    spec = TABLE.get(key[-1])
    return same(spec, one, other) if spec else one == other
