"""The connector on a stand-in served for real on a loopback port, held against the published description."""

from collections.abc import AsyncIterator

import httpx
import pytest
from starlette.types import ASGIApp

from connectors.contract import Connector
from sandbox.faults import Faults
from sandbox.microsoft365 import GraphState, create_app
from sandbox.server import serve
from tests.conformance.microsoft365 import Conforming, conforming, spec_missing
from tests.connectors.microsoft365.world import MAILBOX, Clock, World

_NOT_READ = "the body is not JSON"  # a refusal for want of access comes before the stand-in reads the body
_AS_ANNA = {"Authorization": "Bearer anna", "Prefer": 'IdType="ImmutableId"'}


@pytest.fixture
async def world() -> AsyncIterator[World]:
    clock = Clock()
    state = GraphState(now=clock)
    state.add_mailbox(MAILBOX, "Data Practice")
    state.add_token("app", mailboxes={MAILBOX})
    state.add_token("anna", mailboxes={MAILBOX}, user="anna@example.org")
    app: ASGIApp = create_app(state)
    checker = conforming(app) if spec_missing() is None else None
    faults = Faults(checker or app)
    with serve({"microsoft365": faults}) as urls:
        async with httpx.AsyncClient(headers=_AS_ANNA, timeout=60) as person:
            found = World(state, clock, urls["microsoft365"], faults, person, state.mailbox(MAILBOX))
            yield found
            faults.clear()
            await found.close()
    if isinstance(checker, Conforming):
        assert [found for found in checker.violations if found.reason != _NOT_READ] == []


@pytest.fixture
def calendar(world: World) -> Connector:
    return world.connector()
