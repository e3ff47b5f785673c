"""Who a process is, beyond its number: so that a lease can tell whether the process that took it is still there."""

from __future__ import annotations

import os
from dataclasses import dataclass
from enum import Enum
from pathlib import Path

PROC = Path("/proc")
_STATE, _STARTED = 0, 19
"""Places of state and start time in /proc/PID/stat, counted after the name (proc_pid_stat(5): fields 3 and 22)."""
_ENDED = ("Z", "X", "x")


class Alive(Enum):
    """What can be said about a process."""

    YES = "alive"
    NO = "gone"
    UNKNOWN = "unknown"


@dataclass(frozen=True, slots=True)
class Process:
    """A process: the boot and pid namespace its number counts in, and its start (clock ticks after the boot)."""

    boot: str
    namespace: str
    pid: int
    started: str

    def __str__(self) -> str:
        return f"{self.boot} {self.namespace} {self.pid} {self.started}"

    @classmethod
    def read(cls, text: str | None) -> Process | None:
        """Read what `str()` wrote; None for anything else."""
        parts = (text or "").split(" ")
        if len(parts) != 4 or not parts[2].isdecimal():
            return None
        return cls(parts[0], parts[1], int(parts[2]), parts[3])


def this_process(proc: Path = PROC) -> Process | None:
    """Return who we are, or None where there is no /proc to tell (macOS)."""
    here, stat = _here(proc), _stat(proc, os.getpid())
    return Process(*here, os.getpid(), stat[_STARTED]) if here and stat else None


def is_alive(process: Process | None, proc: Path = PROC) -> Alive:
    """Tell whether a process is still there.

    Only one of this boot and this pid namespace can be judged: elsewhere the same number means somebody else, and what
    cannot be seen may well be alive.
    """
    if process is None or _here(proc) != (process.boot, process.namespace):
        return Alive.UNKNOWN
    if not _is_there(process.pid):
        return Alive.NO
    stat = _stat(proc, process.pid)
    if stat is None:
        return Alive.UNKNOWN  # ended this moment, or hidden from us (the mount option hidepid)
    return Alive.NO if stat[_STATE] in _ENDED or stat[_STARTED] != process.started else Alive.YES


def _here(proc: Path) -> tuple[str, str] | None:
    """Return the boot and the pid namespace, if /proc shows the numbers by which we know processes."""
    try:
        boot = (proc / "sys/kernel/random/boot_id").read_text().strip()
        namespace = str((proc / "self/ns/pid").readlink())
        own = (proc / "self/stat").read_text(errors="replace").split(" ", 1)[0]
    except OSError:
        return None
    return (boot, namespace) if own == str(os.getpid()) else None


def _is_there(pid: int) -> bool:
    try:
        os.kill(pid, 0)
    except ProcessLookupError:
        return False
    except PermissionError:
        return True
    return True


def _stat(proc: Path, pid: int) -> list[str] | None:
    """Return the fields of a process from its state on, or None if they cannot be seen.

    The name before them stands in parentheses and may itself hold spaces and parentheses.
    """
    try:
        text = (proc / str(pid) / "stat").read_text(errors="replace")
    except OSError:
        return None
    return text.rpartition(")")[2].split()
