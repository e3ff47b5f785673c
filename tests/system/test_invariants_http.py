"""Invariants over HTTP with the three tools; the simulation checks all of them in every seed."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import date, datetime, timedelta
from pathlib import Path
from typing import Any
from zoneinfo import ZoneInfo

import pytest

from sandbox.faults import Fault, Kind
from store import state
from store.state import Wanted
from sync.report import Exit
from tests.system.office import Office, fill, office

NOON = datetime(2026, 12, 10, 12, tzinfo=ZoneInfo("Europe/Berlin"))
DUE = date(2026, 12, 24)
WRITES = (("asana", "PUT", r"/tasks/"), ("basecamp", "PUT", r"/todos/"), ("microsoft365", "PATCH", r"/events/"))


@pytest.fixture
def desk(tmp_path: Path) -> Iterator[Office]:
    with office(tmp_path) as built:
        fill(built)
        yield built


def rename_everything(desk: Office, word: str) -> None:
    """Let people rename each item where it was made."""
    world = desk.world
    for task in world.asana_tasks():
        if task["title"].startswith("From Asana"):
            world.asana_edit(task["id"], desk.asana_person, name=f"From Asana {word}")
    for todo in world.basecamp_todos():
        if todo["title"].startswith("From Basecamp"):
            world.basecamp_edit(todo["id"], desk.basecamp_person, content=f"From Basecamp {word}")
    for event in world.outlook_events():
        if event["title"].startswith("From Outlook"):
            world.outlook_edit(event["id"], desk.outlook_person, subject=f"From Outlook {word}")
    for entry in world.basecamp_entries():
        if entry["title"].startswith("From the schedule"):
            world.basecamp_entry_edit(entry["id"], desk.basecamp_person, summary=f"From the schedule {word}")


def note_titles(desk: Office, held: dict[str, set[str]]) -> None:
    """Remember under which titles each item was seen."""
    world = desk.world
    for items in (world.asana_tasks(), world.basecamp_todos(), world.outlook_events(), world.basecamp_entries()):
        for item in items:
            held.setdefault(str(item["id"]), set()).add(item["title"])


async def test_i3_a_base_is_what_both_sides_have_held(desk: Office) -> None:
    """Also while writes fail, get lost, or are answered with an error although they were done."""
    held: dict[str, set[str]] = {}
    await desk.sync()
    note_titles(desk, held)
    kinds: tuple[Kind, ...] = ("lost_answer", "cut", "status")
    for turn, kind in enumerate(kinds):
        rename_everything(desk, f"turn {turn}")
        note_titles(desk, held)
        more: dict[str, Any] = {"status": 503, "processed": True} if kind == "status" else {}
        armed = [desk.world.faults[tool].add(Fault(method, path, kind, **more)) for tool, method, path in WRITES]
        await desk.sync()
        assert all(one.hits for one in armed)
        for faults in desk.world.faults.values():
            faults.clear()
        note_titles(desk, held)
        with desk.store.reading() as connection:
            records, links = state.load(connection, "data-practice", Wanted(everything=True))
        for link in links:
            assert link.base.get("title", records[link.record].fields["title"]) in held[link.remote]
            assert any(records[link.record].fields["title"] in held[one.remote] for one in links)
    assert (await desk.sync()).exit == Exit.IN_STEP
    await desk.quiet()


@pytest.mark.parametrize("space", ["asana", "basecamp", "calendar"])
async def test_i6_a_read_only_space_receives_no_write(tmp_path: Path, space: str) -> None:
    with office(tmp_path, read_only=(space,)) as desk:
        fill(desk)
        await desk.sync()
        rename_everything(desk, "renamed")
        for full in (False, True):
            desk.world.forget_traffic()
            await desk.sync(full=full)
            tool = "microsoft365" if space == "calendar" else space
            assert desk.writes()[tool] == 0
        if space != "basecamp":
            home = "From Asana renamed" if space == "asana" else "From Outlook renamed"
            here = desk.world.basecamp_todos() if space == "asana" else desk.world.basecamp_entries()
            assert home in {item["title"] for item in here}


async def test_i7_what_a_tool_only_shows_never_flows_back(desk: Office) -> None:
    """Who comes to a meeting, and when a task was done, is the tool's own."""
    guests = [{"emailAddress": {"address": "ada@example.org", "name": "Ada"}, "type": "required"}]
    event = desk.world.outlook_create(desk.outlook_person, "Meeting", NOON, NOON + timedelta(hours=1))
    mailbox = desk.world.graph.mailbox(desk.world.places.mailbox)
    await desk.sync()
    desk.world.outlook_edit(event, desk.outlook_person, attendees=guests)
    desk.world.asana_complete(desk.world.asana_task("From Asana")["id"], desk.asana_person)
    await desk.sync()
    stamp = desk.world.asana.tasks[desk.world.asana_task("From Asana")["id"]].completed_at
    todo = desk.world.basecamp_todo("From Asana")
    assert todo["done"]
    desk.world.basecamp_edit(todo["id"], desk.basecamp_person, content="From Asana, looked at")
    await desk.sync()
    task = desk.world.asana_task("From Asana, looked at")
    assert desk.world.asana.tasks[task["id"]].completed_at == stamp
    kept = next(one for one in mailbox.events.values() if one.details.fields["subject"] == "Meeting")
    assert len(kept.details.fields["attendees"]) == 1
    entry = next(item for item in desk.world.basecamp_entries() if item["title"] == "Meeting")
    assert not desk.world.basecamp.recordings[entry["id"]].participants  # type: ignore[attr-defined]
    await desk.quiet()


async def test_i9_requests_stay_within_the_budget(desk: Office) -> None:
    """A run that finds nothing asks for lists; one that finds k changes sends a read and a write more for each."""
    for number in range(12):
        desk.world.asana_create(desk.asana_person, name=f"Task {number}", due_on=DUE.isoformat())
    await desk.sync()
    await desk.quiet()
    idle = {name: space.requests for name, space in (await desk.sync()).spaces.items()}
    for count in (1, 5):
        for number in range(count):
            gid = desk.world.asana_task(f"Task {number}")["id"]
            desk.world.asana_edit(gid, desk.asana_person, notes=f"{count} changed")
        desk.world.forget_traffic()
        report = await desk.sync()
        assert desk.writes() == {"asana": 0, "basecamp": count, "microsoft365": 0}
        spent = {name: space.requests for name, space in report.spaces.items()}
        assert spent["calendar"] <= idle["calendar"] + count
        assert spent["basecamp"] <= idle["basecamp"] + 2 * count
        assert spent["asana"] <= idle["asana"] + 2 * count
        for _ in range(2):
            await desk.sync()
