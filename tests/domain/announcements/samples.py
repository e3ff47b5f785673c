"""Channels, things and the carrying out of decisions, for tests of what is decided."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field, replace
from datetime import UTC, datetime, time, timedelta
from zoneinfo import ZoneInfo

from domain.announcements.audience import Audience
from domain.announcements.channel import Abilities, Channel, Form, QuietHours, Standing, Topic
from domain.announcements.decide import announcements
from domain.announcements.message import How, Message, MessageState
from domain.announcements.things import Thing
from domain.announcements.turn import turns
from domain.values import Value

NOW = datetime(2026, 3, 2, 12, tzinfo=UTC)
BERLIN = ZoneInfo("Europe/Berlin")
EVERYTHING = frozenset(Topic) - {Topic.DIGEST}
PLAIN = Abilities(Form.TEXT)
EDITING = Abilities(Form.TEXT, edits=True, finds=True)


def channel(abilities: Abilities = PLAIN, **more: object) -> Channel:
    return Channel("here", "folder", abilities, **{"zone": BERLIN, "wants": EVERYTHING, **more})  # type: ignore[arg-type]


def gathering(key: str, start: datetime = NOW + timedelta(days=3), *, off: bool = False, **facts: Value) -> Thing:
    told: dict[str, Value] = {"title": key, "start": start, "end": start + timedelta(hours=1), **facts}
    return Thing(f"gathering:{key}", Topic.GATHERINGS, Audience.COMMUNITY, told, off, start)


@dataclass
class Ledger:
    """A channel's journal, carried out as the engine does it, in memory. `heard` is what readers got, in order."""

    channel: Channel
    journal: list[Message] = field(default_factory=list)
    standing: Standing | None = None
    heard: list[tuple[Message, Sequence[Message]]] = field(default_factory=list)

    def look(self, things: Iterable[Thing], now: datetime, *, down: bool = False) -> list[Message]:
        """Decide, then send everything that may be sent; return what was sent. Where the place is down, nothing is."""
        self.decide(things, now)
        return self.send(now, down=down)

    def decide(self, things: Iterable[Thing], now: datetime, scope: str = "") -> None:
        found = announcements(self.channel, things, self.journal, self.standing, scope, "c", now)
        self.standing = found.standing
        self._become(found.superseded, MessageState.SUPERSEDED)
        self.journal += found.planned
        assert len({(one.thing, one.revision) for one in self.journal}) == len(self.journal)
        assert len({one.id for one in self.journal}) == len(self.journal)

    def send(self, now: datetime, *, down: bool = False) -> list[Message]:
        sent = []
        for turn in turns(self.channel, self.journal, "c", now):
            is_new = all(one.id != turn.message.id for one in self.journal)
            self.journal += [turn.message] if turn.parts and is_new else []
            parts = turn.parts or [one for one in self.journal if one.within == turn.message.id]
            told = {one.id for one in parts}
            self.journal = [replace(one, within=turn.message.id) if one.id in told else one for one in self.journal]
            if down:
                break
            self._become([turn.message.id, *told], MessageState.SENT, sent_at=now)
            if turn.message.how is How.EDIT:
                old = [one.id for one in self.journal if one.remote == turn.message.edits]
                self._become(old, MessageState.SUPERSEDED)
            remote = turn.message.edits or f"remote-{turn.message.id}"
            self._become([turn.message.id], MessageState.SENT, remote=remote)
            self.heard.append((turn.message, parts))
            sent.append(turn.message)
        return sent

    def _become(self, which: Iterable[str], state: MessageState, **values: object) -> None:
        chosen = frozenset(which)
        self.journal = [
            replace(one, state=state, **values) if one.id in chosen else one  # type: ignore[arg-type]
            for one in self.journal
        ]


NIGHT = QuietHours(time(20), time(7))
