"""What every connector does, whatever its tool."""

from __future__ import annotations

from dataclasses import replace
from datetime import UTC, date, datetime, timedelta
from typing import Any

import pytest

from connectors.contract import Lost, Missing, Remote, Write
from domain.capabilities import Hold
from domain.errors import ConnectAgain, CopsyncError, Paused, SetAside, Stale
from domain.fields import RecordType, complete
from domain.lens import project
from domain.plan import Verb
from domain.values import Value
from tests.contract.desk import EVENT, NEW, NOON, TASK, Desk, agree

CHANGES: dict[RecordType, dict[str, Value]] = {
    TASK: {
        "title": "Write the charter again",
        "notes": "Only **this** is left.",
        "state": "done",
        "due": date(2026, 12, 9),
        "start": None,
        "tags": frozenset({"urgent", "charter"}),
        "list": "Another list",
        "kind": "milestone",
    },
    EVENT: {
        "title": "Yearly gathering",
        "notes": "Bring two questions.\n\n> and an answer",
        "end": NOON + timedelta(hours=3),
        "location": "Room 5",
    },
}


def kinds(desk: Desk) -> tuple[RecordType, ...]:
    return desk.subject.types


async def test_putget_what_is_created_is_what_is_read(desk: Desk) -> None:
    for kind in kinds(desk):
        remote = await desk.create(kind)
        agree(kind, desk.connector.view(remote), desk.shown(kind, NEW[kind]))
        again = await desk.connector.fetch(kind, remote.id)
        assert isinstance(again, Remote)
        assert desk.connector.view(again) == desk.connector.view(remote)


async def test_a_complete_read_lists_it_unchanged(desk: Desk) -> None:
    for kind in kinds(desk):
        remote = await desk.create(kind)
        found, observation = await desk.listing()
        assert observation.complete
        assert desk.connector.view(found[remote.id]) == desk.connector.view(remote)
        assert (found[remote.id].type, found[remote.id].version) == (kind, remote.version)


async def test_getput_an_unchanged_view_asks_for_nothing(desk: Desk) -> None:
    for kind in kinds(desk):
        view = desk.connector.view(await desk.create(kind))
        whole = complete(kind, view)
        projected = project(kind, whole, desk.space(), view)
        agree(kind, projected, view)
        assert desk.connector.settle(kind, projected) == projected


@pytest.mark.parametrize("name", sorted({name for some in CHANGES.values() for name in some}))
async def test_a_field_is_changed_and_no_other(desk: Desk, name: str) -> None:
    for kind in kinds(desk):
        held = desk.connector.capabilities.types[kind].fields.get(name)
        if held is None or held.hold is Hold.READ or name not in CHANGES[kind]:
            continue
        remote = await desk.create(kind)
        before = desk.connector.view(remote)
        wanted = desk.connector.settle(kind, {**before, name: CHANGES[kind][name]})
        after = desk.connector.view(await desk.update(remote, {name: CHANGES[kind][name]}))
        agree(kind, after, wanted, {"completed_at"})


async def test_a_done_task_can_be_reopened(desk: Desk) -> None:
    held = desk.connector.capabilities.types.get(TASK)
    if held is None or "state" not in held.fields:
        return
    done = await desk.update(await desk.create(TASK), {"state": "done"})
    assert desk.connector.view(done)["state"] == "done"
    found, _ = await desk.listing()
    assert desk.connector.view(found[done.id])["state"] == "done"
    again = await desk.update(done, {"state": "open"})
    assert desk.connector.view(again)["state"] == "open"


async def test_a_task_is_created_done(desk: Desk) -> None:
    held = desk.connector.capabilities.types.get(TASK)
    if held is None or "state" not in held.fields:
        return
    remote = await desk.create(TASK, {**NEW[TASK], "state": "done"})
    assert desk.connector.view(remote)["state"] == "done"


async def test_h09_a_partial_edit_keeps_everything_else(desk: Desk) -> None:
    for kind in kinds(desk):
        remote = await desk.create(kind)
        after = desk.connector.view(await desk.update(remote, {"title": "Another title"}))
        agree(kind, after, desk.connector.view(remote), {"title"})


async def test_a_deleted_item_is_gone_and_no_longer_listed(desk: Desk) -> None:
    for kind in kinds(desk):
        remote = await desk.create(kind)
        await desk.delete(remote)
        assert await desk.connector.fetch(kind, remote.id) is Missing.GONE
        found, _ = await desk.listing()
        assert remote.id not in found


async def test_what_never_existed_is_not_there(desk: Desk) -> None:
    for kind in kinds(desk):
        remote = await desk.create(kind)
        unknown = remote.id[:-2] + ("00" if not remote.id.endswith("00") else "11")
        assert await desk.connector.fetch(kind, unknown) in (Missing.GONE, Missing.NO_ACCESS)


async def test_an_incremental_read_tells_of_edits_creations_and_deletions(desk: Desk) -> None:
    kind = kinds(desk)[0]
    kept, doomed = await desk.create(kind), await desk.create(kind, {**NEW[kind], "title": "Doomed"}, key="key-9")
    _, first = await desk.listing()
    await desk.update(kept, {"title": "Edited by a colleague"}, by=desk.colleague)
    await desk.delete(doomed, by=desk.colleague)
    made = await desk.create(kind, {**NEW[kind], "title": "Made later"}, key="key-10")
    found, second = await desk.listing(first.cursor)
    assert desk.connector.view(found[kept.id])["title"] == "Edited by a colleague"
    assert made.id in found
    assert doomed.id not in found
    assert second.complete or doomed.id in second.gone


async def test_a_stale_write_is_noticed(desk: Desk) -> None:
    kind = kinds(desk)[0]
    remote = await desk.create(kind)
    moved = await desk.update(remote, {"title": "Edited by a colleague"}, by=desk.colleague)
    assert moved.version != remote.version
    if desk.connector.capabilities.types[kind].conditional:
        base = desk.connector.view(remote)
        view = {**base, "title": "Ours"}
        write = Write(Verb.UPDATE, kind, "", "m", "k", remote.id, {"title": "Ours"}, view, base, remote.version)
        with pytest.raises(Stale):
            await desk.connector.write(write)
    now = await desk.connector.fetch(kind, remote.id)
    assert isinstance(now, Remote)
    assert desk.connector.view(now)["title"] == "Edited by a colleague"


async def test_h13_a_create_whose_answer_was_lost_is_found_again(desk: Desk) -> None:
    for kind in kinds(desk):
        since = datetime.now(UTC) - timedelta(seconds=5)
        remote = await desk.create(kind)
        await desk.create(kind, {**NEW[kind], "title": "Something else"}, key="key-other")
        lost = Lost(kind, "task", f"{kind}-mark", f"{kind}-1", desk.shown(kind, NEW[kind]), since)
        found = await desk.connector.find(lost)
        assert remote.id in [one.id for one in found]
        missing = replace(lost, mark=f"{kind}-never", key="never", view={**lost.view, "title": "Never sent"})
        assert await desk.connector.find(missing) == []


async def test_h10_text_the_tool_rewrites_reads_back_the_same_twice(desk: Desk) -> None:
    for kind in kinds(desk):
        held = desk.connector.capabilities.types[kind].fields
        if "notes" not in held:
            continue
        rich = "# Title\n\n1. one\n2. two\n   - deep\n\n> quoted\n\n```\ncode <b>\n```\n\nline\\\nbreak ~~gone~~ `x`"
        first = desk.connector.view(await desk.create(kind, {**NEW[kind], "notes": rich}))
        again = await desk.create(kind, {**NEW[kind], "notes": first["notes"]}, key="key-11")
        assert desk.connector.view(again)["notes"] == first["notes"]


async def test_what_was_deleted_is_brought_back_as_it_was(desk: Desk) -> None:
    for kind in kinds(desk):
        if not desk.connector.capabilities.types[kind].restores:
            continue
        remote = await desk.create(kind)
        await desk.delete(remote)
        for _ in range(2):
            back = await desk.restore(remote)
            assert back is not None
            assert (back.id, desk.connector.view(back)) == (remote.id, desk.connector.view(remote))
        listed, _ = await desk.listing()
        assert remote.id in listed
        assert await desk.restore(replace(remote, id="999999999999")) is None


async def test_nobody_is_told(desk: Desk) -> None:
    for kind in kinds(desk):
        remote = await desk.create(kind)
        remote = await desk.update(remote, {"title": "Changed"})
        await desk.delete(remote)
    assert desk.subject.told() == []


async def test_people_are_known_by_e_mail(desk: Desk) -> None:
    people = {person.email: person.name for person in await desk.connector.people()}
    if desk.subject.people:
        assert people.get("ada@example.org") == "Ada Lovelace"
    else:
        assert people == {}


async def test_check_finds_nothing_wrong(desk: Desk) -> None:
    findings = [*await desk.connection.check(), *await desk.connector.check()]
    assert findings
    assert [one for one in findings if one.level == "error"] == []


async def test_a_wrong_container_is_explained(desk: Desk) -> None:
    if not desk.subject.wrong_container:
        return
    wrong = desk.subject.connector(desk.connection, **desk.subject.wrong_container)
    (error, *_) = [one for one in await wrong.check() if one.level == "error"]
    assert error.mend
    with pytest.raises(CopsyncError):
        await wrong.observe(None, lambda _page: None)


async def test_a_dead_token_asks_to_connect_again(desk: Desk) -> None:
    if desk.subject.name == "memory":
        return
    dead = desk.subject.open("a-token-nobody-knows")
    try:
        connector = desk.subject.connector(dead)
        with pytest.raises(ConnectAgain):
            await connector.observe(None, lambda _page: None)
        findings = [*await dead.check(), *await connector.check()]
        assert any(one.level == "error" and one.mend for one in findings)
        assert "a-token-nobody-knows" not in repr(findings)
    finally:
        await dead.aclose()


@pytest.mark.parametrize("how", ["archive", "withdraw"])
async def test_h17_a_lost_container_pauses_the_space_and_deletes_nothing(desk: Desk, how: str) -> None:
    act: Any = getattr(desk.subject, how)
    if act is None:
        return
    kind = kinds(desk)[0]
    remote = await desk.create(kind)
    act()
    with pytest.raises(Paused) as paused:
        await desk.connector.observe(None, lambda _page: None)
    assert paused.value.mend
    try:
        verdict = await desk.connector.fetch(kind, remote.id)
    except Paused:
        return
    assert verdict is not Missing.GONE


async def test_h28_odd_texts_go_through_or_are_set_aside(desk: Desk) -> None:
    for kind in kinds(desk):
        odd = "a\x00b\x0b\u202ec\u200d🎉" + "é" * 40
        try:
            remote = await desk.create(kind, {**NEW[kind], "title": odd})
        except SetAside:
            continue
        again = await desk.create(kind, {**NEW[kind], "title": str(desk.connector.view(remote)["title"])}, key="key-12")
        assert desk.connector.view(again)["title"] == desk.connector.view(remote)["title"]


async def test_requests_are_counted(desk: Desk) -> None:
    before = desk.connection.requests
    await desk.listing()
    assert desk.connection.requests > before
