"""A community with a store and a configuration, whose records are set by hand, and its feeds over HTTP."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass, field, replace
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

from config.loader import Configuration, load
from config.models import CommunitySettings
from domain.fields import RecordType, complete
from domain.plan import Delta, Plan
from domain.records import Record
from domain.values import Value
from store import state
from store.store import Store
from sync.feeds import addresses
from sync.feeds.calendar import Kind
from sync.report import Report

NOW = datetime(2026, 11, 28, 12, tzinfo=UTC)
COMMUNITY = "data-practice"
ADA, BEN = "ada@example.org", "ben@example.org"
EVENT, TASK, MEMBER = RecordType.EVENT, RecordType.TASK, RecordType.MEMBER
_BLANK: dict[str, Any] = dict.fromkeys(
    ("links", "forgotten", "steps", "conflicts", "held", "questions", "deltas", "notes"), ()
) | dict.fromkeys(("wanted", "unsettled", "reread"), frozenset())


@dataclass
class Place:
    """One community; the clock is turned by hand."""

    folder: Path
    store: Store
    configuration: Configuration
    now: datetime = NOW
    records: dict[str, Record] = field(default_factory=dict)
    runs: int = 0

    def clock(self) -> datetime:
        return self.now

    @property
    def settings(self) -> CommunitySettings:
        return self.configuration.settings.communities[0]

    def member(self, identity: str, email: str, **fields: Value) -> str:
        record = Record(identity, MEMBER, complete(MEMBER, {"emails": frozenset({email}), **fields}))
        lease = self.store.acquire(COMMUNITY, "test", self.now)
        with self.store.writing(lease, self.now) as connection:
            state.save_members(connection, COMMUNITY, state.Met([record]))
        self.store.release(lease)
        return identity

    def event(self, identity: str, start: Value, end: Value, **fields: Value) -> str:
        given = {"title": identity, "start": start, "end": end, **fields}
        return self.put(Record(identity, EVENT, complete(EVENT, given)))

    def task(self, identity: str, due: Value, **fields: Value) -> str:
        return self.put(Record(identity, TASK, complete(TASK, {"title": identity, "due": due, **fields})))

    def deadline(self, identity: str, due: Value, **fields: Value) -> str:
        return self.task(identity, due, kind="milestone", **fields)

    def put(self, *records: Record) -> str:
        """Take records in, as a run does."""
        self.run(records, [Delta(one.id, "created", None, one.fields.get("title"), "a") for one in records])
        return records[-1].id

    def change(self, identity: str, **fields: Value) -> None:
        before = self.records[identity]
        deltas = [Delta(identity, name, before.fields.get(name), value, "a") for name, value in fields.items()]
        self.run([replace(before, fields={**before.fields, **fields})], deltas)

    def delete(self, identity: str) -> None:
        deltas = [Delta(identity, "deleted", None, "true", "a")]
        self.run([replace(self.records[identity], deleted=True)], deltas)

    def revive(self, identity: str) -> None:
        """Bring a record back the way a restored remote does: nothing of it is written into its history."""
        self.run([replace(self.records[identity], deleted=False)], [])

    def run(self, records: Any, deltas: list[Delta]) -> None:
        self.runs += 1
        self.now += timedelta(minutes=1)
        run, lease = f"run-{self.runs:05}", self.store.acquire(COMMUNITY, "test", self.now)
        self.store.begin_run(lease, run, self.now)
        self.records |= {one.id: one for one in records}
        plan = Plan(**{**_BLANK, "records": {one.id: one for one in records}, "deltas": deltas})
        self.store.absorb(lease, run, plan, frozenset(), {}, self.now)
        self.store.end_run(lease, run, "done", Report(run, COMMUNITY, {}).json(), self.now)
        self.store.release(lease)

    def address(self, kind: Kind = Kind.CALENDAR, email: str | None = None) -> str:
        """Make a feed and return its path."""
        made = addresses.add(self.store, self.configuration, self.settings, kind, email, self.now)
        return made.url.removeprefix(addresses.base_url(self.configuration))


def configured(folder: Path, url: str = "sqlite:///copsync.db", more: str = "", community: str = "") -> Configuration:
    """Write a configuration of one community without tools, and load it."""
    folder.mkdir(parents=True, exist_ok=True)
    text = f'[store]\nurl = "{url}"\n{more}\n[[communities]]\nid = "{COMMUNITY}"\nname = "Data Practice"\n'
    (folder / "copsync.toml").write_text(f'{text}time_zone = "Europe/Berlin"\n{community}\n', encoding="utf-8")
    return load(folder / "copsync.toml")


@contextmanager
def place(folder: Path, url: str = "sqlite:///copsync.db", **settings: str) -> Iterator[Place]:
    """Give a community with two members."""
    configuration = configured(folder, url, **settings)
    store = Store.open(url, folder)
    try:
        made = Place(folder, store, configuration)
        made.member("member-ada", ADA, name="Ada")
        made.member("member-ben", BEN, name="Ben")
        yield made
    finally:
        store.close()


def headers(found: Mapping[str, str], *names: str) -> dict[str, str | None]:
    """Return some headers, for comparing."""
    return {name: found.get(name) for name in names}
