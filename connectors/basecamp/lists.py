"""The to-do lists of a space: read, looked up for a to-do, and made by name when a write needs one."""

from __future__ import annotations

import asyncio
from dataclasses import dataclass, field

from connectors.basecamp.client import Client
from connectors.basecamp.container import Container, Scope
from connectors.basecamp.items import Row
from connectors.basecamp.places import Place, Places, parent_id
from connectors.basecamp.texts import fold
from connectors.basecamp.together import together
from connectors.contract import Missing
from domain.errors import SetAside, Uncertain

_STATUS = {"trashed": Missing.GONE, "archived": Missing.OUT_OF_SCOPE, "drafted": Missing.OUT_OF_SCOPE}


@dataclass(slots=True)
class Lists:
    """Knows the active lists and groups of the space's to-do set. `odd` says why the last read may lack some."""

    client: Client
    container: Container
    odd: str = ""
    _places: Places | None = None
    _making: asyncio.Lock = field(default_factory=asyncio.Lock)

    async def read(self) -> Places:
        """Read the lists, and of each list its groups: one request per list, beyond doubt complete."""
        scope = await self.container.scope()
        places = Places(scope.todoset)
        listing = self.client.todolists(scope.todoset)
        parents = [places.add_list(row) for row in await listing.rows()]
        self.odd = listing.odd
        await together(*(self._read_groups(parent, places) for parent in parents))
        self._places = places
        return places

    async def read_index(self) -> Places:
        """Read lists and groups from the index of recordings: a request or two, whatever their number."""
        scope = await self.container.scope()
        places = Places(scope.todoset)
        listing = self.client.recordings("Todolist", scope.project)
        places.add_all(await listing.rows())
        self.odd = listing.odd
        self._places = places
        return places

    async def known(self) -> Places:
        """Return the lists as last read; reads them at first use."""
        return self._places or await self.read_index()

    async def locate(self, row: Row) -> Place | Missing:
        """Return where a to-do lies, or why it is not mirrored from there."""
        places = await self.known()
        return await self._learn(parent_id(row), places)

    async def find(self, path: str) -> Place | None:
        """Return the list or group of that name, if it is known."""
        return (await self.known()).named(path)

    async def ensure(self, path: str) -> Place:
        """Return the list of that name, made if there is none.

        Raises:
            SetAside: a list of that name is put away in the archive.
            Uncertain: it may or may not have been made; nothing else was changed.
        """
        async with self._making:
            found = await self.find(path)
            if found is not None:
                return found
            scope = await self.container.scope()
            return await self._look_again(path, scope) or await self._make(path, scope)

    def forget(self) -> None:
        """Read the lists anew at the next use, because one of them turned out to be gone."""
        self._places = None

    async def _read_groups(self, parent: Place, places: Places) -> None:
        listing = self.client.groups(parent.id)
        for row in await listing.rows():
            places.add_group(row, parent)
        self.odd = self.odd or listing.odd

    async def _learn(self, identity: str | None, places: Places) -> Place | Missing:
        """Return a list's place, read by id when it was not listed, with that of its own list when it is a group."""
        if identity is None or identity in places.by_id:
            return places.by_id[identity] if identity else Missing.OUT_OF_SCOPE
        _, row = await self.client.read("todolists", identity)
        if row.get("type") != "Todolist" or row.get("status") != "active":
            return _STATUS.get(str(row.get("status")), Missing.OUT_OF_SCOPE)
        above = parent_id(row)
        if above == places.todoset:
            return places.add_list(row)
        parent = await self._learn(above, places) if above != identity else Missing.OUT_OF_SCOPE
        return places.add_group(row, parent) if isinstance(parent, Place) else parent

    async def _look_again(self, path: str, scope: Scope) -> Place | None:
        """Look for a list that was made since the lists were read, or that is put away."""
        places = await self.read_index()
        for row in await self.client.todolists(scope.todoset).rows():
            places.add_list(row)
        archived = await self.client.todolists(scope.todoset, "archived").rows()
        found = places.named(path)
        if found is None and any(fold(str(row.get("name"))) == fold(path) for row in archived):
            raise SetAside(
                f"The to-do list “{path}” is archived in Basecamp, so nothing can be put into it.",
                mend="Bring the list back from the archive in Basecamp, or move the task to another list.",
            )
        return found

    async def _make(self, path: str, scope: Scope) -> Place:
        try:
            row = await self.client.create({"name": path}, "todosets", scope.todoset, "todolists")
        except Uncertain:
            found = await self._look_again(path, scope)
            if found is None:
                raise
            return found
        return (await self.known()).add_list(row)
