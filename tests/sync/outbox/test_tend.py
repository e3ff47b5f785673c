"""An outbox that is looked after: on time, never twice, and confirmed where LinkedIn may be asked."""

from __future__ import annotations

import asyncio
import json
import re
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest

from config.loader import load
from connectors.folder.files import FolderSender
from domain.outbox.states import State
from domain.outbox.tend import REMIND_AFTER
from domain.richtext.plain import to_plain
from sandbox.linkedin import LinkedInState, create_app
from sandbox.linkedin.state import Account
from sandbox.server import serve
from sync.outbox.desk import items
from sync.outbox.standing import assisted
from sync.outbox.tend import Tended, tend
from sync.wiring import Wiring
from tests.sync.outbox.bench import GROUP, TEXT, Bench, bench

TOKEN = "sandbox-linkedin-token"
REMIND = """remind = "moderators"
[[communities.channels]]
id = "moderators"
kind = "folder"
audience = "internal"
folder = "told"
"""
BASE = '[outbox]\nbase_url = "https://copsync.example.org"'


def tended(here: Bench) -> Tended:
    """Look after the outbox once, as a process of its own would."""

    async def run() -> list[Tended]:
        async with Wiring(here.configuration) as wiring:
            return await tend(wiring, here.store, here.configuration.settings.communities[0], here.clock)

    (done,) = asyncio.run(run())
    return done


def told(here: Bench) -> list[str]:
    return [path.read_text() for path in sorted((here.folder / "told").glob("*.md"))]


@pytest.fixture
def reminded(tmp_path: Path) -> Iterator[Bench]:
    (tmp_path / "told").mkdir()
    with bench(tmp_path, channel=REMIND, more=BASE) as here:
        yield here


def test_h12_moderators_are_reminded_once_in_three_days(reminded: Bench) -> None:
    here = reminded
    assert not tended(here).reminded  # nothing waits
    here.put("A talk")
    assert tended(here).reminded
    here.put("A workshop")
    for _ in range(3):
        assert not tended(here).reminded
    assert len(told(here)) == 1
    assert "• A talk" in told(here)[0]
    assert "https://copsync.example.org/outbox/" in told(here)[0]
    here.now += REMIND_AFTER
    assert tended(here).reminded
    assert len(told(here)) == 2
    assert "• A workshop" in told(here)[1]


def test_h13_killed_between_the_reminder_and_its_record_nobody_is_told_twice(
    reminded: Bench, monkeypatch: pytest.MonkeyPatch
) -> None:
    here = reminded
    here.put()
    real = FolderSender.post

    async def killed(self: FolderSender, outgoing: object) -> None:
        await real(self, outgoing)  # type: ignore[arg-type]
        raise KeyboardInterrupt

    monkeypatch.setattr(FolderSender, "post", killed)
    with pytest.raises(KeyboardInterrupt):
        tended(here)
    monkeypatch.undo()
    assert not tended(here).reminded
    assert len(told(here)) == 1


TRAP = "[Win](https://evil.example/x) <b>now</b> *!*"


@pytest.mark.parametrize("form", ["text", "html", "card", "markdown"])
def test_a_title_is_no_markup_in_a_reminder(tmp_path: Path, form: str) -> None:
    (tmp_path / "told").mkdir()
    with bench(tmp_path, channel=f'{REMIND}form = "{form}"\n', more=BASE) as here:
        here.put(TRAP)
        assert tended(here).reminded
        (told,) = (path.read_text() for path in (tmp_path / "told").iterdir())
    if form == "card":
        runs = [run for block in json.loads(told)["body"] for run in block["inlines"]]  # text runs know no markup
        assert f"• {TRAP}" in [run["text"] for run in runs]
        assert json.loads(told)["actions"][0]["url"].startswith("https://copsync.example.org/outbox/")
    elif form == "html":
        assert "&lt;b&gt;now" in told
        assert re.findall(r'href="([^"/]*//[^"/]*)', told) == ["https://copsync.example.org"]
    else:
        assert f"• {TRAP}" in (to_plain(told) if form == "markdown" else told)


def test_where_everybody_reads_nobody_is_reminded(tmp_path: Path) -> None:
    (tmp_path / "told").mkdir()
    with bench(tmp_path, channel=REMIND.replace('"internal"', '"public"'), more=BASE) as here:
        here.put()
        (problem,) = tended(here).problems
        assert "Everybody reads moderators" in problem.message
        assert told(here) == []


def test_h04_a_reminder_that_surely_did_not_leave_is_sent_later(reminded: Bench) -> None:
    here = reminded
    here.put()
    (here.folder / "told").rmdir()
    assert [type(one).__name__ for one in tended(here).problems] == ["Retriable"]
    (here.folder / "told").mkdir()
    assert tended(here).reminded


def test_what_nobody_posted_expires_and_stands_in_the_report(here: Bench) -> None:
    item, kept = here.put(), here.put(expires_at=here.now + timedelta(days=60))
    here.hand_out(item)
    here.now += timedelta(days=14)
    done = tended(here)
    assert [one.id for one in done.expired] == [item.id]
    assert "perhaps the post waits for approval" in here.item(item.id).moves[-1].note
    assert done.json()["states"]["expired"] == done.json()["waiting"] == 1
    assert tended(here).expired == []
    assert here.item(kept.id).state is State.READY


def test_status_shows_it_as_assisted(here: Bench) -> None:
    here.put()
    (shown,) = assisted(here.store, [here.place])
    assert (shown["state"], shown["waiting"], shown["posted_at"]) == ("assisted", 1, None)


@dataclass
class Confirming:
    here: Bench
    linkedin: LinkedInState


@contextmanager
def confirming(folder: Path, channel: str = "proof = 2") -> Iterator[Confirming]:
    state = LinkedInState()
    with serve({"linkedin": create_app(state)}) as urls:
        folder.mkdir(parents=True, exist_ok=True)
        (folder / ".env").write_text(f"LINKEDIN_TOKEN={TOKEN}\n")
        connection = f'[connections.linkedin]\ntool = "linkedin"\nbase_url = "{urls["linkedin"]}"\n'
        more = connection + 'token = { env = "LINKEDIN_TOKEN" }\n'
        with bench(folder, channel=f'connection = "linkedin"\n{channel}', more=more) as here:
            # The connector goes by the real clock.
            here.now = datetime.now(UTC) - timedelta(minutes=30)
            state.accounts[TOKEN] = Account("urn:li:person:ada", is_eea=True, consents=True)
            yield Confirming(here, state)


def test_linkedin_confirms_a_claim(tmp_path: Path) -> None:
    with confirming(tmp_path) as town:
        item = town.here.hand_out(town.here.put())
        link = town.linkedin.group_post(TOKEN, GROUP, TEXT)
        town.here.now += timedelta(minutes=31)
        assert town.here.claim(item, link).state is State.CLAIMED
        assert [one.id for one in tended(town.here).confirmed] == [item.id]
        done = town.here.item(item.id)
        assert (done.state, done.proof) == (State.VERIFIED, 2)
        asked = len(town.linkedin.requests)
        assert tended(town.here).confirmed == []
        assert len(town.linkedin.requests) == asked  # hourly at most, whatever process asks


def test_what_nobody_claimed_is_found(tmp_path: Path) -> None:
    with confirming(tmp_path) as town:
        item, other = town.here.hand_out(town.here.put()), town.here.hand_out(town.here.put("Other", "Something else"))
        town.linkedin.group_post(TOKEN, GROUP, TEXT.replace("Thursday", "Thu"))
        town.linkedin.group_post(TOKEN, "999", "Something else")
        assert [one.id for one in tended(town.here).confirmed] == [item.id]
        assert town.here.item(item.id).proof == 2
        assert town.here.item(other.id).state is State.HANDED_OUT


def test_h29_and_h30_linkedin_rests_and_the_outbox_goes_on(tmp_path: Path) -> None:
    with confirming(tmp_path) as town:
        town.linkedin.spend("memberChangeLogs")
        town.here.put()
        for _ in range(3):
            done = tended(town.here)
            assert "quota of the day" in done.problems[0].message
            assert done.json()["waiting"] == 1
        assert len(town.linkedin.requests) == 1  # remembered between processes
    with confirming(tmp_path / "other", "proof = 1") as town:
        town.linkedin.accounts.clear()
        done = tended(town.here)
        assert [type(one).__name__ for one in done.problems] == ["ConnectAgain"]
        assert items(town.here.store, town.here.place) == []


def test_the_end_of_a_token_is_told_in_time(tmp_path: Path) -> None:
    with confirming(tmp_path, "proof = 2") as town:
        file = tmp_path / "copsync.toml"
        for days, words in ((15, None), (14, "in 14 days"), (7, "in 7 days"), (1, "tomorrow")):
            until = (town.here.now + timedelta(days=days)).date().isoformat()
            text = "".join(line for line in file.read_text().splitlines(True) if not line.startswith("token_until"))
            file.write_text(text.replace("token = {", f"token_until = {until}\ntoken = {{"))
            town.here.configuration = load(file)
            told = tended(town.here).notes
            assert told == [] if words is None else words in told[0]


def test_who_does_not_consent_is_told_the_way_without(tmp_path: Path) -> None:
    with confirming(tmp_path) as town:
        town.linkedin.accounts[TOKEN].is_eea = False
        (problem,) = tended(town.here).problems
        assert "proof = 1" in problem.mend
