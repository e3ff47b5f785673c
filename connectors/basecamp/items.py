"""To-dos and schedule entries as Basecamp answers them."""

from __future__ import annotations

import json
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from hashlib import blake2b
from typing import Any

from connectors.basecamp.places import Place
from domain.fields import RecordType

Row = Mapping[str, Any]

INDEX_TYPE: Mapping[RecordType, str] = {RecordType.TASK: "Todo", RecordType.EVENT: "Schedule::Entry"}
"""Basecamp's names of the types, as the index of recordings wants them."""

NEEDED: Mapping[RecordType, frozenset[str]] = {
    RecordType.TASK: frozenset({"content", "description", "completed", "starts_on", "due_on", "assignees", "parent"}),
    RecordType.EVENT: frozenset({"summary", "description", "all_day", "starts_at", "ends_at", "participants"}),
}
"""What a row must hold to be understood; the index of recordings may leave some of it out."""

_SHOWN = {
    RecordType.TASK: ("content", "description", "completed", "completion", "starts_on", "due_on", "assignees"),
    RecordType.EVENT: (
        *("summary", "description", "all_day", "starts_at", "ends_at", "join_url", "participants"),
        "recurrence_schedule",
    ),
}
_MASKED = "•"


@dataclass(frozen=True, slots=True)
class Raw:
    """A row as Basecamp answered it, and the place of a to-do, whose full name the row does not tell."""

    row: Row
    place: Place | None = None


def is_whole(kind: RecordType, row: Row) -> bool:
    """Tell whether a row holds everything that is needed to understand it."""
    return NEEDED[kind] <= row.keys()


def is_recurring(row: Row) -> bool:
    """Tell whether a schedule entry repeats; its address then names an occurrence ("Schedule entries")."""
    return bool(row.get("recurrence_schedule")) or "/occurrences/" in str(row.get("url") or "")


def moment(row: Row, key: str) -> datetime | None:
    """Return a timestamp of a row as an aware datetime, or None when it has none that can be read."""
    try:
        found = datetime.fromisoformat(str(row.get(key)))
    except ValueError:
        return None
    return found if found.tzinfo else None


def email(person: Row) -> str | None:
    """Return a person's e-mail; None where Basecamp shows bullets in its place to all but admins ("People")."""
    address = str(person.get("email_address") or "").strip()
    return address if address and _MASKED not in address else None


def people(value: Any) -> list[Row]:
    """Return the people in a list of them."""
    return [person for person in value if isinstance(person, dict)] if isinstance(value, list) else []


def person_ids(value: Any) -> frozenset[str]:
    """Return the ids of the people in a list of them."""
    return frozenset(str(person["id"]) for person in people(value) if "id" in person)


def attendees(row: Row) -> frozenset[str]:
    """Return an entry's participants, by e-mail where Basecamp shows it, else by name."""
    return frozenset(email(person) or str(person.get("name") or "") for person in people(row.get("participants")))


def digest(kind: RecordType, row: Row, where: object) -> str:
    """Return a version: equal digests mean that nothing a view shows has changed.

    `where` is what the view shows of the place. Basecamp's `updated_at` will not do: it stays as it is when a to-do
    moves between lists and when a list is renamed.
    """
    shown = [_plain(key, row) for key in _SHOWN[kind]]
    text = json.dumps([where, shown], separators=(",", ":"), default=str)
    return blake2b(text.encode(), digest_size=12).hexdigest()


def _plain(key: str, row: Row) -> object:
    """Reduce people and completions to what a view shows of them; the rest of them changes on its own."""
    value = row.get(key)
    if key == "completion":
        return value.get("created_at") if isinstance(value, dict) else None
    if key == "assignees":
        return sorted(person_ids(value))
    if key == "participants":
        return sorted(attendees(row))
    return value or None
