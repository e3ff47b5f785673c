"""Ctrl-C and SIGTERM at awkward moments: a calm message, the right exit status, and nothing lost or made twice."""

from __future__ import annotations

import signal
import subprocess
import sys

import pytest

from sandbox.faults import Armed, Fault
from tests.cli import shapes
from tests.cli.desk import Called, Desk
from tests.cli.shapes import fits

TITLES = sorted(f"Task {number:02}" for number in range(24))
SENT = r"/todos\.json"


def stopped(desk: Desk, fault: Fault, tool: str, *arguments: str, number: int = signal.SIGINT) -> Called:
    """Start a sync, stop it while a request meets the fault, and let the request go on afterwards."""
    armed: Armed = desk.world.faults[tool].add(fault)
    process = desk.start("sync", *arguments)
    assert armed.reached.wait(30), desk.end(process)
    process.send_signal(number)
    answer = desk.end(process)
    armed.remove()
    return answer


def test_stopped_again_and_again_a_first_sync_still_makes_everything_once(desk: Desk) -> None:
    for title in TITLES:
        desk.task(title)
    reading = stopped(desk, Fault("GET", rf"project={desk.asana}", "hold"), "asana")
    assert reading.status == 130
    assert "Stopped." in reading.err
    assert "Nothing is lost" in reading.err
    assert reading.out == ""
    assert desk.todos() == []
    writing = stopped(desk, Fault("POST", SENT, "hold", after=3, times=None), "basecamp")
    assert writing.status == 130
    assert "Nothing is lost" in writing.err
    terminated = stopped(
        desk,
        Fault("POST", SENT, "hold", after=2, processed=True, times=None),
        "basecamp",
        "--json",
        number=signal.SIGTERM,
    )
    assert terminated.status == 143
    assert "Nothing is lost" in fits(terminated.json, shapes.ERROR)["error"]["mend"]
    made = desk.todos()
    assert 5 < len(made) < len(TITLES)
    assert len(set(made)) == len(made)
    between = desk.here("status", "--json").json
    assert between["waiting"]["unclear_writes"] > 0
    assert between["running"] is None
    assert between["last_run"]["state"] == "interrupted"
    finished = desk("sync", "--json")
    assert finished.status == 0
    assert desk.todos() == TITLES
    assert desk.here("sync", "--full", "--json").json["steps"] == []


@pytest.mark.parametrize("module", ["cli.ending", "typer.main", "config.models", "sqlalchemy.sql"])
def test_stopped_while_starting(module: str, desk: Desk) -> None:
    """Ctrl-C is pressed in the middle of an import."""
    code = f"""if True:
        import os, signal, sys
        def press(event, arguments, left=[1]):
            if event == "import" and arguments[0] == {module!r} and left:
                os.kill(os.getpid(), left.pop() * signal.SIGINT)
        sys.addaudithook(press)
        from cli.main import main
        main()
    """
    answer = desk("status", "--json", command=(sys.executable, "-c", code))
    assert answer.status == 130
    assert answer.err.startswith(("Stopped before anything was done.", "copsync: Stopped."))


def test_stopped_in_the_background_of_a_script(desk: Desk) -> None:
    """There Ctrl-C is switched off, and SIGTERM is all there is."""
    armed = desk.world.faults["asana"].add(Fault("GET", rf"{desk.asana}", "hold"))
    process = desk.start("plan", preexec_fn=lambda: signal.signal(signal.SIGINT, signal.SIG_IGN))
    assert armed.reached.wait(30)
    process.send_signal(signal.SIGINT)
    with pytest.raises(subprocess.TimeoutExpired):
        process.wait(0.3)
    process.terminate()
    answer = desk.end(process)
    armed.remove()
    assert answer.status == 143
    assert "Stopped." in answer.err
