"""What can be told of a community: gatherings, deadlines, documents, people - each with what may be said of it.

`facts` hold only what a message may show: never notes, attendees or addresses of people.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass, field
from datetime import UTC, date, datetime, time, timedelta
from zoneinfo import ZoneInfo

from domain.announcements.audience import Audience, Audiences, stricter
from domain.announcements.channel import Topic
from domain.errors import SetAside
from domain.fields import RecordType
from domain.privacy import is_link, link_without_address, without_addresses
from domain.records import Record
from domain.recurrence.expand import Occurrence, Window, occurrences
from domain.recurrence.overrides import PERIOD, decode, encode
from domain.recurrence.series import series_from_fields
from domain.richtext.characters import clean
from domain.values import Fields, Value, When

AHEAD = timedelta(days=400)
"""How far a series is looked into for its next occurrence."""
LONGEST = 200
_LONGEST_LINK = 2_000
_SHOWN = ("title", "start", "end", "zone", "location", "meeting_url", "rrule", "rdates", "exdates", "overrides")
_SHOWN_OF_ONE = frozenset({"title", "zone", "location", "meeting_url", "status", PERIOD})


@dataclass(frozen=True, slots=True)
class Thing:
    """Something that can be told. `over_at` is when it is too late to tell it; None if it never is."""

    key: str
    topic: Topic
    audience: Audience
    facts: Fields = field(hash=False)
    off: bool = False
    over_at: datetime | None = None


@dataclass(frozen=True, slots=True)
class People:
    """How members are called who may be named, by record; not those who asked not to be, nor those without a name."""

    names: Mapping[str, str]

    @classmethod
    def of(cls, members: Iterable[Record], unnamed: frozenset[str] = frozenset()) -> People:
        """Return the people of a community; `unnamed` are e-mail addresses of those who asked not to be named."""
        return cls(
            {
                one.id: name
                for one in members
                if not one.deleted and not (_emails(one) & unnamed) and (name := _name(one))
            }
        )

    def called(self, records: Value) -> list[str]:
        """Return the names of some members, in their order; who may not be named is left out."""
        found = records if isinstance(records, frozenset) else frozenset()
        return sorted((self.names[one] for one in found if one in self.names), key=str.casefold)


def _name(member: Record) -> str:
    """Return a display name; one that is an address of any kind is none."""
    name = one_line(member.fields.get("name"))
    return "" if "@" in name or is_link(name) else name[:LONGEST]


def _emails(member: Record) -> frozenset[str]:
    emails = member.fields.get("emails")
    return frozenset(one.casefold() for one in emails) if isinstance(emails, frozenset) else frozenset()


def things_of(
    records: Iterable[Record], people: People, audiences: Audiences, zone: ZoneInfo, now: datetime
) -> list[Thing]:
    """Return everything that can be told; what is said is decided per channel."""
    found = (thing for record in records for thing in _things(record, people, audiences, zone, now))
    return sorted(found, key=lambda thing: thing.key)


def _things(record: Record, people: People, audiences: Audiences, zone: ZoneInfo, now: datetime) -> Iterator[Thing]:
    audience = audiences.of(record.type, record.fields)
    match record.type:
        case RecordType.EVENT:
            yield from _gathering(record, audience, zone, now)
        case RecordType.TASK:
            yield from _task(record, people, audience, audiences, zone)
        case RecordType.DOCUMENT if not record.deleted:
            facts = {"title": shown(record.fields.get("title")), "url": link(record.fields.get("url"))}
            yield Thing(f"document:{record.id}", Topic.DOCUMENTS, audience, facts)
        case RecordType.MEMBER if record.id in people.names:
            yield Thing(f"member:{record.id}", Topic.WELCOME, audience, {"name": people.names[record.id]})


def _gathering(record: Record, audience: Audience, zone: ZoneInfo, now: datetime) -> Iterator[Thing]:
    fields = record.fields
    status = fields.get("status")
    if status == "tentative" or not isinstance(fields.get("start"), When):
        return
    facts = gathering_facts(fields)
    off = record.deleted or status == "cancelled"
    yield Thing(f"gathering:{record.id}", Topic.GATHERINGS, audience, facts, off, _begins_last(facts, zone, now))


def gathering_facts(fields: Fields) -> dict[str, Value]:
    """Return what may be shown of an event, cleaned; what differs in single occurrences likewise."""
    facts = {name: fields.get(name) for name in _SHOWN}
    cleaned = {"title": shown(facts["title"]), "location": shown(facts["location"])}
    return {**facts, **cleaned, "meeting_url": link(facts["meeting_url"]), "overrides": _overrides(facts["overrides"])}


def _overrides(value: Value) -> Value:
    """Keep of single occurrences what a message shows: a change of their notes is nothing to tell."""
    if not value:
        return frozenset()
    try:
        found = decode(value)
    except ValueError:
        return frozenset()
    kept = {
        which: {name: one for name, one in fields.items() if name in _SHOWN_OF_ONE} for which, fields in found.items()
    }
    return encode({which: fields for which, fields in kept.items() if fields})


def next_dates(facts: Fields, zone: ZoneInfo, now: datetime, ahead: timedelta = AHEAD) -> list[Occurrence]:
    """Return when a series takes place from now on, the nearest first; nothing for what is no series."""
    try:
        series = series_from_fields(facts)
        window = Window(now.astimezone(zone), now.astimezone(zone) + ahead)
        return occurrences(series, window) if series else []
    except (SetAside, ValueError):
        return []


def is_series(facts: Fields) -> bool:
    """Tell whether an event takes place more than once."""
    return any(facts.get(name) for name in ("rrule", "rdates", "overrides"))


def _begins_last(facts: Fields, zone: ZoneInfo, now: datetime) -> datetime | None:
    """Return when the last part of a gathering that can be told of begins."""
    if not is_series(facts):
        return moment(facts["start"], zone)
    coming = next_dates(facts, zone, now)
    return moment(coming[-1].start, zone) if coming else now


def _task(record: Record, people: People, audience: Audience, audiences: Audiences, zone: ZoneInfo) -> Iterator[Thing]:
    fields = record.fields
    is_done, is_deadline = fields.get("state") == "done", fields.get("kind") == "milestone"
    if not (is_done or is_deadline):
        return
    title, due = shown(fields.get("title")), fields.get("due")
    if is_deadline and not is_done and isinstance(due, When):
        facts: Fields = {"title": title, "due": due}
        yield Thing(f"deadline:{record.id}", Topic.DEADLINES, audience, facts, record.deleted, end_of(due, zone))
    if is_done and not record.deleted:
        if is_deadline:
            yield Thing(f"milestone:{record.id}", Topic.MILESTONES, audience, {"title": title})
        if people.called(fields.get("assignees")):
            thanked: Fields = {"title": title, "assignees": fields.get("assignees")}
            yield Thing(f"thanks:{record.id}", Topic.THANKS, stricter(audience, audiences.members), thanked)


def one_line(value: Value) -> str:
    """Return a text on one line, without what no tool may receive."""
    return " ".join(clean(value).split()) if isinstance(value, str) else ""


def shown(value: Value) -> str:
    """Return a text as others may see it: one line, nobody's address, not too long."""
    text = without_addresses(one_line(value))
    return text if len(text) <= LONGEST else f"{text[: LONGEST - 1].rstrip()}…"


def link(value: Value) -> str:
    """Return the address of a website as others may see it, or nothing."""
    text = clean(value).strip() if isinstance(value, str) else ""
    return link_without_address(text) if len(text) <= _LONGEST_LINK and is_link(text) else ""


def moment(when: Value, zone: ZoneInfo) -> datetime:
    """Return an instant in UTC; that of a day is its beginning in a zone."""
    if isinstance(when, datetime):
        return when.astimezone(UTC)
    return datetime.combine(when if isinstance(when, date) else date.max, time(), zone).astimezone(UTC)


def end_of(when: When, zone: ZoneInfo) -> datetime:
    """Return an instant in UTC; that of a day is its end in a zone."""
    return moment(when if isinstance(when, datetime) else when + timedelta(days=1), zone)
