"""Between domain objects and rows."""

from __future__ import annotations

import json
from collections.abc import Mapping
from datetime import datetime
from typing import Any, cast

from domain.fields import FIELDS, Field, RecordType, fields_from_json, value_from_json
from domain.merge import Change
from domain.plan import Link, LinkState
from domain.records import Edit, Record, Writer
from domain.values import Fields, Value, fields_to_json, to_json

Row = Mapping[Any, Any]


_ENCODER = json.JSONEncoder(ensure_ascii=False, separators=(",", ":"), check_circular=False)


def dumps(value: object) -> str:
    """Return compact JSON."""
    return _ENCODER.encode(value)


def fields_text(fields: Fields) -> str:
    """Return fields as stored text."""
    return dumps(fields_to_json(fields)) if fields else "{}"


def fields_of(kind: RecordType, text: str) -> dict[str, Value]:
    """Read stored fields."""
    return fields_from_json(kind, json.loads(text)) if text != "{}" else {}


def value_text(value: Value) -> str:
    """Return one value as stored text."""
    return dumps(to_json(value))


def value_of(kind: RecordType, name: str, text: str | None) -> Value:
    """Read one stored value; a name that is no field (such as "deleted") is read as plain JSON."""
    raw = None if text is None else json.loads(text)
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
    raw = json.loads(text) if text != "{}" else {}
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


def record_of(row: Row) -> Record:
    """Read a record's row."""
    kind = RecordType(row["type"])
    return Record(
        id=row["id"],
        type=kind,
        fields=fields_of(kind, row["fields"]),
        deleted=bool(row["deleted"]),
        edits=_edits_of(kind, row["edits"]),
        writers={name: _writer(raw) for name, raw in json.loads(row["writers"]).items()},
        origin=_writer(json.loads(row["origin"])),
    )


def link_row(community: str, link: Link) -> Row:
    """Return a link's row."""
    return {
        "community": community,
        "space": link.space,
        "record": link.record,
        "remote": link.remote,
        "version": link.version,
        "base": fields_text(link.base),
        "sent": fields_text(link.sent),
        "state": link.state.value,
    }


def link_of(kind: RecordType, row: Row) -> Link:
    """Read a link's row; `kind` is the type of its record."""
    return Link(
        space=row["space"],
        record=row["record"],
        remote=row["remote"],
        version=row["version"],
        base=fields_of(kind, row["base"]),
        sent=fields_of(kind, row["sent"]),
        state=LinkState(row["state"]),
    )


def change_json(change: Change) -> dict[str, object]:
    """Return one side of a conflict as JSON."""
    return {
        "space": change.space,
        "value": to_json(change.after),
        "before": to_json(change.before),
        "at": change.at.isoformat() if change.at else None,
        "by": change.by,
    }
