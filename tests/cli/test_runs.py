"""What a run may end in: held and approved, locked out, several communities, none, and a community without a tool."""

from __future__ import annotations

from typing import Any

from sandbox.faults import Fault
from tests.cli import shapes
from tests.cli.desk import COMMUNITY, Desk
from tests.cli.shapes import fits

TITLES = [f"Task {number}" for number in range(6)]
ZONE = 'time_zone = "Europe/Berlin"\n'
CAREFUL = "[communities.policy]\nmax_deletes = { count = 2, share = 1.0 }\n"


def test_what_a_guard_holds_waits_for_approval(desk: Desk) -> None:
    gids = [desk.task(title) for title in TITLES]
    spaces = desk.space("asana", "asana", project=desk.asana) + desk.space(
        "basecamp", "basecamp", project=desk.basecamp
    )
    desk.configure(desk.connections() + desk.community(spaces, more=CAREFUL))
    assert desk.here("sync").status == 0
    for gid in gids[:4]:
        desk.world.asana_delete(gid, next(iter(desk.world.places.asana_users)))
    held = desk("sync", "--json")
    assert held.status == 3
    report = fits(held.json, shapes.REPORT)
    assert report["state"] == "held"
    assert {step["state"] for step in report["steps"]} == {"held"}
    assert desk.todos() == TITLES
    run = report["run"]
    assert desk.here("plan").status == 3
    for command in (("status",), ("show", run)):
        assert f"copsync sync --approve {run}" in desk.here(*command).out
    assert error(desk.here("sync", "--approve", "nope", "--json"))["message"] == "There is no run 'nope'."
    assert COMMUNITY in error(desk.here("sync", "--approve", run, "--community", "other", "--json"))["mend"]
    assert desk.todos() == TITLES
    released = desk("sync", "--approve", run)
    assert released.status == 0
    assert desk.todos() == TITLES[4:]


def test_what_a_person_must_decide(desk: Desk) -> None:
    gid = desk.task("Plan")
    desk.configure(desk.usual().replace(ZONE, f'{ZONE}policy = {{ conflict = "ask" }}\n'))
    assert desk.here("sync").status == 0
    desk.rename(gid, "Plan the spring")
    desk.rename_todo("Plan the autumn")
    asked = desk("sync", "--json")
    assert asked.status == 3
    (conflict,) = fits(asked.json, shapes.REPORT)["conflicts"]
    assert (conflict["field"], conflict["undecided"]) == ("title", True)
    assert desk.todos() == ["Plan the autumn"]
    for command in (("sync",), ("conflicts",), ("explain", conflict["record"])):
        assert "title" in desk.here(*command).out
    listed = fits(desk.here("conflicts", "--json").json, shapes.CONFLICTS)["conflicts"]
    assert len(listed) == 1
    assert {one["value"] for one in listed[0]["lost"]} == {"Plan the spring", "Plan the autumn"}
    assert "1 conflict to decide; see `copsync conflicts`" in desk.here("status").out
    desk.rename(gid, "Plan the autumn")
    assert desk.here("sync").status == 0
    assert desk.here("sync", "--full").status == 0
    assert desk.todos() == ["Plan the autumn"]
    assert desk.here("status", "--json").json["waiting"]["undecided_conflicts"] == 0


def test_two_runs_do_not_mix(desk: Desk) -> None:
    desk.task(TITLES[0])
    armed = desk.world.faults["asana"].add(Fault("GET", rf"project={desk.asana}", "hold"))
    first = desk.start("sync", "--json")
    assert armed.reached.wait(30)
    refused = desk("sync", "--json")
    told, status = desk.here("sync"), desk.here("status", "--json").json
    shown, unfinished = desk.here("status"), desk.here("show", status["last_run"]["run"], "--json")
    armed.release()
    done = desk.end(first)
    assert (refused.status, told.status) == (4, 4)
    report = fits(refused.json, shapes.REPORT)
    assert report["state"] == "locked"
    assert "Another run holds this community" in report["message"]
    assert "another run holds the community" in told.out
    assert "running now" in shown.out
    assert status["last_run"]["state"] == "running"
    assert done.json["run"] in status["running"]["holder"]
    assert "has not ended yet" in error(unfinished)["message"]
    assert done.status == 0
    assert desk.todos() == TITLES[:1]


def test_several_communities_are_one_document(desk: Desk) -> None:
    other = desk.basecamp_project()
    first = desk.space("asana", "asana", project=desk.asana) + desk.space("basecamp", "basecamp", project=desk.basecamp)
    second = desk.space("asana", "asana", project=desk.asana_project()) + desk.space("camp", "basecamp", project=other)
    lonely = desk.community("", "lonely")
    desk.configure(desk.connections() + desk.community(first, "first") + desk.community(second, "second") + lonely)
    desk.task(TITLES[0])
    synced = desk("sync", "--json")
    reports = synced.json["communities"]
    assert [fits(report, shapes.REPORT)["community"] for report in reports] == ["first", "second", "lonely"]
    assert [report["state"] for report in reports] == ["done"] * 3
    assert synced.status == 0
    found = fits(desk.here("check", "--json").json, shapes.CHECK)["findings"]
    assert [one["level"] for one in found if one["about"] == "community lonely"] == ["warning"]
    for command in ("plan", "history", "export", "conflicts", "status"):
        documents = desk.here(command, "--json").json["communities"]
        assert [one["community"] for one in documents] == ["first", "second", "lonely"]
    assert desk.here("status").out.count("last run") == 3
    assert desk.here("sync", "--full").out.count("in step") == 3


def test_one_community_of_several(desk: Desk) -> None:
    first = desk.space("asana", "asana", project=desk.asana) + desk.space("basecamp", "basecamp", project=desk.basecamp)
    second = desk.space("camp", "basecamp", project=desk.basecamp_project())
    desk.configure(desk.connections() + desk.community(first, "first") + desk.community(second, "second"))
    desk.task(TITLES[0])
    report = fits(desk.here("sync", "--community", "first", "--json").json, shapes.REPORT)
    record = report["steps"][0]["record"]
    assert fits(desk.here("explain", record, "--json").json, shapes.EXPLANATION)["title"] == TITLES[0]
    assert "No record is known as 'nothing'" in error(desk.here("explain", "nothing", "--json"))["message"]
    assert "No record" in error(desk.here("explain", record, "--community", "second", "--json"))["message"]
    checked = desk.here("check", "--community", "second", "--json").json["findings"]
    assert {one["about"] for one in checked} == {"connection basecamp", "space camp of second"}
    unknown = error(desk("status", "--community", "third", "--json"))
    assert "no community 'third'" in unknown["message"]
    assert "first, second" in unknown["mend"]
    assert desk.here("history", "--community", "second", "--json").json == {"community": "second", "runs": []}
    assert "never synced yet" in desk.here("history", "-c", "second").out


def error(answer: Any) -> Any:
    assert answer.status == 2
    return fits(answer.json, shapes.ERROR)["error"]


def test_no_community_at_all(desk: Desk) -> None:
    desk.configure(desk.connections())
    answer = desk("sync", "--json")
    assert "No community is configured" in error(answer)["message"]
    assert "copsync init" in error(answer)["mend"]
