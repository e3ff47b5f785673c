"""One stage for each class of tests, on the database that the class names; taken back before each test."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.system.crash.stage import Stage, stage


@pytest.fixture(scope="class")
def shared_stage(request: pytest.FixtureRequest, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Stage]:
    kind = request.cls.database
    folder: Path = tmp_path_factory.mktemp(kind)
    with stage(kind, folder) as made:
        yield made


@pytest.fixture
def scene(shared_stage: Stage) -> Stage:
    """The stage as it was before the first sync."""
    shared_stage.reset()
    return shared_stage
