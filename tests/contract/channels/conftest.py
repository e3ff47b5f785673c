"""Every kind of channel under the suite; `wired` are those that copsync reaches over HTTP by itself."""

from __future__ import annotations

from collections.abc import AsyncIterator
from pathlib import Path

import pytest

from tests.contract.channels.subjects import SUBJECTS
from tests.contract.channels.town import Town, talking

NO_WIRE = ("folder", "linkedin_group")


@pytest.fixture(params=list(SUBJECTS))
async def town(request: pytest.FixtureRequest, tmp_path: Path) -> AsyncIterator[Town]:
    """Any kind."""
    with talking(tmp_path, SUBJECTS[request.param]) as made:
        await made.say()
        yield made


@pytest.fixture(params=[name for name in SUBJECTS if name not in NO_WIRE])
async def wired(request: pytest.FixtureRequest, tmp_path: Path) -> AsyncIterator[Town]:
    """A kind that copsync reaches over HTTP by itself."""
    with talking(tmp_path, SUBJECTS[request.param]) as made:
        await made.say()
        yield made
