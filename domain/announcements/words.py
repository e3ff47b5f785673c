"""Days, times and changes in words. English; templates may say it otherwise, from the values they are given as well."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from datetime import UTC, date, datetime, timedelta
from zoneinfo import ZoneInfo

from domain.announcements.things import gathering_facts, is_series, next_dates, shown
from domain.recurrence.expand import Occurrence
from domain.values import Fields, Value, When

LOOK = timedelta(days=120)
"""How far ahead single occurrences are compared."""
MOST_DATES = 4
NO_TITLE = "(no title)"


def day(when: date) -> str:
    """Return a day: Tue 3 March 2026."""
    return f"{when:%a} {when.day} {when:%B %Y}"


def span(start: Value, end: Value, zone: ZoneInfo) -> str:
    """Return when something takes place: Tue 3 March 2026, 14:00–15:00 Europe/Berlin (13:00–14:00 UTC).

    Days are days everywhere; the end of those is exclusive.
    """
    if not isinstance(start, When):
        return ""
    if isinstance(start, datetime):
        finish = end if isinstance(end, datetime) and end > start else start
        local = _hours(start.astimezone(zone), finish.astimezone(zone))
        if zone.key == "UTC":
            return f"{local} UTC"
        return f"{local} {zone.key} ({_universal(start.astimezone(zone), start, finish)} UTC)"
    last = end - timedelta(days=1) if isinstance(end, date) and not isinstance(end, datetime) else start
    return day(start) if last <= start else f"{day(start)} – {day(last)}"


def _hours(start: datetime, end: datetime) -> str:
    if start == end:
        return f"{day(start)}, {start:%H:%M}"
    if start.date() == end.date():
        return f"{day(start)}, {start:%H:%M}–{end:%H:%M}"
    return f"{day(start)}, {start:%H:%M} – {day(end)}, {end:%H:%M}"


def _universal(local: datetime, start: datetime, end: datetime) -> str:
    """Return the hours in UTC, with the day where that is another one."""
    begin, finish = start.astimezone(UTC), end.astimezone(UTC)
    first = f"{begin:%H:%M}" if begin.date() == local.date() else f"{begin:%a %H:%M}"
    if begin == finish:
        return first
    return f"{first}–{finish:%H:%M}" if finish.date() == begin.date() else f"{first} – {finish:%a %H:%M}"


def due(when: Value, zone: ZoneInfo) -> str:
    """Return when something is due: a day, or an instant with its zone and UTC."""
    return span(when, when, zone) if isinstance(when, datetime) else day(when) if isinstance(when, date) else ""


def title_of(facts: Fields) -> str:
    """Return a title that is never empty."""
    return shown(facts.get("title")) or NO_TITLE


def zone_of(facts: Fields, zone: ZoneInfo) -> ZoneInfo:
    """Return the zone in which a gathering is meant, else the channel's."""
    named = facts.get("zone")
    try:
        return ZoneInfo(named) if isinstance(named, str) and named else zone
    except (KeyError, ValueError, OSError):
        return zone


def next_of(facts: Fields, zone: ZoneInfo, now: datetime) -> Fields:
    """Return a gathering as it takes place next: of a series the next occurrence, else itself."""
    coming = next((one for one in next_dates(facts, zone, now) if not _is_off(one)), None)
    return facts if coming is None else occurrence_facts(facts, coming)


def occurrence_facts(facts: Fields, occurrence: Occurrence) -> Fields:
    """Return what may be shown of one occurrence."""
    single = {"rrule": None, "rdates": None, "exdates": None, "overrides": None}
    whole = {**facts, **occurrence.fields, "start": occurrence.start, "end": occurrence.end, **single}
    return gathering_facts(whole)


def _is_off(occurrence: Occurrence) -> bool:
    return occurrence.fields.get("status") == "cancelled"


def changed_dates(before: Fields, after: Fields, zone: ZoneInfo, now: datetime) -> list[str]:
    """Return, of a series, which single occurrences are called off, moved or new; a few, then how many more."""
    if not (is_series(before) and is_series(after)):
        return []
    found = list(_dates_that_differ(_by_id(before, zone, now), _by_id(after, zone, now), zone_of(after, zone)))
    more = len(found) - MOST_DATES
    return found if more <= 0 else [*found[:MOST_DATES], f"and {more} more dates"]


def _by_id(facts: Fields, zone: ZoneInfo, now: datetime) -> dict[str, Occurrence]:
    return {one.id: one for one in next_dates(facts, zone, now, LOOK) if not _is_off(one)}


def _dates_that_differ(before: dict[str, Occurrence], after: dict[str, Occurrence], zone: ZoneInfo) -> Iterator[str]:
    order = sorted({*before, *after}, key=lambda which: str((before.get(which) or after[which]).start))
    for which in order:
        was, now = before.get(which), after.get(which)
        if was is not None and now is None:
            yield f"{span(was.start, was.end, zone)} does not take place"
        elif was is None and now is not None:
            yield f"new date: {span(now.start, now.end, zone)}"
        elif was is not None and now is not None and (was.start, was.end) != (now.start, now.end):
            yield f"{span(was.start, was.end, zone)} is now {span(now.start, now.end, zone)}"


def names(people: Sequence[str], most: int) -> str:
    """Return people by name: a few, then how many more."""
    told, more = list(people[:most]), len(people) - most
    if more > 0:
        return f"{', '.join(told)} and {more} more" if told else f"{len(people)}"
    return " and ".join([", ".join(told[:-1]), told[-1]]) if len(told) > 1 else "".join(told)
