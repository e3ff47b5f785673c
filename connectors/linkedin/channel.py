"""A LinkedIn group as a channel: a moderator posts, copsync prepares the text and proves that it was posted."""

from __future__ import annotations

import re
from collections.abc import Sequence
from typing import Annotated, Literal, cast
from urllib.parse import urlsplit

from pydantic import BaseModel, BeforeValidator, ConfigDict, Field, StrictBool, StrictInt

from connectors.channel import ChannelKind, ChannelSetup, Outgoing, Receipt
from connectors.contract import Finding
from connectors.linkedin.permalink import group_url
from domain.announcements.channel import Abilities, Form
from domain.errors import SetAside

LONGEST = 3_000
"""Characters that LinkedIn takes in a post."""
READABLE = 1_300
"""Longer posts are folded several times over; nobody reads them."""

_GROUP = re.compile(r"[1-9][0-9]{0,18}")
_GROUP_PATH = re.compile(r"/groups/([1-9][0-9]{0,18})/?")


def _group(value: object) -> object:
    text = str(value).strip() if isinstance(value, int | str) and not isinstance(value, bool) else ""
    found = _GROUP_PATH.fullmatch(urlsplit(text).path) if "/" in text else _GROUP.fullmatch(text)
    if found is None:
        raise ValueError(
            "write the number that stands in the group's address, such as 8472911 from "
            "https://www.linkedin.com/groups/8472911/"
        )
    return found[found.lastindex or 0]


class GroupOptions(BaseModel):
    """Which group, and how its moderators work.

    `group` is its number or address. `proof` is what a claimed post must pass: 1, its link names this group and a
    moment since the hand-out; 2, LinkedIn's own record of a consenting moderator shows it too. An item waits for
    `term_days`.
    `approve` lets a moderator approve each text first. `composer` shows a link that opens LinkedIn's composer with the
    text, which LinkedIn does not document and may end. `remind` names another channel of the community, in which the
    moderators hear of what waits, at most every three days. `longest` is how many characters a text may have.
    """

    model_config = ConfigDict(extra="forbid", frozen=True)
    group: Annotated[str, BeforeValidator(_group)]
    proof: Literal[1, 2] = 1
    term_days: Annotated[StrictInt, Field(ge=1, le=90)] = 14
    approve: StrictBool = False
    composer: StrictBool = False
    remind: str | None = None
    longest: Annotated[StrictInt, Field(ge=200, le=LONGEST)] = READABLE


def abilities(options: BaseModel) -> Abilities:
    """Return what a group can do: nothing by itself. A post cannot be changed from here, so what changes follows up."""
    return Abilities(Form.TEXT, max_length=cast("GroupOptions", options).longest, one_link=True, assisted=True)


class GroupSender:
    """A group that copsync never writes to; it only says so."""

    requests = 0

    def __init__(self, setup: ChannelSetup) -> None:
        self._options = cast("GroupOptions", setup.options)

    async def check(self) -> Sequence[Finding]:
        """Say what LinkedIn allows; it is not asked, because it would not answer."""
        return [
            Finding(
                "ok",
                f"Assisted: LinkedIn lets no program read or write groups. A moderator posts in "
                f"{group_url(self._options.group)}; `copsync outbox` shows what waits.",
            )
        ]

    async def post(self, outgoing: Outgoing) -> Receipt:
        """Refuse: a person posts.

        Raises:
            SetAside: always.
        """
        raise SetAside(f"“{outgoing.title}” is posted by a moderator.", mend="`copsync outbox` hands it out.")

    async def edit(self, outgoing: Outgoing, remote: str) -> Receipt:
        """Refuse: a person edits.

        Raises:
            SetAside: always.
        """
        raise SetAside(f"“{outgoing.title}” ({remote}) is changed by a moderator.", mend="Edit the post in the group.")

    async def find(self, outgoing: Outgoing) -> Receipt | None:
        """Return None: nothing was sent."""
        del outgoing
        return None

    async def aclose(self) -> None:
        """Nothing is open."""


KIND = ChannelKind(
    name="linkedin-group",
    title="LinkedIn group",
    options=GroupOptions,
    abilities=abilities,
    open=GroupSender,
)
"""A group, by a moderator's hand."""
