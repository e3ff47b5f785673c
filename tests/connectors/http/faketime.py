"""Time that passes only when somebody sleeps."""

from __future__ import annotations

import asyncio
import selectors
from collections.abc import Awaitable, Callable, Coroutine
from datetime import UTC, datetime, timedelta
from typing import Any, TypeVar

from connectors.http import Timing

T = TypeVar("T")
EPOCH = datetime(2026, 3, 2, 9, 0, tzinfo=UTC)


class FakeTime:
    """Clocks that stand still, and a sleep that moves them; `then` runs after each sleep."""

    def __init__(self) -> None:
        self.passed = 1000.0
        self.slept: list[float] = []
        self.then: Callable[[], Awaitable[None]] | None = None

    def timing(self) -> Timing:
        return Timing(clock=lambda: self.passed, now=self.now, sleep=self.sleep, jitter=lambda: 1.0)

    def now(self) -> datetime:
        return EPOCH + timedelta(seconds=self.passed - 1000.0)

    async def sleep(self, seconds: float) -> None:
        self.slept.append(seconds)
        self.passed += seconds
        await asyncio.sleep(0)
        if self.then is not None:
            await self.then()


class _Leaping(selectors.DefaultSelector):
    """A selector that moves the loop's clock on instead of waiting."""

    now = 0.0

    def select(self, timeout: float | None = None) -> list[tuple[selectors.SelectorKey, int]]:
        ready = super().select(0)
        if not ready:
            self.now += max(timeout or 0, 1e-9)  # it always creeps on, as a real one does
        return ready


class LeapingLoop(asyncio.SelectorEventLoop):
    """An event loop whose sleeps take no time; for code without sockets."""

    def __init__(self) -> None:
        self._leaping = _Leaping()
        super().__init__(self._leaping)

    def time(self) -> float:
        return self._leaping.now


def leap(main: Callable[[LeapingLoop], Coroutine[Any, Any, T]]) -> T:
    """Run a coroutine function in a loop whose sleeps take no time."""
    loop = LeapingLoop()
    try:
        return loop.run_until_complete(main(loop))
    finally:
        loop.close()
