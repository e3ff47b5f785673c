"""Carries out writes: one PUT for plain fields, further calls for sections, tags and parents, the trash at the end.

What can be refused comes first. Nobody is made a follower; an assignee is told by Asana itself.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any, cast
from zoneinfo import ZoneInfo

import httpx

from connectors.asana import bodies
from connectors.asana.client import Client
from connectors.asana.mapping import clean
from connectors.asana.project import Project
from connectors.asana.raw import (
    Raw,
    gid_of,
    has_subtasks,
    is_in,
    is_task,
    mark_for,
    parent_of,
    remote_of,
    section_in,
    tags_of,
)
from connectors.asana.showing import Shower
from connectors.asana.signs import gathering_in, task_id
from connectors.contract import Remote, Write
from connectors.http import HttpRefused
from domain.errors import CopsyncError, Paused, SetAside, Stale, Uncertain
from domain.fields import RecordType
from domain.plan import Verb
from domain.values import Fields, Value

_MENDS: Mapping[int, str] = {
    httpx.codes.PAYMENT_REQUIRED: "This needs a paid plan in Asana; upgrade, or leave this out there.",
    httpx.codes.FORBIDDEN: "Give copsync's account the right to edit this task in Asana.",
    httpx.codes.NOT_FOUND: "See in Asana whether its parent task still exists.",
    httpx.codes.REQUEST_ENTITY_TOO_LARGE: "Shorten its description.",
}


class Writer:
    """Writes into one project for the contract."""

    def __init__(self, client: Client, project: Project, zone: ZoneInfo, shower: Shower) -> None:
        self._client = client
        self._project = project
        self._zone = zone
        self._shower = shower

    async def write(self, write: Write) -> Remote | None:
        """Carry out a write. See the contract."""
        try:
            if write.type is RecordType.EVENT and write.verb is not Verb.DELETE:
                return await self._shower.write(write)
            if write.remote is None:
                return remote_of(await self._create(write), self._project.gid)
            if write.verb is Verb.DELETE:
                await self._delete(task_id(write.remote), write.current)
                return None
            return remote_of(await self._change(write, write.remote), self._project.gid)
        except HttpRefused as refused:
            self._project.forget()
            raise await self._verdict(refused, write) from refused

    async def _create(self, write: Write) -> Raw:
        view, parent = write.view, cast("str | None", write.view.get("parent"))
        wanted = view.get("list")
        section = await self._project.section(wanted) if isinstance(wanted, str) and parent is None else None
        body = _no_sign(bodies.new_task(view, self._zone), view)
        if tags := _names(view.get("tags")):
            body["tags"] = [await self._project.tag(name) for name in sorted(tags)]
        if self._client.external:
            body["external"] = {"gid": mark_for(write.mark, self._project.gid)}
        if parent is None:
            body["projects"] = [self._project.gid]
        raw = await self._client.create(body, parent)
        return raw if section is None else await self._settle_in(str(raw["gid"]), section)

    async def _settle_in(self, gid: str, section: str) -> Raw:
        """Move a task just made to its section; a create has no place to name one (Asana: Create a task).

        Raises:
            Uncertain: that failed. The task exists, so the create must not be sent again.
        """
        try:
            await self._client.add_to_section(gid, section)
            return await self._client.task(gid)
        except CopsyncError as error:
            raise Uncertain(
                f"The task {gid} was made in Asana, but not moved to its section: {error.message}"
            ) from error

    async def _change(self, write: Write, gid: str) -> Raw:
        now: Raw = write.current.raw if write.current is not None else await self._client.task(gid)
        section = await self._section(write)
        added, removed = await self._tags(write, now)
        body = _no_sign(bodies.changes(write.fields, write.view, now, self._zone), write.view)
        answer = await self._put(gid, body) if body else None
        for tag in removed:
            await self._client.remove_tag(gid, tag)
        for tag in added:
            await self._client.add_tag(gid, tag)
        placed = await self._place(write, gid, section, now)
        if answer is None or placed or added or removed:
            return await self._client.task(gid)
        return answer

    async def _put(self, gid: str, body: dict[str, Any]) -> Raw:
        """Change plain fields. Where a new due date did not replace the old one, clear it and set it again."""
        answer = await self._client.update(gid, body)
        if bodies.is_as_asked(body, answer):
            return answer
        await self._client.update(gid, {"due_on": None, "start_on": None})
        return await self._client.update(gid, bodies.only_dates(body, answer))

    async def _section(self, write: Write) -> str | None:
        if "list" not in write.fields or write.view.get("parent") is not None:
            return None
        return await self._project.section(cast("str | None", write.view.get("list")))

    async def _tags(self, write: Write, now: Raw) -> tuple[list[str], list[str]]:
        """Return the tags to add and to remove. What somebody else changed meanwhile is left alone."""
        if "tags" not in write.fields:
            return [], []
        wanted, base = _names(write.view.get("tags")), _names(write.base.get("tags"))
        here: dict[str, list[str]] = {}
        for name, gid in tags_of(now):
            here.setdefault(clean(name), []).append(gid)
        added = [await self._project.tag(name) for name in sorted(wanted - base - here.keys())]
        return added, [gid for name in sorted(base - wanted) for gid in here.get(name, ())]

    async def _place(self, write: Write, gid: str, section: str | None, now: Raw) -> bool:
        """Move a task to its section and below its parent; tell whether anything moved."""
        present = section_in(now, self._project.gid)
        moves = section is not None and present is not None and gid_of(present) != section
        if moves and section is not None:
            await self._client.add_to_section(gid, section)
        parent = cast("str | None", write.view.get("parent"))
        if "parent" not in write.fields or parent == parent_of(now):
            return moves
        await self._set_parent(gid, parent, section, now)
        return True

    async def _set_parent(self, gid: str, parent: str | None, section: str | None, now: Raw) -> None:
        """Make a task a subtask, or free it: then it joins the project first, so that it is never nowhere."""
        if parent is None and not is_in(now, self._project.gid):
            await self._client.add_to_project(gid, self._project.gid, section)
        await self._client.set_parent(gid, parent)

    async def _delete(self, gid: str, current: Remote | None) -> None:
        """Put a task into the trash. Asana takes its subtasks along, so they become tasks of the project first."""
        try:
            now = current.raw if current is not None else await self._client.task(gid)
            if has_subtasks(now):
                await self._free_subtasks(gid, gid_of(section_in(now, self._project.gid)))
            await self._client.delete(gid)
        except HttpRefused as refused:
            if refused.status != httpx.codes.NOT_FOUND:
                raise
            await self._project.require()

    async def _free_subtasks(self, gid: str, section: str | None) -> None:
        subtasks = [raw async for page in self._client.subtasks(gid) for raw in page if is_task(raw)]
        for raw in subtasks:
            try:
                await self._set_parent(str(raw["gid"]), None, section, raw)
            except HttpRefused as refused:
                if refused.status != httpx.codes.NOT_FOUND:  # deleted meanwhile: nothing left to save
                    raise

    async def _verdict(self, refused: HttpRefused, write: Write) -> CopsyncError:
        """Return what a refusal means: for the project, for the task as it was read, or for this record."""
        if refused.status in (httpx.codes.FORBIDDEN, httpx.codes.NOT_FOUND):
            await self._project.require()
        if refused.status == httpx.codes.NOT_FOUND and write.remote is not None:
            return Stale(f"The task {write.remote} is no longer in Asana.")
        if refused.status == httpx.codes.FORBIDDEN and write.remote is None:
            return Paused(
                f"Asana lets copsync's account read the project {self._project.gid}, but not add to it"
                + (f' ("{refused.words}").' if refused.words else "."),
                mend="Make copsync's account an editor of the project in Asana."
                + (" Set external_ids to false unless the token is that of an OAuth app." * self._client.external),
            )
        if refused.status == httpx.codes.UNAVAILABLE_FOR_LEGAL_REASONS:
            return self._project.refused(refused)
        mend = _MENDS.get(refused.status, "Correct it where it was written last; then it is sent again.")
        title = write.view.get("title") or write.base.get("title") or write.remote or "?"
        return SetAside(f"Asana refuses “{title}” ({refused.status}).", mend=mend, words=refused.words)


def _no_sign(body: dict[str, Any], view: Fields) -> dict[str, Any]:
    """Return the body of a task.

    Raises:
        SetAside: its notes hold the line by which a milestone stands for a gathering, copied from there.
    """
    if gathering_in(body.get("html_notes")):
        raise SetAside(
            f"The notes of “{view.get('title')}” hold the line “Kept in step by copsync […]” of a gathering.",
            mend="Take that line out of its notes; then it is sent to Asana.",
        )
    return body


def _names(value: Value) -> frozenset[str]:
    return value if isinstance(value, frozenset) else frozenset()
