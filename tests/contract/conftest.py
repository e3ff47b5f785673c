"""Every connector under the suite."""

from __future__ import annotations

from collections.abc import AsyncIterator

import pytest

from tests.contract.desk import Desk
from tests.contract.subjects import COLLEAGUE, OURS, SUBJECTS


@pytest.fixture(params=list(SUBJECTS))
async def desk(request: pytest.FixtureRequest) -> AsyncIterator[Desk]:
    with SUBJECTS[request.param]() as subject:
        ours, theirs = subject.open(OURS), subject.open(COLLEAGUE)
        try:
            yield Desk(subject, ours, subject.connector(ours), subject.connector(theirs))
        finally:
            await ours.aclose()
            await theirs.aclose()
        assert subject.violations() == []
