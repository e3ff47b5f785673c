"""What holds for every test: only loopback is reachable. COPSYNC_EXAMPLES=deep tries many more generated examples."""

from __future__ import annotations

import os
import signal

import pytest
from hypothesis import settings
from pytest_socket import socket_allow_hosts

if signal.getsignal(signal.SIGINT) is signal.SIG_IGN:  # as in the background of a script, and so for every child
    signal.signal(signal.SIGINT, signal.default_int_handler)

settings.register_profile("copsync", deadline=None, derandomize=True, max_examples=12)
settings.register_profile("deep", deadline=None, max_examples=2_000)
settings.load_profile(os.environ.get("COPSYNC_EXAMPLES", "copsync"))


@pytest.hookimpl(tryfirst=True)
def pytest_runtest_setup() -> None:
    """Refuse every connection that leaves this machine."""
    socket_allow_hosts(["127.0.0.1", "::1", "localhost"], allow_unix_socket=True)
