"""A group into which people post for copsync, as the community configured it."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import timedelta
from urllib.parse import quote
from zoneinfo import ZoneInfo

from connectors.linkedin.permalink import group_url

COMPOSER = "https://www.linkedin.com/feed/?shareActive=true&text="
"""Opens LinkedIn's composer with a text. Not documented and apt to vanish, so it is a setting."""


@dataclass(frozen=True, slots=True)
class Place:
    """One channel whose messages moderators post.

    `proof` is the level to which a claim must be proved (1: the link alone, 2: LinkedIn confirms it); `term` is how
    long an item waits; `approve` lets a moderator approve each text before it is handed out. `remind` names the
    channel in which moderators hear of what waits, `connection` the account by which LinkedIn can be asked.
    """

    community: str
    channel: str
    group: str
    zone: ZoneInfo
    proof: int = 1
    term: timedelta = timedelta(days=14)
    approve: bool = False
    composer: bool = False
    remind: str | None = None
    connection: str | None = None

    @property
    def url(self) -> str:
        """The address of the group."""
        return group_url(self.group)

    def composer_url(self, text: str) -> str | None:
        """Return a link to the composer with the text filled in, where the community wants one."""
        return COMPOSER + quote(text, safe="") if self.composer else None
