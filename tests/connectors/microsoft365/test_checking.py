"""What `copsync check` says: every finding names what to do next."""

import json
from typing import Any

import pytest

from connectors.contract import Connector, Finding
from connectors.http import Patience
from sandbox.faults import Fault
from tests.connectors.http.scripted import free_port
from tests.connectors.microsoft365.world import MAILBOX, World, event, weekly


def texts(findings: Any) -> list[tuple[str, str]]:
    found: list[Finding] = list(findings)
    assert all(one.mend for one in found if one.level != "ok")
    return [(one.level, one.message) for one in found]


async def test_a_sign_in_that_works(world: World) -> None:
    connection = world.connection()
    assert texts(await connection.check()) == [("ok", "Microsoft Graph accepts the sign-in.")]
    assert await connection.discover() == []
    assert connection.requests == 1
    assert connection.clock_offset is not None


async def test_a_sign_in_that_is_refused(world: World) -> None:
    (finding,) = await world.connection(token="someone-elses").check()
    assert finding.level == "error"
    assert "does not accept the credentials" in finding.message
    assert "about an hour" in finding.mend
    assert "someone-elses" not in f"{finding}"


async def test_a_service_that_is_not_there(world: World) -> None:
    world.url = f"http://127.0.0.1:{free_port()}/v1.0"
    (finding,) = await world.connection(patience=Patience(attempts=1)).check()
    assert (finding.level, "could not be reached" in finding.message) == ("error", True)


async def test_a_calendar_that_can_be_used(world: World, calendar: Connector) -> None:
    await world.put()
    assert texts(await calendar.check()) == [("ok", f"The calendar “Calendar” of {MAILBOX} can be read.")]


async def test_what_is_left_alone_is_counted(world: World, calendar: Connector) -> None:
    await world.put(**weekly())
    for kind in ("private", "confidential"):
        await world.put(sensitivity=kind)
    await world.put(**weekly(), sensitivity="private")
    assert texts(await calendar.check())[1:] == [("ok", "Left alone, because marked as private: 3.")]


async def test_events_of_others_are_counted(world: World, calendar: Connector) -> None:
    rows = {"value": [{"@odata.etag": "a", "id": "1", **event(), "isOrganizer": False}], "@odata.count": 1}
    world.faults.add(Fault("GET", "/events", "status", status=200, body=json.dumps(rows)))
    assert texts(await calendar.check())[1:] == [("ok", "Left alone, because organised by somebody else: 1.")]


async def test_a_list_that_never_fits_its_count_is_told(world: World, calendar: Connector) -> None:
    world.fill(5)
    world.faults.add(Fault("GET", "/events", "short_list"))
    (_, finding) = await calendar.check()
    assert (finding.level, finding.message) == (
        "warning",
        "Graph counts 5 events in this calendar, but lists 2.",
    )


async def test_a_mailbox_without_the_role(world: World, calendar: Connector) -> None:
    world.state.withdraw(MAILBOX, "app")
    (finding,) = await calendar.check()
    assert finding.level == "error"
    assert "Application Calendars.ReadWrite" in finding.mend
    assert "Test-ServicePrincipalAuthorization" in finding.mend


async def test_a_mailbox_that_nobody_knows(world: World) -> None:
    (finding,) = await world.connector(mailbox="data-practise@example.org").check()
    assert finding.level == "error"
    assert "knows no mailbox data-practise@example.org" in finding.message
    assert "make a shared mailbox" in finding.mend


async def test_somebody_without_a_mailbox(world: World) -> None:
    world.state.add_user("ben@example.org", "Ben Berg")
    world.state.add_token("all")
    (finding,) = await world.connector(world.connection("all"), mailbox="ben@example.org").check()
    assert (finding.level, "has no mailbox" in finding.message) == ("error", True)
    assert "group's calendar" in finding.mend


async def test_a_calendar_that_is_not_there(world: World) -> None:
    (finding,) = await world.connector(calendar="Events").check()
    assert (finding.level, finding.message) == ("error", f"The mailbox {MAILBOX} has no calendar “Events”.")
    assert "“Calendar”" in finding.mend


async def test_a_calendar_that_may_not_be_changed(world: World, calendar: Connector) -> None:
    body = json.dumps({"id": "1", "name": "Calendar", "canEdit": False})
    world.faults.add(Fault("GET", "/calendar$", "status", status=200, body=body))
    (finding,) = await calendar.check()
    assert (finding.level, "may not change it" in finding.message) == ("warning", True)


@pytest.mark.parametrize("code", ["ErrorMailboxMoveInProgress", "Oddity"])
async def test_passing_trouble_is_told_as_such(world: World, calendar: Connector, code: str) -> None:
    body = json.dumps({"error": {"code": code, "message": "later"}})
    world.faults.add(Fault("GET", "/calendar", "status", status=409, body=body, times=None))
    (finding,) = await calendar.check()
    assert (finding.level, "later" in finding.message) == ("error", True)


async def test_nobody_is_named_in_a_calendar(calendar: Connector) -> None:
    assert list(await calendar.people()) == []
