"""Tells whether a task belongs to what a space mirrors: the project's tasks, and every subtask below them."""

from __future__ import annotations

import httpx

from connectors.asana.client import Client
from connectors.asana.raw import Raw, is_in, is_task, parent_of
from connectors.http import HttpRefused

ABSENT = frozenset({httpx.codes.NOT_FOUND, httpx.codes.FORBIDDEN})
"""How Asana answers for what is deleted, purged or out of sight."""

_DEEPEST = 10  # Asana nests five levels; more would be a circle


class Scope:
    """Answers for tasks read one by one; remembers what it learned about their parents."""

    def __init__(self, client: Client, project: str) -> None:
        self._client = client
        self._project = project
        self._known: dict[str, bool] = {}

    async def holds(self, raw: Raw) -> bool:
        """Tell whether a task is mirrored. Reads its parents only if it is not in the project itself."""
        if not is_task(raw):
            return False
        path: list[str] = []
        here: Raw | None = raw
        answer: bool | None = None
        while answer is None:
            if here is None or len(path) > _DEEPEST:
                answer = False
            elif is_in(here, self._project):
                answer = True
            else:
                path.append(str(here["gid"]))
                parent = parent_of(here)
                answer = False if parent is None else self._known.get(parent)
                here = await self._read(parent) if parent is not None and answer is None else None
        self._known.update(dict.fromkeys(path, answer))
        return answer

    async def _read(self, gid: str) -> Raw | None:
        try:
            return await self._client.whereabouts(gid)
        except HttpRefused as refused:
            if refused.status not in ABSENT:
                raise
            return None
