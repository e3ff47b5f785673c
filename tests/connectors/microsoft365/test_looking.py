"""Looking at one event: what became of it, and what became of a create whose answer was lost."""

import json
from datetime import timedelta

import pytest

from connectors.contract import Connector, Missing
from connectors.microsoft365.marks import PROPERTY
from domain.errors import Paused, Retriable, Uncertain
from domain.fields import RecordType
from domain.values import Fields
from sandbox.faults import Fault
from tests.connectors.microsoft365.world import (
    MAILBOX,
    World,
    creation,
    day,
    event_view,
    get,
    lost,
    make,
    weekly,
)

DEADLINE: Fields = {"title": "Report due", "due": day(10)}


async def test_a_live_event_is_read(world: World, calendar: Connector) -> None:
    identity = await world.put("Here")
    found = await get(calendar, identity)
    assert (found.id, found.type, calendar.view(found)["title"]) == (identity, RecordType.EVENT, "Here")


async def test_a_deadline_keeps_its_mark(world: World, calendar: Connector) -> None:
    made = await make(calendar, RecordType.TASK)
    found = await get(calendar, made.id, RecordType.TASK)
    assert (found.type, found.mark, found.version) == (RecordType.TASK, "record-1", made.version)


async def test_what_was_deleted_is_gone(world: World, calendar: Connector) -> None:
    identity = await world.put()
    await world.trash(identity)
    assert await calendar.fetch(RecordType.EVENT, identity) is Missing.GONE


async def test_what_can_still_be_read_in_deleted_items_is_gone(world: World, calendar: Connector) -> None:
    """An immutable id outlives the move to Deleted Items, which is no calendar."""
    identity = await world.put()
    world.move(identity, 4711)
    assert await calendar.fetch(RecordType.EVENT, identity) is Missing.GONE


async def test_what_was_moved_to_another_calendar_is_out_of_scope(world: World, calendar: Connector) -> None:
    """H16."""
    world.state.add_calendar(MAILBOX, "Events")
    identity = await world.put()
    world.move(identity, max(world.state.mailbox(MAILBOX).calendars))
    assert await calendar.fetch(RecordType.EVENT, identity) is Missing.OUT_OF_SCOPE
    assert (await get(world.connector(calendar="Events"), identity)).id == identity


async def test_what_was_moved_from_a_named_calendar_to_the_default_one_is_out_of_scope(world: World) -> None:
    other = world.state.add_calendar(MAILBOX, "Events")
    identity = await world.put(where=f"/calendars/{other}")
    world.move(identity, min(world.state.mailbox(MAILBOX).calendars))
    assert await world.connector(calendar="Events").fetch(RecordType.EVENT, identity) is Missing.OUT_OF_SCOPE


async def test_h16_what_became_private_is_out_of_scope_and_a_series_is_not(world: World, calendar: Connector) -> None:
    private, series = await world.put(), await world.put()
    await world.edit(private, sensitivity="private")
    await world.edit(series, **weekly())
    assert await calendar.fetch(RecordType.EVENT, private) is Missing.OUT_OF_SCOPE
    assert calendar.view(await get(calendar, series))["rrule"] == "FREQ=WEEKLY"


async def test_an_id_of_another_mailbox_says_nothing(world: World, calendar: Connector) -> None:
    assert await calendar.fetch(RecordType.EVENT, "AAMkAGnonsense") is Missing.NO_ACCESS


async def test_nothing_is_gone_while_the_mailbox_is_closed(world: World, calendar: Connector) -> None:
    """H17."""
    identity = await world.put()
    world.state.withdraw(MAILBOX, "app")
    with pytest.raises(Paused):
        await calendar.fetch(RecordType.EVENT, identity)
    world.state.grant(MAILBOX, "app")
    world.state.mailbox(MAILBOX).enabled = False
    with pytest.raises(Paused, match="no mailbox in Exchange Online"):
        await calendar.fetch(RecordType.EVENT, identity)


async def test_nothing_is_gone_while_its_calendar_is_not_there(world: World) -> None:
    """H17."""
    other = world.state.add_calendar(MAILBOX, "Events")
    connector = world.connector(calendar="Events")
    identity = await world.put(where=f"/calendars/{other}")
    await get(connector, identity)
    mailbox = world.state.mailbox(MAILBOX)
    del mailbox.calendars[max(mailbox.calendars)]
    await world.trash(identity)
    with pytest.raises(Paused, match=r"calendar “Events” .* no longer there"):
        await connector.fetch(RecordType.EVENT, identity)


async def test_trouble_says_nothing_about_an_event(world: World, calendar: Connector) -> None:
    identity = await world.put()
    world.faults.add(Fault("GET", "/events/", "status", status=503, times=None))
    with pytest.raises(Retriable):
        await calendar.fetch(RecordType.EVENT, identity)


@pytest.mark.parametrize("kind", [RecordType.EVENT, RecordType.TASK])
async def test_a_create_whose_answer_was_lost_is_found_by_its_mark(
    world: World, calendar: Connector, kind: RecordType
) -> None:
    """H13."""
    view: Fields = event_view() if kind is RecordType.EVENT else DEADLINE
    world.faults.add(Fault("POST", "events", "lost_answer", times=1))
    world.faults.add(Fault("POST", "events", "cut", times=None))
    with pytest.raises(Uncertain):
        await calendar.write(creation(calendar, kind, view))
    world.faults.clear()
    (found,) = await calendar.find(lost(calendar, kind, view, world.clock()))
    assert (found.type, found.mark) == (kind, "record-1")
    assert found.version == (await world.stored(found))["@odata.etag"]


async def test_a_create_that_never_arrived_is_not_found(world: World, calendar: Connector) -> None:
    await world.put("Gathering")
    assert list(await calendar.find(lost(calendar, RecordType.EVENT, event_view(), world.clock()))) == []


async def test_the_sign_of_a_task_is_not_taken_for_an_event(world: World, calendar: Connector) -> None:
    await make(calendar, RecordType.TASK)
    assert list(await calendar.find(lost(calendar, RecordType.EVENT, event_view(), world.clock(), key="key-9"))) == []


async def test_a_copy_that_a_person_made_is_told_from_the_original(world: World, calendar: Connector) -> None:
    made = await make(calendar)
    await world.put("Copy", singleValueExtendedProperties=[{"id": PROPERTY, "value": "event:record-1"}])
    found = await calendar.find(lost(calendar, RecordType.EVENT, event_view(), world.clock()))
    assert [remote.id for remote in found] == [made.id]


async def test_what_the_search_does_not_know_yet_is_found_among_recent_events(
    world: World, calendar: Connector
) -> None:
    made = await make(calendar)
    world.clock.move(days=30)
    world.faults.add(Fault("GET", "Any", "empty_list"))
    since = world.clock() - timedelta(days=30)
    found = await calendar.find(lost(calendar, RecordType.EVENT, event_view(), since))
    assert [remote.id for remote in found] == [made.id]
    assert list(await calendar.find(lost(calendar, RecordType.EVENT, event_view(), since, key="key-9"))) != []


async def test_a_service_that_knows_no_filter_is_looked_through(world: World, calendar: Connector) -> None:
    made = await make(calendar)
    await world.put("Of a person")
    refusal = json.dumps({"error": {"code": "ErrorInvalidUrlQueryFilter", "message": "The filter is not supported."}})
    world.faults.add(
        Fault("GET", "filter=singleValue|filter=last|filter=iCal", "status", times=None, status=400, body=refusal)
    )
    (found,) = await calendar.find(lost(calendar, RecordType.EVENT, event_view(), world.clock()))
    assert found.id == made.id
    assert list(await calendar.find(lost(calendar, RecordType.TASK, {"due": day(3)}, world.clock(), key="key-9"))) == []
    assert (await get(calendar, made.id)).id == made.id
    await world.trash(made.id)
    assert await calendar.fetch(RecordType.EVENT, made.id) is Missing.GONE
    assert world.faults.hits["status"] >= 4
