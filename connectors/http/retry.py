"""Decides whether a request may be repeated: only where the tool surely did nothing, or a repeat does no harm."""

from __future__ import annotations

import math
import re
from collections.abc import Callable, Container
from dataclasses import dataclass
from datetime import datetime
from enum import Enum

import httpx
from tenacity import AsyncRetrying, RetryCallState, retry_if_result

from connectors.http.clock import Timing, http_date

SAFE_METHODS = frozenset({"GET", "HEAD", "OPTIONS", "PROPFIND", "REPORT"})
"""Methods that change nothing; all others count as writes. The last two are WebDAV's (RFC 4918, RFC 3253)."""

_REPEATABLE_METHODS = SAFE_METHODS | {"PUT", "DELETE"}  # RFC 9110, 9.2.2: the same twice is the same as once
_TOO_MANY = 429
_UNAVAILABLE = 503
_PASSING = frozenset({408, 500, 502, 503, 504, 509, *range(520, 528), 530})  # 509 is a Graph quota, 52x and 530 proxies
_SECONDS = re.compile(r"\d{1,9}(\.\d*)?")


@dataclass(frozen=True, slots=True)
class Patience:
    """How long a client keeps trying, in seconds except for `attempts`.

    Args:
        attempts: requests sent at most for one call.
        first: the wait before the second attempt; it doubles from then on, up to `longest`, with jitter.
        longest: the longest wait that copsync chooses by itself.
        retry_after: the longest wait that a tool may ask for; beyond it, the call gives up at once.
        total: no further attempt starts when this much has passed since the first one left.
    """

    attempts: int = 5
    first: float = 0.5
    longest: float = 30.0
    retry_after: float = 120.0
    total: float = 300.0

    def backoff(self, attempt: int, timing: Timing) -> float:
        """Return the wait after an attempt (counted from 1): half of it fixed, half of it chance."""
        full = min(self.longest, self.first * 2.0 ** (attempt - 1))
        return full * (0.5 + timing.jitter() / 2)


class Fate(Enum):
    """What is known about the request of one attempt."""

    ANSWERED = "answered"  # the answer is final
    NOT_SENT = "not sent"  # it never reached the service
    REFUSED = "refused"  # the service did nothing and asks to come again
    UNKNOWN = "unknown"  # it may or may not have been carried out
    BLOCKED = "blocked"  # a setting keeps it from ever leaving


@dataclass(frozen=True, slots=True)
class Outcome:
    """What became of one attempt, as data: an exception would carry the frames of the wire, headers and all.

    `reason` is for people; `wait` are the seconds after which to try again.
    """

    fate: Fate
    reason: str = ""
    response: httpx.Response | None = None
    wait: float | None = None


def is_repeatable(method: str) -> bool:
    """Tell whether a method may be sent twice by its definition."""
    return method in _REPEATABLE_METHODS


def fate_of(response: httpx.Response, expect: Container[int]) -> Fate:
    """Classify an answer; statuses the caller expects are final whatever they are."""
    status = response.status_code
    if status in expect:
        return Fate.ANSWERED
    if status == _TOO_MANY or (status == _UNAVAILABLE and "retry-after" in response.headers):
        return Fate.REFUSED
    return Fate.UNKNOWN if status in _PASSING else Fate.ANSWERED


def is_too_fast(response: httpx.Response) -> bool:
    """Tell whether the tool says that it is asked too often (429)."""
    return response.status_code == _TOO_MANY


def retry_after(headers: httpx.Headers, now: datetime) -> float | None:
    """Return the seconds a Retry-After header asks for, rounded up; None when it is missing or makes no sense.

    A date is compared with the answer's own Date, so that a vendor's clock that is off does no harm.
    """
    text = headers.get("retry-after", "").strip()
    if _SECONDS.fullmatch(text):
        return float(math.ceil(float(text)))
    until = http_date(text)
    if until is None:
        return None
    since = http_date(headers.get("date")) or now
    return float(max(0, math.ceil((until - since).total_seconds())))


def retrying(
    patience: Patience, timing: Timing, *, repeatable: bool, began: Callable[[], float | None]
) -> AsyncRetrying:
    """Return what runs the attempts of one call: a coroutine function that gives an `Outcome`.

    `began` tells when the first attempt left, by `timing.clock`. When it gives up, the last outcome is returned.
    """

    def again(outcome: Outcome) -> bool:
        return outcome.fate in (Fate.NOT_SENT, Fate.REFUSED) or (outcome.fate is Fate.UNKNOWN and repeatable)

    def wait(state: RetryCallState) -> float:
        asked = _last(state).wait
        return patience.backoff(state.attempt_number, timing) if asked is None else asked

    def stop(state: RetryCallState) -> bool:
        asked = _last(state).wait or 0.0
        late = began() is not None and timing.clock() - (began() or 0.0) + state.upcoming_sleep > patience.total
        return state.attempt_number >= patience.attempts or asked > patience.retry_after or late

    return AsyncRetrying(
        sleep=timing.sleep, stop=stop, wait=wait, retry=retry_if_result(again), retry_error_callback=_last
    )


def _last(state: RetryCallState) -> Outcome:
    if state.outcome is None:
        raise RuntimeError("no attempt was made")
    outcome: Outcome = state.outcome.result()
    return outcome
