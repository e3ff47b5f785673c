"""`copsync sandbox`: what it prints leads everywhere, from the first sync to a message in Teams."""

from __future__ import annotations

import json
import signal
import subprocess
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import httpx
import pytest

from tests.cli.desk import call, ended, start

ON_FREE_PORTS = "import cli.playground as it; it.PORTS = {}; from cli.main import main; main()"
"""The command itself, beside others on this machine."""


@contextmanager
def playing(folder: Path, *arguments: str) -> Iterator[tuple[subprocess.Popen[str], list[str]]]:
    """Run it for the length of a block, and give its lines until it has told everything."""
    command = (sys.executable, "-c", ON_FREE_PORTS)
    folder.mkdir()
    with start("sandbox", "--folder", str(folder), *arguments, folder=folder, command=command) as process:
        assert process.stdout is not None
        said: list[str] = []
        while not said or (said[-1] != "}" and "LinkedIn group" not in said[-1]):
            read = process.stdout.readline()
            assert read, process.communicate()
            said.append(read.rstrip("\n"))
        yield process, said
        process.send_signal(signal.SIGINT)
        assert ended(process).status == 0


@pytest.mark.timeout(180)
def test_everything_can_be_reached_and_said(tmp_path: Path) -> None:
    folder = tmp_path / "try"
    with playing(folder, "--json") as (_, said):
        told: dict[str, Any] = json.loads("\n".join(said))
        assert list(told["urls"]) == ["asana", "basecamp", "microsoft365", "linkedin", "workflows"]
        assert {path.name: path.stat().st_mode & 0o077 for path in folder.iterdir() if path.name != "copsync.toml"} == {
            ".env": 0,
            "copsync.key": 0,
        }
        checked = call("check", "--json", folder=folder)
        assert checked.status == 2
        wrong = [one for one in checked.json["findings"] if one["level"] == "error"]
        assert {one["about"] for one in wrong} == {"connection m365-user", "channel teams of data-practice"}
        connect(folder, told["sign_in"])
        assert call("check", folder=folder).status == 0
        assert call("sync", "--json", folder=folder).status == 3  # two items are unclear
        known = call("announce", "send", "--json", folder=folder).json["channels"]
        assert [(one["channel"], one["said"]) for one in known] == [
            (name, []) for name in ("teams", "news", "linkedin", "page")
        ]
        mine = {"Authorization": f"Bearer {told['person']['microsoft365']}"}
        assert httpx.get(told["channel"], headers=mine).json()["value"] == []
        assert "<form" in httpx.get(told["group"]).text
        assert call("sandbox", "--folder", str(folder), folder=folder).status == 2  # its files are in the way


def connect(folder: Path, sign_in: dict[str, str]) -> None:
    """Let the service user in, as the person who reads the code in the terminal does."""
    with start("connect", sign_in["connection"], folder=folder) as process:
        assert process.stderr is not None
        while "Enter this code there: " not in (shown := process.stderr.readline()):
            assert shown
        form = {"code": shown.split()[-1], "person": sign_in["as"]}
        assert httpx.post(sign_in["page"], data=form).status_code == 200
        process.stderr.close()
        process.stderr = None
        process.wait(60)
    assert process.returncode == 0


def test_people_are_shown_where_to_go(tmp_path: Path) -> None:
    with playing(tmp_path / "try") as (_, said):
        text = "\n".join(said)
        for words in ("workflows ", "connect m365-user", "announce send", "outbox tend", "/groups/8472911/", "curl -H"):
            assert words in text
        assert "\x1b" not in text
