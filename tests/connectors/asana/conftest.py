from __future__ import annotations

from collections.abc import Iterator

import httpx
import pytest
from starlette.types import ASGIApp

from sandbox.asana import AsanaState, create_app
from sandbox.faults import Faults
from sandbox.server import serve
from tests.conformance import asana as description
from tests.connectors.asana.world import PERSON, TOKEN, World


@pytest.fixture
def world() -> Iterator[World]:
    """An Asana on loopback whose every exchange is held against the published description, where that is there."""
    state = AsanaState()
    bot = state.add_user("Copsync Bot", "bot@example.org", token=TOKEN)
    ada = state.add_user("Ada Okafor", "ada@example.org", token=PERSON)
    project = state.add_project("Data Practice", members=[bot, ada])
    app: ASGIApp = create_app(state)
    checked = None if description.missing() else description.conforming(app)
    faults = Faults(checked or app)
    signed = {"Authorization": f"Bearer {PERSON}"}
    with serve({"asana": faults}) as urls, httpx.Client(headers=signed, verify=False, trust_env=False) as hands:
        world = World(state, faults, urls["asana"], bot, ada, project, hands)
        yield world
    violations = checked.unrefused() if checked else []
    assert [v for v in violations if not any(word in v.reason for word in world.tolerated)] == []
