"""`copsync connect` and `copsync key` as a person meets them: a terminal, a browser, and the tool's own page."""

from __future__ import annotations

import json
import re
import signal
import socket
import subprocess
import time
from collections.abc import Iterator
from pathlib import Path
from typing import Any
from urllib.parse import parse_qs, urlsplit

import httpx
import pytest

from sandbox.world import World
from tests.cli.desk import Called, call, checked, start
from tests.secrets.lodge import Lodge

OOB = "urn:ietf:wg:oauth:2.0:oob"


def free_port() -> int:
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return int(probe.getsockname()[1])


class Terminal:
    """The command while it waits for its person."""

    def __init__(self, lodge: Lodge, *arguments: str) -> None:
        self.lodge = lodge
        self.process = start("connect", lodge.tool, *arguments, folder=lodge.folder, stdin=subprocess.PIPE)
        self.shown = ""

    def address(self) -> str:
        """Return the address that it shows."""
        assert self.process.stderr is not None
        for line in self.process.stderr:
            self.shown += line
            if line.startswith("http"):
                return line.strip()
        raise AssertionError(self.shown)

    def end(self, typed: str | None = None) -> Called:
        with self.process:
            out, err = self.process.communicate(typed, timeout=60)
        secrets = (self.lodge.service.client_secret, self.lodge.key.get_secret_value(), "access-", "refresh-")
        return checked(Called(self.process.returncode, out, self.shown + err), secrets)


@pytest.fixture
def redirect(lodge: Lodge) -> Iterator[str]:
    address = f"http://127.0.0.1:{free_port()}/callback"
    lodge.service.redirects.add(address)
    yield address
    lodge.service.redirects.discard(address)


def consent(address: str, person: Any) -> httpx.Response:
    """Do what the person's browser does on the tool's page, up to where it sends the browser."""
    with httpx.Client(trust_env=False) as browser:
        assert "Let copsync in?" in browser.get(address).text
        return browser.post(address, data={"person": str(person)})


def open_(address: str) -> httpx.Response:
    with httpx.Client(trust_env=False) as browser:
        return browser.get(address)


def works(lodge: Lodge) -> None:
    answer = lodge.here("check", "--json")
    assert "Signed in" in answer.out or "knows this account" in answer.out, answer


def test_the_browser_comes_back_and_the_connection_works(lodge: Lodge, redirect: str) -> None:
    terminal = Terminal(lodge, "--redirect", redirect)
    address = terminal.address()
    sent = consent(address, lodge.person)
    page = open_(sent.headers["location"])
    assert (page.status_code, "close this page" in page.text) == (200, True)
    assert page.headers["cache-control"] == "no-store"
    answer = terminal.end()
    assert answer.status == 0, answer
    assert "renews its token by itself" in answer.out
    assert "copsync" in answer.out
    ((connection, _, sealed, _),) = lodge.stored()
    assert connection == lodge.tool
    assert "access-" not in sealed
    works(lodge)
    lodge.service.expire_access()
    works(lodge)
    assert lodge.service.renewals == 1


def test_the_question_is_asked_as_the_tool_wants_it(lodge: Lodge, redirect: str) -> None:
    terminal = Terminal(lodge, "--redirect", redirect)
    fields = {name: values[0] for name, values in parse_qs(urlsplit(terminal.address()).query).items()}
    terminal.process.send_signal(signal.SIGINT)
    answer = terminal.end()
    assert (answer.status, "Stopped" in answer.err) == (130, True)
    assert fields.pop("state")
    if lodge.tool == "asana":
        assert len(fields.pop("code_challenge")) == 43
        assert fields.pop("code_challenge_method") == "S256"
    expected = {"response_type": "code", "client_id": lodge.service.client_id, "redirect_uri": redirect}
    assert fields == expected


@pytest.mark.parametrize("lodge", ["basecamp"], indirect=True)
def test_strangers_cannot_end_the_wait_or_slip_in_a_code(lodge: Lodge, redirect: str) -> None:
    terminal = Terminal(lodge, "--redirect", redirect)
    address = terminal.address()
    for stranger in ("?code=evil", "?code=evil&state=", "?code=evil&state=guessed", "?error=access_denied&state=x", ""):
        assert open_(redirect + stranger).status_code == 400
    assert open_(redirect.replace("/callback", "/elsewhere")).status_code == 404
    with socket.create_connection(("127.0.0.1", int(urlsplit(redirect).port or 0))):  # a browser that says nothing
        assert terminal.process.poll() is None
        open_(consent(address, lodge.person).headers["location"])
        assert terminal.end().status == 0


@pytest.mark.parametrize("lodge", ["basecamp"], indirect=True)
def test_a_person_says_no(lodge: Lodge, redirect: str) -> None:
    terminal = Terminal(lodge, "--redirect", redirect, "--json")
    open_(consent(terminal.address(), "nobody").headers["location"])
    answer = terminal.end()
    assert answer.status == 3
    assert "Nobody let copsync in" in answer.json["error"]["message"]
    assert lodge.stored() == []


def test_json_is_one_document(lodge: Lodge, redirect: str) -> None:
    terminal = Terminal(lodge, "--redirect", redirect, "--json")
    open_(consent(terminal.address(), lodge.person).headers["location"])
    answer = terminal.end()
    assert answer.status == 0
    told = answer.json
    assert (told["connection"], told["tool"], told["connected"]) == (lodge.tool, lodge.tool, True)
    assert told["findings"][0]["level"] == "ok"


@pytest.mark.parametrize("whole", [True, False], ids=["address", "code"])
def test_pasting(lodge: Lodge, redirect: str, whole: bool) -> None:
    arguments = ["--paste"] if lodge.tool == "asana" else ["--paste", "--redirect", redirect]
    terminal = Terminal(lodge, *arguments)
    address = terminal.address()
    shows_code = parse_qs(urlsplit(address).query)["redirect_uri"] == [OOB]
    assert shows_code is (lodge.tool == "asana")
    sent = consent(address, lodge.person)
    found = re.search(r"<code>(.*)</code>", sent.text) if shows_code else None
    location = sent.headers.get("location", "")
    code = found[1] if found else parse_qs(urlsplit(location).query)["code"][0]
    answer = terminal.end((location if whole and location else code) + "\n")
    assert answer.status == 0, answer
    works(lodge)


@pytest.mark.parametrize("lodge", ["basecamp"], indirect=True)
@pytest.mark.parametrize(
    ("typed", "status", "words"),
    [
        ("", 2, "no code"),
        ("\n", 2, "no code"),
        ("two words\n", 2, "no code"),
        ("http://127.0.0.1:1/callback?code=abc&state=wrong\n", 2, "another sign-in"),
        ("http://127.0.0.1:1/callback?code=abc\n", 2, "another sign-in"),
        ("invented-code\n", 3, "no longer accepts"),
    ],
)
def test_pasting_something_else(lodge: Lodge, typed: str, status: int, words: str) -> None:
    terminal = Terminal(lodge, "--paste")
    terminal.address()
    answer = terminal.end(typed)
    assert (answer.status, words in answer.err) == (status, True), answer
    assert "copsync connect" in answer.err
    assert lodge.stored() == []


@pytest.mark.parametrize("lodge", ["basecamp"], indirect=True)
def test_a_code_works_once(lodge: Lodge, redirect: str) -> None:
    first = Terminal(lodge, "--paste", "--redirect", redirect)
    location = consent(first.address(), lodge.person).headers["location"]
    code = parse_qs(urlsplit(location).query)["code"][0]
    assert first.end(code + "\n").status == 0
    kept = lodge.stored()
    second = Terminal(lodge, "--paste", "--redirect", redirect)
    second.address()
    assert second.end(code + "\n").status == 3
    assert lodge.stored() == kept


def test_signing_in_again_goes_before_what_the_settings_name(lodge: Lodge, redirect: str) -> None:
    lodge.let_in()
    works(lodge)
    lodge.service.revoke()
    terminal = Terminal(lodge, "--redirect", redirect)
    open_(consent(terminal.address(), lodge.person).headers["location"])
    assert terminal.end().status == 0
    lodge.service.expire_access()
    before = lodge.asked()
    works(lodge)
    assert lodge.asked() - before == 1


@pytest.mark.parametrize(
    ("arguments", "words"),
    [
        (("connect", "asanna"), "Did you mean asana"),
        (("connect", "nothing-like-it"), "There are:"),
        (("connect",), "CONNECTION"),
    ],
)
def test_what_cannot_be_connected(world: World, tmp_path: Path, arguments: tuple[str, ...], words: str) -> None:
    from store.vault import new_key

    lodge = Lodge(world, tmp_path, "asana", new_key())
    for more in ((), ("--json",)):
        answer = lodge.here(*arguments, *more)
        assert (answer.status, words in answer.said) == (2, True), answer


@pytest.mark.parametrize("lodge", ["basecamp"], indirect=True)
@pytest.mark.parametrize(
    ("change", "words"),
    [
        ({"client_id": ""}, "`client_id` is missing"),
        ({"token": '{ env = "CLIENT_SECRET" }'}, "two ways to sign in"),
        ({"client_secret": '{ env = "NOT_SET" }'}, "NOT_SET is not set"),
    ],
)
def test_settings_are_looked_at_first(lodge: Lodge, change: dict[str, str], words: str) -> None:
    lodge.configure(lodge.settings(**change))
    answer = lodge.here("connect", lodge.tool)
    assert (answer.status, words in answer.err, "copsync.toml:" in answer.err) == (2, True, True), answer
    assert "http://" not in answer.err


@pytest.mark.parametrize("lodge", ["basecamp"], indirect=True)
def test_without_a_key_nobody_is_sent_to_a_page(lodge: Lodge) -> None:
    lodge.configure(lodge.settings().replace('key = { env = "COPSYNC_KEY" }\n', ""))
    answer = lodge.here("connect", lodge.tool)
    assert answer.status == 2
    assert "copsync key --file" in answer.err
    assert "Open this address" not in answer.err


def test_a_tool_that_signs_in_otherwise(tmp_path: Path) -> None:
    (tmp_path / "copsync.toml").write_text('[connections.m365]\ntool = "microsoft365"\ntoken = { env = "T" }\n')
    answer = call("connect", "m365", folder=tmp_path, env={"T": "some-token-of-mine"})
    assert answer.status == 2
    assert "docs/connectors/microsoft365.md" in answer.err


@pytest.mark.parametrize("lodge", ["basecamp"], indirect=True)
def test_a_port_that_is_taken(lodge: Lodge, redirect: str) -> None:
    with socket.create_server(("127.0.0.1", int(urlsplit(redirect).port or 0))):
        answer = lodge.here("connect", lodge.tool, "--redirect", redirect)
    assert answer.status == 2
    assert "--paste" in answer.err


def test_two_processes_at_once_with_a_token_that_has_just_ended(lodge: Lodge) -> None:
    lodge.let_in()
    lodge.service.rotates = True
    works(lodge)
    lodge.service.expire_access()
    processes = [start("check", "--json", folder=lodge.folder) for _ in range(3)]
    for process in processes:
        with process:
            out, err = process.communicate(timeout=60)
        levels = {one["level"]: one["message"] for one in json.loads(out)["findings"] if "connection" in one["about"]}
        assert "error" not in levels, (levels, err)


@pytest.mark.parametrize("lodge", ["basecamp"], indirect=True)
def test_a_key_is_made_and_used(lodge: Lodge) -> None:
    answer = lodge.here("key", "--file", "copsync.key")
    file = lodge.folder / "copsync.key"
    assert (answer.status, file.stat().st_mode & 0o777) == (0, 0o600)
    assert file.read_text().strip() not in answer.said
    assert 'key = { file = "copsync.key" }' in answer.out
    again = lodge.here("key", "--file", "copsync.key")
    assert (again.status, "exists already" in again.err) == (2, True)
    printed = lodge.here("key")
    assert re.fullmatch(r"[\w-]{43}=\n", printed.out)
    assert lodge.here("key", "--json").json["key"] != printed.out.strip()
    assert lodge.here("key", "--file", "x.key", "--json").json == {"written": ["x.key"]}
    assert lodge.here("key", "--file", "no/such/folder").status == 2
    lodge.let_in()
    lodge.configure(lodge.settings().replace('{ env = "COPSYNC_KEY" }', '{ file = "copsync.key" }'))
    works(lodge)
    file.chmod(0o644)
    refused = lodge.here("check")
    assert (refused.status, "chmod 600" in refused.said) == (2, True)


def test_a_key_that_is_lost_costs_a_new_sign_in_and_nothing_else(lodge: Lodge, redirect: str) -> None:
    lodge.let_in()
    works(lodge)
    lost = call("check", "--json", folder=lodge.folder, env={"COPSYNC_KEY": lodge.here("key").out.strip()})
    found = [one for one in lost.json["findings"] if one["level"] == "error"]
    assert f"copsync connect {lodge.tool}" in found[0]["mend"]
    works(lodge)


@pytest.mark.parametrize("lodge", ["basecamp"], indirect=True)
def test_it_ends_when_nobody_comes(redirect: str) -> None:
    from cli.callback import Callback

    callback: Callback[str] = Callback(redirect, lambda target: target)
    started = time.monotonic()
    with callback.listening():
        assert callback.wait(0.3) is None
    assert time.monotonic() - started < 3
