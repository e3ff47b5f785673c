"""A series laid out as single events, for tools that cannot express it."""

from __future__ import annotations

from calendar import monthrange
from collections.abc import Mapping
from datetime import datetime

from domain.recurrence.expand import MAX_OCCURRENCES, Occurrence, Window, edited, occurrences, planned
from domain.recurrence.series import Series
from domain.values import Fields, Value

MONTHS_AHEAD = 12


def ahead(now: datetime, months: int = MONTHS_AHEAD) -> Window:
    """Return the window from the beginning of today, in the zone of `now`, to the same day some months later."""
    today = now.replace(hour=0, minute=0, second=0, microsecond=0)
    year, month = divmod(today.year * 12 + today.month - 1 + months, 12)
    day = min(today.day, monthrange(year, month + 1)[1])
    return Window(today, today.replace(year=year, month=month + 1, day=day))


def layout(series: Series, window: Window, limit: int = MAX_OCCURRENCES) -> dict[str, Occurrence]:
    """Return the occurrences in a window, each under its recurrence id, in order of start.

    The key stays the same when an occurrence is moved or edited, when the window moves on, and when the series
    changes its time of day, zone or length: the single event made for it is found again under it.

    Raises:
        SetAside: there are more than `limit`.
    """
    return {one.id: one for one in occurrences(series, window, limit)}


def occurrence(series: Series, which: str) -> Occurrence:
    """Return the occurrence of a recurrence id, whether it takes place or not."""
    return edited(series, which) if which in series.overrides else planned(series, series.wall_of(which))


def event_fields(master: Fields, occurrence: Occurrence) -> Mapping[str, Value]:
    """Return the fields of one occurrence as an event of its own."""
    single: dict[str, Value] = {**master, **occurrence.fields, "start": occurrence.start, "end": occurrence.end}
    if not isinstance(occurrence.start, datetime):
        single["zone"] = None
    nothing: frozenset[str] = frozenset()
    return {**single, "rrule": None, "rdates": nothing, "exdates": nothing, "overrides": nothing}
