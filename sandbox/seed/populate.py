"""Fills the stand-ins as people fill their tools: over HTTP, each with their own token.

The tools are filled at the same time, each by one request after the other, so that ids come out the same every
time.
"""

import asyncio
from collections.abc import Mapping
from datetime import datetime
from typing import Any, ClassVar

import httpx

from sandbox.persons.basecamp import span
from sandbox.persons.outlook import graph_fields, when
from sandbox.persons.wire import USER_AGENT, PersonRefusedError, Places
from sandbox.seed.model import Community, Task, Tool
from sandbox.seed.richtext import for_asana, for_basecamp, for_outlook


async def fill(
    community: Community,
    places: Places,
    urls: Mapping[str, str],
    tokens: Mapping[str, Mapping[str, str]],
) -> None:
    """Write the community's tasks, milestones and events into the tools.

    Args:
        community: what to write.
        places: projects, sections, lists and people that exist already.
        urls: base URL by tool.
        tokens: token by tool and member.

    Raises:
        PersonRefusedError: a tool refused something.
    """
    fillers = [filler(community, places, tokens) for filler in (_Asana, _Basecamp, _Outlook)]
    async with asyncio.TaskGroup() as group:
        for filler in fillers:
            group.create_task(filler.run(urls[filler.TOOL]))


class _Filler:
    """One tool being filled through one kept-alive connection."""

    TOOL: ClassVar[Tool]

    def __init__(self, community: Community, places: Places, tokens: Mapping[str, Mapping[str, str]]) -> None:
        self.community, self.places, self.tokens = community, places, tokens[self.TOOL]
        self._client: httpx.AsyncClient

    async def run(self, url: str) -> None:
        async with httpx.AsyncClient(base_url=url, timeout=30) as self._client:
            await self.fill()

    async def fill(self) -> None:
        raise NotImplementedError

    async def send(self, person: str, method: str, path: str, body: Any = None, **headers: str) -> httpx.Response:
        mine = {"Authorization": f"Bearer {self.tokens[person]}", "User-Agent": USER_AGENT, **headers}
        answer = await self._client.request(method, path, json=body, headers=mine)
        if not answer.is_success:
            raise PersonRefusedError(answer)
        return answer


class _Asana(_Filler):
    TOOL = "asana"

    async def fill(self) -> None:
        work = self.community.work_in("asana")
        workspace = await self.send("amara", "GET", "/workspaces")
        home = workspace.json()["data"][0]["gid"]
        names = sorted({tag for task in work for tag in task.tags})
        tags = {name: await self._gid("amara", "/tags", {"name": name, "workspace": home}) for name in names}
        # New tasks appear at the top of their section: the last one first keeps the order of the tables.
        for task in reversed(work):
            await self._write(task, [tags[name] for name in task.tags])

    async def _write(self, task: Task, tags: list[str]) -> None:
        section = self.places.asana_sections[task.list]
        fields = {
            "memberships": [{"project": self.places.asana_project, "section": section}],
            "assignee": self.places.asana_users[task.assignees[0]],
            **self._fields(task),
        }
        gid = await self._gid(task.creator, "/tasks", {**fields, **({"tags": tags} if tags else {})})
        for step in task.steps:
            await self._gid(task.creator, f"/tasks/{gid}/subtasks", {"name": step})
        if task.done:
            await self.send(task.assignees[0], "PUT", f"/tasks/{gid}", {"data": {"completed": True}})

    def _fields(self, task: Task) -> dict[str, Any]:
        copy = task.copies["asana"]
        fields: dict[str, Any] = {"name": copy.title}
        if copy.notes:
            fields["html_notes"] = for_asana(copy.notes)
        if task.due is not None and task.at is not None:
            fields["due_at"] = datetime.combine(task.due, task.at, self.community.zone).isoformat()
        elif task.due is not None:
            fields["due_on"] = task.due.isoformat()
        if task.start is not None:
            fields["start_on"] = task.start.isoformat()
        if task.milestone:
            fields["resource_subtype"] = "milestone"
        return fields

    async def _gid(self, person: str, path: str, data: dict[str, Any]) -> str:
        answer = await self.send(person, "POST", path, {"data": data})
        gid: str = answer.json()["data"]["gid"]
        return gid


class _Basecamp(_Filler):
    TOOL = "basecamp"

    async def fill(self) -> None:
        for task in self.community.work_in("basecamp"):
            await self._write(task)
        path = f"/schedules/{self.places.basecamp_schedule}/entries.json"
        for event in self.community.events_in("basecamp"):
            copy = event.copies["basecamp"]
            body = {"summary": copy.title, "description": for_basecamp(copy.notes)}
            await self.send(event.creator, "POST", path, {**body, **span(event.start, event.end)})

    async def _write(self, task: Task) -> None:
        copy = task.copies["basecamp"]
        body = {
            "content": copy.title,
            "description": for_basecamp(copy.notes),
            "assignee_ids": [self.places.basecamp_people[key] for key in task.assignees],
            "due_on": task.due.isoformat() if task.due else None,
            "starts_on": task.start.isoformat() if task.start else None,
        }
        path = f"/todolists/{self.places.basecamp_lists[task.list]}/todos.json"
        answer = await self.send(task.creator, "POST", path, {k: v for k, v in body.items() if v})
        todo: int = answer.json()["id"]
        for step in task.steps:
            await self.send(task.creator, "POST", f"/card_tables/cards/{todo}/steps.json", {"title": step})
        if task.done:
            await self.send(task.assignees[0], "POST", f"/todos/{todo}/completion.json")


class _Outlook(_Filler):
    TOOL = "microsoft365"

    async def fill(self) -> None:
        for event in self.community.events_in("microsoft365"):
            copy = event.copies["microsoft365"]
            fields = {"body": for_outlook(copy.notes), "location": event.location}
            body = {
                "subject": copy.title,
                **when(event.start, event.end, self.community.zone),
                **graph_fields({name: text for name, text in fields.items() if text}),
            }
            path = f"/users/{self.places.mailbox}/calendar/events"
            await self.send(event.creator, "POST", path, body, Prefer='IdType="ImmutableId"')
