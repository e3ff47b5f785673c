"""Prefect in a home of its own: nothing is read from, or written to, the home of whoever runs the tests."""

from __future__ import annotations

from collections.abc import Iterator

import pytest


@pytest.fixture(scope="session", autouse=True)
def prefect_home(tmp_path_factory: pytest.TempPathFactory) -> Iterator[None]:
    """Set before anything imports prefect, which reads its settings while it is imported."""
    with pytest.MonkeyPatch.context() as patch:
        patch.setenv("PREFECT_HOME", str(tmp_path_factory.mktemp("prefect-home")))
        patch.setenv("DO_NOT_TRACK", "1")
        # A test that needs a server but has none fails at once, instead of starting one in the background.
        patch.setenv("PREFECT_SERVER_EPHEMERAL_ENABLED", "false")
        patch.setenv("PREFECT_SERVER_ANALYTICS_ENABLED", "false")
        for name in ("PREFECT_API_URL", "PREFECT_API_KEY", "PREFECT_PROFILE", "COPSYNC_CONFIG"):
            patch.delenv(name, raising=False)
        yield
