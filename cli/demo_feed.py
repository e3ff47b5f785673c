"""The demo's feed: given out, served on a free port of this machine, and read back like a calendar app does."""

from __future__ import annotations

import os
import threading
import time
from collections.abc import Iterator
from contextlib import contextmanager

import httpx
import uvicorn

from cli.context import now
from cli.server import FEEDS, listen
from config.loader import Configuration
from store.store import Store
from sync.feeds.addresses import PATH, add
from sync.feeds.calendar import Kind

_LOCAL = "127.0.0.1"
_CONFIG = "COPSYNC_CONFIG"
_READY_S = 20.0


@contextmanager
def served_feed(configuration: Configuration, store: Store) -> Iterator[str]:
    """Give the address of the community's calendar, answered for the length of a block."""
    (settings,) = configuration.settings.communities
    address = add(store, configuration, settings, Kind.CALENDAR, None, now())
    listener = listen(_LOCAL, 0)
    server = uvicorn.Server(uvicorn.Config(FEEDS, access_log=False, log_level="warning", lifespan="on"))
    thread = threading.Thread(target=server.run, kwargs={"sockets": [listener]}, daemon=True)
    try:
        with _named(configuration):
            thread.start()
            _wait(server, thread)
        yield f"http://{_LOCAL}:{listener.getsockname()[1]}{PATH.format(_token(address.url))}"
    finally:
        server.should_exit = True
        thread.join(_READY_S)
        listener.close()


def read_back(url: str) -> bytes:
    """Return what stands at the address."""
    answer = httpx.get(url, trust_env=False, timeout=_READY_S)
    answer.raise_for_status()
    return answer.content


@contextmanager
def _named(configuration: Configuration) -> Iterator[None]:
    """Tell the app which configuration it is to load, as the environment does when it runs by itself."""
    before = os.environ.get(_CONFIG)
    os.environ[_CONFIG] = str(configuration.path)
    try:
        yield
    finally:
        os.environ.pop(_CONFIG, None)
        os.environ.update({_CONFIG: before} if before is not None else {})


def _token(url: str) -> str:
    return url.rpartition("/")[2].removesuffix(".ics")


def _wait(server: uvicorn.Server, thread: threading.Thread) -> None:
    begun = time.monotonic()
    while not server.started and thread.is_alive() and time.monotonic() - begun < _READY_S:
        time.sleep(0.02)
