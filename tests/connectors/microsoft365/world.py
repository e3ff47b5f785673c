"""A mailbox on the stand-in, people who work in it, and our connector beside them."""

from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, field
from datetime import UTC, date, datetime, timedelta
from typing import Any, Literal
from zoneinfo import ZoneInfo

import httpx
from pydantic import SecretStr

from connectors.contract import ConnectionSetup, Connector, Lost, Observation, Remote, SpaceSetup, Write
from connectors.http import Patience
from connectors.microsoft365.connection import Microsoft365Connection
from connectors.microsoft365.marks import PROPERTY
from connectors.microsoft365.options import ConnectionOptions, SpaceOptions
from domain.fields import RecordType
from domain.plan import Verb
from domain.values import Fields, Value
from sandbox.faults import Faults
from sandbox.microsoft365 import GraphState
from sandbox.microsoft365.events import Writer
from sandbox.microsoft365.mailbox import Mailbox

Json = dict[str, Any]
MAILBOX = "data-practice@example.org"
BERLIN = ZoneInfo("Europe/Berlin")
WINDOWS_BERLIN = "W. Europe Standard Time"
START = datetime(2026, 3, 10, 16, 0, tzinfo=UTC)
PATIENCE = Patience(attempts=3, first=0.001, longest=0.002, retry_after=2)


class Clock:
    """A clock that moves when told to."""

    def __init__(self) -> None:
        self.at = datetime(2026, 3, 2, 9, 0, 0, 123456, tzinfo=UTC)

    def __call__(self) -> datetime:
        return self.at

    def move(self, **by: float) -> None:
        self.at += timedelta(**by)


@dataclass
class Read:
    """One observation with what it handed over."""

    outcome: Observation
    remotes: list[Remote]
    pages: int

    @property
    def ids(self) -> list[str]:
        return [remote.id for remote in self.remotes]


@dataclass
class World:
    """The stand-in, served; the people's client; and connections of ours, closed at the end.

    `mailbox` holds the calendar, `place` says so in a space's options, `path` leads there.
    """

    state: GraphState
    clock: Clock
    url: str
    faults: Faults
    person: httpx.AsyncClient
    mailbox: Mailbox
    place: Json = field(default_factory=lambda: {"mailbox": MAILBOX})
    path: str = f"/users/{MAILBOX}"
    _open: list[Microsoft365Connection] = field(default_factory=list)

    def connection(self, token: str = "app", **more: Any) -> Microsoft365Connection:
        setup = ConnectionSetup("m365", self.url, SecretStr(token), ConnectionOptions())
        made = Microsoft365Connection(setup, **{"patience": PATIENCE, **more})
        self._open.append(made)
        return made

    def connector(
        self,
        connection: Microsoft365Connection | None = None,
        *,
        show: Literal["milestones", "all", "none"] = "milestones",
        **options: Any,
    ) -> Connector:
        chosen = SpaceOptions(**{**self.place, **options})
        setup = SpaceSetup("calendar", "data-practice", BERLIN, chosen, show)
        return (connection or self.connection()).space(setup)

    async def close(self) -> None:
        for connection in self._open:
            await connection.aclose()

    @contextmanager
    def counting(self) -> Iterator[list[str]]:
        """Collect the requests of a block, as "METHOD path"."""
        begin, found = len(self.faults.seen), list[str]()
        yield found
        found += [f"{seen.method} {seen.path.removeprefix('/v1.0')}" for seen in list(self.faults.seen)[begin:]]

    # What people do in Outlook.

    async def put(self, subject: str = "Gathering", *, where: str = "/calendar", **more: Any) -> str:
        """Create an event as a person and return its immutable id."""
        answer = await self._ask("POST", f"{where}/events", json={**event(subject), **more})
        return str(answer["id"])

    async def edit(self, identity: str, **changes: Any) -> Json:
        self.clock.move(seconds=1)
        return await self._ask("PATCH", f"/events/{identity}", json=changes)

    async def trash(self, identity: str) -> None:
        self.clock.move(seconds=1)
        await self._ask("DELETE", f"/events/{identity}")

    async def stored(self, identity: Remote | str | None) -> Json:
        """Return an event as a person sees it, with our mark."""
        found = identity.id if isinstance(identity, Remote) else identity
        return await self._ask(
            "GET", f"/events/{found}", params={"$expand": f"{_EXTENDED}($filter=id eq '{PROPERTY}')"}
        )

    async def all(self) -> list[Json]:
        return list((await self._ask("GET", "/calendar/events", params={"$top": "1000"}))["value"])

    def fill(self, count: int) -> None:
        """Put many events into the calendar."""
        writer = Writer(self.state, self.mailbox)
        for number in range(count):
            writer.create(self.mailbox.default_calendar, event(f"Event {number}"))

    def move(self, identity: str, folder: int) -> None:
        """Put an event into another folder; numbers without a calendar stand for other folders."""
        self.mailbox.item(identity).event.calendar = folder

    async def _ask(self, method: str, path: str, **more: Any) -> Json:
        answer = await self.person.request(method, f"{self.url}{self.path}{path}", **more)
        assert answer.is_success, answer.text
        return dict(answer.json()) if answer.content else {}


_EXTENDED = "singleValueExtendedProperties"


def at(text: str, zone: str = WINDOWS_BERLIN) -> Json:
    return {"dateTime": text, "timeZone": zone}


def event(subject: str = "Gathering", start: str = "2026-03-10T17:00:00", **more: Any) -> Json:
    """The body of an event of one hour in Berlin."""
    end = (datetime.fromisoformat(start) + timedelta(hours=1)).isoformat()
    return {"subject": subject, "start": at(start), "end": at(end), **more}


def whole_days(first: str, after: str, zone: str = WINDOWS_BERLIN) -> Json:
    """The fields of an all-day event; `after` is the day after its last."""
    return {"isAllDay": True, "start": at(f"{first}T00:00:00", zone), "end": at(f"{after}T00:00:00", zone)}


def weekly(start: str = "2026-03-10") -> Json:
    pattern = {"type": "weekly", "interval": 1, "daysOfWeek": ["tuesday"], "firstDayOfWeek": "monday"}
    return {"recurrence": {"pattern": pattern, "range": {"type": "noEnd", "startDate": start}}}


async def read(connector: Connector, cursor: str | None = None) -> Read:
    remotes: list[Remote] = []
    pages: list[int] = []

    def sink(some: Sequence[Remote]) -> None:
        remotes.extend(some)
        pages.append(len(some))

    outcome = await connector.observe(cursor, sink)
    return Read(outcome, remotes, len(pages))


async def get(connector: Connector, identity: str, kind: RecordType = RecordType.EVENT) -> Remote:
    found = await connector.fetch(kind, identity)
    assert isinstance(found, Remote), found
    return found


def event_view(**fields: Value) -> dict[str, Value]:
    """The writable view of an event, with some fields of one's own."""
    return {
        "title": "Gathering",
        "notes": "",
        "start": START,
        "end": START + timedelta(hours=1),
        "zone": "Europe/Berlin",
        "location": "",
        **fields,
    }


def creation(connector: Connector, kind: RecordType, view: Fields, *, key: str = "key-event") -> Write:
    return creation_of(kind, connector.settle(kind, view), key=key)


def creation_of(kind: RecordType, view: Fields, *, key: str = "key-event") -> Write:
    """The write that creates what shows a settled view."""
    given = {name: value for name, value in view.items() if value}
    word = "milestone" if kind is RecordType.TASK else "event"
    return Write(Verb.CREATE, kind, word, "record-1", key, None, given, view)


async def make(connector: Connector, kind: RecordType = RecordType.EVENT, /, **fields: Value) -> Remote:
    """Create an event, or the sign of a deadline, as sync does."""
    view = event_view(**fields) if kind is RecordType.EVENT else {"title": "Report due", "due": day(10), **fields}
    done = await connector.write(creation(connector, kind, view, key=f"key-{kind}"))
    assert done is not None
    return done


def update(connector: Connector, before: Remote, **new: Value) -> Write:
    """The write that changes some fields of what was read before."""
    base = connector.view(before)
    view = connector.settle(before.type, {**base, **new})
    fields = {name: view[name] for name in new}
    word = "milestone" if before.type is RecordType.TASK else "event"
    return Write(Verb.UPDATE, before.type, word, "record-1", "key-2", before.id, fields, view, base, before.version)


async def change(connector: Connector, before: Remote, **new: Value) -> Remote:
    done = await connector.write(update(connector, before, **new))
    assert done is not None
    return done


def deletion(connector: Connector, before: Remote) -> Write:
    base = connector.view(before)
    return Write(Verb.DELETE, before.type, "event", "record-1", "key-3", before.id, {}, {}, base, before.version)


def lost(connector: Connector, kind: RecordType, view: Fields, since: datetime, *, key: str = "key-event") -> Lost:
    return Lost(kind, "event", "record-1", key, connector.settle(kind, view), since)


def day(number: int) -> date:
    return date(2026, 3, number)
