"""The tool itself: containers of items, kept as bytes, with a log of changes and a trash, as a real one has them."""

from __future__ import annotations

import json
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta

from domain.fields import RecordType, fields_from_json
from domain.values import Fields, Value, fields_to_json

Rewrite = Callable[[RecordType, dict[str, Value]], dict[str, Value]]


_ENCODER = json.JSONEncoder(ensure_ascii=False, separators=(",", ":"), check_circular=False)


def _keep(_kind: RecordType, fields: dict[str, Value]) -> dict[str, Value]:
    return fields


@dataclass(frozen=True, slots=True)
class Item:
    """One object of the tool as it lies in memory."""

    type: RecordType
    revision: int
    body: bytes
    modified: float
    by: str
    mark: str | None = None

    def fields(self) -> dict[str, Value]:
        """Return the object's fields."""
        return fields_from_json(self.type, json.loads(self.body))


def encode(fields: Fields) -> bytes:
    """Return fields as an item keeps them."""
    return _ENCODER.encode(fields_to_json(fields)).encode()


@dataclass(slots=True)
class Container:
    """What a space is bound to. `log` names changed ids in order; a cursor is a place in it."""

    items: dict[str, Item] = field(default_factory=dict)
    trash: dict[str, Item] = field(default_factory=dict)
    log: list[str] = field(default_factory=list)
    log_begins: int = 0
    archived: bool = False
    readable: bool = True


@dataclass(slots=True)
class MemoryTool:
    """One account. `rewrite` is what the tool does to everything it stores; `clock_offset` how far its clock is off."""

    clock: Callable[[], datetime] = field(default=lambda: datetime.now(UTC))
    clock_offset: timedelta = timedelta(0)
    rewrite: Rewrite = _keep
    containers: dict[str, Container] = field(default_factory=dict)
    people: dict[str, tuple[str, str | None]] = field(default_factory=dict)
    next_id: int = 1

    def container(self, name: str = "default") -> Container:
        """Return a container, made at first use."""
        return self.containers.setdefault(name, Container())

    def create(
        self, kind: RecordType, fields: Fields, *, by: str = "a person", where: str = "default", mark: str | None = None
    ) -> str:
        """Make an item and return its id."""
        identity = str(self.next_id)
        self.next_id += 1
        self._put(where, identity, kind, fields, by, mark)
        return identity

    def edit(self, identity: str, changes: Fields, *, by: str = "a person", where: str = "default") -> Item:
        """Change fields of an item."""
        item = self.container(where).items[identity]
        return self._put(where, identity, item.type, {**item.fields(), **changes}, by, item.mark, item.revision)

    def delete(self, identity: str, *, where: str = "default") -> None:
        """Put an item into the trash."""
        container = self.container(where)
        container.trash[identity] = container.items.pop(identity)
        container.log.append(identity)

    def restore(self, identity: str, *, where: str = "default") -> None:
        """Take an item back from the trash."""
        container = self.container(where)
        item = container.trash.pop(identity)
        self._put(where, identity, item.type, item.fields(), item.by, item.mark, item.revision)

    def move(self, identity: str, where: str, to: str) -> None:
        """Move an item to another container, under the same id."""
        self.container(to).items[identity] = self.container(where).items.pop(identity)
        self.container(where).log.append(identity)
        self.container(to).log.append(identity)

    def holder(self, identity: str) -> str | None:
        """Return the container in which an item lives."""
        return next((name for name, container in self.containers.items() if identity in container.items), None)

    def fields(self, where: str = "default") -> Mapping[str, dict[str, Value]]:
        """Return every live item's fields by id."""
        return {identity: item.fields() for identity, item in self.container(where).items.items()}

    def _put(
        self, where: str, identity: str, kind: RecordType, fields: Fields, by: str, mark: str | None, revision: int = 0
    ) -> Item:
        stored = encode(self.rewrite(kind, dict(fields)))
        at = (self.clock() + self.clock_offset).timestamp()
        item = Item(kind, revision + 1, stored, at, by, mark)
        container = self.container(where)
        container.items[identity] = item
        container.log.append(identity)
        return item


TOOLS: dict[str, MemoryTool] = {}
"""The accounts of this process, by base URL."""


def account(base_url: str) -> MemoryTool:
    """Return the account behind a base URL, made at first use."""
    return TOOLS.setdefault(base_url, MemoryTool())
