"""Asana's rules for due and start, applied to what a request changes of a task or project.

Day and moment of one end replace each other and never come together; a start needs a due date in the same
request and lies before it; a milestone has no start (Asana: Task, "due_on", "due_at", "start_on", "start_at").
"""

from collections.abc import Mapping
from dataclasses import replace
from datetime import date, datetime, tzinfo
from typing import Any

from sandbox.asana.clock import read_day, read_moment
from sandbox.asana.errors import invalid
from sandbox.asana.objects import Schedule

FIELDS = ("due_on", "due_at", "start_on", "start_at")


def rescheduled(now: Schedule, data: Mapping[str, Any], *, zone: tzinfo, milestone: bool = False) -> Schedule:
    """Return the schedule after a request.

    Args:
        now: the schedule before it.
        data: the body; other fields than those of a schedule are ignored.
        zone: zone that decides on which day a moment falls.
        milestone: the object is, or becomes, a milestone.

    Raises:
        RefusedError: the request breaks one of Asana's rules.
    """
    _check_request(data)
    new = _with_start(_with_due(now, data), data)
    if new != now or milestone:
        _check(new, zone, milestone=milestone)
    return new


def _check_request(data: Mapping[str, Any]) -> None:
    for end in ("due", "start"):
        if f"{end}_on" in data and f"{end}_at" in data:
            raise invalid(f"You may only provide one of {end}_on or {end}_at!")
    if "start_on" in data and not ("due_on" in data or "due_at" in data):
        raise invalid("start_on: You must also provide due_on or due_at in the same request")
    if "start_at" in data and "due_at" not in data:
        raise invalid("start_at: You must also provide due_at in the same request")


def _with_due(now: Schedule, data: Mapping[str, Any]) -> Schedule:
    if "due_on" in data:
        return replace(now, due_on=read_day("due_on", data["due_on"]), due_at=None)
    if "due_at" not in data:
        return now
    moment = read_moment("due_at", data["due_at"])
    if moment is None and now.due_at is None:
        return now
    return replace(now, due_on=None, due_at=moment)


def _with_start(now: Schedule, data: Mapping[str, Any]) -> Schedule:
    if "start_on" in data:
        return replace(now, start_on=read_day("start_on", data["start_on"]), start_at=None)
    if "start_at" in data:
        return replace(now, start_on=None, start_at=read_moment("start_at", data["start_at"]))
    return now


def _check(new: Schedule, zone: tzinfo, *, milestone: bool) -> None:
    if new.start_on is None and new.start_at is None:
        return
    if milestone:
        raise invalid("start_on: A milestone cannot have a start date")
    due = _day(new.due_on, new.due_at, zone)
    start = _day(new.start_on, new.start_at, zone)
    if due is None or start is None:
        raise invalid("start_on: A task with a start date must have a due date")
    if new.start_at is not None:
        _check_moments(new.start_at, new.due_at)
    elif start >= due:
        raise invalid("start_on: The start date must be before the due date")


def _check_moments(start: datetime, due: datetime | None) -> None:
    if due is None:
        raise invalid("start_at: A task with a start time must have a due time")
    if start >= due:
        raise invalid("start_at: The start time must be before the due time")


def _day(day: date | None, moment: datetime | None, zone: tzinfo) -> date | None:
    return day if moment is None else moment.astimezone(zone).date()
