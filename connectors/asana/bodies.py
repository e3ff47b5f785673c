"""The bodies of writes: from a view to Asana's fields, with Asana's rules about which of them go together."""

from __future__ import annotations

from collections.abc import Iterable
from datetime import datetime
from typing import Any
from zoneinfo import ZoneInfo

from connectors.asana.keep import keeping
from connectors.asana.mapping import start_beside
from connectors.asana.raw import Raw, when
from connectors.asana.richtext import to_asana
from domain.values import Fields, Value, to_json

DATES = ("due_on", "due_at", "start_on", "start_at")
_ENDS = frozenset({"start", "due"})
_DATED = _ENDS | {"kind"}
_MILESTONE = "milestone"


def new_task(view: Fields, zone: ZoneInfo) -> dict[str, Any]:
    """Return the fields of a task that is to be made; what is empty is left out."""
    body: dict[str, Any] = {"name": view.get("title") or "", **dates(_ENDS, view, {}, zone)}
    if view.get("kind") == _MILESTONE:
        body["resource_subtype"] = _MILESTONE
    if view.get("notes"):
        body["html_notes"] = to_asana(str(view["notes"]))
    if view.get("state") == "done":
        body["completed"] = True
    if assignee := _only(view.get("assignees")):
        body["assignee"] = assignee
    return body


def changes(names: Iterable[str], view: Fields, now: Raw, zone: ZoneInfo) -> dict[str, Any]:
    """Return the fields of one PUT: those that are named, at their values in the view.

    Sections, tags and parents are not among them; Asana has other calls for these.

    Args:
        names: the fields of the view that change.
        view: all that the task shall show.
        now: the task as Asana holds it.
        zone: the community's.
    """
    changed = frozenset(names)
    body: dict[str, Any] = {}
    if "title" in changed:
        body["name"] = view.get("title") or ""
    if "kind" in changed:
        body["resource_subtype"] = _MILESTONE if view.get("kind") == _MILESTONE else "default_task"
    if "notes" in changed:
        body["html_notes"] = keeping(str(view.get("notes") or ""), now.get("html_notes"))
    if "state" in changed:
        body["completed"] = view.get("state") == "done"
    if "assignees" in changed:
        body["assignee"] = _only(view.get("assignees"))
    return body | dates(changed, view, now, zone) if changed & _DATED else body


def dates(changed: frozenset[str], view: Fields, now: Raw, zone: ZoneInfo) -> dict[str, Any]:
    """Return due and start as Asana takes them, or nothing if neither has to change.

    A due date goes out as a day or as a moment, never as both; the one replaces the other. A start that the new due
    date (or a milestone) cannot have beside it goes. Whenever a start is set or cleared, the due date is in the same
    request (Asana: Tasks, "start_on").
    """
    had = when(now, "due"), when(now, "start")
    due = view.get("due") if "due" in changed else had[0]
    start = view.get("start") if "start" in changed else had[1]
    is_milestone = (view.get("kind") if "kind" in changed else now.get("resource_subtype")) == _MILESTONE
    start = None if is_milestone else start_beside(start, due, zone)
    if start != had[1]:
        return {**_end("due", due), **_end("start", start)}
    return _end("due", due) if due != had[0] else {}


def is_as_asked(body: Raw, answer: Raw) -> bool:
    """Tell whether Asana took the due date as it was sent: a day replaces a moment, and null clears both."""
    if "due_on" in body:
        return not answer.get("due_at") and answer.get("due_on") == body["due_on"]
    return "due_at" not in body or when(answer, "due") == when(body, "due")


def only_dates(body: Raw, answer: Raw) -> dict[str, Any]:
    """Return the dates of a PUT alone, with the start that clearing them took away."""
    start = {} if {"start_on", "start_at"} & body.keys() else _end("start", when(answer, "start"))
    return {**start, **{name: body[name] for name in DATES if name in body}}


def _end(name: str, value: Value) -> dict[str, Any]:
    return {f"{name}_at" if isinstance(value, datetime) else f"{name}_on": to_json(value)}


def _only(value: Value) -> str | None:
    return min(value, default=None) if isinstance(value, frozenset) else None
