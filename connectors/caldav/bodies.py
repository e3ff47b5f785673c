"""What is sent: a whole new object, or a stored one in which only the lines of changed fields are others. Pure.

Never with attendees or an organiser, because many servers write to them; those that people put there stay.
"""

from __future__ import annotations

from datetime import date, datetime, timedelta
from functools import partial

from connectors.caldav.component import Component
from connectors.caldav.definitions import define_zones
from connectors.caldav.fields import (
    MILESTONE,
    ONE_DAY,
    categories_of,
    deadline_fields,
    event_fields,
    is_done,
    meeting_of,
    span_of,
    status_of,
    task_fields,
    task_span,
)
from connectors.caldav.lens import Lens
from connectors.caldav.moments import Moment, stamp, write_moment
from connectors.caldav.occurrences import Writing, drop_series, put_series
from connectors.caldav.resource import Entry, entry_of, is_parent_relation, mains_of, parent_of
from connectors.caldav.series import SINGLE
from domain.calendars.lines import Line, escaped, escaped_list, folded, joined, text_of
from domain.calendars.recurring import last_year
from domain.calendars.texts import one_line
from domain.errors import SetAside
from domain.fields import SPAN, RecordType
from domain.recurrence.series import series_from_fields
from domain.richtext.plain import from_plain, to_plain
from domain.values import Fields, Value

_PRODUCT = "-//copsync//CalDAV connector//EN"
_SIGNIFICANT = frozenset({"start", "end", "zone", "location", "status", "due"}) | SINGLE.keys()
"""Changes that raise SEQUENCE (RFC 5545, 3.8.7.4)."""

_TEXTS = {"title": "SUMMARY", "location": "LOCATION"}


def new_object(lens: Lens, kind: RecordType, uid: str, view: Fields, now: datetime, parent_uid: str = "") -> str:
    """Return the text of a new object.

    Raises:
        SetAside: a calendar cannot show it, because it has no date.
    """
    at = stamp(now)
    free = ["TRANSP:TRANSPARENT"] if lens.on_calendar and kind is RecordType.TASK else []
    status = ["STATUS:NEEDS-ACTION"] if not lens.on_calendar else []
    head = [
        *("BEGIN:VCALENDAR", "VERSION:2.0", f"PRODID:{_PRODUCT}", f"BEGIN:{lens.component}", f"UID:{uid}"),
        *(f"DTSTAMP:{at}", f"CREATED:{at}", f"LAST-MODIFIED:{at}", "SEQUENCE:0", *status, *free),
        *(f"END:{lens.component}", "END:VCALENDAR", ""),
    ]
    entry = entry_of("\r\n".join(head))
    _put(lens, kind, entry, view, view, now, parent_uid)
    _explain_zones(lens, kind, entry, frozenset())
    return joined(entry.calendar.all_lines())


def changed(
    lens: Lens, kind: RecordType, text: str, fields: Fields, view: Fields, now: datetime, parent_uid: str = ""
) -> str:
    """Return a stored object's text with some fields set, and every other line as it was.

    Raises:
        ValueError: the stored object cannot be understood.
        SetAside: a calendar cannot show it, because it lost its date.
    """
    entry = entry_of(text)
    before = joined(entry.calendar.all_lines())
    known = frozenset(line.raw for line in entry.calendar.all_lines())
    _put(lens, kind, entry, fields, view, now, parent_uid)
    _explain_zones(lens, kind, entry, known)
    if joined(entry.calendar.all_lines()) == before:
        return text
    end = _line_end(entry)
    for name in ("DTSTAMP", "LAST-MODIFIED"):
        entry.main.put(name, folded(name, stamp(now), end))
    if _SIGNIFICANT & fields.keys():
        entry.main.put("SEQUENCE", folded("SEQUENCE", str(_sequence(entry.main) + 1), end))
    return joined(entry.calendar.all_lines())


def _explain_zones(lens: Lens, kind: RecordType, entry: Entry, known: frozenset[str]) -> None:
    """Explain the zones of lines that are new in an object."""
    new = [line for one in mains_of(entry.calendar) for line in one.all_lines() if line.raw not in known]
    if any(line.parameter("TZID") for line in new):
        now = Entry(entry.calendar, entry.main, tuple(one for one in mains_of(entry.calendar) if one is not entry.main))
        series = series_from_fields(event_fields(now, lens.zones)) if kind is RecordType.EVENT else None
        define_zones(entry.calendar, new, lens.zones, last_year(series) if series else 0)


def _sequence(main: Component) -> int:
    value = main.value("SEQUENCE").strip()
    return int(value) if value.isascii() and value.isdigit() and len(value) < 10 else 0


def _line_end(entry: Entry) -> str:
    return "\r\n" if entry.main.begin.raw.endswith("\r\n") else "\n"


def _put(
    lens: Lens, kind: RecordType, entry: Entry, fields: Fields, view: Fields, now: datetime, parent_uid: str
) -> None:
    end = _line_end(entry)
    if kind is RecordType.EVENT:
        _put_event(lens, entry, fields, view, now, end)
        return
    _put_texts(entry.main, fields, end)
    if lens.on_calendar and kind is RecordType.TASK:
        if "due" in fields:
            _put_deadline(lens, entry, view.get("due"), end)
    else:
        _put_task(lens, entry, fields, view, now, end)
        if "parent" in fields and parent_of(entry.main) != parent_uid:
            _put_parent(entry.main, parent_uid, end)


def _put_texts(main: Component, fields: Fields, end: str) -> None:
    for name, prop in _TEXTS.items():
        if name in fields and one_line(text_of(main.value(prop))) != fields[name]:
            _put_text(main, prop, fields[name], end)
    notes = fields.get("notes")
    if "notes" in fields and from_plain(text_of(main.value("DESCRIPTION"))) != notes:
        _put_text(main, "DESCRIPTION", to_plain(notes) if isinstance(notes, str) else "", end)
        main.drop("X-ALT-DESC", "STYLED-DESCRIPTION")  # the same text in HTML, which would go on to show the old one


def _put_text(main: Component, name: str, value: Value, end: str) -> None:
    text = value if isinstance(value, str) else ""
    main.put(name, *([folded(name, escaped(text), end)] if text else []))


def _put_event(lens: Lens, entry: Entry, fields: Fields, view: Fields, now: datetime, end: str) -> None:
    shown = lens.settle(RecordType.EVENT, event_fields(entry, lens.zones)) if entry.main.has("DTSTART") else {}
    before = series_from_fields(shown)
    after = series_from_fields({**shown, **fields})
    _say(entry.main, fields, end)
    if after is not None:
        said = {**shown, **fields}
        put_series(Writing(entry, lens.zones, before, after, said, now, end, partial(_say, end=end)))
        return
    if before is not None:
        drop_series(entry)
    if before is not None or SPAN & fields.keys():
        _put_span(lens, Entry(entry.calendar, entry.main), fields, view, end)


def _say(one: Component, fields: Fields, end: str) -> None:
    """Set what an event or one of its occurrences says beside its times."""
    _put_texts(one, fields, end)
    if "status" in fields and status_of(one) != fields["status"]:
        one.put("STATUS", folded("STATUS", str(fields["status"] or "confirmed").upper(), end))
    if "meeting_url" in fields and meeting_of(one) != fields["meeting_url"]:
        name, head = ("CONFERENCE", "CONFERENCE;VALUE=URI") if one.has("CONFERENCE") else ("URL", "URL")
        url = fields["meeting_url"]
        one.put(name, *([folded(head, url, end)] if isinstance(url, str) and url else []))


def _put_span(lens: Lens, entry: Entry, fields: Fields, view: Fields, end: str) -> None:
    """Set start and end; each line only where it says something else than before."""
    main = entry.main
    present = span_of(entry, lens.zones) if main.has("DTSTART") else (None, None)
    shown = lens.settle(RecordType.EVENT, event_fields(entry, lens.zones)) if main.has("DTSTART") else {}
    wanted = {**shown, **{name: view.get(name) for name in SPAN & fields.keys()}}
    first, last = (_moment(name, wanted, shown, present[at]) for at, name in enumerate(("start", "end")))
    if first is None or last is None:
        raise _without_a_day()
    if (first, last) == present:
        return
    if first != present[0]:
        main.put("DTSTART", write_moment("DTSTART", first, lens.zones, end))
    if last != present[1] or main.has("DURATION") or _implied(main, first, last):
        main.drop("DURATION")
        has_length = last.when > first.when
        main.put("DTEND", *([write_moment("DTEND", last, lens.zones, end)] if has_length else []))


def _implied(main: Component, first: Moment, last: Moment) -> bool:
    """Tell whether an end was not written down and no longer follows from the start alone."""
    if main.has("DTEND", "DURATION"):
        return False
    length = timedelta(0) if isinstance(first.when, datetime) else ONE_DAY
    return last.when - first.when != length


def _moment(name: str, wanted: Fields, shown: Fields, present: Moment | None) -> Moment | None:
    """Return a start or end to be set; one that shows what is wanted stays as it is, whatever zone it is told in."""
    when, zone = wanted.get(name), wanted.get("zone")
    if present is not None and (when, zone) == (shown.get(name), shown.get("zone")):
        return present
    if not isinstance(when, date):
        return None
    return Moment(when, zone if isinstance(zone, str) and isinstance(when, datetime) else None)


def _put_deadline(lens: Lens, entry: Entry, due: Value, end: str) -> None:
    if not isinstance(due, date):
        raise _without_a_day()
    day = due.astimezone(lens.zones.home).date() if isinstance(due, datetime) else due
    if entry.main.has("DTSTART") and deadline_fields(entry, lens.zones)["due"] == day:
        return
    entry.main.drop("DURATION")
    entry.main.put("DTSTART", write_moment("DTSTART", Moment(day), lens.zones, end))
    entry.main.put("DTEND", write_moment("DTEND", Moment(day + ONE_DAY), lens.zones, end))


def _put_task(lens: Lens, entry: Entry, fields: Fields, view: Fields, now: datetime, end: str) -> None:
    main = entry.main
    if {"tags", "kind"} & fields.keys():
        _put_categories(main, fields, view, end)
    if "state" in fields and is_done(main) != (fields["state"] == "done"):
        _put_state(main, done=fields["state"] == "done", now=now, end=end)
    if {"start", "due"} & fields.keys():
        _put_dates(lens, entry, fields, end)


def _put_categories(main: Component, fields: Fields, view: Fields, end: str) -> None:
    present = categories_of(main)
    wanted = view.get("tags") if "tags" in fields else None
    tags = wanted if isinstance(wanted, frozenset) else frozenset(present)
    is_milestone = view.get("kind") == "milestone"
    kept = [one for one in present if (is_milestone if one.upper() == MILESTONE else one in tags)]
    new = sorted(tags - set(kept) - {one for one in tags if one.upper() == MILESTONE})
    if is_milestone and MILESTONE not in (one.upper() for one in kept):
        new.append(MILESTONE)
    if kept != present or new:
        names = [*kept, *new]
        main.put("CATEGORIES", *([folded("CATEGORIES", escaped_list(names), end)] if names else []))


def _put_state(main: Component, *, done: bool, now: datetime, end: str) -> None:
    """Set the three properties that say that a task is done, or open again, together."""
    main.put("STATUS", folded("STATUS", "COMPLETED" if done else "NEEDS-ACTION", end))
    main.drop("COMPLETED", "PERCENT-COMPLETE")
    if done:
        main.put("COMPLETED", folded("COMPLETED", stamp(now), end))
        main.put("PERCENT-COMPLETE", folded("PERCENT-COMPLETE", "100", end))


def _put_dates(lens: Lens, entry: Entry, fields: Fields, end: str) -> None:
    main = entry.main
    shown = lens.settle(RecordType.TASK, task_fields(entry, lens.zones))
    present = task_span(entry, lens.zones)
    start, due = (
        _date(lens, fields[name], present[at]) if name in fields and fields[name] != shown[name] else present[at]
        for at, name in enumerate(("start", "due"))
    )
    if (start, due) == present:
        return
    if start and due and not _fits(start, due):
        start = None
    if start != present[0]:
        main.put("DTSTART", *_written(lens, "DTSTART", start, end))
    if due != present[1] or main.has("DURATION"):
        main.drop("DURATION")
        main.put("DUE", *_written(lens, "DUE", due, end))


def _fits(start: Moment, due: Moment) -> bool:
    return isinstance(start.when, datetime) == isinstance(due.when, datetime) and start.when < due.when


def _written(lens: Lens, name: str, moment: Moment | None, end: str) -> list[Line]:
    return [write_moment(name, moment, lens.zones, end)] if moment else []


def _date(lens: Lens, value: Value, present: Moment | None) -> Moment | None:
    """Return a task's date in the zone that it is told in already, else in the community's."""
    if not isinstance(value, datetime):
        return Moment(value) if isinstance(value, date) else None
    zone = present.zone if present and present.zone else lens.zones.home.key
    return Moment(value, zone if lens.zones.is_told_apart(value, zone) else "UTC")


def _put_parent(main: Component, parent_uid: str, end: str) -> None:
    others = [line for line in main.lines("RELATED-TO") if not is_parent_relation(line.parameter("RELTYPE"))]
    own = [folded("RELATED-TO", escaped(parent_uid), end)] if parent_uid else []
    main.put("RELATED-TO", *own, *others)


def _without_a_day() -> SetAside:
    return SetAside(
        "An item without a date cannot be shown in a calendar.", mend="Give it a date in the tool it comes from."
    )
