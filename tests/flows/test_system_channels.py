"""Digest and outbox on a real Prefect server: said once, also when the worker is killed with the answer under way."""

from __future__ import annotations

import os
import signal
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from pathlib import Path
from zoneinfo import ZoneInfo

import pytest

from config.loader import Configuration
from domain.announcements.message import MessageState
from sandbox.faults import Fault
from store import messages
from store.vault import new_key
from sync.announce.announce import announce
from sync.keeper import Keepers
from sync.outbox.desk import items
from sync.wiring import Wiring
from tests.connectors.microsoft365.teams.conftest import Tenant, renting
from tests.flows.server import Json, Server, eventually
from tests.sync.outbox.bench import Bench, bench
from tests.web.place import COMMUNITY, Place, place

BERLIN = ZoneInfo("Europe/Berlin")
KEY = 'key = { env = "COPSYNC_KEY" }'


@dataclass
class Offices:
    """Two communities whose channel in Teams is the same: one says its digest there, one reminds its moderators."""

    tenant: Tenant
    digest: Place
    outbox: Bench

    def orders(self) -> list[tuple[str, Json, dict[str, str]]]:
        return [
            ("weekly-digest/weekly-digest", {"request": {"community": COMMUNITY}}, self._env(self.digest.folder)),
            ("outbox/outbox", {}, self._env(self.outbox.folder)),
        ]

    def _env(self, folder: Path) -> dict[str, str]:
        return {"COPSYNC_CONFIG": str(folder / "copsync.toml"), "COPSYNC_KEY": os.environ["COPSYNC_KEY"]}

    def said(self) -> list[str]:
        return sorted(str(one.summary) for one in self.tenant.channel.messages)

    def states(self) -> list[MessageState]:
        with self.digest.store.reading() as connection:
            found = messages.of_channel(connection, COMMUNITY, "teams")
        return [one.state for one in found if one.thing.startswith("digest:")]


def _channel(tenant: Tenant, name: str, more: str) -> str:
    return (
        f'[[communities.channels]]\nid = "{name}"\nkind = "teams-channel"\nconnection = "m365-user"\n'
        f'team = "{tenant.team.id}"\nchannel = "{tenant.channel.id}"\n{more}\n'
    )


def _connection(tenant: Tenant) -> str:
    return (
        f'[connections.m365-user]\ntool = "microsoft365"\nbase_url = "{tenant.urls["graph"]}"\nservice_user = true\n'
        f'tenant = "{tenant.entra.tenant}"\nclient_id = "{tenant.entra.client_id}"\n'
        f'authority = "{tenant.urls["entra"].rstrip("/")}"\n'
    )


def _sign_in(tenant: Tenant, configuration: Configuration) -> None:
    tenant.sign_in()
    assert tenant.drawer.kept is not None
    keepers = Keepers(configuration)
    keepers.of("m365-user").keep(tenant.drawer.kept)
    keepers.close()


@contextmanager
def offices(folder: Path) -> Iterator[Offices]:
    """Set both up; the digest of the first was due an hour ago, and its channel was connected before."""
    now = datetime.now(UTC)
    due, night = (now - timedelta(hours=1)).astimezone(BERLIN), (now + timedelta(hours=6)).astimezone(BERLIN)
    quiet = f"{night:%H:%M}-{night + timedelta(minutes=1):%H:%M}"
    wants = f'wants = ["digest"]\ndigest = "{due:%A %H:%M}"\nquiet = "{quiet}"'.replace(
        f"{due:%A}", f"{due:%A}".lower()
    )
    with renting(lambda: datetime.now(UTC)) as tenant:
        talks = _channel(tenant, "teams", wants) + _connection(tenant)
        reminds = 'remind = "teams"\n' + _channel(tenant, "teams", 'wants = ["thanks"]')
        with (
            place(folder / "digest", more=KEY, community=talks) as here,
            bench(folder / "outbox", channel=reminds, more=f"{KEY}\n{_connection(tenant)}") as there,
        ):
            for configuration in (here.configuration, there.configuration):
                _sign_in(tenant, configuration)
            here.now, there.now = now - timedelta(hours=3), now - timedelta(hours=3)
            here.event("Meetup", now + timedelta(days=3), now + timedelta(days=3, hours=1))
            there.put("A talk")
            yield Offices(tenant, here, there)


async def connected(here: Place) -> None:
    """Look after the channel for the first time, three hours ago."""
    async with Wiring(here.configuration) as wiring:
        found = await announce(
            here.configuration, here.settings, wiring.channels(here.settings), here.store, lambda: here.now
        )
    assert found.said == []


@pytest.mark.prefect
@pytest.mark.timeout(400)
async def test_h13_h26_the_digest_and_a_reminder_are_said_once_also_when_their_worker_is_killed(
    deployed: Server, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("COPSYNC_KEY", new_key().get_secret_value())
    with offices(tmp_path) as both:
        await connected(both.digest)
        killed = _kill_between_post_and_record(deployed, both, tmp_path)
        once = both.said()
        assert once == ["1 text waits for the LinkedIn group", "Data Practice: the week"]
        assert both.states() == [MessageState.SENDING]
        for run in killed:  # as the automation against zombies does, some minutes later
            deployed.post(f"/flow_runs/{run['id']}/set_state", {"state": {"type": "CRASHED", "name": "Crashed"}})
        for names in (["Completed", "NeedsPerson"], ["Completed", "NeedsPerson"]):
            runs = [deployed.order(*order) for order in both.orders()]
            assert deployed.worker(tmp_path).wait(150) == 0
            assert [deployed.ended(run)["state_name"] for run in runs] == names
            assert both.said() == once
            assert both.states() == [MessageState.SENT]
        assert deployed.artifact("announcements")[0]["said"] == 0
        assert "| data-practice | linkedin | 1 | 0 | 0 |" in deployed.artifact("outbox-report")
        assert len(items(both.outbox.store, both.outbox.place)) == 1


def _kill_between_post_and_record(server: Server, both: Offices, folder: Path) -> list[Json]:
    """Let a worker begin both, keep the answers of Teams back, and kill it with everything that it started."""
    held = both.tenant.faults.add(Fault("POST", "/messages$", "hold", times=2, processed=True))
    runs = [server.order(*order) for order in both.orders()]
    worker = server.worker(folder)
    eventually(lambda: len(both.tenant.channel.messages) == 2, "two messages in Teams", 150)
    os.killpg(worker.pid, signal.SIGKILL)
    worker.wait(20)
    held.remove()
    return runs
