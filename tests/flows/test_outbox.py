"""How the flow of the outbox ends and what it reports; test_system_channels.py runs it on a real server."""

from __future__ import annotations

import logging
from collections.abc import Iterator
from datetime import UTC, datetime
from pathlib import Path

import pytest

from flows.requests import OutboxRequest
from tests.sync.outbox.bench import Bench, bench


@pytest.fixture
def here(tmp_path: Path) -> Iterator[Bench]:
    with bench(tmp_path) as made:
        made.now = datetime.now(UTC)
        yield made


@pytest.fixture
def reports(monkeypatch: pytest.MonkeyPatch) -> list[str]:
    told: list[str] = []

    async def keep(markdown: str, **_: object) -> None:
        told.append(markdown)

    monkeypatch.setattr("flows.outbox.acreate_markdown_artifact", keep)
    monkeypatch.setattr("flows.outbox.get_run_logger", lambda: logging.getLogger("test"))
    return told


async def test_it_asks_for_a_person_while_texts_wait_and_is_done_when_they_are_posted(
    here: Bench, reports: list[str]
) -> None:
    from flows.outbox import tend

    request = OutboxRequest(config=str(here.folder / "copsync.toml"))
    item = here.hand_out(here.put())
    for _ in range(2):  # twice a day is as once
        state = await tend.fn(request)
        assert (state.name, state.message) == ("NeedsPerson", "1 waiting for a moderator, 0 confirmed, 0 expired.")
    assert "| data-practice | linkedin | 1 | 0 | 0 |" in reports[0]
    here.claim(item, here.posted(item))
    assert (await tend.fn(request)).name == "Completed"
    assert "| data-practice | linkedin | 0 | 1 | 0 |" in reports[-1]


async def test_other_zones_and_bad_settings(here: Bench, reports: list[str], tmp_path: Path) -> None:
    from flows.outbox import tend

    path = str(here.folder / "copsync.toml")
    here.put()
    elsewhere = await tend.fn(OutboxRequest(config=path, time_zone="Asia/Tokyo"))
    assert elsewhere.message == "No LinkedIn group is configured."
    assert (await tend.fn(OutboxRequest(config=str(tmp_path / "none.toml")))).name == "Failed"
    text = (here.folder / "copsync.toml").read_text().replace("group = 8472911", 'group = "x"')
    (here.folder / "copsync.toml").write_text(text)
    wrong = await tend.fn(OutboxRequest(config=path))
    assert (wrong.name, "the number that stands in the group's address" in str(wrong.message)) == ("Failed", True)
