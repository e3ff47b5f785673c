"""One measured run, alone in its process: `python -m tests.bench.measured FOLDER SPACES [full] [log] [command]`.

SPACES are names joined by commas. `full` asks for a full listing; `log` leaves the tools' items behind, for a run
that only asks what changed; `command` goes through the whole `copsync sync --json` instead of the engine alone.
Prints one JSON document; the process as a whole is measured by whoever started it.
"""

from __future__ import annotations

import asyncio
import json
import sys
from collections.abc import Mapping, Set
from contextlib import redirect_stdout, suppress
from io import StringIO
from pathlib import Path
from time import process_time
from typing import Any

from store.store import Store
from sync.run import Wish, sync
from tests.bench import handover
from tests.bench.handover import Handed
from tests.bench.spaces import STORE, community, now


def measure(folder: Path, names: list[str], wishes: Set[str]) -> dict[str, Any]:
    """Run once; return what the run cost in CPU seconds (user and system), and what it did."""
    before, began = _resident_mib(), process_time()
    handed = {name: handover.read(folder / f"{name}.tool", items="log" not in wishes) for name in names}
    handover_s, content_mib = process_time() - began, _resident_mib() - before
    run = by_command if "command" in wishes else by_engine
    run_s, report = run(folder, handed, full="full" in wishes)
    return {"run_s": run_s, "handover_s": handover_s, "content_mib": content_mib, **_deeds(report)}


def by_engine(folder: Path, handed: Mapping[str, Handed], *, full: bool) -> tuple[float, dict[str, Any]]:
    """Run the engine; what counts lies between the start and the end of `sync()`."""
    bound = community(handed)
    store = Store.open(STORE, folder)

    async def timed() -> tuple[float, dict[str, Any]]:
        began = process_time()
        report = await sync(bound, store, now, Wish(full=full))
        return process_time() - began, report.json()

    try:
        return asyncio.run(timed())
    finally:
        store.close()


def by_command(folder: Path, handed: Mapping[str, Handed], *, full: bool) -> tuple[float, dict[str, Any]]:
    """Run the command as a script would; what counts is everything after the interpreter's imports above."""
    began = process_time()
    from cli.main import main

    community(handed)
    sys.argv = ["copsync", "--config", str(folder / "copsync.toml"), "sync", "--json", *(["--full"] if full else [])]
    with redirect_stdout(StringIO()) as printed, suppress(SystemExit):
        main()
    return process_time() - began, json.loads(printed.getvalue())


def _deeds(report: Mapping[str, Any]) -> dict[str, Any]:
    written = sum(one["created"] + one["updated"] + one["deleted"] for one in report["spaces"])
    return {"state": report["state"], "written": written, "read": sum(one["read"] for one in report["spaces"])}


def _resident_mib() -> float:
    """Return how much of this process is in memory now (Linux; elsewhere 0)."""
    status = Path("/proc/self/status")
    lines = status.read_text().splitlines() if status.exists() else []
    return next((int(line.split()[1]) / 1024 for line in lines if line.startswith("VmRSS")), 0.0)


if __name__ == "__main__":
    sys.stdout.write(json.dumps(measure(Path(sys.argv[1]), sys.argv[2].split(","), set(sys.argv[3:]))))
