"""How the night keeps communities apart. The tasks themselves run on a real server in test_system.py."""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Callable
from pathlib import Path
from typing import Any

import pytest

from config.loader import Configuration, load
from domain.errors import ConfigProblem, StoreProblem
from flows.running import store_of
from flows.verdict import Ending, Verdict
from sync.report import Report
from tests.flows.reports import report

COMMUNITY = '[[communities]]\nid = "c{number}"\ntime_zone = "{zone}"\n'


class _Trial:
    """A night whose tasks run without Prefect and whose communities do what a test wants."""

    def __init__(self, monkeypatch: pytest.MonkeyPatch, sync: Callable[[str], Awaitable[Report]]) -> None:
        self.sync, self.published = sync, list[str]()
        monkeypatch.setattr("flows.nightly._sync_one", self._as_task)
        monkeypatch.setattr("flows.nightly.bring_into_step", self._bring_into_step)
        monkeypatch.setattr("flows.nightly.publish", self._publish)

    async def _as_task(self, community: str, work: Callable[[], Awaitable[Verdict]], *, return_state: bool) -> Any:
        from flows.showing import state_of

        del community, return_state
        try:
            verdict = await work()
        except RuntimeError as unexpected:
            return state_of(Ending.FAILED, f"Task run encountered an exception {unexpected}")
        return state_of(verdict.ending, verdict.message)

    async def _bring_into_step(self, _configuration: object, _store: object, community: str, **_: object) -> Report:
        return await self.sync(community)

    async def _publish(self, made: Report) -> None:
        self.published.append(made.community)


def _configuration(folder: Path, *zones: str) -> Configuration:
    file = folder / "copsync.toml"
    file.write_text("".join(COMMUNITY.format(number=number, zone=zone) for number, zone in enumerate(zones)))
    return load(file)


async def _night(configuration: Configuration, at_once: int) -> list[Verdict]:
    from flows.nightly import _Night

    with store_of(configuration) as store:
        night = _Night(configuration, store, asyncio.Semaphore(at_once), str)
        return await night.sync_all(configuration.settings.communities)


async def test_no_more_communities_at_once_than_asked(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    running: set[str] = set()
    seen: list[int] = []

    async def sync(community: str) -> Report:
        running.add(community)
        for _ in range(5):
            await asyncio.sleep(0)
        seen.append(len(running))
        running.remove(community)
        return report(community=community)

    trial = _Trial(monkeypatch, sync)
    verdicts = await _night(_configuration(tmp_path, *["Europe/Berlin"] * 10), at_once=4)
    assert max(seen) == 4
    assert [verdict.community for verdict in verdicts] == [f"c{number}" for number in range(10)]
    assert sorted(trial.published) == [f"c{number}" for number in range(10)]


async def test_neither_a_known_nor_an_unknown_failure_stops_the_others(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    async def sync(community: str) -> Report:
        if community == "c0":
            raise StoreProblem("The disk is full.", mend="Make room.")
        if community == "c1":
            raise RuntimeError("a defect")
        return report(community=community)

    trial = _Trial(monkeypatch, sync)
    verdicts = await _night(_configuration(tmp_path, *["Europe/Berlin"] * 3), at_once=1)
    assert [verdict.ending for verdict in verdicts] == [Ending.FAILED, Ending.FAILED, Ending.IN_STEP]
    assert verdicts[0].message == "The disk is full. Make room."
    assert verdicts[1].message.endswith("a defect")
    assert trial.published == ["c2"]


def test_a_night_takes_the_communities_of_its_time_zone(tmp_path: Path) -> None:
    from flows.nightly import _chosen

    configuration = _configuration(tmp_path, "Europe/Berlin", "Asia/Tokyo", "Europe/Berlin")
    assert [one.id for one in _chosen(configuration, None)] == ["c0", "c1", "c2"]
    assert [one.id for one in _chosen(configuration, "Asia/Tokyo")] == ["c1"]
    with pytest.raises(ConfigProblem, match="No community has the time zone Europe/Paris"):
        _chosen(configuration, "Europe/Paris")
