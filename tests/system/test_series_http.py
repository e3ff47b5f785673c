"""A series between Outlook and Basecamp over HTTP, by the command as an admin runs it."""

from __future__ import annotations

import json
import os
import signal
import subprocess
import sys
import time
from collections.abc import Iterator
from datetime import datetime, timedelta
from pathlib import Path
from typing import Any
from zoneinfo import ZoneInfo

import icalendar
import pytest
import recurring_ical_events

from tests.system.office import Office, office

Json = dict[str, Any]
BERLIN = ZoneInfo("Europe/Berlin")
TODAY = datetime.now(BERLIN).replace(hour=18, minute=0, second=0, microsecond=0)
FIRST = TODAY + timedelta(days=7 - TODAY.weekday())
WEEKS = 8
RULE = {
    "pattern": {"type": "weekly", "interval": 1, "daysOfWeek": ["monday"], "firstDayOfWeek": "monday"},
    "range": {
        "type": "endDate",
        "startDate": FIRST.date().isoformat(),
        "endDate": (FIRST + timedelta(weeks=WEEKS - 1)).date().isoformat(),
        "recurrenceTimeZone": "Europe/Berlin",
    },
}


@pytest.fixture
def desk(tmp_path: Path) -> Iterator[Office]:
    with office(tmp_path, without=("asana",)) as built:
        yield built


def command(desk: Office, *words: str) -> subprocess.Popen[str]:
    where = {**os.environ, **desk.world.env()}
    line = [str(Path(sys.executable).with_name("copsync")), "--config", str(desk.configuration.path), *words, "--json"]
    return subprocess.Popen(line, env=where, stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True)


def run(desk: Office, *words: str) -> Json:
    out, err = (process := command(desk, *words)).communicate(timeout=120)
    assert process.returncode == 0, out + err
    found: Json = json.loads(out)
    return found


def begin(desk: Office) -> str:
    return desk.world.outlook_create(
        desk.outlook_person, "Book club", FIRST, FIRST + timedelta(hours=2), recurrence=RULE
    )


def entries(desk: Office) -> dict[str, Json]:
    """Return the entries by the day they are on."""
    return {str(one["start"])[:10]: one for one in desk.world.basecamp_entries()}


def week(number: int) -> str:
    return (FIRST + timedelta(weeks=number)).date().isoformat()


def test_h05_an_outlook_series_and_its_single_entries_in_basecamp_change_each_other(desk: Office) -> None:
    series = begin(desk)
    run(desk, "sync")
    assert sorted(entries(desk)) == [week(number) for number in range(WEEKS)]
    desk.world.basecamp_entry_edit(entries(desk)[week(2)]["id"], desk.basecamp_person, summary="Guest talk")
    desk.world.basecamp_trash(entries(desk)[week(3)]["id"], desk.basecamp_person)
    desk.world.outlook_edit(series, desk.outlook_person, location={"displayName": "Room 4"})
    run(desk, "sync")
    exported = run(desk, "export")
    [record] = [one for one in exported["records"] if one["kind"] == "event"]
    assert record["fields"]["exdates"] == [week(3)]
    assert record["fields"]["overrides"] == [f'["{week(2)}","title","Guest talk"]']
    assert week(3) not in entries(desk)
    assert run(desk, "sync")["steps"] == []


@pytest.mark.parametrize("seen", [1, 5])
def test_h03_h26_killed_while_it_lays_a_series_out(desk: Office, seen: int) -> None:
    begin(desk)
    process = command(desk, "sync")
    deadline = time.monotonic() + 60
    while len(desk.world.basecamp_entries()) < seen and process.poll() is None and time.monotonic() < deadline:
        time.sleep(0.02)
    process.send_signal(signal.SIGKILL)
    process.communicate()
    run(desk, "sync")
    assert sorted(entries(desk)) == [week(number) for number in range(WEEKS)]
    assert len(desk.world.basecamp_entries()) == WEEKS
    assert run(desk, "sync")["steps"] == []


def test_a_saved_plan_with_a_series_does_exactly_what_it_shows(desk: Office, tmp_path: Path) -> None:
    series = begin(desk)
    plan = str(tmp_path / "plan.json")
    run(desk, "plan", "--out", plan)
    assert entries(desk) == {}
    assert run(desk, "sync", "--plan", plan)["state"] == "done"
    assert sorted(entries(desk)) == [week(number) for number in range(WEEKS)]
    second = occurrences(desk, series)[1]
    run(desk, "plan", "--out", plan)
    desk.world.outlook_delete(second, desk.outlook_person)
    refused = command(desk, "sync", "--plan", plan)
    out, _ = refused.communicate(timeout=120)
    assert (refused.returncode, json.loads(out)["state"]) == (3, "held")
    assert week(1) in entries(desk)
    run(desk, "plan", "--out", plan)
    assert run(desk, "sync", "--plan", plan)["state"] == "done"
    assert sorted(entries(desk)) == [week(number) for number in range(WEEKS) if number != 1]
    assert run(desk, "sync")["steps"] == []


def test_an_exported_calendar_holds_a_series_as_one_entry_with_what_differs(desk: Office) -> None:
    series = begin(desk)
    moved, cancelled = occurrences(desk, series)[2:4]
    start = FIRST + timedelta(weeks=2, days=1)
    desk.world.outlook_move(moved, desk.outlook_person, start, start + timedelta(hours=1))
    desk.world.outlook_delete(cancelled, desk.outlook_person)
    run(desk, "sync")
    calendar = icalendar.Calendar.from_ical(exported(desk))
    [master] = [one for one in calendar.events if "RRULE" in one]
    assert {str(one["UID"]) for one in calendar.events} == {str(master["UID"])}
    found = recurring_ical_events.of(calendar).between(FIRST - timedelta(days=1), FIRST + timedelta(weeks=WEEKS))
    shown = [one.start for one in found if one.get("STATUS") != "CANCELLED"]
    planned = [FIRST + timedelta(weeks=number) for number in range(WEEKS) if number not in (2, 3)]
    assert sorted(shown) == sorted([*planned, start])


def occurrences(desk: Office, series: str) -> list[str]:
    """Return the ids of the single times in Outlook, in order."""
    found = desk.world.outlook_instances(series, FIRST - timedelta(days=1), FIRST + timedelta(weeks=WEEKS))
    return [str(one["id"]) for one in sorted(found, key=lambda one: str(one["start"]))]


def exported(desk: Office) -> bytes:
    line = [str(Path(sys.executable).with_name("copsync")), "--config", str(desk.configuration.path)]
    where = {**os.environ, **desk.world.env()}
    return subprocess.run([*line, "export", "--format", "ics"], env=where, capture_output=True, check=True).stdout
