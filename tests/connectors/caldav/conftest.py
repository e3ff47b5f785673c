"""A connector before a real server, with nothing in between but a front that can fail."""

from __future__ import annotations

from collections.abc import AsyncIterator
from dataclasses import dataclass, field
from datetime import UTC, datetime
from typing import Any, Literal
from zoneinfo import ZoneInfo

import pytest
from pydantic import SecretStr

from connectors.caldav.connection import CaldavConnection
from connectors.caldav.options import ConnectionOptions, SpaceOptions
from connectors.contract import ConnectionSetup, Connector, Observation, Remote, SpaceSetup, Write
from connectors.http import Patience
from domain.fields import RecordType
from domain.plan import Verb
from domain.values import Fields, Value
from tests.connectors.caldav.peers import PASSWORD, SERVERS, USER, Peer, peer

BERLIN = ZoneInfo("Europe/Berlin")
QUICK = Patience(attempts=3, first=0.01, retry_after=2)
NOON = datetime(2026, 12, 1, 12, tzinfo=UTC)


@dataclass
class Desk:
    """A peer, and connections to it that are closed at the end."""

    peer: Peer
    _open: list[CaldavConnection] = field(default_factory=list)

    def connection(self, base: str = "", *, password: str = PASSWORD, user: str = USER) -> CaldavConnection:
        options = ConnectionOptions.model_validate(
            {"username": user, "password": SecretStr(password), "limits": {"requests": 10_000, "seconds": 1}}
        )
        setup = ConnectionSetup("cloud", base or self.peer.url, None, options)
        self._open.append(CaldavConnection(setup, patience=QUICK))
        return self._open[-1]

    def connector(
        self,
        connection: CaldavConnection | None = None,
        show: Literal["milestones", "all", "none"] = "all",
        **options: Any,
    ) -> Connector:
        chosen = SpaceOptions.model_validate(options or {"calendar": "Community"})
        return (connection or self.connection()).space(SpaceSetup("s", "c", BERLIN, chosen, show))

    async def read(self, connector: Connector, cursor: str | None = None) -> tuple[dict[str, Remote], Observation]:
        found: dict[str, Remote] = {}
        observation = await connector.observe(cursor, lambda page: found.update({one.id: one for one in page}))
        return found, observation

    async def create(self, connector: Connector, kind: RecordType, key: str = "1", **fields: Value) -> Remote:
        base: Fields = (
            {"title": "Gathering", "start": NOON, "end": NOON} if kind is RecordType.EVENT else {"title": "Plan"}
        )
        view = connector.settle(kind, {**base, **fields})
        made = await connector.write(Write(Verb.CREATE, kind, str(kind), f"{kind}-1", key, None, view, view))
        assert made is not None
        return made

    async def change(
        self, connector: Connector, remote: Remote, verb: Verb = Verb.UPDATE, **new: Value
    ) -> Remote | None:
        base = connector.view(remote)
        view = connector.settle(remote.type, {**base, **new})
        fields = {name: view[name] for name in new}
        order = Write(verb, remote.type, str(remote.type), "m", "k", remote.id, fields, view, base, remote.version)
        return await connector.write(order)

    async def close(self) -> None:
        for connection in self._open:
            await connection.aclose()


@pytest.fixture(params=list(SERVERS))
async def desk(request: pytest.FixtureRequest) -> AsyncIterator[Desk]:
    with peer(request.param) as one:
        built = Desk(one)
        yield built
        await built.close()
