"""Asana's endpoints, one method each: the SDK builds the requests in worker threads, the HTTP layer sends them."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncGenerator, Callable, Mapping
from concurrent.futures import ThreadPoolExecutor
from contextvars import copy_context
from typing import Any

import asana
import httpx

from connectors.asana.raw import OF_THE_MAKER, Raw, opt_fields
from connectors.asana.sdk import Sdk
from connectors.http import Http, HttpRefused, ThreadBridge
from domain.errors import Retriable, Uncertain

PAGE = 100
"""The most that Asana puts on a page; lists without a limit are refused when they grow (Asana: Pagination)."""

ME = "me"


class BrokenListing(Retriable):
    """A list that cannot be followed to its end: what came is right, but it may not be all there is."""


class Client:
    """Reads and writes one account. Errors are those of :meth:`connectors.http.Http.request`.

    The threads are its own: the event loop's default ones also look up names, and would wait for each other.

    Args:
        http: the connection's client; belongs to the loop on which the methods are awaited.
        base_url: where the API is.
        threads: how many calls may be under way at once.
        external: whether the account is an OAuth app, which may read and write `external`.
        signs_in: whether a person let copsync in as an app, instead of giving it a token.
    """

    def __init__(self, http: Http, base_url: str, *, threads: int, external: bool, signs_in: bool = False) -> None:
        self.http = http
        self.external = external
        self.signs_in = signs_in
        self.fields = opt_fields(external=external)
        self._bridge: ThreadBridge | None = None
        self._workers = ThreadPoolExecutor(max_workers=threads, thread_name_prefix="asana")
        sdk = Sdk(base_url, self._send)
        self._tasks = asana.TasksApi(sdk)
        self._projects = asana.ProjectsApi(sdk)
        self._project_memberships = asana.ProjectMembershipsApi(sdk)
        self._sections = asana.SectionsApi(sdk)
        self._tags = asana.TagsApi(sdk)
        self._users = asana.UsersApi(sdk)
        self._workspaces = asana.WorkspacesApi(sdk)
        self._events = asana.EventsApi(sdk)

    async def aclose(self) -> None:
        """Let the threads go. Repeatable."""
        self._workers.shutdown(wait=False, cancel_futures=True)

    async def me(self) -> Raw:
        """Return whom the token acts as, with the workspaces it may enter."""
        return await self._one(self._users.get_user, ME, {"opt_fields": "name,email,workspaces.name"})

    async def project(self, gid: str) -> Raw:
        """Return a project: its name, whether it is archived, and its workspace."""
        return await self._one(self._projects.get_project, gid, {"opt_fields": "name,archived,workspace.name"})

    def projects(self, workspace: str) -> AsyncGenerator[list[Raw], None]:
        """List the projects of a workspace that are not archived."""
        return self._pages(
            self._projects.get_projects, workspace=workspace, archived=False, opt_fields="name,workspace.name"
        )

    def my_memberships(self, project: str) -> AsyncGenerator[list[Raw], None]:
        """List what the account itself may do in a project."""
        return self._pages(
            self._project_memberships.get_project_memberships_for_project,
            project,
            user=ME,
            opt_fields="access_level",
        )

    def users(self, workspace: str) -> AsyncGenerator[list[Raw], None]:
        """List the people of a workspace whom the account can see."""
        return self._pages(self._users.get_users, workspace=workspace, opt_fields="name,email")

    def sections(self, project: str) -> AsyncGenerator[list[Raw], None]:
        """List the sections of a project, in their order."""
        return self._pages(self._sections.get_sections_for_project, project, opt_fields="name")

    def tags(self, workspace: str) -> AsyncGenerator[list[Raw], None]:
        """List the tags of a workspace."""
        return self._pages(self._tags.get_tags, workspace=workspace, opt_fields="name")

    def tasks(self, project: str) -> AsyncGenerator[list[Raw], None]:
        """List all tasks of a project, done ones among them; subtasks only where they were added to it."""
        return self._pages(self._tasks.get_tasks, project=project, opt_fields=self.fields)

    def recent(self, project: str, since: str) -> AsyncGenerator[list[Raw], None]:
        """List the tasks of a project that changed since a moment (ISO 8601, UTC), with who made them and when."""
        fields = opt_fields(external=self.external, more=OF_THE_MAKER)
        return self._pages(self._tasks.get_tasks, project=project, modified_since=since, opt_fields=fields)

    def subtasks(self, task: str, *, maker: bool = False) -> AsyncGenerator[list[Raw], None]:
        """List the subtasks of a task; `maker` adds who made them and when."""
        fields = opt_fields(external=self.external, more=OF_THE_MAKER if maker else ())
        return self._pages(self._tasks.get_subtasks_for_task, task, opt_fields=fields)

    async def task(self, gid: str) -> Raw:
        """Return one task, by gid or `external:…`."""
        return await self._one(self._tasks.get_task, gid, {"opt_fields": self.fields})

    async def whereabouts(self, gid: str) -> Raw:
        """Return where one task lives, and no more."""
        return await self._one(self._tasks.get_task, gid, {"opt_fields": "memberships.project,parent"})

    async def events(self, resource: str, sync: str | None) -> Mapping[str, Any]:
        """Return a batch of events as sent: `data`, `sync` and `has_more`.

        Raises:
            HttpRefused: 412 with a fresh `sync` in its body, because the token is too old or there was none.
        """
        answer: Mapping[str, Any] = await self._call(self._events.get_events, resource, {"sync": sync} if sync else {})
        return answer

    async def create(self, body: Raw, parent: str | None) -> Raw:
        """Create a task, or a subtask of a parent, and return it; never sent twice."""
        opts = {"opt_fields": self.fields}
        if parent is None:
            return await self._one(self._tasks.create_task, {"data": dict(body)}, opts)
        return await self._one(self._tasks.create_subtask_for_task, {"data": dict(body)}, parent, opts)

    async def update(self, task: str, body: Raw) -> Raw:
        """Change fields of a task and return it as it is now."""
        return await self._one(self._tasks.update_task, {"data": dict(body)}, task, {"opt_fields": self.fields})

    async def delete(self, task: str) -> None:
        """Put a task, and its subtasks with it, into the trash of the account, where it stays for 30 days."""
        await self._call(self._tasks.delete_task, task)

    async def set_parent(self, task: str, parent: str | None) -> Raw:
        """Make a task a subtask of another, or of none, and return it as it is now."""
        body = {"data": {"parent": parent}}
        return await self._one(self._tasks.set_parent_for_task, body, task, {"opt_fields": self.fields})

    async def add_to_project(self, task: str, project: str, section: str | None) -> None:
        """Put a task into a project, besides those it is in."""
        place = {"project": project, **({"section": section} if section else {})}
        await self._call(self._tasks.add_project_for_task, {"data": place}, task)

    async def add_to_section(self, task: str, section: str) -> None:
        """Move a task to the top of a section of its project."""
        await self._call(self._sections.add_task_for_section, section, {"body": {"data": {"task": task}}})

    async def create_section(self, project: str, name: str) -> Raw:
        """Add a section at the end of a project."""
        opts = {"body": {"data": {"name": name}}, "opt_fields": "name"}
        return await self._one(self._sections.create_section_for_project, project, opts)

    async def create_tag(self, workspace: str, name: str) -> Raw:
        """Add a tag to a workspace."""
        body = {"data": {"name": name, "workspace": workspace}}
        return await self._one(self._tags.create_tag, body, {"opt_fields": "name"})

    async def add_tag(self, task: str, tag: str) -> None:
        """Give a task a tag."""
        await self._call(self._tasks.add_tag_for_task, {"data": {"tag": tag}}, task)

    async def remove_tag(self, task: str, tag: str) -> None:
        """Take a tag off a task."""
        await self._call(self._tasks.remove_tag_for_task, {"data": {"tag": tag}}, task)

    async def _call(self, call: Callable[..., Any], *args: Any) -> Any:
        loop = asyncio.get_running_loop()
        if self._bridge is None:
            self._bridge = ThreadBridge(self.http, loop)
        return await loop.run_in_executor(self._workers, copy_context().run, call, *args)

    def _send(self, *args: Any, **named: Any) -> httpx.Response:
        if self._bridge is None:
            raise RuntimeError("the SDK was called before the event loop was known")
        return self._bridge.request(*args, **named)

    async def _one(self, call: Callable[..., Any], *args: Any) -> Raw:
        answer = await self._call(call, *args)
        found = answer.get("data") if isinstance(answer, Mapping) else None
        if not isinstance(found, Mapping) or not found.get("gid"):
            raise _no_object(call.__name__)
        return found

    async def _pages(self, call: Callable[..., Any], *args: Any, **options: Any) -> AsyncGenerator[list[Raw], None]:
        """Follow a list to its end. The SDK writes into the options, so each call gets its own.

        Raises:
            BrokenListing: a page points back, or Asana refuses a later one (its offset expired, or the list is
                longer than Asana gives out).
        """
        offsets: set[str] = set()
        offset: str | None = None
        while True:
            paging = {"limit": PAGE, **({"offset": offset} if offset else {})}
            try:
                answer = await self._call(call, *args, {**options, **paging})
            except HttpRefused as refused:
                if offset is None or refused.status != httpx.codes.BAD_REQUEST:
                    raise
                raise BrokenListing(f"Asana stopped in the middle of a list: {refused.message}") from refused
            yield _rows(answer, call.__name__)
            offset = (answer.get("next_page") or {}).get("offset")
            if offset is None:
                return
            if offset in offsets:
                raise BrokenListing("Asana gave out the same page of a list twice.")
            offsets.add(offset)


def _rows(answer: Any, name: str) -> list[Raw]:
    rows = answer.get("data") if isinstance(answer, Mapping) else None
    if not isinstance(rows, list) or not all(isinstance(row, Mapping) and row.get("gid") for row in rows):
        raise Retriable(f"Asana answered {name} with something that is no list.")
    return rows


def _no_object(name: str) -> Retriable | Uncertain:
    message = f"Asana answered {name} with something that has no gid."
    return Retriable(message) if name.startswith("get_") else Uncertain(message)
