"""What an admin gets wrong in the configuration: the message names the place and the mend, and nothing is touched."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pytest

from sandbox.world import World
from tests.cli import shapes
from tests.cli.desk import Called, Desk, call
from tests.cli.shapes import fits

SECRET = "1/120411:0f3a9c51e77b4d6f"
PASSWORD = "hunter22"
TOKEN = '{ env = "ASANA_TOKEN" }'


@dataclass(frozen=True)
class Mistake:
    """One wrong line, and what must be said about it besides its place."""

    name: str
    old: str
    new: str
    words: tuple[str, ...]
    command: str = "sync"

    def made_in(self, text: str) -> tuple[str, int]:
        """Return the settings with the mistake, and its line."""
        assert self.old in text
        return text.replace(self.old, self.new, 1), text[: text.index(self.old)].count("\n") + 1


MISTAKES = (
    Mistake("malformed", "[connections.asana]", "[connections.asana", ("not valid TOML", "copsync init")),
    Mistake("unknown key", "time_zone", "timezone", ("[communities[0].timezone]", "Did you mean time_zone?"), "status"),
    Mistake("literal secret", TOKEN, f'"{SECRET}"', ("[connections.asana.token]", '{ env = "NAME" }')),
    Mistake("secret as a name", "ASANA_TOKEN", SECRET, ("[connections.asana.token.env]", "such as ASANA_TOKEN")),
    Mistake("unset variable", "ASANA_TOKEN", "ASANA_TOKEM", ("ASANA_TOKEM is not set", ".env")),
    Mistake("unknown tool", 'tool = "asana"', 'tool = "asanna"', ("'asanna'", "Did you mean asana?")),
    Mistake("a name twice", 'name = "basecamp"', 'name = "asana"', ("spaces[1].name]", "'asana' is used twice")),
    Mistake("unknown time zone", "Europe/Berlin", "Europe/Brelin", ("'Europe/Brelin'", "Europe/Berlin")),
    Mistake("far host", "http://127.0.0.1", "http://asana.example.org", ("base_url]", "in the clear", "https://")),
    Mistake("wrong option", "project = ", "projekt = ", ("spaces[0].project]", "is missing", "Did you mean project?")),
    Mistake(
        "password", "sqlite:///", f"postgresql://ada:{PASSWORD}@db/", ("[store.url]", "COPSYNC_STORE__URL"), "status"
    ),
    Mistake("unknown store", "sqlite:///", "mysql://db/", ("[store.url]", "sqlite:///copsync.db"), "status"),
)

AS_PROCESSES = ("malformed", "literal secret", "unknown tool")


@pytest.fixture(scope="module")
def told(world: World, tmp_path_factory: pytest.TempPathFactory) -> dict[str, tuple[Called, int]]:
    """Make every mistake beside a store that already knows something; return the answers with the mistakes' lines."""
    desk = Desk(world, tmp_path_factory.mktemp("mistakes") / "desk")
    desk.task("Book a room")
    assert desk.here("sync", "--json").status == 0
    before = desk.memory()

    def make(mistake: Mistake) -> tuple[Called, int]:
        text, line = mistake.made_in(desk.usual())
        file = desk.folder / f"{mistake.name.replace(' ', '-')}.toml"
        file.write_text(text, encoding="utf-8")
        ask = desk if mistake.name in AS_PROCESSES else desk.here
        return ask("--config", file.name, mistake.command, "--json"), line

    answers = {mistake.name: make(mistake) for mistake in MISTAKES}
    assert desk.memory() == before
    assert desk.todos() == ["Book a room"]
    return answers


@pytest.mark.parametrize("mistake", MISTAKES, ids=lambda mistake: mistake.name)
def test_a_mistake_is_told_with_its_place_and_mend(mistake: Mistake, told: dict[str, tuple[Called, int]]) -> None:
    answer, line = told[mistake.name]
    assert answer.status == 2
    error: dict[str, Any] = fits(answer.json, shapes.ERROR)["error"]
    document = f"{error['where']} {error['message']} {error['mend']}"
    for words in (f".toml:{line}", *mistake.words):
        assert words in answer.err
        assert words in document
    assert SECRET not in answer.said
    assert PASSWORD not in answer.said


def test_one_place_is_not_bound_twice(desk: Desk) -> None:
    desk.task("Book a room")
    desk.configure(desk.usual() + desk.space("again", "asana", project=desk.asana))
    answer = desk.here("sync", "--json")
    assert answer.status == 2
    error = fits(answer.json, shapes.ERROR)["error"]
    assert "[communities[0].spaces[2]]" in error["where"]
    assert "'asana' and 'again'" in error["message"]
    assert "Remove one" in error["mend"]
    assert desk.todos() == []


def test_check_goes_on_after_a_mistake(desk: Desk) -> None:
    spaces = (
        desk.space("asana", "asana", projekt=desk.asana)
        + desk.space("basecamp", "basecamp", project=desk.basecamp)
        + desk.space("outlook", "elsewhere", project="1")
    )
    elsewhere = desk.connection("elsewhere", "asana", "http://asana.example.org/api/1.0", "ASANA_TOKEN")
    desk.configure(desk.connections() + elsewhere + desk.community(spaces))
    checked = desk.here("check", "--json")
    assert checked.status == 2
    found = fits(checked.json, shapes.CHECK)
    errors = {one["about"]: one["message"] for one in found["findings"] if one["level"] == "error"}
    assert set(errors) == {"connection elsewhere", "space asana of data-practice"}  # each is told once
    assert "in the clear" in errors["connection elsewhere"]
    assert "[communities[0].spaces[0]" in errors["space asana of data-practice"]
    fine = {one["about"] for one in found["findings"] if one["level"] == "ok"}
    assert fine == {"connection asana", "connection basecamp", "space basecamp of data-practice"}


def test_without_a_configuration(tmp_path: Path) -> None:
    for arguments, place in ((("sync",), tmp_path), (("--config", "x/y.toml", "check"), tmp_path / "x")):
        answer = call(*arguments, "--json", folder=tmp_path)
        assert answer.status == 2
        error = fits(answer.json, shapes.ERROR)["error"]
        assert str(place) in error["message"]
        assert "copsync init" in error["mend"]
    assert list(tmp_path.iterdir()) == []


def test_an_id_of_a_member_belongs_to_a_tool_or_a_space(desk: Desk) -> None:
    member = '\n[[communities.members]]\nemail = "ada@example.org"\nasana = "1204"\nbasecmp = 7\n'
    desk.configure(desk.usual() + member)
    answer = desk.here("sync", "--json")
    assert answer.status == 2
    error = fits(answer.json, shapes.ERROR)["error"]
    assert "[communities[0].members[0].basecmp]" in error["where"]
    assert "neither a tool nor a space" in error["message"]
    assert "Did you mean basecamp?" in error["mend"]
    wrong = [one for one in desk.here("check", "--json").json["findings"] if one["level"] == "error"]
    assert [one["about"] for one in wrong] == ["community data-practice"]


@pytest.mark.parametrize(
    ("keys", "place", "words"),
    [
        ("", "[connections.more]", "token"),
        ('token = { env = "NO_SUCH_TOKEN" }', "[connections.more.token]", "NO_SUCH_TOKEN is not set"),
        ('client_secret = "literal-secret"', "[connections.more.client_secret]", "does not stand here"),
        ('client_secret = { env = "A", file = "b" }', "[connections.more.client_secret]", "exactly one place"),
        ('client_secret = { env = "literal-secret" }', "[connections.more.client_secret.env]", "no name of an env"),
        ('tennant = "example.org"', "[connections.more.tennant]", "Did you mean tenant?"),
        ('base_url = "graph"\ntoken = { env = "M365_TOKEN" }', "[connections.more.base_url]", "https://host/path"),
    ],
)
def test_keys_of_a_tool_are_told_with_their_place(keys: str, place: str, words: str, desk: Desk) -> None:
    space = desk.space("outlook", "more", mailbox="data-practice@example.org")
    more = f'\n[connections.more]\ntool = "microsoft365"\n{keys}\n'
    desk.configure(desk.connections() + more + desk.community(space))
    answer = desk.here("sync", "--json")
    assert answer.status == 2
    error = fits(answer.json, shapes.ERROR)["error"]
    assert place in error["where"]
    assert words in f"{error['message']} {error['mend']}"
    assert "literal-secret" not in answer.said
