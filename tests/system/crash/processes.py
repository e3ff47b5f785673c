"""copsync as processes that can be killed: the console script, and children of a parent that is kept warm."""

from __future__ import annotations

import json
import os
import select
import signal
import subprocess
import sys
import time
from collections.abc import Mapping
from contextlib import suppress
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Protocol

from tests.cli.desk import Called, checked, environment, start

PATIENCE_S = 60.0
KILLED = -signal.SIGKILL


class Process(Protocol):
    """A command under way, in a process group of its own."""

    @property
    def pid(self) -> int:
        """Its number, and its group's."""

    @property
    def is_over(self) -> bool:
        """Whether somebody has waited for its end."""

    def wait(self) -> Called:
        """Wait for its end; nobody sees a traceback."""


def kill(process: Process) -> Called:
    """Kill a command and everything it started, and wait until it is gone; it may have ended by itself just before."""
    with suppress(ProcessLookupError):
        os.killpg(process.pid, signal.SIGKILL)
    return process.wait()


@dataclass
class Script:
    """The console script, started as a shell would."""

    popen: subprocess.Popen[str]

    @classmethod
    def start(cls, *arguments: str, folder: Path, env: Mapping[str, str], **more: Any) -> Script:
        return cls(start(*arguments, folder=folder, env=env, start_new_session=True, **more))

    @property
    def pid(self) -> int:
        return self.popen.pid

    @property
    def is_over(self) -> bool:
        return self.popen.returncode is not None

    def wait(self) -> Called:
        with self.popen:
            out, err = self.popen.communicate(timeout=PATIENCE_S)
        return checked(Called(self.popen.returncode, out, err), ())


@dataclass
class Child:
    """A command forked by a warm parent."""

    parent: WarmParent
    pid: int
    folder: Path
    is_over: bool = False

    def wait(self) -> Called:
        status = self.parent.answer()
        self.is_over = True
        out, err = ((self.folder / name).read_text(encoding="utf-8") for name in ("out", "err"))
        return checked(Called(status, out, err), ())


class WarmParent:
    """Starts commands in a hundredth of a second (see `tests.system.crash.warm`); one at a time."""

    def __init__(self) -> None:
        self._popen = subprocess.Popen(
            [sys.executable, "-m", "tests.system.crash.warm"],
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            bufsize=0,
            start_new_session=True,
        )

    def start(self, *arguments: str, folder: Path, env: Mapping[str, str]) -> Child:
        order = {"arguments": arguments, "folder": str(folder), "environment": environment(folder, env)}
        assert self._popen.stdin is not None
        self._popen.stdin.write(json.dumps(order).encode() + b"\n")
        return Child(self, self.answer(), folder)

    def answer(self) -> int:
        """Return the next number that the parent tells.

        Raises:
            TimeoutError: the command goes on and on.
        """
        assert self._popen.stdout is not None
        text, end = b"", time.monotonic() + PATIENCE_S
        while not text.endswith(b"\n"):
            if not select.select([self._popen.stdout], [], [], max(0.0, end - time.monotonic()))[0]:
                raise TimeoutError(f"no end within {PATIENCE_S:.0f} s")
            text += self._popen.stdout.read(1)
        return int(text)

    def close(self) -> None:
        self._popen.kill()
        self._popen.communicate()
