"""Runs a program in a process of its own and says what it cost as a whole."""

from __future__ import annotations

import os
import subprocess
import sys
import tempfile
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path

ROOT = Path(__file__).resolve().parents[2]


class MeasureError(RuntimeError):
    """A program that was to be measured failed; the message ends with what it said."""


def keep_bytecode(folder: Path) -> None:
    """Let every process started from now on find compiled modules, as an installed program does from its second start.

    They lie in a folder of their own, so that neither the working copy nor a switch of the environment matters.
    """
    os.environ.pop("PYTHONDONTWRITEBYTECODE", None)
    os.environ["PYTHONPYCACHEPREFIX"] = str(folder)


@dataclass(frozen=True, slots=True)
class Usage:
    """What a process cost: CPU seconds (user and system), most memory at once in MiB; and what it printed."""

    cpu_s: float
    peak_mib: float
    printed: str


def run(command: Sequence[str | Path], *, env: Mapping[str, str] | None = None) -> Usage:
    """Run a program to its end; everything from its start, imports included, counts.

    The kernel counts the memory of whoever starts a process as that process's own at first. So nothing bigger than
    what is measured may call this; the benchmark itself imports the standard library only.

    Raises:
        MeasureError: the program ended with an error.
    """
    with tempfile.TemporaryFile() as out, tempfile.TemporaryFile() as err:
        process = subprocess.Popen(list(map(str, command)), stdout=out, stderr=err, cwd=ROOT, env=env)
        _, status, usage = os.wait4(process.pid, 0)
        process.returncode = os.waitstatus_to_exitcode(status)
        out.seek(0)
        err.seek(0)
        if process.returncode != 0:
            words = err.read().decode(errors="replace")[-2000:]
            raise MeasureError(f"{' '.join(map(str, command))} ended with {process.returncode}:\n{words}")
        return Usage(usage.ru_utime + usage.ru_stime, mib(usage.ru_maxrss), out.read().decode())


def mib(peak: int) -> float:
    """Return the kernel's figure in MiB; it is in KiB on Linux, in bytes on macOS."""
    return peak / (2**20 if sys.platform == "darwin" else 2**10)


def python(module: str, *arguments: str | Path) -> Usage:
    """Run one of the benchmark's own modules on this interpreter."""
    return run([sys.executable, "-m", module, *arguments])
