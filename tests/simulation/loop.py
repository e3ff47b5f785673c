"""An event loop without a clock or a network: the seed decides which of the ready callbacks goes first."""

from __future__ import annotations

import asyncio
from collections.abc import Callable
from contextlib import suppress
from contextvars import Context
from heapq import heappop, heappush
from random import Random
from typing import Any


class _Counted(asyncio.Task[Any]):
    """A task that sets hold in the order in which it was made: a group that fails stops its tasks set by set."""

    def __init__(self, coro: Any, *, loop: Any, name: str | None, context: Context | None) -> None:
        self._number = len(loop.tasks)
        super().__init__(coro, loop=loop, name=name, context=context)

    def __hash__(self) -> int:
        return self._number


class Loop(asyncio.AbstractEventLoop):
    """One process's loop. Its time is the world's; a sleep costs nothing; :meth:`kill` leaves nothing running."""

    def __init__(self, now: Callable[[], float], rng: Random) -> None:
        self._now, self._random = now, rng.random
        self.ready: list[asyncio.Handle] = []
        self.timers: list[tuple[float, int, asyncio.TimerHandle]] = []
        self.tasks: list[asyncio.Task[Any]] = []
        self._serial = 0

    def time(self) -> float:
        return self._now()

    def get_debug(self) -> bool:
        return False

    def is_running(self) -> bool:
        return True

    def is_closed(self) -> bool:
        return False

    def call_exception_handler(self, context: dict[str, Any]) -> None:
        """Say nothing of what a killed process left undone; what a run raises is looked at by the world."""

    def call_soon(  # type: ignore[override]
        self, callback: Callable[..., object], *args: Any, context: Context | None = None
    ) -> asyncio.Handle:
        handle = asyncio.Handle(callback, args, self, context)
        self.ready.append(handle)
        return handle

    def call_later(  # type: ignore[override]
        self, delay: float, callback: Callable[..., object], *args: Any, context: Context | None = None
    ) -> asyncio.TimerHandle:
        return self.call_at(self._now() + delay, callback, *args, context=context)

    def call_at(  # type: ignore[override]
        self, when: float, callback: Callable[..., object], *args: Any, context: Context | None = None
    ) -> asyncio.TimerHandle:
        handle = asyncio.TimerHandle(when, callback, args, self, context)
        self._serial += 1
        heappush(self.timers, (when, self._serial, handle))
        return handle

    def _timer_handle_cancelled(self, handle: asyncio.TimerHandle) -> None:
        """A cancelled timer is passed over when its time comes."""

    def create_future(self) -> asyncio.Future[Any]:
        return asyncio.Future(loop=self)

    def create_task(self, coro: Any, *, name: str | None = None, context: Context | None = None) -> asyncio.Task[Any]:
        task = _Counted(coro, loop=self, name=name, context=context)
        self.tasks.append(task)
        return task

    def next_timer(self) -> float | None:
        """Return when the next sleeper wakes, or None."""
        while self.timers and self.timers[0][2].cancelled():
            heappop(self.timers)
        return self.timers[0][0] if self.timers else None

    def wake(self) -> None:
        """Make ready whatever has slept long enough."""
        while self.timers and self.timers[0][0] <= self._now():
            self.ready.append(heappop(self.timers)[2])

    def step(self) -> None:
        """Run one of the ready callbacks."""
        ready = self.ready
        place = int(self._random() * len(ready))
        handle, ready[place] = ready[place], ready[-1]
        ready.pop()
        if not handle.cancelled():
            asyncio._set_running_loop(self)
            handle._run()
            asyncio._set_running_loop(None)

    def kill(self) -> None:
        """End everything at once, as SIGKILL does: whatever would still be done finds its store and tools closed."""
        for task in self.tasks:
            if not task.done():
                task._log_destroy_pending = False  # type: ignore[attr-defined]
                with suppress(BaseException):
                    task.get_coro().close()
        self.ready.clear()
        self.timers.clear()
        self.tasks.clear()
