"""One Basecamp account as the token's user sees it."""

from __future__ import annotations

import asyncio

from connectors.basecamp.client import Client
from connectors.basecamp.items import Row
from connectors.http import Http


class Account:
    """The endpoints of an account, and who we are there."""

    def __init__(self, http: Http) -> None:
        self.http = http
        self.client = Client(http)
        self._me: Row | None = None
        self._asking = asyncio.Lock()

    async def me(self) -> Row:
        """Return the person the token acts as; asked once."""
        async with self._asking:
            if self._me is None:
                self._me = await self.client.profile()
            return self._me
