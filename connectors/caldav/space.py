"""One space: a collection, and what is known of it."""

from __future__ import annotations

import asyncio
from dataclasses import dataclass, field

from connectors.caldav.client import Client, member_path, path_of
from connectors.caldav.collections import Account, Collection, is_path, look_at, named
from connectors.caldav.lens import Lens
from connectors.caldav.options import SpaceOptions
from connectors.caldav.refusals import read_refusal
from connectors.http import HttpRefused
from domain.errors import Paused


@dataclass(slots=True)
class Space:
    """What reading and writing a collection takes.

    `uids` are the UIDs of objects seen so far, by name: tasks name their parents by UID.
    """

    client: Client
    account: Account
    options: SpaceOptions
    lens: Lens
    uids: dict[str, str] = field(default_factory=dict)
    _path: str | None = None
    _finding: asyncio.Lock = field(default_factory=asyncio.Lock)

    @property
    def component(self) -> str:
        """What the collection holds: VEVENT or VTODO."""
        return self.lens.component

    async def path(self) -> str:
        """Return the collection's path; it is looked up once.

        Raises:
            Paused: there is no such collection, or it holds something else.
            HttpRefused: the server refuses.
        """
        async with self._finding:
            if self._path is None:
                self._path = (await self._found()).path
            return self._path

    def is_at(self, path: str | None) -> None:
        """Take the path where the collection was the last time, or None to look it up."""
        self._path = path

    async def _found(self) -> Collection:
        wanted = self.options.wanted
        if is_path(wanted):
            found = await look_at(self.client, wanted if wanted.endswith("/") else f"{wanted}/")
        else:
            found = named(wanted, self.component, await self.account.collections())
        self._check(found)
        return found

    def _check(self, found: Collection) -> None:
        if not found.is_calendar:
            raise Paused(
                f"{path_of(found.path)} is a folder, but no calendar.",
                mend="Name one of the calendars or task lists in it, by the path of its address.",
            )
        if not found.holds(self.component):
            key, other = ("calendar", "tasks") if self.component == "VEVENT" else ("tasks", "calendar")
            raise Paused(
                f"“{found.name}” cannot hold what `{key}` stands for ({self.component}).",
                mend=f"Name another collection, or write {other} = … for this one.",
            )

    async def reach(self) -> Collection:
        """Return the collection in its present state.

        Raises:
            Paused: it cannot be used.
        """
        try:
            found = await look_at(self.client, await self.path())
        except HttpRefused as refused:
            raise read_refusal(self.options.wanted, refused) from refused
        self._check(found)
        return found

    async def elsewhere(self) -> list[Collection]:
        """Return the account's other collections of the same sort."""
        own = await self.path()
        return [one for one in await self.account.collections() if one.path != own and one.holds(self.component)]

    async def member(self, name: str) -> str:
        """Return the path of one object."""
        return member_path(await self.path(), name)
