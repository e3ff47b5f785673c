"""The fields of each record type: how they merge, what they refer to, how they are stored."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from enum import StrEnum
from typing import cast

from domain.values import Fields, Value, is_empty, when_from_json


class RecordType(StrEnum):
    """What a record is. A deadline is a task of kind milestone."""

    MEMBER = "member"
    TASK = "task"
    EVENT = "event"
    DOCUMENT = "document"
    POST = "post"


class Shape(StrEnum):
    """How concurrent changes of a field are merged."""

    SCALAR = "scalar"  # one value wins
    TEXT = "text"  # merged line by line
    SET = "set"  # additions and removals are merged
    MAP = "map"  # what differs in single occurrences, merged one by one (domain.recurrence.overrides)
    WHEN = "when"  # a scalar that is a day or an instant


@dataclass(frozen=True, slots=True)
class Field:
    """One field of a record type.

    `refers` names the record type its ids point to. `derived` fields follow from others in every tool by itself, so
    that different values are no conflict.
    """

    name: str
    shape: Shape = Shape.SCALAR
    refers: RecordType | None = None
    default: Value = None
    derived: bool = False


def _table(*fields: Field) -> Mapping[str, Field]:
    return {field.name: field for field in fields}


NOTHING: frozenset[str] = frozenset()

FIELDS: Mapping[RecordType, Mapping[str, Field]] = {
    RecordType.MEMBER: _table(
        Field("name", default=""),
        Field("emails", Shape.SET, default=NOTHING),
        Field("role", default="member"),
    ),
    RecordType.TASK: _table(
        Field("kind", default="task"),
        Field("title", default=""),
        Field("notes", Shape.TEXT, default=""),
        Field("state", default="open"),
        Field("completed_at", Shape.WHEN, derived=True),
        Field("assignees", Shape.SET, RecordType.MEMBER, NOTHING),
        Field("start", Shape.WHEN),
        Field("due", Shape.WHEN),
        Field("tags", Shape.SET, default=NOTHING),
        Field("list"),
        Field("parent", refers=RecordType.TASK),
        Field("links", Shape.SET, default=NOTHING),
        Field("audience"),
    ),
    RecordType.EVENT: _table(
        Field("title", default=""),
        Field("notes", Shape.TEXT, default=""),
        Field("start", Shape.WHEN),
        Field("end", Shape.WHEN),
        Field("zone"),
        Field("location", default=""),
        Field("meeting_url", default=""),
        Field("attendees", Shape.SET, default=NOTHING),
        Field("status", default="confirmed"),
        Field("rrule"),
        Field("rdates", Shape.SET, default=NOTHING),
        Field("exdates", Shape.SET, default=NOTHING),
        Field("overrides", Shape.MAP, default=NOTHING),
        Field("audience"),
    ),
    RecordType.DOCUMENT: _table(Field("title", default=""), Field("url", default=""), Field("audience")),
    RecordType.POST: _table(
        Field("title", default=""),
        Field("body", Shape.TEXT, default=""),
        Field("audience"),
        Field("author", default=""),
        Field("published_at", Shape.WHEN),
        Field("url", default=""),
        Field("replies", derived=True),
    ),
}

DEFAULTS: Mapping[RecordType, Fields] = {
    kind: {name: field.default for name, field in table.items()} for kind, table in FIELDS.items()
}

REFERENCES: Mapping[RecordType, tuple[Field, ...]] = {
    kind: tuple(field for field in table.values() if field.refers) for kind, table in FIELDS.items()
}


def complete(kind: RecordType, fields: Fields) -> dict[str, Value]:
    """Return a whole record's fields: the given ones, and the default of every other."""
    return {**DEFAULTS[kind], **fields}


def value_from_json(field: Field, raw: object) -> Value:
    """Read one stored value back (see :func:`domain.values.to_json`)."""
    if raw is None:
        return None
    if field.shape is Shape.WHEN:
        return when_from_json(cast("str", raw))
    if field.shape in (Shape.SET, Shape.MAP):
        return frozenset(cast("list[str]", raw))
    return cast("Value", raw)


_SAME_IN_JSON: Mapping[RecordType, frozenset[str]] = {
    kind: frozenset(name for name, field in table.items() if field.shape in (Shape.SCALAR, Shape.TEXT))
    for kind, table in FIELDS.items()
}


def fields_from_json(kind: RecordType, raw: Mapping[str, object]) -> dict[str, Value]:
    """Read stored fields back; names this version does not know are left out."""
    table, same_in_json = FIELDS[kind], _SAME_IN_JSON[kind]
    return {
        name: cast("Value", value) if name in same_in_json else value_from_json(table[name], value)
        for name, value in raw.items()
        if name in table
    }


def shown_kind(kind: RecordType, fields: Fields) -> str:
    """Return the word people read for a record: task, milestone, event, document, post or member."""
    return "milestone" if kind is RecordType.TASK and fields.get("kind") == "milestone" else kind.value


RECURRENCE = ("rrule", "rdates", "overrides")
"""What makes an event recur; excluded dates alone do not."""

SPAN = frozenset({"start", "end", "zone"})
"""When an event takes place; of a series the first time."""


def recurs(kind: RecordType, fields: Fields) -> bool:
    """Tell whether fields are those of a series."""
    return kind is RecordType.EVENT and any(fields.get(name) for name in RECURRENCE)


def same(field: Field, one: Value, other: Value) -> bool:
    """Tell whether two values of a field mean the same; empty text, None and the empty set are alike."""
    if one == other:
        return type(one) is type(other) or field.shape is not Shape.WHEN
    return is_empty(one) and is_empty(other)
