"""Gatherings as milestones in Asana, over HTTP with all three tools: a sign, one way, and never two."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import datetime, timedelta
from pathlib import Path
from typing import Any
from zoneinfo import ZoneInfo

import pytest

from config.loader import Configuration, load
from sandbox.faults import Fault
from sync.report import Exit
from tests.system.office import Office, office

BERLIN = ZoneInfo("Europe/Berlin")
TODAY = datetime.now(BERLIN).replace(hour=0, minute=0, second=0, microsecond=0)
EVENING = TODAY + timedelta(days=12, hours=18)
HOURS = timedelta(hours=2)
ON = 'events_as = "milestones"'
LINE = "Kept in step by copsync ["


@pytest.fixture
def desk(tmp_path: Path) -> Iterator[Office]:
    with office(tmp_path, lines={"asana": ON}) as built:
        yield built


async def gather(desk: Office, title: str = "Book club", start: datetime = EVENING, **fields: Any) -> str:
    event = desk.world.outlook_create(desk.outlook_person, title, start, start + HOURS, **fields)
    assert (await desk.sync()).exit == Exit.IN_STEP
    return event


def milestones(desk: Office) -> list[dict[str, Any]]:
    return [one for one in desk.world.asana_tasks() if LINE in one["notes"]]


def pass_days(monkeypatch: pytest.MonkeyPatch, days: int) -> None:
    """Let copsync live some days later."""
    monkeypatch.setattr("connectors.asana.connection._today", lambda _zone: TODAY + timedelta(days=days))
    monkeypatch.setattr("tests.system.office.now", lambda: datetime.now(BERLIN) + timedelta(days=days))


def switch(desk: Office, before: str, after: str) -> None:
    """Change the configuration, as an admin would."""
    path = Path(desk.configuration.path)
    path.write_text(path.read_text(encoding="utf-8").replace(before, after), encoding="utf-8")
    read = load(path)
    desk.configuration = Configuration(read.settings, read.path, read.text, desk.configuration.environment)


async def test_without_the_option_asana_has_no_gatherings(tmp_path: Path) -> None:
    with office(tmp_path) as desk:
        await gather(desk)
        assert desk.world.asana_tasks() == []
        await desk.quiet()


async def test_h12_a_gathering_appears_once_and_then_nothing_is_written(desk: Office) -> None:
    await gather(desk, location="Library")
    (shown,) = milestones(desk)
    assert (shown["title"], shown["kind"], shown["done"], shown["assignees"]) == ("Book club", "milestone", False, [])
    assert datetime.fromisoformat(shown["due_at"]) == EVENING
    when, where, mark = shown["notes"].split("\n")
    assert when == f"When: {EVENING:%a %Y-%m-%d}, 18:00 to 20:00 (Europe/Berlin)"
    assert where == "Where: Library"
    assert mark.startswith(LINE)
    assert desk.world.asana.tasks[shown["id"]].followers == [desk.world.asana.tasks[shown["id"]].created_by]
    assert desk.world.asana.notified == []
    await desk.quiet()
    assert [one["title"] for one in desk.world.outlook_events()] == ["Book club"]
    assert desk.world.basecamp_todos() == []


async def test_a_move_and_a_new_place_are_one_write_and_leave_what_people_wrote(desk: Office) -> None:
    event = await gather(desk, location="Library")
    (shown,) = milestones(desk)
    mine = (
        shown["html"].replace("<body>", "<body><h1>To do</h1>Buy cake\n").replace("</body>", "\n<em>Ask Bo</em></body>")
    )
    desk.world.asana_edit(shown["id"], desk.asana_person, html_notes=mine, name="Prepare the book club")
    await desk.quiet()
    assert desk.world.outlook_event("Book club")
    later = EVENING + timedelta(days=7)
    desk.world.outlook_move(event, desk.outlook_person, later, later + HOURS)
    desk.world.outlook_edit(event, desk.outlook_person, location="Hall")
    desk.world.forget_traffic()
    await desk.sync()
    assert desk.writes()["asana"] == 1
    (moved,) = milestones(desk)
    assert (moved["id"], moved["title"]) == (shown["id"], "Prepare the book club")
    assert datetime.fromisoformat(moved["due_at"]) == later
    day = f"{EVENING:%a %Y-%m-%d}"
    assert moved["html"] == mine.replace(day, f"{later:%a %Y-%m-%d}").replace("Library", "Hall")
    await desk.quiet()


@pytest.mark.parametrize("done", [True, False])
async def test_completing_or_moving_the_milestone_changes_no_gathering(desk: Office, done: bool) -> None:
    await gather(desk)
    (shown,) = milestones(desk)
    before = desk.world.outlook_events()
    if done:
        desk.world.asana_complete(shown["id"], desk.asana_person)
    else:
        desk.world.asana_edit(shown["id"], desk.asana_person, due_on=f"{TODAY + timedelta(days=3):%Y-%m-%d}")
    await desk.quiet()
    assert desk.world.outlook_events() == before


async def test_deleting_the_milestone_deletes_no_gathering_and_it_is_shown_again_when_that_moves(desk: Office) -> None:
    event = await gather(desk)
    desk.world.asana_delete(milestones(desk)[0]["id"], desk.asana_person)
    report = await desk.sync()
    assert "the gathering itself stays" in " ".join(report.notes)
    await desk.quiet()
    assert (len(desk.world.outlook_events()), len(desk.world.basecamp_entries()), milestones(desk)) == (1, 1, [])
    later = EVENING + timedelta(days=1)
    desk.world.outlook_move(event, desk.outlook_person, later, later + HOURS)
    await desk.sync()
    (shown,) = milestones(desk)
    assert datetime.fromisoformat(shown["due_at"]) == later
    await desk.quiet()


async def test_h22_deleted_and_made_again_the_new_one_has_a_milestone_of_its_own(desk: Office) -> None:
    event = await gather(desk)
    (old,) = milestones(desk)
    desk.world.outlook_delete(event, desk.outlook_person)
    await gather(desk)
    (new,) = milestones(desk)
    assert new["id"] != old["id"]
    assert new["notes"] != old["notes"]
    await desk.quiet()


async def test_h13_a_lost_create_is_found_again(desk: Office) -> None:
    armed = desk.world.faults["asana"].add(Fault("POST", r"/tasks(\?|$)", "lost_answer"))
    await gather(desk)
    assert armed.hits == 1
    await desk.sync()
    assert len(milestones(desk)) == 1
    await desk.quiet()
    assert [one["title"] for one in desk.world.outlook_events()] == ["Book club"]


@pytest.mark.parametrize("full", [False, True])
async def test_who_takes_the_line_out_has_a_milestone_of_their_own(desk: Office, full: bool) -> None:
    await gather(desk)
    (shown,) = milestones(desk)
    desk.world.asana_edit(shown["id"], desk.asana_person, notes="Mine")
    await desk.sync(full=full)
    await desk.sync()
    (task,) = desk.world.asana_tasks()
    assert (task["id"], task["notes"]) == (shown["id"], "Mine")
    assert len(desk.world.basecamp_entries()) == 1
    assert desk.world.basecamp_todo("Book club")
    assert len(desk.world.outlook_events()) == 2, "the gathering, and the deadline of the milestone"
    await desk.quiet()


async def test_a_copy_is_left_alone_and_so_is_a_task_that_gets_the_line(desk: Office) -> None:
    await gather(desk)
    (shown,) = milestones(desk)
    task = desk.world.asana_create(desk.asana_person, name="Cake")
    await desk.sync()
    desk.world.asana_create(desk.asana_person, name="Book club", html_notes=shown["html"])
    desk.world.asana_edit(task, desk.asana_person, html_notes=shown["html"])
    await desk.sync()
    await desk.sync(full=True)
    assert len(milestones(desk)) == 3
    assert [todo["title"] for todo in desk.world.basecamp_todos()] == ["Cake"]
    assert len(desk.world.outlook_events()) == 1
    await desk.quiet()


async def test_what_is_below_the_milestone_is_a_task(desk: Office) -> None:
    await gather(desk)
    (shown,) = milestones(desk)
    desk.world._asana(desk.asana_person, "POST", f"/tasks/{shown['id']}/subtasks", {"name": "Buy cake"})
    await desk.sync()
    assert [todo["title"] for todo in desk.world.basecamp_todos()] == ["Buy cake"]
    await desk.quiet()


async def test_of_a_series_the_next_date_is_shown_and_moved_on_when_it_is_over(
    desk: Office, monkeypatch: pytest.MonkeyPatch
) -> None:
    first = EVENING - timedelta(days=28)
    pattern = {"type": "weekly", "interval": 1, "daysOfWeek": [f"{first:%A}".lower()]}
    repeats = {"pattern": pattern, "range": {"type": "noEnd", "startDate": f"{first:%Y-%m-%d}"}}
    await gather(desk, start=first, recurrence=repeats)
    (shown,) = milestones(desk)
    assert datetime.fromisoformat(shown["due_at"]).astimezone(BERLIN).date() == (EVENING - timedelta(days=7)).date()
    await desk.quiet()
    pass_days(monkeypatch, 7)
    desk.world.asana_complete(shown["id"], desk.asana_person)
    desk.world.forget_traffic()
    await desk.sync(full=True)
    (moved,) = milestones(desk)
    assert (moved["id"], moved["due"], moved["done"]) == (shown["id"], f"{EVENING:%Y-%m-%d}", False)
    assert desk.writes()["asana"] == 1
    await desk.quiet()


async def test_what_is_over_is_not_made_and_what_was_shown_stays(desk: Office, monkeypatch: pytest.MonkeyPatch) -> None:
    await gather(desk, "Spring", start=TODAY - timedelta(days=5))
    assert milestones(desk) == []
    event = await gather(desk)
    pass_days(monkeypatch, 20)
    desk.world.outlook_edit(event, desk.outlook_person, subject="Book club, and pictures")
    await desk.sync(full=True)
    assert [one["title"] for one in milestones(desk)] == ["Book club"]
    await desk.quiet()


async def test_switched_off_the_milestones_stay_and_switched_on_they_are_known_again(desk: Office) -> None:
    event = await gather(desk)
    (shown,) = milestones(desk)
    switch(desk, ON, "")
    await desk.sync()
    await desk.quiet()
    desk.world.outlook_edit(event, desk.outlook_person, subject="Reading circle")
    await desk.sync()
    assert milestones(desk) == [shown]
    switch(desk, 'name = "asana"', f'name = "asana"\n{ON}')
    await desk.sync()
    (again,) = milestones(desk)
    assert (again["id"], again["title"]) == (shown["id"], "Reading circle")
    await desk.quiet()


async def test_a_milestone_deleted_while_the_option_is_off_deletes_nothing(desk: Office) -> None:
    await gather(desk)
    (shown,) = milestones(desk)
    desk.world.asana_delete(shown["id"], desk.asana_person)
    switch(desk, ON, "")
    await desk.sync()
    await desk.quiet()
    assert len(desk.world.outlook_events()) == 1
