"""The cards that the documentation shows: made by the code that makes those of a channel, at a fixed moment."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import UTC, date, datetime, timedelta
from typing import Any
from zoneinfo import ZoneInfo

from connectors.microsoft365 import CHANNEL_KIND
from connectors.microsoft365.teams.options import ChannelOptions
from domain.announcements.channel import Channel, Topic
from domain.announcements.digest import Digest, Line
from domain.announcements.message import Message, MessageState
from domain.announcements.render import render
from domain.announcements.story import Story, Teller
from domain.announcements.templates import Templates
from domain.announcements.things import People
from domain.announcements.words import due, span
from domain.values import Fields
from sync.announce.wording import shipped

ZONE = ZoneInfo("Europe/Berlin")
NOW = datetime(2026, 11, 30, 7, tzinfo=UTC)
_CHANNEL = (
    "https://teams.microsoft.com/l/channel/19%3Aa1%40thread.tacv2/General?groupId=0f1e2d3c-4b5a-6978-8796-a5b4c3d2e1f0"
)
ABILITIES = CHANNEL_KIND.abilities(ChannelOptions.model_validate({"channel": _CHANNEL}))
_JOIN = "https://teams.microsoft.com/l/meetup-join/19%3Ameeting"
_GATHERING: Fields = {
    "title": "Reading circle: charts that people read",
    "start": datetime(2026, 12, 3, 14, tzinfo=UTC),
    "end": datetime(2026, 12, 3, 15, tzinfo=UTC),
    "zone": ZONE.key,
    "location": "Room 2.14 and online",
    "meeting_url": _JOIN,
}


def cards() -> Mapping[str, Mapping[str, Any]]:
    """Return the cards by name."""
    found = {name: render(story, ABILITIES, Templates(shipped())).card for name, story in _stories().items()}
    return {name: card for name, card in found.items() if card is not None}


def _stories() -> Mapping[str, Story]:
    teller = Teller(
        Channel("teams", CHANNEL_KIND.name, ABILITIES, ZONE), "Data Practice", People({"member-1": "Ada Novak"}), NOW
    )
    known = _message(Topic.GATHERINGS, _GATHERING, MessageState.SENT)
    moved = {**_GATHERING, "start": datetime(2026, 12, 4, 9, tzinfo=UTC), "end": datetime(2026, 12, 4, 10, tzinfo=UTC)}
    deadline: Fields = {"title": "Hand in the annual report", "due": date(2026, 12, 11)}
    return {
        "gathering": teller.story(known, None),
        "gathering-moved": teller.story(_message(Topic.GATHERINGS, moved), known),
        "deadline": teller.story(_message(Topic.DEADLINES, deadline), None),
        "digest": teller.digest(_digest()),
    }


def _message(topic: Topic, facts: Fields, state: MessageState = MessageState.PLANNED) -> Message:
    return Message(f"{topic}-{state}", "teams", f"{topic}:1", 1, topic, state, NOW, facts)


def _digest() -> Digest:
    clinic = datetime(2026, 12, 10, 9, tzinfo=UTC)
    return Digest(
        coming=[
            Line(str(_GATHERING["title"]), span(_GATHERING["start"], _GATHERING["end"], ZONE), "Room 2.14", _JOIN),
            Line("Dashboard clinic", span(clinic, clinic + timedelta(hours=1), ZONE), "", f"{_JOIN}2", "tentative"),
        ],
        due=[
            Line("Publish the style guide", due(date(2026, 11, 27), ZONE), note="overdue"),
            Line("Hand in the annual report", due(date(2026, 12, 11), ZONE)),
        ],
        finished=[Line("Collect examples of good charts"), Line("Book the room for January")],
        documents=[Line("Chart style guide, draft 3", link="https://example.org/guide")],
        posts=[Line("Which chart for shares of a whole?", link="https://example.org/shares", note="7 replies")],
        joined=["Bo Lindqvist", "Chidi Okafor"],
        joined_count=2,
        thanked=["Ada Novak", "Mei Tan"],
    )
