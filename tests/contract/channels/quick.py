"""Time for connections that copsync opens by itself: the suite's clock, and waits that take none."""

from __future__ import annotations

import asyncio
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass

import pytest

from connectors.http import Patience, Timing
from tests.contract.channels.subject import Now

_TIMED = (
    *("connectors.http.client", "connectors.http.oauth"),
    *("connectors.linkedin.client", "connectors.microsoft365.connection"),
)
PATIENCE = Patience(attempts=3, first=0.001, longest=0.002, retry_after=5)


@dataclass(slots=True)
class Hurried:
    """Waits pass at once, and the monotonic clock knows of them."""

    now: Now
    slept: float = 0.0

    def timing(self) -> Timing:
        return Timing(clock=self.clock, now=self.now, sleep=self.sleep)

    def clock(self) -> float:
        return self.now().timestamp() + self.slept

    async def sleep(self, seconds: float) -> None:
        self.slept += seconds
        await asyncio.sleep(0)


@contextmanager
def hurried(now: Now) -> Iterator[None]:
    """Let every connection that is opened within the block live by this clock."""
    timing = Hurried(now).timing()
    with pytest.MonkeyPatch.context() as patch:
        for module in _TIMED:
            patch.setattr(f"{module}.Timing", lambda: timing)
        patch.setattr("connectors.http.client.Patience", lambda: PATIENCE)
        yield
