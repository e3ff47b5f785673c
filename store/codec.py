"""Between domain objects and rows."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from datetime import date, datetime
from typing import Any, cast

import orjson

from domain.changes import Change
from domain.fields import FIELDS, Field, RecordType, fields_from_json, value_from_json
from domain.parts import whole_of
from domain.plan import Link, LinkState
from domain.records import Edit, Record, Writer
from domain.values import Fields, Value, to_json

Row = Mapping[Any, Any]


def dumps(value: object) -> str:
    """Return compact JSON; the values of fields may stand in it as they are."""
    return orjson.dumps(value, _plain, orjson.OPT_PASSTHROUGH_DATETIME).decode()


def _plain(value: object) -> object:
    if isinstance(value, date | frozenset):
        return to_json(value)
    raise TypeError(f"{type(value).__name__} has no JSON form")


def loads(text: str) -> Any:
    """Read JSON.

    Raises:
        ValueError: it is none.
    """
    return orjson.loads(text)


def fields_text(fields: Fields) -> str:
    """Return fields as stored text."""
    return dumps(dict(fields)) if fields else "{}"


def fields_of(kind: RecordType, text: str) -> dict[str, Value]:
    """Read stored fields."""
    return fields_from_json(kind, loads(text)) if text != "{}" else {}


def value_text(value: Value) -> str:
    """Return one value as stored text."""
    return dumps(value)


def value_of(kind: RecordType, name: str, text: str | None) -> Value:
    """Read one stored value; a name that is no field (such as "deleted") is read as plain JSON."""
    raw = None if text is None else loads(text)
    spec = FIELDS[kind].get(name)
    return value_from_json(spec, raw) if spec else cast("Value", raw)


def _writer_json(writer: Writer) -> list[str | None]:
    return [writer.space, writer.at.isoformat() if writer.at else None, writer.by]


def _writer(raw: list[str | None]) -> Writer:
    space, at, by = raw
    return Writer(space or "", datetime.fromisoformat(at) if at else None, by)


def _edits_text(edits: Mapping[str, Edit]) -> str:
    return dumps({name: _edit_json(edit) for name, edit in edits.items()}) if edits else "{}"


def _edit_json(edit: Edit) -> dict[str, object]:
    over = [to_json(value) for value in edit.over]
    return {"value": to_json(edit.value), "at": edit.at.isoformat(), "over": over, "cause": edit.cause}


def _edits_of(kind: RecordType, text: str) -> dict[str, Edit]:
    raw = loads(text) if text != "{}" else {}
    return {name: _edit_of(FIELDS[kind][name], one) for name, one in raw.items()}


def _edit_of(spec: Field, raw: Row) -> Edit:
    over = tuple(value_from_json(spec, value) for value in raw["over"])
    return Edit(value_from_json(spec, raw["value"]), datetime.fromisoformat(raw["at"]), over, raw["cause"])


def record_row(community: str, record: Record, *, behind: bool) -> Row:
    """Return a record's row."""
    return {
        "community": community,
        "id": record.id,
        "type": record.type.value,
        "fields": fields_text(record.fields),
        "edits": _edits_text(record.edits),
        "writers": dumps({name: _writer_json(writer) for name, writer in record.writers.items()}),
        "origin": dumps(_writer_json(record.origin)),
        "deleted": record.deleted,
        "behind": behind,
    }


RECORD_COLUMNS = ("id", "type", "fields", "edits", "writers", "origin", "deleted")


def record_of(row: Sequence[Any]) -> Record:
    """Read a record's row, which holds the columns of RECORD_COLUMNS in that order."""
    identity, name, fields, edits, writers, origin, deleted = row
    kind = RecordType(name)
    return Record(
        id=identity,
        type=kind,
        fields=fields_of(kind, fields),
        deleted=bool(deleted),
        edits=_edits_of(kind, edits),
        writers={name: _writer(raw) for name, raw in loads(writers).items()},
        origin=_writer(loads(origin)),
    )


def link_row(community: str, link: Link) -> Row:
    """Return a link's row."""
    return {
        "community": community,
        "space": link.space,
        "record": link.record,
        "whole": whole_of(link.record),
        "remote": link.remote,
        "version": link.version,
        "base": fields_text(link.base),
        "sent": fields_text(link.sent),
        "state": link.state.value,
    }


LINK_COLUMNS = ("record", "space", "remote", "version", "base", "sent", "state")


def link_of(kind: RecordType, row: Sequence[Any]) -> Link:
    """Read a link's row, which holds LINK_COLUMNS in that order; `kind` is the type of its record."""
    record, space, remote, version, base, sent, state = row
    return Link(space, record, remote, version, fields_of(kind, base), fields_of(kind, sent), LinkState(state))


def change_json(change: Change) -> dict[str, object]:
    """Return one side of a conflict as JSON; `shown` is what the item `remote` shows of the value, if it was seen."""
    return {
        "space": change.space,
        "value": to_json(change.after),
        "shown": to_json(change.shown),
        "remote": change.remote,
        "before": to_json(change.before),
        "at": change.at.isoformat() if change.at else None,
        "by": change.by,
    }
