"""Which gatherings appear in a project, and with which date: of a series always the next one. Pure."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import datetime, timedelta

from connectors.asana.mapping import clean
from domain.errors import SetAside
from domain.fields import RECURRENCE, RecordType, recurs
from domain.recurrence.expand import Occurrence, Window, occurrences
from domain.recurrence.layout import event_fields
from domain.recurrence.series import Series, series_from_fields
from domain.values import Fields, Value, When

_OF_A_SERIES = frozenset({*RECURRENCE, "exdates"})
_AHEAD = (timedelta(days=32), timedelta(days=367), timedelta(days=10 * 366))
"""How far the next date is looked for: most are near, and a near look is cheap."""


def is_to_come(fields: Fields, today: datetime) -> bool:
    """Tell whether a gathering, or a date of a series, is not over.

    Args:
        fields: of an event.
        today: the beginning of the community's day, in its zone.
    """
    if recurs(RecordType.EVENT, fields):
        return _next(fields, today) is not None
    return fields.get("start") is not None and not is_over(fields.get("end"), today)


def is_over(end: Value, today: datetime) -> bool:
    """Tell whether an end lies before today; what takes place today is not over until the night."""
    if isinstance(end, datetime):
        return end <= today
    return not isinstance(end, When) or end <= today.date()


def settled(fields: Fields, today: datetime) -> dict[str, Value]:
    """Return an event as one milestone can show it: a series as the next of its dates. Idempotent."""
    coming = _next(fields, today) if recurs(RecordType.EVENT, fields) else None
    whole = dict(event_fields(fields, coming)) if coming else dict(fields)
    view = {name: value for name, value in whole.items() if name in fields and name not in _OF_A_SERIES}
    for name in view.keys() & {"title", "location", "meeting_url"}:
        view[name] = clean(str(view[name] or ""))
    return view


def _next(fields: Fields, today: datetime) -> Occurrence | None:
    """Return the first occurrence that is not over; None where there is none, or too many to tell."""
    series = series_from_fields(fields)
    return next(_to_come(series, today), None) if series else None


def _to_come(series: Series, today: datetime) -> Iterator[Occurrence]:
    for ahead in _AHEAD:
        try:
            found = occurrences(series, Window(today, today + ahead))
        except SetAside:
            return
        yield from (one for one in found if not is_over(one.end, today))
