"""A series between Outlook and the fields of a record. Pure.

Of a single occurrence Outlook holds its period, title, notes and place. Whatever else may differ elsewhere is left out
of what is compared and stays where it is.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass, replace
from datetime import datetime, timedelta
from functools import lru_cache
from typing import cast
from zoneinfo import ZoneInfo

from connectors.microsoft365.appointment import Appointment, Json, appointment_of
from connectors.microsoft365.family import Family, day_of, part_days, series_of
from connectors.microsoft365.recurrence import from_graph, to_graph, why_no_pattern
from connectors.microsoft365.zones import Zones
from domain.errors import SetAside
from domain.fields import FIELDS, RecordType, fields_from_json, recurs, same
from domain.recurrence.expand import slots_among
from domain.recurrence.normal import read_rule
from domain.recurrence.overrides import PERIOD, encode, period, read_period
from domain.recurrence.series import Series, fields_from_series, series_from_fields
from domain.recurrence.walls import to_wall
from domain.values import Fields, Value, When, fields_to_json

HELD = (PERIOD, "title", "notes", "location")
"""What may differ in a single occurrence."""

PATTERN = ("start", "end", "zone", "rrule")
"""What Outlook keeps in the master; where one of these changes, it forgets deleted and edited occurrences."""

SINGLES = ("rdates", "exdates", "overrides")
RECURRING = ("rrule", *SINGLES)
_NOTHING: frozenset[str] = frozenset()
_HALF_AN_HOUR = timedelta(minutes=30)

Own = Mapping[str, Value]
"""What an event says for itself: period, title, notes, location."""

Read = Callable[[Appointment], dict[str, Value]]


def family_fields(family: Family, zones: Zones, read: Read) -> dict[str, Value]:
    """Return the fields of a series with all that differs in its occurrences.

    A write that was interrupted is not shown: until it is complete, the series shows what it was before, and nothing
    of single occurrences, so that nobody's edit is made of it (see :func:`interrupted`).

    Args:
        family: as Outlook holds it.
        zones: how time zones are named.
        read: returns the plain fields of one event.

    Raises:
        SetAside, KeyError, TypeError, ValueError, AttributeError: it is not what Graph's documentation says.
    """
    series = series_of(family.master, zones)
    fields = read(appointment_of(family.master))
    fields |= {name: value for name, value in fields_from_series(series).items() if name in PATTERN}
    was = interrupted(family, fields)
    if was is not None:
        return {**fields, **was}
    return {**fields, **_singles(family, series, fields, read)}


def interrupted(family: Family, fields: Fields) -> Fields | None:
    """Return what a series showed before a write that was not completed; None where there was none.

    What a person did to the whole series since then is shown as it is.
    """
    note = family.sign.note if family.sign else {}
    was, to = note.get("was"), note.get("to")
    if not isinstance(was, dict) or not isinstance(to, dict):
        return None
    table, aim = FIELDS[RecordType.EVENT], fields_from_json(RecordType.EVENT, to)
    still = all(same(table[name], fields.get(name), aim.get(name)) for name in aim)
    return fields_from_json(RecordType.EVENT, was) if still else {}


def note_of_interruption(before: Fields, after: Fields) -> Mapping[str, object]:
    """Return what is noted with a master before its pattern changes and its single occurrences are told again."""
    return {
        "was": fields_to_json({name: before.get(name) for name in PATTERN}),
        "to": fields_to_json({name: after.get(name) for name in PATTERN}),
    }


def _singles(family: Family, series: Series, fields: Fields, read: Read) -> Fields:
    parts = part_days(family.parts)
    planned = slots_among(series, {*family.cancelled, *parts})
    restored = parts.keys() & family.cancelled
    further = parts.keys() - planned
    own = {day_of(row, series): own_of(row, read) for row in family.exceptions}
    own |= {which: own_of(parts[which], read) for which in restored | further}
    return {
        "rdates": frozenset(further),
        "exdates": frozenset((family.cancelled & planned) - restored),
        "overrides": encode(differences(own, fields, series)),
    }


def own_of(row: Json, read: Read) -> Own:
    """Return what one event says for itself."""
    shown = read(appointment_of(row))
    span = period(cast("When", shown["start"]), cast("When", shown["end"]))
    return {PERIOD: span, **{name: shown[name] for name in HELD if name != PERIOD}}


def differences(own: Mapping[str, Own], fields: Fields, series: Series) -> dict[str, dict[str, Value]]:
    """Return in what occurrences differ from their series."""
    found = {}
    for which, said in own.items():
        plain = planned_of(which, fields, series)
        differing = {name: value for name, value in said.items() if value != plain[name]}
        if differing:
            found[which] = differing
    return found


def planned_of(which: str, fields: Fields, series: Series) -> Own:
    """Return what an occurrence says that is as the series says."""
    rest = {name: fields.get(name) or "" for name in HELD if name != PERIOD}
    return {PERIOD: period(*series.at(series.wall_of(which))), **rest}


@dataclass(frozen=True, slots=True)
class SeriesLens:
    """How series fit into a calendar.

    Args:
        zones: how its time zones are named.
        line: brings a one-line text into the form in which Outlook shows it, cut where it is too long.
        text: likewise notes.
    """

    zones: Zones
    line: Callable[[Value], str]
    text: Callable[[str], str]

    def settle(self, fields: Fields) -> dict[str, Value]:
        """Return the fields of an event as Outlook can hold them together, as far as it recurs."""
        settled = dict(fields)
        if not recurs(RecordType.EVENT, settled):
            return settled | {name: _NOTHING for name in SINGLES if name in settled}
        try:
            series = series_from_fields(settled)
        except (SetAside, KeyError):
            return settled  # no record may have this; whoever checks records says why
        return self._held(settled, series) if series else settled

    def is_laid_out(self, fields: Fields) -> bool:
        """Tell whether an event recurs in a way for which Outlook has no pattern."""
        if not recurs(RecordType.EVENT, fields):
            return False
        try:
            series = series_from_fields(fields)
        except (SetAside, KeyError):
            return False  # no record may have this; whoever checks records says why
        return series is not None and self.why_no_master(series) is not None

    def why_no_master(self, series: Series) -> str | None:
        """Return why Outlook cannot hold a series as one, as the rest of a sentence; None if it can."""
        return why_no_pattern(series) or self._why_not_zone(series)

    def _why_not_zone(self, series: Series) -> str | None:
        if series.zone is None:
            return None
        clock = self.zones.clock(series.zone)
        if not self.zones.is_known(series.zone) or not _go_alike(series.zone, clock.key):
            return f"Windows knows no zone like {series.zone}"
        if to_wall(cast("datetime", series.start), clock) != series.wall or not _is_first(series):
            return "it starts in an hour that clocks show twice"
        return None

    def _held(self, fields: dict[str, Value], series: Series) -> dict[str, Value]:
        if self.why_no_master(series) is None and series.rule is not None:
            zone = self.zones.shown(series.zone) if series.zone else None
            rule = read_rule(from_graph(to_graph(series, "UTC")), series.wall, series.clock if series.zone else None)
            fields |= {"zone": zone, "rrule": str(rule)}
        return {**fields, **self._singles(fields, series)}

    def _singles(self, fields: Fields, series: Series) -> Fields:
        on_rule = slots_among(_without_dates(series), {*series.rdates, *series.exdates, *series.overrides})
        named = (series.rdates - series.exdates) | series.overrides.keys()
        own = {which: self._own(said) for which, said in series.overrides.items()}
        whole = {which: {**planned_of(which, fields, series), **said} for which, said in own.items()}
        return {
            "rdates": frozenset(named - on_rule),
            "exdates": frozenset((series.exdates & on_rule) - series.overrides.keys()),
            "overrides": encode(differences(whole, fields, series)),
        }

    def _own(self, said: Fields) -> Own:
        own = {name: said[name] for name in HELD if name in said}
        for name in own.keys() & {"title", "location"}:
            own[name] = self.line(own[name])
        if "notes" in own:
            own["notes"] = self.text(str(own["notes"] or ""))
        if PERIOD in own:
            own[PERIOD] = _longer(str(own[PERIOD]))
        return own


def _longer(span: str) -> str:
    """Return a period that takes some time, which Outlook demands."""
    start, end = read_period(span)
    if start != end:
        return span
    return period(start, start + (_HALF_AN_HOUR if isinstance(start, datetime) else timedelta(days=1)))


def _without_dates(series: Series) -> Series:
    return replace(series, rdates=_NOTHING)


def _is_first(series: Series) -> bool:
    """Tell whether the start is the instant that its wall time names first."""
    start = cast("datetime", series.start)
    return start.astimezone(series.clock).fold == 0


@lru_cache(maxsize=512)
def _go_alike(one: str, other: str) -> bool:
    """Tell whether the clocks of two zones show the same in the years for which people plan."""
    first, second = ZoneInfo(one), ZoneInfo(other)
    days = (datetime(year, month, day) for year in range(2024, 2034) for month in range(1, 13) for day in (1, 15))  # noqa: DTZ001
    return one == other or all(first.utcoffset(day) == second.utcoffset(day) for day in days)
