"""`copsync connect` at LinkedIn: sixty days, said before they end, renewed where LinkedIn grants it."""

from __future__ import annotations

import re
import socket
import sqlite3
import struct
import subprocess
import time
from collections.abc import Iterator
from dataclasses import dataclass, field
from datetime import UTC, date, datetime, timedelta
from pathlib import Path
from typing import Any
from urllib.parse import parse_qs, urlsplit

import httpx
import pytest

from connectors.linkedin.lifetime import ending
from domain.lasting import Lasting, lasting
from sandbox.linkedin import LinkedInState, create_app, sign_in
from sandbox.linkedin.state import Account
from sandbox.server import serve
from sandbox.sign_in import SignInService, WithSignIn
from store.vault import new_key
from tests.cli.desk import Called, checked, ended, start
from tests.secrets.test_connect import free_port

PAGE = "urn:li:organization:5515715"
ADA = Account("urn:li:person:ada", frozenset({PAGE}), is_eea=True, consents=True)
GROUP = (
    '[[communities.channels]]\nid = "group"\nkind = "linkedin-group"\ngroup = 8472911\nproof = 2\n'
    'connection = "linkedin"\n'
)


@dataclass
class Club:
    """A LinkedIn, an app registered there, and a folder whose configuration signs in as that app."""

    folder: Path
    state: LinkedInState
    service: SignInService
    redirect: str
    url: str = ""
    now: datetime = field(default_factory=lambda: datetime.now(UTC))

    def configure(self, **keys: str) -> None:
        usual = {
            "tool": '"linkedin"',
            "base_url": f'"{self.url}"',
            "client_id": f'"{self.service.client_id}"',
            "client_secret": '{ env = "LINKEDIN_SECRET" }',
            "authorize_url": f'"{self.url}/oauth/v2/authorization"',
            "token_url": f'"{self.url}/oauth/v2/accessToken"',
        }
        lines = "".join(f"{name} = {value}\n" for name, value in {**usual, **keys}.items() if value)
        (self.folder / "copsync.toml").write_text(
            f'[store]\nurl = "sqlite:///copsync.db"\nkey = {{ file = "copsync.key" }}\n[connections.linkedin]\n{lines}'
            f'[[communities]]\nid = "data-practice"\ntime_zone = "UTC"\n{GROUP}'
        )

    @property
    def env(self) -> dict[str, str]:
        return {"LINKEDIN_SECRET": self.service.client_secret}

    def start(self, *arguments: str, **more: Any) -> subprocess.Popen[str]:
        return start(*arguments, folder=self.folder, env=self.env, **more)

    def here(self, *arguments: str) -> Called:
        return self.safe(ended(self.start(*arguments)))

    def safe(self, called: Called) -> Called:
        return checked(called, (self.service.client_secret, *self.service.given))

    def connect(self, *arguments: str, person: str = str(ADA)) -> Called:
        """Sign in as a person does whose browser runs on this machine."""
        process = self.start("connect", "linkedin", "--redirect", self.redirect, *arguments)
        sent = consent(shown(process), person)
        httpx.get(sent)
        return self.safe(ended(process))

    def paste(self, typed: str) -> Called:
        """Let a person paste something, in which {} stands for the address on which the browser ends."""
        process = self.start("connect", "linkedin", "--paste", "--redirect", self.redirect, stdin=subprocess.PIPE)
        sent = consent(shown(process), str(ADA))
        out, err = process.communicate(typed.replace("{}", sent) + "\n", timeout=60)
        return self.safe(Called(process.returncode, out, err))

    def kept(self) -> int:
        with sqlite3.connect(self.folder / "copsync.db") as store:
            (found,) = store.execute("SELECT count(*) FROM secrets").fetchone()
        store.close()
        return int(found)

    def findings(self) -> list[dict[str, str]]:
        return [one for one in self.here("check", "--json").json["findings"] if one["about"] == "connection linkedin"]


def shown(process: subprocess.Popen[str]) -> str:
    assert process.stderr is not None
    for line in process.stderr:
        if line.startswith("http"):
            return line.strip()
    raise AssertionError("no address was shown")


def consent(address: str, person: str) -> str:
    """Do what the person does on LinkedIn's page; return where the browser is sent."""
    with httpx.Client(trust_env=False) as browser:
        answer = browser.post(address, data={"person": person})
    assert answer.status_code == 302, answer.text
    return str(answer.headers["location"])


@pytest.fixture
def club(tmp_path: Path) -> Iterator[Club]:
    state = LinkedInState()
    service = sign_in(state, lambda: {ADA: "Ada"})
    redirect = f"http://127.0.0.1:{free_port()}/callback"
    service.redirects.add(redirect)
    made = Club(tmp_path, state, service, redirect)
    state.now = lambda: made.now
    key = tmp_path / "copsync.key"
    key.write_text(new_key().get_secret_value())
    key.chmod(0o600)
    with serve({"linkedin": WithSignIn(create_app(state), service)}) as urls:
        made.url = urls["linkedin"]
        made.configure()
        yield made


def test_a_member_lets_copsync_in_for_sixty_days(club: Club) -> None:
    answer = club.connect()
    assert answer.status == 0, answer
    until = (datetime.now(UTC) + timedelta(days=60)).date().isoformat()
    assert f"signed in until {until}. Nothing renews that" in answer.out
    assert "posts in the group are confirmed (proof level 2)" in answer.out
    assert club.findings()[0]["message"] == f"Signed in until {until}."
    assert club.kept() == 1


def test_what_is_asked_of_the_member(club: Club) -> None:
    club.configure(scopes='["w_organization_social", "r_organization_social"]')
    process = club.start("connect", "linkedin", "--redirect", club.redirect)
    asked = {name: values[0] for name, values in parse_qs(urlsplit(shown(process)).query).items()}
    process.terminate()
    process.communicate()
    assert asked.pop("state")
    assert asked == {
        "response_type": "code",
        "client_id": club.service.client_id,
        "redirect_uri": club.redirect,
        "scope": "w_organization_social r_organization_social",
    }


def test_json_is_one_document_and_names_the_end(club: Club) -> None:
    told = club.connect("--json").json
    assert (told["connection"], told["tool"], told["connected"]) == ("linkedin", "linkedin", True)
    assert abs(datetime.fromisoformat(told["ends_at"]) - datetime.now(UTC) - timedelta(days=60)) < timedelta(minutes=5)
    assert [one["level"] for one in told["findings"]] == ["ok", "ok"]


@pytest.mark.parametrize("typed", ["{}", "  {}  ", "no-scheme", "code"])
def test_the_browser_runs_elsewhere(club: Club, typed: str) -> None:
    process = club.start("connect", "linkedin", "--paste", "--redirect", club.redirect, stdin=subprocess.PIPE)
    sent = consent(shown(process), str(ADA))
    code = parse_qs(urlsplit(sent).query)["code"][0]
    pasted = {"no-scheme": sent.removeprefix("http://"), "code": code}.get(typed, typed.replace("{}", sent))
    out, err = process.communicate(pasted + "\n", timeout=60)
    assert club.safe(Called(process.returncode, out, err)).status == 0, err
    assert club.kept() == 1


@pytest.mark.parametrize(
    ("typed", "status", "words"),
    [
        ("", 2, "no code"),
        ("I agreed, what now?", 2, "another sign-in"),
        ("https://www.linkedin.com/feed/", 2, "another sign-in"),
        ("http://[::1/callback?code=x&state=y", 2, "another sign-in"),
        ("{}&state=other", 2, "another sign-in"),
        ("http://127.0.0.1/callback?error=user_cancelled_login", 2, "another sign-in"),
        ("code-of-somebody-else", 3, "it was used, it is too old"),
    ],
)
def test_nonsense_is_pasted(club: Club, typed: str, status: int, words: str) -> None:
    answer = club.paste(typed)
    assert (answer.status, words in answer.err, "copsync connect linkedin" in answer.err) == (status, True, True), (
        answer
    )
    assert club.kept() == 0


def test_the_member_says_no(club: Club) -> None:
    answer = club.connect("--json", person="nobody")
    assert answer.status == 3
    assert answer.json["error"]["message"] == "Nobody let copsync in; nothing was changed."
    assert club.kept() == 0


def test_a_scope_that_the_app_was_not_granted(club: Club) -> None:
    club.configure(scopes='["r_compliance"]')
    answer = club.connect("--json")
    assert answer.status == 3
    assert "unauthorized_scope_error" in answer.json["error"]["message"]
    assert "correct the scopes" in answer.json["error"]["mend"]


def test_a_code_that_is_too_old(club: Club) -> None:
    process = club.start("connect", "linkedin", "--redirect", club.redirect)
    sent = consent(shown(process), str(ADA))
    club.now += timedelta(minutes=11)
    httpx.get(sent)
    answer = club.safe(ended(process))
    assert (answer.status, "it is too old" in answer.err, "agree within some minutes" in answer.err) == (3, True, True)
    assert club.kept() == 0


def test_strangers_do_not_end_the_wait(club: Club) -> None:
    process = club.start("connect", "linkedin", "--redirect", club.redirect)
    address = shown(process)
    for stranger in ("?code=evil&state=guessed", "?error=user_cancelled_authorize", "?code=evil", ""):
        assert httpx.get(club.redirect + stranger).status_code == 400
    port = int(urlsplit(club.redirect).port or 0)
    with socket.create_connection(("127.0.0.1", port)) as odd:
        odd.sendall(b"GET http://[::1/callback?code=evil HTTP/1.1\r\nHost: x\r\n\r\n")
        assert odd.recv(100).startswith(b"HTTP/1.0 404")
        odd.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, struct.pack("ii", 1, 0))  # leaves with a reset
    httpx.get(consent(address, str(ADA)))
    answer = club.safe(ended(process))
    assert (answer.status, "Traceback" in answer.err) == (0, False), answer


@pytest.mark.parametrize("redirect", ["nonsense", "http://[x/callback", "http://127.0.0.1:99999/callback"])
def test_a_redirect_that_is_no_address(club: Club, redirect: str) -> None:
    answer = club.here("connect", "linkedin", "--redirect", redirect)
    assert (answer.status, "is no address" in answer.err) == (2, True), answer


@pytest.mark.parametrize(("days", "level", "words"), [(16, "ok", "until"), (14, "warning", "in 1[34] days")])
def test_the_end_is_announced(club: Club, days: int, level: str, words: str) -> None:
    club.service.life = timedelta(days=days)
    club.connect()
    (first, _) = club.findings()
    assert (first["level"], bool(re.search(words, first["message"]))) == (level, True), first
    assert level == "ok" or "copsync connect linkedin" in first["mend"]


def test_a_sign_in_that_ended_asks_for_a_person_and_sends_nothing(club: Club) -> None:
    club.service.life = timedelta(seconds=1)
    club.connect()
    club.now += timedelta(days=1)
    time.sleep(1.1)  # the command goes by its own clock
    before = len(club.state.requests)
    (only,) = club.findings()
    assert (only["level"], "nothing renews it" in only["message"]) == ("error", True)
    assert only["mend"] == "Run `copsync connect linkedin`."
    assert len(club.state.requests) == before
    club.service.life = timedelta(days=60)
    assert club.connect().status == 0
    assert {one["level"] for one in club.findings()} == {"ok"}


def test_a_member_who_takes_it_back_is_asked_again(club: Club) -> None:
    club.connect()
    club.service.expire_access()
    (first, second) = club.findings()
    assert (first["level"], second["level"]) == ("ok", "error")
    assert "nothing renews it" in second["message"]


def test_an_approved_partner_renews_for_a_year(club: Club) -> None:
    club.service.gives_refresh = True
    answer = club.connect("--json")
    until = datetime.fromisoformat(answer.json["ends_at"])
    assert abs(until - datetime.now(UTC) - timedelta(days=365)) < timedelta(minutes=5)
    club.service.expire_access()
    assert {one["level"] for one in club.findings()} == {"ok"}
    assert club.service.renewals == 1
    club.now += timedelta(days=355)
    club.service.expire_access()
    said = club.findings()[0]["message"]
    club.now += timedelta(days=11)
    assert re.search(r"Signed in until \d{4}-\d\d-\d\d\.", said), said
    club.service.expire_access()
    assert "copsync connect linkedin" in club.findings()[-1]["mend"]


@pytest.mark.parametrize(
    ("keys", "words"),
    [
        ({"token": '{ env = "LINKEDIN_SECRET" }'}, "two ways to sign in"),
        ({"client_secret": ""}, "client_secret"),
        ({"token_until": "2026-12-31"}, "token_until is for a fixed"),
        ({"scopes": '["w_organization_social r_organization_social"]'}, "each scope"),
        ({"scopes": "[]"}, "scopes"),
        ({"client_id": "", "client_secret": ""}, "client_id"),
    ],
)
def test_settings_that_cannot_be_are_told_before_anybody_is_bothered(
    club: Club, keys: dict[str, str], words: str
) -> None:
    club.configure(**keys)
    answer = club.here("connect", "linkedin")
    assert (answer.status, words in answer.err, "copsync.toml" in answer.err) == (2, True, True), answer
    assert not club.service.requests


@pytest.mark.parametrize(
    ("left", "level", "words"),
    [(15, None, ""), (14, "warning", "in 14 days"), (7, "warning", "in 7 days"), (1, "warning", "tomorrow"),
     (0, "error", "ended")],
)  # fmt: skip
def test_an_end_is_told_in_time(left: int, level: str | None, words: str) -> None:
    today = date(2026, 11, 28)
    found = ending(today + timedelta(days=left), today, "Sign in again.")
    assert (found.level if found else None) == level
    assert found is None or words in found.message


def test_a_person_is_needed_from_a_week_before() -> None:
    today = date(2026, 11, 28)
    told = [lasting(today + timedelta(days=left), today) for left in (60, 15, 14, 8, 7, 1, 0, -1)]
    assert told == [*[Lasting.FINE] * 2, *[Lasting.SOON] * 2, *[Lasting.PRESSING] * 2, *[Lasting.OVER] * 2]
