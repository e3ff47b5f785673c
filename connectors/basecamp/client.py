"""Basecamp's endpoints, one method each, on the shared HTTP layer."""

from __future__ import annotations

from collections.abc import Mapping
from http import HTTPStatus
from typing import Any, Literal

import httpx

from connectors.basecamp.items import Row
from connectors.basecamp.listing import Listing
from connectors.http import Http, json_of, path
from domain.errors import Retriable, Uncertain

Status = Literal["active", "archived", "trashed"]
Query = Mapping[str, str]

READABLE = frozenset({200, 302, 304, 403, 404})
"""Answers to a read that mean something to us; all others are the HTTP layer's to judge."""

_WRITTEN_AS = {"Content-Type": "application/json; charset=utf-8"}  # "JSON only": 415 without it, body or not
_OF_STATUS: Mapping[Status, Query] = {
    "active": {},
    "archived": {"status": "archived"},
    "trashed": {"status": "trashed"},
}


class Client:
    """Reads and writes one account. Errors are those of :meth:`connectors.http.Http.request`."""

    def __init__(self, http: Http) -> None:
        self.http = http
        self._fresh: dict[str, tuple[str, Row]] = {}

    async def read(self, *parts: str) -> tuple[int, Row]:
        """Read one thing, whatever Basecamp says to it, and return (status, row); the row is empty unless 200."""
        response = await self._get(*parts)
        if response.status_code != HTTPStatus.OK:
            return response.status_code, dict(response.headers)
        return response.status_code, _row(response)

    async def read_anew(self, *parts: str) -> tuple[int, Row]:
        """Read something asked for often; an unchanged answer costs Basecamp little ("Using HTTP caching")."""
        key = "/".join(parts)
        etag, known = self._fresh.get(key, ("", {}))
        response = await self._get(*parts, headers={"If-None-Match": etag} if etag else {})
        if response.status_code == HTTPStatus.NOT_MODIFIED:
            return HTTPStatus.OK, known
        if response.status_code != HTTPStatus.OK:
            return response.status_code, dict(response.headers)
        row = _row(response)
        if "etag" in response.headers:
            self._fresh[key] = response.headers["etag"], row
        return response.status_code, row

    async def profile(self) -> Row:
        """Return whom the token acts as."""
        return _row(await self.http.request("GET", _json("my", "profile")))

    def projects(self) -> Listing:
        """List the active projects."""
        return self._list("projects")

    def people(self, project: str) -> Listing:
        """List the people on a project."""
        return self._list("projects", project, "people")

    def todolists(self, todoset: str, status: Status = "active") -> Listing:
        """List the to-do lists of a to-do set, groups not among them."""
        return self._list("todosets", todoset, "todolists", params=_OF_STATUS[status])

    def groups(self, todolist: str) -> Listing:
        """List the groups of a to-do list."""
        return self._list("todolists", todolist, "groups")

    def todos(self, todolist: str, *, completed: bool) -> Listing:
        """List the open or the completed to-dos of a list or group."""
        return self._list("todolists", todolist, "todos", params=_completed(completed))

    def loose_todos(self, project: str, todoset: str, *, completed: bool) -> Listing:
        """List the open or the completed to-dos that lie in no list; exists in the project-scoped form only."""
        return self._list("buckets", project, "todosets", todoset, "todos", params=_completed(completed))

    def entries(self, schedule: str) -> Listing:
        """List the active entries of a schedule, recurring ones among them."""
        return self._list("schedules", schedule, "entries")

    def recordings(
        self,
        kind: str,
        project: str,
        *,
        sort: Literal["created_at", "updated_at"] = "updated_at",
        status: Status = "active",
    ) -> Listing:
        """List a project's recordings of one type and status, the latest first ("Recordings: Get recordings")."""
        asked = {"type": kind, "bucket": project, "sort": sort, "direction": "desc"}
        return self._list("projects", "recordings", params={**asked, **_OF_STATUS[status]})

    async def create(self, body: Row, *parts: str) -> Row:
        """Create something and return it; never sent twice."""
        return _written(await self.http.request("POST", _json(*parts), json=dict(body), repeatable=False))

    async def replace(self, body: Row, *parts: str) -> Row:
        """Replace something and return it as it is now."""
        return _written(await self.http.request("PUT", _json(*parts), json=dict(body)))

    async def complete(self, todo: str, *, done: bool) -> None:
        """Tick a to-do off, or take the tick away; twice is the same as once."""
        method = "POST" if done else "DELETE"
        await self.http.request(method, _json("todos", todo, "completion"), headers=_WRITTEN_AS, repeatable=True)

    async def move(self, todo: str, todolist: str) -> None:
        """Put a to-do on top of a list or group."""
        body = {"position": 1, "parent_id": int(todolist)}
        await self.http.request("PUT", _json("todos", todo, "position"), json=body)

    async def trash(self, recording: str) -> None:
        """Put a recording into the trash, where it stays for 30 days."""
        await self.http.request("PUT", _json("recordings", recording, "status", "trashed"), headers=_WRITTEN_AS)

    async def bring_back(self, recording: str) -> None:
        """Take a recording out of the trash or the archive ("Recordings"); one that is active stays as it is."""
        await self.http.request("PUT", _json("recordings", recording, "status", "active"), headers=_WRITTEN_AS)

    async def _get(self, *parts: str, headers: Query | None = None) -> httpx.Response:
        return await self.http.request("GET", _json(*parts), headers=headers, expect=READABLE)

    def _list(self, *parts: str, params: Query | None = None) -> Listing:
        return Listing(self.http, _json(*parts), params)


def _json(*parts: str) -> str:
    return f"{path(*parts)}.json"


def _completed(completed: bool) -> Query:  # noqa: FBT001 - named at the two places that ask
    return {"completed": "true"} if completed else {}


def _row(response: httpx.Response) -> Row:
    found: Any = json_of(response)
    if not isinstance(found, dict) or "id" not in found:
        raise Retriable(f"{response.request.url.path} was answered with something that has no id.")
    return found


def _written(response: httpx.Response) -> Row:
    found: Any = json_of(response)
    if not isinstance(found, dict) or "id" not in found:
        raise Uncertain(f"A write to {response.request.url.path} was answered with something that has no id.")
    return found
