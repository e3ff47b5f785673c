"""LinkedIn's places as channels: a group, where a moderator posts and copsync prepares and proves, and a page."""

from __future__ import annotations

import re
from collections.abc import Sequence
from typing import Annotated, Literal, cast
from urllib.parse import urlsplit

from pydantic import AfterValidator, BaseModel, BeforeValidator, ConfigDict, Field, StrictBool, StrictInt

from connectors.channel import ChannelKind, ChannelSetup, Outgoing, Receipt, Sender
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


_PAGE = re.compile(r"urn:li:organization:[1-9][0-9]{0,18}")


def _page(text: str) -> str:
    if not _PAGE.fullmatch(text):
        raise ValueError("write the page as urn:li:organization: and its number, such as urn:li:organization:5515715")
    return text


class PageOptions(BaseModel):
    """`page` is the organisation that posts."""

    model_config = ConfigDict(extra="forbid", frozen=True)
    page: Annotated[str, AfterValidator(_page)]


def page_abilities(options: BaseModel) -> Abilities:
    """Return what a page can do: a post can be changed, and found by its text."""
    del options
    return Abilities(Form.TEXT, max_length=LONGEST, one_link=True, edits=True, finds=True)


def _open_page(setup: ChannelSetup) -> Sender:
    from connectors.linkedin.page import PageSender  # the HTTP layer is only for those who connect

    return PageSender(setup)


PAGE_KIND = ChannelKind(
    name="linkedin-page",
    title="LinkedIn page",
    options=PageOptions,
    abilities=page_abilities,
    open=_open_page,
    tool="linkedin",
)
"""A page of an organisation, by LinkedIn's API."""
