"""What holds for every test: only loopback is reachable, and nothing touches the home of whoever runs them."""

from __future__ import annotations

import pytest
from hypothesis import settings
from pytest_socket import socket_allow_hosts

settings.register_profile("copsync", deadline=None, derandomize=True)
settings.load_profile("copsync")


@pytest.hookimpl(tryfirst=True)
def pytest_runtest_setup() -> None:
    """Refuse every connection that leaves this machine."""
    socket_allow_hosts(["127.0.0.1", "::1", "localhost"], allow_unix_socket=True)
