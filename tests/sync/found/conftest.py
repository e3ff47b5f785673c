"""Two spaces in step."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.sync.town import Town, town


@pytest.fixture
def pair(tmp_path: Path) -> Iterator[Town]:
    with town(tmp_path, "a", "b") as built:
        yield built
