"""Reads every space, in parallel: what changed, what is missing, and whether the read can be trusted."""

from __future__ import annotations

import logging
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field, replace
from datetime import datetime, timedelta
from typing import Literal

from connectors.contract import Observation, Person, Remote
from domain.errors import ConfigProblem, CopsyncError, Locked, Paused, Retriable, StoreProblem, Unreachable
from store.state import Cursor
from store.store import Store
from sync.community import BoundSpace, Community
from sync.direct import DirectReads, Unread
from sync.people import spaces_with_people
from sync.progress import Progress
from sync.together import together

log = logging.getLogger(__name__)

SpaceHealth = Literal["ok", "paused", "failed"]
FULL_EVERY = timedelta(hours=24)
EMPTINESS_TELLS = 5
"""From this many items on, a space that lists nothing any more is not believed without a person's word."""


@dataclass(slots=True)
class Reading:
    """What reading one space brought.

    `missing` are linked remotes that were not listed or are said to be gone; `emptied_of` counts them where a
    complete listing suddenly holds nothing at all. `unread` are items that cannot be read, unlike the rest.
    """

    space: str
    began: datetime
    cursor: Cursor | None = None
    health: SpaceHealth = "ok"
    problem: CopsyncError | None = None
    changed: dict[str, Remote] = field(default_factory=dict)
    missing: list[str] = field(default_factory=list)
    people: Sequence[Person] = ()
    observation: Observation | None = None
    remark: str | None = None
    emptied_of: int = 0
    unread: list[Unread] = field(default_factory=list)

    @property
    def ok(self) -> bool:
        """Tell whether the space was read."""
        return self.health == "ok"

    @property
    def read(self) -> int:
        """How many remotes were read."""
        return self.observation.read if self.observation else 0

    def fail(self, problem: CopsyncError) -> None:
        """Take note that the space cannot be used in this run."""
        self.health = health_after(problem)
        self.problem = problem

    def leave_alone(self, problem: CopsyncError) -> None:
        """Drop what was read: among it may be what an unclear create made, which the next run looks up."""
        self.fail(problem)
        self.changed, self.missing, self.emptied_of, self.unread = {}, [], 0, []


def health_after(problem: CopsyncError) -> SpaceHealth:
    """Return whether a space failed for the moment only, or is paused until a person had a look."""
    passing = isinstance(problem, Retriable) and not isinstance(problem, Unreachable)
    return "failed" if passing else "paused"


@dataclass(frozen=True, slots=True)
class Reader:
    """Reads the spaces of a community against what the store knows."""

    community: Community
    store: Store
    progress: Progress

    async def read(self, cursors: Mapping[str, Cursor], now: datetime, *, full: bool) -> list[Reading]:
        """Read all spaces at once; a space that fails spoils no other."""
        return await together(
            *(self._read_space(space, cursors.get(space.name), now, full=full) for space in self.community.spaces)
        )

    async def _read_space(self, space: BoundSpace, cursor: Cursor | None, now: datetime, *, full: bool) -> Reading:
        reading = Reading(space.name, now, cursor)
        resume = None if full or _must_read_all(space, cursor, now) else cursor
        try:
            await self._observe(space, reading, resume.cursor if resume else None)
            await self._meet(space, reading)
        except (StoreProblem, Locked):
            raise
        except CopsyncError as problem:
            reading.fail(problem)
            log.info("%s: %s", space.name, problem)
        except Exception as bug:
            log.exception("%s could not be read", space.name)
            reading.fail(Retriable(f"{type(bug).__name__} while reading {space.name}.", mend="Please report this."))
        return reading

    async def _meet(self, space: BoundSpace, reading: Reading) -> None:
        """Learn who is there. A space whose people cannot be listed is mirrored all the same, with those known."""
        if not spaces_with_people([space]):
            return
        try:
            reading.people = await space.connector.people()
        except (Paused, ConfigProblem, Retriable) as problem:
            reading.remark = f"The people of {space.name} could not be read, so new ones are not matched: {problem}"

    async def _observe(self, space: BoundSpace, reading: Reading, cursor: str | None) -> None:
        known = self.store.known(self.community.id, space.name) if cursor is None else {}
        listed: set[str] = set()

        def sink(remotes: Sequence[Remote]) -> None:
            for remote in remotes:
                listed.add(remote.id)
                if known.get(remote.id) != remote.version:
                    reading.changed[remote.id] = remote
            self.progress("reading", space.name, len(listed), len(known) or None)

        observation = await space.connector.observe(cursor, sink)
        await self._complete(space, reading)
        reading.observation = observation
        if observation.complete:
            known = known or self.store.known(self.community.id, space.name)
            reading.missing = [remote for remote in known if remote not in listed]
            reading.emptied_of = len(known) if not listed and len(known) >= EMPTINESS_TELLS else 0
        gone = [remote for remote in observation.gone if remote not in listed]
        reading.missing = list(dict.fromkeys([*reading.missing, *gone]))

    async def _complete(self, space: BoundSpace, reading: Reading) -> None:
        """Read whole what is listed by its version only; the version stays the listing's, which is compared next time.

        What is gone by now is left as it was: the next listing will miss it. So is what cannot be read.
        """
        partial = [reading.changed.pop(key) for key, remote in list(reading.changed.items()) if remote.partial]
        found = await DirectReads(space).of([(remote.type, remote.id) for remote in partial])
        for listed, whole in zip(partial, found, strict=True):
            if isinstance(whole, Remote):
                reading.changed[listed.id] = replace(whole, version=listed.version)
        reading.unread += [one for one in found if isinstance(one, Unread)]


def _must_read_all(space: BoundSpace, cursor: Cursor | None, now: datetime) -> bool:
    """Read everything at first, when bound to something else, and when the last complete read is a day old."""
    if cursor is None or cursor.cursor is None or cursor.binding != space.binding:
        return True
    return cursor.full_at is None or now - cursor.full_at >= FULL_EVERY
