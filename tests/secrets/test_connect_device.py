"""`copsync connect` for a service user: a code, a person on another machine, and tokens that are kept sealed."""

from __future__ import annotations

import json
import sqlite3
import subprocess
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest

from sandbox.entra import EntraService
from sandbox.microsoft365 import GraphState, create_app
from sandbox.server import serve
from sandbox.sign_in import WithSignIn
from store.vault import new_key
from tests.cli.desk import Called, call, checked, start

ROBOT = "copsync@example.org"


@dataclass
class Hotel:
    """A tenant with a team, and a folder whose configuration posts there."""

    folder: Path
    graph: GraphState
    entra: EntraService
    env: dict[str, str]

    def configure(self, url: str, channel: str, **more: str) -> None:
        keys = {
            "tool": '"microsoft365"',
            "base_url": f'"{url}/v1.0"',
            "authority": f'"{url}"',
            "tenant": f'"{self.entra.tenant}"',
            "client_id": f'"{self.entra.client_id}"',
            "service_user": "true",
            **more,
        }
        lines = "\n".join(f"{name} = {value}" for name, value in keys.items() if value)
        (self.folder / "copsync.toml").write_text(
            '[store]\nurl = "sqlite:///copsync.db"\nkey = { env = "COPSYNC_KEY" }\n'
            f"[connections.m365-user]\n{lines}\n"
            f'[[communities]]\nid = "data-practice"\ntime_zone = "UTC"\n{channel}'
        )

    def here(self, *arguments: str) -> Called:
        return self.safe(call(*arguments, folder=self.folder, env=self.env))

    def safe(self, called: Called) -> Called:
        return checked(called, (self.env["COPSYNC_KEY"], "access-", "refresh-", *self.entra.given))

    def stored(self) -> list[tuple[str, str]]:
        if not (self.folder / "copsync.db").exists():
            return []
        with sqlite3.connect(self.folder / "copsync.db") as store:
            return list(store.execute("SELECT connection, sealed FROM secrets"))


@pytest.fixture
def hotel(tmp_path: Path) -> Iterator[Hotel]:
    graph = GraphState()
    graph.add_user(ROBOT, "copsync")
    team = graph.teams.add_team("Data Practice", {ROBOT: "copsync"})
    channel = graph.teams.add_channel(team, "General")
    entra = EntraService(
        let_in=lambda token, person, scopes: graph.add_token(token, mailboxes=set(), user=person, scopes=scopes),
        keep_out=graph.revoke_token,
        now=lambda: datetime.now(UTC),
    )
    with serve({"m365": WithSignIn(create_app(graph), entra)}) as urls:
        made = Hotel(tmp_path, graph, entra, {"COPSYNC_KEY": new_key().get_secret_value()})
        place = f'team = "{team.id}"\nchannel = "{channel.id}"\n'
        table = f'[[communities.channels]]\nid = "teams"\nkind = "teams-channel"\nconnection = "m365-user"\n{place}'
        made.configure(urls["m365"].rstrip("/"), table)
        yield made


def signed_in(hotel: Hotel, person: str | None, *arguments: str) -> Called:
    """Run the command, and enter the code that it shows."""
    process = start("connect", "m365-user", *arguments, folder=hotel.folder, env=hotel.env, stdin=subprocess.PIPE)
    assert process.stderr is not None
    shown = ""
    for line in process.stderr:
        shown += line
        if "Enter this code there: " in line:
            assert "/devicelogin" in shown
            assert hotel.entra.enter(line.rpartition(": ")[2].strip(), person)
            break
    with process:
        out, err = process.communicate(timeout=60)
    return hotel.safe(Called(process.returncode, out, shown + err))


def test_a_code_is_entered_elsewhere_and_the_connection_works(hotel: Hotel) -> None:
    before = hotel.here("check", "--json")
    assert "copsync connect m365-user" in before.out
    answer = signed_in(hotel, ROBOT)
    assert answer.status == 0, answer
    assert "renews its token by itself" in answer.out
    ((connection, sealed),) = hotel.stored()
    assert (connection, "refresh" in sealed) == ("m365-user", False)
    for renewed in (0, 1):
        after = hotel.here("check", "--json")
        assert "Posts in “General” as the service user" in json.loads(after.out)["findings"][-1]["message"], after
        assert hotel.entra.renewals == renewed
        hotel.entra.expire_access()


def test_h30_a_sign_in_that_ended_is_said_with_the_way_back(hotel: Hotel) -> None:
    signed_in(hotel, ROBOT)
    hotel.entra.revoke()
    told = hotel.here("check")
    assert "copsync connect m365-user" in told.said
    assert signed_in(hotel, ROBOT, "--json").status == 0
    assert "as the service user" in hotel.here("check").said


def test_a_person_says_no(hotel: Hotel) -> None:
    answer = signed_in(hotel, None, "--json")
    assert (answer.status, hotel.stored()) == (3, [])
    assert "Nobody let copsync in" in answer.json["error"]["message"]


def test_nobody_comes(hotel: Hotel) -> None:
    hotel.entra.code_life = timedelta(seconds=1)
    answer = hotel.here("connect", "m365-user", "--json")
    assert (answer.status, hotel.stored()) == (3, [])
    assert "was not entered" in answer.json["error"]["message"]


def test_an_administrator_has_not_consented(hotel: Hotel) -> None:
    hotel.entra.consented = frozenset({"ChannelMessage.Send"})
    answer = signed_in(hotel, ROBOT, "--json")
    assert (answer.status, hotel.stored()) == (3, [])


def test_an_app_that_is_no_public_client_is_named(hotel: Hotel) -> None:
    hotel.entra.is_public = False
    answer = hotel.here("connect", "m365-user", "--json")
    assert answer.status == 3
    assert "public client flows" in json.dumps(answer.json, ensure_ascii=False)


@pytest.mark.parametrize(
    ("more", "words"),
    [
        ({"tenant": ""}, "needs `tenant` and `client_id`"),
        ({"client_secret": '{ env = "COPSYNC_KEY" }'}, "names 2 ways to sign in"),
        ({"authority": '"http://login.example.org"'}, "address of the sign-in service"),
        ({"uses": '["mail"]'}, "must be one of"),
        ({"uses": "[]"}, "uses"),
    ],
)
def test_settings_that_cannot_work_are_told_first(hotel: Hotel, more: dict[str, str], words: str) -> None:
    hotel.configure("http://127.0.0.1:9", "", **more)
    answer = hotel.here("check")
    assert words in answer.said
    assert answer.status == 2
