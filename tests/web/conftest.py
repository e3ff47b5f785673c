"""A community with its feeds, on both databases where it matters."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import httpx
import pytest

from tests.store.databases import KINDS, database
from tests.web.place import Place, place
from tests.web.serving import served
from web.feeds import create_app


@pytest.fixture
def here(tmp_path: Path) -> Iterator[Place]:
    with place(tmp_path) as made:
        yield made


@pytest.fixture(params=KINDS)
def town(request: pytest.FixtureRequest, tmp_path: Path) -> Iterator[Place]:
    with database(request.param) as url, place(tmp_path, url) as made:
        yield made


@pytest.fixture
def client(town: Place) -> Iterator[httpx.Client]:
    with served(create_app(town.configuration, town.clock)) as connected:
        yield connected
