"""What an event or task shows, field by field: from its properties to the values of a view. Pure."""

from __future__ import annotations

from datetime import date, datetime, timedelta

from connectors.caldav.component import Component
from connectors.caldav.moments import Moment, read_length, read_moment, read_stamp
from connectors.caldav.resource import Entry
from connectors.caldav.series import recurrence_of, settle_series
from connectors.caldav.texts import plain
from connectors.caldav.zones import Zones
from domain.calendars.lines import list_of, text_of
from domain.calendars.texts import address, one_line
from domain.fields import RecordType, recurs
from domain.richtext.plain import from_plain
from domain.values import Fields, Value, instant

ONE_DAY = timedelta(days=1)
MILESTONE = "MILESTONE"
"""The category that makes a task a deadline."""

_STATUS = {"TENTATIVE": "tentative", "CANCELLED": "cancelled"}


def tag(text: str) -> str:
    """Return a tag as a category can hold it; empty for the category that has a meaning of its own."""
    shown = one_line(text)
    return "" if shown.upper() == MILESTONE else shown


def event_fields(entry: Entry, zones: Zones) -> dict[str, Value]:
    """Return what an event shows.

    Raises:
        ValueError: it has no start, or a value that cannot be understood.
    """
    main = entry.main
    start, end = span_of(entry, zones)
    return {
        "title": one_line(text_of(main.value("SUMMARY"))),
        "notes": _notes(main),
        "start": start.when,
        "end": end.when,
        "zone": start.zone,
        "location": one_line(text_of(main.value("LOCATION"))),
        "meeting_url": meeting_of(main),
        "attendees": attendees_of(main),
        "status": status_of(main),
        **recurrence_of(entry, zones),
    }


def deadline_fields(entry: Entry, zones: Zones) -> dict[str, Value]:
    """Return what an event shows that stands for a deadline: the last day of however it was stretched."""
    start, end = span_of(entry, zones)
    return {"title": one_line(text_of(entry.main.value("SUMMARY"))), "due": _last_day(start.when, end.when, zones)}


def task_fields(entry: Entry, zones: Zones) -> dict[str, Value]:
    """Return what a task shows, without its parent.

    Raises:
        ValueError: a value cannot be understood.
    """
    main = entry.main
    done = is_done(main)
    categories = categories_of(main)
    start, due = task_span(entry, zones)
    return {
        "kind": "milestone" if MILESTONE in (one.upper() for one in categories) else "task",
        "title": one_line(text_of(main.value("SUMMARY"))),
        "notes": _notes(main),
        "state": "done" if done else "open",
        "completed_at": read_stamp(main, "COMPLETED") if done else None,
        "start": start.when if start else None,
        "due": due.when if due else None,
        "tags": frozenset(filter(None, map(tag, categories))),
    }


def span_of(entry: Entry, zones: Zones) -> tuple[Moment, Moment]:
    """Return an event's start and its end, which it may give as a length or not at all (RFC 5545, 3.6.1)."""
    main = entry.main
    first = main.line("DTSTART")
    if first is None:
        raise ValueError("it has no start (DTSTART)")
    start = read_moment(first, zones, entry.calendar)
    last = main.line("DTEND")
    if last is not None:
        return start, read_moment(last, zones, entry.calendar)
    if main.has("DURATION"):
        return start, _after(start, read_length(main.value("DURATION")), zones)
    return start, start if isinstance(start.when, datetime) else Moment(start.when + ONE_DAY)


def task_span(entry: Entry, zones: Zones) -> tuple[Moment | None, Moment | None]:
    """Return a task's start and due date, each if it has one."""
    main = entry.main
    first, last = main.line("DTSTART"), main.line("DUE")
    start = read_moment(first, zones, entry.calendar) if first else None
    if last is not None:
        return start, read_moment(last, zones, entry.calendar)
    if start is not None and main.has("DURATION"):
        return start, _after(start, read_length(main.value("DURATION")), zones)
    return start, None


def _after(start: Moment, length: timedelta, zones: Zones) -> Moment:
    """Return the end of a span: days of its length are days of the wall clock (RFC 5545, 3.3.6)."""
    when = start.when
    if not isinstance(when, datetime):
        return Moment(when + timedelta(days=length.days))
    days = timedelta(days=length.days)
    wall = when.astimezone(zones.clock(start.zone)) + days
    return Moment(instant(wall) + (length - days), start.zone)


def _last_day(start: date, end: date, zones: Zones) -> date:
    if isinstance(start, datetime) and isinstance(end, datetime):
        return max(start, end - timedelta(seconds=1)).astimezone(zones.home).date()
    return max(start, end - ONE_DAY)


def is_done(main: Component) -> bool:
    """Tell whether a task is done. A cancelled one counts as done: nobody has to do it any more.

    Some servers keep COMPLETED after a task was opened again, so that the status goes first.
    """
    status = main.value("STATUS").strip().upper()
    if status:
        return status in ("COMPLETED", "CANCELLED")
    return main.has("COMPLETED") or main.value("PERCENT-COMPLETE").strip() == "100"


def status_of(main: Component) -> str:
    """Return whether an event is confirmed, tentative or cancelled."""
    return _STATUS.get(main.value("STATUS").strip().upper(), "confirmed")


def meeting_of(main: Component) -> str:
    """Return where an event is joined online: CONFERENCE (RFC 7986), else URL."""
    return address(main.value("CONFERENCE") or main.value("URL"))


def categories_of(main: Component) -> list[str]:
    """Return the categories, in their order."""
    return [text for line in main.lines("CATEGORIES") for text in map(str.strip, list_of(line.value)) if text]


def attendees_of(main: Component) -> frozenset[str]:
    """Return the addresses of those who are invited."""
    values = (line.value.strip() for line in main.lines("ATTENDEE"))
    found = (value[7:] for value in values if value[:7].casefold() == "mailto:")
    return frozenset(filter(None, (one.strip().casefold() for one in found)))


def _notes(main: Component) -> str:
    return from_plain(text_of(main.value("DESCRIPTION")))


def settle_event(fields: dict[str, Value], zones: Zones) -> None:
    """Bring an event's fields into what a calendar can hold together."""
    if recurs(RecordType.EVENT, fields):
        settle_series(fields, zones)
        if recurs(RecordType.EVENT, fields):
            return
    start, end = fields.get("start"), fields.get("end")
    if isinstance(start, datetime):
        if not isinstance(end, datetime) or end < start:
            end = fields["end"] = start
        fields["zone"] = _exact_zone(fields.get("zone"), start, end, zones)
    elif isinstance(start, date):
        if not isinstance(end, date) or isinstance(end, datetime) or end <= start:
            fields["end"] = start + ONE_DAY
        fields["zone"] = None


def _exact_zone(name: Value, start: datetime, end: datetime, zones: Zones) -> str:
    """Return the zone to show; UTC for the hour that a zone has twice when clocks are set back."""
    shown = zones.shown(name)
    return shown if zones.is_told_apart(start, shown) and zones.is_told_apart(end, shown) else "UTC"


def settle_task(fields: dict[str, Value], zones: Zones) -> None:
    """Bring a task's fields into what it can hold together: a start is of the due date's sort, and before it."""
    start, due = fields.get("start"), fields.get("due")
    if not isinstance(start, date) or not isinstance(due, date):
        return
    if isinstance(due, datetime) and not isinstance(start, datetime):
        start = instant(datetime(start.year, start.month, start.day, tzinfo=zones.home))
    elif isinstance(start, datetime) and not isinstance(due, datetime):
        start = start.astimezone(zones.home).date()
    fields["start"] = start if start < due else None


def settle_texts(fields: dict[str, Value]) -> None:
    """Bring texts and tags into what they can hold."""
    for name in fields.keys() & {"title", "location"}:
        fields[name] = one_line(fields[name])
    if "notes" in fields:
        fields["notes"] = plain(fields["notes"])
    if "meeting_url" in fields:
        fields["meeting_url"] = address(fields["meeting_url"])
    tags = fields.get("tags")
    if isinstance(tags, frozenset):
        fields["tags"] = frozenset(filter(None, map(tag, tags)))


def settled(fields: Fields) -> dict[str, Value]:
    """Return a copy whose texts are settled."""
    found = dict(fields)
    settle_texts(found)
    return found
