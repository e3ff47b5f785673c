"""What is sent to Basecamp: whole to-dos and entries, because a PUT clears whatever it leaves out. Pure."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import date, datetime
from typing import Any, TypeGuard

from connectors.basecamp.attachments import keep_attachments
from connectors.basecamp.items import Row, person_ids
from connectors.basecamp.lens import ONE_DAY
from connectors.basecamp.richtext import from_basecamp, hold_basecamp, to_basecamp
from domain.errors import SetAside
from domain.values import Fields, Value

Body = Mapping[str, Any]


def new_todo(view: Fields) -> Body:
    """Return the body that creates a to-do. It never asks Basecamp to notify anybody."""
    return _without_nothing(
        {
            "content": view.get("title"),
            "description": to_basecamp(_text(view.get("notes"))) or None,
            "assignee_ids": _ids(view.get("assignees")) or None,
            "due_on": _iso(view.get("due")),
            "starts_on": _iso(view.get("start")) if view.get("due") else None,
        }
    )


def present_todo(row: Row) -> Body:
    """Return the body that leaves a to-do as it is ("To-dos: Update a to-do": all parameters must be passed)."""
    return _without_nothing(
        {
            "content": row["content"],
            "description": row["description"] or "",
            "assignee_ids": _ids(person_ids(row["assignees"])),
            "completion_subscriber_ids": _ids(person_ids(row.get("completion_subscribers"))),
            "due_on": row["due_on"],
            "starts_on": row["starts_on"],
        }
    )


def changed_todo(row: Row, fields: Fields) -> Body:
    """Return the body that changes some fields of a to-do and leaves the others; to clear a date is to leave it out."""
    body = dict(present_todo(row))
    if "title" in fields:
        body["content"] = fields["title"]
    if "notes" in fields:
        body["description"] = _description(row, fields)
    if "assignees" in fields:
        body["assignee_ids"] = _ids(fields["assignees"])
    if {"start", "due"} & fields.keys():
        body.update(_range(row, fields))
    return _without_nothing(body)


def new_entry(view: Fields) -> Body:
    """Return the body that creates a schedule entry, without participants: nobody is invited."""
    return _without_nothing(
        {
            "summary": view.get("title"),
            "description": to_basecamp(_text(view.get("notes"))) or None,
            "url": view.get("meeting_url") or None,
            **_bounds(view.get("start"), view.get("end")),
        }
    )


def present_entry(row: Row) -> Body:
    """Return the body that leaves an entry as it is.

    Participants, join link and highlight stay when they are left out; bounds are echoed as they were read
    ("Schedule entries: Update a schedule entry").
    """
    return {
        "summary": row["summary"],
        "description": row["description"] or "",
        "all_day": row["all_day"] is True,
        "starts_at": row["starts_at"],
        "ends_at": row["ends_at"],
    }


def changed_entry(row: Row, fields: Fields, view: Fields) -> Body:
    """Return the body that changes some fields of an entry; `view` is what it shall show afterwards."""
    body = dict(present_entry(row))
    if "title" in fields:
        body["summary"] = fields["title"]
    if "notes" in fields:
        body["description"] = _description(row, fields)
    if "meeting_url" in fields:
        body["url"] = _text(fields["meeting_url"])
    if "start" in fields or "end" in fields:
        body.update(_new_bounds(row, fields, view))
    return body


def _new_bounds(row: Row, fields: Fields, view: Fields) -> Body:
    """Return changed bounds; the one that stays is echoed, unless the entry turns all-day or timed."""
    bounds = dict(_bounds(view.get("start"), view.get("end")))
    if bounds["all_day"] == (row["all_day"] is True):
        bounds.update(
            {key: row[key] for name, key in (("start", "starts_at"), ("end", "ends_at")) if name not in fields}
        )
    return bounds


def _bounds(start: Value, end: Value) -> Body:
    """Return the bounds as Basecamp takes them: instants, or bare dates with the last day counted."""
    if isinstance(start, datetime) and isinstance(end, datetime):
        return {"all_day": False, "starts_at": _iso(start), "ends_at": _iso(end)}
    if not _is_day(start) or not _is_day(end):
        raise SetAside(
            "An event in Basecamp needs a start and an end, both with a time or both without.",
            mend="Give the event a start and an end of one sort in the tool it comes from.",
        )
    return {"all_day": True, "starts_at": _iso(start), "ends_at": _iso(max(start, end - ONE_DAY))}


def _is_day(value: Value) -> TypeGuard[date]:
    return isinstance(value, date) and not isinstance(value, datetime)


def _range(row: Row, fields: Fields) -> Body:
    """Return both dates, for they are one range; a start that was not shown for its due date stays away."""
    shown = row["starts_on"] if _is_range(row["starts_on"], row["due_on"]) else None
    start = _iso(fields["start"]) if "start" in fields else shown
    due = _iso(fields["due"]) if "due" in fields else row["due_on"]
    return {"starts_on": start if _is_range(start, due) else None, "due_on": due}


def _is_range(start: str | None, due: str | None) -> bool:
    """Tell whether a start can stand: not without a due date, nor after it."""
    return bool(start and due and start <= due)


def _description(row: Row, fields: Fields) -> str:
    """Return the new rich text; one that says the same already is echoed byte for byte."""
    before, notes = row["description"] or "", _text(fields["notes"])
    if from_basecamp(before) == hold_basecamp(notes):
        return before
    return keep_attachments(to_basecamp(notes), before)


def _ids(value: Any) -> list[int]:
    """Return person ids as the numbers that Basecamp takes, in a stable order."""
    try:
        return sorted(int(identity) for identity in value or ())
    except ValueError as odd:
        raise SetAside(
            f"Somebody assigned in Basecamp has an id that is no number ({odd}).",
            mend="Take this person off the to-do in Basecamp, and off the item in the other tools.",
        ) from odd


def _iso(value: Value) -> str | None:
    if isinstance(value, datetime):
        return value.isoformat().replace("+00:00", "Z")
    return value.isoformat() if isinstance(value, date) else None


def _text(value: Value) -> str:
    return value if isinstance(value, str) else ""


def _without_nothing(body: Body) -> dict[str, Any]:
    return {key: value for key, value in body.items() if value is not None}
