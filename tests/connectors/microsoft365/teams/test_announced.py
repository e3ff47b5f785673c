"""Whole runs of announcements into a channel of Teams: edited when a gathering moves, said once also after a kill."""

from __future__ import annotations

import asyncio
import os
import signal
import subprocess
import sys
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import datetime, timedelta
from pathlib import Path

import pytest

from domain.announcements.message import Message, MessageState
from sandbox.faults import Fault
from store import messages
from store.leases import LIFE_SECONDS
from store.vault import new_key
from sync.announce.announce import Announced, announce
from sync.keeper import Keepers
from sync.wiring import Wiring
from tests.connectors.microsoft365.teams.conftest import ADA, Tenant
from tests.web.place import COMMUNITY, NOW, Place, place

START, HOUR = NOW + timedelta(days=3), timedelta(hours=1)

DIES = """
import asyncio, os, signal, sys
from datetime import datetime
from pathlib import Path
from config.loader import load
from connectors.microsoft365.teams.posting import ChannelSender
from store.store import Store
from sync.announce.announce import announce
from sync.wiring import Wiring

when, moment = sys.argv[1], datetime.fromisoformat(sys.argv[2])
post = ChannelSender.post

async def dying(self, outgoing):
    if when == "after":
        await post(self, outgoing)
    os.kill(os.getpid(), signal.SIGKILL)

ChannelSender.post = dying

async def main():
    configuration = load(Path("copsync.toml"))
    store = Store.open(configuration.settings.store.url, configuration.folder)
    async with Wiring(configuration) as wiring:
        settings = configuration.settings.communities[0]
        await announce(configuration, settings, wiring.channels(settings), store, lambda: moment)

asyncio.run(main())
"""


@dataclass
class Office:
    """A community whose channel is in Teams."""

    here: Place
    tenant: Tenant

    async def say(self, **later: float) -> Announced:
        self.here.now += timedelta(**later)
        self.tenant.now = self.here.now
        async with Wiring(self.here.configuration) as wiring:
            places = wiring.channels(self.here.settings)
            return await announce(self.here.configuration, self.here.settings, places, self.here.store, self.clock)

    def clock(self) -> datetime:
        return self.here.now

    def journal(self) -> list[Message]:
        with self.here.store.reading() as connection:
            return [one for one in messages.of_channel(connection, COMMUNITY, "teams") if "Meetup" in one.thing]


@pytest.fixture
def office(tenant: Tenant, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[Office]:
    monkeypatch.setenv("COPSYNC_KEY", new_key().get_secret_value())
    channel = (
        f'[[communities.channels]]\nid = "teams"\nkind = "teams-channel"\nconnection = "m365-user"\n'
        f'team = "{tenant.team.id}"\nchannel = "{tenant.channel.id}"\nwants = ["gatherings"]\n'
        f'[connections.m365-user]\ntool = "microsoft365"\nbase_url = "{tenant.urls["graph"]}"\nservice_user = true\n'
        f'tenant = "{tenant.entra.tenant}"\nclient_id = "{tenant.entra.client_id}"\n'
        f'authority = "{tenant.urls["entra"].rstrip("/")}"\n'
    )
    with place(tmp_path, more='key = { env = "COPSYNC_KEY" }', community=channel) as here:
        keepers = Keepers(here.configuration)
        assert tenant.drawer.kept is not None
        keepers.of("m365-user").keep(tenant.drawer.kept)
        keepers.close()
        yield Office(here, tenant)


async def test_a_gathering_that_moves_edits_its_message_and_keeps_its_link(office: Office) -> None:
    await office.say()
    office.here.event("Meetup", START, START + HOUR)
    await office.say(minutes=1)
    (message,) = office.tenant.channel.messages
    (sent,) = office.journal()
    assert (sent.state, sent.remote) == (MessageState.SENT, message.id)
    office.here.change("Meetup", start=START + HOUR, end=START + 2 * HOUR)
    await office.say(hours=1)
    assert len(office.tenant.channel.messages) == 1
    assert message.edited is not None
    assert [one.state for one in office.journal()] == [MessageState.SUPERSEDED, MessageState.SENT]
    assert {one.url for one in office.journal()} == {sent.url}
    assert sent.url


async def test_h12_nothing_new_is_no_request(office: Office) -> None:
    await office.say()
    office.here.event("Meetup", START, START + HOUR)
    await office.say(minutes=1)
    await office.say(minutes=1)
    before = len(office.tenant.graph.requests)
    for _ in range(3):
        await office.say(hours=1)
    assert len(office.tenant.graph.requests) == before


async def test_replies_are_counted_once_a_day(office: Office) -> None:
    await office.say()
    office.here.event("Meetup", START, START + HOUR)
    await office.say(minutes=1)
    (message,) = office.tenant.channel.messages
    for count in (1, 2):
        office.tenant.now = office.here.now
        teams = office.tenant.graph.teams
        teams.write(message.replies, ADA, {"body": {"contentType": "text", "content": "I come"}})
        before = len(office.tenant.graph.requests)
        await office.say(hours=25)
        await office.say(hours=1)
        assert office.journal()[0].replies == count
        assert [one[0] for one in office.tenant.graph.requests[before:]] == ["GET"]


@pytest.mark.parametrize("when", ["before", "after"])
async def test_h26_a_process_killed_around_a_post_says_it_once_in_the_end(office: Office, when: str) -> None:
    await office.say()
    office.here.event("Meetup", START, START + HOUR)
    command = [sys.executable, "-c", DIES, when, office.here.now.isoformat()]
    died = await asyncio.to_thread(subprocess.run, command, cwd=office.here.folder, check=False, env={**os.environ})
    assert died.returncode == -signal.SIGKILL
    assert len(office.tenant.channel.messages) == (when == "after")
    office.tenant.faults.add(Fault("GET", "/messages/delta", "status", status=503, times=9))
    found = await office.say(seconds=LIFE_SECONDS + 1)
    assert found.failed  # it cannot be told now, so nothing is sent
    assert len(office.tenant.channel.messages) == (when == "after")
    office.tenant.faults.clear()
    await office.say(minutes=1)
    assert len(office.tenant.channel.messages) == 1
    assert [one.state for one in office.journal()] == [MessageState.SENT]


async def test_h13_what_can_never_be_told_is_left_unclear_and_the_others_go_on(office: Office) -> None:
    await office.say()
    office.here.event("Meetup", START, START + HOUR)
    office.tenant.faults.add(Fault("POST", "/messages", "lost_answer"))
    assert (await office.say(minutes=1)).needs_person
    office.tenant.channel.messages[0].delete(office.here.now)
    office.here.event("Another", START, START + HOUR)
    await office.say(minutes=1)
    assert [one.state for one in office.journal()] == [MessageState.UNCLEAR]
    assert len(office.tenant.channel.messages) == 2
