"""Writes the same tasks as VTODO files for the peer: `python -m tests.bench.todo_files FOLDER COUNT`."""

from __future__ import annotations

import sys
from collections.abc import Iterable, Iterator
from datetime import datetime
from pathlib import Path

from domain.values import Fields, Value
from tests.bench.content import PEOPLE, email, tasks

LINE = 75
"""Longest content line in octets (RFC 5545, 3.1)."""


def write_files(folder: Path, count: int) -> None:
    """Write one file per task."""
    folder.mkdir()
    addresses = [email(person) for person in PEOPLE]
    for number, fields in enumerate(tasks(count, addresses)):
        name = f"task-{number}"
        (folder / f"{name}.ics").write_text(todo(name, fields), encoding="utf-8", newline="")


def todo(uid: str, fields: Fields) -> str:
    """Return a task as a calendar file (RFC 5545)."""
    lines = ["BEGIN:VCALENDAR", "VERSION:2.0", "PRODID:-//copsync//bench//EN", "BEGIN:VTODO", f"UID:{uid}@example.org"]
    lines += ["DTSTAMP:20260101T080000Z", *_properties(fields), "END:VTODO", "END:VCALENDAR"]
    return "".join(f"{_folded(line)}\r\n" for line in lines)


def _properties(fields: Fields) -> Iterator[str]:
    yield f"SUMMARY:{_escaped(fields['title'])}"
    yield f"DESCRIPTION:{_escaped(fields['notes'])}"
    yield f"STATUS:{'COMPLETED' if fields['state'] == 'done' else 'NEEDS-ACTION'}"
    yield f"X-LIST:{_escaped(fields['list'])}"
    yield _due(fields["due"])
    if tags := _sorted(fields["tags"]):
        yield f"CATEGORIES:{','.join(tags)}"
    yield from (f"ATTENDEE:mailto:{address}" for address in _sorted(fields["assignees"]))


def _due(value: Value) -> str:
    return f"DUE:{value:%Y%m%dT%H%M%SZ}" if isinstance(value, datetime) else f"DUE;VALUE=DATE:{value:%Y%m%d}"


def _sorted(value: Value) -> Iterable[str]:
    return sorted(value) if isinstance(value, frozenset) else ()


def _escaped(value: Value) -> str:
    text = str(value).replace("\\", "\\\\").replace(";", "\\;").replace(",", "\\,")
    return text.replace("\n", "\\n")


def _folded(line: str) -> str:
    """Return a line broken after 75 octets; the invented tasks are ASCII, so octets are characters."""
    first, rest = line[:LINE], line[LINE:]
    more = [rest[start : start + LINE - 1] for start in range(0, len(rest), LINE - 1)]
    return "\r\n ".join([first, *more])


if __name__ == "__main__":
    write_files(Path(sys.argv[1]), int(sys.argv[2]))
