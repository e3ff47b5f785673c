"""Events and series as a calendar file that every program reads.

No METHOD and no ORGANIZER: nobody is invited by a file. People's addresses are left out unless asked for. Every zone
that is used is explained for the years in which it is used; what a zone's clock cannot name (the second of two hours
when clocks are set back) is written in UTC.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from datetime import date

from domain.calendars.event import UNSTAMPED, CalendarEvent
from domain.calendars.lines import escaped, folded, joined
from domain.calendars.recurring import (
    Pair,
    edited_lines,
    last_year,
    length_lines,
    recurrence_lines,
    span_lines,
    utc,
    walls_line,
    with_second_hour,
)
from domain.calendars.vtimezone import LISTED_UNTIL, definition
from domain.recurrence.series import series_from_fields
from domain.richtext.plain import to_plain
from domain.values import Fields, When

PRODUCT = "-//copsync//copsync//EN"
_YEARS_AHEAD = 2
_FOR_EVER = 9999
_STATUS = {"tentative": "TENTATIVE", "cancelled": "CANCELLED"}


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
        last = _last_year(event)
        for entry in _entries(event, people=people):
            body += entry
            _note_years(entry, last, years)
    zones = "".join(_definition(zone, min(found), max(found)) for zone, found in sorted(years.items()))
    head = [("BEGIN", "VCALENDAR"), ("VERSION", "2.0"), ("PRODID", PRODUCT)]
    head += [("NAME", escaped(name)), ("X-WR-CALNAME", escaped(name))] if name else []
    return _text(head) + zones + _text([*body, ("END", "VCALENDAR")])


def _text(pairs: Iterable[Pair]) -> str:
    return joined(folded(name, value) for name, value in pairs)


def _last_year(event: CalendarEvent) -> int:
    """Return the last year in which an event takes place: none of this world for a series without an end."""
    series = series_from_fields(event.fields)
    last = last_year(series) if series else 0
    return _FOR_EVER if last is None else last


def _note_years(entry: Iterable[Pair], last: int, years: dict[str, list[int]]) -> None:
    for name, value in entry:
        _, mark, zone = name.partition(";TZID=")
        if mark:
            years.setdefault(zone, []).extend([*(int(one[:4]) for one in value.split(",")), *([last] if last else [])])


def _definition(zone: str, first: int, last: int) -> str:
    return definition(zone, first, None if last > LISTED_UNTIL else last + _YEARS_AHEAD)


def _entries(event: CalendarEvent, *, people: bool) -> Iterator[list[Pair]]:
    for one in entries_of(event.fields):
        yield _entry(event, one.fields, one.times, people=people)


@dataclass(frozen=True, slots=True)
class Written:
    """One component that an event is written as: what it says, and the lines that say when.

    A series is one for the whole and one for each occurrence that differs; `which` is its recurrence id.
    """

    which: str
    fields: Fields
    times: Sequence[Pair]


def entries_of(fields: Fields) -> Iterator[Written]:
    """Yield the components that an event is written as.

    Raises:
        SetAside: the fields do not make a series.
    """
    series = series_from_fields(fields)
    if series is None:
        start, end = _ends(fields)
        yield Written("", fields, span_lines(start, end, str(fields.get("zone") or "UTC")))
        return
    first = series.wall.replace(fold=0)
    whole = with_second_hour(series)
    times = [walls_line("DTSTART", whole, first), *length_lines(whole, first), *recurrence_lines(whole)]
    yield Written("", fields, times)
    for which in sorted(whole.overrides):
        other = {**fields, **whole.overrides[which]}
        yield Written(which, other, edited_lines(whole, which, other))


def _ends(fields: Fields) -> tuple[When, When]:
    start, end = fields["start"], fields["end"]
    if not isinstance(start, date) or not isinstance(end, date):
        raise TypeError("an event starts and ends with days or instants")
    return start, end


def _entry(event: CalendarEvent, fields: Fields, times: Iterable[Pair], *, people: bool) -> list[Pair]:
    link, attendees = fields.get("meeting_url"), fields.get("attendees")
    found = [("BEGIN", "VEVENT"), ("UID", escaped(event.uid)), ("DTSTAMP", utc(event.revised or UNSTAMPED))]
    found += [("LAST-MODIFIED", utc(event.revised))] if event.revised else []
    found += [("SEQUENCE", str(event.sequence)), *times]
    texts = (("SUMMARY", fields.get("title")), ("LOCATION", fields.get("location")))
    found += [(name, escaped(str(value))) for name, value in texts if value]
    found += [("DESCRIPTION", escaped(to_plain(str(fields["notes"]))))] if fields.get("notes") else []
    found += [("CONFERENCE;VALUE=URI", str(link))] if link else []
    if people and isinstance(attendees, frozenset):
        found += [("ATTENDEE", f"mailto:{one}") for one in sorted(attendees)]
    return [*found, ("STATUS", _STATUS.get(str(fields.get("status")), "CONFIRMED")), ("END", "VEVENT")]
