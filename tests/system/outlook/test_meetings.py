"""Teams meetings: made where the community wants them, known in the other tool, and lost by no edit."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import timedelta
from pathlib import Path

import pytest

from domain.fields import complete
from domain.recurrence import change
from domain.recurrence.series import fields_from_series
from domain.values import Value
from sync.wiring import Wiring
from tests.system.outlook.pair import EVENT, MONDAY, Pair, at, pair
from tests.system.outlook.test_series import PLAIN, RICH, fifth, name

START = at(MONDAY, 18)
ONCE: dict[str, Value] = {"title": "Demo", "start": START, "end": START + timedelta(hours=1), "zone": "Europe/Berlin"}


@pytest.fixture(params=["community", "space"])
def desk(tmp_path: Path, request: pytest.FixtureRequest) -> Iterator[Pair]:
    with pair(tmp_path, **{request.param: 'meetings = "teams"'}) as built:
        yield built


async def link_of(desk: Pair) -> str:
    await desk.sync()
    await desk.in_step()
    (event,) = desk.events()
    link = str(event["onlineMeeting"]["joinUrl"])
    _, fields = desk.only()
    assert fields["meeting_url"] == link
    assert link in event["body"]["content"]
    return link


async def test_a_new_gathering_gets_a_meeting_and_no_edit_loses_it(desk: Pair) -> None:
    identity = desk.memory.create(EVENT, complete(EVENT, ONCE))
    link = await link_of(desk)
    edits = ({"notes": "Bring *tea*."}, {"title": "Great demo"}, {"end": START + timedelta(hours=3)}, {"notes": ""})
    for fields in edits:
        desk.memory.edit(identity, fields)
        assert await link_of(desk) == link


async def test_a_new_series_gets_one_meeting_and_no_edit_loses_it(desk: Pair) -> None:
    identity = desk.make(PLAIN)
    link = await link_of(desk)
    desk.memory.edit(identity, {"notes": "Chapter two"})
    assert await link_of(desk) == link
    desk.memory.edit(identity, fields_from_series(RICH))
    assert await link_of(desk) == link
    desk.change(lambda one: change.change_occurrence(one, name(3), {"notes": "Chapter three", "title": "Guest"}))
    assert await link_of(desk) == link
    desk.change(lambda one: change.move_all(one, START + timedelta(hours=1), START + timedelta(hours=3)).series)
    assert await link_of(desk) == link
    assert {row["onlineMeeting"]["joinUrl"] for row in desk.view(START, timedelta(days=90))} == {link}


async def test_who_meets_elsewhere_or_all_day_gets_no_meeting(desk: Pair) -> None:
    desk.memory.create(EVENT, complete(EVENT, {**ONCE, "meeting_url": "https://meet.example.org/demo"}))
    days: dict[str, Value] = {"start": MONDAY, "end": MONDAY + timedelta(days=2), "zone": None}
    desk.memory.create(EVENT, complete(EVENT, {**ONCE, **days, "title": "Fair"}))
    desk.make(fifth(), title="Fifth")
    await desk.in_step()
    assert [row["isOnlineMeeting"] for row in desk.events()] == [False] * len(desk.events())
    assert "https://meet.example.org/demo" in {fields["meeting_url"] for fields in desk.memory.fields().values()}


async def test_a_mailbox_that_cannot_hold_meetings_is_told_of(desk: Pair) -> None:
    next(iter(desk.graph.mailboxes.values())).online_meetings = False
    async with Wiring(desk.configuration) as wiring:
        (settings,) = wiring.community_settings(None)
        found = await wiring.community(settings).space("outlook").connector.check()
    assert any("cannot set up Teams meetings" in one.message for one in found)
