"""Time for the HTTP layer: ours, which tests may replace, and how far the vendor's clock is from it."""

from __future__ import annotations

import asyncio
import random
import time
from collections import deque
from collections.abc import Awaitable, Callable
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from email.utils import parsedate_to_datetime
from statistics import median

import httpx

_SAMPLES = 9
_HALF_A_SECOND = timedelta(seconds=0.5)


def _now() -> datetime:
    return datetime.now(UTC)


@dataclass(frozen=True, slots=True)
class Timing:
    """Lets tests live through hours in a moment: clocks, the sleeping function and the jitter of one client.

    `clock` is monotonic, in seconds; `now` is the wall clock, aware; `jitter` gives numbers from 0 to 1.
    """

    clock: Callable[[], float] = time.monotonic
    now: Callable[[], datetime] = _now
    sleep: Callable[[float], Awaitable[None]] = asyncio.sleep
    jitter: Callable[[], float] = random.random


def http_date(text: str | None) -> datetime | None:
    """Return an HTTP date as an aware datetime, or None when there is none or it is not a date."""
    if not text:
        return None
    try:
        found = parsedate_to_datetime(text)
    except (ValueError, OverflowError):
        return None
    return found if found.tzinfo else found.replace(tzinfo=UTC)


class VendorClock:
    """How far the vendor's clock runs ahead of ours, as evidence and never as the only ground of a decision.

    Each answer's Date header is compared with the middle of its round trip; the median of the last nine answers
    outvotes a stray one. A Date is cut to whole seconds, so half a second is added on average.
    """

    def __init__(self) -> None:
        self._samples: deque[timedelta] = deque(maxlen=_SAMPLES)

    @property
    def offset(self) -> timedelta | None:
        """The vendor's time minus ours; None before the first answer with a date."""
        seconds = [sample.total_seconds() for sample in self._samples]
        return timedelta(seconds=median(seconds)) if seconds else None

    def learn(self, sent: datetime, received: datetime, headers: httpx.Headers) -> None:
        """Take one answer into account, unless a cache on the way served it (Age) or its date is missing."""
        date = http_date(headers.get("date"))
        if date is not None and "age" not in headers:
            self._samples.append(date + _HALF_A_SECOND - (sent + (received - sent) / 2))
