"""A master and the occurrences that differ become one event with the fields of a record."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from dataclasses import replace
from datetime import datetime

from domain.calendars.entry import Entry, LineError
from domain.calendars.event import CalendarEvent
from domain.calendars.moments import Moment
from domain.errors import SetAside
from domain.fields import RecordType, complete
from domain.records import check
from domain.recurrence.expand import slots_among
from domain.recurrence.overrides import OVERRIDABLE, PERIOD, period
from domain.recurrence.series import Series, check_series, fields_from_series, make_series
from domain.recurrence.walls import to_instant, to_wall
from domain.values import Fields, Value, instant


def single(entry: Entry, uid: str) -> CalendarEvent:
    """Return an entry as an event that takes place once.

    Raises:
        LineError: no record may have such values.
    """
    fields = complete(
        RecordType.EVENT,
        {**entry.texts, "start": _value(entry.start), "end": _value(entry.end), "zone": entry.start.zone},
    )
    return _checked(entry, uid, fields)


def recurring(master: Entry, edited: Sequence[Entry], notes: list[str]) -> CalendarEvent:
    """Return a master and its edited occurrences as a series; `notes` takes what is understood otherwise than written.

    Raises:
        LineError: the recurrence or a value cannot be kept.
    """
    try:
        series = _series(master, edited, notes)
    except SetAside as why:
        number = master.rules[0][0] if master.rules else master.number
        raise LineError(number, why.message.removeprefix("The recurrence cannot be kept: ")) from None
    fields = complete(RecordType.EVENT, {**master.texts, **fields_from_series(series)})
    return _checked(master, master.uid, fields)


def _checked(entry: Entry, uid: str, fields: Fields) -> CalendarEvent:
    try:
        check(RecordType.EVENT, fields)
    except SetAside as why:
        raise LineError(entry.number, why.message.partition(": ")[2] or why.message) from None
    return CalendarEvent(uid, fields, entry.sequence, entry.revised, entry.number)


def _value(moment: Moment) -> Value:
    return instant(moment.when) if isinstance(moment.when, datetime) else moment.when


def _rule(master: Entry) -> str | None:
    rules = {text.upper() for _, text in master.rules}
    if len(rules) > 1:
        raise LineError(master.rules[1][0], "it recurs by more than one rule; RFC 5545 asks for one")
    return next(iter(rules), None)


def _series(master: Entry, edited: Sequence[Entry], notes: list[str]) -> Series:
    plain = _planned(master)
    named = slots_among(plain, [recurrence_id(plain, one.recurrence) for one in edited if one.recurrence])
    notes += _beside(plain, master, edited, named)
    named -= plain.exdates
    overrides = dict(_other_lengths(plain, master))
    for entry in edited:
        if entry.recurrence is not None:
            which = recurrence_id(plain, entry.recurrence)
            overrides[which] = _differences(plain, master, entry, which, is_named=which in named)
    return check_series(replace(plain, overrides={which: fields for which, fields in overrides.items() if fields}))


def _beside(plain: Series, master: Entry, edited: Sequence[Entry], named: frozenset[str]) -> Iterator[str]:
    """Yield what to say of occurrences that are edited and never were planned."""
    for entry in edited:
        which = recurrence_id(plain, entry.recurrence) if entry.recurrence else None
        if which is not None and which not in named:
            title = f"Line {entry.number}: “{str(master.texts['title'])[:60]}”"
            yield f"{title} names an occurrence, {which}, that its rule has not; it is kept as one more."


def _planned(master: Entry) -> Series:
    """Return the series before anybody edited an occurrence."""
    bare = make_series(master.start.when, master.end.when, master.start.zone)
    further = recurrence_ids(bare, (moment for moment, _ in master.further)) - {bare.id_of(bare.wall)}
    exdates = recurrence_ids(bare, master.excluded)
    return make_series(bare.start, bare.end, bare.zone, _rule(master), rdates=further, exdates=exdates)


def _other_lengths(plain: Series, master: Entry) -> Iterator[tuple[str, Fields]]:
    """Yield further dates that are written as a period of another length."""
    for moment, end in master.further:
        which = recurrence_id(plain, moment)
        if end is not None and (moment.when, end.when) != plain.at(plain.wall_of(which)):
            yield which, {PERIOD: period(moment.when, end.when)}


def recurrence_ids(series: Series, moments: Iterable[Moment]) -> frozenset[str]:
    """Return the recurrence ids of some moments."""
    return frozenset(recurrence_id(series, moment) for moment in moments)


def recurrence_id(series: Series, moment: Moment) -> str:
    """Return which occurrence a RECURRENCE-ID, EXDATE or RDATE names, in whatever zone and sort it is written."""
    when = moment.when
    if not isinstance(when, datetime):
        return when.isoformat()
    if series.all_day:
        return (moment.wall or when).date().isoformat()
    if moment.wall is not None and moment.zone == series.zone:
        return series.id_of(moment.wall)
    wall = to_wall(when, series.clock)
    planned = datetime.combine(wall.date(), series.wall.time())  # it may be a time that clocks skip on that day
    return series.id_of(planned if to_instant(planned, series.clock) == when else wall)


def _differences(series: Series, master: Entry, entry: Entry, which: str, *, is_named: bool) -> dict[str, Value]:
    found: dict[str, Value] = {
        name: value for name, value in entry.texts.items() if name in OVERRIDABLE and value != master.texts.get(name)
    }
    planned = series.at(series.wall_of(which))
    actual = (_value(entry.start), _value(entry.end))
    if actual != planned or (not found and not is_named):
        found[PERIOD] = period(entry.start.when, entry.end.when)
    if entry.start.timed and entry.start.zone not in (series.zone, "UTC") and not series.all_day:
        found["zone"] = entry.start.zone
    return found
