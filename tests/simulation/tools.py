"""A tool of the simulated world: items with versions, a log of changes, a trash, and people who have accounts."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, field, replace
from datetime import UTC, datetime, timedelta

from domain.fields import DEFAULTS
from domain.values import Fields, Value
from tests.simulation.abilities import Ability

START = datetime(2026, 3, 2, 12, tzinfo=UTC)
HERE, ELSEWHERE = "here", "elsewhere"


@dataclass(frozen=True, slots=True)
class Item:
    """One object as the tool keeps it; every change makes a new one."""

    remote: str
    revision: int
    fields: Fields
    modified: datetime
    created: datetime
    by: str
    mark: str | None = None
    made_by: str = "a person"
    container: str = HERE
    poisoned: bool = False


@dataclass(slots=True)
class Account:
    """Somebody's account in a tool; the human behind it may change accounts."""

    person: str
    human: int
    email_hidden: bool = False


@dataclass(slots=True)
class SimTool:
    """One tool. Time is the world's, seen through the tool's own clock."""

    name: str
    ability: Ability
    now: Callable[[], float]
    clock_offset: timedelta = timedelta(0)
    items: dict[str, Item] = field(default_factory=dict)
    trash: dict[str, Item] = field(default_factory=dict)
    versions: dict[str, list[Item]] = field(default_factory=dict)
    log: list[str] = field(default_factory=list)
    log_begins: int = 0
    accounts: dict[str, Account] = field(default_factory=dict)
    closed: str | None = None
    busy: set[str] = field(default_factory=set)
    refuses: set[str] = field(default_factory=set)
    serial: int = 0
    requests: dict[str, int] = field(default_factory=dict)

    def here(self) -> list[str]:
        """Return the ids of what is mirrored, in order."""
        return [remote for remote, item in self.items.items() if item.container == HERE]

    def shown(self, item: Item) -> dict[str, Value]:
        """Return what the tool shows of an item, by name; what it cannot hold is not there."""
        return self.ability.reads(dict(item.fields))

    def create(self, fields: Fields, *, by: str = "a person", mark: str | None = None, container: str = HERE) -> Item:
        """Make an item."""
        self.serial += 1
        remote = f"{self.name}-{self.serial}"
        now = self._clock()
        held = self.ability.can.fields
        blank: dict[str, Value] = {name: DEFAULTS[self.ability.type][name] for name in held}
        kept = {name: value for name, value in fields.items() if name in held}
        stored = self._stored({**blank, **kept}, now)
        kept_mark = mark if self.ability.marks else None
        item = Item(remote, 1, stored, now, now, by, kept_mark, by, container)
        return self._keep(item)

    def change(self, remote: str, changes: Fields, *, by: str = "a person", whole: bool = False) -> Item:
        """Change fields of an item (`whole`: these are all of them)."""
        item = self.items[remote]
        now = self._clock()
        fields = dict(changes) if whole else {**item.fields, **changes}
        if "completed_at" in item.fields:
            fields["completed_at"] = item.fields["completed_at"]
        stored = self._stored(fields, now)
        return self._keep(replace(item, revision=item.revision + 1, fields=stored, modified=now, by=by, poisoned=False))

    def touch(self, remote: str, **changes: object) -> Item:
        """Change what is no field of an item, such as its container."""
        item = self.items[remote]
        return self._keep(replace(item, revision=item.revision + 1, **changes))  # type: ignore[arg-type]

    def delete(self, remote: str) -> None:
        """Put an item into the trash, or away for good; what belonged under it now stands alone."""
        item = self.items.pop(remote)
        if self.ability.can.trash:
            self.trash[remote] = item
        self.log.append(remote)
        for child in [one for one in self.items.values() if one.fields.get("parent") == remote]:
            self._keep(replace(child, revision=child.revision + 1, fields={**child.fields, "parent": None}))

    def restore(self, remote: str) -> Item:
        """Take an item back from the trash; a parent that is no longer there is forgotten."""
        item = self.trash.pop(remote)
        parent = item.fields.get("parent")
        gone = isinstance(parent, str) and parent not in self.items
        fields = {**item.fields, "parent": None} if gone else item.fields
        return self._keep(replace(item, revision=item.revision + 1, fields=fields, container=HERE))

    def _clock(self) -> datetime:
        return START + timedelta(seconds=round(self.now())) + self.clock_offset

    def _stored(self, fields: dict[str, Value], now: datetime) -> dict[str, Value]:
        stored = self.ability.rewrite(fields)
        if "completed_at" in stored:
            done = stored.get("state") == "done"
            stored["completed_at"] = (stored["completed_at"] or now) if done else None
        return stored

    def _keep(self, item: Item) -> Item:
        self.items[item.remote] = item
        self.versions.setdefault(item.remote, []).append(item)
        self.log.append(item.remote)
        return item
