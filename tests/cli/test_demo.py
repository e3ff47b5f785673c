"""The demo, as whoever clones this meets it first."""

from __future__ import annotations

import json
import signal
import subprocess
import sys
from pathlib import Path
from typing import Any

import pytest

from cli import demo_caldav, demo_series
from cli.demo_caldav import TITLE
from sandbox.world import World
from tests.cli.desk import start

WITHOUT_RADICALE = "import sys; sys.modules['radicale'] = None; from cli.main import main; main()"
"""A Python that finds no Radicale, whatever is installed; everything else is the demo itself."""


def played(out: str) -> Any:
    story = json.loads(out)
    assert (story["in_step"], story["differences"]) == (True, [])
    assert story["feed"].startswith("http://127.0.0.1:")
    assert len(story["series"]) == 7
    assert story["last_sync"]["steps"] == []
    return story


def left(folder: Path) -> list[str]:
    return sorted(path.name for path in folder.iterdir())


@pytest.mark.timeout(240)
def test_the_demo_ends_in_step_with_a_calendar_on_a_caldav_server(tmp_path: Path) -> None:
    (tmp_path / "temporary").mkdir()
    with start("demo", "--json", folder=tmp_path, env={"TMPDIR": str(tmp_path / "temporary")}) as process:
        out, err = process.communicate(timeout=220)
    assert process.returncode == 0, err
    story = played(out)
    assert story["tools"] == ["asana", "basecamp", "microsoft365", "caldav"]
    assert f"CalDAV: a new gathering “{TITLE}”" in "".join(story["edits"])
    steps = story["second_sync"]["steps"]
    (series,) = (step for step in steps if step["space"] == "caldav" and step["title"] == "Reading circle")
    assert set(series["fields"]) == {"exdates", "overrides"}
    assert {step["space"] for step in steps if step["title"] == TITLE} == {"basecamp", "calendar"}
    assert left(tmp_path / "temporary") == []


@pytest.mark.timeout(240)
def test_the_demo_goes_on_without_radicale_and_says_how_to_get_it(tmp_path: Path) -> None:
    command = (sys.executable, "-c", WITHOUT_RADICALE)
    with start("demo", "--json", folder=tmp_path, command=command) as process:
        out, err = process.communicate(timeout=220)
    assert process.returncode == 0, err
    assert played(out)["tools"] == ["asana", "basecamp", "microsoft365"]
    (said,) = (line for line in err.splitlines() if "Radicale" in line)
    assert "`make demo`" in said
    assert "pip install 'copsync[demo]'" in said


def test_ctrl_c_ends_the_caldav_server_too(tmp_path: Path) -> None:
    with start("demo", folder=tmp_path, env={"TMPDIR": str(tmp_path)}, stdout=subprocess.PIPE) as process:
        assert process.stdout is not None
        while "The first sync" not in (line := process.stdout.readline()):
            assert line
        assert any(name.startswith("copsync-caldav-") for name in left(tmp_path))
        process.send_signal(signal.SIGINT)
        _, err = process.communicate(timeout=60)
    assert process.returncode == 128 + signal.SIGINT, err
    assert left(tmp_path) == []


def test_a_calendar_that_holds_nothing_is_not_in_step() -> None:
    with World.start() as world:
        demo_series.begin(world)
        empty = b"BEGIN:VCALENDAR\r\nVERSION:2.0\r\nPRODID:-//Example//Calendar//EN\r\nEND:VCALENDAR\r\n"
        missing = demo_caldav.differences(world, empty)
        assert len(missing) == len(world.outlook_events()) > 20
        assert all(line.startswith("not in CalDAV: ") for line in missing)
        assert any("in CalDAV, at" in line for line in demo_series.differences(world, empty))
