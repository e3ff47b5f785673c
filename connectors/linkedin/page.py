"""A page of an organisation as a channel: posts by LinkedIn's versioned Posts API, after LinkedIn's approval.

LinkedIn has no idempotency key and no place for a mark, so a create whose answer is lost is looked up among the
author's posts by its text, and never sent again: that it is not listed does not prove that it was not made. What was
published is read back, because a text can be cut without any error ("Posts API", "little text format").
"""

from __future__ import annotations

import logging
from collections.abc import Sequence
from datetime import UTC, datetime, timedelta
from typing import Any, cast
from urllib.parse import quote

from connectors.channel import ChannelSetup, Outgoing, Receipt, is_ours, must_be_ours
from connectors.contract import Finding
from connectors.http import HttpRefused, Param, json_of
from connectors.linkedin.channel import PageOptions
from connectors.linkedin.client import Client, urn_of
from connectors.linkedin.connection import LinkedInConnection
from connectors.linkedin.little import escape, unescape
from domain.errors import ConfigProblem, CopsyncError, Paused, Retriable, SetAside, Uncertain

log = logging.getLogger(__name__)

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
        except CopsyncError as problem:
            return [Finding("error", problem.message, problem.mend)]
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
        self._must_be_whole(urn, await self._shown_after(urn), outgoing.text)
        return _receipt(urn)

    async def edit(self, outgoing: Outgoing, remote: str) -> Receipt:
        """Put another text into a post, and read it back.

        Raises:
            SetAside: the post is gone, somebody changed it at LinkedIn, or LinkedIn refuses the text.
            Retriable, Paused, ConnectAgain: it may be sent again, for it says the same then.
        """
        must_be_ours(outgoing, await self._shown(remote), _receipt(remote).url or remote)
        change = {"patch": {"$set": {"commentary": escape(outgoing.text)}}}
        try:
            await self._client.send(
                "POST", ENDPOINT, json=change, path=_path(remote), method_of_record="PARTIAL_UPDATE"
            )
        except HttpRefused as refused:
            raise self._refused(refused) from None
        except Uncertain as lost:
            raise Retriable(lost.message) from None
        self._must_be_whole(remote, await self._shown_after(remote), outgoing.text)
        return _receipt(remote)

    async def find(self, outgoing: Outgoing) -> Receipt | None:
        """Look for a post whose answer was lost, by its author, its text and its time.

        Raises:
            Uncertain: it is not listed, which proves nothing; it is never sent again.
            Retriable, ConnectAgain: the posts cannot be read now.
        """
        for post in await self._latest():
            shown = unescape(str(post.get("commentary", "")))
            if is_ours(outgoing, shown) and _made(post) >= outgoing.planned_at - BEFORE:
                return _receipt(str(post.get("id", "")))
        raise Uncertain(
            f"“{outgoing.title}” is not among the latest posts of {self._page}; it may have been made all the same.",
            mend="Look at the page. If it is not there, post it by hand; it is not sent again.",
        )

    async def aclose(self) -> None:
        """Nothing is open that is not the connection's."""

    async def _latest(self) -> list[dict[str, Any]]:
        try:
            return await self._posts(LOOKED_AT)
        except HttpRefused as refused:
            raise Retriable(f"The posts of {self._page} cannot be read: {refused.message}.", mend=_ROLE) from None

    async def _posts(self, count: int) -> list[dict[str, Any]]:
        asked: dict[str, Param] = {"q": "author", "author": self._page, "count": count, "sortBy": "LAST_MODIFIED"}
        found = await self._client.get(ENDPOINT, asked)
        elements = found.get("elements", []) if isinstance(found, dict) else []
        return [one for one in elements if isinstance(one, dict)]

    async def _shown(self, urn: str) -> str:
        """Return the text that LinkedIn shows of a post.

        Raises:
            SetAside: the post is gone.
        """
        try:
            answer = await self._client.send("GET", ENDPOINT, path=_path(urn))
        except HttpRefused as refused:
            if refused.status in _GONE:
                raise SetAside(f"{urn} is no longer there.", mend="Nothing to do, if somebody deleted it.") from None
            raise self._refused(refused) from None
        found = json_of(answer)
        return unescape(str(found.get("commentary", ""))) if isinstance(found, dict) else ""

    async def _shown_after(self, urn: str) -> str | None:
        """Return what LinkedIn shows of what it has just taken; None where that cannot be read just now."""
        try:
            return await self._shown(urn)
        except CopsyncError as problem:
            log.warning("%s was taken and cannot be read back: %s", urn, problem)
            return None

    @staticmethod
    def _must_be_whole(urn: str, shown: str | None, text: str) -> None:
        if shown is not None and _plain(shown) != _plain(text):
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
