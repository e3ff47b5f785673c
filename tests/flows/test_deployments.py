"""What stands in deployments/ can be deployed: entrypoints load, parameters fit, schedules and automations parse."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest
import yaml
from dotenv import dotenv_values

from config.loader import load
from flows.deploy import ENVIRONMENT, POOL, main, prefect_yaml

ROOT = Path(__file__).resolve().parents[2]
HERE = ROOT / "deployments"
EXAMPLE = ROOT / "config" / "examples" / "copsync.toml"
Json = dict[str, Any]

TWO_ZONES = """\
[[communities]]
id = "data-practice"
time_zone = "Europe/Berlin"
[[communities]]
id = "Data.Ethics"
time_zone = "Europe/Berlin"
[[communities]]
id = "night-owls"
time_zone = "America/Sao_Paulo"
"""


def _shipped() -> Json:
    document: Json = yaml.safe_load((HERE / "prefect.yaml").read_text())
    return document


def _generated(folder: Path, text: str = TWO_ZONES) -> Json:
    file = folder / "copsync.toml"
    file.write_text(text)
    document: Json = yaml.safe_load(prefect_yaml(load(file)))
    return document


@pytest.fixture(params=["shipped", "generated"])
def document(request: pytest.FixtureRequest, tmp_path: Path) -> Json:
    return _shipped() if request.param == "shipped" else _generated(tmp_path)


def test_every_entrypoint_loads_and_takes_its_parameters(document: Json) -> None:
    from prefect.flows import Flow, load_flow_from_entrypoint

    for deployment in document["deployments"]:
        flow: Flow[..., Any] = load_flow_from_entrypoint(deployment["entrypoint"], use_placeholder_flow=False)
        assert flow.name in ("nightly", "outbox", "sync-community", "weekly-digest")
        if deployment.get("parameters") is not None:
            flow.validate_parameters(deployment["parameters"])


def test_code_is_not_taken_from_the_folder_of_whoever_deploys(document: Json) -> None:
    assert document["pull"] == []
    assert all("pull" not in deployment for deployment in document["deployments"])


def test_every_schedule_has_slug_and_time_zone_and_a_cron_that_parses(document: Json) -> None:
    from prefect.client.schemas.schedules import CronSchedule

    schedules = [one for deployment in document["deployments"] for one in deployment.get("schedules", ())]
    assert schedules
    for schedule in schedules:
        parsed = CronSchedule(cron=schedule["cron"], timezone=schedule["timezone"])
        assert (parsed.cron, parsed.timezone) == (schedule["cron"], schedule["timezone"])
        if schedule["slug"] == "nightly":
            assert parsed.cron == "30 3 * * *"


def test_a_digest_is_sent_at_its_time_and_single_messages_are_looked_for_every_hour(tmp_path: Path) -> None:
    channels = """
[[communities.channels]]
id = "a"
kind = "folder"
digest = "friday 16:05"
[[communities.channels]]
id = "b"
kind = "folder"
time_zone = "Asia/Tokyo"
wants = ["digest", "gatherings"]
"""
    (found,) = (one for one in _generated(tmp_path, TWO_ZONES + channels)["deployments"] if "digest" in one["name"])
    assert (found["name"], found["parameters"]) == ("night-owls-digest", {"request": {"community": "night-owls"}})
    assert [(one["cron"], one["timezone"]) for one in found["schedules"]] == [
        ("5 16 * * fri", "America/Sao_Paulo"),
        ("0 8 * * mon", "Asia/Tokyo"),
        ("10 * * * *", "Asia/Tokyo"),
    ]


def test_every_deployment_runs_once_at_a_time_in_our_pool(document: Json) -> None:
    for deployment in document["deployments"]:
        limit = {"limit": 1, "collision_strategy": "ENQUEUE", "grace_period_seconds": 120}
        assert deployment["concurrency_limit"] == limit
        assert deployment["work_pool"] == {"name": POOL, "job_variables": {"env": ENVIRONMENT}}


def test_the_generator_writes_the_nightly_deployment_that_we_ship() -> None:
    generated = yaml.safe_load(prefect_yaml(load(EXAMPLE)))["deployments"]
    assert generated[0] == _shipped()["deployments"][0]


def test_every_community_gets_a_deployment_and_every_time_zone_a_night(tmp_path: Path) -> None:
    deployments = _generated(tmp_path)["deployments"]
    assert [one["name"] for one in deployments] == [
        "nightly-europe-berlin",
        "nightly-america-sao_paulo",
        "data-practice",
        "Data.Ethics",
        "night-owls",
    ]
    assert [one["schedules"][0]["timezone"] for one in deployments[:2]] == ["Europe/Berlin", "America/Sao_Paulo"]
    assert deployments[1]["parameters"] == {"request": {"time_zone": "America/Sao_Paulo"}}
    assert deployments[3]["parameters"]["request"] == {"community": "Data.Ethics", "full": False}


def test_the_generator_prints_the_file_or_the_mend(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["--config", str(EXAMPLE)]) == 0
    assert yaml.safe_load(capsys.readouterr().out)["name"] == "copsync"
    empty = tmp_path / "copsync.toml"
    empty.write_text("")
    assert main(["--config", str(empty)]) == 2
    assert "`copsync init` shows one" in capsys.readouterr().err


def test_the_zombie_automation_parses_and_fits_the_heartbeat_and_the_flows() -> None:
    from prefect.events.schemas.automations import AutomationCore

    from flows.digest import weekly_digest
    from flows.nightly import nightly
    from flows.sync import sync_community

    [written] = yaml.safe_load((HERE / "automations" / "zombies.yaml").read_text())["automations"]
    automation = AutomationCore.model_validate(written)
    assert automation.actions[0].type == "change-flow-run-state"
    assert written["trigger"]["within"] == 3 * int(ENVIRONMENT["PREFECT_FLOWS_HEARTBEAT_FREQUENCY"])
    assert written["trigger"]["match_related"]["prefect.resource.name"] == [
        nightly.name,
        sync_community.name,
        weekly_digest.name,
    ]
    assert written["trigger"]["expect"] == ["prefect.flow-run.*"]


@pytest.mark.parametrize("name", ["server.env", "worker.env"])
def test_every_setting_is_one_that_prefect_knows(name: str) -> None:
    from prefect.settings import Settings
    from prefect.settings.legacy import _get_valid_setting_names

    known = _get_valid_setting_names(Settings)
    written = {**dotenv_values(HERE / name), **ENVIRONMENT}
    assert {one for one in written if one.startswith("PREFECT_")} <= known
    assert all(written.values())


def test_compose_and_units_name_files_and_a_pool_that_exist() -> None:
    compose = yaml.safe_load((HERE / "compose.yaml").read_text())
    ours = {path.name for path in HERE.iterdir()}
    written_by_the_admin = {"secrets.env", "server-secrets.env", "database.env"}
    for service in compose["services"].values():
        assert set(service.get("env_file", ())) <= ours | written_by_the_admin
    assert POOL in compose["services"]["worker"]["command"]
    assert f"work-pool create {POOL} " in compose["services"]["deploy"]["command"]
    worker = (HERE / "systemd" / "copsync-prefect-worker.service").read_text()
    assert f"--pool {POOL} " in worker
    for unit in (HERE / "systemd").glob("*.service"):
        for line in unit.read_text().splitlines():
            if line.startswith("EnvironmentFile=/opt/copsync/"):
                assert (ROOT / line.removeprefix("EnvironmentFile=/opt/copsync/")).is_file()


def test_outboxes_are_looked_after_where_a_group_is_posted_in_by_hand(tmp_path: Path) -> None:
    group = '[[communities.channels]]\nid = "linkedin"\nkind = "linkedin-group"\ngroup = "1"\n'
    found = [one for one in _generated(tmp_path, TWO_ZONES + group)["deployments"] if "outbox" in one["entrypoint"]]
    assert [one["name"] for one in found] == ["outbox"]
    assert found[0]["schedules"][0]["timezone"] == "America/Sao_Paulo"
    assert not [one for one in _generated(tmp_path)["deployments"] if "outbox" in one["entrypoint"]]
