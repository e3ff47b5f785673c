"""Every command, with and without --json: what it prints where, and its exit status."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest

from sandbox.world import World
from tests.cli import shapes
from tests.cli.desk import COMMUNITY, Called, Desk, call
from tests.cli.shapes import fits

TITLES = ["Book a room", "Fix :bug: [link](x) [red]now[/]", "Write the minutes"]


@pytest.fixture(scope="module")
def synced(world: World, tmp_path_factory: pytest.TempPathFactory) -> tuple[Desk, dict[str, Any]]:
    """A first sync, then every command that looks at it, side by side."""
    desk = Desk(world, tmp_path_factory.mktemp("commands") / "desk")
    for title in TITLES:
        desk.task(title, due_on="2026-12-24")
    answers: dict[str, Any] = {"first status": desk("status")}
    before = desk.all("plan", "plan --json", "check --json") | {"check": desk.here("check")}
    answers |= {f"first {name}": answer for name, answer in before.items()}
    answers["sync --json"] = desk("sync", "--json")
    report = answers["sync --json"].json
    answers["sync --full"] = desk("sync", "--full")
    run, record = report["run"], report["steps"][0]["record"]
    answers |= desk.all(
        "status",
        "status --json",
        "history --limit 1",
        "history --json",
        "conflicts --json",
        "export --json",
        f"show {run} --json",
        f"explain {record[:12]} --json",
    )
    answers |= {command: desk.here(*command.split()) for command in ("conflicts", f"show {run}", f"explain {record}")}
    answers["run"], answers["record"] = run, record
    return desk, answers


def test_a_plan_tells_everything_and_does_nothing(synced: tuple[Desk, dict[str, Any]]) -> None:
    _, answers = synced
    plan = answers["first plan --json"]
    assert plan.status == 0
    assert plan.err == ""
    document = fits(plan.json, shapes.REPORT)
    assert document["state"] == "planned"
    assert sorted(step["title"] for step in document["steps"]) == TITLES
    assert {step["state"] for step in document["steps"]} == {"planned"}
    people = answers["first plan"]
    assert people.status == 0
    assert "nothing was changed" in people.out
    assert TITLES[1] in people.out  # neither an emoji nor markup
    assert "never synced yet" in answers["first status"].out


def test_check_names_every_connection_and_space(synced: tuple[Desk, dict[str, Any]]) -> None:
    _, answers = synced
    document = fits(answers["first check --json"].json, shapes.CHECK)
    assert document["ok"] is True
    about = {one["about"] for one in document["findings"]}
    assert about == {"connection asana", "connection basecamp", "space asana of data-practice"} | {
        "space basecamp of data-practice"
    }
    assert answers["first check"].status == 0
    assert "Next: `copsync plan`" in answers["first check"].err
    assert "✓ space asana" in answers["first check"].out


def test_a_sync_brings_everything_over(synced: tuple[Desk, dict[str, Any]]) -> None:
    desk, answers = synced
    assert answers["sync --json"].status == 0
    assert answers["sync --json"].err == ""
    document = fits(answers["sync --json"].json, shapes.REPORT)
    assert document["state"] == "done"
    assert document["community"] == COMMUNITY
    assert {space["space"]: space["created"] for space in document["spaces"]} == {"asana": 0, "basecamp": 3}
    assert desk.todos() == TITLES
    again = answers["sync --full"]
    assert again.status == 0
    assert "in step" in again.out
    assert again.err == ""


def test_what_happened_can_be_read(synced: tuple[Desk, dict[str, Any]]) -> None:
    _, answers = synced
    run = answers["run"]
    assert fits(answers["status --json"].json, shapes.STATUS)["last_run"]["state"] == "done"
    assert "asana: 3 items" in answers["status"].out
    runs = fits(answers["history --json"].json, shapes.HISTORY)["runs"]
    assert (runs[-1]["run"], runs[-1]["created"]) == (run, 3)
    assert "conflicts" in answers["history --limit 1"].out
    assert fits(answers[f"show {run} --json"].json, shapes.REPORT) == answers["sync --json"].json
    assert f"run {run}  in step" in answers[f"show {run}"].out
    assert fits(answers["conflicts --json"].json, shapes.CONFLICTS)["conflicts"] == []
    assert "no conflicts" in answers["conflicts"].out


def test_why_a_record_is_as_it_is(synced: tuple[Desk, dict[str, Any]]) -> None:
    _, answers = synced
    record = answers["record"]
    document = fits(answers[f"explain {record[:12]} --json"].json, shapes.EXPLANATION)
    assert document["record"] == record
    assert document["fields"]["title"]["hub"] in TITLES
    assert {space["space"] for space in document["spaces"]} == {"asana", "basecamp"}
    assert "last written by asana" in answers[f"explain {record}"].out


def test_the_export_holds_everything(synced: tuple[Desk, dict[str, Any]]) -> None:
    desk, answers = synced
    document = fits(answers["export --json"].json, shapes.EXPORT)
    assert desk.here("export").json == document
    assert sorted(one["fields"]["title"] for one in document["records"]) == TITLES
    assert {link["space"] for one in document["records"] for link in one["links"]} == {"asana", "basecamp"}
    assert {one["fields"]["due"] for one in document["records"]} == {"2026-12-24"}
    assert {member["id"] for member in document["members"]}


def test_nothing_but_the_answer_is_printed(synced: tuple[Desk, dict[str, Any]]) -> None:
    _, answers = synced
    calls = {name: answer for name, answer in answers.items() if isinstance(answer, Called)}
    assert {name: answer.err for name, answer in calls.items() if answer.err and "check" not in name} == {}
    assert not any("\x1b" in answer.said for answer in calls.values())
    assert all(answer.status == 0 for answer in calls.values())


def test_init_writes_what_can_be_filled_in(tmp_path: Path) -> None:
    first = call("init", "--json", folder=tmp_path)
    assert fits(first.json, shapes.WRITTEN) == {"written": ["copsync.toml", ".env.example"]}
    assert (tmp_path / "copsync.toml").read_text(encoding="utf-8").startswith("# copsync.toml")
    (tmp_path / ".env.example").unlink()
    (tmp_path / "copsync.toml").write_text("mine", encoding="utf-8")
    refused = call("init", folder=tmp_path)
    assert refused.status == 2
    assert "copsync.toml exists already" in refused.err
    assert "--force" in refused.err
    assert [path.name for path in tmp_path.iterdir()] == ["copsync.toml"]
    assert (tmp_path / "copsync.toml").read_text(encoding="utf-8") == "mine"
    replaced = call("init", "--force", folder=tmp_path)
    assert (replaced.status, replaced.err) == (0, "")
    assert "copsync check" in replaced.out
    nowhere = call("--config", "no/such/copsync.toml", "init", "--json", folder=tmp_path)
    assert nowhere.status == 2
    assert "No such file or directory" in fits(nowhere.json, shapes.ERROR)["error"]["message"]
