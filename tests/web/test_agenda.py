"""`copsync calendar` and `copsync export --format ics`, on what a community holds."""

from __future__ import annotations

import os
import subprocess
import sys
from datetime import UTC, date, datetime, timedelta
from pathlib import Path
from typing import Any
from zoneinfo import ZoneInfo

import pytest

from sync.feeds.agenda import agenda
from sync.feeds.publisher import audience_of
from tests.cli import shapes
from tests.cli.desk import call
from tests.cli.shapes import TEXT, fits, many, one_of, table
from tests.cli.test_help import on_a_terminal
from tests.web.place import ADA, NOW, Place
from tests.web.reading import read

BERLIN = ZoneInfo("Europe/Berlin")
STRING = {"type": "string"}
ENTRY = table(
    {
        "record": TEXT,
        "kind": one_of("gathering", "deadline"),
        "title": TEXT,
        "all_day": {"type": "boolean"},
        "start": TEXT,
        "end": TEXT,
        "location": STRING,
        "meeting_url": STRING,
        "who": many(TEXT),
        "state": one_of("confirmed", "tentative", "cancelled", "open", "done"),
    }
)
AGENDA = table(
    {
        "community": TEXT,
        "zone": TEXT,
        "from": TEXT,
        "to": TEXT,
        "overdue": many(ENTRY),
        "days": many(table({"date": TEXT, "entries": many(ENTRY)})),
    }
)


@pytest.fixture
def full(here: Place) -> Place:
    guests = frozenset({ADA.upper(), "guest@example.net"})
    start = datetime(2026, 12, 3, 23, tzinfo=BERLIN)
    here.event("event-1", start, start + timedelta(hours=3), title="Night", attendees=guests, location="Roof")
    here.event("event-2", date(2026, 12, 3), date(2026, 12, 5), title="Retreat", status="tentative")
    here.event("event-3", start, start, title="[red]Nothing[/]", status="cancelled")
    here.event("event-4", start, start, title="Gone")
    here.delete("event-4")
    here.deadline("task-1", date(2026, 12, 24), title="Report", assignees=frozenset({"member-ben"}))
    here.deadline("task-2", date(2026, 11, 20), title="Too late")
    here.deadline("task-3", date(2026, 11, 20), title="In time", state="done")
    here.task("task-4", date(2026, 12, 3), title="No deadline")
    return here


def days(here: Place, zone: str = "Europe/Berlin", weeks: int = 4) -> dict[str, list[str]]:
    found = agenda(here.store, audience_of(here.settings), ZoneInfo(zone), weeks, NOW)
    return {day.isoformat(): [entry.item.title for entry in entries] for day, entries in found.days.items()}


def test_everything_stands_on_its_days(full: Place) -> None:
    assert days(full) == {
        "2026-12-03": ["Retreat", "Night", "[red]Nothing[/]"],
        "2026-12-04": ["Retreat", "Night"],
        "2026-12-24": ["Report"],
    }
    assert list(days(full, weeks=1)) == ["2026-12-03", "2026-12-04"]
    assert days(full, "America/New_York")["2026-12-03"] == ["Retreat", "Night", "[red]Nothing[/]"]
    assert days(full, "America/New_York")["2026-12-04"] == ["Retreat"]


def test_what_ends_at_midnight_ends_that_day(here: Place) -> None:
    here.event("event-1", datetime(2026, 12, 3, 22, tzinfo=BERLIN), datetime(2026, 12, 4, tzinfo=BERLIN), title="Late")
    assert days(here) == {"2026-12-03": ["Late"]}
    here.event("event-2", NOW - timedelta(days=3), NOW + timedelta(days=1), title="Going on")
    assert list(days(here)) == ["2026-11-28", "2026-11-29", "2026-12-03"]


def soon(here: Place) -> date:
    """Put something into the coming days of the real clock, by which the command goes."""
    day = datetime.now(UTC).date() + timedelta(days=3)
    start = datetime(day.year, day.month, day.day, 18, tzinfo=BERLIN)
    here.event("event-1", start, start + timedelta(hours=2), title="[b]Open[/] \x1b[31mspace", location="Roof",
               attendees=frozenset({ADA}))  # fmt: skip
    here.deadline("task-1", day, title="Report", assignees=frozenset({"member-ben"}))
    return day


def test_the_command_shows_who_when_and_where(here: Place) -> None:
    day = soon(here)
    shown = call("calendar", folder=here.folder)
    assert (shown.status, shown.err) == (0, "")
    lines = [line.strip() for line in shown.out.splitlines()]
    assert f"{day:%a} {day.day} {day:%b %Y}" in lines
    assert [line for line in lines if line.startswith(("all day", "18:00"))] == [
        "all day       ◆ Report",
        "18:00–20:00   [b]Open[/] [31mspace",
    ]
    assert {"Roof", "Ada", "Ben"} <= set(lines)
    there = call("calendar", "--zone", "America/New_York", folder=here.folder)
    assert "12:00–14:00" in there.out
    assert "Nothing is planned" in call("calendar", "--weeks", "1", "--community", "data-practice",
                                        folder=_empty(here)).out  # fmt: skip


def _empty(here: Place) -> Path:
    folder = here.folder / "empty"
    folder.mkdir()
    (folder / "copsync.toml").write_text((here.folder / "copsync.toml").read_text())
    return folder


def test_the_document_is_as_promised(here: Place) -> None:
    soon(here)
    document = fits(call("calendar", "--json", folder=here.folder).json, AGENDA)
    (day,) = document["days"]
    assert [(one["kind"], one["title"], one["who"], one["state"]) for one in day["entries"]] == [
        ("deadline", "Report", ["Ben"], "open"),
        ("gathering", "[b]Open[/] [31mspace", ["Ada"], "confirmed"),
    ]


@pytest.mark.parametrize(
    ("arguments", "words"),
    [("--zone Europe/Berln", "Europe/Berlin"), ("--zone ../etc/passwd", "no time zone"), ("--weeks 0", "--weeks"),
     ("--zone Narnia", "IANA")],
)  # fmt: skip
def test_what_cannot_be_is_told(here: Place, arguments: str, words: str) -> None:
    answer = call("calendar", *arguments.split(), "--json", folder=here.folder)
    assert answer.status == 2
    assert words in str(fits(answer.json, shapes.ERROR)["error"].values())


def test_colours_are_for_terminals(here: Place) -> None:
    soon(here)
    assert "\x1b[1;36m" in on_a_terminal(here, "calendar")  # type: ignore[arg-type]
    assert "\x1b" not in call("calendar", folder=here.folder).said


def test_an_export_is_a_file_for_calendars(full: Place) -> None:
    exported = subprocess.run(
        [Path(sys.executable).with_name("copsync"), "export", "--format", "ics"],
        cwd=full.folder, capture_output=True, check=True,
    )  # fmt: skip
    assert exported.stderr == b""
    assert exported.stdout.startswith(b"BEGIN:VCALENDAR\r\nVERSION:2.0\r\n")
    events: list[Any] = read(exported.stdout).events
    assert {str(one["SUMMARY"]) for one in events} >= {"Night", "Report", "Too late", "✓ In time"}
    assert not any(one.errors for one in events)
    refused = call("export", "--format", "ics", "--json", folder=full.folder)
    assert (refused.status, "no JSON" in refused.json["error"]["message"]) == (2, True)
    assert call("export", "--format", "xml", folder=full.folder).status == 2
    assert call("export", "--json", folder=full.folder).json == call("export", folder=full.folder).json


def test_khal_reads_what_is_exported(full: Place, tmp_path: Path) -> None:
    home, calendars = tmp_path / "khal", tmp_path / "calendars"
    home.mkdir()
    calendars.mkdir()
    (home / "config").write_text(
        f"[calendars]\n[[cop]]\npath = {calendars}\n[sqlite]\npath = {home / 'khal.db'}\n"
        "[locale]\nlocal_timezone = Europe/Berlin\ndefault_timezone = Europe/Berlin\n"
        "timeformat = %H:%M\ndateformat = %Y-%m-%d\nlongdateformat = %Y-%m-%d\n"
        "datetimeformat = %Y-%m-%d %H:%M\nlongdatetimeformat = %Y-%m-%d %H:%M\n"
    )
    file = tmp_path / "community.ics"
    call("feed", "write", "--out", str(file), "--member", ADA, folder=full.folder)
    for _ in range(2):  # the second time it changes entries and doubles none
        khal(home, "import", "--batch", "-a", "cop", str(file))
    assert len(list(calendars.glob("*.ics"))) == len(read(file.read_bytes()).events)
    listed = khal(home, "list", "2026-12-03", "30d", "--format", "{start-time}-{end-time} {title}", "--day-format", "")
    assert {"23:00-02:00 Night", "- Retreat", "- Report"} <= {line.strip() for line in listed.splitlines()}


def khal(home: Path, *arguments: str) -> str:
    command = [str(Path(sys.executable).with_name("khal")), "-c", str(home / "config"), *arguments]
    env = {"PATH": os.environ["PATH"], "HOME": str(home), "LC_ALL": "C.UTF-8", "XDG_CACHE_HOME": str(home)}
    done = subprocess.run(command, capture_output=True, text=True, env=env, check=False)
    assert done.returncode == 0, done
    assert "critical" not in done.stderr.lower()
    assert "warning" not in done.stderr.lower(), done.stderr
    return done.stdout
