"""Writes of schedule entries: the replace with its carve-outs, all-day bounds, join links."""

from datetime import UTC, date, datetime, timedelta

import pytest

from connectors.basecamp.items import Raw
from connectors.contract import Missing, Remote, Write
from domain.errors import SetAside
from domain.fields import RecordType
from domain.plan import Verb
from domain.values import Value
from sandbox.basecamp.recurrence import Recurrence
from tests.connectors.basecamp.conftest import World, day, row_of

EVENT = RecordType.EVENT
START = datetime(2026, 6, 10, 9, 0, tzinfo=UTC)


async def test_a_timed_event_is_made_and_nobody_is_invited(world: World) -> None:
    connector = world.connector()
    fields: dict[str, Value] = {
        "title": "Meet-up",
        "notes": "Bring a chair",
        "start": START,
        "end": START + timedelta(hours=2),
        "meeting_url": "https://meet.example.org/abc",
    }
    made = await world.make(connector, EVENT, **fields)
    view = connector.view(made)
    assert view == {**fields, "attendees": frozenset(), "rrule": None}
    assert world.stored(made).participants == []
    assert (await world.get(connector, made.id, EVENT)).version == made.version


async def test_an_all_day_event_keeps_its_last_day(world: World) -> None:
    connector = world.connector()
    made = await world.make(connector, EVENT, start=day("2026-06-10"), end=day("2026-06-12"))
    stored = world.stored(made)
    assert (stored.all_day, stored.starts_at, stored.ends_at) == (True, date(2026, 6, 10), date(2026, 6, 11))
    view = connector.view(made)
    assert (view["start"], view["end"]) == (day("2026-06-10"), day("2026-06-12"))


@pytest.mark.parametrize("first", ["2026-03-29", "2026-10-25", "2026-02-28", "2026-12-31"])
@pytest.mark.parametrize("zone", ["Etc/UTC", "America/Los_Angeles", "Pacific/Auckland"])
async def test_h24_a_day_stays_the_day_whatever_the_zone(world: World, first: str, zone: str) -> None:
    connector = world.connector()
    world.state.people[world.ids["ada"]].time_zone = zone
    start, end = day(first), day(first) + timedelta(days=1)
    made = await world.make(connector, EVENT, start=start, end=end)
    view = connector.view(await world.change_entry(connector, made.id, title="Renamed"))
    assert (view["start"], view["end"]) == (start, end)


async def test_an_update_keeps_participants_link_and_highlight(world: World) -> None:
    connector = world.connector()
    entry = world.entry(
        participants=[world.ids["ben"]],
        join_url="https://meet.example.org/abc",
        highlighted=True,
        description="<div>Agenda</div>",
    )
    before = row_of(await world.get(connector, entry.id, EVENT))
    world.clock.move(seconds=1)
    changed = await world.change_entry(connector, entry.id, title="New words")
    after = row_of(changed)
    assert {key for key in before if before[key] != after[key]} == {"summary", "title", "updated_at"}
    assert (await world.get(connector, entry.id, EVENT)).version == changed.version


async def test_bounds_that_stay_are_echoed_to_the_millisecond(world: World) -> None:
    connector = world.connector()
    start = START.replace(second=47, microsecond=135_000)
    entry = world.entry(starts_at=start, ends_at=start + timedelta(hours=4))
    await world.change_entry(connector, entry.id, title="New words")
    assert (entry.starts_at, entry.ends_at) == (start, start + timedelta(hours=4))
    await world.change_entry(connector, entry.id, end=START + timedelta(hours=5))
    assert (entry.starts_at, entry.ends_at) == (start, START + timedelta(hours=5))


async def test_an_all_day_entry_stays_all_day_when_its_text_changes(world: World) -> None:
    connector = world.connector()
    entry = world.entry(all_day=True, starts_at=date(2026, 6, 10), ends_at=date(2026, 6, 10))
    view = connector.view(await world.change_entry(connector, entry.id, notes="Bring a chair"))
    assert (view["start"], view["end"]) == (day("2026-06-10"), day("2026-06-11"))
    assert entry.all_day is True


async def test_each_field_can_be_changed_and_cleared(world: World) -> None:
    connector, entry = world.connector(), world.entry(participants=[world.ids["ben"]])
    steps: list[dict[str, Value]] = [
        {"title": "Open space"},
        {"notes": "Bring a chair"},
        {"notes": ""},
        {"meeting_url": "https://meet.example.org/abc"},
        {"meeting_url": ""},
        {"end": START + timedelta(hours=3)},
        {"start": START - timedelta(days=1)},
        {"start": day("2026-06-10"), "end": day("2026-06-13")},
        {"end": day("2026-06-11")},
        {"start": START, "end": START + timedelta(hours=1)},
        {"title": "Untitled"},
    ]
    for new in steps:
        changed = await world.change_entry(connector, entry.id, **new)
        view = connector.view(changed)
        assert {name: view[name] for name in new} == new
        assert view["attendees"] == {"ben@example.org"}
        assert (await world.get(connector, entry.id, EVENT)).version == changed.version


async def test_an_update_is_one_request_after_the_read(world: World) -> None:
    connector, entry = world.connector(), world.entry()
    await world.read(connector)
    with world.counting() as requests:
        await world.change_entry(connector, entry.id, title="New words")
        await world.change_entry(connector, entry.id, title="New words")
    path = f"/schedule_entries/{entry.id}.json"
    assert requests == [f"GET {path}", f"PUT {path}", f"GET {path}"]


async def test_an_entry_that_repeats_is_never_written(world: World) -> None:
    connector = world.connector()
    entry = world.entry()
    current = await world.get(connector, entry.id, EVENT)
    world.touch(entry, recurrence=Recurrence("every_week", date(2026, 6, 10), None))
    new: dict[str, Value] = {"title": "New words"}
    step = Write(Verb.UPDATE, EVENT, "event", "r", "k", str(entry.id), new, new, {}, None, current)
    with pytest.raises(SetAside, match="repeat"):
        await connector.write(step)
    assert entry.summary == "Meet-up"
    raw: Raw = current.raw
    repeating = Remote(current.id, "", EVENT, Raw({**raw.row, "recurrence_schedule": {"frequency": "every_week"}}))
    step = Write(Verb.UPDATE, EVENT, "event", "r", "k", str(entry.id), new, new, {}, None, repeating)
    with world.counting() as requests, pytest.raises(SetAside, match="repeat"):
        await connector.write(step)
    assert requests == []


async def test_a_delete_goes_to_the_trash(world: World) -> None:
    connector, entry = world.connector(), world.entry()
    assert await world.delete(connector, entry.id, EVENT) is None
    assert entry.status == "trashed"
    assert await connector.fetch(EVENT, str(entry.id)) is Missing.GONE


async def test_an_event_without_an_end_is_set_aside(world: World) -> None:
    connector = world.connector()
    for end in (None, day("2026-06-10")):
        with pytest.raises(SetAside, match="start and an end"):
            await world.make(connector, EVENT, start=START, end=end)


async def test_a_space_without_events_makes_none(world: World) -> None:
    with pytest.raises(SetAside, match="no events"):
        await world.make(world.connector(events=False), EVENT)


async def test_a_link_that_basecamp_does_not_take_stays_in_the_record(world: World) -> None:
    connector = world.connector()
    for link in ("tel:+49 30 1234", "meet.example.org", "https://meet.example.org/" + "x" * 2500):
        made = await world.make(connector, EVENT, meeting_url=link)
        assert connector.view(made)["meeting_url"] == ""


async def test_an_event_that_ends_before_it_starts_ends_at_its_start(world: World) -> None:
    connector = world.connector()
    view = connector.view(await world.make(connector, EVENT, end=START - timedelta(hours=1)))
    assert view["start"] == view["end"] == START
