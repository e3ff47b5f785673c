"""Events and series as a calendar file that every program reads.

No METHOD and no ORGANIZER: nobody is invited by a file. People's addresses are left out unless asked for. Every zone
that is used is explained for the years in which it is used; what a zone's clock cannot name (the second of two hours
when clocks are set back) is written in UTC.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from dataclasses import replace
from datetime import UTC, date, datetime, timedelta

from domain.calendars.event import UNSTAMPED, CalendarEvent
from domain.calendars.lines import escaped, folded, joined
from domain.calendars.zones import definition, zone_of
from domain.recurrence.overrides import PERIOD, read_period
from domain.recurrence.rule import Rule, until_text
from domain.recurrence.series import Series, series_from_fields
from domain.recurrence.walls import to_instant, to_wall
from domain.richtext.plain import to_plain
from domain.values import Fields, When

PRODUCT = "-//copsync//copsync//EN"
_YEARS_AHEAD = 2
_STATUS = {"tentative": "TENTATIVE", "cancelled": "CANCELLED"}

Pair = tuple[str, str]


def write(events: Iterable[CalendarEvent], *, name: str = "", people: bool = False) -> str:
    """Return a calendar with CRLF line ends; the same events give the same text.

    Args:
        events: what it holds. A series becomes a master and its edited occurrences.
        name: what the calendar is called.
        people: whether to write the addresses of those who take part. Some servers mail everybody who is named.

    Raises:
        SetAside: the fields of an event do not make a series.
    """
    body: list[Pair] = []
    years: dict[str, list[int]] = {}
    for event in events:
        for entry in _entries(event, people=people):
            body += entry
            _note_years(entry, years)
    zones = "".join(definition(zone, min(found), max(found) + _YEARS_AHEAD) for zone, found in sorted(years.items()))
    head = [("BEGIN", "VCALENDAR"), ("VERSION", "2.0"), ("PRODID", PRODUCT)]
    head += [("NAME", escaped(name)), ("X-WR-CALNAME", escaped(name))] if name else []
    return _text(head) + zones + _text([*body, ("END", "VCALENDAR")])


def _text(pairs: Iterable[Pair]) -> str:
    return joined(folded(name, value) for name, value in pairs)


def _note_years(entry: Iterable[Pair], years: dict[str, list[int]]) -> None:
    for name, value in entry:
        _, mark, zone = name.partition(";TZID=")
        if mark:
            years.setdefault(zone, []).extend(int(one[:4]) for one in value.split(","))


def _entries(event: CalendarEvent, *, people: bool) -> Iterator[list[Pair]]:
    series = series_from_fields(event.fields)
    if series is None:
        start, end = _ends(event.fields)
        yield _entry(event, event.fields, _span(start, end, _zone(event.fields)), people=people)
        return
    first = series.wall.replace(fold=0)
    whole = _with_second_hour(series)
    times = [_wall("DTSTART", whole, first), *_length(whole, first), *_recurrence(whole)]
    yield _entry(event, event.fields, times, people=people)
    for which in sorted(whole.overrides):
        fields = {**event.fields, **whole.overrides[which]}
        yield _entry(event, fields, _edited(whole, which, fields), people=people)


def _ends(fields: Fields) -> tuple[When, When]:
    start, end = fields["start"], fields["end"]
    if not isinstance(start, date) or not isinstance(end, date):
        raise TypeError("an event starts and ends with days or instants")
    return start, end


def _zone(fields: Fields) -> str:
    return str(fields.get("zone") or "UTC")


def _entry(event: CalendarEvent, fields: Fields, times: Iterable[Pair], *, people: bool) -> list[Pair]:
    link, attendees = fields.get("meeting_url"), fields.get("attendees")
    found = [("BEGIN", "VEVENT"), ("UID", escaped(event.uid)), ("DTSTAMP", _utc(event.revised or UNSTAMPED))]
    found += [("LAST-MODIFIED", _utc(event.revised))] if event.revised else []
    found += [("SEQUENCE", str(event.sequence)), *times]
    texts = (("SUMMARY", fields.get("title")), ("LOCATION", fields.get("location")))
    found += [(name, escaped(str(value))) for name, value in texts if value]
    found += [("DESCRIPTION", escaped(to_plain(str(fields["notes"]))))] if fields.get("notes") else []
    found += [("CONFERENCE;VALUE=URI", str(link))] if link else []
    if people and isinstance(attendees, frozenset):
        found += [("ATTENDEE", f"mailto:{one}") for one in sorted(attendees)]
    return [*found, ("STATUS", _STATUS.get(str(fields.get("status")), "CONFIRMED")), ("END", "VEVENT")]


def _span(start: When, end: When, zone: str) -> list[Pair]:
    return [_moment("DTSTART", start, zone), *([_moment("DTEND", end, zone)] if end > start else [])]


def _moment(name: str, when: When, zone: str) -> Pair:
    if not isinstance(when, datetime):
        return f"{name};VALUE=DATE", _digits(when)
    clock = zone_of(zone)
    wall = to_wall(when, clock)
    if zone == "UTC" or to_instant(wall, clock) != when:
        return name, _utc(when)
    return f"{name};TZID={zone}", _clock(wall)


def _wall(name: str, series: Series, *walls: datetime) -> Pair:
    """Return a line that says wall times of a series."""
    if series.all_day:
        return f"{name};VALUE=DATE", ",".join(map(_digits, walls))
    if series.zone == "UTC":
        return name, ",".join(f"{_clock(wall)}Z" for wall in walls)
    return f"{name};TZID={series.zone}", ",".join(map(_clock, walls))


def _length(series: Series, first: datetime) -> list[Pair]:
    """Return the end, as a length where that is exact and a wall time is not."""
    if not series.length:
        return []
    end = series.end
    if isinstance(end, datetime):
        odd = _is_odd(series, first, end)
        return [("DURATION", _exact(series.length)) if odd else _moment("DTEND", end, series.zone or "UTC")]
    return [("DTEND;VALUE=DATE", _digits(end))]


def _is_odd(series: Series, first: datetime, end: datetime) -> bool:
    start_is_other = to_instant(first, series.clock) != series.start
    return start_is_other or to_instant(to_wall(end, series.clock), series.clock) != end


def _exact(length: timedelta) -> str:
    return f"PT{int(length.total_seconds())}S"


def _with_second_hour(series: Series) -> Series:
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


def _recurrence(series: Series) -> Iterator[Pair]:
    if series.rule is not None:
        yield "RRULE", _rule(series, series.rule)
    for name, ids in (("RDATE", series.rdates), ("EXDATE", series.exdates)):
        if ids:
            yield _wall(name, series, *sorted(map(series.wall_of, ids)))


def _rule(series: Series, rule: Rule) -> str:
    """Return the rule with its end as RFC 5545 wants it: in UTC for instants (section 3.3.10)."""
    if rule.until is None or series.all_day:
        return str(rule)
    until = rule.until
    last = until if isinstance(until, datetime) else datetime.combine(until, series.wall.time())
    written = f"UNTIL={until_text(until)}"
    return str(rule).replace(written, f"UNTIL={_utc(to_instant(last, series.clock))}")


def _edited(series: Series, which: str, fields: Fields) -> list[Pair]:
    wall, moved = series.wall_of(which), fields.get(PERIOD)
    start, end = read_period(moved) if isinstance(moved, str) else series.at(wall)
    times = _span(start, end, _zone(fields))
    if not isinstance(moved, str) and not series.all_day and "zone" not in series.overrides[which]:
        times[0] = _wall("DTSTART", series, wall)
    return [_wall("RECURRENCE-ID", series, wall), *times]


def _digits(day: date) -> str:
    return f"{day.year:04}{day.month:02}{day.day:02}"


def _clock(wall: datetime) -> str:
    return f"{_digits(wall)}T{wall:%H%M%S}"


def _utc(moment: datetime) -> str:
    return f"{_clock(moment.astimezone(UTC))}Z"
