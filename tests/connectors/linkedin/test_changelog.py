"""A moderator's own record against the stand-in: what concerns the group, at most hourly, and nothing else."""

from __future__ import annotations

from datetime import timedelta

import httpx
import pytest

from connectors.http import HttpRefused
from connectors.linkedin import changelog
from connectors.linkedin.changelog import Seen, likeness, matching
from domain.errors import ConnectAgain, Retriable
from sandbox.linkedin.state import Account
from tests.connectors.linkedin.conftest import ADA, NOW, TOKEN, Town

GROUP = "8472911"


async def test_only_what_concerns_the_group_is_kept(town: Town) -> None:
    account = town.state.accounts[TOKEN]
    town.state.group_post(TOKEN, GROUP, "A talk")
    town.state.group_post(TOKEN, "999", "Another group")
    town.state.record(account, "urn:li:share:1", "my own feed")
    town.state.record(account, "urn:li:msg:1", "a private message", f"urn:li:group:{GROUP}", name="messages")
    town.state.accounts["other"] = Account("urn:li:person:ben", is_eea=True, consents=True)
    town.state.group_post("other", GROUP, "Ben's")
    found, cursor = await changelog.read(town.connection().client, GROUP, None)
    assert [one.text for one in found] == ["A talk"]
    assert cursor.read_at == NOW
    assert "private" not in repr((found, cursor))


async def test_h12_the_last_event_comes_again_and_counts_once(town: Town) -> None:
    client = town.connection().client
    town.state.group_post(TOKEN, GROUP, "one")
    _, cursor = await changelog.read(client, GROUP, None)
    asked = len(town.state.requests)
    assert await changelog.read(client, GROUP, cursor) == ([], cursor)
    assert len(town.state.requests) == asked  # hourly at most
    town.now += changelog.EVERY
    again, cursor = await changelog.read(client, GROUP, cursor)
    assert [one.text for one in again] == ["one"]  # it is there again, for whoever was killed before keeping it
    town.now += changelog.EVERY
    town.state.group_post(TOKEN, GROUP, "two")
    assert {one.text for one in (await changelog.read(client, GROUP, cursor))[0]} == {"one", "two"}


async def test_many_pages_and_a_long_absence(town: Town) -> None:
    for number in range(130):
        town.now += timedelta(seconds=1)
        town.state.group_post(TOKEN, GROUP, str(number))
    found, cursor = await changelog.read(town.connection().client, GROUP, None)
    assert [one.text for one in found] == [str(number) for number in range(130)]
    town.now += timedelta(days=60)
    assert (await changelog.read(town.connection().client, GROUP, cursor))[0] == []


async def test_who_may_not_and_when_it_is_too_much(town: Town) -> None:
    client = town.connection().client
    town.state.accounts[TOKEN].is_eea = False
    with pytest.raises(HttpRefused):
        await changelog.read(client, GROUP, None)
    town.state.accounts[TOKEN].is_eea = True
    town.state.spend("memberChangeLogs")
    for _ in range(2):
        with pytest.raises(Retriable):
            await changelog.read(client, GROUP, None)
    assert len(town.state.requests) == 2
    del town.state.accounts[TOKEN]
    with pytest.raises(ConnectAgain):
        await changelog.read(town.connection().client, GROUP, None)


async def test_check_says_what_the_account_may_do(town: Town) -> None:
    levels = [one.level for one in await town.connection().check()]
    assert levels == ["warning", "ok"]  # when the token ends is not known
    town.state.accounts[TOKEN].is_eea = False
    assert "may not read the member's own record" in (await town.connection().check())[-1].message
    assert [one.level for one in await town.connection(token="revoked").check()][-1] == "error"


def test_likeness_forgives_a_word_and_no_more() -> None:
    text = "A talk by Ada on Thursday, 3 December, at 15:00 CET: charts that people read"
    assert likeness(text, text.replace("Thursday", "Thu").upper()) >= 0.9
    assert likeness(text, "A talk by Ben about something else entirely") < 0.5
    assert likeness("", "anything") == 0
    one, two = Seen("u1", text, NOW), Seen("u2", text, NOW)
    assert matching(text, [one], NOW) == one
    assert matching(text, [one, two], NOW) is None  # which of the two cannot be told
    assert matching(text, [one], NOW + timedelta(seconds=1)) is None


def test_the_snapshot_comes_in_chunks_and_not_at_once(town: Town) -> None:
    headers = {"Authorization": f"Bearer {TOKEN}", "LinkedIn-Version": "202312", "X-Restli-Protocol-Version": "2.0.0"}
    for group in ("1", "2", "3"):
        town.state.group_post(TOKEN, group, "x")
    asked = {"q": "criteria", "domain": "GROUPS"}
    with httpx.Client(base_url=town.url, headers=headers) as client:
        statuses = [
            client.get("/rest/memberSnapshotData", params={**asked, "start": start}).status_code for start in range(3)
        ]
        town.state.not_yet = True
        assert client.get("/rest/memberSnapshotData", params=asked).status_code == 404
        assert client.get("/rest/memberSnapshotData", headers={"LinkedIn-Version": "202610"}).status_code == 426
    assert statuses == [200, 200, 404]
    assert town.state.accounts[TOKEN].person == ADA
