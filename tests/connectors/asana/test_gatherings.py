"""Gatherings as milestones: which are shown, with which date, and what is written of them, one request each."""

from __future__ import annotations

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from datetime import UTC, date, datetime, timedelta

import pytest
from pydantic import ValidationError

from connectors.asana import gatherings
from connectors.asana.lines import renewed
from connectors.asana.options import SpaceOptions
from connectors.asana.signs import gathering_in, mark_line, other_id, sign_id
from connectors.contract import Connector, Lost, Missing, SpaceSetup, Write
from domain.errors import SetAside, Stale
from domain.fields import RecordType, complete
from domain.plan import Verb
from domain.recurrence.series import fields_from_series, make_series
from domain.values import Fields, Value
from tests.connectors.asana.world import BERLIN, World, as_ada, creation, everything

EVENT = RecordType.EVENT
TODAY = datetime(2027, 3, 1, tzinfo=BERLIN)
SIX = datetime(2027, 3, 1, 18, tzinfo=BERLIN).astimezone(UTC)
HOUR = timedelta(hours=1)


def event(**fields: Value) -> Fields:
    return complete(EVENT, {"title": "Book club", "start": SIX, "end": SIX + HOUR, "zone": "Europe/Berlin", **fields})


def weekly(rule: str = "FREQ=WEEKLY") -> Fields:
    return event(**fields_from_series(make_series(SIX, SIX + HOUR, "Europe/Berlin", rule)))


@asynccontextmanager
async def milestones(world: World, *, external_ids: bool = False) -> AsyncIterator[Connector]:
    async with world.connection(external_ids=external_ids) as connection:
        shown = SpaceOptions(project=world.project, events_as="milestones")
        yield connection.space(SpaceSetup("asana", "data-practice", BERLIN, shown))


def making(space: Connector, fields: Fields, mark: str = "event-1") -> Write:
    held = {name: fields.get(name) for name in space.capabilities.types[EVENT].fields}
    view = space.settle(EVENT, held)
    return Write(Verb.CREATE, EVENT, "event", mark, "key", None, view, view)


@pytest.mark.parametrize("days", [0, 1, 7, 8, 40])
def test_of_a_series_the_next_date_is_shown_until_its_night(days: int) -> None:
    today = TODAY + timedelta(days=days)
    view = gatherings.settled(weekly(), today)
    start = view["start"]
    assert isinstance(start, datetime)
    assert today <= start < today + timedelta(days=7)
    assert start.astimezone(BERLIN).hour == 18
    assert "rrule" not in view
    assert gatherings.settled(view, today) == view


def test_a_rare_series_and_one_that_ended() -> None:
    assert gatherings.is_to_come(weekly("FREQ=YEARLY;INTERVAL=3"), TODAY + timedelta(days=40))
    assert not gatherings.is_to_come(weekly("FREQ=WEEKLY;COUNT=2"), TODAY + timedelta(days=40))


def test_what_takes_place_today_is_to_come_and_what_is_over_is_not() -> None:
    assert gatherings.is_to_come(event(), TODAY)
    assert not gatherings.is_to_come(event(), TODAY + timedelta(days=1))
    day = event(start=date(2027, 3, 1), end=date(2027, 3, 2), zone=None)
    assert gatherings.is_to_come(day, TODAY)
    assert not gatherings.is_to_come(day, TODAY + timedelta(days=1))


def test_only_our_lines_are_renewed() -> None:
    ours = f"When: then\nJoin: <a href='x'>x</a>\n{mark_line('event-1')}"
    before = f"<body>When: was it ever easy?\n\n<h1>Plan</h1>{ours} Bo said\nWhere: ask\n<ul><li>Cake</li></ul></body>"
    view: Fields = {
        "start": date(2027, 3, 2),
        "end": date(2027, 3, 4),
        "location": "A & B <hall>",
        "meeting_url": "https://x.example/?a&b",
    }
    after = renewed(before, "event-1", view, BERLIN)
    link = '<a href="https://x.example/?a&amp;b">https://x.example/?a&amp;b</a>'
    told = (
        f"When: Tue 2027-03-02 to Wed 2027-03-03\nWhere: A &amp; B &lt;hall&gt;\nJoin: {link}\n{mark_line('event-1')}"
    )
    assert after == before.replace(f"{ours} Bo said", told)
    assert gathering_in(after) == "event-1"
    with pytest.raises(Stale):
        renewed("<body>Mine</body>", "event-1", view, BERLIN)


async def test_a_create_is_one_request_and_tells_nobody(world: World) -> None:
    async with milestones(world) as space:
        fields = event(location="Hall", meeting_url="https://meet.example/1", status="cancelled")
        remote = await space.write(making(space, fields))
        assert world.calls() == ["POST /tasks"]
        assert remote is not None
        assert (remote.type, remote.mark) == (EVENT, "event-1")
        again = await space.fetch(EVENT, remote.id)
        assert not isinstance(again, Missing)
        assert (again.version, space.view(again)) == (remote.version, {})
        assert await space.fetch(RecordType.TASK, other_id(remote.id)) is Missing.OUT_OF_SCOPE
        assert space.view(remote)["start"] == SIX
    (task,) = world.state.tasks.values()
    assert task.assignee is None
    assert world.state.notified == []


async def test_a_series_moves_on_with_its_milestone_and_opens_it_again(world: World) -> None:
    async with milestones(world) as space:
        made = await space.write(
            making(space, event(start=SIX - timedelta(days=900), end=SIX - timedelta(days=900) + HOUR))
        )
        assert made is not None
        base = space.view(made)
        await as_ada(world, "PUT", f"/tasks/{other_id(made.id)}", {"completed": True})
        current = await space.fetch(EVENT, made.id)
        assert not isinstance(current, Missing)
        ends = {"start": SIX, "end": SIX + HOUR}
        world.forget()
        write = Write(
            Verb.UPDATE, EVENT, "event", "event-1", "key", made.id, ends, {**base, **ends}, base, None, current
        )
        assert await space.write(write) is not None
        assert world.calls() == [f"PUT /tasks/{other_id(made.id)}"]
    (task,) = world.state.tasks.values()
    assert not task.completed


async def test_h13_a_lost_create_is_found_by_its_line_and_never_taken_for_a_task(world: World) -> None:
    async with milestones(world) as space:
        made = await space.write(making(space, event()))
        await space.write(making(space, event(), "event-2"))
        since = datetime.now(UTC) - HOUR
        found = await space.find(Lost(EVENT, "event", "event-1", "key", making(space, event()).view, since))
        assert made is not None
        assert [one.id for one in found] == [made.id]
        assert await space.find(Lost(EVENT, "event", "event-3", "key", making(space, event()).view, since)) == []
        alike = creation(space, kind="milestone", title="Book club", due=SIX).view
        assert await space.find(Lost(RecordType.TASK, "milestone", "task-1", "key", alike, since)) == []


async def test_h13_external_ids_find_it_as_well(world: World) -> None:
    world.state.external_allowed = True
    world.tolerated.append("'external', 'data'")
    async with milestones(world, external_ids=True) as space:
        made = await space.write(making(space, event()))
        lost = Lost(EVENT, "event", "event-1", "key", making(space, event()).view, datetime.now(UTC))
        assert made is not None
        assert [(one.id, one.type, one.mark) for one in await space.find(lost)] == [(made.id, EVENT, "event-1")]


def test_another_value_is_refused() -> None:
    with pytest.raises(ValidationError, match="milestones"):
        SpaceOptions.model_validate({"project": "1", "events_as": "tasks"})


async def test_a_task_with_the_line_in_its_notes_is_not_sent(world: World) -> None:
    async with milestones(world) as space:
        with pytest.raises(SetAside, match=r"Cake.*line"):
            await space.write(creation(space, title="Cake", notes=mark_line("event-1")))
    assert world.state.tasks == {}


async def test_the_events_of_a_change_name_both_of_what_a_task_may_be(world: World) -> None:
    async with milestones(world) as space:
        made = await space.write(making(space, event()))
        assert made is not None
        gid = other_id(made.id)
        found, first = await everything(space)
        assert list(found) == [made.id]
        await as_ada(world, "PUT", f"/tasks/{gid}", {"notes": "Mine"})
        found, second = await everything(space, first.cursor)
        assert (list(found), list(second.gone)) == ([gid], [made.id])
        assert await space.fetch(EVENT, made.id) is Missing.OUT_OF_SCOPE
        await as_ada(world, "DELETE", f"/tasks/{gid}")
        _, third = await everything(space, second.cursor)
        assert set(third.gone) == {gid, sign_id(gid)}
        assert await space.fetch(EVENT, made.id) is Missing.GONE


async def test_without_the_option_such_milestones_are_no_tasks(world: World) -> None:
    async with milestones(world) as space:
        made = await space.write(making(space, event()))
    assert made is not None
    async with world.space() as space:
        found, observation = await everything(space)
        assert (found, observation.read) == ({}, 0)
        assert await space.fetch(EVENT, made.id) is Missing.OUT_OF_SCOPE
        assert await space.fetch(RecordType.TASK, other_id(made.id)) is Missing.OUT_OF_SCOPE
        assert not space.admits(EVENT, event())


async def test_check_says_that_gatherings_are_shown(world: World) -> None:
    async with milestones(world) as space:
        findings = await space.check()
    assert any("Gatherings to come appear in it as milestones" in one.message for one in findings)
