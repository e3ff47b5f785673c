"""When a fixed Basecamp token stops, where that can be known."""

from __future__ import annotations

from datetime import timedelta
from pathlib import Path

import pytest

from connectors.contract import Finding
from sandbox.faults import Fault
from sandbox.world import World
from store.vault import new_key
from sync.wiring import Wiring
from tests.secrets.lodge import Lodge


@pytest.fixture
def fixed(world: World, tmp_path: Path) -> Lodge:
    """A connection with a fixed token that Launchpad gave."""
    lodge = Lodge(world, tmp_path, "basecamp", new_key())
    token(lodge, lodge.service.give(lodge.person))
    world.sign_in["basecamp"].requests.clear()
    return lodge


def token(lodge: Lodge, value: str, **more: str) -> None:
    with_token = {"client_id": "", "client_secret": "", "authorize_url": "", "token": '{ env = "TOKEN" }'}
    lodge.configure(lodge.settings(**{**with_token, **more}))
    with (lodge.folder / ".env").open("a") as env:
        env.write(f"TOKEN={value}\n")


async def warnings(lodge: Lodge) -> list[Finding]:
    async with Wiring(lodge.configuration()) as wiring:
        found = await wiring.connection("basecamp").check()
    assert "error" not in {one.level for one in found}, found
    return [one for one in found if "stops" in one.message]


@pytest.mark.parametrize(
    ("life", "words"),
    [(None, "in 13 days"), (timedelta(hours=30), "in a day"), (timedelta(hours=3), "in less than a day")],
)
async def test_it_is_said(fixed: Lodge, life: timedelta | None, words: str) -> None:
    token(fixed, fixed.service.give(fixed.person, life))
    (warning,) = await warnings(fixed)
    assert words in warning.message
    assert "copsync connect basecamp" in warning.mend


async def test_a_token_that_launchpad_did_not_give(fixed: Lodge) -> None:
    token(fixed, fixed.world.token("basecamp", None))
    assert await warnings(fixed) == []
    assert [path for _, path, _ in fixed.service.requests] == ["/authorization.json"]


async def test_nobody_is_asked_who_did_not_give_it(fixed: Lodge) -> None:
    token(fixed, fixed.service.give(fixed.person), token_url="")
    assert await warnings(fixed) == []
    assert fixed.service.requests == []


@pytest.mark.parametrize("kind", ["html", "truncated_json", "lost_answer", "status"])
async def test_a_service_in_trouble_is_no_finding(fixed: Lodge, kind: str) -> None:
    fixed.world.faults["basecamp"].add(Fault("GET", "authorization.json", kind, times=None))  # type: ignore[arg-type]
    assert await warnings(fixed) == []
    fixed.world.faults["basecamp"].clear()
