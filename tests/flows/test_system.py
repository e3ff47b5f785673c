"""Everything real: Prefect's server, the deployments as shipped, a process worker, and the stand-ins of the tools."""

from __future__ import annotations

from pathlib import Path

import pytest

from sandbox.world import World
from tests.flows.server import Json, Server, eventually

BROKEN = """
# A community whose secret nobody has set.
[connections.nobody]
tool = "asana"
token = { env = "COPSYNC_TEST_UNSET" }
[[communities]]
id = "Broken.One"
time_zone = "Europe/Berlin"
spaces = [{ name = "asana", connection = "nobody", project = "1" }]
"""


@pytest.mark.prefect
@pytest.mark.timeout(400)
def test_the_shipped_deployments_bring_a_community_into_step(deployed: Server, tmp_path: Path) -> None:
    elsewhere = tmp_path / "elsewhere"
    elsewhere.mkdir()
    server = deployed
    with World.start() as world:
        config = tmp_path / "copsync.toml"
        config.write_text(world.config_toml("sqlite:///copsync.db") + BROKEN)
        env = {**world.env(), "COPSYNC_CONFIG": str(config)}
        some_list = world.community.lists[0]
        world.asana_create("luca", section=some_list, name="Written in Asana before the first night")
        night = server.run("nightly/nightly", {}, env, elsewhere)
        _check_night(server, night)
        assert world.basecamp_todo("Written in Asana before the first night")
        world.asana_create("luca", section=some_list, name="Written in Asana by day")
        by_hand = {"request": {"community": "data-practice"}}
        day = server.run("sync-community/sync-community", by_hand, env, elsewhere)
        _check_day(server, day)
        assert world.basecamp_todo("Written in Asana by day")


def _check_night(server: Server, night: Json) -> None:
    """One community failed, the other went through all the same."""
    assert night["state_name"] == "Failed", night["state"]
    assert night["state"]["message"] == "1 failed (Broken.One); 1 waiting for a person (data-practice)"
    assert night["name"].startswith("nightly-20")
    good, broken = server.artifact("nightly-report")
    assert (good["community"], good["outcome"]) == ("data-practice", "NeedsPerson")
    assert good["created"] > 50
    assert (broken["community"], broken["outcome"]) == ("Broken.One", "Failed")
    assert "COPSYNC_TEST_UNSET is not set" in broken["message"]
    assert "Is this the same work?" in server.artifact("waiting-data-practice")


def _check_day(server: Server, day: Json) -> None:
    """Only what was new is written, and every stage is seen as a task."""
    assert (day["name"], day["state_name"]) == ("sync-data-practice", "NeedsPerson"), day["state"]
    rows = {row["space"]: row for row in server.artifact("sync-report-data-practice")}
    assert {name: (row["state"], row["created"]) for name, row in rows.items()} == {
        "asana": ("ok", 0),
        "basecamp": ("ok", 1),
        "calendar": ("ok", 0),
    }
    stages = ("recover", "observe", "plan", "take in", "apply")
    expected = {f"{stage} data-practice": "Completed" for stage in stages}
    eventually(lambda: server.task_runs(day) == expected, f"task runs {expected}")
    lines = server.post("/logs/filter", {"logs": {"flow_run_id": {"any_": [day["id"]]}}})
    assert any("data-practice: reading asana" in line["message"] for line in lines)
