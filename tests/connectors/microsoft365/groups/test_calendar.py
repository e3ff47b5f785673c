"""A group's calendar: who is told, what happens when a write is lost, and how the space ends."""

from __future__ import annotations

import json
from typing import Any

import httpx
import pytest

from connectors.contract import Connector, Missing
from connectors.microsoft365.capabilities import CAPABILITIES
from domain.errors import ConnectAgain, Paused, SetAside, Uncertain
from domain.fields import RecordType
from sandbox.faults import Fault
from sandbox.microsoft365.groups import Group
from tests.connectors.microsoft365.groups.conftest import ADA, BEN, ROBOT
from tests.connectors.microsoft365.test_checking import texts
from tests.connectors.microsoft365.world import (
    MAILBOX,
    World,
    change,
    creation,
    deletion,
    event,
    event_view,
    get,
    lost,
    make,
    read,
    update,
)

FOOTER = (
    "<div>You're receiving this message because you're a member of the Data Practice group. "
    '<a href="https://outlook.office365.com/owa/groupsubscription.ashx?source=x">Stop following</a></div>'
)


async def put_by_ada(world: World, **more: Any) -> str:
    """Create an event as another member, and return its id."""
    headers = {"Authorization": "Bearer ada"}
    answer = await world.person.post(f"{world.url}{world.path}/events", json=event(**more), headers=headers)
    return str(answer.json()["id"])


async def test_nobody_is_told_of_what_copsync_writes(world: World, calendar: Connector) -> None:
    """Outlook names the group and its maker in each event; that is no invitation, here or in another tool."""
    made = await make(calendar, title="Book club")
    stored = await world.stored(made)
    assert [one["emailAddress"]["address"] for one in stored["attendees"]] == [MAILBOX, ROBOT]
    assert (stored["organizer"]["emailAddress"]["address"], stored["isReminderOn"]) == (MAILBOX, False)
    for remote in (made, await get(calendar, made.id), (await read(calendar)).remotes[0]):
        assert calendar.view(remote)["attendees"] == frozenset()
    after = await change(calendar, made, title="Reading circle")
    assert await calendar.write(deletion(calendar, after)) is None
    assert world.state.invitations == []


async def test_what_a_member_made_names_that_member(world: World, calendar: Connector) -> None:
    """Outlook would write to Ada: so her event flows out, and is changed only where the admin wants it."""
    before = await get(calendar, await put_by_ada(world))
    assert calendar.view(before)["attendees"] == {ADA}
    world.state.invitations.clear()
    for order in (update(calendar, before, title="Renamed"), deletion(calendar, before)):
        with pytest.raises(SetAside, match=r"1 person is invited.*mail_attendees"):
            await calendar.write(order)
    assert world.state.invitations == []
    await change(world.connector(mail_attendees=True), before, title="Renamed")
    assert [mail.recipients for mail in world.state.invitations] == [(ADA,)]


async def test_those_who_follow_the_group_asked_for_it_and_are_named_by_check(
    world: World, calendar: Connector, group: Group
) -> None:
    """Nothing can keep Outlook from writing to them."""
    group.followers.add(BEN)
    await make(calendar)
    assert [mail.recipients for mail in world.state.invitations] == [(BEN,)]
    assert texts(await calendar.check()) == [
        ("ok", "The calendar “Calendar” of the group “Data Practice” can be read."),
        ("ok", "Members who follow the group “Data Practice” in their inbox get every event from Outlook by e-mail."),
    ]


async def test_where_members_are_made_to_follow_nothing_is_written_unless_the_admin_wants_it(
    world: World, calendar: Connector, group: Group
) -> None:
    group.subscribes = True
    group.followers |= {ADA, BEN}
    with pytest.raises(Paused, match="made to follow it") as paused:
        await make(calendar)
    assert "AutoSubscribeNewMembers:$false" in paused.value.mend
    (_, told) = await calendar.check()
    assert (told.level, "Until then it is only read" in told.message) == ("warning", True)
    assert (await world.all(), world.state.invitations) == ([], [])
    wanted = world.connector(mail_attendees=True)
    await make(wanted)
    assert [mail.recipients for mail in world.state.invitations] == [(ADA, BEN)]
    assert {one.level for one in await wanted.check()} == {"ok"}


@pytest.mark.parametrize("path", [r"/groups/[^/]+\?", r"/me\?"])
async def test_a_directory_that_keeps_silent_is_told_and_costs_no_quiet(world: World, path: str) -> None:
    body = json.dumps({"error": {"code": "Authorization_RequestDenied", "message": "Insufficient privileges."}})
    world.faults.add(Fault("GET", path, "status", status=403, body=body, times=None))
    calendar = world.connector()
    made = await make(calendar)
    with pytest.raises(SetAside, match="1 person is invited"):
        await calendar.write(update(calendar, made, title="Renamed"))
    (_, told) = await calendar.check()
    assert (told.level, "look as if people were invited" in told.message) == ("warning", True)
    assert "`copsync connect`" in str(told.mend)


async def test_a_read_without_changes_costs_two_questions_and_the_listing(world: World) -> None:
    calendar = world.connector()
    with world.counting() as first:
        await read(calendar)
    with world.counting() as later:
        await read(calendar)
    events = f"GET {world.path}/calendar/events"
    assert (first, later) == ([f"GET {world.path}", "GET /me", events], [events])


@pytest.mark.parametrize("knows_transactions", [True, False])
async def test_h13_a_create_whose_answer_is_lost_is_not_sent_again_and_found(
    world: World, calendar: Connector, knows_transactions: bool
) -> None:
    """Nothing says that a transactionId counts in a group, so it is not relied on."""
    world.state.transactions_in_groups = knows_transactions
    world.faults.add(Fault("POST", "events", "lost_answer"))
    with world.counting() as requests, pytest.raises(Uncertain):
        await calendar.write(creation(calendar, RecordType.EVENT, event_view()))
    assert [one.partition(" ")[0] for one in requests].count("POST") == 1
    (found,) = await calendar.find(lost(calendar, RecordType.EVENT, event_view(), world.clock()))
    assert [found.id] == [row["id"] for row in await world.all()]
    assert (found.mark, calendar.view(found)["attendees"]) == ("record-1", frozenset())


async def test_h04_a_change_whose_answer_is_lost_is_not_sent_again(world: World, calendar: Connector) -> None:
    """A person may have been there meanwhile, and nothing says that an old version is refused in a group."""
    made = await make(calendar)
    world.faults.add(Fault("PATCH", "events", "lost_answer"))
    with world.counting() as requests, pytest.raises(Uncertain):
        await calendar.write(update(calendar, made, title="Renamed"))
    assert len([one for one in requests if one.startswith("PATCH")]) == 1
    assert calendar.view(await get(calendar, made.id))["title"] == "Renamed"


async def test_each_event_is_read_before_it_is_changed(calendar: Connector) -> None:
    """Sync does so where a tool does not itself refuse what is out of date."""
    held = calendar.capabilities.types
    assert [kind.conditional for kind in held.values()] == [False, False]
    assert {name: list(kind.fields) for name, kind in held.items()} == {
        name: list(kind.fields) for name, kind in CAPABILITIES.types.items()
    }
    assert "members who follow the group" in calendar.capabilities.limits


async def test_h17_a_service_user_who_left_the_group_pauses_the_space(
    world: World, calendar: Connector, group: Group
) -> None:
    made = await make(calendar)
    del group.team.members[ROBOT]
    for attempt in (read(calendar), calendar.fetch(RecordType.EVENT, made.id), make(calendar)):
        with pytest.raises(Paused, match="may not do this in the calendar of the group") as paused:
            await attempt
        assert "member of the group" in paused.value.mend
        assert "shared mailbox" in paused.value.mend
    (told,) = await calendar.check()
    assert told.level == "error"


@pytest.mark.parametrize("code", [None, "ResourceNotFound", "ErrorItemNotFound", "SomethingNew"])
async def test_h17_a_group_that_was_deleted_pauses_the_space(
    world: World, calendar: Connector, group: Group, code: str | None
) -> None:
    made = await make(calendar)
    world.state.remove_group(group)
    if code:
        body = json.dumps({"error": {"code": code, "message": "Not there."}})
        world.faults.add(Fault("*", "/groups/", "status", status=404, body=body, times=None))
    for attempt in (read(calendar), calendar.fetch(RecordType.EVENT, made.id), make(calendar)):
        with pytest.raises(Paused, match=r"no group .* deleted") as paused:
            await attempt
        assert "Restore it within 30 days" in paused.value.mend


async def test_a_group_without_a_calendar_is_named(world: World) -> None:
    team = world.state.teams.add_team("No Outlook", {ROBOT: "copsync"})
    (told,) = await world.connector(group=team.id).check()
    assert (told.level, "has no calendar in Exchange Online" in told.message) == ("error", True)
    assert "Viva Engage" in str(told.mend)


async def test_members_who_may_only_read_pause_the_writes(world: World, calendar: Connector, group: Group) -> None:
    group.read_only = True
    assert (await read(calendar)).outcome.complete
    with pytest.raises(Paused, match="ErrorAccessDenied"):
        await make(calendar)


async def test_an_app_by_itself_is_refused_with_the_alternative(world: World) -> None:
    """A bearer token does not say whose it is; Graph does."""
    world.state.add_token("an-app")
    calendar = world.connector(world.connection("an-app"))
    (told,) = await calendar.check()
    assert (told.level, "ErrorAccessDenied" in told.message) == ("error", True)
    assert "A token of an app by itself is always refused" in str(told.mend)
    assert "shared mailbox" in str(told.mend)
    with pytest.raises(Paused):
        await read(calendar)


async def test_a_person_who_allowed_too_little_is_refused(world: World) -> None:
    world.state.add_token("reader", user=ROBOT, scopes=frozenset({"Group.Read.All", "User.Read"}))
    calendar = world.connector(world.connection("reader"))
    assert (await read(calendar)).outcome.complete
    with pytest.raises(Paused, match="may not do this") as paused:
        await make(calendar)
    assert "consented" in paused.value.mend


async def test_h30_a_dead_token_asks_to_connect_again(world: World, calendar: Connector) -> None:
    made = await make(calendar)
    world.state.revoke_token("app")
    with pytest.raises(ConnectAgain):
        await calendar.fetch(RecordType.EVENT, made.id)
    with pytest.raises(ConnectAgain):
        await read(world.connector())  # before anything is known about the group


async def test_what_was_deleted_is_gone(world: World, calendar: Connector) -> None:
    made = await make(calendar)
    await world.trash(made.id)
    assert await calendar.fetch(RecordType.EVENT, made.id) is Missing.GONE


async def test_h28_an_event_with_odd_attendees_is_one_poisoned_event(world: World, calendar: Connector) -> None:
    good = await make(calendar)
    row = {**await world.stored(good), "id": "odd", "attendees": ["nobody", None, {"emailAddress": 7}]}
    body = json.dumps({"value": [await world.stored(good), row], "@odata.count": 2})
    world.faults.add(Fault("GET", "/calendar/events", "status", status=200, body=body))
    one, odd = (await read(calendar)).remotes
    assert calendar.view(one)["attendees"] == frozenset()
    with pytest.raises(SetAside):
        calendar.view(odd)


async def test_a_gathering_gets_its_teams_meeting(world: World) -> None:
    made = await make(world.connector(meetings="teams"))
    assert str(world.connector().view(made)["meeting_url"]).startswith("https://teams.example.org/")


async def test_the_footer_of_group_events_is_no_note_and_stays(world: World, calendar: Connector) -> None:
    body = {"contentType": "html", "content": f"<p>Bring tea.</p>{FOOTER}"}
    before = await get(calendar, await world.put(body=body))
    assert calendar.view(before)["notes"] == "Bring tea."
    after = await change(calendar, before, notes="Bring coffee.")
    assert calendar.view(after)["notes"] == "Bring coffee."
    assert "groupsubscription.ashx" in (await world.stored(after))["body"]["content"]


async def test_a_mailbox_that_is_a_group_is_told_the_way(world: World) -> None:
    body = json.dumps({"error": {"code": "ErrorGroupIsUsedInNonGroupURI", "message": "Group Shard is used."}})
    world.faults.add(Fault("GET", "/users/", "status", status=400, body=body))
    wrong = world.connector(mailbox=MAILBOX, group=None)
    (told,) = await wrong.check()
    assert (told.level, "is a Microsoft 365 group" in told.message) == ("error", True)
    assert "`group` with a connection that signs in as a service user" in str(told.mend)


async def test_another_member_sees_what_copsync_wrote(world: World, calendar: Connector) -> None:
    await make(calendar, title="Book club")
    async with httpx.AsyncClient(headers={"Authorization": "Bearer ada"}) as ada:
        rows = (await ada.get(f"{world.url}{world.path}/events")).json()["value"]
    assert [row["subject"] for row in rows] == ["Book club"]
