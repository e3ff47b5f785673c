"""How fast a tool may be asked, shared by every connection that draws on the same budget."""

from __future__ import annotations

import asyncio
import threading
from dataclasses import dataclass
from typing import Literal

from aiolimiter import AsyncLimiter

from connectors.http.clock import Timing
from domain.errors import ConfigProblem


@dataclass(frozen=True, slots=True)
class Limits:
    """What a tool allows, as its vendor publishes it.

    Args:
        requests: the size of the bucket: that many may go at once, then as many per `seconds`. A tool that counts
            strictly may refuse some of what follows a burst; the pause it asks for is kept, and no burst follows it.
        seconds: the time in which the bucket fills again.
        at_once: requests under way at the same time.
        writes_at_once: a separate count for writes, where the tool keeps one; None counts them with the reads.
        burst: how many may go at once, if less than `requests`; the pace is then lowered so that no `seconds` see more
            than `requests`, whenever they begin.
        fallback: (requests, seconds) to fall to after the first 429, where the plan decides the pace.
        share: who draws on one bucket: all connections to a "host" (the tool counts per address), or those with
            the same "token".

    Raises:
        ValueError: a limit is not positive, or the burst leaves nothing for the pace.
    """

    requests: int
    seconds: float
    at_once: int
    writes_at_once: int | None = None
    burst: int | None = None
    fallback: tuple[int, float] | None = None
    share: Literal["host", "token"] = "token"

    def __post_init__(self) -> None:
        numbers = (self.requests, self.seconds, self.at_once, self.writes_at_once, self.burst, *(self.fallback or ()))
        if any(number is not None and number <= 0 for number in numbers):
            raise ValueError("every limit must be greater than zero")
        if self.burst is not None and self.burst >= self.requests:
            raise ValueError("a burst must be smaller than the number of requests")

    @property
    def pace(self) -> tuple[float, float]:
        """The size of the bucket, and the seconds in which it fills again."""
        if self.burst is None:
            return self.requests, self.seconds
        return self.burst, self.burst * self.seconds / (self.requests - self.burst)


class Gate:
    """Lets requests pass at the pace of a tool; belongs to one event loop."""

    def __init__(self, limits: Limits, timing: Timing) -> None:
        self.limits = limits
        self._timing = timing
        self._pace: tuple[float, float] = limits.pace
        self._bucket = AsyncLimiter(*self._pace)
        self._paused_until = 0.0
        self._is_spent = False
        self._reads = asyncio.Semaphore(limits.at_once)
        self._writes = asyncio.Semaphore(limits.writes_at_once) if limits.writes_at_once else self._reads

    def seat(self, *, write: bool) -> asyncio.Semaphore:
        """Return what bounds the requests under way: hold it from the turn to the end of the answer."""
        return self._writes if write else self._reads

    async def turn(self, patience: float) -> float:
        """Wait until the next request may leave.

        Returns:
            0 when it may leave now, or the seconds of a pause that is longer than `patience` (and was not waited for).
        """
        while True:
            pause = self._paused_until - self._timing.clock()
            if pause > patience:
                return pause
            if pause > 0:
                await self._timing.sleep(pause)
                continue
            bucket = await self._present_bucket()
            await bucket.acquire()
            if bucket is self._bucket and self._timing.clock() >= self._paused_until:
                return 0.0

    def pause(self, seconds: float, *, too_fast: bool) -> None:
        """Let nothing pass for some time, because the tool asked for it; `too_fast` also falls to the lower pace."""
        self._paused_until = max(self._paused_until, self._timing.clock() + seconds)
        self._is_spent = True
        if too_fast and self.limits.fallback:
            self._pace = self.limits.fallback

    async def _present_bucket(self) -> AsyncLimiter:
        """Return the bucket. After a pause it starts spent: the tool's own is empty too, so no burst follows."""
        if self._is_spent:
            self._is_spent = False
            self._bucket = AsyncLimiter(*self._pace)
            await self._bucket.acquire(self._pace[0])  # returns at once: the bucket is new
        return self._bucket


_GATES: dict[asyncio.AbstractEventLoop, dict[tuple[str, bytes], Gate]] = {}
_LOCK = threading.Lock()


def gate_for(origin: str, token: bytes, limits: Limits, timing: Timing) -> Gate:
    """Return the gate of the running event loop for an origin, the same one for all who share a budget.

    Args:
        origin: scheme, host and port.
        token: a fingerprint of the credentials; plays no part where the tool counts per address.
        limits: the tool's limits.
        timing: the clock of the gate, if it is made now.

    Raises:
        ConfigProblem: another connection shares the budget but declares other limits.
    """
    loop = asyncio.get_running_loop()
    key = (origin, b"" if limits.share == "host" else token)
    with _LOCK:
        for closed in [known for known in _GATES if known.is_closed()]:
            del _GATES[closed]
        gate = _GATES.setdefault(loop, {}).setdefault(key, Gate(limits, timing))
    if gate.limits != limits:
        raise ConfigProblem(
            f"Two connections to {origin} share one budget of requests but declare different limits.",
            mend="Give both connections the same limits.",
        )
    return gate
