"""Saved plans: looked at, applied as they are, or refused."""

from __future__ import annotations

import json
import stat
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from tests.cli import shapes
from tests.cli.desk import COMMUNITY, Called, Desk
from tests.cli.shapes import fits


def error(answer: Called) -> Any:
    assert answer.status == 2
    return fits(answer.json, shapes.ERROR)["error"]


def saved(desk: Desk) -> Path:
    return desk.folder / "plan.json"


def test_a_saved_plan_is_applied(desk: Desk) -> None:
    gid = desk.task("Book a room", due_on="2026-12-24")
    planned = desk("plan", "--out", "plan.json")
    assert planned.status == 0
    assert "Saved to plan.json. To do exactly this: copsync sync --plan plan.json" in planned.err
    assert stat.S_IMODE(saved(desk).stat().st_mode) == 0o600
    document = json.loads(saved(desk).read_text(encoding="utf-8"))
    fits(document, shapes.SAVED_PLAN)
    assert (document["community"], document["copsync_plan"]) == (COMMUNITY, 1)
    assert desk.todos() == []
    applied = desk("sync", "--plan", "plan.json", "--json")
    assert (applied.status, applied.err) == (0, "")
    assert fits(applied.json, shapes.REPORT)["state"] == "done"
    assert desk.todos() == ["Book a room"]
    refused = desk.here("sync", "--plan", "plan.json")
    assert refused.status == 3
    assert "no longer: create “Book a room”" in refused.out
    desk.rename(gid, "Book a hall")
    again = desk.here("plan", "--out", "plan.json", "--json")
    assert (again.status, again.err) == (0, "")
    assert fits(again.json, shapes.REPORT)["state"] == "planned"
    assert desk.here("sync", "--plan", "plan.json").status == 0
    assert desk.todos() == ["Book a hall"]
    assert [path.name for path in desk.folder.iterdir() if "plan" in path.name] == ["plan.json"]


def test_a_stale_plan_changes_nothing_and_says_what_moved(desk: Desk) -> None:
    gid = desk.task("Book a room")
    assert desk.here("sync").status == 0
    desk.rename(gid, "Book [red]a[/] hall")
    assert desk.here("plan", "--out", "plan.json").status == 0
    desk.rename(gid, "Book a ship")
    for number in range(30):
        desk.task(f"Task {number}")
    before = desk.memory()
    refused = desk("sync", "--plan", "plan.json", "--json")
    assert refused.status == 3
    report = fits(refused.json, shapes.REPORT)
    assert (report["state"], report["steps"], len(report["differences"])) == ("held", [], 31)
    words = "“Book a ship”: title would become “Book a ship”, the plan saw “Book [red]a[/] hall”"
    assert f"basecamp: {words}" in report["differences"]
    assert "copsync plan --out plan.json" in report["message"]
    assert desk.todos() == ["Book a room"]
    told = desk.here("sync", "--plan", "plan.json")
    assert words in told.out
    assert "and 11 more" in told.out
    assert "copsync plan --out plan.json" in told.out
    after = desk.memory()
    changed = {table for table in after if after[table] != before[table]}
    assert changed == {"leases", "runs"}
    assert desk.here("show", report["run"]).out.count("≠") == 20
    assert desk.here("sync").status == 0
    assert desk.todos() == sorted(["Book a ship", *(f"Task {number}" for number in range(30))])


SPOILT: dict[str, tuple[Callable[[str], str], str]] = {
    "nothing": (lambda _: "", "is not JSON"),
    "cut": (lambda text: text[: len(text) // 2], "cut off"),
    "settings": (lambda _: '{"a": 1}', "is no saved plan"),
    "numbers": (lambda text: text.replace("2026-12-24", "2026-12-25"), "was changed after it was saved"),
    "version": (lambda text: text.replace('"copsync_plan": 1', '"copsync_plan": 9'), "format 9"),
}


@pytest.mark.parametrize("name", SPOILT)
def test_a_spoilt_plan_is_refused(desk: Desk, name: str) -> None:
    desk.task("Book a room", due_on="2026-12-24")
    assert desk.here("plan", "--out", "plan.json").status == 0
    spoil, words = SPOILT[name]
    saved(desk).write_text(spoil(saved(desk).read_text(encoding="utf-8")), encoding="utf-8")
    before = desk.memory()
    told = error(desk.here("sync", "--plan", "plan.json", "--json"))
    assert words in told["message"]
    assert "copsync plan --out plan.json" in told["mend"]
    assert desk.memory() == before
    assert desk.todos() == []


def test_plans_that_do_not_fit(desk: Desk) -> None:
    desk.task("Book a room")
    (desk.folder / "taken.json").write_text("{}", encoding="utf-8")
    (desk.folder / "odd").write_bytes(b"\xff\xfe")
    told = {
        "plan --out taken.json": "taken.json exists already and is no saved plan",
        "plan --out copsync.toml": "copsync.toml exists already",
        "plan --out .": "is a folder",
        "plan --out no/such/plan.json": "There is no folder no/such",
        "sync --plan nothing.json": "nothing.json cannot be read",
        "sync --plan .": "cannot be read",
        "sync --plan odd": "is not JSON",
        "sync --plan plan.json --approve 1": "--approve would add to it",
        "sync --plan plan.json --community other": "There is no community 'other'",
    }
    assert desk.here("plan", "--out", "plan.json").status == 0
    for call, words in told.items():
        answer = error(desk.here(*call.split(), "--json"))
        assert words in answer["message"], call
    assert (desk.folder / "taken.json").read_text(encoding="utf-8") == "{}"
    desk.configure(desk.usual().replace(f'"{desk.asana}"', f'"{desk.asana_project()}"'))
    rebound = error(desk.here("sync", "--plan", "plan.json", "--json"))
    assert "other spaces: asana changed" in rebound["message"]
    assert desk.todos() == []


def test_a_plan_is_about_one_community(desk: Desk) -> None:
    first = desk.space("asana", "asana", project=desk.asana) + desk.space("basecamp", "basecamp", project=desk.basecamp)
    second = desk.space("camp", "basecamp", project=desk.basecamp_project())
    desk.configure(desk.connections() + desk.community(first, "first") + desk.community(second, "second"))
    desk.task("Book a room")
    assert "--community with one of: first, second" in error(desk.here("plan", "--out", "p.json", "--json"))["mend"]
    assert desk.here("plan", "--out", "p.json", "-c", "first").status == 0
    other = error(desk.here("sync", "--plan", "p.json", "-c", "second", "--json"))
    assert "a plan of the community 'first', not of 'second'" in other["message"]
    applied = desk.here("sync", "--plan", "p.json", "--json")
    assert fits(applied.json, shapes.REPORT)["community"] == "first"
    assert desk.todos() == ["Book a room"]


def test_nothing_is_saved_when_no_space_can_be_read(desk: Desk) -> None:
    desk.world.asana.archive_project(desk.asana)
    desk.world.basecamp.archive_project(desk.basecamp)
    answer = desk.here("plan", "--out", "plan.json")
    assert answer.status == 3
    assert "Nothing was saved" in answer.err
    assert not saved(desk).exists()
