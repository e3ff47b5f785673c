"""UIDs by which copsync knows its own again: they hold the record's id, and one create always makes the same one."""

from __future__ import annotations

import re
from hashlib import blake2b
from urllib.parse import quote, unquote

from domain.fields import RecordType

_OURS = re.compile(r"copsync-(?P<due>due-)?(?P<record>[A-Za-z0-9._%-]+)-[0-9a-f]{8}")


def uid_of(kind: RecordType, record: str, key: str, *, on_calendar: bool) -> str:
    """Return the UID of what a create makes: of a record, in one attempt (`key`).

    A deadline on a calendar has another one than the task that it stands for. The key is part of it, because
    clients remember a UID that was deleted and would not show it again.
    """
    digest = blake2b(key.encode("utf-8", "surrogatepass"), digest_size=4).hexdigest()
    return f"{prefix_of(kind, record, on_calendar=on_calendar)}{digest}"


def prefix_of(kind: RecordType, record: str, *, on_calendar: bool) -> str:
    """Return what all UIDs of a record begin with."""
    due = "due-" if on_calendar and kind is RecordType.TASK else ""
    return f"copsync-{due}{quote(record, safe='')}-"


def mark_of(uid: str, *, on_calendar: bool) -> tuple[RecordType, str] | None:
    """Return what an object stands for (its type and record), or None for one that copsync did not make."""
    found = _OURS.fullmatch(uid)
    if found is None:
        return None
    if on_calendar:
        kind = RecordType.TASK if found["due"] else RecordType.EVENT
        return kind, unquote(found["record"])
    return None if found["due"] else (RecordType.TASK, unquote(found["record"]))


def name_of(uid: str) -> str:
    """Return the name under which a new object is stored in its collection."""
    return f"{uid}.ics"
