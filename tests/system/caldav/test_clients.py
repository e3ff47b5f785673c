"""copsync beside the programs of people: they see the same events and tasks, and their edits are taken over."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import UTC, date, datetime, timedelta
from pathlib import Path

import pytest

from tests.connectors.caldav.peers import SERVERS
from tests.system.caldav.clients import Clients
from tests.system.caldav.office import Office, office

NOON = datetime(2026, 12, 10, 11, tzinfo=UTC)  # 12:00 in Berlin
DAY = date(2026, 12, 10)


@pytest.fixture(params=list(SERVERS))
def desk(request: pytest.FixtureRequest, tmp_path: Path) -> Iterator[Office]:
    with office(tmp_path, request.param) as built:
        yield built


@pytest.fixture
def clients(desk: Office, tmp_path: Path) -> Clients:
    return Clients.set_up(tmp_path / "person", f"{desk.peer.url}{desk.peer.server.home}")


async def test_what_copsync_writes_is_shown_by_other_programs(desk: Office, clients: Clients) -> None:
    desk.add_event("Gathering, with — 日本", NOON, NOON + timedelta(hours=2), location="Room 4")
    desk.add_event("Retreat", date(2026, 12, 14), date(2026, 12, 16))
    desk.add_task("Charter", kind="milestone", due=DAY, tags=frozenset({"writing"}), notes="Say **why**")
    desk.add_task("Done already", state="done")
    await desk.in_step()
    clients.carry()
    agenda = clients.agenda()
    assert "12:00-14:00 Gathering, with — 日本" in agenda
    assert "Charter" in agenda[1]
    assert sum("Retreat" in line for line in agenda) == 2
    tasks = clients.tasks()
    assert set(tasks) == {"Charter", "Done already"}
    assert sorted(tasks["Charter"]["categories"]) == ["MILESTONE", "writing"]
    assert (tasks["Charter"]["description"], tasks["Done already"]["percent"]) == ("Say why", 100)
    clients.carry()
    await desk.quiet()


async def test_what_people_make_and_edit_is_taken_over(desk: Office, clients: Clients) -> None:
    desk.add_event("Gathering", NOON, NOON + timedelta(hours=2), notes="Bring *one* question.")
    desk.add_task("Write the charter", due=DAY, list="Onboarding", notes="Say **why**")
    await desk.in_step()
    clients.carry()
    clients.khal("new", "2026-12-11", "13:00", "14:00", "Made with khal", "::", "and its notes")
    clients.khal("edit", "Gathering", answers="s\nGreat gathering\nl\nRoom 5\nq\n")
    clients.todo("new", "--list", "work", "--due", "2026-12-20", "Made with todoman")
    clients.todo("done", str(clients.tasks()["Write the charter"]["id"]))
    clients.carry()
    await desk.in_step()
    made = desk.remembered("Made with khal")
    assert (made["start"], made["zone"], made["notes"]) == (
        NOON + timedelta(days=1, hours=1),
        "Europe/Berlin",
        "and its notes",
    )
    great = desk.remembered("Great gathering")
    assert (great["location"], great["notes"], great["start"]) == ("Room 5", "Bring *one* question.", NOON)
    assert desk.remembered("Made with todoman")["due"] == date(2026, 12, 20)
    charter = desk.remembered("Write the charter")
    assert (charter["state"], charter["list"], charter["notes"]) == ("done", "Onboarding", "Say **why**")
    await desk.quiet()


@pytest.mark.parametrize("desk", ["radicale"], indirect=True)
async def test_what_both_sides_edit_meets(desk: Office, clients: Clients) -> None:
    charter = desk.add_task("Write the charter", due=DAY)
    await desk.in_step()
    clients.carry()
    clients.todo("edit", "--due", "2026-12-24", "--priority", "high", str(clients.tasks()["Write the charter"]["id"]))
    desk.memory.edit(charter, {"title": "Write the whole charter", "state": "done"})
    clients.carry()
    await desk.in_step()
    clients.carry()
    shown = clients.tasks()["Write the whole charter"]
    assert (shown["completed"], shown["priority"]) == (True, 4)
    assert desk.remembered("Write the whole charter")["due"] == date(2026, 12, 24)
    await desk.quiet()


@pytest.mark.parametrize("desk", ["radicale"], indirect=True)
async def test_what_is_deleted_on_one_side_goes_on_the_other(desk: Office, clients: Clients) -> None:
    tasks = {title: desk.add_task(title) for title in ("One", "Two", "Three", "Four", "Five", "Six", "Seven", "Eight")}
    await desk.in_step()
    clients.carry()
    clients.todo("delete", "--yes", str(clients.tasks()["One"]["id"]))
    desk.memory.delete(tasks["Two"])
    clients.carry()
    await desk.in_step()
    clients.carry()
    assert set(clients.tasks()) == set(desk.titles()) == {"Three", "Four", "Five", "Six", "Seven", "Eight"}
    await desk.quiet()
