"""One pass over a project: all of it, or the tasks that events named, with the subtasks below them."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from contextlib import suppress

from connectors.asana.client import BrokenListing, Client
from connectors.asana.events import Cursor, Hints
from connectors.asana.raw import Raw, has_subtasks, is_task, remote_of
from connectors.asana.scope import ABSENT, Scope
from connectors.asana.together import together
from connectors.contract import Observation, Sink
from connectors.http import HttpRefused

_ROUNDS = 2


class Pass:
    """One read: hands over each task once, however often Asana lists it, and notes whether the lists were whole."""

    def __init__(self, client: Client, project: str, sink: Sink) -> None:
        self._client = client
        self._project = project
        self._sink = sink
        self._scope = Scope(client, project)
        self._handed: set[str] = set()
        self._is_odd = False
        self._calls = 0

    async def all(self, sync: str | None) -> Observation:
        """Read every task of the project, and the subtasks below them."""
        is_whole = False
        for _ in range(_ROUNDS):
            with suppress(BrokenListing):
                await self._list()
                is_whole = not self._is_odd
                break
        cursor = str(Cursor(self._project, sync, self._calls + 1)) if sync and is_whole else None
        return Observation(complete=is_whole, cursor=cursor, read=len(self._handed))

    async def _list(self) -> None:
        listed: set[str] = set()
        async for page in self._client.tasks(self._project):
            self._calls += 1
            gids = {str(raw["gid"]) for raw in page}
            self._is_odd |= len(gids) < len(page) or bool(gids & listed)
            listed |= gids
            await self._below(self._hand(page))

    async def some(self, hints: Hints, cursor: Cursor) -> Observation:
        """Read the tasks that events named, each by itself; what is not found there is a candidate for a deletion."""
        gone = set(hints.gone)
        found = await together(self._read(gid) for gid in hints.changed)
        gone.update(gid for gid, raw in zip(hints.changed, found, strict=True) if raw is None)
        mirrored = [raw for raw in found if raw is not None]
        self._hand(mirrored)
        await self._below([raw for raw in mirrored if hints.changed[str(raw["gid"])]])
        resumes = None if self._is_odd else str(cursor)
        return Observation(complete=False, cursor=resumes, read=len(self._handed), gone=sorted(gone))

    async def _read(self, gid: str) -> Raw | None:
        try:
            raw = await self._client.task(gid)
        except HttpRefused as refused:
            if refused.status not in ABSENT:
                raise
            return None
        return raw if await self._scope.holds(raw) else None

    def _hand(self, rows: Iterable[Raw]) -> list[Raw]:
        """Give new tasks to the sink and return them."""
        fresh = [raw for raw in rows if is_task(raw) and str(raw["gid"]) not in self._handed]
        self._handed.update(str(raw["gid"]) for raw in fresh)
        if fresh:
            self._sink([remote_of(raw, self._project) for raw in fresh])
        return fresh

    async def _below(self, tasks: Sequence[Raw]) -> None:
        """Read the subtasks of tasks, level by level: one list per task that has any."""
        level = [str(raw["gid"]) for raw in tasks if has_subtasks(raw)]
        while level:
            lists = await together(self._subtasks(gid) for gid in level)
            level = [str(raw["gid"]) for rows in lists for raw in self._hand(rows) if has_subtasks(raw)]

    async def _subtasks(self, gid: str) -> list[Raw]:
        self._calls += 1
        try:
            return [raw async for page in self._client.subtasks(gid) for raw in page]
        except BrokenListing:
            self._is_odd = True
        except HttpRefused as refused:
            if refused.status not in ABSENT:
                raise
            self._is_odd = True  # it was deleted while we read
        return []
