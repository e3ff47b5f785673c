"""A kind of channel before its place: what the suite must know about it, and can do to it."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from contextlib import AbstractContextManager
from dataclasses import dataclass, field
from datetime import datetime

from config.loader import Configuration
from sandbox.faults import Armed, Fault, Faults
from tests.web.place import Place

Now = Callable[[], datetime]
Request = tuple[str, str]
"""The method, and what is searched in the path."""


@dataclass(slots=True)
class Wire:
    """What lies between copsync and a place, where faults can be put.

    `posts` and `edits` are the requests that say something; `edits` is None where nothing can be edited. `revoke` ends
    what copsync signs in with, and `readmit` brings it back as a person would.
    """

    faults: Faults
    posts: Request
    edits: Request | None
    revoke: Callable[[], object]
    readmit: Callable[[Configuration], object]

    @property
    def asked(self) -> int:
        """How many requests arrived."""
        return len(self.faults.seen)

    @property
    def written(self) -> int:
        """How many of them would say something, carried out or not."""
        return sum(one.method not in ("GET", "HEAD") for one in self.faults.seen)

    def break_posts(self, kind: str, **more: object) -> Armed:
        """Arm a fault for what is said anew."""
        return self._arm(self.posts, kind, more)

    def break_edits(self, kind: str, **more: object) -> Armed:
        """Arm a fault for changes."""
        return self._arm(self.edits or self.posts, kind, more)

    def break_reads(self, kind: str, **more: object) -> Armed:
        """Arm a fault for everything that only looks."""
        return self._arm(("GET", ""), kind, more)

    def _arm(self, request: Request, kind: str, more: Mapping[str, object]) -> Armed:
        return self.faults.add(Fault(*request, kind, **more))  # type: ignore[arg-type]

    def mend(self) -> None:
        """Disarm everything."""
        self.faults.clear()


@dataclass(slots=True)
class Subject:
    """One kind with its place.

    `channel` are its own lines under `[[communities.channels]]`, `tables` further tables of copsync.toml, `environment`
    what must be in the environment, `prepare` what is to be done once the configuration is there. `said` returns what
    people see in the place: one text for each message, the oldest first, markup shown as the place shows it. `by_hand`
    is what a moderator does where a person posts. `meddle` lets a person put other words into the latest message and
    `remove` takes it away, each None where nobody can. `secrets` must never be seen.
    """

    kind: str
    channel: str
    said: Callable[[], list[str]]
    tables: str = ""
    environment: Mapping[str, str] = field(default_factory=dict)
    prepare: Callable[[Configuration], object] = lambda configuration: None
    wire: Wire | None = None
    by_hand: Callable[[Place], object] | None = None
    meddle: Callable[[str], object] | None = None
    remove: Callable[[], object] | None = None
    secrets: Sequence[str] = ()


Serving = Callable[[Now], AbstractContextManager[Subject]]
"""Serves an empty place whose clock is the given one."""
