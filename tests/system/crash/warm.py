"""Starts copsync processes at once: a parent that has everything imported forks one for each line it reads.

Importing takes two of three seconds of a command, and a process killed meanwhile has done nothing; so the many random
moments are spent on what a sync does. Each child is a process of its own, in its own group, running the console
script's own `main`. The parent has one thread and opens nothing before it forks.
"""

from __future__ import annotations

import json
import os
import sys
from pathlib import Path
from typing import Any


def _import_everything() -> None:
    from importlib import import_module

    for name in ("cli.ending", "cli.app", "cli.runs", "cli.pages", "sync.run", "sync.approval", "sync.wiring"):
        import_module(name)
    for name in ("connectors.asana.connection", "connectors.basecamp.connect", "connectors.microsoft365.connection"):
        import_module(name)
    import_module("connectors.microsoft365.sdk")
    import_module("psycopg")


def _become(order: dict[str, Any]) -> None:
    """Be a copsync command from now on."""
    os.setsid()
    os.chdir(order["folder"])
    os.environ.clear()
    os.environ.update(order["environment"])
    nothing = os.open(os.devnull, os.O_RDONLY)
    os.dup2(nothing, 0)
    for number, name in ((1, "out"), (2, "err")):
        os.dup2(os.open(Path(order["folder"], name), os.O_CREAT | os.O_TRUNC | os.O_WRONLY, 0o600), number)
    sys.argv = ["copsync", *order["arguments"]]
    from cli.main import main

    main()


def serve() -> None:
    """Fork one command for each order; tell its number at once, and how it ended when it is over."""
    _import_everything()
    for line in sys.stdin:
        child = os.fork()
        if child == 0:
            _become(json.loads(line))
            raise AssertionError("a command leaves with its exit status")
        _say(child)
        _say(os.waitstatus_to_exitcode(os.waitpid(child, 0)[1]))


def _say(number: int) -> None:
    sys.stdout.write(f"{number}\n")
    sys.stdout.flush()


if __name__ == "__main__":
    serve()
