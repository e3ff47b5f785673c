"""Reading a collection, and what becomes of odd answers."""

from __future__ import annotations

import json
from pathlib import Path

import pytest

from connectors.contract import Missing, Remote
from domain.errors import Paused, Retriable, SetAside, Stale, Uncertain
from domain.fields import RecordType
from domain.plan import Verb
from sandbox.faults import Fault
from tests.connectors.caldav.conftest import Desk
from tests.connectors.caldav.peers import forget_tokens, peer
from tests.connectors.caldav.samples import RICH_EVENT, event, task

EVENT, TASK = RecordType.EVENT, RecordType.TASK


async def test_odd_names_and_absolute_links_are_one_and_the_same(desk: Desk) -> None:
    desk.peer.server.put(f"{desk.peer.calendar}t%20-2%40x%C3%A4.ics", event(uid="a@x"))
    connector = desk.connector()
    (remote,) = (await desk.read(connector))[0].values()
    assert remote.id == "t -2@xä.ics"
    changed = await desk.change(connector, remote, title="Changed")
    assert changed is not None
    assert (changed.id, connector.view(changed)["title"]) == (remote.id, "Changed")
    assert await connector.fetch(EVENT, remote.id) == changed


@pytest.mark.parametrize("desk", ["xandikos"], indirect=True)  # Radicale syncs the disk at every write
async def test_many_objects_are_read_in_batches(desk: Desk) -> None:
    for at in range(105):
        desk.peer.server.put(f"{desk.peer.calendar}{at}.ics", event(uid=f"{at}@x"))
    connector = desk.connector(calendar=desk.peer.calendar)
    desk.peer.forget_traffic()
    found, observation = await desk.read(connector)
    assert len(found) == observation.read == 105
    assert len([one for one in desk.peer.requests if one.method == "REPORT"]) == 2
    assert [one for one in desk.peer.requests if one.method == "GET"] == []


async def test_h15_an_initial_listing_names_no_earlier_deletions(desk: Desk) -> None:
    desk.peer.server.put(f"{desk.peer.calendar}a.ics", event(uid="a@x"))
    desk.peer.server.delete(f"{desk.peer.calendar}a.ics")
    _, observation = await desk.read(desk.connector())
    assert (observation.complete, observation.gone) == (True, ())


async def test_h15_a_delta_that_was_cut_is_continued() -> None:
    with peer("radicale") as one:
        desk = Desk(one)
        try:
            connector = desk.connector(calendar=one.calendar)
            _, first = await desk.read(connector)
            one.server.put(f"{one.calendar}a.ics", event(uid="a@x"))
            cut = (
                f'<D:multistatus xmlns:D="DAV:"><D:response><D:href>{one.calendar}</D:href><D:status>HTTP/1.1 507 Full'
                f"</D:status></D:response><D:response><D:href>{one.calendar}gone.ics</D:href><D:status>HTTP/1.1 404 No"
                f"</D:status></D:response><D:sync-token>{json.loads(first.cursor or '')['token']}x</D:sync-token>"
                "</D:multistatus>"
            )
            armed = one.faults.add(Fault("REPORT", r"", "status", status=207, body=cut, times=1))
            found, second = await desk.read(connector, first.cursor)
            assert armed.hits == 1
            assert set(found) == {"a.ics"}  # the token that came with the cut answer is none, so everything was read
            assert second.complete
        finally:
            await desk.close()


async def test_a_server_without_tokens_is_read_when_its_ctag_moved() -> None:
    with peer("radicale") as one:
        desk = Desk(one)
        try:
            one.front.without = ("sync-token", "sync-collection")
            connector = desk.connector(calendar=one.calendar)
            one.server.put(f"{one.calendar}a.ics", event(uid="a@x"))
            _, first = await desk.read(connector)
            assert "ctag" in (first.cursor or "")
            found, idle = await desk.read(connector, first.cursor)
            assert (found, idle.complete, idle.cursor) == ({}, False, first.cursor)
            one.server.put(f"{one.calendar}b.ics", event(uid="b@x"))
            found, moved = await desk.read(connector, first.cursor)
            assert (set(found), moved.complete) == ({"a.ics", "b.ics"}, True)
        finally:
            await desk.close()


async def test_h28_an_object_the_server_cannot_give_is_set_aside_and_read_again(desk: Desk) -> None:
    for name in ("a", "b"):
        desk.peer.server.put(f"{desk.peer.calendar}{name}.ics", event(uid=f"{name}@x"))
    desk.peer.faults.add(Fault("REPORT", r"", "status", times=None, status=500, body="no"))
    desk.peer.faults.add(Fault("GET", r"/a\.ics", "status", times=None, status=500, body="no"))
    connector = desk.connector()
    found, observation = await desk.read(connector)
    assert (set(found), observation.complete, observation.cursor) == ({"a.ics", "b.ics"}, True, None)
    assert connector.view(found["b.ics"])["title"] == "Gathering"
    with pytest.raises(SetAside, match=r"a\.ics cannot be understood"):
        connector.view(found["a.ics"])
    desk.peer.faults.clear()
    found, _ = await desk.read(connector, observation.cursor)
    assert connector.view(found["a.ics"])["title"] == "Gathering"


async def test_a_server_that_fails_in_the_middle_fails_the_read(desk: Desk) -> None:
    desk.peer.server.put(f"{desk.peer.calendar}a.ics", event(uid="a@x"))
    connector = desk.connector(calendar=desk.peer.calendar)
    await desk.read(connector)
    desk.peer.faults.add(Fault("*", r"", "status", times=None, status=503, after=2))
    with pytest.raises(Retriable):
        await desk.read(connector)


async def test_h16_what_lies_in_another_collection_is_not_gone(desk: Desk) -> None:
    other = f"{desk.peer.server.home}elsewhere/"
    desk.peer.server.make(other, "VEVENT", "Elsewhere")
    try:
        connector = desk.connector()
        remote = await desk.create(connector, EVENT)
        text = desk.peer.server.get(f"{desk.peer.calendar}{remote.id}")
        desk.peer.server.delete(f"{desk.peer.calendar}{remote.id}")
        assert await connector.fetch(EVENT, remote.id) is Missing.GONE
        desk.peer.server.put(f"{other}another-name.ics", text)
        assert await connector.fetch(EVENT, remote.id) is Missing.OUT_OF_SCOPE
    finally:
        desk.peer.server.request("DELETE", other)


async def test_h13_an_object_under_another_address_is_found_by_its_uid(desk: Desk) -> None:
    connector = desk.connector()
    remote = await desk.create(connector, EVENT)
    path = f"{desk.peer.calendar}{remote.id}"
    text = desk.peer.server.get(path)
    desk.peer.server.delete(path)
    desk.peer.server.put(f"{desk.peer.calendar}moved.ics", text)
    with pytest.raises(Uncertain):
        await desk.create(connector, EVENT)
    assert desk.peer.server.names(desk.peer.calendar) == [f"{desk.peer.calendar}moved.ics"]


async def test_h13_a_create_that_was_made_before_is_never_overwritten(desk: Desk) -> None:
    connector = desk.connector()
    remote = await desk.create(connector, EVENT)
    desk.peer.forget_traffic()
    with pytest.raises(Uncertain):
        await desk.create(connector, EVENT, title="Another")
    assert desk.peer.writes() == []
    assert await connector.fetch(EVENT, remote.id) == remote


async def test_a_change_of_what_moved_is_stale_and_nothing_is_written(desk: Desk) -> None:
    connector = desk.connector()
    remote = await desk.create(connector, EVENT)
    path = f"{desk.peer.calendar}{remote.id}"
    text = desk.peer.server.get(path)
    desk.peer.server.put(path, text.replace("SUMMARY:Gathering", "SUMMARY:By a person"))
    for verb in (Verb.UPDATE, Verb.DELETE):
        with pytest.raises(Stale):
            await desk.change(connector, remote, verb, title="Ours")
    assert "By a person" in desk.peer.server.get(path)


async def test_the_server_itself_refuses_what_moved_between_read_and_write(desk: Desk) -> None:
    """Hold our PUT back until a person has stored another version."""
    import asyncio

    connector = desk.connector()
    remote = await desk.create(connector, EVENT)
    path = f"{desk.peer.calendar}{remote.id}"
    held = desk.peer.faults.add(Fault("PUT", r"\.ics", "hold"))
    changing = asyncio.create_task(desk.change(connector, remote, title="Ours"))
    await asyncio.to_thread(held.reached.wait, 10)
    text = await asyncio.to_thread(desk.peer.server.get, path)
    await asyncio.to_thread(desk.peer.server.put, path, text.replace("SUMMARY:Gathering", "SUMMARY:By a person"))
    held.release()
    with pytest.raises(Stale):
        await changing
    assert "By a person" in desk.peer.server.get(path)


async def test_a_deletion_of_what_is_gone_is_done(desk: Desk) -> None:
    connector = desk.connector()
    remote = await desk.create(connector, EVENT)
    desk.peer.server.delete(f"{desk.peer.calendar}{remote.id}")
    assert await desk.change(connector, remote, Verb.DELETE) is None
    with pytest.raises(Stale):
        await desk.change(connector, remote, title="Ours")


async def test_what_became_a_series_is_never_written(desk: Desk) -> None:
    connector = desk.connector()
    remote = await desk.create(connector, EVENT)
    path = f"{desk.peer.calendar}{remote.id}"
    text = desk.peer.server.get(path).replace("END:VEVENT", "RRULE:FREQ=SECONDLY\r\nEND:VEVENT")
    desk.peer.server.put(path, text)
    stored = desk.peer.server.get(path)
    assert await connector.fetch(EVENT, remote.id) is Missing.OUT_OF_SCOPE
    for verb in (Verb.UPDATE, Verb.DELETE):
        with pytest.raises(Stale, match="not mirrored"):
            await desk.change(connector, remote, verb, title="Ours")
    assert desk.peer.server.get(path) == stored


async def test_a_rich_object_keeps_everything_on_a_real_server(desk: Desk) -> None:
    path = f"{desk.peer.calendar}rich.ics"
    desk.peer.server.put(path, RICH_EVENT)
    before = desk.peer.server.get(path).splitlines()
    connector = desk.connector(calendar=desk.peer.calendar, mail_attendees=True)
    (remote,) = (await desk.read(connector))[0].values()
    await desk.change(connector, remote, title="Another title")
    after = desk.peer.server.get(path).splitlines()
    changed = {line.partition(":")[0].partition(";")[0] for line in set(before) ^ set(after)}
    assert changed <= {"SUMMARY", "DTSTAMP", "LAST-MODIFIED"}


async def test_people_who_are_invited_are_left_in_peace_where_the_server_writes_to_them(desk: Desk) -> None:
    desk.peer.server.put(f"{desk.peer.calendar}rich.ics", RICH_EVENT)
    connector = desk.connector()
    (remote,) = (await desk.read(connector))[0].values()
    if desk.peer.server.name == "Radicale":  # writes to nobody
        assert await desk.change(connector, remote, title="Changed") is not None
        return
    for verb in (Verb.UPDATE, Verb.DELETE):
        with pytest.raises(SetAside, match="mail_attendees"):
            await desk.change(connector, remote, verb, title="Changed")


async def test_a_collection_that_may_not_be_written_pauses_the_space(desk: Desk) -> None:
    connector = desk.connector()
    remote = await desk.create(connector, EVENT)
    desk.peer.front.read_only = True
    for action in (desk.create(connector, EVENT, "2"), desk.change(connector, remote, title="Ours")):
        with pytest.raises(Paused, match="may not change"):
            await action


async def test_parents_are_found_wherever_they_stand_in_the_listing(desk: Desk) -> None:
    desk.peer.server.put(f"{desk.peer.tasks}a-child.ics", task("RELATED-TO:parent@x", uid="child@x"))
    desk.peer.server.put(f"{desk.peer.tasks}z-parent.ics", task(uid="parent@x"))
    desk.peer.server.put(f"{desk.peer.tasks}orphan.ics", task("RELATED-TO:nobody@x", uid="orphan@x"))
    connector = desk.connector(tasks="Community tasks")
    found, _ = await desk.read(connector)
    assert connector.view(found["a-child.ics"])["parent"] == "z-parent.ics"
    assert connector.view(found["orphan.ics"])["parent"] == "nobody@x"
    alone = await desk.connector(tasks="Community tasks").fetch(TASK, "a-child.ics")
    assert isinstance(alone, Remote)
    assert connector.view(alone)["parent"] == "z-parent.ics"


async def test_h15_radicale_s_cache_may_go_at_any_time(tmp_path: Path) -> None:
    with peer("radicale", tmp_path / "own") as one:
        desk = Desk(one)
        try:
            connector = desk.connector()
            one.server.put(f"{one.calendar}a.ics", event(uid="a@x"))
            _, first = await desk.read(connector)
            forget_tokens(one.server)
            found, second = await desk.read(connector, first.cursor)
            assert (set(found), second.complete) == ({"a.ics"}, True)
        finally:
            await desk.close()
