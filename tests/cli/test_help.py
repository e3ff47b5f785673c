"""Help, usage errors, terminals and mistakes of copsync's own."""

from __future__ import annotations

import json
import os
import pty
import subprocess
import sys
from pathlib import Path

import pytest

from tests.cli import shapes
from tests.cli.desk import COPSYNC, Desk, call, environment, start
from tests.cli.shapes import fits

COMMANDS = (
    "init", "check", "connect", "key", "plan", "sync", "status", "history", "show", "conflicts", "undo",
    "explain", "import", "export", "backup", "restore", "calendar", "feed", "outbox", "digest", "announce",
    "audience", "sandbox", "demo",
)  # fmt: skip
HEAVY = {
    "jinja2",
    "rich",
    "pydantic",
    "sqlalchemy",
    "httpx",
    "asana",
    "msgraph",
    "prefect",
    "alembic",
    "asyncio",
    "uvicorn",
}


def test_every_command_teaches_with_an_example(tmp_path: Path) -> None:
    words = [*COMMANDS, "conflicts resolve", *(f"feed {name}" for name in ("add", "revoke", "write", "serve"))]
    words.append("announce send")
    words += [f"outbox {name}" for name in ("show", "hand-out", "claim", "release", "approve", "cancel", "reinstate")]
    words += [f"outbox {name}" for name in ("sheet", "import", "link", "serve", "tend")]
    processes = {name: start(*name.split(), "--help", folder=tmp_path) for name in words}
    for name, process in processes.items():
        out, err = process.communicate(timeout=60)
        assert (process.returncode, err) == (0, "")
        assert out.startswith(f"Usage: copsync {name}")
        assert f"  copsync {name}" in out.partition("Examples:")[2]
        assert "--json" in out


def test_help_lists_everything_and_costs_little(tmp_path: Path) -> None:
    costs = []
    for _ in range(3):
        with start("--help", folder=tmp_path) as process:
            assert process.stdout is not None
            out = process.stdout.read()
            _, status, usage = os.wait4(process.pid, 0)
            process.returncode = os.waitstatus_to_exitcode(status)
        costs.append(usage.ru_utime + usage.ru_stime)
    assert all(f"\n  {name} " in out for name in COMMANDS)
    assert "Exit status:" in out
    assert "..." not in out.partition("Commands:")[2]  # no sentence is cut
    assert min(costs) < 0.3


def test_nothing_heavy_is_imported_for_help(tmp_path: Path) -> None:
    code = "import cli.app, cli.ending, json, sys; print(json.dumps(sorted(sys.modules)))"
    loaded = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True, cwd=tmp_path)
    assert HEAVY.isdisjoint(json.loads(loaded.stdout))


def test_version(tmp_path: Path) -> None:
    answer = call("--version", folder=tmp_path)
    assert (answer.status, answer.err) == (0, "")
    assert answer.out.startswith("copsync 0.")


@pytest.mark.parametrize(
    ("arguments", "words"),
    [
        ("synk", "Did you mean 'sync'"),
        ("sync --ful", "--full"),
        ("show", "RUN"),
        ("history --limit 0", "--limit"),
        ("history --limit many", "--limit"),
        ("--config", "--config"),
    ],
)
def test_usage_errors(arguments: str, words: str, tmp_path: Path) -> None:
    people = call(*arguments.split(), folder=tmp_path)
    assert (people.status, people.out) == (2, "")
    assert words in people.err
    assert "--help" in people.err
    if arguments != "--config":
        script = call(*arguments.split(), "--json", folder=tmp_path)
        assert script.status == 2
        assert words in fits(script.json, shapes.ERROR)["error"]["message"]


def test_without_a_command(tmp_path: Path) -> None:
    answer = call(folder=tmp_path)
    assert (answer.status, answer.out) == (2, "")
    assert answer.err.startswith("Usage: copsync")
    misplaced = call("--json", "status", folder=tmp_path)
    assert misplaced.status == 2
    assert "after the command" in fits(misplaced.json, shapes.ERROR)["error"]["mend"]


def on_a_terminal(desk: Desk, *arguments: str, **env: str) -> str:
    """Return what the command shows on a terminal."""
    ours, theirs = pty.openpty()
    command = [COPSYNC, *arguments]
    surroundings = environment(desk.folder, {"TERM": "xterm-256color", "COLUMNS": "100", **env})
    with subprocess.Popen(command, cwd=desk.folder, env=surroundings, stdin=theirs, stdout=theirs, stderr=theirs) as it:
        os.close(theirs)
        shown = b""
        while True:
            try:
                piece = os.read(ours, 4096)
            except OSError:  # the other end is closed
                break
            shown += piece
        assert it.wait(60) == 0
    os.close(ours)
    return shown.decode()


def test_colours_are_for_terminals(desk: Desk) -> None:
    desk.task("Book a room")
    shown = on_a_terminal(desk, "sync")
    assert "\x1b[32m" in shown
    assert "Book a room" in shown
    assert "\x1b[3" not in on_a_terminal(desk, "status", NO_COLOR="1")
    assert "\x1b" not in on_a_terminal(desk, "status", "--json")


def test_letters_that_a_terminal_cannot_show_stop_nothing(desk: Desk) -> None:
    desk.task("Café — “Ωmega” 日本")
    plan = desk("plan", env={"PYTHONIOENCODING": "ascii", "LC_ALL": "C", "PYTHONUTF8": "0", "PYTHONCOERCECLOCALE": "0"})
    assert plan.status == 0
    assert "Caf\\xe9" in plan.out


def test_nobody_listens(desk: Desk) -> None:
    closed = 'exec "$0" status >&- 2>&-'
    assert desk(command=("sh", "-c", closed, COPSYNC)).status == 0


def test_a_mistake_of_our_own(desk: Desk) -> None:
    token = desk.world.token("asana", None)
    code = f"""if True:
        import sync.status
        def broken(*_):
            raise KeyError("Bearer {token}")
        sync.status.status = broken
        from cli.main import main
        main()
    """
    answer = desk("status", "--json", command=(sys.executable, "-c", code))
    assert answer.status == 1
    error = fits(answer.json, shapes.ERROR)["error"]
    assert "a mistake of its own (KeyError in cli.look" in error["message"]
    assert "report" in error["mend"]
    assert "COPSYNC_DEBUG=1" in error["mend"]
    with desk.start("status", command=(sys.executable, "-c", code), env={"COPSYNC_DEBUG": "1"}) as process:
        out, err = process.communicate(timeout=60)
    assert (process.returncode, out) == (1, "")
    assert "Traceback" in err
    assert "KeyError" in err
    assert token not in err
