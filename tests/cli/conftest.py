"""One world for each module, and a desk of its own for each test."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest

from sandbox.world import World
from tests.cli.desk import Desk


@pytest.fixture(scope="module")
def world() -> Iterator[World]:
    with World.start(populated=False) as started:
        yield started


@pytest.fixture
def desk(world: World, tmp_path: Path) -> Iterator[Desk]:
    yield Desk(world, tmp_path / "desk")
    for faults in world.faults.values():
        faults.clear()
