"""The lens between Asana's tasks and views: pure, and the same rules in both directions."""

from __future__ import annotations

import unicodedata
from datetime import date, datetime
from typing import cast
from zoneinfo import ZoneInfo

from connectors.asana.raw import Raw, gid_of, moment, parent_of, section_in, tags_of, when
from connectors.asana.richtext import from_asana, hold_asana
from domain.fields import RecordType
from domain.lens import day_in
from domain.values import Fields, Value

UNTITLED = "Untitled section"
"""The name that Asana gives to the section of a project which nobody named; it stands for "no list"."""

_MILESTONE = "milestone"
_SPACES = str.maketrans(dict.fromkeys("\t\n\v\f\r\x85", " "))


def clean(text: str) -> str:
    """Return a one-line text without control characters or halves of surrogate pairs; line breaks become spaces."""
    if text.isprintable():
        return text
    text = text.translate(_SPACES)
    return "".join(char for char in text if unicodedata.category(char) not in ("Cc", "Cs"))


def list_name(section: str | None) -> str | None:
    """Return the list a section stands for."""
    name = clean(section or "")
    return None if name == UNTITLED or not name.strip() else name


def view_of(raw: Raw, project: str, zone: ZoneInfo) -> dict[str, Value]:
    """Return what a task shows in a project.

    A subtask has no list and a milestone no start, whatever Asana may hold there.

    Raises:
        SetAside: the task cannot be understood.
    """
    shown: dict[str, Value] = {
        "kind": _MILESTONE if raw.get("resource_subtype") == _MILESTONE else "task",
        "title": str(raw.get("name") or ""),
        "state": "done" if raw.get("completed") else "open",
        "completed_at": moment(raw, "completed_at"),
        "assignees": _set(gid_of(raw.get("assignee"))),
        "start": when(raw, "start"),
        "due": when(raw, "due"),
        "tags": frozenset(name for name, _ in tags_of(raw)),
        "list": str((section_in(raw, project) or {}).get("name") or ""),
        "parent": parent_of(raw),
    }
    notes = {"notes": from_asana(str(raw["html_notes"]))} if raw.get("html_notes") is not None else {}
    return settled(shown, zone) | notes


def _set(one: str | None) -> frozenset[str]:
    return frozenset({one} if one else ())


def settle(kind: RecordType, fields: Fields, zone: ZoneInfo) -> Fields:
    """Return a view as Asana can hold it; records that are no tasks pass unchanged."""
    return settled(fields, zone) if kind is RecordType.TASK else fields


def settled(fields: Fields, zone: ZoneInfo) -> dict[str, Value]:
    """Apply Asana's rules between the fields of a task. Idempotent; only names that are given are touched."""
    view = dict(fields)
    for name, rule in _ALONE.items():
        if name in view:
            view[name] = rule(view[name])
    if view.get("parent") is not None:
        view.pop("list", None)
    if view.get("kind") == _MILESTONE:
        view.pop("start", None)
    if "start" in view:
        view["start"] = start_beside(view["start"], view.get("due"), zone)
    return view


def start_beside(start: Value, due: Value, zone: ZoneInfo) -> Value:
    """Return the start that Asana takes beside a due date, or None.

    It needs a due date and lies before it, and a time needs a time (Asana: Tasks, "start_on", "start_at").
    """
    if not isinstance(start, date) or not isinstance(due, date):
        return None
    if isinstance(start, datetime) and isinstance(due, datetime):
        return start if start < due else None
    day = _day(start, zone)
    return day if day < _day(due, zone) else None


def _day(value: Value, zone: ZoneInfo) -> date:
    return day_in(value, zone) if isinstance(value, datetime) else cast("date", value)


def _clean_text(value: Value) -> Value:
    return clean(value) if isinstance(value, str) else value


def _held_notes(value: Value) -> Value:
    return hold_asana(value) if isinstance(value, str) else value


def _clean_set(value: Value) -> Value:
    return frozenset(filter(str.strip, map(clean, value))) if isinstance(value, frozenset) else value


def _one(value: Value) -> Value:
    return frozenset(sorted(value)[:1]) if isinstance(value, frozenset) else value


def _list(value: Value) -> Value:
    return list_name(value) if isinstance(value, str) else value


_ALONE = {"title": _clean_text, "notes": _held_notes, "tags": _clean_set, "assignees": _one, "list": _list}
