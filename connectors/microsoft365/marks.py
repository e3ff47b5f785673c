"""The signs copsync leaves in an event, by which it knows its own again.

All stand in one extended property, as ``word:record`` or ``word:record:note``: ``event`` and ``task`` for what stands
for a whole record, ``part`` for a single event that stands beside its series for one occurrence, ``laid`` for one of
the single events in which a whole series is laid out. The note is JSON (see :mod:`connectors.microsoft365.family`).
"""

from __future__ import annotations

import json
from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any
from uuid import UUID, uuid5

from domain.fields import RecordType

PROPERTY = "String {d87187c8-ea33-48ab-b11b-56f59ed117f1} Name copsyncRecord"
"""The one extended property; fixed for ever, because names of such properties are a finite store of a mailbox."""

PART, LAID = "part", "laid"

_KEYS = UUID("5a7565e2-330a-4f55-8d96-278163ccb0f2")
_TYPES = {kind.value: kind for kind in (RecordType.TASK, RecordType.EVENT)}

Mark = tuple[RecordType, str]
"""What an event stands for: the type and the id of a record."""

Note = Mapping[str, Any]


@dataclass(frozen=True, slots=True)
class Sign:
    """What our property says: a word, the record, and what else is to be remembered with the event."""

    word: str
    record: str
    note: Note = field(default_factory=dict)

    def property(self) -> Mapping[str, str]:
        """Return the property as it is sent along with an event."""
        note = ":" + json.dumps(self.note, separators=(",", ":")) if self.note else ""
        return {"id": PROPERTY, "value": f"{self.word}:{self.record}{note}"}


def sign_of(raw: Mapping[str, Any]) -> Sign | None:
    """Return what our property says, or None for an event that copsync did not mark, or not in a way it knows."""
    for found in raw.get("singleValueExtendedProperties") or ():
        if isinstance(found, dict) and str(found.get("id")).casefold() == PROPERTY.casefold():
            word, _, rest = str(found.get("value")).partition(":")
            record, _, note = rest.partition(":")
            return Sign(word, record, _note(note)) if record else None
    return None


def _note(text: str) -> Note:
    try:
        found = json.loads(text) if text else {}
    except ValueError:
        return {}
    return found if isinstance(found, dict) else {}


def mark_property(kind: RecordType, record: str) -> Mapping[str, str]:
    """Return the property as it is sent along with a new event."""
    return Sign(kind.value, record).property()


def mark_of(raw: Mapping[str, Any]) -> Mark | None:
    """Return what an event stands for as a whole, or None for one that copsync did not make."""
    sign = sign_of(raw)
    return (_TYPES[sign.word], sign.record) if sign and sign.word in _TYPES else None


def transaction_id(key: str) -> str:
    """Return the id under which Exchange makes an event only once (Microsoft Graph: event, transactionId)."""
    return str(uuid5(_KEYS, key))


def marked(kind: RecordType, record: str) -> str:
    """Return the filter that finds the events of a record (Microsoft Graph: Get singleValueLegacyExtendedProperty)."""
    return _having(f"ep/value eq '{_quoted(f'{kind.value}:{record}')}'")


def signed(word: str, record: str) -> str:
    """Return the filter that finds the single events that were made for a record, whatever else they note."""
    return _having(f"startswith(ep/value, '{_quoted(f'{word}:{record}:')}')")


def _having(condition: str) -> str:
    return f"singleValueExtendedProperties/Any(ep: ep/id eq '{PROPERTY}' and {condition})"


def _quoted(text: str) -> str:
    return text.replace("'", "''")
