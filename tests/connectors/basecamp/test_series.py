"""Entries that repeat, read as one event each: rule, clock, comments."""

from __future__ import annotations

from datetime import UTC, date, datetime, timedelta
from itertools import islice
from typing import Any
from zoneinfo import ZoneInfo

import pytest

from connectors.basecamp.connector import BasecampConnector
from connectors.contract import Discussed, LaysOut
from domain.errors import SetAside
from domain.fields import RecordType, complete
from domain.recurrence.expand import Window, occurrences
from domain.recurrence.series import series_from_fields
from sandbox.basecamp.records import Comment, Entry
from sandbox.basecamp.recurrence import Recurrence
from tests.connectors.basecamp.conftest import World

EVENT = RecordType.EVENT
ZONES = [
    "Europe/Berlin",
    "America/New_York",
    "Australia/Lord_Howe",
    "Asia/Kolkata",
    "America/Sao_Paulo",
    "Africa/Lagos",
]
RULES: list[tuple[dict[str, Any], date]] = [
    ({"frequency": "every_day"}, date(2026, 3, 20)),
    ({"frequency": "every_day", "days": (0, 6)}, date(2026, 3, 21)),
    ({"frequency": "every_weekday"}, date(2026, 3, 21)),
    ({"frequency": "every_week"}, date(2026, 10, 18)),
    ({"frequency": "every_other_week"}, date(2026, 3, 29)),
    ({"frequency": "custom_week", "week_interval": 5}, date(2026, 3, 29)),
    ({"frequency": "every_month", "week_instance": 1}, date(2026, 3, 1)),
    ({"frequency": "every_month", "week_instance": -1}, date(2026, 3, 31)),
    ({"frequency": "custom_month", "month_interval": 2, "week_instance": 3}, date(2026, 3, 17)),
    ({"frequency": "custom_month", "month_interval": 3, "days": (1, 15)}, date(2026, 4, 1)),
    ({"frequency": "every_day_of_month"}, date(2026, 1, 31)),
    ({"frequency": "every_year"}, date(2026, 10, 25)),
]


def repeating(
    world: World, rule: dict[str, Any], first: date, zone: str, hour: int = 1, until: date | None = None
) -> Entry:
    """Make an entry as a person in a zone does, who is in front of a clock there."""
    world.state.people[world.ids["ben"]].time_zone = zone
    start = datetime(first.year, first.month, first.day, hour, 30, tzinfo=ZoneInfo(zone)).astimezone(UTC)
    bounds = {"starts_at": start, "ends_at": start + timedelta(hours=2)}
    return world.entry(
        f"{rule['frequency']} in {zone}", recurrence=Recurrence(start=first, until=until, zone=zone, **rule), **bounds
    )


@pytest.mark.parametrize("zone", ZONES)
async def test_h24_three_years_of_what_repeats_are_those_of_the_record(world: World, zone: str) -> None:
    """What the stand-in expands by its own code equals the expansion of what was read, across clock changes."""
    entries = [repeating(world, rule, first, zone) for rule, first in RULES]
    entries.append(repeating(world, {"frequency": "every_week"}, date(2026, 3, 20), zone, until=date(2027, 3, 26)))
    connector = world.connector()
    views = {remote.id: connector.view(remote) for remote in (await world.read(connector)).remotes}
    years = Window(datetime(2026, 1, 1, tzinfo=UTC), datetime(2029, 1, 1, tzinfo=UTC))
    for entry in entries:
        series = series_from_fields(complete(EVENT, views[str(entry.id)]))
        assert series is not None
        assert series.zone == zone
        rule, found = entry.recurrence, []
        assert rule is not None
        for day in rule.dates():
            begins = datetime(day.year, day.month, day.day, 1, 30, tzinfo=ZoneInfo(zone)).astimezone(UTC)
            found += [begins] if years.holds(begins, begins) else []
        assert [one.start for one in occurrences(series, years)] == found, entry.summary


async def test_all_day_entries_repeat_by_days(world: World) -> None:
    rule = Recurrence("every_week", date(2026, 6, 10), None)
    world.entry(all_day=True, starts_at=date(2026, 6, 10), ends_at=date(2026, 6, 11), recurrence=rule)
    connector = world.connector()
    view = connector.view((await world.read(connector)).remotes[0])
    assert (view["start"], view["end"], view["zone"], view["rrule"]) == (
        date(2026, 6, 10),
        date(2026, 6, 12),
        None,
        "FREQ=WEEKLY",
    )


async def test_nothing_is_said_about_single_dates(world: World) -> None:
    """Basecamp does not show which dates people moved or took out: nothing there is taken for cancelled."""
    repeating(world, {"frequency": "every_week"}, date(2026, 6, 10), "Europe/Berlin")
    connector = world.connector()
    view = connector.view((await world.read(connector)).remotes[0])
    assert not {"exdates", "overrides", "rdates"} & view.keys()


async def test_a_clock_that_nobody_has_is_not_guessed(world: World) -> None:
    entry = repeating(world, {"frequency": "every_week"}, date(2026, 6, 10), "America/New_York")
    world.state.people[world.ids["ben"]].time_zone = "Asia/Kolkata"
    connector = world.connector()
    with pytest.raises(SetAside, match="01:30 by a clock that is neither Asia/Kolkata nor Europe/Berlin"):
        connector.view((await world.read(connector)).remotes[0])
    assert entry.status == "active"


@pytest.mark.parametrize("zone", ZONES)
async def test_h15_a_direct_read_shows_what_the_listing_shows(world: World, zone: str) -> None:
    entries = [repeating(world, rule, first, zone) for rule, first in RULES]
    connector = world.connector()
    listed = {remote.id: remote for remote in (await world.read(connector)).remotes}
    for entry in entries:
        found = await world.get(connector, entry.id, EVENT)
        assert connector.view(found) == connector.view(listed[str(entry.id)])
        assert found.version == listed[str(entry.id)].version


async def test_a_rule_that_begins_later_than_its_entry_is_read_from_its_first_date(world: World) -> None:
    saturday = date(2026, 3, 21)
    repeating(world, {"frequency": "every_weekday"}, saturday, "Europe/Berlin")
    connector = world.connector()
    view = connector.view((await world.read(connector)).remotes[0])
    assert str(view["start"]) == "2026-03-23 00:30:00+00:00"


async def test_comments_are_counted_also_those_on_single_dates(world: World) -> None:
    connector = world.connector()
    assert isinstance(connector, BasecampConnector | Discussed)
    assert isinstance(connector, LaysOut)
    entry, single = repeating(world, {"frequency": "every_week"}, date(2026, 6, 10), "Europe/Berlin"), world.entry()
    for about in (entry, entry, single):
        world.state.create(Comment, world.project, about.id, world.ids["ben"], about=about.title, content="Hm")
    assert isinstance(connector, Discussed)
    assert [await connector.comments(EVENT, str(one.id)) for one in (entry, single)] == [2, 1]
    world.state.recordings.pop(single.id)
    assert await connector.comments(EVENT, str(single.id)) == 0


async def test_the_dates_of_a_rule_are_no_more_than_its_entry_has(world: World) -> None:
    entry = repeating(world, {"frequency": "every_week"}, date(2026, 6, 10), "Europe/Berlin", until=date(2026, 7, 1))
    assert entry.recurrence is not None
    assert len(list(islice(entry.recurrence.dates(), 10))) == 4
    connector = world.connector()
    view = connector.view((await world.read(connector)).remotes[0])
    assert view["rrule"] == "FREQ=WEEKLY;UNTIL=20260701"
