"""Tools that cannot be used: every space says why and what to do, the others go on, and nothing is deleted."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any

import pytest

from sandbox.asana import create_app
from sandbox.faults import Fault
from sandbox.server import Server, base_url
from sandbox.world import World
from tests.cli import shapes
from tests.cli.desk import Called, Desk
from tests.cli.shapes import fits

TROUBLES = {
    "archived": ("archived", "Take it out of the archive"),
    "barred": ("gone, or the account of this connection cannot see it", "share it"),
    "put_away": ("archived", "Basecamp"),
    "withdrawn": ("Basecamp", "project"),
    "revoked": ("401", "token"),
    "html": ("web page", "base_url"),
    "cut": ("broken or cut JSON", "base_url"),
    "closed": ("may not do this in the mailbox", "Exchange administrator"),
    "nobody": ("knows no mailbox nobody@example.org", "Check `mailbox`"),
    "gone": ("could not be reached", "base_url"),
    "mistyped": ("999999999", "`project`"),
    "elsewhere": ("No matching route", "`project`"),
}
"""What is wrong with a space, and the words that must be said about it."""

HEALTHY = ("asana", "basecamp")


@dataclass
class Bench:
    """A community with many spaces, one for each trouble, that were all fine once."""

    desk: Desk
    projects: dict[str, Any]
    second: Server

    def settings(self) -> str:
        desk, dead = self.desk, base_url("asana", self.second.origins["asana"])
        connections = (
            desk.connections()
            + desk.connection("temporary", "asana", None, "TEMPORARY_TOKEN")
            + desk.connection("dead", "asana", dead, "ASANA_TOKEN")
            + desk.connection("outlook", "microsoft365", desk.world.urls["microsoft365"], "M365_TOKEN")
            + desk.connection("beside", "asana", f"{desk.world.urls['asana']}/beside", "ASANA_TOKEN")
        )
        of = {"put_away": "basecamp", "withdrawn": "basecamp", "cut": "basecamp", "basecamp": "basecamp"} | {
            "revoked": "temporary",
            "gone": "dead",
            "elsewhere": "beside",
            "closed": "outlook",
            "nobody": "outlook",
        }
        spaces = (desk.space(name, of.get(name, "asana"), **_key(one)) for name, one in self.projects.items())
        return connections + desk.community("".join(spaces))

    def break_everything(self) -> None:
        world, projects = self.desk.world, self.projects
        world.asana.archive_project(projects["archived"])
        world.asana.withdraw(projects["barred"], self.desk.asana_bot)
        world.basecamp.archive_project(projects["put_away"])
        world.basecamp.withdraw(projects["withdrawn"], self.desk.basecamp_bot)
        world.graph.withdraw(projects["closed"], world.token("microsoft365", None))
        del world.asana.tokens["temporary-token"]
        self.second.stop()
        world.faults["asana"].add(Fault("GET", rf"{projects['html']}", "html", times=None))
        world.faults["basecamp"].add(Fault("GET", rf"{projects['cut']}", "truncated_json", times=None))


def _key(place: Any) -> dict[str, Any]:
    return {"mailbox": place} if "@" in str(place) else {"project": place}


@pytest.fixture(scope="module")
def told(world: World, tmp_path_factory: pytest.TempPathFactory) -> Iterator[dict[str, Any]]:
    """Sync, break everything, sync again and check; return the answers and what was known before and after."""
    desk = Desk(world, tmp_path_factory.mktemp("trouble") / "desk")
    desk.env = {"TEMPORARY_TOKEN": "temporary-token"}
    world.asana.tokens["temporary-token"] = desk.asana_bot
    second = Server(["asana"])
    second.start({"asana": create_app(world.asana)})
    projects: dict[str, Any] = {"asana": desk.asana, "basecamp": desk.basecamp}
    for name in ("archived", "barred", "html", "revoked", "gone"):
        projects[name] = desk.asana_project()
    for name in ("put_away", "withdrawn", "cut"):
        projects[name] = desk.basecamp_project()
    projects |= {"mistyped": "999999999", "elsewhere": desk.asana_project(), "nobody": "nobody@example.org"}
    projects["closed"] = "closed@example.org"
    world.graph.add_mailbox(projects["closed"], "Closed")
    world.graph.grant(projects["closed"], world.token("microsoft365", None))
    bench = Bench(desk, projects, second)
    desk.configure(bench.settings())
    desk.task("Book a room")
    try:
        first = desk.here("sync", "--json")
        before = desk.here("export").json
        bench.break_everything()
        desk.task("Write the minutes")
        answers = desk.all("sync", "check --json")
        run = desk.here("history", "--json", "--limit", "1").json["runs"][0]["run"]
        yield {
            "desk": desk,
            "first": first,
            "before": before,
            "report": desk.here("show", run, "--json").json,
            **answers,
        }
    finally:
        second.stop()


def spaces(report: Any) -> dict[str, Any]:
    return {space["space"]: space for space in fits(report, shapes.REPORT)["spaces"]}


def test_every_space_was_fine_once(told: dict[str, Any]) -> None:
    first: Called = told["first"]
    fine = {name for name, space in spaces(first.json).items() if space["state"] == "ok"}
    assert fine == {*HEALTHY, *TROUBLES} - {"mistyped", "elsewhere", "nobody"}
    assert first.status == 3


@pytest.mark.parametrize("name", TROUBLES)
def test_a_space_in_trouble_is_paused_with_the_reason(name: str, told: dict[str, Any]) -> None:
    space = spaces(told["report"])[name]
    assert space["state"] == "paused"
    for words in TROUBLES[name]:
        assert words in space["message"]
    assert space["message"] in told["sync"].out


def test_a_person_is_told_to_come(told: dict[str, Any]) -> None:
    assert told["sync"].status == 3
    assert told["sync"].err == ""


def test_the_others_go_on(told: dict[str, Any]) -> None:
    found = spaces(told["report"])
    assert {name for name, space in found.items() if space["state"] == "ok"} == set(HEALTHY)
    assert found["basecamp"]["created"] == 1
    assert told["desk"].todos() == ["Book a room", "Write the minutes"]


def test_nothing_is_deleted_or_forgotten(told: dict[str, Any]) -> None:
    assert {space["deleted"] for space in told["report"]["spaces"]} == {0}
    after = {record["id"]: record for record in told["desk"].here("export").json["records"]}
    for record in told["before"]["records"]:
        assert after[record["id"]] == record


def test_check_names_each_of_them(told: dict[str, Any]) -> None:
    assert told["check --json"].status == 2
    findings = fits(told["check --json"].json, shapes.CHECK)["findings"]
    wrong = {one["about"]: one for one in findings if one["level"] == "error"}
    assert {about.split()[1] for about in wrong if about.startswith("space")} == set(TROUBLES)
    assert {about for about in wrong if about.startswith("connection")} == {
        "connection temporary",
        "connection dead",
        "connection beside",
    }
    assert all(one["mend"] for one in wrong.values())
