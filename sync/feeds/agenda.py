"""The coming weeks of a community, day by day, for a terminal and for scripts."""

from __future__ import annotations

import json
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import UTC, date, datetime, time, timedelta
from typing import Any
from zoneinfo import ZoneInfo

from domain.fields import RecordType, fields_from_json
from domain.records import Record
from domain.values import Fields, to_json
from store import dated
from store.dated import Stored
from store.state import load_members
from store.store import Store
from sync.feeds.calendar import years
from sync.feeds.items import BEFORE, DAY, DONE, Audience, Item, Past, Sort, Years, items_of

Json = dict[str, Any]


@dataclass(frozen=True, slots=True)
class Entry:
    """One gathering or deadline, with the names of those whom it concerns."""

    item: Item
    who: Sequence[str]
    is_done: bool = False

    @property
    def state(self) -> str:
        """Its status as tools call it: confirmed, tentative or cancelled, and open or done for a deadline."""
        if self.item.sort is Sort.GATHERING or self.item.is_cancelled:
            return self.item.status.value.lower()
        return "done" if self.is_done else "open"


@dataclass(frozen=True, slots=True)
class Agenda:
    """The days from `first` to before `last` on the clocks of a zone; what is overdue stands by itself."""

    community: str
    name: str
    zone: ZoneInfo
    first: date
    last: date
    overdue: Sequence[Entry]
    days: Mapping[date, Sequence[Entry]]

    def json(self) -> Json:
        """Return the documented form."""
        return {
            "community": self.community,
            "zone": self.zone.key,
            "from": self.first.isoformat(),
            "to": self.last.isoformat(),
            "overdue": [self._entry(one) for one in self.overdue],
            "days": [
                {"date": day.isoformat(), "entries": [self._entry(one) for one in found]}
                for day, found in self.days.items()
            ],
        }

    def _entry(self, entry: Entry) -> Json:
        item = entry.item
        return {
            "record": item.record,
            "kind": item.sort.value,
            "title": item.title,
            "all_day": not isinstance(item.start, datetime),
            "start": self._when(item.start),
            "end": self._when(item.end),
            "location": item.location,
            "meeting_url": item.link,
            "who": list(entry.who),
            "state": entry.state,
        }

    def _when(self, when: date) -> object:
        return when.astimezone(self.zone).isoformat() if isinstance(when, datetime) else to_json(when)


def agenda(store: Store, audience: Audience, zone: ZoneInfo, weeks: int, now: datetime) -> Agenda:
    """Return the weeks from today on. Days of all-day entries are the same in every zone.

    Raises:
        StoreProblem: the store cannot be read.
    """
    first = now.astimezone(zone).date()
    last = first + timedelta(weeks=weeks)
    with store.reading() as connection:
        members = load_members(connection, audience.id)
        rows = dated.stored(connection, audience.id)
    told = _entries(rows, replace(audience, private=False), _Names.of(members), years(first))
    found = sorted(told, key=_order)
    overdue = [one for one in found if _is_overdue(one, first)]
    days: dict[date, list[Entry]] = {}
    for entry in found:
        for day in _days(entry.item, zone, first, last):
            days.setdefault(day, []).append(entry)
    return Agenda(audience.id, audience.name, zone, first, last, overdue, dict(sorted(days.items())))


def _entries(rows: Sequence[Stored], audience: Audience, names: _Names, covered: Years) -> Iterator[Entry]:
    for identity, kind, text, deleted in rows:
        if deleted:
            continue
        record = RecordType(kind)
        fields = fields_from_json(record, json.loads(text))
        is_done = fields.get("state") == "done"
        for item in items_of(identity, record, fields, Past(), audience, covered, deleted=False):
            if item.sort is not Sort.DUTY:
                shown = replace(item, title=item.title.removeprefix(DONE)) if is_done else item
                yield Entry(shown, names.who(item, fields), is_done)


def _order(entry: Entry) -> tuple[bool, datetime, str]:
    """Return the order within a day: what lasts all day first, then by time."""
    start = entry.item.start
    moment = start if isinstance(start, datetime) else datetime.combine(start, time(), UTC)
    return isinstance(start, datetime), moment, entry.item.record


def _is_overdue(entry: Entry, today: date) -> bool:
    day = entry.item.start
    is_deadline = entry.item.sort is Sort.DEADLINE and not isinstance(day, datetime)
    return is_deadline and not entry.is_done and today - BEFORE <= day < today


def _days(item: Item, zone: ZoneInfo, first: date, last: date) -> Iterator[date]:
    """Yield the days on which an item takes place, within the agenda; one that ends at midnight ends the day before."""
    start, end = _local(item.start, zone), _local(item.end, zone)
    if isinstance(item.end, datetime) and (end == start or item.end.astimezone(zone).time() > time()):
        end += DAY
    day = max(start, first)
    while day < min(max(end, start + DAY), last):
        yield day
        day += DAY


def _local(when: date, zone: ZoneInfo) -> date:
    return when.astimezone(zone).date() if isinstance(when, datetime) else when


@dataclass(frozen=True, slots=True)
class _Names:
    """How people are called, by member record and by e-mail address."""

    by_record: Mapping[str, str]
    by_email: Mapping[str, str]

    @classmethod
    def of(cls, members: Mapping[str, Record]) -> _Names:
        named = {key: str(member.fields.get("name") or "") or _first_email(member) for key, member in members.items()}
        emails = {email: named[key] for key, member in members.items() for email in _emails(member)}
        return cls(named, emails)

    def who(self, item: Item, fields: Fields) -> list[str]:
        """Return the names of those who are assigned or take part, in their order."""
        invited = fields.get("attendees")
        guests = invited if isinstance(invited, frozenset) else frozenset()
        assigned = {self.by_record[one] for one in item.people if one in self.by_record}
        return sorted(assigned | {self.by_email.get(one.casefold(), one) for one in guests}, key=str.casefold)


def _emails(member: Record) -> frozenset[str]:
    emails = member.fields.get("emails")
    return emails if isinstance(emails, frozenset) else frozenset()


def _first_email(member: Record) -> str:
    return min(_emails(member), default=member.id)
