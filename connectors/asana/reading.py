"""Reads a project: what changed since a sync token, everything, one task, or the outcome of a lost create."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
from datetime import datetime, timedelta

import httpx

from connectors.asana.client import Client
from connectors.asana.events import Cursor, Hints, read_cursor
from connectors.asana.mapping import clean
from connectors.asana.passing import Pass
from connectors.asana.project import Project
from connectors.asana.raw import Raw, gid_of, is_task, mark_for, moment, objects, parent_of, remote_of, when
from connectors.asana.scope import ABSENT, Scope
from connectors.asana.signs import gathering_in, task_id
from connectors.contract import Lost, Missing, Observation, Remote, Sink
from connectors.http import HttpRefused
from domain.fields import RecordType
from domain.values import to_json

MOST_SINGLE_READS = 50
"""How many tasks are read one by one at most; more are read as lists."""

_BEFORE = timedelta(minutes=5)


class Reader:
    """Reads one project for the contract."""

    def __init__(self, client: Client, project: Project) -> None:
        self._client = client
        self._project = project

    async def observe(self, cursor: str | None, sink: Sink) -> Observation:
        """Hand over what changed since the cursor, or everything. See the contract."""
        try:
            known = read_cursor(cursor, self._project.gid)
            if known is not None:
                return await self._resume(known, sink)
            await self._project.require()
            return await self._everything(await self._fresh_token(), sink)
        except HttpRefused as refused:
            await self._project.require()
            raise self._project.refused(refused) from refused

    async def _resume(self, cursor: Cursor, sink: Sink) -> Observation:
        """Follow the events. Where a full list costs no more than reading task by task, read everything."""
        hints, most = Hints(), min(cursor.calls, MOST_SINGLE_READS)
        sync, has_more, used = cursor.sync, True, {cursor.sync}
        while has_more and not hints.everything:
            try:
                batch = await self._client.events(self._project.gid, sync)
            except HttpRefused as refused:  # too old (412), or no events for this account: a full read tells the same
                await self._project.require()
                return await self._everything(_token_in(refused), sink)
            hints.take(objects(batch.get("data")), self._project.gid)
            sync, has_more = str(batch.get("sync") or sync), bool(batch.get("has_more"))
            hints.everything |= len(hints.changed) > most or (has_more and sync in used)
            used.add(sync)
        if hints.everything or hints.project:
            await self._project.require()
        if hints.everything:
            return await self._everything(await self._fresh_token() if has_more else sync, sink)
        return await Pass(self._client, self._project.gid, sink).some(hints, replace(cursor, sync=sync))

    async def _everything(self, sync: str | None, sink: Sink) -> Observation:
        return await Pass(self._client, self._project.gid, sink).all(sync)

    async def _fresh_token(self) -> str | None:
        """Return a new sync token, taken before a full read so that nothing falls in between.

        None where Asana gives none, although the project can be read: an app with narrow scopes may lack its events.
        Then every run reads everything.
        """
        try:
            batch = await self._client.events(self._project.gid, None)
        except HttpRefused as refused:
            return _token_in(refused)
        return str(batch["sync"]) if batch.get("sync") else None

    async def fetch(self, task: str) -> Remote | Missing:
        """Read one task directly. See the contract."""
        try:
            raw = await self._client.task(task_id(task))
        except HttpRefused as refused:
            if refused.status not in ABSENT:
                raise self._project.refused(refused) from refused
            await self._project.require()
            return Missing.NO_ACCESS if refused.status == httpx.codes.FORBIDDEN else Missing.GONE
        scope = Scope(self._client, self._project.gid)
        found = remote_of(raw, self._project.gid)
        return found if found.id == task and await scope.holds(raw) else Missing.OUT_OF_SCOPE

    async def find(self, lost: Lost) -> Sequence[Remote]:
        """Look for a create whose answer was lost. See the contract."""
        try:
            found = await (self._marked(lost) if self._client.external else self._alike(lost))
        except HttpRefused as refused:
            await self._project.require()
            if refused.status in ABSENT:  # the parent it was to be made below is gone, and everything below it
                return []
            raise self._project.refused(refused) from refused
        return [remote_of(raw, self._project.gid) for raw in found]

    async def _marked(self, lost: Lost) -> list[Raw]:
        try:
            return [await self._client.task(f"external:{mark_for(lost.mark, self._project.gid)}")]
        except HttpRefused as refused:
            if refused.status not in ABSENT:
                raise
            return []

    async def _alike(self, lost: Lost) -> list[Raw]:
        """Return what this account made since then: the sign of the gathering, or a like task."""
        me = gid_of(await self._client.me())
        since = lost.since + (self._client.http.clock_offset or timedelta()) - _BEFORE
        parent = lost.view.get("parent")
        if isinstance(parent, str):
            pages = self._client.subtasks(parent, maker=True)
        else:
            pages = self._client.recent(self._project.gid, str(to_json(since)))
        is_it = _stands_for if lost.type is RecordType.EVENT else _is_like
        found = {str(raw["gid"]): raw async for page in pages for raw in page}
        return [raw for raw in found.values() if gid_of(raw.get("created_by")) == me and is_it(raw, lost, since)]


def _stands_for(raw: Raw, lost: Lost, since: datetime) -> bool:
    made = moment(raw, "created_at")
    return gathering_in(raw.get("html_notes")) == lost.mark and made is not None and made >= since


def _is_like(raw: Raw, lost: Lost, since: datetime) -> bool:
    if gathering_in(raw.get("html_notes")):
        return False
    made = moment(raw, "created_at")
    wanted = (clean(str(lost.view.get("title") or "")).strip(), lost.view.get("due"), lost.view.get("parent"))
    shown = (clean(str(raw.get("name") or "")).strip(), when(raw, "due"), parent_of(raw))
    return is_task(raw) and shown == wanted and made is not None and made >= since


def _token_in(refused: HttpRefused) -> str | None:
    body = refused.body_json
    return body["sync"] if isinstance(body, dict) and isinstance(body.get("sync"), str) else None
