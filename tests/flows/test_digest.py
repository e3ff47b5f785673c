"""The flow of the weekly digest: what it does, how it ends. test_system_channels.py runs it on a real server."""

from __future__ import annotations

import logging
from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import pytest

from flows.requests import DigestRequest
from tests.web.place import COMMUNITY, Place, place

MONDAY = datetime(2026, 11, 30, 7, 0, tzinfo=UTC)  # 08:00 in Berlin
CHANNEL = '[[communities.channels]]\nid = "intranet"\nkind = "folder"\nfolder = "out"\n'
HOUR = timedelta(hours=1)


@pytest.fixture
def here(tmp_path: Path) -> Iterator[Place]:
    with place(tmp_path, community=CHANNEL) as made:
        (tmp_path / "out").mkdir()
        made.event("Meetup", MONDAY + 30 * HOUR, MONDAY + 31 * HOUR)
        yield made


class Stage:
    """The flow without a server; artifacts are kept."""

    def __init__(self, monkeypatch: pytest.MonkeyPatch, here: Place) -> None:
        self.rows: list[dict[str, Any]] = []
        self.folder = here.folder
        self.now = MONDAY
        monkeypatch.setattr("flows.digest.get_run_logger", lambda: logging.getLogger("flows.digest"))
        monkeypatch.setattr("flows.digest.acreate_table_artifact", self._keep)
        monkeypatch.setattr("flows.digest._now", lambda: self.now)
        monkeypatch.setattr("flows.digest.PATIENCE", timedelta())

    async def _keep(self, rows: list[dict[str, Any]], **_: object) -> None:
        self.rows = rows

    async def run(self, at: datetime, **more: str) -> tuple[str, str]:
        from flows.digest import weekly_digest

        self.now = at
        request = DigestRequest(config=str(self.folder / "copsync.toml"), **more)
        state = await weekly_digest.fn(request)
        return str(state.name), str(state.message)

    @property
    def files(self) -> list[str]:
        return sorted(one.name for one in (self.folder / "out").iterdir())


@pytest.fixture
def stage(monkeypatch: pytest.MonkeyPatch, here: Place) -> Stage:
    return Stage(monkeypatch, here)


async def test_a_second_run_on_the_same_day_says_nothing_twice(stage: Stage) -> None:
    assert await stage.run(MONDAY - HOUR) == ("Completed", "0 messages")
    assert await stage.run(MONDAY) == ("Completed", "1 messages")
    for hours in (0, 1, 8):
        assert await stage.run(MONDAY + hours * HOUR) == ("Completed", "0 messages")
    assert len(stage.files) == 1
    assert [(row["community"], row["channel"], row["said"]) for row in stage.rows] == [(COMMUNITY, "intranet", 0)]


async def test_a_sync_that_holds_the_community_only_delays_it(stage: Stage, here: Place) -> None:
    await stage.run(MONDAY - HOUR)
    lease = here.store.acquire(COMMUNITY, "a sync", MONDAY)
    name, message = await stage.run(MONDAY)
    assert name == "SkippedLocked"
    assert "a sync" in message
    here.store.release(lease)
    assert await stage.run(MONDAY + HOUR) == ("Completed", "1 messages")


async def test_a_channel_that_fails_is_told_and_made_up_for(stage: Stage) -> None:
    await stage.run(MONDAY - HOUR)
    (stage.folder / "out").rmdir()
    name, message = await stage.run(MONDAY)
    assert name == "CompletedWithFailures"
    assert "cannot be written" in message
    (stage.folder / "out").mkdir()
    assert await stage.run(MONDAY + HOUR) == ("Completed", "1 messages")


async def test_only_the_communities_that_are_meant(stage: Stage) -> None:
    assert await stage.run(MONDAY, time_zone="Asia/Tokyo") == ("Completed", "0 messages")
    assert stage.rows == []
    name, message = await stage.run(MONDAY, community="other")
    assert name == "Failed"
    assert "no community" in message
