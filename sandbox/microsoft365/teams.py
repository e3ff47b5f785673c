"""Teams, their channels, and what is written there."""

import json
from collections.abc import Callable, Iterable
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from typing import Any
from uuid import UUID, uuid5

from sandbox.microsoft365.errors import GraphError

Json = dict[str, Any]

CARD = "application/vnd.microsoft.card.adaptive"
LARGEST = 28 * 1024
_SPACE = UUID("6ba7b811-9dad-11d1-80b4-00c04fd430c8")


@dataclass
class ChatMessage:
    """A message, or a reply to one. `author` is a user's address."""

    id: str
    author: str
    body: Json
    attachments: list[Json]
    summary: str | None
    created: datetime
    modified: datetime
    edited: datetime | None = None
    deleted: datetime | None = None
    replies: list["ChatMessage"] = field(default_factory=list)

    @property
    def touched(self) -> datetime:
        """When the message or its replies were written or changed last."""
        return max([self.modified, *(one.modified for one in self.replies)])

    def delete(self, now: datetime) -> None:
        """Delete it as its author does: what it said is gone, the message stays as a shell."""
        self.deleted = self.modified = now
        self.body, self.attachments, self.summary = {"contentType": "html", "content": ""}, [], None


@dataclass
class Channel:
    """A channel; newest messages last."""

    id: str
    name: str
    messages: list[ChatMessage] = field(default_factory=list)


@dataclass
class Team:
    """A team, which is a group as well: its members by address, and its channels."""

    id: str
    name: str
    members: dict[str, str]
    channels: dict[str, Channel] = field(default_factory=dict)

    def channel(self, channel: str) -> Channel:
        """Return a channel, or refuse with Graph's 404."""
        if channel not in self.channels:
            raise GraphError(404, "NotFound", "NotFound: channel does not exist")
        return self.channels[channel]


class TeamsBook:
    """All teams of the tenant.

    Attributes:
        posts_left: so many messages may still be posted before 429; None for no limit.
        retry_after: what such a 429 tells.
        hidden: how many requests a fresh message stays out of listings.
    """

    def __init__(self, now: Callable[[], datetime]) -> None:
        self.teams: dict[str, Team] = {}
        self.posts_left: int | None = None
        self.retry_after = 30
        self.hidden = 0
        self._now = now
        self._last = 0

    def add_team(self, name: str, members: dict[str, str]) -> Team:
        """Add a team with its members' names by address."""
        team = Team(str(uuid5(_SPACE, f"team:{name}")), name, {one.lower(): who for one, who in members.items()})
        self.teams[team.id] = team
        return team

    def add_channel(self, team: Team, name: str) -> Channel:
        """Add a channel to a team."""
        channel = Channel(f"19:{uuid5(_SPACE, f'{team.id}:{name}').hex}@thread.tacv2", name)
        team.channels[channel.id] = channel
        return channel

    def team(self, team: str, person: str) -> Team:
        """Return a team as a member sees it, or refuse."""
        found = self.teams.get(team.lower())
        if found is None:
            raise GraphError(404, "NotFound", "No team found with Group Id " + team)
        if person.lower() not in found.members:
            raise GraphError(403, "Forbidden", "The user is not a member of the team.")
        return found

    def write(self, messages: list[ChatMessage], author: str, body: Json) -> ChatMessage:
        """Write a message or reply."""
        if self.posts_left is not None:
            if self.posts_left <= 0:
                wait = {"Retry-After": str(self.retry_after)}
                raise GraphError(429, "TooManyRequests", "Too many messages.", headers=wait)
            self.posts_left -= 1
        now = self._now()
        self._last = max(self._last + 1, int(now.timestamp() * 1000))
        made = ChatMessage(str(self._last), author, {}, [], None, now, now)
        fill(made, body)
        messages.append(made)
        return made

    def edit(self, message: ChatMessage, author: str, body: Json) -> None:
        """Change one's own message."""
        if message.author.lower() != author.lower():
            raise GraphError(403, "Forbidden", "Only the author may edit a message.")
        if message.deleted is not None:
            raise GraphError(404, "NotFound", "The message was deleted.")
        fill(message, body)
        message.modified = message.edited = self._now() + timedelta(milliseconds=1)


def fill(message: ChatMessage, body: Json) -> None:
    """Put what was sent into a message, or refuse what Teams would not show."""
    content = body.get("body") or {}
    attachments = body.get("attachments") or []
    if not isinstance(content.get("content"), str) or not content["content"]:
        raise GraphError(400, "BadRequest", "Missing body content.")
    if len(json.dumps(body)) > LARGEST:
        raise GraphError(413, "RequestEntityTooLarge", "The message is larger than 28 KB.")
    for one in attachments:
        _check_attachment(one, content["content"])
    message.body, message.attachments, message.summary = dict(content), list(attachments), body.get("summary")


def _check_attachment(attachment: Json, content: str) -> None:
    if f'<attachment id="{attachment.get("id")}"></attachment>' not in content:
        raise GraphError(400, "BadRequest", "The body names no attachment with this id.")
    if attachment.get("contentType") == CARD:
        check_card(attachment.get("content"))


def check_card(content: object) -> None:
    """Refuse what is no Adaptive Card; in messages its content is a text."""
    try:
        card = json.loads(content) if isinstance(content, str) else None
    except ValueError:
        card = None
    if not isinstance(card, dict) or card.get("type") != "AdaptiveCard" or not card.get("body"):
        raise GraphError(400, "BadRequest", "The card is not an Adaptive Card.")


def listed(messages: Iterable[ChatMessage]) -> list[ChatMessage]:
    """Return messages as a listing has them: those of the latest thread first."""
    return sorted(messages, key=lambda one: (one.touched, one.id), reverse=True)
