"""Shows gatherings as milestones. One way: what people make of a milestone is theirs, and only what changes is sent."""

from __future__ import annotations

from dataclasses import dataclass, replace
from datetime import datetime
from typing import Any, cast
from zoneinfo import ZoneInfo

from connectors.asana import bodies
from connectors.asana.client import Client
from connectors.asana.gatherings import is_over
from connectors.asana.lines import SAYS, description, renewed
from connectors.asana.project import Project
from connectors.asana.raw import Raw, mark_for, remote_of
from connectors.asana.signs import task_id
from connectors.contract import Remote, Write
from domain.values import Fields


@dataclass(frozen=True, slots=True)
class Shown:
    """A milestone as a write left it, and what the write said: the only time that its fields are told."""

    raw: Raw
    fields: Fields


class Shower:
    """Makes and changes the milestones of one project; nobody is assigned or made a follower.

    Args:
        client: the account.
        project: where they are.
        zone: the community's.
        today: the beginning of the community's day.
    """

    def __init__(self, client: Client, project: Project, zone: ZoneInfo, today: datetime) -> None:
        self._client = client
        self._project = project
        self._zone = zone
        self._today = today

    async def write(self, write: Write) -> Remote:
        """Create or change one milestone.

        Raises:
            Stale: somebody made it their own.
        """
        raw = await (self._create(write) if write.remote is None else self._change(write, task_id(write.remote)))
        return replace(remote_of(raw, self._project.gid), raw=Shown(raw, write.view))

    async def _create(self, write: Write) -> Raw:
        task = {"title": write.view.get("title"), "due": write.view.get("start"), "kind": "milestone"}
        body = bodies.new_task(task, self._zone)
        body |= {"html_notes": description(write.mark, write.view, self._zone), "projects": [self._project.gid]}
        if self._client.external:
            body["external"] = {"gid": mark_for(write.mark, self._project.gid)}
        return await self._client.create(body, None)

    async def _change(self, write: Write, gid: str) -> Raw:
        now = cast("Raw", write.current.raw) if write.current is not None else await self._client.task(gid)
        body = self._changes(write, now)
        if not body:
            return now
        answer = await self._client.update(gid, body)
        if bodies.is_as_asked(body, answer):
            return answer
        await self._client.update(gid, {"due_on": None})
        return await self._client.update(gid, bodies.only_dates(body, answer))

    def _changes(self, write: Write, now: Raw) -> dict[str, Any]:
        changed, present = write.fields.keys(), str(now.get("html_notes") or "")
        notes = renewed(present, write.mark, write.view, self._zone)
        body: dict[str, Any] = {}
        if "title" in changed:
            body["name"] = write.view.get("title") or ""
        if changed & SAYS and notes != present:
            body["html_notes"] = notes
        if "start" in changed:
            body |= bodies.dates(frozenset({"due"}), {"due": write.view.get("start")}, now, self._zone)
        if "start" in changed and now.get("completed") and "end" in write.base:
            body |= {"completed": False} if is_over(write.base["end"], self._today) else {}
        return body
