"""Debian's own Chromium, where it is installed: a real browser for the pages, driven through Playwright."""

from __future__ import annotations

import os
import shutil
from collections.abc import Iterator
from contextlib import contextmanager

import pytest
from playwright.sync_api import Browser, sync_playwright

WHY_NOT = "no Chromium is installed: `apt-get install chromium`, or name one in COPSYNC_TEST_CHROMIUM"


def executable() -> str | None:
    """Return the browser's path, or None where there is none."""
    return os.environ.get("COPSYNC_TEST_CHROMIUM") or shutil.which("chromium") or shutil.which("chromium-browser")


@contextmanager
def browser() -> Iterator[Browser]:
    """Give a headless browser; without one the test is skipped, and says why."""
    path = executable()
    if path is None:
        pytest.skip(WHY_NOT)
    with sync_playwright() as playwright:
        # As root, as on many build machines, Chromium starts only without its sandbox.
        opened = playwright.chromium.launch(executable_path=path, args=["--no-sandbox"], timeout=60_000)
        try:
            yield opened
        finally:
            opened.close()
