"""Items as no tool should send them: one odd record stops none of the others, and no terminal obeys a title."""

from __future__ import annotations

import json
from typing import Any

from connectors.asana.raw import opt_fields
from sandbox.faults import Fault
from tests.cli import shapes
from tests.cli.desk import Desk
from tests.cli.shapes import fits

MEGABYTE = 1_000_000
ODD: dict[str, dict[str, Any]] = {
    "Day of no calendar": {"due_on": "99999-99-99"},
    "Before all days": {"due_on": None, "due_at": "0001-01-01T00:00:00.000Z"},
    "After all days": {"due_on": "9999-12-31", "due_at": "9999-12-31T23:59:59.999Z"},
    "A number for a day": {"due_on": 20261224},
    "A megabyte of notes": {"html_notes": f"<body>{'Long words. ' * (MEGABYTE // 12)}</body>"},
    "Notes without an end": {"html_notes": "<body><strong>Half a"},
    "Title that is none": {"name": None},
    "Codes for terminals": {"name": "Red \x1b[31malert\x1b[0m \x07\x00 \u202eevil\u202c \x9b2J"},
    "Half a character": {"name": "Broken \ud800 title"},
    "A very long title": {"name": "Long " * 20_000},
}
FINE = ["Book a room", "Write the minutes"]


def served_oddly(desk: Desk) -> None:
    """Let Asana list the project's tasks with what no form would take."""
    for title in (*FINE, *ODD):
        desk.task(title)
    parameters = {"project": desk.asana, "opt_fields": opt_fields(external=False), "limit": "100"}
    answer = desk.world.send("asana", None, "GET", "/tasks", params=parameters).json()
    for row in answer["data"]:
        row |= ODD.get(row["name"], {})
    body = json.dumps(answer)
    desk.world.faults["asana"].add(
        Fault("GET", rf"/tasks\?.*project={desk.asana}", "status", status=200, body=body, times=None)
    )


def test_odd_items_stop_nothing(desk: Desk) -> None:
    served_oddly(desk)
    synced = desk("sync", "--json")
    assert synced.status == 3
    report = fits(synced.json, shapes.REPORT)
    assert {space["state"] for space in report["spaces"]} == {"ok"}
    assert set(desk.todos()) >= set(FINE)
    assert not any(step["state"] == "failed" for step in report["steps"])
    reasons = {held["reason"] for held in report["held"]}
    assert len(reasons) == 4
    assert any("99999-99-99" in reason and "Open it in Asana" in reason for reason in reasons)
    assert any("the year 1 is outside" in reason and "Correct" in reason for reason in reasons)
    run = report["run"]
    commands = ("plan", "status", "export", f"show {run}", f"show {run} --json", "conflicts")
    seen = {command: desk.here(*command.split()) for command in commands}
    assert [answer.status for answer in seen.values()] == [3, 3, 0, 0, 0, 0]  # somebody has to correct them
    for answer in seen.values():
        assert not set(answer.said) & set("\x1b\x9b\x07\x00\u202e\ud800")
    assert max(map(len, seen[f"show {run}"].out.splitlines())) < 400
    assert "4 items to be corrected in the tool" in seen["status"].out
    assert "evil" in seen["export"].out


def test_an_answer_of_another_form_concerns_its_space_only(desk: Desk) -> None:
    desk.task("Book a room")
    fault = Fault("GET", rf"/tasks\?.*project={desk.asana}", "status", status=200, body='{"data": [7]}', times=None)
    desk.world.faults["asana"].add(fault)
    answer = desk.here("sync", "--json")
    report = fits(answer.json, shapes.REPORT)
    asana, basecamp = report["spaces"]
    assert (asana["state"], basecamp["state"]) == ("failed", "ok")
    assert "no list" in asana["message"]
    assert (answer.status, report["steps"]) == (1, [])
