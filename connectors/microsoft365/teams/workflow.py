"""A channel by the address of a flow (the Workflows app of Teams): a card goes out, and nothing comes back.

The address is the secret. A flow answers 202 before it posts and gives no id, so a message can be neither edited nor
found; one whose answer was lost is never sent again.
"""

from __future__ import annotations

from collections.abc import Sequence
from http import HTTPStatus
from typing import cast
from urllib.parse import parse_qsl, quote, urlsplit

from pydantic import SecretStr

from connectors.channel import ChannelSetup, Outgoing, Receipt
from connectors.contract import Finding
from connectors.http import Http, HttpRefused, Limits, Patience, Timing, Unsigned
from connectors.microsoft365.credentials import USER_AGENT
from connectors.microsoft365.teams.chat import CARD
from connectors.microsoft365.teams.options import WorkflowOptions
from domain.errors import ConnectAgain, Retriable, SetAside

_PACE = Limits(4, 1.0, at_once=1)  # learn.microsoft.com, incoming webhooks: more than four a second are throttled
_GONE = frozenset({HTTPStatus.UNAUTHORIZED, HTTPStatus.FORBIDDEN, HTTPStatus.NOT_FOUND, HTTPStatus.GONE})
_BAD_CARD = frozenset({HTTPStatus.BAD_REQUEST, HTTPStatus.REQUEST_ENTITY_TOO_LARGE, HTTPStatus.UNPROCESSABLE_ENTITY})
_ANEW = (
    "Open the flow in the Workflows app of Teams: switch it on, or copy its address anew to where `url` points to. A "
    "flow belongs to a person; give it a second owner, so that it outlives their account."
)


class WorkflowSender:
    """One flow, open."""

    def __init__(self, setup: ChannelSetup, *, timing: Timing | None = None, patience: Patience | None = None) -> None:
        url = cast("WorkflowOptions", setup.options).url
        parts = urlsplit(url.get_secret_value().strip())
        self._query = [(name, SecretStr(value)) for name, value in parse_qsl(parts.query, keep_blank_values=True)]
        self._host = parts.hostname
        self._http = Http(
            f"{parts.scheme}://{parts.netloc}{parts.path}",
            auth=Unsigned(),
            limits=_PACE,
            user_agent=USER_AGENT,
            secrets=(url, *self._signatures()),
            timing=timing,
            patience=patience,
        )

    @property
    def requests(self) -> int:
        """How many requests left so far."""
        return self._http.requests

    async def check(self) -> Sequence[Finding]:
        """Say what a flow can and cannot do; it is not asked, because it would post."""
        words = (
            f"Posts through a flow at {self._host}. Nothing comes back from it: changes follow up as corrections, and "
            "a message whose answer is lost is not sent again. Apps cannot post in Teams by themselves; a service user "
            "could edit (kind = teams-channel)."
        )
        return [Finding("ok", words)]

    async def post(self, outgoing: Outgoing) -> Receipt:
        """Hand a card to the flow.

        Raises:
            SetAside: the flow refuses the card.
            Uncertain: it left and no answer came.
            ConnectAgain: the flow is off or gone, or its address changed.
            Retriable: nothing left.
        """
        try:
            await self._http.request("POST", "", params=self._params(), json=_body(outgoing))
        except ConnectAgain:
            raise self._gone(HTTPStatus.UNAUTHORIZED) from None
        except HttpRefused as refused:
            raise self._meaning(refused, outgoing.title) from None
        return Receipt()

    async def edit(self, outgoing: Outgoing, remote: str) -> Receipt:
        """Refuse: a flow gives no id to edit by.

        Raises:
            SetAside: always.
        """
        raise SetAside(f"“{outgoing.title}” ({remote}) cannot be edited through a flow.", mend="Edit it in Teams.")

    async def find(self, outgoing: Outgoing) -> Receipt | None:
        """Refuse: a flow cannot be asked.

        Raises:
            Retriable: always.
        """
        raise Retriable(f"A flow does not tell whether “{outgoing.title}” arrived.")

    async def aclose(self) -> None:
        """Close the client."""
        await self._http.aclose()

    def _params(self) -> list[tuple[str, str]]:
        return [(name, value.get_secret_value()) for name, value in self._query]

    def _signatures(self) -> list[SecretStr]:
        """Return the secret parts of the address in both their spellings."""
        plain = [value.get_secret_value() for name, value in self._query if name == "sig"]
        return [SecretStr(text) for one in plain for text in {one, quote(one, safe="")}]

    def _meaning(self, refused: HttpRefused, title: str) -> ConnectAgain | SetAside | Retriable:
        if refused.status in _GONE:
            return self._gone(refused.status)
        if refused.status in _BAD_CARD:
            return SetAside(
                f"The flow refuses “{title}” ({refused.status}).",
                mend="Correct it where it comes from, or its template.",
                words=refused.words,
            )
        return Retriable(refused.message, mend=_ANEW)

    def _gone(self, status: int) -> ConnectAgain:
        return ConnectAgain(
            f"The flow at {self._host} is off or gone, or its address has changed ({status}).", mend=_ANEW
        )


def _body(outgoing: Outgoing) -> dict[str, object]:
    return {"type": "message", "attachments": [{"contentType": CARD, "contentUrl": None, "content": outgoing.card}]}
