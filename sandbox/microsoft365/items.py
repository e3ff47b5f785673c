"""Events, series and their occurrences as the mailbox holds them."""

from collections.abc import Iterator
from dataclasses import dataclass, field, replace
from datetime import UTC, date, datetime, timedelta
from typing import Any, Literal

from sandbox.microsoft365.bodies import Body
from sandbox.microsoft365.recurrence import Recurrence
from sandbox.microsoft365.zones import zone

EventType = Literal["singleInstance", "seriesMaster", "occurrence", "exception"]
_ONE_DAY = timedelta(days=1)


@dataclass(frozen=True)
class When:
    """Start and end as wall times in their zones (Windows names); the end is exclusive."""

    start: datetime
    end: datetime
    start_zone: str
    end_zone: str
    all_day: bool

    @property
    def starts(self) -> datetime:
        """The start as an instant; an all-day event is matched as if its midnight were UTC's."""
        return self.start.replace(tzinfo=UTC if self.all_day else zone(self.start_zone)).astimezone(UTC)

    @property
    def ends(self) -> datetime:
        """The end as an instant, under the same rule."""
        return self.end.replace(tzinfo=UTC if self.all_day else zone(self.end_zone)).astimezone(UTC)

    def moved_to(self, day: date) -> "When":
        """Return the same wall clock on another day, for an occurrence; the length stays."""
        start = datetime.combine(day, self.start.time())
        if self.all_day:
            return replace(self, start=start, end=start + (self.end - self.start))
        moved = replace(self, start=start)
        end = (moved.starts + (self.ends - self.starts)).astimezone(zone(self.end_zone))
        return replace(moved, end=end.replace(tzinfo=None))

    def overlaps(self, start: datetime, end: datetime) -> bool:
        """Tell whether any of it lies between two instants."""
        return self.starts < end and self.ends > start


@dataclass(frozen=True)
class Details:
    """What a person can edit in a single event, a series or one occurrence.

    Attributes:
        fields: simple properties, in the shape Graph answers them.
        extended: values of extended properties by their id.
        join_url: where the online meeting takes place, if it is one.
    """

    when: When
    fields: dict[str, Any]
    body: Body
    extended: dict[str, str]
    join_url: str | None = None


@dataclass
class Edited:
    """An occurrence that differs from its series: its details and the properties that were edited."""

    details: Details
    touched: set[str]
    version: int
    modified: datetime


@dataclass
class Event:
    """A single event, or with a recurrence the master of a series.

    Attributes:
        version: the mailbox's change counter when this was last changed; the change key shows it.
        created_from: the body of the request that created it.
        exceptions: edited occurrences by their original day.
        cancelled: original days of deleted occurrences.
    """

    number: int
    calendar: int
    created: datetime
    modified: datetime
    version: int
    details: Details
    recurrence: Recurrence | None = None
    transaction_id: str | None = None
    created_from: dict[str, Any] = field(default_factory=dict)
    exceptions: dict[date, Edited] = field(default_factory=dict)
    cancelled: set[date] = field(default_factory=set)

    def occurrence(self, day: date) -> "Item | None":
        """Return the occurrence of a day, or None if the series has none there (any more)."""
        if self.recurrence is None or day in self.cancelled or not self.recurrence.falls_on(day):
            return None
        return self._occurrence(day)

    def occurrences(self, start: datetime, end: datetime) -> Iterator["Item"]:
        """Yield the occurrences that overlap a window of instants, by their original day."""
        if self.recurrence is None:
            return
        until = max([end.date() + _ONE_DAY, *self.exceptions])
        for day in self.recurrence.dates(until):
            if day not in self.cancelled:
                item = self._occurrence(day)
                if item.details.when.overlaps(start, end):
                    yield item

    def neighbours(self, day: date) -> tuple["Item | None", "Item | None"]:
        """Return the occurrences before and after the one of a day."""
        before: Item | None = None
        for other in self.recurrence.dates(date.max) if self.recurrence else ():
            if other > day and other not in self.cancelled:
                return before, self._occurrence(other)
            if other < day and other not in self.cancelled:
                before = self._occurrence(other)
        return before, None

    def _occurrence(self, day: date) -> "Item":
        plain = replace(self.details, when=self.details.when.moved_to(day))
        edited = self.exceptions.get(day)
        return Item(self, _with_edits(plain, edited) if edited else plain, day, edited)


@dataclass(frozen=True)
class Item:
    """One row of an answer: a single event, a master, an occurrence or an edited occurrence.

    Attributes:
        day: the original day of an occurrence.
    """

    event: Event
    details: Details
    day: date | None = None
    edited: Edited | None = None

    @property
    def type(self) -> EventType:
        """Graph's eventType."""
        if self.day is not None:
            return "exception" if self.edited else "occurrence"
        return "seriesMaster" if self.event.recurrence else "singleInstance"

    @property
    def version(self) -> int:
        """The change counter behind the change key."""
        return self.edited.version if self.edited else self.event.version

    @property
    def modified(self) -> datetime:
        """When it was last changed."""
        return self.edited.modified if self.edited else self.event.modified


def item_of(event: Event) -> Item:
    """Return the row of a single event or a master."""
    return Item(event, event.details)


def _with_edits(plain: Details, edited: Edited) -> Details:
    own, touched = edited.details, edited.touched
    return replace(
        plain,
        when=own.when if touched & {"start", "end", "isAllDay"} else plain.when,
        fields={**plain.fields, **{name: own.fields[name] for name in touched & own.fields.keys()}},
        body=own.body if "body" in touched else plain.body,
        extended={**plain.extended, **own.extended},
        join_url=own.join_url if touched & {"body", "isOnlineMeeting"} else plain.join_url,
    )
