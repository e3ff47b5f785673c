"""Series of a calendar: from a master and its edited occurrences to the fields of a record, and what of them fits."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace
from datetime import datetime, timedelta
from zoneinfo import ZoneInfo

from connectors.caldav.resource import Entry
from connectors.caldav.texts import plain
from connectors.caldav.zones import Zones
from domain.calendars.lines import joined
from domain.calendars.read import read
from domain.calendars.texts import address, one_line
from domain.errors import SetAside
from domain.fields import NOTHING
from domain.recurrence.expand import slots_among
from domain.recurrence.overrides import PERIOD, period, read_period
from domain.recurrence.series import Series, check_series, fields_from_series, series_from_fields
from domain.recurrence.walls import to_instant, to_wall
from domain.values import Fields, Value, When

SINGLE: Fields = {"rrule": None, "rdates": NOTHING, "exdates": NOTHING, "overrides": NOTHING}
"""What an event that takes place once says of recurrence."""

_ONE_DAY = timedelta(days=1)
_TEXTS = {"title": one_line, "location": one_line, "notes": plain, "meeting_url": address}
_OTHERS = ("status",)


def recurrence_of(entry: Entry, zones: Zones) -> Fields:
    """Return when a series takes place: its span, its rule and what differs in single occurrences.

    Raises:
        ValueError: it is one that is left alone (`Nature.refusal`).
    """
    if not entry.is_series:
        return SINGLE
    text = joined(entry.calendar.all_lines())
    found = read(text.encode("utf-8", "surrogateescape"), zones.home)
    if found.refusals or len(found.events) != 1:
        raise ValueError(found.refusals[0].reason if found.refusals else "it is no series")
    fields = found.events[0].fields
    return {name: fields[name] for name in ("start", "end", "zone", *SINGLE)}


def settle_series(fields: dict[str, Value], zones: Zones) -> None:
    """Bring a series into what a calendar can hold; one that is none is left as it is, and refused when written."""
    try:
        series = series_from_fields(fields)
        if series is not None:
            fields.update(fields_from_series(_settled(_shown_in(series, zones), fields, zones)))
    except SetAside:
        return


def _shown_in(series: Series, zones: Zones) -> Series:
    """Return a series whose first wall time means the first of two hours, as DTSTART does."""
    if series.all_day:
        return series if series.length else replace(series, end=series.start + _ONE_DAY)
    shown = replace(series, zone=zones.shown(series.zone))
    start = to_instant(to_wall(_instant(shown.start), shown.clock), shown.clock)
    return replace(shown, start=start, end=start + shown.length)


def _instant(when: When) -> datetime:
    if not isinstance(when, datetime):
        raise TypeError(f"{when} is a day")
    return when


def _settled(series: Series, fields: Fields, zones: Zones) -> Series:
    named = slots_among(series, series.overrides)
    own = {which: _own(series, which, fields, zones, is_named=which in named) for which in series.overrides}
    overrides = {which: differences for which, differences in own.items() if differences}
    exdates = series.exdates.difference(series.overrides)
    rdates = series.rdates - {series.id_of(series.wall)}
    return check_series(replace(series, overrides=overrides, exdates=exdates, rdates=rdates))


def _own(series: Series, which: str, fields: Fields, zones: Zones, *, is_named: bool) -> Mapping[str, Value]:
    """Return what of an occurrence's differences can be told apart from the series in a calendar."""
    given = series.overrides[which]
    found: dict[str, Value] = {name: settle(given[name]) for name, settle in _TEXTS.items() if name in given}
    found |= {name: given[name] for name in _OTHERS if name in given}
    found = {name: value for name, value in found.items() if value != fields.get(name)}
    planned = series.at(series.wall_of(which))
    start, end = _span(given.get(PERIOD), planned)
    zone = zones.shown(given["zone"]) if given.get("zone") else None
    if zone not in (None, "UTC", series.zone) and not series.all_day and _names(zones.clock(zone), start):
        found["zone"] = zone
    if (start, end) != planned or not (found or is_named):
        found[PERIOD] = period(start, end)
    return found


def _span(moved: Value, planned: tuple[When, When]) -> tuple[When, When]:
    start, end = read_period(moved) if isinstance(moved, str) else planned
    return (start, max(end, start + _ONE_DAY)) if not isinstance(start, datetime) else (start, end)


def _names(clock: ZoneInfo, start: When) -> bool:
    """Tell whether the clock of a zone names an instant, and not another one when clocks are set back."""
    return isinstance(start, datetime) and to_instant(to_wall(start, clock), clock) == start
