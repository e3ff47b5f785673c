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
from cli.demo_stage import TITLE as TOLD
from cli.demo_stage import NotToldError, in_teams
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


def see_channels(story: Any) -> None:
    """See that a gathering was announced, edited where it stands when it moved, and followed up where it cannot be."""
    announced, edited = story["announced"], story["edited"]
    assert all(story["known"][channel] for channel in ("teams", "news"))
    assert {name: announced[name]["how"] for name in announced if name != "shown"} == dict.fromkeys(
        ("teams", "news", "page"), "post"
    )
    assert {name: edited[name]["how"] for name in edited if name != "shown"} == {
        "teams": "edit",
        "news": "correct",
        "page": "edit",
    }
    before, after = announced["shown"], edited["shown"]
    assert [one["id"] for one in (before, after)] == [before["id"]] * 2
    assert [one["url"] for one in (before, after, edited["teams"])] == [announced["teams"]["url"]] * 3
    assert (before["edited"], after["edited"], after["title"]) == (False, True, f"Changed: {TOLD}")
    assert f"Before: {before['lines'][0]}" in after["lines"]


def see_the_group(story: Any) -> None:
    """See that a text was handed out, claimed by its link, and proved by LinkedIn's own record."""
    claimed, verified = story["linkedin"]["claimed"], story["linkedin"]["verified"]
    assert [(one["title"], one["state"], one["proof"]) for one in (claimed, verified)] == [
        (TOLD, "claimed", 1),
        (TOLD, "verified", 2),
    ]
    assert story["linkedin"]["link"].startswith(verified["post"]["url"])
    assert verified["handed_out_at"] < verified["post"]["made_at"]


def see_the_digest(story: Any) -> None:
    """See that the week stands in three files that stay, and tells of the gathering at its new date."""
    files = {form: Path(name) for form, name in story["digest"]["files"].items()}
    content = {form: path.read_text(encoding="utf-8") for form, path in files.items()}
    (day,) = story["edited"]["shown"]["lines"][:1]
    assert set(files) == {"text", "html", "card"}
    assert f"• {TOLD}, {day}\n" in content["text"]
    assert content["html"].startswith("<!doctype html>")
    assert f"<strong>{TOLD}</strong>, {day}" in content["html"]
    card = json.loads(content["card"])
    assert (card["type"], card["fallbackText"] + "\n") == ("AdaptiveCard", content["text"])


def left(folder: Path) -> list[str]:
    return sorted(path.name for path in folder.iterdir())


@pytest.mark.timeout(240)
def test_the_demo_tells_its_story_and_ends_in_step_with_a_calendar_on_a_caldav_server(tmp_path: Path) -> None:
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
    see_channels(story)
    see_the_group(story)
    see_the_digest(story)
    (digest,) = (tmp_path / "temporary").iterdir()  # everything else is gone
    assert left(digest) == ["digest.card.json", "digest.html", "digest.txt"]


@pytest.mark.timeout(240)
def test_the_demo_goes_on_without_radicale_says_how_to_get_it_and_is_read_by_people(tmp_path: Path) -> None:
    command = (sys.executable, "-c", WITHOUT_RADICALE)
    with start("demo", folder=tmp_path, command=command, env={"TMPDIR": str(tmp_path)}) as process:
        out, err = process.communicate(timeout=220)
    assert process.returncode == 0, err
    assert "\x1b" not in out + err  # colours are for terminals
    assert "the three tools agree" in out
    (said,) = (line for line in err.splitlines() if "Radicale" in line)
    assert "`make demo`" in said
    assert "pip install 'copsync[demo]'" in said
    told = out.split("What the channels hear of it")[1].split("Is everything in step?")[0].splitlines()
    for words in (
        f"│ {TOLD}",
        f"│ Changed: {TOLD}",
        "edited where it stands, its link stays",
        "copsync outbox hand-out",
        "copsync outbox claim",
        "(level 1)",
        "(level 2)",
        "│ Data Practice: the week",
        "/digest.html",
    ):
        assert any(words in line for line in told), words
    assert len(told) < 40  # read in two minutes


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


def test_a_message_that_is_not_there_ends_the_story() -> None:
    with World.start(populated=False) as world, pytest.raises(NotToldError, match="stands 0 times"):
        in_teams(world)


def test_a_calendar_that_holds_nothing_is_not_in_step() -> None:
    with World.start() as world:
        demo_series.begin(world)
        empty = b"BEGIN:VCALENDAR\r\nVERSION:2.0\r\nPRODID:-//Example//Calendar//EN\r\nEND:VCALENDAR\r\n"
        missing = demo_caldav.differences(world, empty)
        assert len(missing) == len(world.outlook_events()) > 20
        assert all(line.startswith("not in CalDAV: ") for line in missing)
        assert any("in CalDAV, at" in line for line in demo_series.differences(world, empty))
