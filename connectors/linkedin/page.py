"""A page of an organisation as a channel: posts by LinkedIn's versioned Posts API, after LinkedIn's approval.

LinkedIn has no idempotency key, so a create whose answer is lost is looked up among the author's posts and never sent
again. What was published is read back, because a text can be cut without any error ("Posts API", "little text format").
"""

from __future__ import annotations

from collections.abc import Sequence
from datetime import UTC, datetime, timedelta
from typing import Any, cast
from urllib.parse import quote

from connectors.channel import ChannelSetup, Outgoing, Receipt
from connectors.contract import Finding
from connectors.http import HttpRefused, Param
from connectors.linkedin.channel import PageOptions
from connectors.linkedin.client import Client, urn_of
from connectors.linkedin.connection import LinkedInConnection
from connectors.linkedin.little import escape, unescape
from domain.errors import ConfigProblem, Paused, SetAside, Uncertain

ENDPOINT = "posts"
LOOKED_AT = 50
"""So many of the page's latest posts are looked through for one whose answer was lost."""
BEFORE = timedelta(days=1)
"""A post that is older than its message by more than this is another one, whatever the clocks say."""

_ROLE = "Give the token's member the role of an administrator or content administrator of the page."
_GONE = (404, 410)


class PageSender:
    """One page, open."""

    def __init__(self, setup: ChannelSetup) -> None:
        if not isinstance(setup.connection, LinkedInConnection):
            raise ConfigProblem(
                f"The channel {setup.id} names no connection to LinkedIn.", mend='Add connection = "linkedin" to it.'
            )
        self._page = cast("PageOptions", setup.options).page
        self._client: Client = setup.connection.client

    @property
    def requests(self) -> int:
        """How many requests left so far."""
        return self._client.requests

    async def check(self) -> Sequence[Finding]:
        """Look whether the page's posts can be read, as they must be before anything is written."""
        try:
            await self._posts(1)
        except HttpRefused as refused:
            return [Finding("error", f"The posts of {self._page} cannot be read: {refused.message}.", _ROLE)]
        return [Finding("ok", f"Posts as {self._page}; every post is read back.")]

    async def post(self, outgoing: Outgoing) -> Receipt:
        """Publish, and read back what is shown.

        Raises:
            SetAside: LinkedIn refuses this text, or shows it cut.
            Uncertain: no answer came; the message is looked up, never sent again.
            Retriable, Paused, ConnectAgain: nothing left.
        """
        try:
            answer = await self._client.send("POST", ENDPOINT, json=_body(self._page, outgoing.text))
        except HttpRefused as refused:
            raise self._refused(refused) from None
        urn = urn_of(answer.headers)
        if not urn:
            raise Uncertain("LinkedIn took a post and did not say its name.")
        await self._read_back(urn, outgoing.text)
        return _receipt(urn)

    async def edit(self, outgoing: Outgoing, remote: str) -> Receipt:
        """Put another text into a post, and read it back.

        Raises:
            SetAside: the post is gone, or LinkedIn refuses the text.
            Retriable, Paused, ConnectAgain: as it says.
        """
        change = {"patch": {"$set": {"commentary": escape(outgoing.text)}}}
        try:
            await self._client.send(
                "POST", ENDPOINT, json=change, path=_path(remote), method_of_record="PARTIAL_UPDATE"
            )
        except HttpRefused as refused:
            raise self._refused(refused) from None
        await self._read_back(remote, outgoing.text)
        return _receipt(remote)

    async def find(self, outgoing: Outgoing) -> Receipt | None:
        """Look for a post whose answer was lost, by its author, its text and its time."""
        wanted = _plain(outgoing.text)
        for post in await self._posts(LOOKED_AT):
            if (
                _plain(unescape(str(post.get("commentary", "")))) == wanted
                and _made(post) >= outgoing.planned_at - BEFORE
            ):
                return _receipt(str(post.get("id", "")))
        return None

    async def aclose(self) -> None:
        """Nothing is open that is not the connection's."""

    async def _posts(self, count: int) -> list[dict[str, Any]]:
        asked: dict[str, Param] = {"q": "author", "author": self._page, "count": count, "sortBy": "LAST_MODIFIED"}
        found = await self._client.get(ENDPOINT, asked)
        elements = found.get("elements", []) if isinstance(found, dict) else []
        return [one for one in elements if isinstance(one, dict)]

    async def _read_back(self, urn: str, text: str) -> None:
        """Compare what is shown with what was sent; what cannot be read just now is taken as sent."""
        try:
            answer = await self._client.send("GET", ENDPOINT, path=_path(urn))
        except HttpRefused as refused:
            if refused.status in _GONE:
                raise Uncertain(f"LinkedIn took {urn} and does not show it.") from None
            raise self._refused(refused) from None
        shown = unescape(str(answer.json().get("commentary", "")))
        if _plain(shown) != _plain(text):
            raise SetAside(
                f"LinkedIn shows {len(shown)} of {len(text)} characters of {urn}: it was cut or changed.",
                mend=f"Look at {_receipt(urn).url} and correct or delete it there.",
            )

    def _refused(self, refused: HttpRefused) -> SetAside | Paused:
        if refused.status == 403:
            return Paused(f"The account may not post as {self._page} (403).", mend=_ROLE)
        return SetAside(f"LinkedIn refuses it ({refused.status}).", mend="Correct the text.", words=refused.words)


def _body(page: str, text: str) -> dict[str, object]:
    return {
        "author": page,
        "commentary": escape(text),
        "visibility": "PUBLIC",
        "distribution": {"feedDistribution": "MAIN_FEED", "targetEntities": [], "thirdPartyDistributionChannels": []},
        "lifecycleState": "PUBLISHED",
        "isReshareDisabledByAuthor": False,
    }


def _path(urn: str) -> str:
    return f"/rest/{ENDPOINT}/{quote(urn, safe='')}"


def _receipt(urn: str) -> Receipt:
    return Receipt(urn, f"https://www.linkedin.com/feed/update/{urn}/")


def _plain(text: str) -> str:
    return " ".join(text.split())


def _made(post: dict[str, Any]) -> datetime:
    moment = post.get("createdAt")
    return datetime.fromtimestamp((moment if isinstance(moment, int) else 0) / 1000, UTC)
