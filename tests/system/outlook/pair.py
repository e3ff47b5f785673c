"""An Outlook calendar and a memory tool in one community, and what people do to series in both."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, replace
from datetime import UTC, date, datetime, timedelta
from pathlib import Path
from typing import Any
from zoneinfo import ZoneInfo

import httpx
from starlette.types import ASGIApp

from config.loader import load
from connectors.memory.tool import TOOLS, MemoryTool
from domain.fields import RecordType, complete
from domain.recurrence.expand import Window, occurrences
from domain.recurrence.series import Series, fields_from_series, series_from_fields
from domain.values import Fields, instant
from sandbox.faults import Faults
from sandbox.microsoft365 import GraphState, create_app
from sandbox.server import serve
from store.store import Store
from sync.report import Exit, Report
from sync.run import Wish, sync
from sync.wiring import Wiring
from tests.conformance.microsoft365 import Conforming, conforming, spec_missing

Json = dict[str, Any]
EVENT = RecordType.EVENT
BERLIN = ZoneInfo("Europe/Berlin")
MAILBOX = "data-practice@example.org"
TODAY = datetime.now(BERLIN).replace(hour=12, minute=0, second=0, microsecond=0)
MONDAY = (TODAY + timedelta(days=7 - TODAY.weekday())).date()
"""The next Monday: what is laid out ahead of time begins today."""

YEARS = Window(
    datetime(MONDAY.year, MONDAY.month, 1, tzinfo=UTC), datetime(MONDAY.year + 3, MONDAY.month, 1, tzinfo=UTC)
)
COMING = Window(TODAY.replace(hour=0), TODAY.replace(hour=0) + timedelta(days=364))

Times = list[tuple[str, str, str, str]]
"""What takes place: start, end, title, place."""


def at(day: date, hour: int, minute: int = 0, zone: ZoneInfo = BERLIN) -> datetime:
    return instant(datetime(day.year, day.month, day.day, hour, minute, tzinfo=zone))


@dataclass
class Pair:
    """Both tools, and one installation of copsync."""

    graph: GraphState
    faults: Faults
    url: str
    memory: MemoryTool
    configuration: Any
    store: Store
    person: httpx.Client

    async def sync(self, *, full: bool = False) -> Report:
        async with Wiring(self.configuration) as wiring:
            (settings,) = wiring.community_settings(None)
            return await sync(wiring.community(settings), self.store, lambda: datetime.now(UTC), Wish(full))

    async def in_step(self) -> Report:
        """Sync, and assert that nothing is left to do, neither now nor by a full read."""
        report = await self.sync()
        assert report.exit == Exit.IN_STEP, (report.steps, report.notes, report.held)
        for full in (False, True):
            written = len(self.writes())
            again = await self.sync(full=full)
            assert again.steps == [], report.steps
            assert len(self.writes()) == written
        return report

    def writes(self) -> list[tuple[str, str, int]]:
        return [one for one in self.graph.requests if one[0] != "GET"]

    # What people do in the other tool.

    def make(self, series: Series, **fields: Any) -> str:
        values = {"title": "Book club", "location": "Room 1", **fields, **fields_from_series(series)}
        return self.memory.create(EVENT, complete(EVENT, values))

    def change(self, act: Callable[[Series], Series], identity: str | None = None) -> None:
        """Change a series in the other tool."""
        identity, fields = self.only(identity)
        series = series_from_fields(fields)
        assert series is not None
        self.memory.edit(identity, fields_from_series(act(series)))

    def only(self, identity: str | None = None) -> tuple[str, Fields]:
        items = self.memory.fields()
        ((one, fields),) = [(key, value) for key, value in items.items() if identity in (None, key)]
        return one, fields

    # What people do in Outlook.

    def ask(self, method: str, path: str, **more: Any) -> Json:
        answer = self.person.request(method, f"{self.url}/users/{MAILBOX}{path}", **more)
        assert answer.is_success, answer.text
        return dict(answer.json()) if answer.content else {}

    def put(self, start: datetime | date, length: timedelta, recurrence: Json | None = None, **more: Any) -> str:
        body = {"subject": "Book club", "location": {"displayName": "Room 1"}, **span(start, length), **more}
        body |= {"recurrence": recurrence} if recurrence else {}
        return str(self.ask("POST", "/calendar/events", json=body)["id"])

    def events(self) -> list[Json]:
        return list(self.ask("GET", "/calendar/events", params={"$top": "1000"})["value"])

    def master(self) -> Json:
        (found,) = [row for row in self.events() if row["type"] == "seriesMaster"]
        return found

    def occurrence(self, day: date) -> Json:
        """Return what a series of Outlook has on a day."""
        rows = self.view(datetime(day.year, day.month, day.day, tzinfo=UTC), timedelta(days=1))
        (found,) = [row for row in rows if row["start"]["dateTime"][:10] == day.isoformat()]
        return found

    def view(self, start: datetime, length: timedelta) -> list[Json]:
        window = {"startDateTime": f"{start:%Y-%m-%dT%H:%M:%SZ}", "endDateTime": f"{start + length:%Y-%m-%dT%H:%M:%SZ}"}
        rows: list[Json] = []
        path: str | None = "/calendarView"
        query: Mapping[str, str] = {**window, "$top": "1000"}
        while path:
            page = self.ask("GET", path, params=query)
            rows += page["value"]
            path = str(page.get("@odata.nextLink", "")).partition(MAILBOX)[2] or None
            query = {}
        return rows

    # What both show.

    def outlook(self, window: Window = YEARS) -> Times:
        """Return what Outlook shows people in a stretch of time."""
        rows = self.view(window.start, window.end - window.start)
        found = [
            (_when(row, "start"), _when(row, "end"), row["subject"], row["location"]["displayName"]) for row in rows
        ]
        return sorted(found)

    def other(self, window: Window = YEARS) -> Times:
        """Return what the other tool holds in a stretch of time."""
        return sorted(line for fields in self.memory.fields().values() for line in _told(fields, window))

    def both(self, window: Window = YEARS) -> Times:
        """Return what takes place, the same in both."""
        shown = self.outlook(window)
        assert shown == self.other(window)
        return shown


def _span(row: Json) -> tuple[str, str]:
    return _when(row, "start"), _when(row, "end")


def _when(row: Json, name: str) -> str:
    text = str(row[name]["dateTime"])
    return text[:10] if row["isAllDay"] else f"{text[:19]}Z"


def _told(fields: Fields, window: Window) -> Iterator[tuple[str, str, str, str]]:
    title, place = str(fields["title"]), str(fields.get("location") or "")
    series = series_from_fields(fields)
    if series is None:
        yield (_text(fields["start"]), _text(fields["end"]), title, place)
        return
    for one in occurrences(series, window):
        own = one.fields
        yield (_text(one.start), _text(one.end), str(own.get("title", title)), str(own.get("location", place)))


def _text(value: Any) -> str:
    return f"{value:%Y-%m-%dT%H:%M:%SZ}" if isinstance(value, datetime) else value.isoformat()


def span(start: datetime | date, length: timedelta, zone: str = "W. Europe Standard Time") -> Json:
    """The properties of an event from a wall time in Berlin on, or of whole days."""
    all_day = not isinstance(start, datetime)
    ends = [start, start + length]
    texts = [f"{one.isoformat()}T00:00:00" if all_day else f"{one:%Y-%m-%dT%H:%M:%S}" for one in ends]
    return {
        "isAllDay": all_day,
        "start": {"dateTime": texts[0], "timeZone": zone},
        "end": {"dateTime": texts[1], "timeZone": zone},
    }


def weekly(start: date, **limits: Any) -> Json:
    """Every week on the day of the week of its start."""
    pattern = {"type": "weekly", "interval": 1, "daysOfWeek": [f"{start:%A}".lower()], "firstDayOfWeek": "monday"}
    return {"pattern": pattern, "range": {"type": "noEnd", "startDate": start.isoformat(), **limits}}


def titles(rows: Sequence[Fields]) -> list[str]:
    return sorted(str(row["title"]) for row in rows)


_CONFIG = """\
[store]
url = "sqlite:///copsync.db"
[connections.m365]
tool = "microsoft365"
base_url = "{url}"
token = {{ env = "M365_TOKEN" }}
limits = {{ requests = 10000, seconds = 1, at_once = 4 }}
[connections.memory]
tool = "memory"
base_url = "{memory}"
[[communities]]
id = "data-practice"
name = "Data Practice"
time_zone = "Europe/Berlin"
{community}
[communities.policy]
max_deletes = {{ count = 1000, share = 1.0 }}
[[communities.spaces]]
name = "outlook"
connection = "m365"
mailbox = "data-practice@example.org"
{space}
[[communities.spaces]]
name = "other"
connection = "memory"
"""


@contextmanager
def pair(folder: Path, *, community: str = "", space: str = "") -> Iterator[Pair]:
    """Set both tools up; every exchange is held against the published description where that is at hand."""
    graph = GraphState()
    graph.add_mailbox(MAILBOX, "Data Practice")
    graph.add_token("app", mailboxes={MAILBOX})
    graph.add_token("anna", mailboxes={MAILBOX}, user="anna@example.org")
    app: ASGIApp = create_app(graph)
    checker = conforming(app) if spec_missing() is None else None
    faults = Faults(checker or app)
    address = f"memory://{folder.name}"
    TOOLS[address] = memory = MemoryTool()
    with serve({"microsoft365": faults}) as urls:
        path = folder / "copsync.toml"
        text = _CONFIG.format(url=urls["microsoft365"], memory=address, community=community, space=space)
        path.write_text(text, encoding="utf-8")
        read = load(path)
        configuration = replace(read, environment={**read.environment, "M365_TOKEN": "app"})
        store = Store.open(configuration.settings.store.url, configuration.folder)
        headers = {"Authorization": "Bearer anna", "Prefer": 'IdType="ImmutableId"'}
        with httpx.Client(headers=headers, timeout=10) as person:
            try:
                yield Pair(graph, faults, urls["microsoft365"], memory, configuration, store, person)
            finally:
                faults.clear()
                store.close()
                del TOOLS[address]
    if isinstance(checker, Conforming):
        assert checker.violations == []
