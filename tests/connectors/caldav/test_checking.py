"""What an admin is told: each trouble with its mend."""

from __future__ import annotations

from typing import Any

import pytest

from domain.errors import ConfigProblem, ConnectAgain, Paused
from sandbox.faults import Fault
from sandbox.server import serve
from tests.connectors.caldav.conftest import Desk
from tests.connectors.caldav.samples import event, task


async def errors(desk: Desk, **options: Any) -> list[str]:
    found = await desk.connector(**options).check()
    assert all(one.mend for one in found if one.level == "error")
    return [one.message for one in found if one.level == "error"]


async def test_all_is_well(desk: Desk) -> None:
    connection = desk.connection()
    (signed_in,) = await connection.check()
    assert signed_in.level == "ok"
    found = await desk.connector(connection).check()
    assert {one.level for one in found} == {"ok"}
    tokens = [one.message for one in found if "sync tokens" in one.message]
    assert len(tokens) == (desk.peer.server.name == "Xandikos")


async def test_collections_are_discovered_with_their_sorts(desk: Desk) -> None:
    found = {(one.name, one.key): one.id for one in await desk.connection().discover()}
    assert found["Community", "calendar"] == desk.peer.calendar
    assert found["Community tasks", "tasks"] == desk.peer.tasks
    assert ("Community", "tasks") not in found


@pytest.mark.parametrize("base", ["", "/", "/.well-known/caldav", "/ada/"])
async def test_calendars_are_found_from_any_address_of_the_server(desk: Desk, base: str) -> None:
    connection = desk.connection(desk.peer.url + base)
    found, _ = await desk.read(desk.connector(connection))
    assert found == {}


async def test_a_path_names_a_collection_and_needs_no_discovery(desk: Desk) -> None:
    connector = desk.connector(calendar=desk.peer.calendar)
    desk.peer.forget_traffic()
    await desk.read(connector)
    assert all(one.path.startswith(desk.peer.calendar.rstrip("/")) for one in desk.peer.requests)
    assert await errors(desk, calendar=desk.peer.url + desk.peer.calendar) == []


async def test_a_wrong_password_asks_to_connect_again(desk: Desk) -> None:
    connection = desk.connection(password="wrong")
    (finding,) = await connection.check()
    assert finding.level == "error"
    assert "app password" in finding.mend
    connector = desk.connector(connection)
    (finding,) = await connector.check()
    assert "401" in finding.message
    with pytest.raises(ConnectAgain) as again:
        await connector.observe(None, lambda _: None)
    assert "app password" in again.value.mend


@pytest.mark.parametrize(
    ("options", "words"),
    [
        ({"calendar": "Nobody's"}, "no calendar “Nobody's”"),
        ({"tasks": "Nobody's"}, "no task list “Nobody's”"),
        ({"tasks": "Community"}, "is no task list: it holds events"),
        ({"calendar": "Community tasks"}, "is no calendar: it holds tasks"),
    ],
)
async def test_a_wrong_name_is_told_with_those_there_are(desk: Desk, options: dict[str, Any], words: str) -> None:
    connector = desk.connector(**options)
    (finding,) = await connector.check()
    assert words in finding.message
    assert "Community" in finding.mend
    with pytest.raises(Paused):
        await connector.observe(None, lambda _: None)


async def test_a_path_of_the_wrong_sort_is_told(desk: Desk) -> None:
    assert "cannot hold" in (await errors(desk, tasks=desk.peer.calendar))[0]
    assert "no calendar" in (await errors(desk, calendar=desk.peer.server.home))[0]
    assert "no longer there" in (await errors(desk, calendar=f"{desk.peer.server.home}gone/"))[0]


async def test_two_collections_of_one_name_are_asked_about(desk: Desk) -> None:
    other = f"{desk.peer.server.home}second/"
    desk.peer.server.make(other, "VEVENT", "Community")
    try:
        (finding,) = await desk.connector(calendar="Community").check()
        assert "2 collections" in finding.message
        assert other in finding.mend
    finally:
        desk.peer.server.request("DELETE", other)


async def test_h17_somebody_elses_collection_is_told(desk: Desk) -> None:
    if desk.peer.server.name == "Radicale":  # owner_only
        assert "may not read" in (await errors(desk, calendar="/ben/calendar/"))[0]
    desk.peer.front.withdrawn = True
    assert "403" in (await errors(desk, calendar=desk.peer.calendar))[0]


async def test_a_collection_that_is_read_only_is_told(desk: Desk) -> None:
    body = (
        '<D:multistatus xmlns:D="DAV:" xmlns:C="urn:ietf:params:xml:ns:caldav"><D:response>'
        f"<D:href>{desk.peer.calendar}</D:href>"
        "<D:propstat><D:prop><D:resourcetype><D:collection/><C:calendar/></D:resourcetype>"
        "<D:current-user-privilege-set><D:privilege><D:read/></D:privilege></D:current-user-privilege-set></D:prop>"
        "<D:status>HTTP/1.1 200 OK</D:status></D:propstat></D:response></D:multistatus>"
    )
    desk.peer.faults.add(Fault("PROPFIND", r"", "status", status=207, body=body, times=3))
    found = await desk.connector(calendar=desk.peer.calendar).check()
    (finding,) = [one for one in found if one.level == "warning"]
    assert "read_only = true" in finding.mend
    assert any("no sync tokens" in one.message for one in found)


async def test_what_is_left_alone_is_counted(desk: Desk) -> None:
    put = desk.peer.server.put
    put(f"{desk.peer.calendar}a.ics", event("RRULE:FREQ=WEEKLY\nEXRULE:FREQ=MONTHLY", uid="a@x"))
    put(f"{desk.peer.calendar}b.ics", event("CLASS:PRIVATE", uid="b@x"))
    put(f"{desk.peer.calendar}c.ics", event(uid="c@x"))
    found = [one.message for one in await desk.connector().check()]
    assert any("(EXRULE), which RFC 5545 no longer knows: 1 series" in one for one in found)
    assert any("marked as private: 1" in one for one in found)
    remotes, observation = await desk.read(desk.connector())
    assert (set(remotes), observation.complete) == ({"c.ics"}, True)
    put(f"{desk.peer.tasks}a.ics", task("DTSTART;VALUE=DATE:20261201\nRRULE:FREQ=WEEKLY", uid="t@x"))
    tasks = [one.message for one in await desk.connector(tasks="Community tasks").check()]
    assert any("tasks that recur are not mirrored: 1 recurring tasks" in one for one in tasks)


async def test_what_is_no_caldav_server_is_told() -> None:
    async def web_page(scope: object, receive: object, send: object) -> None:
        await send({"type": "http.response.start", "status": 200, "headers": []})  # type: ignore[operator]
        await send({"type": "http.response.body", "body": b"<html></html>"})  # type: ignore[operator]

    with serve({"caldav": web_page}) as urls:
        desk = Desk(peer=None)  # type: ignore[arg-type]
        try:
            (finding,) = await desk.connection(urls["caldav"]).check()
            assert finding.level == "error"
            assert "base_url" in finding.mend
        finally:
            await desk.close()


async def test_credentials_never_follow_a_redirect_to_another_host() -> None:
    asked: list[dict[str, str]] = []

    async def elsewhere(scope: object, receive: object, send: object) -> None:
        asked.append({key.decode(): value.decode() for key, value in scope["headers"]})  # type: ignore[index]
        await send({"type": "http.response.start", "status": 207, "headers": []})  # type: ignore[operator]
        await send({"type": "http.response.body", "body": b""})  # type: ignore[operator]

    target: list[str] = []

    async def redirects(scope: object, receive: object, send: object) -> None:
        headers = [(b"location", target[0].encode())]
        await send({"type": "http.response.start", "status": 301, "headers": headers})  # type: ignore[operator]
        await send({"type": "http.response.body", "body": b""})  # type: ignore[operator]

    with serve({"caldav": redirects, "other": elsewhere}) as urls:
        target.append(urls["other"] + "/dav/")
        desk = Desk(peer=None)  # type: ignore[arg-type]
        try:
            (finding,) = await desk.connection(urls["caldav"]).check()
            assert finding.level == "error"
            assert urls["other"] in finding.message
            connector = desk.connector(desk.connection(urls["caldav"]), calendar="/x/")
            with pytest.raises(ConfigProblem):
                await connector.observe(None, lambda _: None)
            assert asked == []
        finally:
            await desk.close()
