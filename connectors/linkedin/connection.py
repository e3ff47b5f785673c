"""One account at LinkedIn: for a page of an organisation, or for the record of a consenting moderator."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import date, timedelta
from typing import cast

from connectors.contract import ConnectionSetup, Connector, Container, Finding, SpaceSetup
from connectors.http import HttpRefused, Param, Patience, Timing
from connectors.http.oauth import OAuth
from connectors.linkedin import changelog, version
from connectors.linkedin.client import Client
from connectors.linkedin.credentials import USER_AGENT, credentials_of
from connectors.linkedin.lifetime import day_of, ending, mend_of
from connectors.linkedin.options import ConnectionOptions
from domain.errors import ConfigProblem, ConnectAgain, Retriable


class LinkedInConnection:
    """Asks LinkedIn for one account. It has no spaces: groups are closed, and pages are channels.

    Raises:
        ConfigProblem: there is no way to sign in, or the address cannot be used.
    """

    def __init__(
        self, setup: ConnectionSetup, *, timing: Timing | None = None, patience: Patience | None = None
    ) -> None:
        self.options = cast("ConnectionOptions", setup.options)
        self.mend = mend_of(setup)
        self._auth, secrets = credentials_of(setup, timing)
        self.client = Client(
            setup.base_url,
            self._auth,
            self.options.api_version,
            user_agent=USER_AGENT,
            secrets=secrets,
            timing=timing,
            patience=patience,
        )

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

    @property
    def ends_on(self) -> date | None:
        """The day on which a person has to sign in again, as far as that is known."""
        return day_of(self._auth.ends_at) if isinstance(self._auth, OAuth) else self.options.token_until

    def ending(self, today: date) -> Finding | None:
        """Return what is to be said about the end of the sign-in, from 14 days before; None while there is time."""
        return ending(self.ends_on, today, self.mend) if self.ends_on else None

    async def check(self) -> Sequence[Finding]:
        """Say what this account may do, and how long its sign-in and version last."""
        today = self.client.now().date()
        found = [version.finding(self.options.api_version, today), self._lasting(today)]
        return [*(one for one in found if one), await self._consent()]

    def _lasting(self, today: date) -> Finding | None:
        if isinstance(self._auth, OAuth) and (self.ends_on is None or self.ends_on <= today):
            return None  # nobody has signed in (again) yet, which asking says
        if self.ends_on is not None:
            return self.ending(today) or Finding("ok", f"Signed in until {self.ends_on.isoformat()}.")
        words = "LinkedIn's tokens end after 60 days, and when this one does is not known."
        return Finding("warning", words, "Write the day as token_until = 2026-12-31 under this connection.")

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
            return Finding("error", ended.message, ended.mend if isinstance(self._auth, OAuth) else self.mend)
        except Retriable as later:
            return Finding("warning", later.message, later.mend)
        return Finding("ok", "The member's own record can be read: posts in the group are confirmed (proof level 2).")

    async def discover(self) -> Sequence[Container]:
        """Return nothing: there are no spaces."""
        return []

    async def aclose(self) -> None:
        """Close everything."""
        await self.client.aclose()
