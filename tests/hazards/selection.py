"""A pytest plugin that keeps the tests whose names carry a number of the catalogue."""

from __future__ import annotations

import pytest

from tests.hazards.catalogue import numbers_in


@pytest.hookimpl(trylast=True)
def pytest_collection_modifyitems(config: pytest.Config, items: list[pytest.Item]) -> None:
    """Deselect everything else."""
    left = [item for item in items if not numbers_in(item.nodeid)]
    items[:] = [item for item in items if numbers_in(item.nodeid)]
    config.hook.pytest_deselected(items=left)
