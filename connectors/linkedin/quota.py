"""LinkedIn's daily quotas: their numbers are not published, a 429 comes without any header, and the day is UTC's."""

from __future__ import annotations

from collections.abc import Callable, MutableMapping
from dataclasses import dataclass, field
from datetime import UTC, datetime, time, timedelta

from domain.errors import Retriable


def next_day(now: datetime) -> datetime:
    """Return when the quotas of a moment's day are over: the next midnight in UTC."""
    return datetime.combine(now.astimezone(UTC).date() + timedelta(days=1), time(), UTC)


@dataclass(slots=True)
class Quota:
    """Which endpoints of one account rest, and until when; `stops` may be remembered between runs."""

    now: Callable[[], datetime]
    stops: MutableMapping[str, datetime] = field(default_factory=dict)

    def pass_or_rest(self, endpoint: str) -> None:
        """Let a request to an endpoint pass.

        Raises:
            Retriable: its quota of the day is spent; nothing was sent.
        """
        until = self.stops.get(endpoint)
        if until is not None and self.now() < until:
            raise self._rest(endpoint, until)

    def spent(self, endpoint: str) -> Retriable:
        """Note that an endpoint's quota is spent, and return the error that says so."""
        self.stops[endpoint] = next_day(self.now())
        return self._rest(endpoint, self.stops[endpoint])

    def _rest(self, endpoint: str, until: datetime) -> Retriable:
        return Retriable(
            f"LinkedIn's quota of the day for {endpoint} is spent; it rests until {until:%Y-%m-%d %H:%M} UTC.",
            mend="Nothing is lost: it goes on by itself after midnight UTC. The portal shows them under Analytics.",
            retry_after=(until - self.now()).total_seconds(),
        )
