"""Series between Basecamp (served for real) and a tool that holds them whole: whole runs of sync, both ways."""

from __future__ import annotations

from collections.abc import AsyncIterator, Callable
from dataclasses import dataclass
from datetime import UTC, date, datetime, timedelta
from pathlib import Path
from typing import Any
from zoneinfo import ZoneInfo

import pytest

from connectors.memory.capabilities import EVERYTHING
from connectors.memory.connector import MemoryConnection
from connectors.memory.tool import TOOLS, MemoryTool
from domain.fields import RecordType, recurs
from domain.policy import Cap, Policy
from domain.recurrence import change
from domain.recurrence.layout import ahead, event_fields, layout
from domain.recurrence.series import Series, fields_from_series, make_series, series_from_fields
from domain.recurrence.split import split
from domain.values import Fields, instant
from sandbox.basecamp.records import Comment, Entry
from sandbox.basecamp.recurrence import Recurrence
from sandbox.faults import Fault
from store.store import Store
from sync.community import BoundSpace, Community
from sync.report import Exit, Report
from sync.run import Wish, preview, sync
from tests.connectors.basecamp.conftest import World
from tests.sync.faulty import FaultyConnector

EVENT = RecordType.EVENT
BERLIN = ZoneInfo("Europe/Berlin")
HOUR = timedelta(hours=1)
FIRST = instant(datetime(2026, 6, 3, 18, tzinfo=BERLIN))
MONTHLY = make_series(FIRST, FIRST + 2 * HOUR, "Europe/Berlin", "FREQ=MONTHLY;BYDAY=1WE")
SHORT = make_series(FIRST, FIRST + 2 * HOUR, "Europe/Berlin", "FREQ=WEEKLY;UNTIL=20260708")


@dataclass
class Both:
    """A community in Basecamp and in a tool in memory, on one clock."""

    world: World
    store: Store
    tool: MemoryTool

    async def sync(self, *, full: bool = False, approved: frozenset[tuple[str, str]] = frozenset()) -> Report:
        self.world.clock.move(minutes=1)
        report = await sync(self.community(), self.store, self.world.clock, Wish(full, approved))
        self.world.clock.move(minutes=1)
        return report

    async def plan(self) -> Report:
        return await preview(self.community(), self.store, self.world.clock)

    def community(self) -> Community:
        connection = self.world.connection()
        memory = MemoryConnection("memory://whole")
        whole = FaultyConnector(self.tool, capabilities=EVERYTHING, count=memory._count)
        spaces = [
            BoundSpace("whole", "memory", whole, memory, "memory"),
            BoundSpace("basecamp", "basecamp", self.world.bound(connection), connection, "basecamp"),
        ]
        return Community("town", "Town", BERLIN, Policy(max_deletes=Cap(100, 1.0)), spaces)

    def begin(self, series: Series, title: str = "Book club") -> str:
        return self.tool.create(EVENT, {"title": title, "notes": "Bring a book.", **fields_from_series(series)})

    def edit(self, remote: str, series: Series, **fields: Any) -> None:
        self.tool.edit(remote, {**fields, **fields_from_series(series)})

    def entries(self) -> list[Entry]:
        found = self.world.state.recordings.values()
        return [one for one in found if isinstance(one, Entry) and one.status == "active"]

    def entry(self, day: date) -> Entry:
        return next(one for one in self.entries() if _day(one.starts_at) == day)

    def series(self) -> list[Series]:
        found = [series_from_fields(one) for one in self.tool.fields().values()]
        return [one for one in found if one is not None]

    def agree(self) -> None:
        """Assert that Basecamp holds what lies ahead, expanded by its own rules, and nothing else."""
        window = ahead(self.world.clock().astimezone(BERLIN))
        wanted = [
            _told(event_fields(one, occurrence))
            for one in self.tool.fields().values()
            if (series := series_from_fields(one))
            for occurrence in layout(series, window).values()
        ]
        wanted += [_told(one) for one in self.tool.fields().values() if not recurs(EVENT, one)]
        held = [one for entry in self.entries() for one in _expanded(entry)]
        here = [one for one in held if window.holds(one[0], one[1])]
        assert sorted(map(str, here)) == sorted(map(str, wanted))

    async def settled(self) -> None:
        self.agree()
        assert (await self.sync()).steps == []
        report = await self.sync(full=True)
        assert (report.steps, report.exit) == ([], Exit.IN_STEP)

    def says(self, about: Entry, times: int) -> None:
        for _ in range(times):
            self.world.state.create(
                Comment, self.world.project, about.id, self.world.ids["ben"], about=about.title, content="Hm"
            )


def _day(when: date | datetime) -> date:
    return when.astimezone(BERLIN).date() if isinstance(when, datetime) else when


def _told(one: Fields) -> tuple[Any, ...]:
    return one["start"], one["end"], one["title"]


def _expanded(entry: Entry) -> list[tuple[Any, ...]]:
    end: Any = entry.ends_at + timedelta(days=1) if entry.all_day else entry.ends_at
    if entry.recurrence is None:
        return [(entry.starts_at, end, entry.title)]
    assert isinstance(entry.starts_at, datetime)
    clock, length = ZoneInfo(entry.recurrence.zone), end - entry.starts_at
    wall = entry.starts_at.astimezone(clock).time()
    starts = [datetime.combine(day, wall, clock).astimezone(UTC) for day in entry.recurrence.dates()]
    return [(start, start + length, entry.title) for start in starts]


@pytest.fixture
async def both(world: World, tmp_path: Path) -> AsyncIterator[Both]:
    TOOLS.clear()
    tool = TOOLS["memory://whole"] = MemoryTool(clock=world.clock)
    store = Store.open("sqlite:///town.db", tmp_path)
    yield Both(world, store, tool)
    store.close()


async def test_a_series_is_laid_out_and_extended(both: Both) -> None:
    both.begin(MONTHLY)
    report = await both.sync()
    assert report.spaces["basecamp"].created == 12
    assert all(entry.recurrence is None for entry in both.entries())
    await both.settled()
    both.world.clock.move(days=92)
    report = await both.sync()
    assert (report.spaces["basecamp"].created, report.spaces["basecamp"].deleted) == (3, 0)
    await both.settled()


ZONES = [
    "Europe/Berlin",
    "America/New_York",
    "Australia/Lord_Howe",
    "Asia/Kolkata",
    "America/Sao_Paulo",
    "Africa/Lagos",
]
RULES = {
    "month ends": ("FREQ=MONTHLY;BYMONTHDAY=-1", date(2026, 6, 30)),
    "31st": ("FREQ=MONTHLY;BYMONTHDAY=31", date(2026, 7, 31)),
    "leap day": ("FREQ=YEARLY", date(2024, 2, 29)),
    "5th weekday": ("FREQ=MONTHLY;BYDAY=5TH", date(2026, 7, 30)),
    "count": ("FREQ=WEEKLY;BYDAY=TU,TH;COUNT=9", date(2026, 10, 20)),
    "until": ("FREQ=WEEKLY;UNTIL=20261108", date(2026, 10, 18)),
    "sunday weeks": ("FREQ=WEEKLY;INTERVAL=2;BYDAY=SU,MO;WKST=SU;COUNT=12", date(2027, 2, 28)),
}


@pytest.mark.parametrize("zone", ZONES)
async def test_h24_what_basecamp_holds_is_what_the_series_say_across_clock_changes(both: Both, zone: str) -> None:
    for name, (rule, first) in RULES.items():
        start = instant(datetime(first.year, first.month, first.day, 1, 30, tzinfo=ZoneInfo(zone)))
        both.begin(make_series(start, start + HOUR, zone, rule), f"{name} in {zone}")
    both.begin(make_series(date(2026, 6, 30), date(2026, 7, 1), None, "FREQ=MONTHLY;BYMONTHDAY=-1"), "days")
    assert (await both.sync()).exit == Exit.IN_STEP
    await both.settled()


CHANGES: dict[str, Callable[[Series], Series]] = {
    "texts": lambda one: one,
    "time": lambda one: change.move_all(one, FIRST + HOUR, FIRST + 4 * HOUR).series,
    "weekday": lambda one: change.move_all(one, FIRST + 24 * HOUR, FIRST + 26 * HOUR).series,
    "rule": lambda one: change.change_rule(one, "FREQ=WEEKLY;INTERVAL=2;UNTIL=20260901").series,
    "move one": lambda one: change.move_occurrence(one, "2026-06-17", FIRST + 15 * 24 * HOUR, FIRST + 362 * HOUR),
    "name one": lambda one: change.change_occurrence(one, "2026-06-17", {"title": "Guest talk"}),
    "cancel one": lambda one: change.cancel_occurrence(one, "2026-06-17"),
    "end earlier": lambda one: change.end_after(one, date(2026, 6, 20)).series,
    "extend": lambda one: change.end_after(one, date(2026, 8, 20)).series,
    "zone": lambda one: change.change_zone(one, "America/New_York"),
    "all-day": change.to_all_day,
    "single": lambda one: change.change_rule(one, None).series,
}


@pytest.mark.parametrize("name", list(CHANGES))
async def test_h24_every_change_of_a_series_arrives_and_can_be_taken_back(both: Both, name: str) -> None:
    remote = both.begin(SHORT)
    await both.sync()
    first = both.entry(date(2026, 6, 3)).id
    both.says(both.entry(date(2026, 6, 3)), 2)
    both.edit(remote, CHANGES[name](SHORT), title=f"Club: {name}", notes="Another text.")
    await both.sync()
    await both.settled()
    assert first in {entry.id for entry in both.entries()}  # the one that is discussed lives on
    both.edit(remote, SHORT, title="Book club")
    await both.sync()
    await both.settled()


async def test_h23_this_and_following(both: Both) -> None:
    remote = both.begin(SHORT)
    await both.sync()
    before = {entry.id for entry in both.entries()}
    head, tail = split(SHORT, "2026-06-17")
    both.edit(remote, head)
    both.begin(change.move_all(tail, tail.start + HOUR, tail.end + HOUR).series)
    await both.sync()
    assert {entry.id for entry in both.entries()} == before
    await both.settled()


async def test_h05_people_in_basecamp_change_move_and_take_out_single_dates(both: Both) -> None:
    remote = both.begin(SHORT)
    await both.sync()
    world = both.world
    world.touch(both.entry(date(2026, 6, 10)), summary="Guest talk")
    moved = both.entry(date(2026, 6, 17))
    world.touch(moved, starts_at=moved.starts_at + 25 * HOUR, ends_at=moved.ends_at + 25 * HOUR)
    world.trash(both.entry(date(2026, 6, 24)))
    both.tool.edit(remote, {"notes": "Bring two books."})
    await both.sync()
    series = both.series()[0]
    assert series.overrides["2026-06-10"] == {"title": "Guest talk"}
    assert set(series.overrides) == {"2026-06-10", "2026-06-17"}
    assert series.exdates == {"2026-06-24"}
    assert {entry.description for entry in both.entries()} == {"<div>Bring two books.</div>"}
    await both.settled()


async def test_h16_h02_an_entry_that_is_put_away_is_no_cancelled_date(both: Both) -> None:
    both.begin(SHORT)
    await both.sync()
    entry = both.entry(date(2026, 6, 17))
    both.world.clock.move(seconds=1)
    both.world.state.set_status(entry, "archived", by=both.world.ids["ben"])
    report = await both.sync()
    assert report.steps == []
    assert both.series() == [SHORT]
    both.world.state.set_status(entry, "active", by=both.world.ids["ben"])
    await both.sync()
    await both.settled()


async def test_h22_a_series_deleted_and_made_again_is_a_new_one(both: Both) -> None:
    remote = both.begin(SHORT)
    await both.sync()
    before = {entry.id for entry in both.entries()}
    both.says(both.entry(date(2026, 6, 10)), 1)
    both.tool.delete(remote)
    both.begin(SHORT)
    report = await both.sync()
    assert not before & {entry.id for entry in both.entries()}
    assert any(step["reason"].endswith("its comment goes to the trash with it") for step in report.steps)
    await both.settled()


async def test_h25_rich_text_of_single_dates_settles(both: Both) -> None:
    remote = both.begin(SHORT)
    both.tool.edit(remote, {"notes": "# Agenda\n\n- *one*\n- two\n\n> quoted\n\n`code` "})
    await both.sync()
    await both.sync()
    await both.settled()


def repeating(both: Both, zone: str = "Europe/Berlin") -> Entry:
    both.world.state.people[both.world.ids["ben"]].time_zone = zone
    rule = Recurrence("every_week", date(2026, 6, 3), None, zone=zone)
    return both.world.entry("Book club", starts_at=FIRST, ends_at=FIRST + HOUR, recurrence=rule)


async def test_a_repeating_entry_arrives_as_one_series_and_ends_where_it_is_deleted(both: Both) -> None:
    entry = repeating(both)
    await both.sync()
    assert [str(one.rule) for one in both.series()] == ["FREQ=WEEKLY"]
    await both.settled()
    both.world.touch(entry, summary="Reading circle")
    await both.sync()
    assert [one["title"] for one in both.tool.fields().values()] == ["Reading circle"]
    both.world.trash(entry)
    await both.sync()
    assert both.tool.fields() == {}
    assert (await both.sync(full=True)).steps == []


async def test_a_repeating_entry_that_stops_repeating_is_a_single_event(both: Both) -> None:
    entry = repeating(both)
    await both.sync()
    both.world.touch(entry, recurrence=None)
    await both.sync()
    assert both.series() == []
    await both.settled()


async def test_a_repeating_entry_gives_way_to_single_ones_when_it_changes_elsewhere(both: Both) -> None:
    entry = repeating(both)
    await both.sync()
    remote = next(iter(both.tool.fields()))
    both.edit(remote, change.cancel_occurrence(both.series()[0], "2026-06-17"))
    told = await both.plan()
    assert any("goes to the trash there, once each of its dates" in note for note in told.notes)
    assert entry in both.entries()
    await both.sync()
    assert entry not in both.entries()
    await both.settled()


async def test_comments_on_a_repeating_entry_are_a_persons_decision(both: Both) -> None:
    entry = repeating(both)
    both.says(entry, 3)
    await both.sync()
    remote = next(iter(both.tool.fields()))
    both.edit(remote, both.series()[0], title="Reading circle")
    told = await both.plan()
    assert [(one["guard"], "It has 3 comments" in one["reason"]) for one in told.held] == [("comments", True)]
    report = await both.sync()
    assert (report.exit, entry.status, len(both.entries())) == (Exit.PERSON_NEEDED, "active", 1)
    report = await both.sync(approved=frozenset({("basecamp", report.held[0]["record"])}))
    assert (report.exit, entry.status) == (Exit.IN_STEP, "trashed")
    await both.settled()


async def test_a_change_by_hand_settles_what_waits_for_a_person(both: Both) -> None:
    entry = repeating(both)
    both.says(entry, 3)
    await both.sync()
    both.edit(next(iter(both.tool.fields())), both.series()[0], title="Reading circle")
    assert (await both.sync()).exit == Exit.PERSON_NEEDED
    both.world.touch(entry, summary="Reading circle")
    assert (await both.sync()).exit == Exit.IN_STEP
    await both.settled()


FAULTS = {
    "throttled": Fault("POST", "/entries", "throttle", times=3, retry_after=0),
    "lost answers": Fault("POST", "/entries", "lost_answer", times=2, after=1),
    "cut": Fault("POST", "/entries", "cut", times=2, after=1),
    "unavailable": Fault("GET", "/recordings", "status", times=4, status=503),
    "a page twice": Fault("GET", "/entries", "repeat_page", times=2),
}


@pytest.mark.parametrize("name", list(FAULTS))
async def test_h13_h14_h29_faults_while_a_series_is_laid_out_double_nothing(both: Both, name: str) -> None:
    remote = both.begin(SHORT)
    both.world.faults.add(FAULTS[name])
    for _ in range(4):
        await both.sync()
    both.world.faults.clear()
    both.edit(remote, CHANGES["weekday"](SHORT))
    both.world.faults.add(Fault("PUT", "/schedule_entries", "status", times=2, status=503))
    for _ in range(4):
        await both.sync()
    both.world.faults.clear()
    assert len(both.entries()) == 6
    await both.settled()
