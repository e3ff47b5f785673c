"""Writing a series into an object: the lines of what changed in its master and in its edited occurrences. Pure.

An edited occurrence that is new begins as a copy of the master, as people's programs make them, so that alarms and
people stay in it. One that goes on being edited keeps its component, whatever becomes of the series.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from datetime import datetime

from connectors.caldav.component import Component
from connectors.caldav.fields import span_of
from connectors.caldav.moments import read_moment, stamp
from connectors.caldav.resource import Entry
from connectors.caldav.zones import Zones
from domain.calendars.assemble import recurrence_id
from domain.calendars.lines import Line, folded
from domain.calendars.moments import Moment
from domain.calendars.recurring import (
    Pair,
    edited_lines,
    length_lines,
    rule_text,
    walls_line,
)
from domain.errors import SetAside
from domain.recurrence.expand import slots_among
from domain.recurrence.normal import read_rule
from domain.recurrence.overrides import PERIOD, read_period
from domain.recurrence.series import Series
from domain.recurrence.walls import to_wall
from domain.values import Fields

_TIMES = ("DTSTART", "DTEND", "DURATION")
_OF_THE_MASTER = (*_TIMES, "RRULE", "RDATE", "EXDATE", "EXRULE")
_KNOWN = frozenset({*_OF_THE_MASTER, "RECURRENCE-ID", "SUMMARY", "DESCRIPTION", "LOCATION", "STATUS", "URL"})
_KNOWN |= {"CONFERENCE", "DTSTAMP", "LAST-MODIFIED", "SEQUENCE", "CREATED", "X-ALT-DESC", "STYLED-DESCRIPTION"}

PutTexts = Callable[[Component, Fields], None]


@dataclass(slots=True)
class Writing:
    """One change of a series.

    `before` is the series as the object shows it (None for an event that took place once, or nothing yet), `after` as
    it shall be; `view` are all fields that it shall show. `put_texts` sets what an event says beside its times.
    """

    entry: Entry
    zones: Zones
    before: Series | None
    after: Series
    view: Fields
    now: datetime
    end: str
    put_texts: PutTexts
    placed: list[Component] = field(default_factory=list)

    @property
    def same_clock(self) -> bool:
        """Whether wall times and days are written as they were."""
        old, new = self.before, self.after
        return old is not None and (old.start, old.zone) == (new.start, new.zone)

    def line(self, pair: Pair) -> Line:
        """Return a line in the words of the object: its own name for the zone, if the series stays in it."""
        name, value = pair
        first = self.entry.main.line("DTSTART")
        bare, mark, zone = name.partition(";TZID=")
        if mark and first is not None and zone == self.after.zone:
            own = first.parameter("TZID")
            name = bare if own is None else f"{bare};TZID={_quoted(own)}"
        return folded(name, value, self.end)


def _quoted(name: str) -> str:
    return f'"{name}"' if any(mark in name for mark in ":;,") else name


def put_series(writing: Writing) -> None:
    """Set everything about when a series takes place, and what differs in its occurrences."""
    main, after = writing.entry.main, writing.after
    known = _components(writing)
    _put_span(writing)
    _put_rule(writing)
    _put_dates(writing, "RDATE", writing.before.rdates if writing.before else None, after.rdates)
    _put_dates(writing, "EXDATE", writing.before.exdates if writing.before else None, after.exdates)
    _put_edited(writing, known, main)


def drop_series(entry: Entry) -> None:
    """Let an event take place once."""
    entry.main.drop("RRULE", "RDATE", "EXDATE", "EXRULE")
    entry.calendar.body[:] = [one for one in entry.calendar.body if not any(one is other for other in entry.edited)]


def _put_span(writing: Writing) -> None:
    main, before, after = writing.entry.main, writing.before, writing.after
    first = after.wall.replace(fold=0)
    if not writing.same_clock:
        main.put("DTSTART", folded(*walls_line("DTSTART", after, first), writing.end))
    if before is None or (before.end, before.length) != (after.end, after.length) or not writing.same_clock:
        lines = [writing.line(pair) for pair in length_lines(after, first)]
        main.drop(*({"DTEND", "DURATION"} - {line.name for line in lines}))
        for line in lines:
            main.put(line.name, line)


def _put_rule(writing: Writing) -> None:
    main, before, after = writing.entry.main, writing.before, writing.after
    if after.rule is None:
        main.drop("RRULE")
    elif before is None or before.all_day != after.all_day or not _says(main.value("RRULE"), after):
        first = main.line("DTSTART")
        floating = first is not None and first.parameter("TZID") is None and not first.value.strip().endswith("Z")
        main.put("RRULE", folded("RRULE", rule_text(after, after.rule, floating=floating), writing.end))


def _says(rrule: str, series: Series) -> bool:
    try:
        return read_rule(rrule, series.wall, None if series.all_day else series.clock) == series.rule
    except SetAside:
        return False


def _put_dates(writing: Writing, name: str, before: frozenset[str] | None, after: frozenset[str]) -> None:
    if writing.same_clock and before == after:
        return
    walls = sorted(map(writing.after.wall_of, after))
    writing.entry.main.put(name, *([writing.line(walls_line(name, writing.after, *walls))] if walls else []))


def _components(writing: Writing) -> dict[str, Component]:
    """Return the edited occurrences that the object holds, by recurrence id."""
    series = writing.before or writing.after
    return {_id_of(writing, series, one): one for one in writing.entry.edited}


def _id_of(writing: Writing, series: Series, one: Component) -> str:
    line = one.line("RECURRENCE-ID")
    if line is None:
        raise ValueError("it holds more than one event")
    read = read_moment(line, writing.zones, writing.entry.calendar)
    wall = None
    if series.all_day and isinstance(read.when, datetime):
        wall = to_wall(read.when, writing.zones.clock(read.zone))
    return recurrence_id(series, Moment(read.when, wall, read.zone))


def _put_edited(writing: Writing, known: Mapping[str, Component], main: Component) -> None:
    after, before = writing.after, writing.before.overrides if writing.before else {}
    named = slots_among(after, [*known, *after.overrides]) - after.exdates
    kept = {which: one for which, one in known.items() if which in after.overrides or which in named}
    free = [one for which, one in sorted(known.items()) if which not in kept]
    told = {which for which, own in after.overrides.items() if which in before and before[which] == own}
    told = told - known.keys() if writing.same_clock and main.has("RDATE") else set()  # a period of RDATE says it
    new = [which for which in sorted(after.overrides) if which not in kept and which not in told]
    reused = len(free) == len(new)  # the occurrences have other names now: the series was moved
    made = {which: free[at] if reused else _copy(main) for at, which in enumerate(new)}
    for which, one in sorted({**kept, **made}.items()):
        if which not in after.overrides and which in before and not _has_own(one, main):
            continue
        _update(writing, which, one, is_named=writing.same_clock and which in kept)
        writing.placed.append(one)
    _place(writing)


def _copy(main: Component) -> Component:
    body = [one for one in main.body if not (isinstance(one, Line) and one.name in _OF_THE_MASTER)]
    return Component(main.name, main.begin, body, main.end)


def _has_own(one: Component, main: Component) -> bool:
    """Tell whether an occurrence holds something that copsync knows nothing of and that the master has not."""
    others = {line.text for line in main.all_lines()}
    return any(line.text not in others for line in one.all_lines() if line.name not in _KNOWN)


def _update(writing: Writing, which: str, one: Component, *, is_named: bool) -> None:
    before = [line.raw for line in one.all_lines()]
    after, own = writing.after, writing.after.overrides.get(which, {})
    shown = {**writing.view, **own}
    name, *times = map(writing.line, edited_lines(_with(after, which), which, shown))
    if not is_named:
        one.put("RECURRENCE-ID", name)
    if not _takes_place(writing, which, one):
        one.drop(*({*_TIMES} - {line.name for line in times}))
        for line in times:
            one.put(line.name, line)
    writing.put_texts(one, {name: shown[name] for name in _SAID if name in shown})
    if [line.raw for line in one.all_lines()] != before:
        for stamped in ("DTSTAMP", "LAST-MODIFIED"):
            one.put(stamped, folded(stamped, stamp(writing.now), writing.end))


_SAID = ("title", "notes", "location", "meeting_url", "status")


def _with(series: Series, which: str) -> Series:
    if which in series.overrides:
        return series
    return Series(
        series.start, series.end, series.zone, series.rule, series.rdates, series.exdates,
        {**series.overrides, which: {}},
    )  # fmt: skip


def _takes_place(writing: Writing, which: str, one: Component) -> bool:
    """Tell whether an occurrence says already when it takes place."""
    if not one.has("DTSTART"):
        return False
    after, own = writing.after, writing.after.overrides.get(which, {})
    moved = own.get(PERIOD)
    wanted = read_period(moved) if isinstance(moved, str) else after.at(after.wall_of(which))
    start, end = span_of(Entry(writing.entry.calendar, one), writing.zones)
    zones = {str(own.get("zone") or after.zone), "UTC" if not own.get("zone") else ""}
    in_zone = not isinstance(start.when, datetime) or start.zone in zones
    return (start.when, end.when) == wanted and in_zone


def _place(writing: Writing) -> None:
    """Put the edited occurrences behind the master: those that stay in their places, new ones after them."""
    calendar = writing.entry.calendar
    old = writing.entry.edited
    body = [
        one
        for one in calendar.body
        if not any(one is other for other in old) or any(one is other for other in writing.placed)
    ]
    fresh = [one for one in writing.placed if not any(one is other for other in old)]
    places = [at for at, one in enumerate(body) if isinstance(one, Component) and one.name == "VEVENT"]
    at = places[-1] + 1
    calendar.body[:] = [*body[:at], *fresh, *body[at:]]
