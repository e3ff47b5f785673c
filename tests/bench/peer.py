"""vdirsyncer beside copsync: the same tasks as files, in two folders kept in step."""

from __future__ import annotations

import os
import shutil
import subprocess
import sys
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

from tests.bench.process import Usage, python, run

PACKAGE = "vdirsyncer"
INSTALL_SECONDS = 300

SETTINGS = """\
[general]
status_path = "{folder}/status/"

[pair tasks]
a = "one"
b = "two"
collections = null

[storage one]
type = "filesystem"
path = "{folder}/one/"
fileext = ".ics"

[storage two]
type = "filesystem"
path = "{folder}/two/"
fileext = ".ics"
"""


@dataclass(frozen=True, slots=True)
class Peer:
    """An installed vdirsyncer; `version` is what it says of itself."""

    command: Path
    version: str


@dataclass(frozen=True, slots=True)
class Missing:
    """Why there is no peer to compare with."""

    reason: str


def install(folder: Path) -> Peer | Missing:
    """Install the peer into a virtual environment of its own; what it says on the way is not shown."""
    command = folder / "venv" / "bin" / PACKAGE
    steps: tuple[Sequence[str | Path], ...] = (
        [sys.executable, "-m", "venv", folder / "venv"],
        [folder / "venv" / "bin" / "python", "-m", "pip", "install", "-q", "--disable-pip-version-check", PACKAGE],
        [command, "--version"],
    )
    said = ""
    for step in steps:
        try:
            done = subprocess.run(
                step, capture_output=True, text=True, timeout=INSTALL_SECONDS, check=True, env=_own_environment()
            )
        except subprocess.CalledProcessError as failed:
            return Missing(f"{PACKAGE} could not be installed: {_last_line(failed.stderr)}")
        except (OSError, subprocess.TimeoutExpired) as failed:
            return Missing(f"{PACKAGE} could not be installed: {type(failed).__name__}")
        said = done.stdout
    return Peer(command, said.split()[-1])


def _last_line(text: str) -> str:
    return next((line.strip() for line in reversed(text.splitlines()) if "ERROR" in line), "no reason was given")


@dataclass(frozen=True, slots=True)
class Pair:
    """Two folders that the peer keeps in step."""

    peer: Peer
    folder: Path

    @classmethod
    def make(cls, peer: Peer, folder: Path, count: int) -> Pair:
        """Write the tasks into the first folder, and the settings."""
        folder.mkdir()
        python("tests.bench.todo_files", folder / "one", str(count))
        (folder / "settings").write_text(SETTINGS.format(folder=folder))
        return cls(peer, folder)

    def first(self) -> Usage:
        """Measure the first sync into an empty folder."""
        for name in ("two", "status"):
            shutil.rmtree(self.folder / name, ignore_errors=True)
        (self.folder / "two").mkdir()
        self._run("discover")
        return self._run("sync")

    def calm(self) -> Usage:
        """Measure a sync that finds nothing to do; it goes after the first one."""
        return self._run("sync")

    def _run(self, verb: str) -> Usage:
        env = {**_own_environment(), "VDIRSYNCER_CONFIG": str(self.folder / "settings")}
        return run([self.peer.command, "-v", "ERROR", verb], env=env)


def _own_environment() -> dict[str, str]:
    """Return the environment without Python's switches: the peer's compiled modules lie where pip put them."""
    return {name: value for name, value in os.environ.items() if not name.startswith("PYTHON")}
