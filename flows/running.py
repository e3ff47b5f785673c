"""One community brought into step, as every flow does it."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from contextlib import closing, contextmanager
from dataclasses import dataclass, field
from datetime import UTC, datetime
from math import inf
from time import monotonic

from config.loader import Configuration
from store.store import Store
from sync.report import Report
from sync.run import Stage, Wish, straight
from sync.run import sync as run_sync
from sync.wiring import Wiring

SECONDS_BETWEEN_LINES = 10.0


@contextmanager
def store_of(configuration: Configuration) -> Iterator[Store]:
    """Open the configured store for a block."""
    with closing(Store.open(configuration.settings.store.url, configuration.folder)) as store:
        yield store


async def bring_into_step(
    configuration: Configuration,
    store: Store,
    community: str,
    *,
    full: bool,
    say: Callable[[str], object],
    stage: Stage = straight,
) -> Report:
    """Run the sync of one community with connections of its own; progress goes to `say`, line by line.

    Raises:
        ConfigProblem: the community is not known, or a setting or secret of it is wrong.
        StoreProblem: the store failed.
    """
    async with Wiring(configuration) as wiring:
        [settings] = wiring.community_settings(community)
        bound = wiring.community(settings)
        return await run_sync(bound, store, _now, Wish(full=full), Lines(say, community), stage)


def _now() -> datetime:
    return datetime.now(UTC)


@dataclass(slots=True)
class Lines:
    """Turns progress into log lines, few enough to read: the first, one every few seconds, and the last."""

    say: Callable[[str], object]
    community: str
    clock: Callable[[], float] = monotonic
    _said: dict[tuple[str, str], float] = field(default_factory=dict)

    def __call__(self, phase: str, space: str, done: int, total: int | None) -> None:
        """Hear of progress."""
        now, last = self.clock(), self._said.get((phase, space), -inf)
        if done != total and now - last < SECONDS_BETWEEN_LINES:
            return
        self._said[phase, space] = now
        of = f" of {total}" if total is not None else ""
        self.say(f"{self.community}: {phase} {space}, {done}{of}")
