"""What a read hands over, each remote once."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass, field

from connectors.contract import Remote, Sink


@dataclass(slots=True)
class Tray:
    """Passes remotes on to a sink and counts them; a page that comes twice does no harm."""

    sink: Sink
    seen: set[str] = field(default_factory=set)

    def hand(self, remotes: Iterable[Remote]) -> None:
        """Pass on those that were not seen before."""
        fresh: dict[str, Remote] = {}
        for remote in remotes:
            if remote.id not in self.seen:
                fresh[remote.id] = remote
        self.seen.update(fresh)
        if fresh:
            self.sink(list(fresh.values()))

    @property
    def count(self) -> int:
        """How many remotes were handed over."""
        return len(self.seen)
