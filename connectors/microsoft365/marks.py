"""The signs copsync leaves in an event, by which it knows its own again."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any
from uuid import UUID, uuid5

from domain.fields import RecordType

PROPERTY = "String {d87187c8-ea33-48ab-b11b-56f59ed117f1} Name copsyncRecord"
"""The one extended property; fixed for ever, because names of such properties are a finite store of a mailbox."""

_KEYS = UUID("5a7565e2-330a-4f55-8d96-278163ccb0f2")
_TYPES = {kind.value: kind for kind in (RecordType.TASK, RecordType.EVENT)}

Mark = tuple[RecordType, str]
"""What an event stands for: the type and the id of a record."""


def mark_value(kind: RecordType, record: str) -> str:
    """Return the property's value for a record."""
    return f"{kind.value}:{record}"


def mark_property(kind: RecordType, record: str) -> Mapping[str, str]:
    """Return the property as it is sent along with a new event."""
    return {"id": PROPERTY, "value": mark_value(kind, record)}


def mark_of(raw: Mapping[str, Any]) -> Mark | None:
    """Return what an event stands for, or None for one that copsync did not make."""
    for found in raw.get("singleValueExtendedProperties") or ():
        if isinstance(found, dict) and str(found.get("id")).casefold() == PROPERTY.casefold():
            name, _, record = str(found.get("value")).partition(":")
            return (_TYPES[name], record) if name in _TYPES and record else None
    return None


def transaction_id(key: str) -> str:
    """Return the id under which Exchange makes an event only once (Microsoft Graph: event, transactionId)."""
    return str(uuid5(_KEYS, key))


def marked(kind: RecordType, record: str) -> str:
    """Return the filter that finds the events of a record (Microsoft Graph: Get singleValueLegacyExtendedProperty)."""
    value = mark_value(kind, record).replace("'", "''")
    return f"singleValueExtendedProperties/Any(ep: ep/id eq '{PROPERTY}' and ep/value eq '{value}')"
