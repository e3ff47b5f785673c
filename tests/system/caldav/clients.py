"""Programs that people use with CalDAV: vdirsyncer carries the collections, khal and todoman show and edit them."""

from __future__ import annotations

import json
import os
import subprocess
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from tests.connectors.caldav.peers import BIN, PASSWORD, USER

_VDIRSYNCER = """
[general]
status_path = "{home}/status"
[pair both]
a = "server"
b = "local"
collections = ["community", "work"]
[storage server]
type = "caldav"
url = "{url}"
username = "{user}"
password = "{password}"
[storage local]
type = "filesystem"
path = "{home}/dav"
fileext = ".ics"
"""
_KHAL = """
[calendars]
[[community]]
path = {home}/dav/community
[locale]
timeformat = %H:%M
dateformat = %Y-%m-%d
longdateformat = %Y-%m-%d
datetimeformat = %Y-%m-%d %H:%M
longdatetimeformat = %Y-%m-%d %H:%M
local_timezone = Europe/Berlin
default_timezone = Europe/Berlin
[default]
default_calendar = community
[sqlite]
path = {home}/khal.db
"""
_TODOMAN = """
path = "{home}/dav/work"
date_format = "%Y-%m-%d"
time_format = "%H:%M"
default_list = "work"
cache_path = "{home}/todoman.db"
"""


@dataclass
class Clients:
    """One person's programs, with a copy of the collections on disk."""

    home: Path

    @classmethod
    def set_up(cls, home: Path, url: str) -> Clients:
        (home / "dav").mkdir(parents=True)
        files = {"vdirsyncer": _VDIRSYNCER, "khal": _KHAL, "todoman.py": _TODOMAN}
        for name, text in files.items():
            (home / name).write_text(text.format(home=home, url=url, user=USER, password=PASSWORD))
        one = cls(home)
        one.run("vdirsyncer", "-c", str(home / "vdirsyncer"), "discover", answers="y\n" * 20)
        return one

    def run(self, program: str, *arguments: str, answers: str = "") -> str:
        environment = {**os.environ, "HOME": str(self.home), "XDG_CONFIG_HOME": str(self.home), "LC_ALL": "C.UTF-8"}
        environment |= {"TZ": "Europe/Berlin", "PYTHONWARNINGS": "ignore"}
        done = subprocess.run(
            [str(BIN / program), *arguments],
            input=answers,
            env=environment,
            cwd=self.home,
            text=True,
            capture_output=True,
            timeout=60,
            check=False,
        )
        assert done.returncode == 0, f"{program} {arguments}: {done.stdout}{done.stderr}"
        return done.stdout

    def carry(self) -> None:
        """Bring server and disk into step."""
        self.run("vdirsyncer", "-c", str(self.home / "vdirsyncer"), "sync")

    def khal(self, *arguments: str, answers: str = "") -> str:
        return self.run("khal", "-c", str(self.home / "khal"), *arguments, answers=answers)

    def agenda(self) -> list[str]:
        """Return the lines of khal's agenda of December 2026."""
        text = self.khal("list", "--format", "{start-end-time-style} {title}", "2026-12-01", "30d")
        return [line.strip() for line in text.splitlines()]

    def todo(self, *arguments: str) -> str:
        return self.run("todo", "--config", str(self.home / "todoman.py"), *arguments)

    def tasks(self) -> dict[str, dict[str, Any]]:
        """Return todoman's tasks by title, the done ones too."""
        text = self.run("todo", "--config", str(self.home / "todoman.py"), "--porcelain", "list", "--status", "ANY")
        return {one["summary"]: one for one in json.loads(text)}
