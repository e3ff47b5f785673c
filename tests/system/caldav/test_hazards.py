"""The hazards, with real CalDAV servers; each test carries its number."""

from __future__ import annotations

import asyncio
from collections.abc import Iterator
from datetime import UTC, date, datetime, timedelta
from pathlib import Path
from zoneinfo import ZoneInfo

import pytest

from connectors.http import Patience
from domain.fields import RecordType
from sandbox.faults import Fault
from sync.report import Exit
from tests.connectors.caldav.peers import SERVERS, forget_tokens, unlock
from tests.connectors.caldav.samples import event, task
from tests.system.caldav.office import Office, office

BERLIN = ZoneInfo("Europe/Berlin")
DAY = date(2026, 12, 10)
NOON = datetime(2026, 12, 10, 11, tzinfo=UTC)
HOUR = timedelta(hours=1)
RICH = "Say **why**:\n\n- one\n- two\n\nSee [the page](https://example.org/a?b=c)."


@pytest.fixture(autouse=True)
def impatient(monkeypatch: pytest.MonkeyPatch) -> None:
    """Do not wait long for servers that were killed, and for answers that were cut off."""
    monkeypatch.setattr("connectors.http.client.Patience", lambda: Patience(attempts=3, first=0.02))


@pytest.fixture(params=list(SERVERS))
def desk(request: pytest.FixtureRequest, tmp_path: Path) -> Iterator[Office]:
    with office(tmp_path, request.param) as built:
        yield built


@pytest.fixture(params=list(SERVERS))
def own_desk(request: pytest.FixtureRequest, tmp_path: Path) -> Iterator[Office]:
    with office(tmp_path, request.param, own=True) as built:
        yield built


async def with_items(desk: Office, number: int = 6) -> None:
    for at in range(number):
        desk.add_task(f"Task {at}")
        desk.add_event(f"Event {at}", NOON + at * HOUR, NOON + (at + 1) * HOUR)
    await desk.in_step()
    assert len(desk.shown()) == 2 * number


@pytest.mark.parametrize("share", [1.0, 0.6], ids=["h01", "h02"])
async def test_h01_h02_a_listing_that_is_short_once_deletes_nothing(desk: Office, share: float) -> None:
    await with_items(desk)
    desk.peer.front.hidden = share
    report = await desk.sync(full=True)
    assert desk.peer.front.hid > 0
    assert [step for step in report.steps if step["verb"] == "delete" and step["state"] != "held"] == []
    desk.peer.front.hidden = 0.0
    assert len(desk.titles()) == len(desk.shown()) == 12
    await desk.quiet()


async def test_h01_an_emptied_collection_is_held_and_deletes_nothing(desk: Office) -> None:
    await with_items(desk, 12)
    for path in desk.peer.server.names(desk.peer.tasks):
        desk.peer.server.delete(path)
    report = await desk.sync()
    assert report.exit == Exit.PERSON_NEEDED
    assert len(desk.titles()) == 24


async def test_h04_a_refused_write_is_delivered_by_a_later_run(desk: Office) -> None:
    identity = desk.add_task("Plan")
    await desk.in_step()
    desk.memory.edit(identity, {"title": "Plan B"})
    desk.peer.faults.add(Fault("PUT", r"\.ics", "status", times=None, status=400, body="no"))
    report = await desk.sync()
    assert report.exit == Exit.FAILED
    assert (report.spaces["tasks"].updated, report.spaces["tasks"].failed) == (0, 1)
    desk.peer.faults.clear()
    await desk.in_step()
    assert desk.shown() == ["Plan B"]
    await desk.quiet()


async def test_h05_edits_of_different_fields_meet(desk: Office) -> None:
    plan = desk.add_task("Plan", due=DAY)
    gathering = desk.add_event("Gathering", NOON, NOON + HOUR)
    await desk.in_step()
    desk.memory.edit(plan, {"due": date(2026, 12, 24)})
    desk.edit(desk.path("Plan"), ("SUMMARY:Plan", "SUMMARY:Plan the year"))
    desk.memory.edit(gathering, {"start": NOON + HOUR, "end": NOON + 2 * HOUR})
    desk.edit(desk.path("Gathering"), ("SUMMARY:Gathering", "SUMMARY:Great gathering"))
    report = await desk.in_step()
    assert report.conflicts == []
    assert "DUE;VALUE=DATE:20261224" in desk.objects()[desk.path("Plan the year")]
    assert desk.remembered("Plan the year")["due"] == date(2026, 12, 24)
    assert "DTSTART;TZID=Europe/Berlin:20261210T130000" in desk.objects()[desk.path("Great gathering")]
    assert desk.remembered("Great gathering")["start"] == NOON + HOUR
    await desk.quiet()


async def test_h06_of_two_edits_of_a_field_one_wins_and_the_other_is_kept(desk: Office) -> None:
    plan = desk.add_task("Plan")
    await desk.in_step()
    desk.memory.edit(plan, {"title": "Plan A"})
    desk.edit(desk.path("Plan"), ("SUMMARY:Plan", "SUMMARY:Plan B"))
    report = await desk.sync()
    (conflict,) = report.conflicts
    assert {conflict["kept"]["value"], *(lost["value"] for lost in conflict["lost"])} == {"Plan A", "Plan B"}
    assert desk.shown() == desk.titles() == [conflict["kept"]["value"]]
    await desk.quiet()


async def test_h07_an_edit_here_outlives_a_deletion_there(desk: Office) -> None:
    await with_items(desk)
    (plan,) = (one for one, fields in desk.memory.fields().items() if fields["title"] == "Task 3")
    desk.memory.delete(plan)
    desk.edit(desk.path("Task 3"), ("SUMMARY:Task 3", "SUMMARY:Task three"))
    await desk.sync()
    assert "Task three" in desk.shown()
    await desk.sync()
    assert "Task three" in desk.titles()


async def test_h08_what_both_hold_is_matched(desk: Office) -> None:
    desk.add_task("Write the charter", due=DAY)
    desk.put(desk.peer.tasks, "x.ics", task("DUE;VALUE=DATE:20261210").replace("Plan", "write the  Charter"))
    desk.add_event("Gathering", datetime(2026, 12, 1, 12, tzinfo=UTC), datetime(2026, 12, 1, 14, tzinfo=UTC))
    desk.put(desk.peer.calendar, "y.ics", event())
    await desk.in_step()
    assert len(desk.titles()) == len(desk.objects()) == 2
    await desk.quiet()


async def test_h09_what_a_calendar_cannot_hold_stays_whole(desk: Office) -> None:
    desk.add_task(
        "Plan", notes=RICH, list="Onboarding", links=frozenset({"https://example.org/"}), tags=frozenset({"charter"})
    )
    desk.add_event("Gathering", NOON, NOON + HOUR, notes=RICH)
    await desk.in_step()
    assert "• one\\n• two" in desk.objects()[desk.path("Plan")]
    desk.edit(desk.path("Plan"), ("SUMMARY:Plan", "SUMMARY:Plan it"))
    desk.edit(desk.path("Gathering"), ("SUMMARY:Gathering", "SUMMARY:Great gathering"))
    await desk.in_step()
    plan = desk.remembered("Plan it")
    assert (plan["notes"], plan["list"], plan["tags"]) == (RICH, "Onboarding", frozenset({"charter"}))
    assert plan["links"] == frozenset({"https://example.org/"})
    assert desk.remembered("Great gathering")["notes"] == RICH
    await desk.quiet()


async def test_h09_what_copsync_cannot_hold_stays_on_the_server(desk: Office) -> None:
    extra = "X-OWN;X-P=a:kept\nPRIORITY:3\nBEGIN:VALARM\nACTION:DISPLAY\nDESCRIPTION:Soon\nTRIGGER:-PT15M\nEND:VALARM"
    path = desk.put(desk.peer.tasks, "foreign.ics", task(extra))
    await desk.in_step()
    (identity,) = desk.memory.fields()
    desk.memory.edit(identity, {"title": "Plan B", "due": DAY})
    await desk.in_step()
    text = desk.objects()[path]
    assert "SUMMARY:Plan B\n" in text
    assert all(line in text for line in extra.splitlines())
    await desk.quiet()


async def test_h10_rewritten_text_causes_no_further_writes(desk: Office) -> None:
    desk.add_task("Plan 日本 🎉, with; all\\n of \\N it", notes=f"{RICH}\n\n    code\n\n> quoted\\\nbreak שלום")
    desk.add_event("Gathering — " + "ä" * 100, NOON, NOON + HOUR, notes="First line\n\nSecond <angle> & ampersand")
    await desk.in_step()
    await desk.quiet()


async def test_h12_no_change_no_writes_and_one_change_one_write(desk: Office) -> None:
    await with_items(desk)
    await desk.quiet()
    desk.peer.forget_traffic()
    await desk.in_step()
    reads = len(desk.peer.requests)
    if desk.peer.server.name == "Radicale":  # discovery of two collections by name, and a report for each
        assert sorted(one.method for one in desk.peer.requests if one.method != "PROPFIND") == ["REPORT", "REPORT"]
    assert reads < 20
    assert [one for one in desk.peer.requests if one.method == "GET"] == []
    (identity,) = (one for one, fields in desk.memory.fields().items() if fields["title"] == "Task 3")
    desk.memory.edit(identity, {"title": "Task three"})
    desk.peer.forget_traffic()
    await desk.in_step()
    assert [one.method for one in desk.peer.writes()] == ["PUT"]
    await desk.quiet()


@pytest.mark.parametrize("times", [1, 9])
async def test_h13_a_create_whose_answer_was_lost_is_found_and_linked(desk: Office, times: int) -> None:
    desk.peer.faults.add(Fault("PUT", r"\.ics", "lost_answer", times=times))
    desk.add_task("Plan")
    desk.add_event("Gathering", NOON, NOON + HOUR)
    await desk.sync()
    desk.peer.faults.clear()
    await desk.in_step()
    assert desk.shown() == desk.titles() == ["Gathering", "Plan"]
    await desk.quiet()


async def test_h13_an_update_whose_answer_was_lost_is_done_once(desk: Office) -> None:
    plan = desk.add_task("Plan")
    await desk.in_step()
    desk.memory.edit(plan, {"title": "Plan B"})
    desk.peer.faults.add(Fault("PUT", r"\.ics", "lost_answer", times=1))
    await desk.in_step()
    assert desk.shown() == ["Plan B"]
    await desk.quiet()


async def test_h14_an_answer_with_members_repeated_or_left_out_changes_nothing(desk: Office) -> None:
    await with_items(desk)
    for path in desk.peer.server.names(desk.peer.tasks):
        desk.edit(path, ("SUMMARY:Task", "SUMMARY:Thing"))
    desk.peer.front.garble_reports = True
    await desk.sync()
    await desk.sync(full=True)
    desk.peer.front.garble_reports = False
    assert desk.titles() == desk.shown()
    assert [one for one in desk.titles() if "Thing" in one] == [f"Thing {at}" for at in range(6)]
    await desk.quiet()


@pytest.mark.parametrize("status", [403, 409, 412, 500, 507])
async def test_h15_a_token_that_is_refused_means_a_full_read(desk: Office, status: int) -> None:
    await with_items(desk, 2)
    desk.edit(desk.path("Task 1"), ("SUMMARY:Task 1", "SUMMARY:Task one"))
    desk.peer.server.delete(desk.path("Event 1"))
    desk.peer.faults.add(Fault("REPORT", r"", "status", times=2, status=status, body="<x/>"))
    report = await desk.sync()
    assert "Task one" in desk.titles()
    assert report.spaces["tasks"].read == 2
    assert "Event 1" not in desk.titles() or report.held


async def test_h15_tokens_that_radicale_forgot_mean_a_full_read(tmp_path: Path) -> None:
    with office(tmp_path, "radicale", own=True) as desk:
        await with_items(desk, 2)
        desk.edit(desk.path("Task 1"), ("SUMMARY:Task 1", "SUMMARY:Task one"))
        forget_tokens(desk.peer.server)
        report = await desk.in_step()
        assert "Task one" in desk.titles()
        assert (report.spaces["calendar"].read, report.spaces["tasks"].read) == (2, 2)
        await desk.quiet()


@pytest.mark.parametrize("how", ["series", "private", "moved"])
async def test_h16_what_leaves_the_mirror_is_not_deleted(desk: Office, how: str) -> None:
    await with_items(desk, 4)
    other = f"{desk.peer.server.home}elsewhere/"
    desk.peer.server.make(other, "VEVENT", "Elsewhere")
    path = desk.path("Event 2")
    if how == "series":
        desk.edit(path, ("END:VEVENT", "RRULE:FREQ=WEEKLY;COUNT=3\r\nEXRULE:FREQ=MONTHLY\r\nEND:VEVENT"))
    elif how == "private":
        desk.edit(path, ("END:VEVENT", "CLASS:PRIVATE\r\nEND:VEVENT"))
    else:
        text = desk.peer.server.get(path)
        desk.peer.server.delete(path)
        desk.put(other, path.rpartition("/")[2], text)
    try:
        for full in (False, True):
            report = await desk.in_step(full=full)
            assert report.steps == []
        assert "Event 2" in desk.titles()
        (identity,) = (one for one, fields in desk.memory.fields().items() if fields["title"] == "Event 2")
        desk.memory.edit(identity, {"title": "Event two"})
        before = desk.objects(other if how == "moved" else desk.peer.calendar)
        await desk.sync()
        assert all(desk.objects(other if how == "moved" else desk.peer.calendar)[one] == before[one] for one in before)
    finally:
        desk.peer.server.request("DELETE", other)


async def test_h17_a_collection_that_is_withdrawn_is_paused_and_the_others_go_on(desk: Office) -> None:
    await with_items(desk, 2)
    desk.peer.faults.add(Fault("*", desk.peer.calendar.rstrip("/"), "status", times=None, status=403, body="no"))
    desk.add_task("One more")
    report = await desk.sync()
    assert report.exit == Exit.PERSON_NEEDED
    assert (report.spaces["calendar"].state, report.spaces["tasks"].state) == ("paused", "ok")
    assert "Community" in str(report.spaces["calendar"].message)
    assert "One more" in desk.shown()
    assert len(desk.titles()) == 5
    desk.peer.faults.clear()
    await desk.in_step()
    await desk.quiet()


async def test_h21_swapped_titles_stay_the_same_two_items(desk: Office) -> None:
    await with_items(desk, 2)
    one, two = desk.path("Task 0"), desk.path("Task 1")
    desk.edit(one, ("SUMMARY:Task 0", "SUMMARY:Task 1"))
    desk.edit(two, ("SUMMARY:Task 1", "SUMMARY:Task 0"))
    report = await desk.in_step()
    assert sum(space.created + space.deleted for space in report.spaces.values()) == 0
    assert sum(space.updated for space in report.spaces.values()) == 2
    assert (desk.path("Task 1"), desk.path("Task 0")) == (one, two)
    await desk.quiet()


async def test_h22_deleted_and_made_again_is_a_new_item(desk: Office) -> None:
    await with_items(desk, 6)
    desk.peer.server.delete(desk.path("Task 0"))
    desk.put(desk.peer.tasks, "again.ics", task("DUE;VALUE=DATE:20270101").replace("Plan", "Task 0"))
    await desk.in_step()
    assert desk.titles().count("Task 0") == desk.shown().count("Task 0") == 1
    assert desk.remembered("Task 0")["due"] == date(2027, 1, 1)
    await desk.quiet()


async def test_h22_deleted_there_and_made_again_is_a_new_object(desk: Office) -> None:
    await with_items(desk, 6)
    (identity,) = (one for one, fields in desk.memory.fields().items() if fields["title"] == "Task 0")
    before = desk.path("Task 0")
    desk.memory.delete(identity)
    desk.add_task("Task 0")
    await desk.in_step()
    assert desk.path("Task 0") != before
    await desk.quiet()


async def test_h28_a_poisoned_object_is_set_aside_and_the_others_go_on(desk: Office) -> None:
    await with_items(desk, 2)
    odd = event(start="DTSTART:tomorrow", uid="odd@example.org")
    answer = desk.peer.server.request(
        "PUT", f"{desk.peer.calendar}odd.ics", content=odd, headers={"Content-Type": "text/calendar"}
    )
    desk.edit(desk.path("Event 1"), ("SUMMARY:Event 1", "SUMMARY:Event one"))
    report = await desk.sync()
    assert "Event one" in desk.titles()
    if answer.is_success:  # Radicale itself refuses it
        assert any("odd.ics" in str(held) for held in report.held)


async def test_h28_a_huge_item_is_set_aside_alone(own_desk: Office) -> None:
    for at in range(5):
        own_desk.add_task(f"Task {at}")
    own_desk.add_task("Huge", notes="word " * 400_000)
    report = await own_desk.sync()
    assert [f"Task {at}" for at in range(5)] == [one for one in own_desk.shown() if one != "Huge"]
    if own_desk.peer.server.name == "Radicale":  # it takes no more than LARGEST bytes
        assert (report.spaces["tasks"].created, report.spaces["tasks"].failed) == (5, 1)
        assert any("does not take “Huge”" in str(step) for step in report.json()["steps"]), report.json()
    own_desk.add_task("After")
    await own_desk.sync()
    assert "After" in own_desk.shown()


async def test_h30_a_password_that_stops_working_asks_to_connect_again(desk: Office) -> None:
    for at in range(10):
        desk.add_task(f"Task {at}")
    desk.peer.faults.add(Fault("*", r"", "status", times=None, after=12, status=401, body="no"))
    report = await desk.sync()
    assert report.exit == Exit.PERSON_NEEDED
    assert "401" in str(report.spaces["tasks"].message) or "credentials" in str(report.json())
    asked = len([one for one in desk.peer.requests if one.status == 401])
    assert asked <= 12
    desk.peer.faults.clear()
    await desk.in_step()
    assert len(desk.shown()) == 10
    await desk.quiet()


async def test_h03_h26_a_server_killed_during_writes_ends_with_each_item_once(own_desk: Office) -> None:
    for at in range(30):
        own_desk.add_task(f"Task {at}")
    running = asyncio.create_task(own_desk.sync())
    while len(await asyncio.to_thread(own_desk.peer.server.names, own_desk.peer.tasks)) < 5:
        await asyncio.sleep(0.005)
    await asyncio.to_thread(own_desk.peer.server.kill)
    report = await running
    assert report.exit != Exit.IN_STEP
    unlock(own_desk.peer.server)
    own_desk.peer.server.start()
    for _ in range(3):
        report = await own_desk.sync()
    assert report.exit == Exit.IN_STEP
    assert own_desk.shown() == own_desk.titles() == sorted(f"Task {at}" for at in range(30))
    await own_desk.quiet()


async def test_a_lock_that_a_killed_server_left_costs_no_record(tmp_path: Path) -> None:
    with office(tmp_path, "xandikos", own=True) as desk:
        lock = next((desk.peer.server.folder / "data").rglob("work")) / ".git" / "index.lock"
        lock.write_text("")
        for at in range(5):
            desk.add_task(f"Task {at}")
        report = await desk.sync()
        assert "423" in str(report.json())
        assert "index.lock" in str(report.json())
        for _ in range(4):
            await desk.sync()
        unlock(desk.peer.server)
        await desk.in_step()
        assert desk.shown() == [f"Task {at}" for at in range(5)]


async def test_subtasks_are_one_below_the_other_in_both(desk: Office) -> None:
    above = desk.add_task("Above")
    desk.memory.create(RecordType.TASK, {**desk.remembered("Above"), "title": "Below", "parent": above})
    await desk.sync()
    await desk.in_step()
    uid = next(line[4:] for line in desk.objects()[desk.path("Above")].splitlines() if line.startswith("UID:"))
    assert f"RELATED-TO:{uid}" in desk.objects()[desk.path("Below")]
    await desk.quiet()
    desk.put(desk.peer.tasks, "a.ics", task(uid="aa@x").replace("Plan", "Parent"))
    desk.put(desk.peer.tasks, "b.ics", task("RELATED-TO:aa@x", uid="bb@x").replace("Plan", "Child"))
    await desk.sync()
    await desk.in_step()
    (parent,) = (one for one, fields in desk.memory.fields().items() if fields["title"] == "Parent")
    assert desk.remembered("Child")["parent"] == parent
    await desk.quiet()


async def test_deadlines_are_shown_in_the_calendar_and_moved_from_there(desk: Office) -> None:
    desk.add_task("Charter", kind="milestone", due=DAY)
    await desk.in_step()
    texts = desk.objects(desk.peer.calendar)
    ((path, text),) = texts.items()
    assert "DTSTART;VALUE=DATE:20261210" in text
    desk.edit(path, ("20261210", "20261215"), ("20261211", "20261216"))
    await desk.in_step()
    assert desk.remembered("Charter")["due"] == date(2026, 12, 15)
    assert "DUE;VALUE=DATE:20261215" in next(iter(desk.objects(desk.peer.tasks).values()))
    desk.peer.server.delete(path)
    await desk.in_step()
    assert desk.remembered("Charter")
    assert len(desk.objects(desk.peer.tasks)) == 1
    await desk.quiet()
