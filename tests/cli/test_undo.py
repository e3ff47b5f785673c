"""Undo as an admin meets it: looked at, asked about, done, shown, and undone again."""

from __future__ import annotations

import os
import pty
import subprocess
from typing import Any

import pytest

from tests.cli import shapes
from tests.cli.desk import COPSYNC, Called, Desk, environment
from tests.cli.shapes import fits


def error(answer: Called) -> Any:
    assert answer.status == 2
    return fits(answer.json, shapes.ERROR)["error"]


def run_of(answer: Called) -> str:
    return str(fits(answer.json, shapes.REPORT)["run"])


def renamed(desk: Desk) -> tuple[str, str]:
    """Bring a task over, rename it, bring that over; return the task in Asana and the run that brought it."""
    gid = desk.task("Book a room")
    assert desk.here("sync").status == 0
    desk.rename(gid, "Book a ship")
    run = run_of(desk.here("sync", "--json"))
    assert desk.todos() == ["Book a ship"]
    return gid, run


def title(desk: Desk, gid: str) -> str:
    return str(desk.world.asana.tasks[gid].name)


def test_an_undo_is_shown_first_and_then_done(desk: Desk) -> None:
    gid, run = renamed(desk)
    shown = desk.here("undo", run, "--dry-run", "--json")
    document = fits(shown.json, shapes.REPORT)
    assert (document["state"], document["undoes"], document["left"]) == ("planned", run, [])
    assert [step["state"] for step in document["steps"]] == ["planned", "planned"]
    people = desk.here("undo", run, "--dry-run")
    assert f"undoes run {run}" in people.out
    assert "title: Book a ship → Book a room" in people.out
    assert (title(desk, gid), desk.todos()) == ("Book a ship", ["Book a ship"])
    done = desk("undo", run, "--yes", "--json")
    assert (done.status, done.err) == (0, "")
    undoing = run_of(done)
    assert (title(desk, gid), desk.todos()) == ("Book a room", ["Book a room"])
    runs = fits(desk.here("history", "--json").json, shapes.HISTORY)["runs"]
    assert (runs[0]["kind"], runs[0]["about"], runs[0]["undone_by"]) == ("undo", run, None)
    assert next(one["undone_by"] for one in runs if one["run"] == run) == undoing
    history = desk.here("history").out
    assert f"undo of {run}" in history
    assert f"(undone by {undoing})" in history
    assert f"undone by run {undoing}" in desk.here("show", run).out
    assert fits(desk.here("show", run, "--json").json, shapes.REPORT)["undone_by"] == undoing
    assert f"undoes run {run}" in desk.here("show", undoing).out
    assert desk.here("sync", "--full", "--json").json["steps"] == []
    again = error(desk.here("undo", run, "--yes", "--json"))
    assert f"was undone already, by run {undoing}" in again["message"]
    assert f"copsync undo {undoing}" in again["mend"]
    assert desk.here("undo", undoing, "--yes").status == 0
    assert (title(desk, gid), desk.todos()) == ("Book a ship", ["Book a ship"])
    assert "undone by" not in desk.here("show", run).out


def test_what_changed_since_is_left_and_named(desk: Desk) -> None:
    gid, run = renamed(desk)
    desk.rename(gid, "Book [red]two[/] ships")
    answer = desk.here("undo", run, "--yes")
    assert answer.status == 0
    assert "left “Book [red]two[/] ships” title: It was changed again since, in asana." in answer.out
    assert (title(desk, gid), desk.todos()) == ("Book [red]two[/] ships", ["Book [red]two[/] ships"])


def test_what_cannot_be_undone(desk: Desk) -> None:
    gid, run = renamed(desk)
    idle = run_of(desk.here("sync", "--json"))
    before = desk.memory()
    told = {
        ("nope", "--yes"): "There is no run 'nope'",
        (idle, "--yes"): "changed nothing",
        (idle, "--dry-run"): "changed nothing",
        (run, "--yes", "-c", "other"): "no community 'other'",
        (run, "--yes", "--dry-run"): "--yes does it and --dry-run does not",
        (run,): "nobody can answer here",
    }
    for call, words in told.items():
        answer = error(desk.here("undo", *call, "--json"))
        assert words in answer["message"], call
        assert answer["mend"]
    unasked = desk("undo", run)
    assert unasked.status == 2
    assert "--yes" in unasked.err
    assert "Missing argument 'RUN'" in desk.here("undo").err
    assert desk.memory() == before
    assert title(desk, gid) == "Book a ship"


def test_a_run_of_another_community(desk: Desk) -> None:
    first = desk.space("asana", "asana", project=desk.asana) + desk.space("basecamp", "basecamp", project=desk.basecamp)
    second = desk.space("camp", "basecamp", project=desk.basecamp_project())
    desk.configure(desk.connections() + desk.community(second, "second") + desk.community(first, "first"))
    desk.task("Book a room")
    run = run_of(desk.here("sync", "--json", "-c", "first"))
    assert "one of the community 'first'" in error(desk.here("undo", run, "--yes", "-c", "second", "--json"))["message"]
    assert desk.here("undo", run, "--yes").status == 0
    assert desk.todos() == []


@pytest.mark.parametrize(("answer", "words"), [("y", "undoes run"), ("", "Nothing was undone")])
def test_on_a_terminal_it_asks(desk: Desk, answer: str, words: str) -> None:
    gid, run = renamed(desk)
    ours, theirs = pty.openpty()
    surroundings = environment(desk.folder, {"TERM": "xterm-256color", "COLUMNS": "200"})
    command = [COPSYNC, "undo", run]
    with subprocess.Popen(command, cwd=desk.folder, env=surroundings, stdin=theirs, stdout=theirs, stderr=theirs) as it:
        os.close(theirs)
        asked = read_until(ours, "[y/N]")
        os.write(ours, f"{answer}\n".encode())
        told = read_until(ours, None)
        assert it.wait(60) == 0
    os.close(ours)
    assert "a plan; nothing was changed" in asked
    assert words in told
    assert title(desk, gid) == ("Book a room" if answer else "Book a ship")


def read_until(terminal: int, words: str | None) -> str:
    """Return what a terminal shows until some words come, or the end."""
    shown = ""
    while words is None or words not in shown:
        try:
            shown += os.read(terminal, 4096).decode(errors="replace")
        except OSError:  # the other end is closed
            break
    return shown
