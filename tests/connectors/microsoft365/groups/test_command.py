"""The calendar of a group through the command: a code that is entered, runs both ways, and a sign-in that ends."""

from __future__ import annotations

import json
import subprocess
from collections.abc import Iterator
from dataclasses import dataclass, field
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import httpx
import pytest

from sandbox.entra import EntraService
from sandbox.faults import Fault, Faults
from sandbox.microsoft365 import GraphState, create_app
from sandbox.microsoft365.groups import Group
from sandbox.server import serve
from sandbox.sign_in import WithSignIn
from store.vault import new_key
from tests.cli.desk import Called, call, checked, ended, start
from tests.connectors.microsoft365.world import event

ROBOT, MAILBOX = "copsync@example.org", "archive@example.org"
USER = """
[connections.m365-user]
tool = "microsoft365"
base_url = "{url}/v1.0"
authority = "{url}"
tenant = "{tenant}"
client_id = "{client_id}"
service_user = true
uses = ["group-calendars"]
"""
APP = """
[connections.m365]
tool = "microsoft365"
base_url = "{url}/v1.0"
token = {{ env = "M365_TOKEN" }}
"""
SECRET = """
[connections.m365-user]
tool = "microsoft365"
base_url = "{url}/v1.0"
tenant = "{tenant}"
client_id = "{client_id}"
client_secret = {{ env = "M365_SECRET" }}
"""
COMMUNITY = """
[[communities]]
id = "data-practice"
time_zone = "Europe/Berlin"
[[communities.spaces]]
name = "archive"
connection = "m365"
mailbox = "archive@example.org"
[[communities.spaces]]
name = "team"
connection = "m365-user"
group = "{group}"
"""


@dataclass
class Office:
    """A tenant with a mailbox and a group, and a folder whose configuration keeps the two in step."""

    folder: Path
    url: str
    graph: GraphState
    group: Group
    entra: EntraService
    faults: Faults
    env: dict[str, str] = field(default_factory=dict)

    def configure(self, *parts: str) -> None:
        values = {"url": self.url, "tenant": self.entra.tenant, "client_id": self.entra.client_id}
        head = '[store]\nurl = "sqlite:///copsync.db"\nkey = { env = "COPSYNC_KEY" }\n'
        text = head + "".join(part.format(**values, group=self.group.id) for part in parts)
        (self.folder / "copsync.toml").write_text(text)

    def here(self, *arguments: str) -> Called:
        called = call(*arguments, folder=self.folder, env=self.env)
        return checked(called, (self.env["COPSYNC_KEY"], "access-", "refresh-", *self.entra.given))

    def connect(self) -> None:
        process = start("connect", "m365-user", folder=self.folder, env=self.env, stdin=subprocess.PIPE)
        assert process.stderr is not None
        for line in process.stderr:
            if "Enter this code there: " in line:
                assert self.entra.enter(line.rpartition(": ")[2].strip(), ROBOT)
                break
        answer = ended(process)
        assert answer.status == 0, answer

    def ask(self, method: str, path: str, body: Any = None) -> Any:
        headers = {"Authorization": "Bearer member", "Prefer": 'IdType="ImmutableId"'}
        answer = httpx.request(method, f"{self.url}/v1.0{path}", json=body, headers=headers)
        assert answer.is_success, answer.text
        return answer.json() if answer.content else {}

    def subjects(self, owner: str) -> list[str]:
        return sorted(row["subject"] for row in self.ask("GET", f"{owner}/calendar/events?$top=100")["value"])


@pytest.fixture
def office(tmp_path: Path) -> Iterator[Office]:
    graph = GraphState()
    graph.add_mailbox(ROBOT, "copsync")
    graph.add_mailbox(MAILBOX, "Archive")
    graph.add_token("app", mailboxes={MAILBOX})
    graph.add_token("member", user=ROBOT)
    group = graph.add_group("data-practice@example.org", "Data Practice", {ROBOT: "copsync"})
    entra = EntraService(
        let_in=lambda token, person, scopes: graph.add_token(token, mailboxes=set(), user=person, scopes=scopes),
        keep_out=graph.revoke_token,
        now=lambda: datetime.now(UTC),
    )
    faults = Faults(WithSignIn(create_app(graph), entra))
    with serve({"m365": faults}) as urls:
        env = {"COPSYNC_KEY": new_key().get_secret_value(), "M365_TOKEN": "app", "M365_SECRET": "s3cret-of-the-app"}
        made = Office(tmp_path, urls["m365"].rstrip("/"), graph, group, entra, faults, env)
        made.configure(APP, USER, COMMUNITY)
        yield made
        faults.clear()


def test_a_group_s_calendar_is_kept_in_step_and_says_when_its_sign_in_ends(office: Office) -> None:
    """H30."""
    group, archive = f"/groups/{office.group.id}", f"/users/{MAILBOX}"
    before = office.here("check")
    assert (before.status, "copsync connect m365-user" in before.said) == (2, True)
    office.connect()
    told = [one["message"] for one in json.loads(office.here("check", "--json").out)["findings"]]
    assert "The calendar “Calendar” of the group “Data Practice” can be read." in told

    office.ask("POST", f"{archive}/events", event("From the archive"))
    made = office.ask("POST", f"{group}/events", event("From the team"))
    assert office.here("sync", "--json").status == 0
    assert office.subjects(group) == office.subjects(archive) == ["From the archive", "From the team"]
    assert office.graph.invitations == []
    office.ask("PATCH", f"{group}/events/{made['id']}", {"subject": "Moved by a member"})
    assert office.here("sync", "--json").status == 0
    assert office.subjects(archive) == ["From the archive", "Moved by a member"]
    assert office.here("sync", "--json").json["steps"] == []

    office.entra.revoke()
    ended_ = office.here("sync", "--json")
    assert (ended_.status, "copsync connect m365-user" in ended_.out) == (3, True)
    office.connect()
    assert office.here("sync", "--json").status == 0


def test_h17_a_service_user_who_left_deletes_nothing_anywhere(office: Office) -> None:
    office.connect()
    office.ask("POST", f"/groups/{office.group.id}/events", event("Gathering"))
    assert office.here("sync", "--json").status == 0
    del office.group.team.members[ROBOT]
    told = office.here("sync", "--json")
    assert (told.status, "member of the group" in told.out) == (3, True)
    assert office.subjects(f"/users/{MAILBOX}") == ["Gathering"]


def test_h13_a_create_whose_answer_is_lost_is_linked_in_the_same_run(office: Office) -> None:
    """Also where a group's calendar would make it twice."""
    office.connect()
    office.graph.transactions_in_groups = False
    office.ask("POST", f"/users/{MAILBOX}/events", event("Gathering"))
    office.faults.add(Fault("POST", "/groups/[^/]+/calendar/events", "lost_answer"))
    first, second = office.here("sync", "--json"), office.here("sync", "--json")
    assert (first.status, second.status, second.json["steps"]) == (0, 0, [])
    assert office.subjects(f"/groups/{office.group.id}") == ["Gathering"]


def test_h30_a_sign_in_that_ends_during_a_run_leaves_nothing_doubled(office: Office) -> None:
    office.connect()
    for number in range(4):
        office.ask("POST", f"/users/{MAILBOX}/events", event(f"Gathering {number}"))
    held = office.faults.add(Fault("POST", "/groups/[^/]+/calendar/events", "hold", after=2))
    process = start("sync", "--json", folder=office.folder, env=office.env)
    assert held.reached.wait(60)
    office.entra.revoke()
    held.release()
    told = ended(process)
    assert (told.status, "copsync connect m365-user" in told.out) == (3, True)
    assert len(office.subjects(f"/groups/{office.group.id}")) < 4
    office.connect()
    assert office.here("sync", "--json").status == 0
    assert office.subjects(f"/groups/{office.group.id}") == [f"Gathering {number}" for number in range(4)]


@pytest.mark.parametrize("honoured", [True, False])
def test_what_a_member_wrote_during_a_run_is_not_written_over(office: Office, honoured: bool) -> None:
    """Whether or not a group's calendar refuses what is out of date."""
    office.connect()
    office.graph.if_match_in_groups = honoured
    made = office.ask("POST", f"/groups/{office.group.id}/events", event("Gathering"))
    assert office.here("sync", "--json").status == 0
    (row,) = office.ask("GET", f"/users/{MAILBOX}/events")["value"]
    office.ask("PATCH", f"/users/{MAILBOX}/events/{row['id']}", {"subject": "By the archive"})
    held = office.faults.add(Fault("GET", "/groups/[^/]+/events/", "hold"))
    process = start("sync", "--json", folder=office.folder, env=office.env)
    assert held.reached.wait(30)
    office.faults.seen.clear()
    office.ask("PATCH", f"/groups/{office.group.id}/events/{made['id']}", {"subject": "By a member"})
    held.release()
    assert ended(process).status in (0, 1, 3)
    assert office.subjects(f"/groups/{office.group.id}") == ["By a member"]
    told = office.here("sync", "--json")
    conflicts = [one["kept"]["value"] for one in told.json["conflicts"]]
    assert office.subjects(f"/groups/{office.group.id}") == office.subjects(f"/users/{MAILBOX}")
    assert conflicts or office.subjects(f"/users/{MAILBOX}") == ["By a member"]


def test_an_app_is_refused_when_the_configuration_is_read(office: Office) -> None:
    office.configure(APP, SECRET, COMMUNITY)
    line = (office.folder / "copsync.toml").read_text().splitlines().index(f'group = "{office.group.id}"') + 1
    for command in (("check",), ("plan",), ("sync",)):
        told = office.here(*command)
        assert told.status == 2
        words = " ".join(told.said.split())
        assert "Microsoft lets no app use the calendar of a group or team" in words
        assert "shared mailbox" in words
        assert f"copsync.toml:{line}" in told.said.replace("\n", "")
    assert [one for one in office.graph.requests if "/groups/" in one[1]] == []


def test_what_is_used_for_more_than_was_allowed_asks_to_connect_again(office: Office) -> None:
    office.configure(APP, USER.replace('["group-calendars"]', '["channels"]'))
    office.connect()
    office.configure(APP, USER.replace('["group-calendars"]', '["channels", "group-calendars"]'), COMMUNITY)
    office.entra.expire_access()
    told = office.here("sync", "--json")
    assert (told.status, "copsync connect m365-user" in told.out) == (3, True)
    office.connect()
    assert office.here("sync", "--json").status == 0


def test_a_service_user_who_was_asked_for_something_else_is_told_what_to_add(office: Office) -> None:
    office.configure(APP, USER.replace('["group-calendars"]', '["channels"]'), COMMUNITY)
    told = office.here("check")
    assert told.status == 2
    assert 'Add "group-calendars" to `uses`' in " ".join(told.said.split())
