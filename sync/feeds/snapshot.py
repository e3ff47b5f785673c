"""What a community's calendars show, kept until something changes; feeds are put together from it."""

from __future__ import annotations

import json
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import UTC, date, datetime, time, timedelta
from hashlib import sha256
from itertools import chain
from operator import attrgetter
from threading import Lock

from domain.fields import RecordType, fields_from_json
from store import dated
from store.dated import Revision, Stored
from store.rows import each
from store.store import Store
from sync.feeds.calendar import Kind, foot, head, years, zones
from sync.feeds.items import DAY, Audience, Item, Past, Sort, Years, items_of
from sync.feeds.vevent import vevent, zone_of

UNDER_WAY = "running"
PATIENCE = timedelta(seconds=60)
"""For how long a snapshot is good while a run is at work, and after one that died at work."""

_NEW, _NONE = Past(), Years(0, 0)
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
    zone: str | None
    written: bytes


@dataclass(frozen=True, slots=True)
class _Known:
    """A record as it was read last (by the hash of its row), its history then, and what is shown of it."""

    row: int
    past: Past
    shown: Sequence[_Shown]


@dataclass(slots=True)
class Reader:
    """Reads one community from the store when its records may have changed, and writes anew only what did.

    Safe to use from several threads.
    """

    audience: Audience
    _known: dict[str, _Known] = field(default_factory=dict)
    _past: dict[str, Past] = field(default_factory=dict)
    _last: int = 0
    _covered: Years = _NONE
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
                self._read(store, now)
                self._state = (revision, now.date(), now)
            return self._made()

    def items(self, store: Store, now: datetime) -> list[Item]:
        """Return what is shown today, in the order of time."""
        with self._lock:
            self._read(store, now)
            return [one.item for one in self._visible(now.date())]

    def _made(self) -> Snapshot:
        assert self._snapshot is not None  # noqa: S101 - made by every reading
        return self._snapshot

    def _is_fresh(self, revision: Revision, now: datetime) -> bool:
        if self._state is None or self._state[:2] != (revision, now.date()):
            return False
        return revision is None or revision[1] != UNDER_WAY or now - self._state[2] < PATIENCE

    def _read(self, store: Store, now: datetime) -> None:
        covered = years(now.date())
        if self._state is None or self._state[1] != now.date():
            # Daily from the beginning: ids may begin anew when history is let go of.
            self._past, self._last = {}, 0
        with store.reading() as connection:
            for one in dated.changed(connection, self.audience.id, self._last, notes=not self.audience.private):
                self._past[one.record] = self._past.get(one.record, _NEW).and_then(one.revisions, one.at)
                self._last = max(self._last, one.last)
            rows = dated.stored(connection, self.audience.id)
        if self._covered != covered:
            self._known, self._covered = {}, covered
        known = {row[0]: one for row, one in zip(rows, each("records", rows, self._refreshed), strict=True)}
        changed = known != self._known or self._state is None or self._state[1] != now.date()
        self._known = known
        if changed or self._snapshot is None:
            self._snapshot = self._take(now.date())

    def _refreshed(self, row: Stored) -> _Known:
        past, known, mark = self._past.get(row[0], _NEW), self._known.get(row[0]), hash(row)
        if known is not None and known.row == mark and known.past == past:
            return known
        return _Known(mark, past, self._shown(row, past))

    def _shown(self, row: Stored, past: Past) -> list[_Shown]:
        identity, kind, text, deleted = row
        record, covered = RecordType(kind), self._covered
        fields = fields_from_json(record, json.loads(text))
        found = items_of(identity, record, fields, past, self.audience, covered, deleted=bool(deleted))
        return [
            _Shown(item, item.order(), *item.days(), zone_of(item, covered), vevent(item, covered).encode("utf-8"))
            for item in found
        ]

    def _take(self, today: date) -> Snapshot:
        visible = self._visible(today)
        return Snapshot(
            self.audience,
            _written(visible, Sort.GATHERING),
            _written(visible, Sort.DEADLINE),
            _duties(visible),
            zones({one.zone for one in visible}, self._covered),
            self._modified(today),
        )

    def _all(self) -> Iterator[_Shown]:
        return chain.from_iterable(one.shown for one in self._known.values())

    def _visible(self, today: date) -> list[_Shown]:
        return sorted((one for one in self._all() if one.first <= today <= one.last), key=attrgetter("order"))

    def _modified(self, today: date) -> datetime:
        """Return when any feed changed last: a record changed, or a day began on which one came or went."""
        shown = list(self._all())
        came = (one.first for one in shown if one.first <= today)
        went = (one.last + DAY for one in shown if one.last < today)
        turned = datetime.combine(max((*came, *went), default=_NEW.at.date()), time(), UTC)
        return max((turned, *(past.at for past in self._past.values()))).replace(microsecond=0)


def _written(visible: Iterable[_Shown], sort: Sort) -> bytes:
    return b"".join(one.written for one in visible if one.item.sort is sort)


def _duties(visible: Iterable[_Shown]) -> dict[str, bytes]:
    found: dict[str, list[bytes]] = {}
    for one in visible:
        if one.item.sort is Sort.DUTY:
            for person in one.item.people:
                found.setdefault(person, []).append(one.written)
    return {person: b"".join(parts) for person, parts in found.items()}
