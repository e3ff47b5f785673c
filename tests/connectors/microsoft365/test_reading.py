"""Reading a calendar: what is mirrored, and pages that go wrong."""

import json
from datetime import timedelta
from typing import Any

import pytest

from connectors.contract import Connector
from connectors.microsoft365 import reading
from domain.errors import ConfigProblem, ConnectAgain, Paused, Retriable, SetAside
from domain.fields import RecordType
from sandbox.faults import Fault
from tests.connectors.microsoft365.world import (
    MAILBOX,
    START,
    Json,
    World,
    day,
    event,
    make,
    read,
    whole_days,
)

LISTING = r"/calendar/events"


async def test_an_event_is_read_with_all_its_fields(world: World, calendar: Connector) -> None:
    body = {"contentType": "html", "content": "<p>Bring <b>tea</b>.</p>"}
    identity = await world.put("Gathering", body=body, location={"displayName": "Room Lovelace"})
    found = await read(calendar)
    assert found.ids == [identity]
    assert (found.outcome.complete, found.outcome.cursor, found.outcome.read) == (True, None, 1)
    assert found.remotes[0].type is RecordType.EVENT
    assert found.remotes[0].modified_at == world.clock().replace(microsecond=0)
    assert calendar.view(found.remotes[0]) == {
        "title": "Gathering",
        "notes": "Bring **tea**.",
        "start": START,
        "end": START + timedelta(hours=1),
        "zone": "Europe/Berlin",
        "location": "Room Lovelace",
        "meeting_url": "",
        "attendees": frozenset(),
        "status": "confirmed",
        "rrule": None,
        "rdates": frozenset(),
        "exdates": frozenset(),
        "overrides": frozenset(),
    }


async def test_what_outlook_adds_is_read_but_never_part_of_the_notes(world: World, calendar: Connector) -> None:
    people = [{"emailAddress": {"address": "Ben@Example.org"}}, {"emailAddress": {"address": "ida@example.org"}}]
    body = {"contentType": "html", "content": "<p>Agenda follows.</p>"}
    await world.put(isOnlineMeeting=True, onlineMeetingProvider="teamsForBusiness", attendees=people, body=body)
    await world.put("Maybe", showAs="tentative")
    views = {view["title"]: view for view in map(calendar.view, (await read(calendar)).remotes)}
    assert views["Gathering"]["notes"] == "Agenda follows."
    assert str(views["Gathering"]["meeting_url"]).startswith("https://teams.example.org/l/meetup-join/")
    assert views["Gathering"]["attendees"] == {"ben@example.org", "ida@example.org"}
    assert (views["Gathering"]["status"], views["Maybe"]["status"]) == ("confirmed", "tentative")


async def test_whole_days_stay_days_whatever_the_zone(world: World, calendar: Connector) -> None:
    """H24."""
    for name in ("W. Europe Standard Time", "Pacific Standard Time", "Tokyo Standard Time"):
        await world.put(name, **whole_days("2026-03-28", "2026-03-31", name))
    for remote in (await read(calendar)).remotes:
        view = calendar.view(remote)
        assert (view["start"], view["end"], view["zone"]) == (day(28), day(31), None)


async def test_private_events_and_those_of_others_are_left_out(world: World, calendar: Connector) -> None:
    kept = await world.put("Single")
    await world.put("Doctor", sensitivity="private")
    await world.put("Layoffs", sensitivity="confidential")
    found = await read(calendar)
    assert found.ids == [kept]
    assert found.outcome.complete
    assert found.outcome.read == 1


async def test_an_event_organised_by_somebody_else_is_left_out(world: World, calendar: Connector) -> None:
    raw = {"@odata.etag": 'W/"a"', "id": "1", **event(), "isAllDay": False, "isOrganizer": False}
    world.faults.add(_answering({"value": [raw], "@odata.count": 1}))
    found = await read(calendar)
    assert (found.ids, found.outcome.complete) == ([], True)


async def test_a_deadline_is_known_by_its_mark(world: World, calendar: Connector) -> None:
    await make(calendar, RecordType.TASK)
    await make(calendar, RecordType.EVENT)
    found = {remote.type: remote for remote in (await read(calendar)).remotes}
    assert {kind: remote.mark for kind, remote in found.items()} == {
        RecordType.TASK: "record-1",
        RecordType.EVENT: "record-1",
    }
    assert calendar.view(found[RecordType.TASK]) == {"title": "Report due", "due": day(10)}


async def test_nothing_changed_means_the_same_versions_for_one_request(world: World, calendar: Connector) -> None:
    """H12: no read per event."""
    made = await make(calendar)
    for number in range(20):
        await world.put(f"Event {number}")
    with world.counting() as requests:
        first, second = await read(calendar), await read(calendar)
    assert requests == [f"GET /users/{MAILBOX}/calendar/events"] * 2
    assert [one.version for one in first.remotes] == [one.version for one in second.remotes]
    assert made.version in {one.version for one in first.remotes}


async def test_five_hundred_events_come_with_each_request(world: World, calendar: Connector) -> None:
    world.fill(1040)
    with world.counting() as requests:
        found = await read(calendar)
    assert len(requests) == 3
    assert (found.pages, len(set(found.ids)), found.outcome.complete) == (3, 1040, True)


async def test_a_named_calendar_is_found_once(world: World) -> None:
    other = world.state.add_calendar(MAILBOX, "Community  Events")
    await world.put("Elsewhere")
    inside = await world.put("Inside", where=f"/calendars/{other}")
    for name in ("community events", other):
        connector = world.connector(calendar=name)
        with world.counting() as requests:
            assert (await read(connector)).ids == [inside]
            assert (await read(connector)).ids == [inside]
        assert requests == [f"GET /users/{MAILBOX}/calendars", *[f"GET /users/{MAILBOX}/calendars/{other}/events"] * 2]


async def test_an_unknown_calendar_pauses_the_space_and_names_the_others(world: World) -> None:
    world.state.add_calendar(MAILBOX, "Events")
    with pytest.raises(Paused, match=r"no calendar “Evnts”.*“Calendar”, “Events”"):
        await read(world.connector(calendar="Evnts"))


@pytest.mark.parametrize("kind", ["empty_list", "short_list"])
async def test_a_list_that_was_cut_is_not_complete(world: World, calendar: Connector, kind: Any) -> None:
    """H01 and H02: Graph's own count does not fit."""
    world.fill(20)
    world.faults.add(Fault("GET", LISTING, kind))
    found = await read(calendar)
    assert not found.outcome.complete
    assert len(found.ids) < 20
    assert (await read(calendar)).outcome.complete


@pytest.fixture
def small_pages(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(reading, "PAGE", 10)


@pytest.mark.usefixtures("small_pages")
async def test_a_page_that_was_skipped_leaves_the_read_incomplete(world: World, calendar: Connector) -> None:
    """H14."""
    world.fill(25)
    world.faults.add(Fault("GET", LISTING, "skip_page", after=1))
    found = await read(calendar)
    assert len(found.ids) == len(set(found.ids)) == 15
    assert not found.outcome.complete


@pytest.mark.usefixtures("small_pages")
async def test_a_repeated_page_doubles_nothing_and_ends_the_read(world: World, calendar: Connector) -> None:
    """H14."""
    world.fill(25)
    world.faults.add(Fault("GET", r"skiptoken", "repeat_page"))
    found = await read(calendar)
    assert len(found.ids) == len(set(found.ids)) == 10
    assert not found.outcome.complete


async def test_new_links_to_the_same_page_do_not_go_on_for_ever(world: World, calendar: Connector) -> None:
    raw = {"@odata.etag": 'W/"a"', "id": "1", **event(), "isAllDay": False}
    for number in range(3):
        link = f"{world.url}/users/{MAILBOX}/calendar/events?$skiptoken={number}"
        world.faults.add(_answering({"value": [raw], "@odata.nextLink": link}))
    found = await read(calendar)
    assert (found.ids, found.outcome.complete) == (["1"], False)
    assert world.faults.hits["status"] == 2


async def test_an_empty_page_that_leads_to_itself_ends_the_read(world: World, calendar: Connector) -> None:
    link = f"{world.url}/users/{MAILBOX}/calendar/events?$skiptoken=1"
    for _ in range(5):
        world.faults.add(_answering({"value": [], "@odata.nextLink": link}))
    assert not (await read(calendar)).outcome.complete
    assert world.faults.hits["status"] == 2


async def test_an_empty_page_with_a_link_is_followed(world: World, calendar: Connector) -> None:
    identity = await world.put()
    link = f"{world.url}/users/{MAILBOX}/calendar/events?$top=5&$count=true"
    world.faults.add(_answering({"value": [], "@odata.nextLink": link}))
    found = await read(calendar)
    assert (found.ids, found.outcome.complete) == ([identity], True)


async def test_a_link_to_another_host_is_not_followed(world: World, calendar: Connector) -> None:
    world.faults.add(_answering({"value": [], "@odata.nextLink": "https://graph.example.org/v1.0/users?$skiptoken=1"}))
    with pytest.raises(ConfigProblem, match=r"to https://graph\.example\.org; it was not followed"):
        await read(calendar)


@pytest.mark.parametrize("body", ['{"value": 7}', '{"value": [{}]}', "[]", '{"value": [{"id": "1", "subject": "x"}]}'])
async def test_an_answer_that_is_no_list_of_events_is_for_the_next_run(
    world: World, calendar: Connector, body: str
) -> None:
    world.faults.add(Fault("GET", LISTING, "status", status=200, body=body))
    with pytest.raises(Retriable):
        await read(calendar)


@pytest.mark.parametrize("kind", ["truncated_json", "html"])
async def test_a_broken_answer_is_for_the_next_run(world: World, calendar: Connector, kind: Any) -> None:
    await world.put()
    world.faults.add(Fault("GET", LISTING, kind, times=None))
    with pytest.raises(Retriable):
        await read(calendar)


async def test_too_many_requests_are_waited_out(world: World, calendar: Connector) -> None:
    """H29."""
    identity = await world.put()
    world.faults.add(Fault("GET", LISTING, "throttle", retry_after=0))
    assert (await read(calendar)).ids == [identity]


async def test_a_refused_token_asks_to_connect_again(world: World, calendar: Connector) -> None:
    """H30."""
    world.state.revoke_token("app")
    with pytest.raises(ConnectAgain, match="about an hour") as refused:
        await read(calendar)
    assert "app" not in str(refused.value).split()


async def test_a_withdrawn_mailbox_pauses_the_space(world: World, calendar: Connector) -> None:
    """H17."""
    world.state.withdraw(MAILBOX, "app")
    with pytest.raises(Paused, match=r"Application Calendars\.ReadWrite"):
        await read(calendar)


async def test_one_odd_event_is_set_aside_by_itself(world: World, calendar: Connector) -> None:
    """H28: the listing goes through; only the view of that one event is refused."""
    good = {"@odata.etag": 'W/"a"', "id": "1", **event(), "isAllDay": False}
    bad = {**good, "id": "2", "subject": "Odd", "start": {"dateTime": "tomorrow", "timeZone": "UTC"}}
    world.faults.add(_answering({"value": [bad, good], "@odata.count": 2}))
    odd, fine = (await read(calendar)).remotes
    assert calendar.view(fine)["title"] == "Gathering"
    with pytest.raises(SetAside, match="“Odd” in Outlook cannot be understood"):
        calendar.view(odd)


def _answering(content: Json) -> Fault:
    return Fault("GET", LISTING, "status", status=200, body=json.dumps(content))
