"""The project behind a space: whether it can be used, its workspace, and its sections and tags by name."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncGenerator

import httpx

from connectors.asana.client import Client
from connectors.asana.mapping import UNTITLED, clean
from connectors.asana.raw import Raw, gid_of
from connectors.asana.scope import ABSENT
from connectors.http import HttpRefused
from domain.errors import Paused


class Project:
    """One project. Sections and tags are looked up once and again when a name is not among them."""

    def __init__(self, client: Client, gid: str) -> None:
        self._client = client
        self.gid = gid
        self._workspace: str | None = None
        self._sections: dict[str, str] = {}
        self._tags: dict[str, str] = {}
        self._naming = asyncio.Lock()

    async def require(self) -> Raw:
        """Return the project as Asana shows it.

        Raises:
            Paused: it is gone, out of reach or archived, so that nothing can be said about its tasks.
        """
        try:
            raw = await self._client.project(self.gid)
        except HttpRefused as refused:
            raise self.refused(refused) from refused
        self._workspace = gid_of(raw.get("workspace"))
        if raw.get("archived"):
            raise Paused(
                f"The project “{raw.get('name')}” is archived in Asana.",
                mend="Take it out of the archive in Asana, or remove this space from copsync.toml.",
            )
        return raw

    def refused(self, refused: HttpRefused) -> Paused:
        """Return the error for a refusal that concerns the whole project."""
        said = f' Asana says: "{refused.words}"' if refused.words else ""
        if refused.status in ABSENT:
            return Paused(
                f"The project {self.gid} in Asana is gone, or the account of this connection cannot see it.{said}",
                mend="See whether it still exists, share it with copsync's account (as editor), or correct `project`.",
            )
        if refused.status == httpx.codes.BAD_REQUEST:
            return Paused(
                f"Asana cannot make sense of what was asked about the project {self.gid}.{said}",
                mend="Compare `project` in copsync.toml with the number in the project's address in Asana.",
            )
        return Paused(f"Asana refuses the project {self.gid} ({refused.status}).{said}", mend=refused.mend)

    async def workspace(self) -> str:
        """Return the gid of the workspace that the project lives in, for good.

        Raises:
            Paused: the project cannot be used.
        """
        if self._workspace is None:
            await self.require()
        if self._workspace is None:
            raise Paused(
                f"Asana does not tell the workspace of the project {self.gid}.",
                mend="Give copsync's account access to the project's workspace.",
            )
        return self._workspace

    async def section(self, name: str | None) -> str | None:
        """Return the gid of the section that a list stands for, made if need be.

        None stands for the untitled section; where a project has none, there is no place for it, and None is returned.
        """
        async with self._naming:
            wanted = name or UNTITLED
            if wanted not in self._sections:
                self._sections = await _by_name(self._client.sections(self.gid))
            if wanted not in self._sections and name is not None:
                self._sections[wanted] = str((await self._client.create_section(self.gid, name))["gid"])
            return self._sections.get(wanted)

    def forget(self) -> None:
        """Look sections and tags up anew: one of those known may be gone."""
        self._sections, self._tags = {}, {}

    async def tag(self, name: str) -> str:
        """Return the gid of the workspace's tag of that name, made if need be."""
        async with self._naming:
            workspace = await self.workspace()
            if name not in self._tags:
                self._tags = await _by_name(self._client.tags(workspace))
            if name not in self._tags:
                self._tags[name] = str((await self._client.create_tag(workspace, name))["gid"])
            return self._tags[name]


async def _by_name(pages: AsyncGenerator[list[Raw], None]) -> dict[str, str]:
    """Return the gids by name; of several with one name, the first."""
    found: dict[str, str] = {}
    async for page in pages:
        for raw in page:
            found.setdefault(clean(str(raw.get("name") or "")), str(raw["gid"]))
    return found
