"""Nothing internal reaches a public place: canary values in every field of internal records, in every rendering."""

from __future__ import annotations

import itertools
import json
from collections.abc import Sequence
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from pathlib import Path
from zoneinfo import ZoneInfo

import pytest

from domain.announcements.audience import Audience, Audiences
from domain.announcements.channel import Abilities, Channel, Form, Topic
from domain.announcements.message import Message, MessageState
from domain.announcements.templates import Templates
from domain.announcements.things import People
from domain.announcements.turn import turns
from domain.fields import FIELDS, RecordType, Shape, complete
from domain.records import Record, Writer
from domain.values import Value
from sync.announce.outgoing import Desk
from sync.announce.scene import Scene
from sync.announce.wording import shipped
from tests.domain.announcements.samples import Ledger

NOW = datetime(2026, 3, 2, 12, tzinfo=UTC)
COUNT = itertools.count(1)
ABILITIES = [Abilities(form, one_link=form is Form.TEXT) for form in Form]
YEAR = 2031
"""All internal dates lie in years that nothing public mentions."""


def canary(name: str, shape: Shape) -> Value:
    """Return a value that is found again wherever it turns up."""
    word = f"canary{name.replace('_', '')}{next(COUNT)}"
    if shape is Shape.WHEN:
        return NOW + timedelta(days=2)
    if shape is Shape.SET:
        return frozenset({word})
    if shape is Shape.MAP:
        return frozenset()
    return f"https://{word}.example.org" if "url" in name else word


def internal(of: RecordType, **fields: Value) -> Record:
    """Return a record with a canary in every field, said to be internal."""
    values = {name: canary(name, spec.shape) for name, spec in FIELDS[of].items()}
    once: dict[str, Value] = {"rrule": None, "rdates": None, "exdates": None, "zone": "Europe/Berlin"}
    fitting: dict[RecordType, dict[str, Value]] = {
        RecordType.EVENT: {"status": "confirmed", **once},
        RecordType.TASK: {"kind": "milestone", "state": "open"},
        RecordType.POST: {"replies": 77_777, "published_at": NOW - timedelta(days=1)},
    }
    audience = {} if of is RecordType.MEMBER else {"audience": "internal"}
    whole = complete(of, {**values, **fitting.get(of, {}), **audience, **fields})
    return Record(f"canaryid{next(COUNT)}", of, whole, origin=Writer("canaryspace", NOW, "canarywriter"))


def secret_records() -> list[Record]:
    member = internal(RecordType.MEMBER)
    done: dict[str, Value] = {
        "state": "done",
        "completed_at": NOW - timedelta(days=1),
        "assignees": frozenset({member.id}),
    }
    return [
        member,
        internal(RecordType.EVENT),
        internal(RecordType.EVENT, status="tentative"),
        replace(internal(RecordType.EVENT), deleted=True),
        internal(RecordType.TASK),
        internal(RecordType.TASK, **done),
        internal(RecordType.TASK, kind="task", **done),
        internal(RecordType.TASK, kind="task"),
        internal(RecordType.DOCUMENT),
        internal(RecordType.POST),
        internal(RecordType.POST, audience="nonsense"),
        internal(RecordType.EVENT, audience="community"),
    ]


def public_records() -> list[Record]:
    start = NOW + timedelta(days=3)
    event: dict[str, Value] = {"title": "Open day", "start": start, "end": start, "audience": "public"}
    private: dict[str, Value] = {"notes": "canarynotes", "attendees": frozenset({"canary@example.org"})}
    deadline: dict[str, Value] = {"title": "Call", "kind": "milestone", "due": start, "audience": "public"}
    return [
        Record("open", RecordType.EVENT, complete(RecordType.EVENT, {**event, **private})),
        Record("call", RecordType.TASK, complete(RecordType.TASK, {**deadline, "notes": "canarynotes"})),
    ]


def scene(records: list[Record], now: datetime = NOW) -> Scene:
    members = [one for one in records if one.type is RecordType.MEMBER]
    zone, people, templates = ZoneInfo("Europe/Berlin"), People.of(members), Templates(shipped())
    return Scene("c", "Data Practice", zone, Audiences(), people, records, templates, frozenset(), frozenset(), now)


def public(abilities: Abilities) -> Channel:
    return Channel(
        "street",
        "folder",
        abilities,
        ZoneInfo("Europe/Berlin"),
        Audience.PUBLIC,
        frozenset(Topic),
        daily=50,
        names=False,
    )


def said(channel: Channel, records: list[Record]) -> str:
    """Return everything that a channel can get to see of records that come, change and go."""
    ledger, text = Ledger(channel), []
    changed = [replace(one, fields={**one.fields, "title": f"{one.fields.get('title')} (new)"}) for one in records]
    gone = [replace(one, deleted=True) for one in records]
    nothing: list[Record] = []
    for hours, world in enumerate((nothing, records, changed, gone)):
        now = NOW + timedelta(hours=hours)
        here = scene(world, now)
        ledger.decide(here.things(channel), now, "the same")
        before = list(ledger.journal)
        due = turns(channel, before, "c", now)
        text += [rendered(here, channel, before, turn.message, turn.parts) for turn in due]
        ledger.send(now)
        text.append(rendered(here, channel, ledger.journal, digest(channel), ()))
    return "\n".join(text)


def digest(channel: Channel) -> Message:
    return Message("digest", channel.id, "digest:x", 1, Topic.DIGEST, MessageState.PLANNED, NOW)


def rendered(here: Scene, channel: Channel, journal: list[Message], message: Message, parts: Sequence[Message]) -> str:
    found = Desk(here, channel, journal).rendered(message, parts)
    return "" if found is None else "\n".join((found.title, found.text, found.body, json.dumps(found.card), found.link))


@pytest.mark.parametrize("abilities", ABILITIES, ids=lambda one: one.form.value)
def test_no_field_of_an_internal_record_is_seen_in_public(abilities: Abilities) -> None:
    text = said(public(abilities), [*secret_records(), *public_records()])
    assert "Open day" in text
    assert "Call" in text
    assert "canary" not in text.casefold()
    assert "@" not in text
    assert "77777" not in text


@pytest.mark.parametrize("abilities", ABILITIES, ids=lambda one: one.form.value)
def test_the_canaries_sing_where_they_may(abilities: Abilities) -> None:
    inside = replace(public(abilities), audience=Audience.INTERNAL, names=True)
    text = said(inside, secret_records())
    for name in ("canarytitle", "canaryname", "canarylocation", "canaryurl"):
        assert name in text.casefold(), name
    for name in (
        "canarynotes",
        "canarybody",
        "canaryemails",
        "canaryattendees",
        "canaryid",
        "canarywriter",
        "canaryspace",
    ):
        assert name not in text.casefold(), name


def test_every_field_of_every_record_has_a_canary() -> None:
    for kind in RecordType:
        fields = internal(kind).fields
        assert set(fields) == set(FIELDS[kind])


def test_the_shipped_templates_are_the_ones_that_are_tried() -> None:
    folder = Path(__file__).parents[3] / "sync" / "announce" / "templates"
    assert sorted(shipped()) == sorted(one.name for one in folder.iterdir())
