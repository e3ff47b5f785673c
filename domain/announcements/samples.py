"""Messages of every sort, on which templates are tried before they word a real one."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from zoneinfo import ZoneInfo

from domain.announcements.channel import Abilities, Channel, Form, Topic
from domain.announcements.digest import Digest, Line
from domain.announcements.message import Message, MessageState
from domain.announcements.story import Story, Teller
from domain.announcements.things import People
from domain.values import Fields, Value

_NOW = datetime(2026, 3, 2, 9, tzinfo=UTC)
_PEOPLE = People({"member-1": "Ada", "member-2": "Bo"})
_GATHERING: Fields = {
    "title": "Spring *meetup*",
    "start": _NOW + timedelta(days=3),
    "end": _NOW + timedelta(days=3, hours=1),
    "zone": "Europe/Berlin",
    "location": "Room 1",
    "meeting_url": "https://meet.example.org/spring",
}


def samples() -> Iterator[Story]:
    """Yield a story of every sort that templates have to word, full ones and bare ones."""
    teller = Teller(_channel(), "Data Practice", _PEOPLE, _NOW)
    for after, before in _pairs():
        yield teller.story(after, before)
    welcome = [_message(Topic.WELCOME, {"name": "Ada"}, "member:member-1")]
    thanks = [_message(Topic.THANKS, {"title": "Plan", "assignees": frozenset({"member-2"})}, "thanks:1")]
    yield from (teller.story(one[0], None, one) for one in (welcome, thanks))
    yield teller.story(
        _message(Topic.GATHERINGS, {}, "together:1"), None, [one for one, _ in _pairs()] + welcome + thanks
    )
    line = Line("Plan", "Tue 3 March 2026", "Room 1", "https://meet.example.org/plan", "tentative")
    full = Digest(*([line],) * 5, joined=["Ada", "Bo"], joined_count=2, thanked=["Ada"])
    yield from (teller.digest(one, 1) for one in (full, Digest(joined_count=3), Digest(coming=[Line("Plan")] * 3)))


def _channel() -> Channel:
    return Channel("sample", "sample", Abilities(Form.TEXT), ZoneInfo("Europe/Berlin"))


def _pairs() -> Iterator[tuple[Message, Message | None]]:
    """Yield messages with what was known before."""
    before = _message(Topic.GATHERINGS, _GATHERING, "gathering:1", MessageState.SENT)
    weekly = _changed(rrule="FREQ=WEEKLY;COUNT=5")
    known = _message(Topic.GATHERINGS, weekly, "gathering:1", MessageState.SENT)
    later = _changed(start=_NOW + timedelta(days=4), end=_NOW + timedelta(days=4, hours=1), location="", title="Meetup")
    yield before, None
    yield _message(Topic.GATHERINGS, weekly, "gathering:1"), None
    yield _message(Topic.GATHERINGS, later, "gathering:1"), before
    yield _message(Topic.GATHERINGS, {**weekly, "exdates": frozenset({"2026-03-12"})}, "gathering:1"), known
    yield _message(Topic.GATHERINGS, _GATHERING, "gathering:1", off=True), before
    yield before, _message(Topic.GATHERINGS, _GATHERING, "gathering:1", MessageState.SENT, off=True)
    due: Fields = {"title": "Plan", "due": _NOW.date()}
    set_before = _message(Topic.DEADLINES, due, "deadline:1", MessageState.SENT)
    yield set_before, None
    yield _message(Topic.DEADLINES, {**due, "due": _NOW + timedelta(days=2)}, "deadline:1"), set_before
    yield _message(Topic.DEADLINES, due, "deadline:1", off=True), set_before
    yield _message(Topic.MILESTONES, {"title": "Plan"}, "milestone:1"), None
    yield _message(Topic.DOCUMENTS, {"title": "Handbook", "url": "https://docs.example.org/1"}, "document:1"), None
    yield _message(Topic.DOCUMENTS, {"title": "Handbook", "url": ""}, "document:1"), None


def _changed(**fields: Value) -> Fields:
    return {**_GATHERING, **fields}


def _message(
    topic: Topic, facts: Fields, thing: str, state: MessageState = MessageState.PLANNED, *, off: bool = False
) -> Message:
    return Message(thing, "sample", thing, 1, topic, state, _NOW, facts, off)
