"""A group's calendar on a stand-in served for real, held against the published description; members who signed in."""

from __future__ import annotations

from collections.abc import AsyncIterator

import httpx
import pytest
from starlette.types import ASGIApp

from sandbox.faults import Faults
from sandbox.microsoft365 import GraphState, create_app
from sandbox.microsoft365.groups import Group
from sandbox.server import serve
from tests.conformance.microsoft365 import Conforming, conforming, spec_missing
from tests.connectors.microsoft365.world import Clock, World

ROBOT, ADA, BEN = "copsync@example.org", "ada@example.org", "ben@example.org"
SCOPES = frozenset({"Group.ReadWrite.All", "User.Read"})
_NOT_READ = "the body is not JSON"  # a refusal for want of access comes before the stand-in reads the body


@pytest.fixture
def group(world: World) -> Group:
    return world.state.group(world.place["group"])


@pytest.fixture
async def world() -> AsyncIterator[World]:
    """A group with the service user, Ada and Ben in it; what people do is done from the service user's account."""
    clock = Clock()
    state = GraphState(now=clock)
    people = {ROBOT: "copsync", ADA: "Ada", BEN: "Ben"}
    for address, name in people.items():
        state.add_mailbox(address, name)
    group = state.add_group("data-practice@example.org", "Data Practice", people)
    state.add_token("app", mailboxes=set(), user=ROBOT, scopes=SCOPES)
    state.add_token("robot-too", user=ROBOT)
    state.add_token("ada", user=ADA)
    app: ASGIApp = create_app(state)
    checker = conforming(app) if spec_missing() is None else None
    faults = Faults(checker or app)
    headers = {"Authorization": "Bearer robot-too", "Prefer": 'IdType="ImmutableId"'}
    with serve({"microsoft365": faults}) as urls:
        async with httpx.AsyncClient(headers=headers, timeout=60) as person:
            found = World(state, clock, urls["microsoft365"], faults, person, group.mailbox)
            found.place, found.path = {"group": group.id}, f"/groups/{group.id}"
            yield found
            faults.clear()
            await found.close()
    if isinstance(checker, Conforming):
        assert [found for found in checker.violations if found.reason != _NOT_READ] == []
