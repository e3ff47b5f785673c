"""An outbox on both databases."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.store.databases import KINDS, database
from tests.sync.outbox.bench import Bench, bench


@pytest.fixture(params=KINDS)
def here(request: pytest.FixtureRequest, tmp_path: Path) -> Iterator[Bench]:
    with database(request.param) as url, bench(tmp_path, url) as made:
        yield made
