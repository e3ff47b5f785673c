"""The week of a community: what is coming, what is due, what was finished, who joined, who is thanked."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field, replace
from datetime import datetime, timedelta
from zoneinfo import ZoneInfo

from domain.announcements.audience import Audiences, may_hear, stricter
from domain.announcements.channel import Channel, Topic
from domain.announcements.message import Message, MessageState
from domain.announcements.things import (
    People,
    Thing,
    end_of,
    gathering_facts,
    is_series,
    link,
    moment,
    next_dates,
    shown,
)
from domain.announcements.words import NO_TITLE, due, occurrence_facts, span, title_of, zone_of
from domain.fields import RecordType
from domain.records import Record
from domain.values import Fields, When

AHEAD = timedelta(days=14)
BACK = timedelta(days=7)


@dataclass(frozen=True, slots=True)
class Line:
    """One entry: its title, when it is (in words), where, and an address to go to."""

    title: str
    when: str = ""
    where: str = ""
    link: str = ""
    note: str = ""


@dataclass(frozen=True, slots=True)
class Digest:
    """A week in the words of one channel; every list is in its order, and may be empty."""

    coming: Sequence[Line] = ()
    due: Sequence[Line] = ()
    finished: Sequence[Line] = ()
    documents: Sequence[Line] = ()
    posts: Sequence[Line] = ()
    joined: Sequence[str] = ()
    joined_count: int = 0
    thanked: Sequence[str] = ()

    @property
    def is_empty(self) -> bool:
        """Tell whether there is nothing to say."""
        told = (self.coming, self.due, self.finished, self.documents, self.posts, self.joined_count, self.thanked)
        return not any(told)


@dataclass(slots=True)
class _Week:
    channel: Channel
    people: People
    audiences: Audiences
    now: datetime
    coming: list[tuple[datetime, Line]] = field(default_factory=list)
    due: list[tuple[datetime, Line]] = field(default_factory=list)
    finished: list[tuple[datetime, Line]] = field(default_factory=list)
    posts: list[tuple[datetime, Line]] = field(default_factory=list)
    thanked: set[str] = field(default_factory=set)

    @property
    def zone(self) -> ZoneInfo:
        return self.channel.zone

    def add(self, record: Record) -> None:
        """Take in one record, if the channel may hear of it."""
        fields = record.fields
        audience = self.audiences.of(record.type, fields)
        if record.deleted or not may_hear(self.channel.audience, audience):
            return
        match record.type:
            case RecordType.EVENT if fields.get("status") != "cancelled" and isinstance(fields.get("start"), When):
                self.coming += self._gatherings(fields)
            case RecordType.TASK:
                names = self.channel.names and may_hear(
                    self.channel.audience, stricter(audience, self.audiences.members)
                )
                self._task(record, named=names)
            case RecordType.POST:
                self._post(fields)
            case _:
                pass  # people and documents are news, which the journal of the channel tells

    def _gatherings(self, fields: Fields) -> Iterator[tuple[datetime, Line]]:
        facts = gathering_facts(fields)
        mark = "tentative" if fields.get("status") == "tentative" else ""
        for one in self._dates(facts):
            start = moment(one["start"], self.zone)
            if self.now <= start < self.now + AHEAD:
                when = span(one["start"], one["end"], zone_of(one, self.zone))
                yield start, Line(title_of(one), when, str(one["location"]), str(one["meeting_url"]), mark)

    def _dates(self, facts: Fields) -> list[Fields]:
        if not is_series(facts):
            return [facts]
        coming = next_dates(facts, self.zone, self.now, AHEAD)
        return [occurrence_facts(facts, one) for one in coming if one.fields.get("status") != "cancelled"]

    def _task(self, record: Record, *, named: bool) -> None:
        fields = record.fields
        title, when = shown(fields.get("title")) or NO_TITLE, fields.get("due")
        if fields.get("state") == "done":
            self._done(record, title, named=named)
        elif isinstance(when, When) and moment(when, self.zone) < self.now + AHEAD:
            late = "overdue" if end_of(when, self.zone) <= self.now else ""
            if not late or fields.get("kind") == "milestone":
                self.due.append((moment(when, self.zone), Line(title, due(when, self.zone), note=late)))

    def _done(self, record: Record, title: str, *, named: bool) -> None:
        at = record.fields.get("completed_at") or record.writer("state").at
        if not isinstance(at, When) or not self.now - BACK <= moment(at, self.zone) <= self.now:
            return
        self.finished.append((moment(at, self.zone), Line(title)))
        if named:
            self.thanked |= set(self.people.called(record.fields.get("assignees")))

    def _post(self, fields: Fields) -> None:
        at = fields.get("published_at")
        if isinstance(at, datetime) and self.now - BACK <= at <= self.now:
            replies = fields.get("replies")
            note = f"{replies} {'reply' if replies == 1 else 'replies'}" if isinstance(replies, int) and replies else ""
            self.posts.append(
                (at, Line(shown(fields.get("title")) or NO_TITLE, link=link(fields.get("url")), note=note))
            )


def digest_of(
    channel: Channel,
    records: Iterable[Record],
    people: People,
    audiences: Audiences,
    news: Iterable[Message],
    now: datetime,
) -> Digest:
    """Return the digest of a channel at a moment; nothing in it is for a narrower audience than the channel's.

    `news` are the messages about new members and documents that it tells, or that the channel got in the week before.
    """
    week = _Week(channel, people, audiences, now)
    for record in records:
        week.add(record)
    told = list(news)
    joined = sorted({str(one.facts.get("name")) for one in told if one.topic is Topic.WELCOME}, key=str.casefold)
    return Digest(
        coming=_ordered(week.coming),
        due=_ordered(week.due),
        finished=_ordered(week.finished),
        documents=[_document(one) for one in told if one.topic is Topic.DOCUMENTS],
        posts=_ordered(week.posts),
        joined=joined if channel.names else (),
        joined_count=len(joined),
        thanked=sorted(week.thanked, key=str.casefold),
    )


def news_of_the_week(
    journal: Sequence[Message], within: str, hearable: Mapping[str, Thing], now: datetime
) -> list[Message]:
    """Return what a digest tells as new: what waits to be told within it, and what was told by itself in the week.

    `hearable` is what the channel may hear of now, by key: what it may no longer be told is left out, and everything
    is told as it is now.
    """
    digests = {one.id for one in journal if one.topic is Topic.DIGEST}
    return [
        replace(one, facts=hearable[one.thing].facts)
        for one in journal
        if one.thing in hearable
        and one.topic in (Topic.WELCOME, Topic.DOCUMENTS)
        and (_is_within(one, within) or (one.within not in digests and _is_of_the_week(one, now)))
    ]


def _is_within(message: Message, within: str) -> bool:
    return message.within == within and message.state is not MessageState.SUPERSEDED


def _is_of_the_week(message: Message, now: datetime) -> bool:
    return message.state is MessageState.SENT and message.sent_at is not None and now - BACK <= message.sent_at


def _ordered(found: Sequence[tuple[datetime, Line]]) -> list[Line]:
    return [line for _, line in sorted(found, key=lambda one: (one[0], one[1].title))]


def _document(message: Message) -> Line:
    return Line(title_of(message.facts), link=str(message.facts.get("url") or ""))
