"""Reads a listing page by page, and knows whether it can be trusted."""

from __future__ import annotations

import logging
from collections.abc import AsyncIterator
from typing import Any

from connectors.microsoft365.appointment import Json
from connectors.microsoft365.client import Client
from domain.errors import Retriable

_LOG = logging.getLogger(__name__)


class Listing:
    """The rows of a listing, each once, however Graph cuts, repeats or leaves out pages.

    `is_whole` is known at the end: every page was there, and as many rows as Graph counted, if it counted.

    Args:
        client: gets the pages.
        first: the first page.
    """

    def __init__(self, client: Client, first: Json) -> None:
        self._client = client
        self._page = first
        self._seen: set[str] = set()
        self._links: set[str] = set()
        self._count = first.get("@odata.count")
        self.is_whole = False

    @property
    def read(self) -> int:
        """How many rows were read so far."""
        return len(self._seen)

    @property
    def promised(self) -> int | None:
        """How many rows Graph says there are, if it does."""
        return self._count if isinstance(self._count, int) else None

    async def pages(self) -> AsyncIterator[list[Json]]:
        """Yield the rows of each page that were not there before.

        Raises:
            Retriable: a page is not what the documentation says.
            ConfigProblem: a link leads to another host; it was not followed.
        """
        while True:
            rows = _rows(self._page)
            fresh = [row for row in rows if not self._knows(row)]
            yield fresh
            link = self._page.get("@odata.nextLink")
            if not link:
                break
            if link in self._links or (rows and not fresh):
                _LOG.warning("Graph repeats a page of a listing; the rest is left for the next run.")
                return
            self._links.add(link)
            self._page = await self._client.following(str(link))
        self.is_whole = self.promised in (None, self.read)

    async def rows(self) -> list[Json]:
        """Return all rows."""
        return [row async for page in self.pages() for row in page]

    def _knows(self, row: Json) -> bool:
        if row["id"] in self._seen:
            return True
        self._seen.add(row["id"])
        return False


def _rows(page: Json) -> list[Json]:
    rows: Any = page.get("value")
    if isinstance(rows, list) and all(isinstance(row, dict) and isinstance(row.get("id"), str) for row in rows):
        return rows
    raise Retriable("Graph answered a listing with something that is no list.")
