"""One account at LinkedIn: for a page of an organisation, or for the record of a consenting moderator."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import date, timedelta
from typing import cast

from connectors.contract import ConnectionSetup, Connector, Container, Finding, SpaceSetup
from connectors.http import HttpRefused, Param, Patience, Timing
from connectors.linkedin import changelog, version
from connectors.linkedin.client import Client
from connectors.linkedin.options import ConnectionOptions
from domain.errors import ConfigProblem, ConnectAgain, Retriable

ANNOUNCED = (14, 7, 1)
"""So many days before a token ends, its end is announced."""

_NEW = "Make a new token in LinkedIn's developer portal, put it where `token` points to, and correct token_until."


class LinkedInConnection:
    """Asks LinkedIn for one account. It has no spaces: groups are closed, and pages are channels.

    Raises:
        ConfigProblem: there is no token, or the address cannot be used.
    """

    def __init__(
        self, setup: ConnectionSetup, *, timing: Timing | None = None, patience: Patience | None = None
    ) -> None:
        if setup.token is None:
            raise ConfigProblem("This connection has no token.", mend="Set token under it.", where="token")
        self.options = cast("ConnectionOptions", setup.options)
        self.client = Client(setup.base_url, setup.token, self.options.api_version, timing=timing, patience=patience)

    @property
    def requests(self) -> int:
        """How many requests left so far."""
        return self.client.requests

    @property
    def clock_offset(self) -> timedelta | None:
        """How far LinkedIn's clock runs ahead of ours, or None before its first answer."""
        return self.client.http.clock_offset

    def space(self, setup: SpaceSetup) -> Connector:
        """Refuse: there is nothing to mirror.

        Raises:
            ConfigProblem: always.
        """
        raise ConfigProblem(
            f"{setup.name}: LinkedIn has nothing that could be a space.",
            mend='Name the group as a channel: [[communities.channels]] with kind = "linkedin-group".',
        )

    async def check(self) -> Sequence[Finding]:
        """Say what this account may do, and how long its token and version last."""
        today = self.client.now().date()
        found = [one for one in (version.finding(self.options.api_version, today), self._ending(today)) if one]
        return [*found, await self._consent()]

    def _ending(self, today: date) -> Finding | None:
        if self.options.token_until is None:
            words = "LinkedIn's tokens end after 60 days, and when this one does is not known."
            return Finding("warning", words, "Write the day as token_until = 2026-12-31 under this connection.")
        return token_ending(self.options.token_until, today)

    async def _consent(self) -> Finding:
        """Ask once for nothing, to see whether the token is good for a member's own record."""
        asked: dict[str, Param] = {
            "q": "memberAndApplication",
            "startTime": int(self.client.now().timestamp() * 1000),
            "count": 1,
        }
        try:
            await self.client.get(changelog.ENDPOINT, asked, version=version.CHANGELOG)
        except HttpRefused as refused:
            words = "The token is taken. It may not read the member's own record (proof level 2)"
            return Finding("ok", f"{words}: {refused.words or refused.status}.")
        except ConnectAgain as ended:
            return Finding("error", ended.message, _NEW)
        except Retriable as later:
            return Finding("warning", later.message, later.mend)
        return Finding("ok", "The member's own record can be read: posts in the group are confirmed (proof level 2).")

    async def discover(self) -> Sequence[Container]:
        """Return nothing: there are no spaces."""
        return []

    async def aclose(self) -> None:
        """Close everything."""
        await self.client.aclose()


def token_ending(until: date, today: date) -> Finding | None:
    """Return what is to be said about the end of a token: first 14 days before, more urgent after it; None before."""
    left = (until - today).days
    if left <= 0:
        return Finding("error", f"The token ended on {until.isoformat()}.", _NEW)
    if left > ANNOUNCED[0]:
        return None
    days = "tomorrow" if left == 1 else f"in {left} days"
    return Finding("warning", f"The token ends {days}, on {until.isoformat()}.", _NEW)
