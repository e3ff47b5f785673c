"""Delta rounds over a calendar view, with the service's habits.

Occurrences come as stubs; an event outside the window that was touched comes as ``@removed``; a deleted
occurrence leaves no trace but its master; the window lives in the token (Graph: event delta).
"""

import hashlib
from base64 import urlsafe_b64encode
from collections.abc import Iterator
from dataclasses import dataclass, field
from datetime import date, datetime

from sandbox.microsoft365.errors import GraphError
from sandbox.microsoft365.items import Event, Item, item_of
from sandbox.microsoft365.mailbox import Mailbox
from sandbox.microsoft365.render import Json, View


@dataclass(frozen=True)
class Window:
    """The calendars and the span of time that a token stands for."""

    mailbox: str
    calendars: frozenset[int]
    start: datetime
    end: datetime


@dataclass(frozen=True)
class Entry:
    """One entry of a round: an event or an occurrence, looked up when its page is served."""

    number: int
    day: date | None = None
    removed: bool = False


@dataclass(frozen=True)
class Cursor:
    """What a token stands for: a page of a round, or with no entries the start of the next one.

    Attributes:
        since: the mailbox's change counter when the round before began; None for the first round.
        upto: the change counter when this round began.
    """

    window: Window
    since: int | None
    upto: int = 0
    entries: tuple[Entry, ...] | None = None
    offset: int = 0


@dataclass
class DeltaBook:
    """The tokens handed out, and what each stands for."""

    cursors: dict[str, Cursor] = field(default_factory=dict)
    issued: int = 0

    def issue(self, cursor: Cursor) -> str:
        """Return a new opaque token for a cursor."""
        self.issued += 1
        token = urlsafe_b64encode(hashlib.sha512(f"delta:{self.issued}".encode()).digest()).decode().rstrip("=")
        self.cursors[token] = cursor
        return token

    def find(self, token: str) -> Cursor | None:
        """Return what a token stands for, or None if its state is gone."""
        return self.cursors.get(token)

    def forget(self) -> None:
        """Drop every token."""
        self.cursors.clear()


def gone(location: str) -> GraphError:
    """Return the refusal of a token whose sync state is no longer there, and where to begin again."""
    message = "The sync state generation is not found."
    return GraphError(410, "SyncStateNotFound", message, headers={"Location": location})


def begin(cursor: Cursor, mailbox: Mailbox, *, noise: bool) -> Cursor:
    """Return the first page of the round that a delta link, or a first request, stands for."""
    entries = tuple(_full(cursor.window, mailbox) if cursor.since is None else _changes(cursor, mailbox))
    if noise:
        entries = entries + entries[-1:]
    return Cursor(cursor.window, cursor.since, mailbox.counter, entries)


def rows(entries: tuple[Entry, ...], view: View) -> list[Json]:
    """Return the entries as they are now; an occurrence deleted in the meantime is left out."""
    shown: list[Json] = []
    for entry in entries:
        event = view.mailbox.events.get(entry.number)
        if entry.removed or event is None:
            shown.append(view.removed(entry.number))
            continue
        item = event.occurrence(entry.day) if entry.day else item_of(event)
        if item is not None:
            shown.append(view.stub(item) if item.type == "occurrence" else _whole(item, view))
    return shown


def _whole(item: Item, view: View) -> Json:
    return {"@odata.type": "#microsoft.graph.event", **view.event(item)}


def _full(window: Window, mailbox: Mailbox) -> Iterator[Entry]:
    for event in mailbox.events.values():
        if event.calendar in window.calendars:
            yield from _inside(event, window)


def _changes(cursor: Cursor, mailbox: Mailbox) -> Iterator[Entry]:
    since, window = cursor.since or 0, cursor.window
    changed = [(event.version, event) for event in mailbox.events.values()]
    touched = [*changed, *mailbox.deleted.values()]
    for version, event in sorted(touched, key=lambda pair: pair[0]):
        if version > since and event.calendar in window.calendars:
            inside = list(_inside(event, window)) if event.number in mailbox.events else []
            yield from inside or [Entry(event.number, removed=True)]


def _inside(event: Event, window: Window) -> Iterator[Entry]:
    """Yield the entries of an event as far as it is in the window: a master comes with its occurrences."""
    if event.recurrence is None:
        if event.details.when.overlaps(window.start, window.end):
            yield Entry(event.number)
        return
    days = [item.day for item in event.occurrences(window.start, window.end)]
    if days:
        yield Entry(event.number)
        yield from (Entry(event.number, day) for day in days)
