"""The contract of a connector over a simulated tool: every call may fail, come late, or never come back."""

from __future__ import annotations

import asyncio
from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass, field
from datetime import timedelta
from typing import TYPE_CHECKING

from connectors.contract import (
    Connector,
    Container,
    Finding,
    Lost,
    Missing,
    Observation,
    Person,
    Remote,
    Sink,
    SpaceSetup,
    Write,
)
from domain.capabilities import Capabilities, Hold
from domain.errors import ConnectAgain, Paused, Retriable, SetAside, Stale, Uncertain
from domain.fields import RecordType
from domain.plan import Verb
from domain.values import Fields
from tests.simulation.faults import PER_CALL, PER_READ, PER_WRITE
from tests.simulation.tools import ELSEWHERE, HERE, Item, SimTool
from tests.simulation.truth import PEOPLE, REGISTERS, email_of

if TYPE_CHECKING:
    from tests.simulation.world import Process, World

PAGE = 2


class ViolationError(AssertionError):
    """An invariant does not hold."""


@dataclass(slots=True)
class SimConnection:
    """One process's connection to a tool; `asked` counts its requests by kind."""

    tool: SimTool
    world: World
    asked: Counter[str] = field(default_factory=Counter)
    connector: SimConnector | None = None

    @property
    def requests(self) -> int:
        return self.asked.total()

    @property
    def clock_offset(self) -> timedelta | None:
        return self.tool.clock_offset

    def space(self, setup: SpaceSetup) -> Connector:
        assert self.connector is not None, setup
        return self.connector

    async def check(self) -> Sequence[Finding]:
        return ()

    async def discover(self) -> Sequence[Container]:
        return ()

    async def aclose(self) -> None:
        pass


@dataclass(slots=True)
class SimConnector:
    """One process's connector of a space."""

    world: World
    process: Process
    tool: SimTool
    connection: SimConnection
    capabilities: Capabilities

    def view(self, remote: Remote) -> Fields:
        item: Item = remote.raw
        if item.poisoned:
            raise SetAside("It cannot be understood.", mend="Correct it in the tool.")
        return self.tool.shown(item)

    def settle(self, kind: RecordType, fields: Fields) -> Fields:
        return self.tool.ability.settle(kind, fields)

    def admits(self, kind: RecordType, fields: Fields) -> bool:
        return self.tool.ability.admits(kind, fields)

    async def check(self) -> Sequence[Finding]:
        return ()

    async def people(self) -> Sequence[Person]:
        await self._travel("people")
        self._trouble("people")
        accounts = sorted(self.tool.accounts.values(), key=lambda account: account.person)
        return [
            Person(one.person, f"Human {one.human}", None if one.email_hidden else email_of(one.human))
            for one in accounts
        ]

    async def observe(self, cursor: str | None, sink: Sink) -> Observation:
        await self._travel("observe")
        self._trouble("observe")
        fault = self.world.faults.among(PER_READ)
        if fault == "unreadable":
            raise Retriable("The tool is not there.")
        tool = self.tool
        if cursor is not None and (int(cursor) < tool.log_begins or fault == "cursor expired"):
            cursor = None
        if cursor is not None and fault == "cursor expired in mid-run":
            sink([remote for remote, _ in self._changed(cursor)[:1]])
            cursor = None
        end = str(tool.log_begins + len(tool.log))
        if cursor is None:
            return await self._listed(sink, end, fault)
        changed = self._changed(cursor)
        gone = self._gone(cursor)
        if fault == "false deletion" and tool.here():
            gone.append(self.world.faults.rng.choice(tool.here()))
        await self._hand_over([remote for remote, _ in changed], sink, fault)
        read = len(changed) + len(gone)
        return Observation(complete=False, cursor=end, read=read, gone=tuple(dict.fromkeys(gone)))

    def _remote(self, item: Item) -> Remote:
        kind = self.tool.ability.type
        return Remote(item.remote, str(item.revision), kind, item, item.modified, item.by, item.mark)

    def _dirty(self, cursor: str) -> dict[str, None]:
        return dict.fromkeys(self.tool.log[int(cursor) - self.tool.log_begins :])

    def _changed(self, cursor: str) -> list[tuple[Remote, Item]]:
        items = self.tool.items
        here = [items[one] for one in self._dirty(cursor) if one in items and items[one].container == HERE]
        return [(self._remote(item), item) for item in here]

    def _gone(self, cursor: str) -> list[str]:
        items = self.tool.items
        return [one for one in self._dirty(cursor) if one not in items or items[one].container != HERE]

    async def _listed(self, sink: Sink, end: str, fault: str | None) -> Observation:
        """Read everything; a read that is cut short looks complete, as vendors' short pages do."""
        items = [self._remote(self.tool.items[one]) for one in self.tool.here()]
        rng = self.world.faults.rng
        if fault == "empty list":
            items = []
        if fault == "truncated list":
            items = items[: rng.randrange(len(items) + 1)]
        if fault in ("empty list", "truncated list"):
            self.world.hidden = True
        await self._hand_over(items, sink, fault)
        return Observation(complete=True, cursor=end, read=len(items))

    async def _hand_over(self, items: list[Remote], sink: Sink, fault: str | None) -> None:
        """Hand over page by page, in the tool's own order; another request may come between."""
        rng = self.world.faults.rng
        if len(items) > 1 and self.world.faults.on:
            rng.shuffle(items)
        pages = [items[start : start + PAGE] for start in range(0, len(items), PAGE)] or [[]]
        if fault == "page skipped":
            self.world.hidden = True
            del pages[rng.randrange(len(pages))]
        if fault == "page repeated":
            pages.append(rng.choice(pages))
        for number, page in enumerate(pages):
            if number and self.world.faults.on:
                await self._travel(None)
            if number and fault == "broken off":
                raise Retriable("The tool stopped answering.")
            sink(page)

    async def fetch(self, kind: RecordType, remote: str) -> Remote | Missing:
        await self._travel("fetch")
        self._trouble("fetch")
        item = self.tool.items.get(remote)
        if item is None:
            self.world.confirmed_gone.add((self.tool.name, remote))
            return Missing.GONE
        if item.container == ELSEWHERE:
            return Missing.OUT_OF_SCOPE
        if not self.tool.ability.can.conditional:
            self.tool.busy.add(remote)
        return self._remote(item)

    async def find(self, lost: Lost) -> Sequence[Remote]:
        await self._travel("find")
        self._trouble("find")
        items = [self.tool.items[one] for one in self.tool.here()]
        if self.tool.ability.marks:
            return [self._remote(item) for item in items if item.mark == lost.mark]
        since = lost.since + self.tool.clock_offset - timedelta(minutes=5)
        alike = [
            item
            for item in items
            if item.made_by == "copsync" and item.created >= since and self._is_alike(item, lost.view)
        ]
        return [
            self._remote(item) for item in sorted(alike, key=lambda item: (item.created, len(item.remote), item.remote))
        ]

    def _is_alike(self, item: Item, view: Fields) -> bool:
        shown = self.tool.shown(item)
        return all(shown.get(name) == view.get(name) for name in self.tool.ability.alike)

    async def write(self, write: Write) -> Remote | None:
        freezes = self.process.freezes
        await self._travel("write")
        if self.process.freezes != freezes:  # no request outlives a sleep of minutes
            raise Uncertain("The connection was gone.")
        fault = self._trouble("write")
        if fault == "refused once" or write.mark in self.tool.refuses:
            raise SetAside("The tool refuses this.", mend="Correct it.")
        if fault == "spurious conflict" and write.remote is not None:
            raise Stale("It moved.")
        if fault == "connection cut":
            raise Uncertain("The connection broke before the answer.")
        answer = self._carry_out(write)
        await self._travel(None)
        if fault == "answer lost":
            if write.verb is Verb.CREATE:  # found again in the same run, it is compared as at first contact
                self.world.truth.unheard.add((self.tool.name, write.mark))
            raise Uncertain("The answer was lost.")
        return answer

    def _carry_out(self, write: Write) -> Remote | None:
        tool, world = self.tool, self.world
        world.before_write(self, write)
        people = write.fields.get(PEOPLE)
        if isinstance(people, frozenset) and not people <= self._accounts(write):
            raise SetAside("There is no such account.", mend="Name somebody else.")
        if write.remote is None:
            item = tool.create(write.view, by="copsync", mark=write.mark)
            self._note(item, write, item.fields)
            if item.mark is None:
                world.truth.made_unmarked(tool.name, item.remote, write.mark)
            return self._remote(item)
        held = tool.items.get(write.remote)
        if held is None or held.container != HERE or self._moved(held, write):
            raise Stale(f"The item {write.remote} changed in the meantime.")
        tool.busy.discard(write.remote)
        world.before_change(tool, held, write)
        if write.verb is Verb.DELETE:
            tool.delete(write.remote)
            world.truth.deleted_by_copsync.add((tool.name, write.remote))
            world.tell(f"  copsync deletes {tool.name}/{write.remote}")
            return None
        whole = tool.ability.replaces and write.current is not None
        fields = {**write.current.raw.fields, **write.fields} if whole and write.current else write.fields
        item = tool.change(write.remote, fields, by="copsync", whole=whole)
        self._note(item, write, write.fields)
        return self._remote(item)

    def _accounts(self, write: Write) -> frozenset[str]:
        """Return who may be named in an item: whoever has an account, and whoever is named there already."""
        named = self.tool.items[write.remote].fields.get(PEOPLE) if write.remote in self.tool.items else None
        return frozenset(self.tool.accounts) | (named if isinstance(named, frozenset) else frozenset())

    def _moved(self, held: Item, write: Write) -> bool:
        return self.tool.ability.can.conditional and str(held.revision) != write.version

    def _note(self, item: Item, write: Write, fields: Fields) -> None:
        changed = {name: item.fields[name] for name in REGISTERS if name in fields and name in item.fields}
        self.world.truth.wrote(self.tool.name, item.remote, write.mark, changed)
        if self.world.tracing:
            what = {name: value for name, value in sorted(fields.items()) if value}
            self.world.tell(f"  copsync writes {self.tool.name}/{item.remote} {write.verb} {_words(what)}")

    async def _travel(self, kind: str | None) -> None:
        """Let the request be under way: anything may happen meanwhile."""
        self.process.must_live()
        if kind:
            self.connection.asked[kind] += 1
        if self.world.faults.on:
            rng = self.world.rng
            await asyncio.sleep(rng.random() * 2 if rng.random() < 0.2 else 0)
            self.process.must_live()

    def _trouble(self, kind: str) -> str | None:
        """Raise what stops this call before the tool does anything; return what else goes wrong with a write."""
        if self.tool.closed == "token revoked":
            raise ConnectAgain("The token is not accepted.")
        if self.tool.closed is not None:
            raise Paused(f"The space is closed: {self.tool.closed}.", mend="Open it again.")
        fault = self.world.faults.among(PER_WRITE if kind == "write" else PER_CALL)
        if fault == "busy":
            raise Retriable("The tool is busy.")
        if fault == "rate limited":
            raise Retriable("Too many requests.", retry_after=90.0)
        return fault

    def readable_fields(self) -> frozenset[str]:
        """Return the fields that copsync may not write."""
        fields = self.tool.ability.can.fields
        return frozenset(name for name, held in fields.items() if held.hold is Hold.READ)


def _words(fields: Fields) -> str:
    return ", ".join(f"{name}={sorted(v) if isinstance(v, frozenset) else v!r}" for name, v in fields.items())
