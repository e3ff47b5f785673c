"""What calendars show of a record: gatherings, deadlines and dated tasks, each as one value that says everything."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace
from datetime import UTC, date, datetime, timedelta
from enum import StrEnum
from zoneinfo import ZoneInfo

from domain.calendars.write import entries_of
from domain.errors import SetAside
from domain.fields import RecordType, recurs
from domain.privacy import is_link, link_without_address, without_addresses
from domain.recurrence.expand import Window, occurrences
from domain.recurrence.series import series_from_fields
from domain.richtext.characters import clean
from domain.richtext.plain import to_plain
from domain.values import Fields, Value, When

DAY = timedelta(days=1)
BEFORE, AFTER, CANCELLED_FOR = 90 * DAY, 730 * DAY, 30 * DAY
"""How far calendars look back and ahead, and how long they show what was called off."""
LONGEST = {"title": 400, "location": 400, "link": 2_000, "notes": 4_000}
"""Characters of each text; clients choke on more, and nobody reads it in a calendar."""
MOST_OCCURRENCES = 1_500
"""Of one series; a daily one has fewer in the years that calendars show."""
DONE = "✓ "


class Sort(StrEnum):
    """What an item is: a gathering, a deadline, or a duty of the members it is assigned to."""

    GATHERING = "gathering"
    DEADLINE = "deadline"
    DUTY = "duty"


class Status(StrEnum):
    """The states of a calendar entry (RFC 5545, section 3.8.1.11)."""

    CONFIRMED = "CONFIRMED"
    TENTATIVE = "TENTATIVE"
    CANCELLED = "CANCELLED"


@dataclass(frozen=True, slots=True)
class Past:
    """A record's history as calendars need it: the number of significant changes, and when one was last seen."""

    revisions: int = 0
    at: datetime = datetime(2020, 1, 1, tzinfo=UTC)

    def and_then(self, revisions: int, at: datetime) -> Past:
        """Return the history with later changes."""
        return Past(self.revisions + revisions, max(self.at, at))


@dataclass(frozen=True, slots=True)
class Audience:
    """For whom items are made: the community's name and zone, and whether its notes and addresses may be shown."""

    id: str
    name: str
    zone: ZoneInfo
    private: bool = True


@dataclass(frozen=True, slots=True)
class Item:
    """One calendar entry. `start` and `end` are both days (end exclusive) or both instants, meant in `zone`.

    `people` are the member records it is assigned to. `sequence` grows with every revision, `changed` is when the
    last one was taken in. `which` names one occurrence of a series by its recurrence id. A series that is one item has
    `times`, the lines that say when it takes place, and `edited`, the occurrences that differ; it starts with its first
    occurrence in the years shown and ends with the last one.
    """

    record: str
    sort: Sort
    title: str
    start: When
    end: When
    zone: str
    status: Status
    sequence: int
    changed: datetime
    location: str = ""
    link: str = ""
    notes: str = ""
    people: frozenset[str] = frozenset()
    which: str = ""
    times: Sequence[tuple[str, str]] = ()
    edited: Sequence[Item] = ()

    @property
    def is_cancelled(self) -> bool:
        """Tell whether it was called off."""
        return self.status is Status.CANCELLED

    def days(self) -> tuple[date, date]:
        """Return the first and the last day on which calendars show it, in UTC."""
        begin, end = _day(self.start) - AFTER, _day(self.end) + BEFORE
        return (begin, min(end, _day(self.changed) + CANCELLED_FOR)) if self.is_cancelled else (begin, end)

    def order_of_end(self) -> str:
        """Return the key by which items are the last ones."""
        end = self.end.astimezone(UTC) if isinstance(self.end, datetime) else self.end
        return end.isoformat()

    def order(self) -> tuple[str, str]:
        """Return the key by which items stand in a feed: time, then record."""
        start = self.start.astimezone(UTC) if isinstance(self.start, datetime) else self.start
        return start.isoformat(), f"{self.record}-{self.which}"


def _day(when: When) -> date:
    return when.astimezone(UTC).date() if isinstance(when, datetime) else when


@dataclass(frozen=True, slots=True)
class Years:
    """The years in which calendars are kept: series are told occurrence by occurrence, time zones are explained."""

    first: int
    last: int

    def window(self) -> Window:
        """Return the same as a stretch of time."""
        return Window(datetime(self.first, 1, 1, tzinfo=UTC), datetime(self.last + 1, 1, 1, tzinfo=UTC))


def items_of(
    record: str, kind: RecordType, fields: Fields, past: Past, audience: Audience, covered: Years, *, deleted: bool
) -> list[Item]:
    """Return what calendars show of a record: nothing, one item, or one for each occurrence of a series."""
    made = _gathering if kind is RecordType.EVENT else _task
    found = [
        made(record, one, past, audience, which, deleted=deleted) for which, one in _occurrences(kind, fields, covered)
    ]
    return [item for item in found if item is not None]


def whole_items_of(
    record: str, kind: RecordType, fields: Fields, past: Past, audience: Audience, covered: Years, *, deleted: bool
) -> list[Item]:
    """Return the same with a series as one item, for apps that know series."""
    found = items_of(record, kind, fields, past, audience, covered, deleted=deleted)
    if not found or not recurs(kind, fields) or (len(found) == 1 and not found[0].which):
        return found
    parts = [
        (one, _gathering(record, {**fields, **one.fields}, past, audience, one.which, deleted=deleted))
        for one in entries_of(fields)
    ]
    items = [replace(item, times=tuple(one.times)) for one, item in parts if item is not None]
    if not items:
        return found
    begin, end = found[0], max(found, key=lambda item: item.order_of_end())
    return [replace(items[0], start=begin.start, end=end.end, which="", edited=tuple(items[1:]))]


def _occurrences(kind: RecordType, fields: Fields, covered: Years) -> list[tuple[str, Fields]]:
    """Return the fields of each time that something takes place, by recurrence id.

    A series that takes place too often for a calendar, or makes no sense, is shown once, when it begins.
    """
    try:
        series = series_from_fields(fields) if kind is RecordType.EVENT else None
        found = occurrences(series, covered.window(), MOST_OCCURRENCES) if series else []
    except SetAside:
        series = None
    if series is None:
        return [("", fields)]
    return [(one.id, {**fields, **one.fields, "start": one.start, "end": one.end}) for one in found]


def _sequence(past: Past, *, deleted: bool) -> int:
    """Return the revision number; a deletion counts less than the return of what was deleted, noted or not."""
    return max(0, 2 * past.revisions - deleted)


def _gathering(
    record: str, fields: Fields, past: Past, audience: Audience, which: str, *, deleted: bool
) -> Item | None:
    span = _span(fields.get("start"), fields.get("end"), audience.zone)
    if span is None:
        return None
    status = Status.CANCELLED if deleted else Status(_text(fields.get("status")).upper() or Status.CONFIRMED)
    return Item(
        record,
        Sort.GATHERING,
        _title(fields, audience),
        *span,
        _text(fields.get("zone")) or audience.zone.key,
        status,
        _sequence(past, deleted=deleted),
        past.at,
        location=_shown(fields.get("location"), "location", audience),
        link=_link(_text(fields.get("meeting_url")).strip(), audience),
        notes=_notes(fields, audience),
        which=which,
    )


def _span(start: Value, end: Value, zone: ZoneInfo) -> tuple[When, When] | None:
    """Return when a gathering takes place; one that mixes days and instants is about days."""
    if not isinstance(start, When):
        return None
    end = end if isinstance(end, When) else start
    if isinstance(start, datetime) and isinstance(end, datetime):
        return start, max(start, end)
    first, last = _local(start, zone), _local(end, zone) + (DAY if isinstance(end, datetime) else timedelta())
    return first, max(first + DAY, last)


def _local(when: When, zone: ZoneInfo) -> date:
    return when.astimezone(zone).date() if isinstance(when, datetime) else when


def _task(record: str, fields: Fields, past: Past, audience: Audience, which: str, *, deleted: bool) -> Item | None:
    due, is_deadline = fields.get("due"), fields.get("kind") == "milestone"
    is_done = fields.get("state") == "done"
    if not isinstance(due, When) or (not is_deadline and (deleted or is_done)):
        return None
    day = _local(due, audience.zone)
    people = fields.get("assignees")
    return Item(
        record,
        Sort.DEADLINE if is_deadline else Sort.DUTY,
        (DONE if is_done else "") + _title(fields, audience),
        day,
        day + DAY,
        audience.zone.key,
        Status.CANCELLED if deleted else Status.CONFIRMED,
        _sequence(past, deleted=deleted),
        past.at,
        notes="\n\n".join(filter(None, (_due_at(due, audience.zone), _notes(fields, audience)))),
        people=people if isinstance(people, frozenset) else frozenset(),
        which=which,
    )


def _due_at(due: When, zone: ZoneInfo) -> str:
    """Return the time of day at which something is due; the entry itself stands at the top of its day."""
    return f"Due at {due.astimezone(zone):%H:%M} ({zone.key})" if isinstance(due, datetime) else ""


def _title(fields: Fields, audience: Audience) -> str:
    return " ".join(_shown(fields.get("title"), "title", audience).split()) or "(no title)"


def _shown(value: Value, what: str, audience: Audience) -> str:
    text = clean(_text(value)).strip()
    return (without_addresses(text) if audience.private else text)[: LONGEST[what]]


def _link(text: str, audience: Audience) -> str:
    link = clean(text)
    if len(link) > LONGEST["link"] or not is_link(link):
        return ""
    return link_without_address(link) if audience.private else link


def _notes(fields: Fields, audience: Audience) -> str:
    return "" if audience.private else _cut(to_plain(_text(fields.get("notes"))))


def _cut(text: str) -> str:
    most = LONGEST["notes"]
    return text if len(text) <= most else f"{text[: most - 1]}…"


def _text(value: Value) -> str:
    return value if isinstance(value, str) else ""
