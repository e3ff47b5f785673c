"""Imports a folder of calendar files: `python -m tests.bench.imports FOLDER` prints what became of them.

Every file goes through the whole command - configuration, store, plan, history - into a store of its own, and then once
more, which must bring nothing new. No file is changed and nothing is sent anywhere. Counted are the files that were
taken in whole, those of which entries were refused, those in which nothing was usable, and those with which copsync
failed; also refusals without a line, a reason or a mend, of which there should be none, and what the slowest cost.
"""

from __future__ import annotations

import json
import os
import sys
from collections import Counter
from collections.abc import Iterable, Iterator
from contextlib import chdir, redirect_stderr, redirect_stdout
from dataclasses import dataclass
from io import StringIO
from pathlib import Path
from tempfile import TemporaryDirectory
from time import process_time
from typing import Any

from cli.ending import run

SETTINGS = """
[store]
url = "sqlite:///copsync.db"
[connections.memory]
tool = "memory"
base_url = "memory://imports"
[[communities]]
id = "imports"
time_zone = "Europe/Berlin"
[[communities.spaces]]
name = "memory"
connection = "memory"
"""
STATES = {0: "taken", 1: "partly refused", 2: "nothing usable"}
CRASHED = "crashed"
SLOWEST = 5


@dataclass(frozen=True, slots=True)
class Outcome:
    """What became of one file."""

    file: str
    state: str
    entries: int
    refused: int
    unexplained: int
    cpu_s: float


def measure(files: Iterable[Path]) -> dict[str, Any]:
    """Import each file, once and once more; the second time must find nothing new."""
    found = list(_outcomes(files))
    slowest = sorted(found, key=lambda one: -one.cpu_s)[:SLOWEST]
    return {
        "files": len(found),
        **dict.fromkeys((*STATES.values(), CRASHED), 0),
        **Counter(one.state for one in found),
        "entries": sum(one.entries for one in found),
        "refused": sum(one.refused for one in found),
        "unexplained": sum(one.unexplained for one in found),
        "slowest_cpu_s": {one.file: round(one.cpu_s, 2) for one in slowest},
        "crashes": [one.file for one in found if one.state == CRASHED],
    }


def _outcomes(files: Iterable[Path]) -> Iterator[Outcome]:
    for file in files:
        with TemporaryDirectory(prefix="copsync-imports-") as name:
            Path(name, "copsync.toml").write_text(SETTINGS, encoding="utf-8")
            with chdir(name):
                yield _outcome(file)


def _outcome(file: Path) -> Outcome:
    begun = process_time()
    status, answer = _call(file)
    spent = process_time() - begun
    state = STATES.get(status, CRASHED)
    intake = answer.get("import", {})
    refused = intake.get("refused", [])
    unexplained = sum(not (one["reason"] and one["mend"] and one["line"]) for one in refused)
    told = "import" in answer or (status == 2 and answer.get("error", {}).get("mend"))
    if not told or (state != "nothing usable" and not _is_settled(file)):
        state = CRASHED
    return Outcome(str(file), state, intake.get("taken", 0), len(refused), unexplained, spent)


def _is_settled(file: Path) -> bool:
    """Tell whether the same file brings nothing more."""
    _, again = _call(file)
    intake = again.get("import", {})
    return not any(intake.get(name, ["failed"]) for name in ("new", "changed", "matched", "missing"))


def _call(file: Path) -> tuple[int, dict[str, Any]]:
    out = StringIO()
    with redirect_stdout(out), redirect_stderr(StringIO()):
        status = run(["import", str(file), "--json"])
    try:
        answer: dict[str, Any] = json.loads(out.getvalue())
    except ValueError:
        return -1, {}
    return status, answer


def files_in(folder: Path) -> list[Path]:
    """Return the calendar files in a folder and below, in their order."""
    return sorted(path.resolve() for path in folder.rglob("*") if path.suffix.lower() in (".ics", ".ical", ".ifb"))


if __name__ == "__main__":
    os.environ.pop("COPSYNC_CONFIG", None)
    folders = [Path(one) for one in sys.argv[1:]]
    if not folders:
        sys.exit("Name a folder with calendar files: python -m tests.bench.imports FOLDER")
    sys.stdout.write(json.dumps(measure(one for folder in folders for one in files_in(folder)), indent=2) + "\n")
