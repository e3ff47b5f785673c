"""Reads items one by one, so that trouble with one of them is not taken for trouble with their space."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field

from connectors.contract import Missing, Remote
from domain.errors import (
    ConfigProblem,
    ConnectAgain,
    CopsyncError,
    Locked,
    Paused,
    Retriable,
    StoreProblem,
    Unreachable,
)
from domain.fields import RecordType
from sync.community import BoundSpace
from sync.together import together

A_FEW = 3
"""Passing trouble with more items than this at once is trouble with their space."""
OF_THE_SPACE = (Paused, ConnectAgain, ConfigProblem, Unreachable, StoreProblem, Locked)
"""What is never the trouble of one item alone."""


@dataclass(frozen=True, slots=True)
class Unread:
    """An item that could not be read, in a space that can be."""

    space: str
    remote: str
    type: RecordType
    why: CopsyncError

    @property
    def title(self) -> str:
        """Return how a person finds it, its own title not being known."""
        return f"item {self.remote}"


@dataclass(frozen=True, slots=True)
class DirectReads:
    """Reads some items of a space at once; `passing` is the trouble that was taken as that of single items."""

    space: BoundSpace
    passing: list[Retriable] = field(default_factory=list)

    async def of(self, wanted: Sequence[tuple[RecordType, str]]) -> list[Remote | Missing | Unread]:
        """Return what a direct read says about each, in the order of `wanted`.

        Raises:
            Paused, ConnectAgain, ConfigProblem, Retriable: it is the space that cannot be read.
        """
        return await together(*(self._one(kind, remote) for kind, remote in wanted))

    async def _one(self, kind: RecordType, remote: str) -> Remote | Missing | Unread:
        try:
            return await self.space.connector.fetch(kind, remote)
        except OF_THE_SPACE:
            raise
        except CopsyncError as why:
            if isinstance(why, Retriable):
                self._bear(why)
            return Unread(self.space.name, remote, kind, why)

    def _bear(self, why: Retriable) -> None:
        """Take passing trouble as the item's own, unless the tool asks to be left alone or many items have it."""
        self.passing.append(why)
        if why.retry_after is not None or len(self.passing) > A_FEW:
            raise why
