"""A kind from elsewhere joins the suite, passes where it keeps its promises, and is found out where it breaks one."""

from __future__ import annotations

from collections.abc import Awaitable, Callable
from pathlib import Path

import pytest

from tests.contract.channels import pigeon, test_said_once, test_trouble
from tests.contract.channels.subjects import named
from tests.contract.channels.town import Town, talking

Case = Callable[[Town], Awaitable[None]]


async def lost(town: Town) -> None:
    await test_trouble.test_h13_a_post_whose_answer_is_lost_is_not_said_twice(town, "502 after it was done")


async def limit(town: Town) -> None:
    await test_trouble.test_h29_a_limit_in_the_middle_waits_without_a_storm_and_nothing_is_doubled(town, 600)


async def ended(town: Town) -> None:
    await test_trouble.test_h30_a_sign_in_that_ends_asks_for_a_person_and_nothing_is_half_said(town, 1)


async def refused(town: Town) -> None:
    await test_trouble.test_h28_one_that_is_refused_is_set_aside_and_the_others_go_on(town, 422)


meddled: Case = test_trouble.test_h06_what_a_person_wrote_into_a_message_is_not_overwritten
changed: Case = test_said_once.test_a_change_edits_the_message_or_follows_up_once
removed: Case = test_trouble.test_what_a_person_took_away_is_not_put_back
CASES = {one.__name__: one for one in (lost, limit, ended, refused, meddled, changed, removed)}


async def run(folder: Path, case: Case) -> None:
    with talking(folder, pigeon.loft) as town:
        await town.say()
        await case(town)


def test_it_joins_by_name() -> None:
    (found,) = named("tests.contract.channels.pigeon:loft")
    assert found is pigeon.loft


@pytest.mark.parametrize("name", list(CASES))
async def test_it_passes_where_it_keeps_its_promises(tmp_path: Path, name: str) -> None:
    await run(tmp_path, CASES[name])


@pytest.mark.parametrize(
    ("broken", "case"),
    [("repeats", lost), ("forgets", lost), ("takes an unclear post for none", lost), ("overwrites", meddled)],
)
async def test_the_suite_finds_out_what_breaks_a_promise(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, broken: str, case: Case
) -> None:
    monkeypatch.setattr(pigeon, "BROKEN", {broken})
    with pytest.raises(AssertionError):
        await run(tmp_path, case)
