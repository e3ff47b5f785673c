"""How a series, its exceptions and its edited occurrences are written: names with parameters, and values.

Wall times in the series' zone; UTC where a clock cannot name the instant; the end of a rule as RFC 5545 wants it
(section 3.3.10).
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace
from datetime import UTC, date, datetime, timedelta

from domain.calendars.zones import zone_of
from domain.recurrence.expand import last_wall
from domain.recurrence.overrides import PERIOD, read_period
from domain.recurrence.rule import Rule, until_text
from domain.recurrence.series import Series
from domain.recurrence.walls import to_instant, to_wall
from domain.values import Fields, When

Pair = tuple[str, str]


def span_lines(start: When, end: When, zone: str) -> list[Pair]:
    """Return a start and, where it is later, an end."""
    return [moment_line("DTSTART", start, zone), *([moment_line("DTEND", end, zone)] if end > start else [])]


def moment_line(name: str, when: When, zone: str) -> Pair:
    """Return a line that says a day, or an instant on a zone's clock."""
    if not isinstance(when, datetime):
        return f"{name};VALUE=DATE", _digits(when)
    clock = zone_of(zone)
    wall = to_wall(when, clock)
    if zone == "UTC" or to_instant(wall, clock) != when:
        return name, utc(when)
    return f"{name};TZID={zone}", _clock(wall)


def walls_line(name: str, series: Series, *walls: datetime) -> Pair:
    """Return a line that says wall times of a series."""
    if series.all_day:
        return f"{name};VALUE=DATE", ",".join(map(_digits, walls))
    if series.zone == "UTC":
        return name, ",".join(f"{_clock(wall)}Z" for wall in walls)
    return f"{name};TZID={series.zone}", ",".join(map(_clock, walls))


def length_lines(series: Series, first: datetime) -> list[Pair]:
    """Return the end, as a length where that is exact and a wall time is not."""
    if not series.length:
        return []
    end = series.end
    if isinstance(end, datetime):
        odd = _is_odd(series, first, end)
        return [("DURATION", _exact(series.length)) if odd else moment_line("DTEND", end, series.zone or "UTC")]
    return [("DTEND;VALUE=DATE", _digits(end))]


def _is_odd(series: Series, first: datetime, end: datetime) -> bool:
    start_is_other = to_instant(first, series.clock) != series.start
    return start_is_other or to_instant(to_wall(end, series.clock), series.clock) != end


def _exact(length: timedelta) -> str:
    return f"PT{int(length.total_seconds())}S"


def with_second_hour(series: Series) -> Series:
    """Say as an edited occurrence that a series starts in the second of two hours; a wall time means the first."""
    which = series.id_of(series.wall)
    moved_anyway = PERIOD in series.overrides.get(which, {})
    if series.all_day or moved_anyway or to_instant(series.wall, series.clock) == series.start:
        return series
    moved = f"{_iso(series.start)}/{_iso(series.end)}"
    own = {**series.overrides.get(which, {}), PERIOD: moved}
    return replace(series, overrides={**series.overrides, which: own})


def _iso(when: When) -> str:
    return when.isoformat().replace("+00:00", "Z")


def recurrence_lines(series: Series) -> Iterator[Pair]:
    """Yield the rule, the further dates and the excluded ones."""
    if series.rule is not None:
        yield "RRULE", rule_text(series, series.rule)
    for name, ids in (("RDATE", series.rdates), ("EXDATE", series.exdates)):
        if ids:
            yield walls_line(name, series, *sorted(map(series.wall_of, ids)))


def rule_text(series: Series, rule: Rule, *, floating: bool = False) -> str:
    """Return the rule with its end as RFC 5545 wants it: in UTC for instants, else as the start (section 3.3.10)."""
    if rule.until is None or series.all_day:
        return str(rule)
    until = rule.until
    last = until if isinstance(until, datetime) else datetime.combine(until, series.wall.time())
    written = f"UNTIL={until_text(until)}"
    end = _clock(last) if floating else utc(to_instant(last, series.clock))
    return str(rule).replace(written, f"UNTIL={end}")


def last_year(series: Series) -> int | None:
    """Return the last year in which a series takes place, None for one without an end."""
    rule = series.rule
    if rule is not None and rule.until is None and rule.count is None:
        return None
    dates = [series.end, *map(series.wall_of, series.rdates)]
    dates += [rule.until] if rule and rule.until else [last_wall(series) or series.wall] if rule else []
    moved = [read_period(str(own[PERIOD]))[1].year for own in series.overrides.values() if PERIOD in own]
    return max([*(one.year for one in dates), *moved]) + series.length.days // 365


def edited_lines(series: Series, which: str, fields: Fields) -> list[Pair]:
    """Return which occurrence of a series is edited and when it takes place; `fields` are all that it shows."""
    wall, moved = series.wall_of(which), fields.get(PERIOD)
    start, end = read_period(moved) if isinstance(moved, str) else series.at(wall)
    times = span_lines(start, end, str(fields.get("zone") or "UTC"))
    if not isinstance(moved, str) and not series.all_day and "zone" not in series.overrides[which]:
        times[0] = walls_line("DTSTART", series, wall)
    return [walls_line("RECURRENCE-ID", series, wall), *times]


def _digits(day: date) -> str:
    return f"{day.year:04}{day.month:02}{day.day:02}"


def _clock(wall: datetime) -> str:
    return f"{_digits(wall)}T{wall:%H%M%S}"


def utc(moment: datetime) -> str:
    """Return an instant as a UTC date-time."""
    return f"{_clock(moment.astimezone(UTC))}Z"
