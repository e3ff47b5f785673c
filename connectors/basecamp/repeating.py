"""An entry that repeats, as one event: its rule, and the clock it is meant in. Pure.

Basecamp shows the rule and the first time only ("Schedule entries: Get a schedule entry"). It does not show the time
zone, nor which occurrences people moved, changed or took out; about those nothing is said here, and so nothing is
taken for cancelled.
"""

from __future__ import annotations

from collections.abc import Mapping
from datetime import UTC, date, datetime, timedelta
from itertools import islice
from typing import Any
from zoneinfo import ZoneInfo, ZoneInfoNotFoundError

from connectors.basecamp.items import Row
from connectors.basecamp.recurrence import from_basecamp
from domain.errors import SetAside
from domain.recurrence.expand import slots, starts_on_rule
from domain.recurrence.series import Series, make_series
from domain.recurrence.walls import to_instant, to_wall
from domain.values import Fields, When, instant

UTC_ZONE = ZoneInfo("UTC")


def series_of(row: Row, start: When, end: When, community: ZoneInfo) -> Series:
    """Return the series of a repeating entry; `community` is the zone of those it belongs to.

    Raises:
        SetAside: its rule or its clock cannot be understood.
    """
    schedule: Mapping[str, Any] = row["recurrence_schedule"]
    zone = None if row["all_day"] is True else clock_of(row, start, community)
    first = to_wall(start, zone or UTC_ZONE).date() if isinstance(start, datetime) else start
    series = make_series(start, end, zone.key if zone else None, from_basecamp(schedule, first))
    return series if starts_on_rule(series) else _from_its_first_date(series)


def _from_its_first_date(series: Series) -> Series:
    """Let a series begin where its rule does: an entry that repeats on weekdays may be dated on a Sunday."""
    later = list(islice(slots(series), 2))[1:]
    if not later:
        return series
    start, end = series.at(later[0])
    return make_series(start, end, series.zone, str(series.rule))


def fields_of(series: Series) -> Fields:
    """Return what an entry shows of a series: nothing about single occurrences."""
    return {"start": series.start, "end": series.end, "zone": series.zone, "rrule": str(series.rule)}


def clock_of(row: Row, start: When, community: ZoneInfo) -> ZoneInfo:
    """Return the time zone that a repeating entry is meant in: its creator's, else the community's.

    Basecamp tells the time of day of the rule, and it has to be what the clock of that zone shows at the start.

    Raises:
        SetAside: neither clock shows it.
    """
    clocks = [*_creators(row), community]
    told = _told(row)
    fitting = [clock for clock in clocks if told is None or _time(start, clock) == told]
    if fitting:
        return fitting[0]
    if told == _time(start, UTC_ZONE):
        return clocks[0]
    names = " nor ".join(dict.fromkeys(clock.key for clock in clocks))
    raise SetAside(
        f"“{row.get('title')}” repeats at {told[0]:02}:{told[1]:02} by a clock that is neither {names}."
        if told
        else f"The clock of “{row.get('title')}” is not known.",
        mend="Set the time zone of whoever made the entry, or of the community, to the one it is meant in.",
    )


def _creators(row: Row) -> list[ZoneInfo]:
    creator = row.get("creator")
    name = creator.get("time_zone") if isinstance(creator, dict) else None
    try:
        return [ZoneInfo(name)] if isinstance(name, str) and name else []
    except (ZoneInfoNotFoundError, ValueError, OSError):
        return []


def _told(row: Row) -> tuple[int, int] | None:
    schedule = row["recurrence_schedule"]
    hour, minute = schedule.get("hour"), schedule.get("minute")
    return (hour, minute or 0) if isinstance(hour, int) else None


def _time(start: When, clock: ZoneInfo) -> tuple[int, int]:
    wall = to_wall(start, clock) if isinstance(start, datetime) else datetime(1, 1, 1)  # noqa: DTZ001 - a wall time
    return wall.hour, wall.minute


def as_a_whole(row: Row, asked: date, community: ZoneInfo) -> Row:
    """Return the entry from what is answered for one of its occurrences, the bounds those of its first date."""
    first = row.get("recurrence_schedule", {}).get("start_date")
    if not isinstance(first, str):
        return row
    by = date.fromisoformat(first[:10]) - asked
    if row["all_day"] is True:
        return {**row, **{key: _day_moved(row[key], by) for key in ("starts_at", "ends_at")}}
    starts, ends = (instant(datetime.fromisoformat(row[key])) for key in ("starts_at", "ends_at"))
    clock = clock_of(row, starts, community)
    begins = to_instant(to_wall(starts, clock) + by, clock)
    return {**row, "starts_at": _stamp(begins), "ends_at": _stamp(begins + (ends - starts))}


def _day_moved(value: Any, by: timedelta) -> str:
    return (date.fromisoformat(str(value)[:10]) + by).isoformat()


def _stamp(moment: datetime) -> str:
    return moment.astimezone(UTC).isoformat(timespec="milliseconds").replace("+00:00", "Z")
