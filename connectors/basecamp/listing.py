"""A listing of Basecamp, followed from page to page, with a verdict on whether it was whole."""

from __future__ import annotations

from collections.abc import AsyncGenerator, Mapping
from contextlib import aclosing
from typing import Any

import httpx

from connectors.basecamp.items import Row
from connectors.http import Http, json_of
from domain.errors import Retriable


class Listing:
    """The rows of a listing, page by page, each id once.

    `odd` says why the rows cannot be trusted to be all there are: the count in X-Total-Count differs from what came
    or changed on the way, a row came twice, or a page pointed back. There is no snapshot: what is made or removed
    meanwhile shifts the pages. Only the address in the Link header leads on ("Pagination"), and the HTTP layer
    follows it within the account only.
    """

    def __init__(self, http: Http, address: str, params: Mapping[str, str] | None) -> None:
        self._http = http
        self._address = address
        self._params = params
        self._seen: set[str] = set()
        self._totals: set[str] = set()
        self.odd = ""

    async def pages(self) -> AsyncGenerator[list[Row], None]:
        """Yield the pages. The verdict stands when the last one was taken.

        Raises:
            HttpRefused: the listing does not exist for this account (404), or is not to be read (403).
            Retriable: an answer was no list.
        """
        visited: set[str] = set()
        following: str | None = self._address
        while following is not None:
            visited.add(following)
            response = await self._http.request("GET", following, params=None if len(visited) > 1 else self._params)
            yield self._take(response)
            following = response.links.get("next", {}).get("url")
            if following in visited:
                self.odd = "a page pointed back to an earlier one"
                return
        if self._totals and self._totals != {str(len(self._seen))}:
            self.odd = self.odd or f"{len(self._seen)} rows came, {' or '.join(sorted(self._totals))} were announced"

    async def rows(self) -> list[Row]:
        """Return all rows."""
        return [row async for page in self.pages() for row in page]

    async def first(self) -> Row | None:
        """Return the first row only, or None when there is none."""
        async with aclosing(self.pages()) as pages:
            page = await anext(pages)
            return page[0] if page else None

    def _take(self, response: httpx.Response) -> list[Row]:
        found: Any = json_of(response)
        if not isinstance(found, list) or not all(isinstance(row, dict) and "id" in row for row in found):
            raise Retriable(f"{response.request.url.path} was answered with something that is not a list.")
        total = response.headers.get("x-total-count")
        if total is not None:
            self._totals.add(total.strip())
        if len(self._totals) > 1:
            self.odd = "rows were added or removed while it was read"
        fresh = {str(row["id"]): row for row in found if str(row["id"]) not in self._seen}
        self._seen.update(fresh)
        if len(fresh) != len(found):
            self.odd = "a row came twice"
        return list(fresh.values())
