"""Prefect in a home of its own: nothing is read from, or written to, the home of whoever runs the tests."""

from __future__ import annotations

from collections.abc import Iterator

import pytest

from tests.flows.server import Json, Server, eventually, running

SCHEDULED = {
    "nightly/nightly": "Europe/Berlin",
    "weekly-digest/weekly-digest": "Europe/Berlin",
    "outbox/outbox": "Europe/Berlin",
}
"""The deployments that we ship with a schedule, and on whose clocks."""


@pytest.fixture(scope="session", autouse=True)
def prefect_home(tmp_path_factory: pytest.TempPathFactory) -> Iterator[None]:
    """Set before anything imports prefect, which reads its settings while it is imported."""
    with pytest.MonkeyPatch.context() as patch:
        patch.setenv("PREFECT_HOME", str(tmp_path_factory.mktemp("prefect-home")))
        patch.setenv("DO_NOT_TRACK", "1")
        # A test that needs a server but has none fails at once, instead of starting one in the background.
        patch.setenv("PREFECT_SERVER_EPHEMERAL_ENABLED", "false")
        patch.setenv("PREFECT_SERVER_ANALYTICS_ENABLED", "false")
        for name in ("PREFECT_API_URL", "PREFECT_API_KEY", "PREFECT_PROFILE", "COPSYNC_CONFIG"):
            patch.delenv(name, raising=False)
        yield


@pytest.fixture(scope="session")
def deployed(tmp_path_factory: pytest.TempPathFactory, prefect_home: None) -> Iterator[Server]:
    """A real server with the deployments that we ship; one for all tests, for it takes long to start."""
    with running(tmp_path_factory.mktemp("prefect-server")) as server:
        server.command("work-pool", "create", "copsync-process", "--type", "process")
        server.command("deploy", "--all", "--prefect-file", "deployments/prefect.yaml")
        server.command("automation", "create", "--from-file", "deployments/automations/zombies.yaml")
        for name, zone in SCHEDULED.items():
            _rest(server, name, zone)
        yield server


def _rest(server: Server, name: str, zone: str) -> None:
    """See that a schedule plans runs on its clocks, and pause it: a worker shall find only what a test ordered."""
    found = server.http.get(f"/deployments/name/{name}").raise_for_status().json()
    assert [one["schedule"]["timezone"] for one in found["schedules"]] == [zone]
    planned = eventually(lambda: _planned(server, found), f"runs of {name} planned by the schedule")
    assert all(run["auto_scheduled"] for run in planned)
    server.http.patch(f"/deployments/{found['id']}", json={"paused": True}).raise_for_status()
    assert not _planned(server, found)


def _planned(server: Server, deployment: Json) -> list[Json]:
    query = {"deployments": {"id": {"any_": [deployment["id"]]}}}
    found: list[Json] = server.post("/flow_runs/filter", query)
    return found
