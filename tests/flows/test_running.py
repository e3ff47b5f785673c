"""The path from a request to a run, without Prefect."""

from __future__ import annotations

from collections.abc import Awaitable, Callable
from pathlib import Path
from typing import TypeVar

import pytest
from pydantic import ValidationError

from connectors.memory.tool import TOOLS, MemoryTool
from domain.errors import ConfigProblem
from domain.fields import RecordType
from flows.requests import NightlyRequest, SyncRequest, configuration_of
from flows.running import Lines, bring_into_step, store_of

T = TypeVar("T")

CONFIG = """\
[connections.a]
tool = "memory"
base_url = "memory://flows-a"
[connections.b]
tool = "memory"
base_url = "memory://flows-b"
[[communities]]
id = "data-practice"
time_zone = "Europe/Berlin"
spaces = [{ name = "a", connection = "a" }, { name = "b", connection = "b" }]
"""


@pytest.fixture
def config(tmp_path: Path) -> str:
    file = tmp_path / "copsync.toml"
    file.write_text(CONFIG)
    return str(file)


@pytest.mark.parametrize(
    "wrong", [{}, {"community": ""}, {"community": "a", "ful": True}, {"community": "a", "full": []}]
)
def test_a_request_with_anything_unknown_or_missing_is_refused(wrong: dict[str, object]) -> None:
    with pytest.raises(ValidationError):
        SyncRequest.model_validate(wrong)


def test_the_night_has_bounds() -> None:
    assert NightlyRequest().at_once == 4
    with pytest.raises(ValidationError):
        NightlyRequest(at_once=0)


def test_the_configuration_is_named_by_the_request_before_the_environment(config: str, tmp_path: Path) -> None:
    other = tmp_path / "other.toml"
    other.write_text(CONFIG)
    assert configuration_of(config, {"COPSYNC_CONFIG": str(other)}).path == Path(config)
    assert configuration_of(None, {"COPSYNC_CONFIG": str(other)}).path == other


def test_a_missing_configuration_names_the_mend(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(tmp_path)
    with pytest.raises(ConfigProblem, match="Set COPSYNC_CONFIG to its absolute path") as caught:
        configuration_of(None, {})
    assert str(tmp_path / "copsync.toml") in str(caught.value)


async def test_every_stage_of_a_run_goes_through_the_hook_in_order(
    config: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    stages: list[str] = []

    async def noting(name: str, work: Callable[[], Awaitable[T]]) -> T:
        stages.append(name)
        return await work()

    tools = {name: MemoryTool() for name in ("memory://flows-a", "memory://flows-b")}
    for name, tool in tools.items():
        monkeypatch.setitem(TOOLS, name, tool)
    tools["memory://flows-a"].create(RecordType.TASK, {"title": "Plan", "state": "open", "kind": "task"})
    lines: list[str] = []
    configuration = configuration_of(config)
    with store_of(configuration) as store:
        report = await bring_into_step(
            configuration, store, "data-practice", full=False, say=lines.append, stage=noting
        )
    assert stages == ["recover", "observe", "plan", "take in", "apply"]
    assert report.spaces["b"].created == 1
    assert [fields["title"] for fields in tools["memory://flows-b"].fields().values()] == ["Plan"]
    assert "data-practice: reading a, 1" in lines


async def test_an_unknown_community_names_the_known_ones(config: str) -> None:
    configuration = configuration_of(config)
    with store_of(configuration) as store, pytest.raises(ConfigProblem, match="Use one of: data-practice"):
        await bring_into_step(configuration, store, "nobody", full=False, say=print)


def test_progress_is_said_at_first_then_seldom_and_at_the_end() -> None:
    lines: list[str] = []
    moment = 0.0
    progress = Lines(lines.append, "data-practice", clock=lambda: moment)
    for moment in range(25):
        progress("reading", "asana", moment + 1, 25)
        progress("reading", "basecamp", moment + 1, None)
    assert lines == [
        "data-practice: reading asana, 1 of 25",
        "data-practice: reading basecamp, 1",
        "data-practice: reading asana, 11 of 25",
        "data-practice: reading basecamp, 11",
        "data-practice: reading asana, 21 of 25",
        "data-practice: reading basecamp, 21",
        "data-practice: reading asana, 25 of 25",
    ]
