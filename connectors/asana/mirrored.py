"""Sorts what was read into tasks and milestones that stand for gatherings, and drops what the space does not mirror."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace

from connectors.asana.signs import other_id
from connectors.contract import Observation, Remote, Sink
from domain.fields import RecordType


class Mirrored:
    """A sink before the sink.

    Args:
        types: what the space mirrors.
        sink: where that goes.
    """

    def __init__(self, types: frozenset[RecordType], sink: Sink) -> None:
        self._types = types
        self._sink = sink
        self._dropped = 0
        self._was: set[str] = set()

    def __call__(self, remotes: Sequence[Remote]) -> None:
        """Hand on what is mirrored."""
        kept = [remote for remote in remotes if remote.type in self._types]
        self._dropped += len(remotes) - len(kept)
        self._was.update(other_id(remote.id) for remote in remotes)
        if kept:
            self._sink(kept)

    def told(self, found: Observation) -> Observation:
        """Return what the read amounts to.

        A change may have taken our line out of a milestone, or put it into a task: then what it was before is not
        there any more. A deletion is told by the task's gid, whatever it stood for.
        """
        read = found.read - self._dropped
        if found.complete or RecordType.EVENT not in self._types:
            return replace(found, read=read)
        gone = {*found.gone, *map(other_id, found.gone), *self._was}
        return replace(found, read=read, gone=sorted(gone))
