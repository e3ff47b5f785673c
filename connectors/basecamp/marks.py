"""The names under which a cursor keeps how far each listing of the index was read."""

from __future__ import annotations

from connectors.basecamp.client import Status
from connectors.basecamp.items import INDEX_TYPE
from domain.fields import RecordType

STATUSES: tuple[Status, ...] = ("active", "archived", "trashed")


def mark_key(kind: RecordType, status: Status) -> str:
    """Return the name of the mark of one listing."""
    return f"{INDEX_TYPE[kind]} {status}"
