"""One world for each module, and an installation of its own for each test and tool."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest

from sandbox.world import World
from store.vault import new_key
from tests.secrets.cage import Cage
from tests.secrets.lodge import Lodge


@pytest.fixture(scope="module")
def world() -> Iterator[World]:
    with World.start(populated=False) as started:
        yield started


@pytest.fixture(params=["asana", "basecamp"])
def lodge(request: pytest.FixtureRequest, world: World, tmp_path: Path) -> Iterator[Lodge]:
    made = Lodge(world, tmp_path / "desk", request.param, new_key())
    service, life = made.service, made.service.life
    service.requests.clear()
    service.renewals = 0
    yield made
    service.rotates = service.reuse_ends_all = False
    service.life = life
    world.faults[made.tool].clear()


@pytest.fixture
def cage(tmp_path: Path) -> Iterator[Cage]:
    """A world of its own, with three tasks that Basecamp and the calendar do not have yet."""
    with World.start(populated=False) as own:
        person = next(iter(own.places.asana_users.values()))
        for number in range(3):
            own.asana.add_task(own.places.asana_project, f"Prepare session {number}", by=person, due_on="2026-12-01")
        yield Cage(own, tmp_path / "cage")
