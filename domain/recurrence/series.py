"""A series: when it first takes place, by which rule again, and what is different in single occurrences."""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from datetime import datetime, timedelta
from functools import lru_cache
from typing import cast
from zoneinfo import ZoneInfo, ZoneInfoNotFoundError

from domain.fields import RecordType, recurs
from domain.recurrence.normal import read_rule
from domain.recurrence.overrides import MEND, PERIOD, Overrides, decode, encode, read_period
from domain.recurrence.rule import Rule, refused
from domain.recurrence.walls import at_midnight, to_instant, to_wall
from domain.values import Fields, Value, When, instant

FIRST_YEAR, LAST_YEAR = 1900, 2200
MAX_EXCEPTIONS = 10_000
UTC_NAME = "UTC"

_RECURRENCE_ID = re.compile(r"\d{4}-\d\d-\d\d(T\d\d:\d\d:\d\d)?")


@dataclass(frozen=True, slots=True)
class Series:
    """An event that recurs, after RFC 5545; immutable, hashable, comparable.

    `start` and `end` are days (end exclusive) or instants; `zone` is the IANA zone in whose wall time the rule is
    meant, None for days. The start is always the first occurrence, also where the rule alone would not fall there
    (RFC 5545, section 3.8.5.3).

    `rdates`, `exdates` and `overrides` name occurrences by their recurrence id: the day in the series' zone as ISO
    text, with the wall time only where that is not the time at which the series starts. So an id survives a change
    of the time of day, of the zone, and from timed to all-day.

    An occurrence takes place if the start, the rule or `rdates` name it and `exdates` does not, or if `overrides`
    names it: what somebody edited outlives its exclusion.
    """

    start: When
    end: When
    zone: str | None = None
    rule: Rule | None = None
    rdates: frozenset[str] = frozenset()
    exdates: frozenset[str] = frozenset()
    overrides: Overrides = field(default_factory=dict, hash=False)

    @property
    def all_day(self) -> bool:
        """Tell whether the series is about days."""
        return not isinstance(self.start, datetime)

    @property
    def clock(self) -> ZoneInfo:
        """The zone in whose wall time the series is meant."""
        return ZoneInfo(self.zone or UTC_NAME)

    @property
    def wall(self) -> datetime:
        """The wall time at which the series starts; midnight for an all-day series."""
        return _start_wall(self.start, self.zone)

    @property
    def length(self) -> timedelta:
        """How long an occurrence takes: the same exact duration for all (RFC 5545, section 3.8.5.3)."""
        return self.end - cast("datetime", self.start)

    def id_of(self, wall: datetime) -> str:
        """Return the recurrence id of the occurrence at a wall time."""
        at_own_time = self.all_day or wall.time() == self.wall.time()
        return wall.date().isoformat() if at_own_time else wall.isoformat(timespec="seconds")

    def wall_of(self, which: str) -> datetime:
        """Return the wall time that a recurrence id names.

        Raises:
            SetAside: it is no recurrence id.
        """
        try:
            return _wall(which, self.wall)
        except ValueError:
            raise refused(f"“{which}” names no occurrence", "Name it by its day, such as 2026-03-30.") from None

    def at(self, wall: datetime) -> tuple[When, When]:
        """Return when the occurrence of a wall time starts and ends if nobody moved it."""
        start: When = wall.date() if self.all_day else self._instant(wall)
        return start, start + self.length

    def _instant(self, wall: datetime) -> datetime:
        # Only the start itself knows which of the two hours it means that a clock shows twice.
        return cast("datetime", self.start) if wall == self.wall else to_instant(wall, self.clock)


@lru_cache(maxsize=1024)
def _start_wall(start: When, zone: str | None) -> datetime:
    return to_wall(start, ZoneInfo(zone or UTC_NAME)) if isinstance(start, datetime) else at_midnight(start)


def _wall(which: str, start: datetime) -> datetime:
    if not _RECURRENCE_ID.fullmatch(which):
        raise ValueError(which)
    moment = datetime.fromisoformat(which)
    return moment if "T" in which else datetime.combine(moment.date(), start.time())


def check_series(series: Series) -> Series:
    """Return a series that can be kept.

    Raises:
        SetAside: a zone, a time or a recurrence id is none, or lies outside what can be planned.
    """
    _check_zone(series)
    _check_span(series)
    exceptions = series.rdates | series.exdates | series.overrides.keys()
    if len(exceptions) > MAX_EXCEPTIONS:
        raise refused(f"it has {len(exceptions)} exceptions", f"Keep to {MAX_EXCEPTIONS}; start a new series.")
    for which in exceptions:
        _check_year(series.wall_of(which).year)
    for fields in series.overrides.values():
        _check_moved(fields.get(PERIOD))
    return _with_one_name_each(series)


def _check_moved(moved: Value) -> None:
    if moved is None:
        return
    try:
        start, end = read_period(str(moved))
    except ValueError as odd:
        raise refused(str(odd), "Move the occurrence again.") from None
    _check_year(start.year)
    _check_year(end.year)


def _with_one_name_each(series: Series) -> Series:
    """Say a wall time in recurrence ids only where it is another one than that of the start."""
    names = {which: series.id_of(series.wall_of(which)) for which in _named_with_time(series)}
    if all(which == name for which, name in names.items()):
        return series
    return replace(
        series,
        rdates=frozenset(names.get(which, which) for which in series.rdates),
        exdates=frozenset(names.get(which, which) for which in series.exdates),
        overrides={names.get(which, which): fields for which, fields in series.overrides.items()},
    )


def _named_with_time(series: Series) -> set[str]:
    return {which for which in series.rdates | series.exdates | series.overrides.keys() if "T" in which}


def _check_zone(series: Series) -> None:
    try:
        series.clock  # noqa: B018 - asking is the check
    except (ZoneInfoNotFoundError, ValueError, OSError):
        raise refused(f"“{series.zone}” is no IANA time zone", "Use a name such as Europe/Berlin.") from None
    if series.all_day and series.zone is not None:
        raise refused("days have no time zone", "Leave the zone out of an all-day series.")


def _check_span(series: Series) -> None:
    if isinstance(series.start, datetime) != isinstance(series.end, datetime):
        raise refused("it starts with a day and ends with an instant, or the reverse", "Give both in the same way.")
    _check_year(series.start.year)
    _check_year(series.end.year)
    if series.end < series.start:
        raise refused("it ends before it starts", "Correct its end.")


def _check_year(year: int) -> None:
    if not FIRST_YEAR <= year <= LAST_YEAR:
        raise refused(f"the year {year} is outside {FIRST_YEAR} to {LAST_YEAR}", "Correct the date.")


def series_from_fields(fields: Fields) -> Series | None:
    """Return the series that an event's fields describe, or None for an event that takes place once.

    Raises:
        SetAside: the fields do not make a series.
    """
    if not recurs(RecordType.EVENT, fields):
        return None
    start, end, zone = fields["start"], fields["end"], fields.get("zone")
    if not isinstance(start, When) or not isinstance(end, When):
        raise refused("it has no start or no end", "Give it both.")
    timed = isinstance(start, datetime)
    bare = Series(_whole(start), _whole(end), str(zone or UTC_NAME) if timed else None)
    _check_zone(bare)
    _check_span(bare)
    return check_series(_with_exceptions(bare, fields))


def _whole(value: When) -> When:
    return instant(value) if isinstance(value, datetime) else value


def _with_exceptions(bare: Series, fields: Fields) -> Series:
    rrule = fields.get("rrule")
    rule = read_rule(str(rrule), bare.wall, bare.clock if bare.zone else None) if rrule else None
    try:
        overrides = decode(fields.get("overrides"))
    except ValueError as odd:
        raise refused(str(odd), MEND) from None
    sets = [frozenset(cast("frozenset[str]", fields.get(name) or ())) for name in ("rdates", "exdates")]
    return Series(bare.start, bare.end, bare.zone, rule, sets[0], sets[1], overrides)


def fields_from_series(series: Series) -> dict[str, Value]:
    """Return the fields of an event by which it recurs; the inverse of :func:`series_from_fields`."""
    return {
        "start": series.start,
        "end": series.end,
        "zone": series.zone,
        "rrule": str(series.rule) if series.rule else None,
        "rdates": series.rdates,
        "exdates": series.exdates,
        "overrides": encode(series.overrides),
    }


def make_series(
    start: When,
    end: When,
    zone: str | None = None,
    rrule: str | None = None,
    *,
    rdates: frozenset[str] = frozenset(),
    exdates: frozenset[str] = frozenset(),
    overrides: Mapping[str, Fields] | None = None,
) -> Series:
    """Return a checked series from what people write: an aware start, an IANA zone and the text of a rule.

    Raises:
        SetAside: it cannot be kept.
    """
    bare = Series(_whole(start), _whole(end), (zone or UTC_NAME) if isinstance(start, datetime) else zone)
    _check_zone(bare)
    _check_span(bare)
    rule = read_rule(rrule, bare.wall, bare.clock if bare.zone else None) if rrule else None
    return check_series(Series(bare.start, bare.end, bare.zone, rule, rdates, exdates, overrides or {}))
