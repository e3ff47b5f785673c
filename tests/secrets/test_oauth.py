"""Tokens that renew themselves: over HTTP, against the stand-ins' own sign-in services."""

from __future__ import annotations

import asyncio
from datetime import timedelta
from typing import Any

import pytest
from pydantic import SecretStr

from connectors.http import Bearer, Http, Limits
from domain.errors import ConfigProblem, ConnectAgain, CopsyncError, Retriable, StoreProblem
from sandbox.faults import Fault
from sync.wiring import Wiring
from tests.connectors.http.faketime import FakeTime
from tests.secrets.lodge import PATHS, Lodge


def levels(findings: Any) -> set[str]:
    return {one.level for one in findings}


async def used(oauth: Any) -> str:
    headers = await oauth.headers()
    return str(headers["Authorization"].removeprefix("Bearer "))


class Memory:
    """A place for tokens that can fail, and that says in which order things happened."""

    def __init__(self, *, broken: bool = False) -> None:
        self.kept: SecretStr | None = None
        self.broken = broken
        self.times = 0

    def recall(self) -> SecretStr | None:
        return self.kept

    def keep(self, secret: SecretStr) -> None:
        if self.broken:
            raise StoreProblem("The store failed: disk full.", mend="Free some space.")
        self.kept = secret
        self.times += 1


async def test_a_refresh_token_is_all_it_takes_and_the_next_process_goes_on_with_what_was_kept(lodge: Lodge) -> None:
    lodge.let_in()
    assert "error" not in levels(await lodge.check())
    assert "error" not in levels(await lodge.check())
    assert (lodge.service.renewals, lodge.asked()) == (1, 1)
    ((connection, name, sealed, _),) = lodge.stored()
    assert (connection, name) == (lodge.tool, "tokens")
    assert lodge.refresh
    assert lodge.refresh not in sealed
    assert "access-" not in sealed


async def test_a_refused_token_is_renewed_once_and_the_request_repeated(lodge: Lodge) -> None:
    lodge.let_in()
    await lodge.check()
    lodge.service.expire_access()
    assert "error" not in levels(await lodge.check())
    assert lodge.service.renewals == 2


async def test_a_rotated_refresh_token_goes_before_the_one_in_the_settings(lodge: Lodge) -> None:
    lodge.service.rotates = True
    lodge.let_in()
    for _ in range(3):
        assert "error" not in levels(await lodge.check())
        lodge.service.expire_access()
    assert lodge.service.renewals == 3


async def test_many_requests_at_once_wait_for_one_renewal(lodge: Lodge) -> None:
    lodge.let_in()
    path = "/users/me" if lodge.tool == "asana" else "/my/profile.json"
    oauth = lodge.oauth()
    async with Http(
        lodge.world.urls[lodge.tool],
        auth=oauth,
        limits=Limits(10_000, 1, at_once=20),
        user_agent="copsync (ops@example.org)",
    ) as http:
        await asyncio.gather(*(http.request("GET", path) for _ in range(20)))
        assert lodge.service.renewals == 1
        lodge.service.expire_access()
        await asyncio.gather(*(http.request("GET", path) for _ in range(20)))
    assert lodge.service.renewals == 2


async def test_a_token_is_renewed_before_it_ends(lodge: Lodge) -> None:
    lodge.let_in()
    fake = FakeTime()
    oauth = lodge.oauth(timing=fake.timing())
    first = await used(oauth)
    life = lodge.service.vendor.life.total_seconds()
    fake.passed += life - 301
    assert await used(oauth) == first
    fake.passed += 2
    assert await used(oauth) != first
    await oauth.aclose()


async def test_a_short_life_causes_no_storm(lodge: Lodge) -> None:
    lodge.let_in()
    lodge.service.life = timedelta(seconds=10)
    fake = FakeTime()
    oauth = lodge.oauth(timing=fake.timing())
    for _ in range(5):
        await used(oauth)
        fake.passed += 1
    assert lodge.service.renewals == 1
    fake.passed += 4
    await used(oauth)
    assert lodge.service.renewals == 2
    await oauth.aclose()


async def test_tokens_are_kept_before_they_are_used(lodge: Lodge) -> None:
    lodge.let_in()
    lodge.service.rotates = True
    memory = Memory(broken=True)
    oauth = lodge.oauth(memory)
    for _ in range(3):
        with pytest.raises(StoreProblem):
            await oauth.headers()
    assert lodge.service.renewals == 1, "what the tool gave is held on to, not asked for again"
    memory.broken = False
    token = await used(oauth)
    assert memory.kept is not None
    assert token in memory.kept.get_secret_value()
    assert (memory.times, lodge.service.renewals) == (1, 1)
    await oauth.aclose()


async def test_a_waiting_request_that_is_cancelled_loses_no_token(lodge: Lodge) -> None:
    lodge.let_in()
    lodge.service.rotates = True
    held = lodge.world.faults[lodge.tool].add(Fault("POST", PATHS[lodge.tool], "hold", processed=True))
    memory = Memory()
    oauth = lodge.oauth(memory)
    waiting = asyncio.create_task(oauth.headers())
    await asyncio.to_thread(held.reached.wait, 10)
    waiting.cancel()
    with pytest.raises(asyncio.CancelledError):
        await waiting
    held.release()
    await oauth.aclose()
    assert memory.times == 1


async def test_two_processes_that_renew_at_once_both_go_on(lodge: Lodge) -> None:
    lodge.let_in()
    lodge.service.rotates = True
    held = lodge.world.faults[lodge.tool].add(Fault("POST", PATHS[lodge.tool], "hold", processed=True))
    one, other = lodge.oauth(), lodge.oauth()
    first = asyncio.create_task(used(one))
    await asyncio.to_thread(held.reached.wait, 10)
    second = asyncio.create_task(used(other))
    await asyncio.sleep(0.3)
    held.release()
    assert await first == await second
    assert lodge.service.renewals == 1
    await one.aclose()
    await other.aclose()


async def test_another_process_has_renewed_meanwhile(lodge: Lodge) -> None:
    lodge.let_in()
    lodge.service.rotates = True
    one, other = lodge.oauth(), lodge.oauth()
    await used(one)
    lodge.service.expire_access()
    assert await one.renew()
    assert await used(other) == await used(one)
    assert lodge.service.renewals == 2
    await one.aclose()
    await other.aclose()


@pytest.mark.parametrize("rotates", [False, True])
async def test_killed_between_the_answer_and_the_keeping(lodge: Lodge, rotates: bool) -> None:
    lodge.let_in()
    lodge.service.rotates = rotates
    oauth = lodge.oauth(Memory(broken=True))
    with pytest.raises(StoreProblem):
        await oauth.headers()
    await oauth.aclose()  # and what it held is gone
    findings = await lodge.check()
    assert ("error" in levels(findings)) is rotates
    if rotates:
        assert f"copsync connect {lodge.tool}" in findings[0].mend


async def test_a_sign_in_that_ended_says_so_and_asks_no_more(lodge: Lodge) -> None:
    lodge.let_in()
    await lodge.check()
    lodge.service.revoke()
    before = lodge.asked()
    oauth = lodge.oauth()
    for _ in range(3):
        with pytest.raises(ConnectAgain, match=f"copsync connect {lodge.tool}"):
            await oauth.renew()
        with pytest.raises(ConnectAgain, match="no longer accepts"):
            await oauth.headers()
    assert lodge.asked() - before <= 3
    await oauth.aclose()
    (finding,) = await lodge.check()
    assert (finding.level, "copsync connect" in finding.mend) == ("error", True)


async def test_nobody_has_signed_in_yet(lodge: Lodge) -> None:
    (finding,) = await lodge.check()
    assert "Nobody has let copsync in" in finding.message
    assert f"copsync connect {lodge.tool}" in finding.mend
    assert lodge.asked() == 0


async def test_a_wrong_client_secret_is_named(lodge: Lodge) -> None:
    lodge.let_in()
    oauth = lodge.oauth(client_secret=SecretStr("not-the-right-one"))
    with pytest.raises(ConnectAgain, match="client_id and client_secret"):
        await oauth.headers()
    await oauth.aclose()


@pytest.mark.parametrize(
    ("fault", "error", "words"),
    [
        (Fault("POST", "oauth_token|authorization/token", "status", status=503, times=None), Retriable, "next run"),
        (Fault("POST", "oauth_token|authorization/token", "status", status=404, times=None), ConnectAgain, "token_url"),
        (Fault("POST", "oauth_token|authorization/token", "html", times=None), Retriable, "without a token"),
        (Fault("POST", "oauth_token|authorization/token", "truncated_json", times=None), Retriable, "without a token"),
    ],
    ids=lambda value: value.kind if isinstance(value, Fault) else None,
)
async def test_a_service_in_trouble(lodge: Lodge, fault: Fault, error: type[CopsyncError], words: str) -> None:
    lodge.let_in()
    lodge.world.faults[lodge.tool].add(fault)
    oauth = lodge.oauth(timing=FakeTime().timing())
    with pytest.raises(error, match=words):
        await oauth.headers()
    await oauth.aclose()


async def test_a_lost_answer_is_asked_for_again(lodge: Lodge) -> None:
    lodge.let_in()
    lodge.world.faults[lodge.tool].add(Fault("POST", PATHS[lodge.tool], "lost_answer"))
    oauth = lodge.oauth(timing=FakeTime().timing())
    assert await used(oauth)
    assert lodge.asked() == 2
    await oauth.aclose()


async def test_a_token_that_is_refused_at_once_is_not_renewed_for_ever(lodge: Lodge) -> None:
    lodge.let_in()
    every = Fault("GET", "users/me|my/profile", "status", status=401, times=None, body='{"error": "no"}')
    lodge.world.faults[lodge.tool].add(every)
    for _ in range(2):
        (finding,) = await lodge.check()
        assert finding.level == "error"
    assert lodge.service.renewals <= 3


async def test_a_new_refresh_token_in_the_settings_goes_first(lodge: Lodge) -> None:
    lodge.let_in()
    await lodge.check()
    lodge.service.revoke()
    assert "error" in levels(await lodge.check())
    lodge.let_in()
    assert "error" not in levels(await lodge.check())
    assert "error" not in levels(await lodge.check())


async def test_a_new_refresh_token_counts_at_once_even_while_the_old_sign_in_works(lodge: Lodge) -> None:
    lodge.let_in()
    await lodge.check()
    people = getattr(lodge.world, lodge.tool).tokens
    other = next(person for person in people.values() if person != lodge.person)
    lodge.refresh = lodge.service.let_in(other)
    oauth = lodge.oauth()
    assert people[await used(oauth)] == other
    await oauth.aclose()


async def test_a_new_refresh_token_that_is_refused_does_not_stop_a_sign_in_that_works(lodge: Lodge) -> None:
    lodge.let_in()
    await lodge.check()
    lodge.refresh = "refresh-that-nobody-gave"
    lodge.configure()
    assert "error" not in levels(await lodge.check())
    before = lodge.asked()
    assert "error" not in levels(await lodge.check())
    assert lodge.asked() == before


async def test_tokens_of_one_service_never_go_to_another(lodge: Lodge) -> None:
    lodge.let_in()
    await lodge.check()
    lodge.refresh = None
    for other in ({"client_id": "another"}, {"token_url": lodge.token_url + "/elsewhere"}):
        before = len(lodge.service.requests)
        oauth = lodge.oauth(**other)
        with pytest.raises(ConnectAgain, match="Nobody has let copsync in"):
            await oauth.headers()
        assert len(lodge.service.requests) == before
        await oauth.aclose()


@pytest.mark.parametrize(
    ("more", "words"),
    [
        ({"token_url": '"http://example.org/token"'}, "in the clear"),
        ({"token_url": '"ftp://example.org/token"'}, "whole address"),
        ({"client_id": ""}, "client_id"),
        ({"client_secret": ""}, "client_secret"),
        ({"client_secret": '"in-the-file"'}, "secret does not stand here"),
        ({"token": '{ env = "CLIENT_SECRET" }'}, "two ways to sign in"),
    ],
)
async def test_settings_that_cannot_be(lodge: Lodge, more: dict[str, str], words: str) -> None:
    lodge.let_in()
    lodge.configure(lodge.settings(**more))
    async with Wiring(lodge.configuration()) as wiring:
        with pytest.raises(ConfigProblem, match=words) as wrong:
            wiring.connection(lodge.tool)
    assert "copsync.toml:" in str(wrong.value)
    assert lodge.service.client_secret not in str(wrong.value)


async def test_nothing_shows_itself(lodge: Lodge) -> None:
    lodge.let_in()
    oauth = lodge.oauth()
    token = await used(oauth)
    shown = repr((oauth, oauth._tokens, oauth._sign_in, oauth._sign_in.app, Bearer(SecretStr(token))))
    for secret in (token, lodge.refresh, lodge.service.client_secret):
        assert secret
        assert secret not in shown
    await oauth.aclose()
