"""Writing into a calendar: every verb, quietly, once, and never over a person's edit."""

import json
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest

from connectors.contract import Connector
from connectors.microsoft365.marks import PROPERTY
from domain.errors import Paused, SetAside, Stale, Uncertain
from domain.fields import RecordType
from domain.plan import Verb
from sandbox.faults import Fault
from tests.connectors.microsoft365.world import (
    MAILBOX,
    START,
    Json,
    World,
    change,
    creation,
    day,
    deletion,
    event_view,
    get,
    make,
    read,
    update,
    whole_days,
)

ATTENDEES = [{"emailAddress": {"address": "ben@example.org"}}]
TEAMS: Json = {"isOnlineMeeting": True, "onlineMeetingProvider": "teamsForBusiness"}


async def test_an_event_is_created_quietly_and_with_our_mark(world: World, calendar: Connector) -> None:
    made = await make(calendar, title="Book club", notes="Bring *tea*.", location="Room Lovelace")
    stored = await world.stored(made)
    assert stored["subject"] == "Book club"
    assert stored["location"]["displayName"] == "Room Lovelace"
    assert (stored["originalStartTimeZone"], stored["isAllDay"]) == ("W. Europe Standard Time", False)
    assert (stored["attendees"], stored["isReminderOn"], stored["isOnlineMeeting"]) == ([], False, False)
    assert stored["singleValueExtendedProperties"] == [{"id": PROPERTY, "value": "event:record-1"}]
    assert (made.mark, made.version) == ("record-1", stored["@odata.etag"])
    assert world.state.invitations == []


async def test_what_was_written_is_what_is_read(world: World, calendar: Connector) -> None:
    wanted = event_view(title="Book club", notes="Bring _tea_.\n\n- one\n- two", location="Room Lovelace")
    made = await make(calendar, **wanted)
    (seen,) = (await read(calendar)).remotes
    assert (seen.id, seen.version, calendar.view(seen)) == (made.id, made.version, calendar.view(made))
    assert {name: value for name, value in calendar.view(seen).items() if name in wanted} == wanted


async def test_a_deadline_is_an_all_day_event_marked_free(world: World, calendar: Connector) -> None:
    made = await make(calendar, RecordType.TASK)
    stored = await world.stored(made)
    assert stored["start"]["dateTime"].startswith("2026-03-10T00:00:00")
    assert stored["end"]["dateTime"].startswith("2026-03-11T00:00:00")
    assert (stored["isAllDay"], stored["showAs"], stored["isReminderOn"]) == (True, "free", False)
    assert stored["body"]["content"] == ""
    assert calendar.view(made) == {"title": "Report due", "due": day(10)}


async def test_only_the_fields_that_change_are_sent(world: World, calendar: Connector) -> None:
    made = await make(calendar, notes="Keep me", location="Room Lovelace")
    await world.edit(made.id, showAs="tentative", categories=["Community"])
    before = await get(calendar, made.id)
    after = await change(calendar, before, title="Renamed")
    stored = await world.stored(after)
    assert (stored["subject"], stored["showAs"], stored["categories"]) == ("Renamed", "tentative", ["Community"])
    assert calendar.view(after) == {**calendar.view(before), "title": "Renamed"}
    (seen,) = (await read(calendar)).remotes
    assert seen.version == after.version


async def test_an_event_moves_with_its_wall_time_and_zone(world: World, calendar: Connector) -> None:
    made = await make(calendar)
    summer = datetime(2026, 7, 7, 16, 0, tzinfo=UTC)
    after = await change(calendar, made, start=summer, end=summer + timedelta(hours=2), zone="Europe/London")
    stored = await world.stored(after)
    assert stored["originalStartTimeZone"] == "GMT Standard Time"
    assert (calendar.view(after)["start"], calendar.view(after)["zone"]) == (summer, "Europe/London")


async def test_an_event_becomes_a_whole_day_and_a_timed_one_again(world: World, calendar: Connector) -> None:
    """H24."""
    made = await make(calendar)
    days = await change(calendar, made, start=day(28), end=day(30))
    assert (await world.stored(days))["isAllDay"] is True
    assert [calendar.view(days)[name] for name in ("start", "end", "zone")] == [day(28), day(30), None]
    timed = await change(calendar, days, start=START, end=START + timedelta(hours=1), zone="Europe/Berlin")
    assert [calendar.view(timed)[name] for name in ("start", "zone")] == [START, "Europe/Berlin"]


async def test_the_hour_that_comes_twice_is_written_in_utc(world: World, calendar: Connector) -> None:
    """H24: 02:30 on 25 October 2026 happens twice in Berlin."""
    for hour in (0, 1):
        begin = datetime(2026, 10, 25, hour, 30, tzinfo=UTC)
        view = event_view(start=begin, end=begin + timedelta(minutes=10))
        made = await calendar.write(creation(calendar, RecordType.EVENT, view, key=f"twice-{hour}"))
        assert made is not None
        assert (await world.stored(made))["originalStartTimeZone"] == "UTC"
        assert calendar.view(made)["start"] == begin


async def test_a_deadline_moves_and_is_renamed_both_ways(world: World, calendar: Connector) -> None:
    made = await make(calendar, RecordType.TASK)
    moved = await change(calendar, made, due=day(12), title="Report is due")
    assert calendar.view(moved) == {"title": "Report is due", "due": day(12)}
    await world.edit(made.id, subject="Report, final", **whole_days("2026-03-20", "2026-03-21"))
    (seen,) = (await read(calendar)).remotes
    assert calendar.view(seen) == {"title": "Report, final", "due": day(20)}


@pytest.mark.parametrize(
    ("edit", "due"),
    [
        (whole_days("2026-03-09", "2026-03-13"), 12),
        ({"isAllDay": False, "start": {"dateTime": "2026-03-11T23:30:00", "timeZone": "Europe/Berlin"},
          "end": {"dateTime": "2026-03-11T23:45:00", "timeZone": "Europe/Berlin"}}, 11),
        ({"isAllDay": False, "start": {"dateTime": "2026-03-11T20:00:00", "timeZone": "Europe/Berlin"},
          "end": {"dateTime": "2026-03-12T00:00:00", "timeZone": "Europe/Berlin"}}, 11),
    ],
)  # fmt: skip
async def test_a_deadline_that_was_stretched_or_timed_is_due_on_its_last_day(
    world: World, calendar: Connector, edit: dict[str, Any], due: int
) -> None:
    made = await make(calendar, RecordType.TASK)
    await world.edit(made.id, **edit)
    (seen,) = (await read(calendar)).remotes
    assert calendar.view(seen)["due"] == day(due)
    again = await change(calendar, seen, due=day(25))
    stored = await world.stored(again)
    assert (stored["isAllDay"], calendar.view(again)["due"]) == (True, day(25))


async def test_an_event_that_moved_is_not_written_over(world: World, calendar: Connector) -> None:
    made = await make(calendar)
    await world.edit(made.id, subject="By a person")
    with world.counting() as requests:
        for order in (update(calendar, made, location="Elsewhere"), deletion(calendar, made)):
            with pytest.raises(Stale):
                await calendar.write(order)
    assert [request.partition(" ")[0] for request in requests] == ["PATCH", "GET", "DELETE", "GET"]
    stored = await world.stored(made)
    assert (stored["subject"], stored["location"]["displayName"]) == ("By a person", "")


async def test_an_event_whose_version_alone_moved_is_written(world: World, calendar: Connector) -> None:
    """H10: versions move with answers and reminders as well; a deletion and notes look at the event, too."""
    made = await make(calendar, notes="Old")
    for fields in ({"location": "Elsewhere"}, {"location": "Here", "notes": "New"}):
        await world.edit(made.id, isReminderOn=True)
        made = await change(calendar, made, **fields)
        assert fields.items() <= calendar.view(made).items()
    await world.edit(made.id, isReminderOn=True)
    assert await calendar.write(deletion(calendar, made)) is None
    assert await world.all() == []


@pytest.mark.parametrize(("status", "code"), [(412, "Oddity"), (409, "ErrorIrresolvableConflict")])
async def test_each_way_of_saying_that_it_moved(world: World, calendar: Connector, status: int, code: str) -> None:
    made = await make(calendar)
    body = json.dumps({"error": {"code": code, "message": "it moved"}})
    world.faults.add(Fault("PATCH", "events", "status", status=status, body=body, times=2))
    with pytest.raises(Stale):
        await calendar.write(update(calendar, made, title="Renamed"))


async def test_without_a_known_version_the_event_is_looked_at_first(world: World, calendar: Connector) -> None:
    made = await make(calendar)
    order = update(calendar, made, location="Elsewhere")
    unversioned = type(order)(**{**_fields(order), "version": ""})
    await world.edit(made.id, subject="By a person")
    done = await calendar.write(unversioned)
    assert done is not None
    assert (await world.stored(done))["location"]["displayName"] == "Elsewhere"
    with pytest.raises(Stale):
        await calendar.write(unversioned)


async def test_an_event_goes_to_the_trash_once(world: World, calendar: Connector) -> None:
    made = await make(calendar)
    assert await calendar.write(deletion(calendar, made)) is None
    assert await world.all() == []
    assert await calendar.write(deletion(calendar, made)) is None


async def test_a_change_of_what_is_gone_is_stale(world: World, calendar: Connector) -> None:
    made = await make(calendar)
    await world.trash(made.id)
    with pytest.raises(Stale, match="no longer in Outlook"):
        await calendar.write(update(calendar, made, title="Too late"))
    with pytest.raises(Stale, match="no longer in Outlook"):
        await calendar.write(update(calendar, made, notes="Too late"))


@pytest.mark.parametrize("status", [201, 400, 409])
async def test_a_create_whose_answer_is_lost_is_sent_again_and_makes_one_event(
    world: World, calendar: Connector, status: Any
) -> None:
    """H13."""
    world.state.duplicate_status = status
    world.faults.add(Fault("POST", "events", "lost_answer"))
    made = await make(calendar, title="Once")
    assert [(row["id"], row["subject"]) for row in await world.all()] == [(made.id, "Once")]
    (seen,) = (await read(calendar)).remotes
    assert (made.id, made.version, made.mark) == (seen.id, seen.version, "record-1")


async def test_a_duplicate_that_cannot_be_named_is_uncertain(world: World, calendar: Connector) -> None:
    """Never made twice: the caller looks for it."""
    body = json.dumps({"error": {"code": "ErrorDuplicateTransactionId", "message": "used before"}})
    world.faults.add(Fault("POST", "events", "status", status=400, body=body))
    with pytest.raises(Uncertain):
        await make(calendar)
    made = await make(calendar)
    await world.trash(made.id)
    with pytest.raises(Uncertain):
        await make(calendar)


async def test_a_change_whose_answer_is_lost_is_recognised(world: World, calendar: Connector) -> None:
    made = await make(calendar)
    world.faults.add(Fault("PATCH", "events", "lost_answer"))
    done = await change(calendar, made, title="Renamed")
    assert (calendar.view(done)["title"], done.version) == ("Renamed", (await world.stored(done))["@odata.etag"])


async def test_a_change_that_was_lost_and_then_overtaken_is_stale(world: World, calendar: Connector) -> None:
    made = await make(calendar)
    await world.edit(made.id, subject="By a person")
    world.faults.add(Fault("PATCH", "events", "cut"))
    with pytest.raises(Stale):
        await calendar.write(update(calendar, made, title="Renamed"))


async def test_a_delete_whose_answer_is_lost_is_done(world: World, calendar: Connector) -> None:
    made = await make(calendar)
    world.faults.add(Fault("DELETE", "events", "lost_answer"))
    assert await calendar.write(deletion(calendar, made)) is None
    assert await world.all() == []


async def test_notes_keep_the_teams_meeting(world: World, calendar: Connector) -> None:
    body = {"contentType": "html", "content": "<p>Old agenda</p>"}
    identity = await world.put(body=body, **TEAMS)
    before = await get(calendar, identity)
    after = await change(calendar, before, notes="New **agenda**")
    stored = await world.stored(after)
    assert stored["isOnlineMeeting"]
    assert "Old agenda" not in stored["body"]["content"]
    assert calendar.view(after) == {**calendar.view(before), "notes": "New **agenda**"}
    again = await change(calendar, after, notes="")
    assert (calendar.view(again)["notes"], (await world.stored(again))["isOnlineMeeting"]) == ("", True)
    assert calendar.view(again)["meeting_url"] == calendar.view(before)["meeting_url"]


async def test_a_teams_meeting_that_got_lost_is_told(world: World, calendar: Connector) -> None:
    identity = await world.put(**TEAMS)
    before = await get(calendar, identity)
    answer = {**await world.stored(identity), "isOnlineMeeting": False, "onlineMeeting": None}
    world.faults.add(Fault("PATCH", "events", "status", status=200, body=json.dumps(answer)))
    with pytest.raises(SetAside, match="took the Teams meeting off “Gathering”"):
        await calendar.write(update(calendar, before, notes="New"))


async def test_notes_that_changed_meanwhile_are_not_written_over(world: World, calendar: Connector) -> None:
    made = await make(calendar, notes="Old")
    await world.edit(made.id, body={"contentType": "html", "content": "<p>By a person</p>"})
    with pytest.raises(Stale):
        await calendar.write(update(calendar, made, notes="By us"))


async def test_people_who_are_invited_get_no_mail(world: World, calendar: Connector) -> None:
    identity = await world.put(attendees=ATTENDEES)
    before = await get(calendar, identity)
    world.state.invitations.clear()
    for order in (update(calendar, before, title="Renamed"), deletion(calendar, before)):
        with pytest.raises(SetAside, match=r"1 person is invited.*mail_attendees"):
            await calendar.write(order)
    assert world.state.invitations == []
    assert (await world.stored(identity))["subject"] == "Gathering"


async def test_people_who_are_invited_get_mail_where_the_admin_wants_it(world: World) -> None:
    calendar = world.connector(mail_attendees=True)
    before = await get(calendar, await world.put(attendees=ATTENDEES))
    world.state.invitations.clear()
    await change(calendar, before, title="Renamed")
    assert [mail.recipients for mail in world.state.invitations] == [("ben@example.org",)]


async def test_what_outlook_does_not_take_is_set_aside_with_its_words(world: World, calendar: Connector) -> None:
    """H28."""
    with pytest.raises(SetAside, match=r"Outlook refuses “x+…?” .*longer than 255"):
        await calendar.write(creation(calendar, RecordType.EVENT, event_view(title="x" * 300)))
    with pytest.raises(SetAside, match=r"Outlook refuses “Gathering” .*larger than 4 MB"):
        await make(calendar, notes="word " * 900_000)
    with pytest.raises(SetAside, match="cannot be written down"):
        await make(calendar, title="half an emoji \ud83d")
    with pytest.raises(SetAside, match="without a date"):
        await make(calendar, RecordType.TASK, due=None)


async def test_odd_texts_go_through(world: World, calendar: Connector) -> None:
    """H28: emoji, right-to-left text, control characters, very long notes."""
    notes = "\n\n".join(["שלום 👩‍🔬 مرحبا"] * 4_000)
    made = await make(calendar, title="👩‍🔬\tשלום\x07", notes=notes)
    assert calendar.view(made)["title"] == "👩‍🔬 שלום"
    assert calendar.view(made)["notes"] == notes


async def test_a_mailbox_that_may_only_be_read_pauses_the_space(world: World, calendar: Connector) -> None:
    """H17."""
    made = await make(calendar)
    world.state.withdraw(MAILBOX, "app")
    for order in (update(calendar, made, title="Renamed"), deletion(calendar, made)):
        with pytest.raises(Paused, match=r"Application Calendars\.ReadWrite"):
            await calendar.write(order)


async def test_a_mailbox_that_is_gone_is_no_delete_that_succeeded(world: World, calendar: Connector) -> None:
    """H17."""
    made = await make(calendar)
    world.state.mailbox(MAILBOX).enabled = False
    with pytest.raises(Paused):
        await calendar.write(deletion(calendar, made))


async def test_a_calendar_that_is_gone_pauses_the_space(world: World) -> None:
    """H17."""
    world.state.add_calendar(MAILBOX, "Events")
    calendar = world.connector(calendar="Events")
    await read(calendar)
    mailbox = world.state.mailbox(MAILBOX)
    del mailbox.calendars[max(mailbox.calendars)]
    with pytest.raises(Paused, match=r"calendar “Events” .* no longer there"):
        await make(calendar)


async def test_writes_go_into_a_named_calendar(world: World) -> None:
    world.state.add_calendar(MAILBOX, "Events")
    calendar = world.connector(calendar="Events")
    made = await make(calendar)
    assert await world.all() == []
    assert (await read(calendar)).ids == [made.id]
    await calendar.write(deletion(calendar, made))
    assert (await read(calendar)).ids == []


async def test_no_more_than_four_requests_are_under_way_at_once(world: World, calendar: Connector) -> None:
    import asyncio

    world.state.latency_s = 0.01
    orders = (creation(calendar, RecordType.EVENT, event_view(), key=f"key-{number}") for number in range(12))
    made = await asyncio.gather(*map(calendar.write, orders))
    assert len({one.id for one in made if one}) == 12
    assert world.state.peak_at_once <= 4


async def test_a_complete_verb_changes_what_it_names(world: World, calendar: Connector) -> None:
    made = await make(calendar, RecordType.TASK)
    order = update(calendar, made, title="Done")
    done = await calendar.write(type(order)(**{**_fields(order), "verb": Verb.MOVE}))
    assert done is not None
    assert calendar.view(done)["title"] == "Done"


def _fields(order: Any) -> dict[str, Any]:
    return {name: getattr(order, name) for name in order.__slots__}
