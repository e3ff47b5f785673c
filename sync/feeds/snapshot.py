"""What a community's calendars show, kept until something changes; feeds are put together from it."""

from __future__ import annotations

import json
from bisect import bisect_left, insort
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import UTC, date, datetime, time, timedelta
from hashlib import sha256
from operator import attrgetter
from threading import Lock

from sqlalchemy.engine import Connection

from domain.fields import RecordType, fields_from_json
from store import dated
from store.dated import Revision, Stored
from store.rows import each
from store.store import Store
from sync.feeds.calendar import Kind, foot, head, years, zones
from sync.feeds.items import DAY, Audience, Item, Past, Sort, Years, whole_items_of
from sync.feeds.vevent import vevent, zones_of

UNDER_WAY = "running"
PATIENCE = timedelta(seconds=60)
"""For how long a snapshot is good while a run is at work, and after one that died at work."""

_NEW = Past()
_Key = tuple[Kind, str | None]


@dataclass(frozen=True, slots=True)
class Snapshot:
    """The entries of one day, written and in their order: those everybody has, and those of each member."""

    audience: Audience
    gatherings: bytes
    deadlines: bytes
    duties: Mapping[str, bytes]
    zones: bytes
    modified: datetime
    tags: dict[_Key, str] = field(default_factory=dict)

    def calendar(self, kind: Kind, member: str | None = None) -> bytes:
        """Return a feed; the same bytes as long as nothing that it shows changes."""
        begin = head(self.audience, kind, member)
        if kind is Kind.DEADLINES:
            return b"".join((begin, self.deadlines, foot()))
        if kind is Kind.CALENDAR:
            return b"".join((begin, self.zones, self.gatherings, foot()))
        own = self.duties.get(member or "", b"")
        return b"".join((begin, self.zones, self.gatherings, self.deadlines, own, foot()))

    def tag(self, kind: Kind, member: str | None = None) -> str:
        """Return the digest of a feed's bytes."""
        key = (kind, member)
        if key not in self.tags:
            self.tags[key] = digest(self.calendar(kind, member))
        return self.tags[key]


def digest(content: bytes) -> str:
    """Return a short digest of a feed."""
    return sha256(content).hexdigest()[:32]


@dataclass(frozen=True, slots=True)
class _Shown:
    """An item as it is written, with what a snapshot asks of it again and again."""

    item: Item
    order: tuple[str, str]
    first: date
    last: date
    zones: Mapping[str, Years]
    written: bytes


@dataclass(slots=True)
class _Shelf:
    """What is visible on a day, in its order, so that a change costs what changed and not what is there."""

    today: date
    sorts: dict[Sort, list[_Shown]] = field(default_factory=lambda: {Sort.GATHERING: [], Sort.DEADLINE: []})
    own: dict[str, list[_Shown]] = field(default_factory=dict)
    written: dict[str, bytes] = field(default_factory=dict)
    modified: datetime = Past().at

    def fill(self, shown: Iterable[_Shown]) -> None:
        """Put everything there at once."""
        for one in sorted(filter(self._is_visible, shown), key=_ORDER):
            for place in self._places(one.item):
                place.append(one)
        self.written = {person: _joined(found) for person, found in self.own.items()}

    def exchange(self, before: Iterable[_Shown], after: Iterable[_Shown]) -> None:
        """Put the entries of one record in the place of those it had."""
        people: set[str] = set()
        for one in filter(self._is_visible, before):
            people |= one.item.people
            for place in self._places(one.item):
                place.pop(bisect_left(place, one.order, key=_ORDER))
        for one in filter(self._is_visible, after):
            people |= one.item.people
            for place in self._places(one.item):
                insort(place, one, key=_ORDER)
        # A snapshot that is being read keeps the former mapping.
        self.written = {**self.written, **{person: _joined(self.own.get(person, ())) for person in people}}

    def note(self, shown: Iterable[_Shown], pasts: Iterable[Past]) -> None:
        """Note when something changed: a record did, or a day began on which an entry came or went."""
        days = [one.first if one.first <= self.today else None for one in shown]
        days += [one.last + DAY if one.last < self.today else None for one in shown]
        turned = datetime.combine(max(filter(None, days), default=self.modified.date()), time(), UTC)
        known = self.modified if turned.date() == self.modified.date() else turned
        self.modified = max((self.modified, known, *(past.at for past in pasts))).replace(microsecond=0)

    def _is_visible(self, one: _Shown) -> bool:
        return one.first <= self.today <= one.last

    def _places(self, item: Item) -> Iterator[list[_Shown]]:
        if item.sort is not Sort.DUTY:
            yield self.sorts[item.sort]
            return
        for person in item.people:
            yield self.own.setdefault(person, [])


_ORDER = attrgetter("order")


def _joined(shown: Iterable[_Shown]) -> bytes:
    return b"".join(one.written for one in shown)


@dataclass(slots=True)
class Reader:
    """Reads one community from the store when its records may have changed, and writes anew only what did.

    Once a day, and when the store was replaced, everything is read. Safe to use from several threads.
    """

    audience: Audience
    _shown: dict[str, Sequence[_Shown]] = field(default_factory=dict)
    _past: dict[str, Past] = field(default_factory=dict)
    _deleted: frozenset[str] = frozenset()
    _last: int = 0
    _shelf: _Shelf | None = None
    _snapshot: Snapshot | None = None
    _state: tuple[Revision, date, datetime] | None = None
    _lock: Lock = field(default_factory=Lock)

    def snapshot(self, store: Store, revision: Revision, now: datetime) -> Snapshot:
        """Return what is shown now; `revision` is the community's present one (:func:`store.dated.revision`).

        Raises:
            StoreProblem: the store cannot be read.
        """
        with self._lock:
            if self._snapshot is None or not self._is_fresh(revision, now):
                self._read(store, now.date())
                self._state = (revision, now.date(), now)
            return self._made()

    def items(self, store: Store, now: datetime) -> list[Item]:
        """Return what is shown today, in the order of time."""
        today = now.date()
        with self._lock:
            self._read(store, today)
            found = [one for shown in self._shown.values() for one in shown if one.first <= today <= one.last]
        return [one.item for one in sorted(found, key=_ORDER)]

    def _made(self) -> Snapshot:
        assert self._snapshot is not None  # noqa: S101 - made by every reading
        return self._snapshot

    def _is_fresh(self, revision: Revision, now: datetime) -> bool:
        if self._state is None or self._state[:2] != (revision, now.date()):
            return False
        return revision is None or revision[1] != UNDER_WAY or now - self._state[2] < PATIENCE

    def _read(self, store: Store, today: date) -> None:
        with store.reading() as connection:
            shelf = self._shelf
            if shelf is None or not self._goes_on(connection, today):
                self._read_all(connection, today)
            else:
                self._read_changed(connection, shelf)

    def _goes_on(self, connection: Connection, today: date) -> bool:
        """Tell whether only what changed has to be read: ids of changes may begin anew when history is let go of."""
        if self._state is None or self._state[1] != today:
            return False
        return dated.goes_on(connection, self.audience.id, self._state[0])

    def _read_all(self, connection: Connection, today: date) -> None:
        self._past, self._last, self._shelf = {}, 0, None
        self._learn(connection)
        rows = dated.stored(connection, self.audience.id)
        self._deleted = frozenset(row[0] for row in rows if row[3])
        shown = each("records", rows, lambda row: (row[0], self._entries(row, years(today))))
        self._shown = dict(shown)
        shelf = _Shelf(today)
        shelf.fill(one for found in self._shown.values() for one in found)
        shelf.note([one for found in self._shown.values() for one in found], self._past.values())
        self._shelf, self._snapshot = shelf, self._take(shelf)

    def _read_changed(self, connection: Connection, shelf: _Shelf) -> None:
        changed = self._learn(connection)
        deleted = dated.deleted(connection, self.audience.id)
        ids = sorted(changed | (deleted ^ self._deleted))
        if not ids:
            return
        covered = years(shelf.today)
        rows = dated.stored_of(connection, self.audience.id, ids)
        found = dict(each("records", rows, lambda row: (row[0], self._entries(row, covered))))
        self._shelf = None  # until everything is exchanged: an error in between must not leave half of it
        for identity in ids:
            shelf.exchange(self._shown.pop(identity, ()), found.get(identity, ()))
        self._shown |= found
        self._deleted = deleted
        shelf.note([one for shown in found.values() for one in shown], map(self._past_of, ids))
        self._shelf, self._snapshot = shelf, self._take(shelf)

    def _learn(self, connection: Connection) -> set[str]:
        """Take in what history tells since the last time, and return the records that it is about."""
        told = set()
        for one in dated.changed(connection, self.audience.id, self._last, notes=not self.audience.private):
            self._past[one.record] = self._past_of(one.record).and_then(one.revisions, one.at)
            self._last = max(self._last, one.last)
            told.add(one.record)
        return told

    def _past_of(self, identity: str) -> Past:
        return self._past.get(identity, _NEW)

    def _entries(self, row: Stored, covered: Years) -> list[_Shown]:
        identity, kind, text, deleted = row
        record, past = RecordType(kind), self._past_of(identity)
        fields = fields_from_json(record, json.loads(text))
        found = whole_items_of(identity, record, fields, past, self.audience, covered, deleted=bool(deleted))
        return [
            _Shown(item, item.order(), *item.days(), zones_of(item, covered), vevent(item, covered).encode("utf-8"))
            for item in found
        ]

    def _take(self, shelf: _Shelf) -> Snapshot:
        gatherings = shelf.sorts[Sort.GATHERING]
        return Snapshot(
            self.audience,
            _joined(gatherings),
            _joined(shelf.sorts[Sort.DEADLINE]),
            shelf.written,
            zones(one.zones for one in gatherings),
            shelf.modified,
        )
