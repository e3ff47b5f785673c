"""A connector on a desk with all that a test of the suite needs around it."""

from __future__ import annotations

from dataclasses import dataclass, replace
from datetime import UTC, date, datetime, timedelta

from connectors.contract import Connection, Connector, Observation, Remote, Write
from domain.fields import FIELDS, RecordType, complete, same
from domain.lens import Space, project
from domain.plan import Verb
from domain.values import Fields, instant
from tests.contract.subjects import ZONE, Subject

TASK, EVENT = RecordType.TASK, RecordType.EVENT
NOON = instant(datetime(2026, 12, 1, 12, tzinfo=UTC))

NEW: dict[RecordType, Fields] = {
    TASK: complete(
        TASK,
        {
            "title": "Write the charter — 日本 🎉 <b>&amp;",
            "notes": "Say **why**, and *how*:\n\n- one\n- two\n\nSee [the page](https://example.org/a?b=c&d=e).",
            "due": date(2026, 12, 4),
            "start": date(2026, 12, 1),
            "tags": frozenset({"charter"}),
            "list": "Onboarding",
        },
    ),
    EVENT: complete(
        EVENT,
        {
            "title": "Monthly gathering",
            "notes": "Bring *one* question.",
            "start": NOON,
            "end": NOON + timedelta(hours=2),
            "zone": "Europe/Berlin",
            "location": "Room 4",
        },
    ),
}


@dataclass(slots=True)
class Desk:
    """A connector with what a test needs around it."""

    subject: Subject
    connection: Connection
    connector: Connector
    colleague: Connector

    def space(self) -> Space:
        connector = self.connector
        return Space("s", connector.capabilities, ZONE, connector.settle, connector.admits)

    def shown(self, kind: RecordType, fields: Fields) -> Fields:
        return project(kind, fields, self.space())

    async def create(self, kind: RecordType, fields: Fields | None = None, *, key: str = "1") -> Remote:
        view = self.shown(kind, fields or NEW[kind])
        written = {name: value for name, value in view.items() if not same(FIELDS[kind][name], value, None)}
        made = await self.connector.write(
            Write(Verb.CREATE, kind, str(view.get("kind", kind)), f"{kind}-mark", f"{kind}-{key}", None, written, view)
        )
        assert made is not None
        return made

    async def update(self, remote: Remote, changes: Fields, by: Connector | None = None) -> Remote:
        connector = by or self.connector
        base = connector.view(remote)
        view = connector.settle(remote.type, {**base, **changes})
        changed = {name: value for name, value in view.items() if base.get(name) != value}
        current = await connector.fetch(remote.type, remote.id)
        assert isinstance(current, Remote)
        write = Write(
            Verb.UPDATE, remote.type, "task", "mark", "key-2", remote.id, changed, view, base, current.version, current
        )
        result = await connector.write(write)
        assert result is not None
        return result

    async def restore(self, remote: Remote) -> Remote | None:
        view = self.connector.view(remote)
        return await self.connector.write(
            Write(Verb.RESTORE, remote.type, "task", "mark", "key-4", remote.id, {}, view, view, remote.version)
        )

    async def delete(self, remote: Remote, by: Connector | None = None) -> None:
        connector = by or self.connector
        current = await connector.fetch(remote.type, remote.id)
        assert isinstance(current, Remote)
        base = connector.view(remote)
        write = Write(
            Verb.DELETE, remote.type, "task", "mark", "key-3", remote.id, {}, {}, base, current.version, current
        )
        assert await connector.write(write) is None

    async def listing(self, cursor: str | None = None) -> tuple[dict[str, Remote], Observation]:
        found: dict[str, Remote] = {}
        observation = await self.connector.observe(cursor, lambda page: found.update({one.id: one for one in page}))
        return {name: await self._whole(one) for name, one in found.items()}, observation

    async def _whole(self, listed: Remote) -> Remote:
        """Read whole what was listed by its version only, as sync does."""
        found = await self.connector.fetch(listed.type, listed.id) if listed.partial else listed
        assert isinstance(found, Remote)
        return replace(found, version=listed.version)


def agree(kind: RecordType, one: Fields, other: Fields, skip: set[str] | None = None) -> None:
    for name in set(one) & set(other) - (skip or set()):
        assert same(FIELDS[kind][name], one[name], other[name]), f"{name}: {one[name]!r} is not {other[name]!r}"
