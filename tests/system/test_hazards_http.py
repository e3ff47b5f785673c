"""The hazards that matter most, over HTTP with Asana, Basecamp and Outlook; each test carries its number."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import date, datetime, timedelta
from pathlib import Path
from typing import Any
from zoneinfo import ZoneInfo

import pytest

from sandbox.faults import Fault
from sync.report import Exit
from tests.system.office import Office, office

BERLIN = ZoneInfo("Europe/Berlin")
DAY = date(2026, 12, 10)
NOON = datetime(2026, 12, 10, 12, tzinfo=BERLIN)


@pytest.fixture
def desk(tmp_path: Path) -> Iterator[Office]:
    with office(tmp_path) as built:
        yield built


async def with_task(desk: Office, **fields: Any) -> None:
    desk.world.asana_create(desk.asana_person, name="Plan", **fields)
    assert (await desk.sync()).exit == Exit.IN_STEP


async def with_event(desk: Office, **fields: Any) -> None:
    desk.world.outlook_create(desk.outlook_person, "Gathering", NOON, NOON + timedelta(hours=1), **fields)
    assert (await desk.sync()).exit == Exit.IN_STEP


async def test_h04_a_refused_write_is_delivered_by_a_later_run(desk: Office) -> None:
    await with_task(desk)
    await with_event(desk)
    desk.world.asana_edit(desk.world.asana_task("Plan")["id"], desk.asana_person, name="Plan B")
    desk.world.basecamp_entry_edit(desk.world.basecamp_entries()[0]["id"], desk.basecamp_person, summary="Gathering B")
    desk.world.faults["basecamp"].add(Fault("PUT", r"/todos/", "status", times=None, status=422, body='{"error":"no"}'))
    refusal = '{"error":{"code":"ErrorInvalidRequest","message":"no"}}'
    desk.world.faults["microsoft365"].add(Fault("PATCH", r"/events/", "status", times=None, status=400, body=refusal))
    report = await desk.sync()
    assert report.exit == Exit.FAILED
    failed = {space.space: (space.updated, space.failed) for space in report.spaces.values()}
    assert failed == {"asana": (0, 0), "basecamp": (0, 1), "calendar": (0, 1)}
    for faults in desk.world.faults.values():
        faults.clear()
    assert (await desk.sync()).exit == Exit.IN_STEP
    assert desk.world.basecamp_todo("Plan B")
    assert desk.world.outlook_event("Gathering B")
    await desk.quiet()


async def test_h05_edits_of_different_fields_meet(desk: Office) -> None:
    await with_task(desk, due_on=DAY.isoformat())
    await with_event(desk)
    desk.world.asana_edit(desk.world.asana_task("Plan")["id"], desk.asana_person, name="Plan the year")
    todo = desk.world.basecamp_todo("Plan")
    desk.world.basecamp_edit(todo["id"], desk.basecamp_person, due_on="2026-12-24")
    event = desk.world.outlook_event("Gathering")
    desk.world.outlook_edit(event["id"], desk.outlook_person, subject="Great gathering")
    entry = desk.world.basecamp_entries()[0]
    later = NOON + timedelta(days=1)
    desk.world.basecamp_entry_edit(entry["id"], desk.basecamp_person, start=later, end=later + timedelta(hours=1))
    report = await desk.sync()
    assert report.conflicts == []
    assert (
        desk.world.asana_task("Plan the year")["due"]
        == desk.world.basecamp_todo("Plan the year")["due"]
        == "2026-12-24"
    )
    assert desk.world.outlook_event("Great gathering")["start"] == desk.world.basecamp_entries()[0]["start"]
    assert desk.world.basecamp_entries()[0]["title"] == "Great gathering"
    await desk.quiet()


async def test_h06_of_two_edits_of_a_field_one_wins_and_the_other_is_kept(desk: Office) -> None:
    await with_task(desk)
    await with_event(desk)
    desk.world.asana_edit(desk.world.asana_task("Plan")["id"], desk.asana_person, name="Plan A")
    desk.world.basecamp_edit(desk.world.basecamp_todo("Plan")["id"], desk.basecamp_person, content="Plan B")
    entry = desk.world.basecamp_entries()[0]["id"]
    desk.world.basecamp_entry_edit(entry, desk.basecamp_person, summary="Gathering B")
    event = desk.world.outlook_event("Gathering")["id"]
    desk.world.outlook_edit(event, desk.outlook_person, subject="Gathering O")
    report = await desk.sync()
    values = [{one["kept"]["value"], *(lost["value"] for lost in one["lost"])} for one in report.conflicts]
    assert sorted(map(sorted, values)) == [["Gathering B", "Gathering O"], ["Plan A", "Plan B"]]
    assert desk.world.asana_tasks()[0]["title"] == desk.world.basecamp_todos()[0]["title"]
    assert desk.world.outlook_events()[0]["title"] == desk.world.basecamp_entries()[0]["title"]
    await desk.quiet()


async def test_h08_what_both_tools_hold_is_matched_and_the_unclear_is_asked(desk: Office) -> None:
    world = desk.world
    list_name = next(iter(world.places.basecamp_lists))
    world.asana_create(desk.asana_person, name="Write the charter", due_on="2026-12-01")
    world.basecamp_create(desk.basecamp_person, list_name, "write the  Charter", due_on="2026-12-01")
    world.asana_create(desk.asana_person, name="Call the sponsor", due_on="2026-12-01")
    world.basecamp_create(desk.basecamp_person, list_name, "Call the sponsor", due_on="2026-12-09")
    world.outlook_create(desk.outlook_person, "Gathering", NOON, NOON + timedelta(hours=1))
    world.basecamp_entry_create(desk.basecamp_person, "Gathering", NOON, NOON + timedelta(hours=1))
    report = await desk.sync()
    assert report.exit == Exit.PERSON_NEEDED
    assert [one["title"] for one in report.questions] == ["Call the sponsor"]
    assert (len(world.asana_tasks()), len(world.basecamp_todos())) == (2, 2)
    assert (len(world.outlook_events()), len(world.basecamp_entries())) == (1, 1)


async def test_h09_a_poorer_tool_keeps_what_it_cannot_hold(desk: Office) -> None:
    await with_task(desk, due_at=NOON.isoformat(), assignee=desk.asana_person)
    await with_event(desk, location="Room 4")
    todo = desk.world.basecamp_todo("Plan")
    desk.world.basecamp_edit(todo["id"], desk.basecamp_person, content="Plan it", due_on="2026-12-12")
    entry = desk.world.basecamp_entries()[0]
    desk.world.basecamp_entry_edit(entry["id"], desk.basecamp_person, summary="Great gathering")
    await desk.sync()
    task = desk.world.asana_task("Plan it")
    assert datetime.fromisoformat(task["due_at"]) == NOON + timedelta(days=2)
    assert len(task["assignees"]) == 1
    assert desk.world.outlook_event("Great gathering")["location"] == "Room 4"
    await desk.quiet()


RICH = (
    "<body><h1>Charter</h1>We <strong>share</strong> what we <em>know</em>.\n\n"
    '<ul><li>one</li><li>two<ol><li>deep</li></ol></li></ul>See <a href="https://example.org/?a=b&amp;c=d">this</a>. '
    "日本 🎉 שלום</body>"
)


async def test_h10_rewritten_text_causes_no_further_writes(desk: Office) -> None:
    await with_task(desk, html_notes=RICH)
    await with_event(desk, body="First line\n\nSecond line with <angle> & ampersand")
    await desk.quiet()
    assert "Charter" in desk.world.basecamp_todo("Plan")["notes"]


async def test_h12_no_change_no_writes_and_one_change_one_write_per_other_tool(desk: Office) -> None:
    for number in range(5):
        desk.world.asana_create(desk.asana_person, name=f"Task {number}")
    await with_event(desk)
    await desk.quiet()
    singles = [path for path in desk.reads() if path.rsplit("/", 1)[-1].split(".")[0].isdigit() and "tasks" in path]
    assert singles == []
    desk.world.asana_edit(desk.world.asana_task("Task 3")["id"], desk.asana_person, name="Task three")
    desk.world.forget_traffic()
    await desk.sync()
    assert desk.writes() == {"asana": 0, "basecamp": 1, "microsoft365": 0}
    event = desk.world.outlook_event("Gathering")
    desk.world.outlook_edit(event["id"], desk.outlook_person, subject="Great gathering")
    desk.world.forget_traffic()
    await desk.sync()
    assert desk.writes() == {"asana": 0, "basecamp": 1, "microsoft365": 0}
    await desk.sync()
    assert desk.writes() == {"asana": 0, "basecamp": 1, "microsoft365": 0}


async def test_h12_nobody_is_invited_or_notified(desk: Office) -> None:
    await with_task(desk, due_on=DAY.isoformat(), resource_subtype="milestone")
    await with_event(desk)
    assert desk.world.graph.invitations == []
    assert desk.world.basecamp.notified == []


async def test_h16_leaving_the_project_is_no_deletion(desk: Office) -> None:
    for number in range(6):
        desk.world.asana_create(desk.asana_person, name=f"Task {number}")
    await desk.sync()
    desk.world.asana_remove(desk.world.asana_task("Task 2")["id"], desk.asana_person)
    for full in (False, True):
        report = await desk.sync(full=full)
        assert report.steps == []
    assert len(desk.world.basecamp_todos()) == 6
    await desk.quiet()


async def test_h16_an_archived_list_is_no_deletion(desk: Office) -> None:
    name, identity = next(iter(desk.world.places.basecamp_lists.items()))
    for number in range(6):
        desk.world.basecamp_create(desk.basecamp_person, name, f"To-do {number}")
    await desk.sync()
    desk.world.basecamp.archive_list(identity)
    for full in (False, True):
        report = await desk.sync(full=full)
        assert report.steps == []
    assert len(desk.world.asana_tasks()) == 6
    await desk.quiet()


async def test_h16_an_event_in_another_calendar_is_no_deletion(desk: Office) -> None:
    await with_event(desk)
    mailbox = desk.world.graph.mailbox(desk.world.places.mailbox)
    event = next(iter(mailbox.events.values()))
    event.calendar = mailbox.add_calendar("Elsewhere").number
    for full in (False, True):
        report = await desk.sync(full=full)
        assert report.steps == []
    assert len(desk.world.basecamp_entries()) == 1
    await desk.quiet()


async def test_h21_swapped_titles_stay_the_same_two_items(desk: Office) -> None:
    one = desk.world.asana_create(desk.asana_person, name="One", notes="first")
    two = desk.world.asana_create(desk.asana_person, name="Two", notes="second")
    first = desk.world.outlook_create(desk.outlook_person, "Morning", NOON, NOON + timedelta(hours=1))
    second = desk.world.outlook_create(desk.outlook_person, "Evening", NOON, NOON + timedelta(hours=2))
    await desk.sync()
    ids = {todo["title"]: todo["id"] for todo in desk.world.basecamp_todos()}
    entries = {entry["title"]: entry["id"] for entry in desk.world.basecamp_entries()}
    desk.world.asana_edit(one, desk.asana_person, name="Two")
    desk.world.asana_edit(two, desk.asana_person, name="One")
    desk.world.outlook_edit(first, desk.outlook_person, subject="Evening")
    desk.world.outlook_edit(second, desk.outlook_person, subject="Morning")
    report = await desk.sync()
    assert sum(space.created + space.deleted for space in report.spaces.values()) == 0
    after = {todo["title"]: todo["id"] for todo in desk.world.basecamp_todos()}
    assert after == {"One": ids["Two"], "Two": ids["One"]}
    swapped = {entry["title"]: entry["id"] for entry in desk.world.basecamp_entries()}
    assert swapped == {"Morning": entries["Evening"], "Evening": entries["Morning"]}
    await desk.quiet()


async def test_a_deadline_is_shown_in_the_calendar_and_moved_from_there(desk: Office) -> None:
    await with_task(desk, due_on=DAY.isoformat(), resource_subtype="milestone")
    event = desk.world.outlook_event("Plan")
    assert (event["start"], event["end"]) == (DAY.isoformat(), (DAY + timedelta(days=1)).isoformat())
    moved = DAY + timedelta(days=4)
    desk.world.outlook_move(event["id"], desk.outlook_person, moved, moved + timedelta(days=1))
    await desk.sync()
    assert desk.world.asana_task("Plan")["due"] == desk.world.basecamp_todo("Plan")["due"] == moved.isoformat()
    await desk.quiet()
    desk.world.outlook_delete(desk.world.outlook_event("Plan")["id"], desk.outlook_person)
    await desk.sync()
    assert desk.world.asana_task("Plan")
    assert desk.world.basecamp_todo("Plan")
    assert desk.world.outlook_events() == []
    await desk.quiet()
