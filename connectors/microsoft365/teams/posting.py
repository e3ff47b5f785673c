"""A channel by a service user: posts, edits, finds what may have arrived, and counts replies.

Graph has no idempotency key for messages, so a post whose answer was lost is looked up by its mark and never sent
again unless it surely did not arrive.
"""

from __future__ import annotations

from collections.abc import AsyncIterator, Mapping, Sequence
from contextlib import suppress
from datetime import UTC, datetime, timedelta
from http import HTTPStatus
from typing import Any, cast

from connectors.channel import ChannelSetup, Outgoing, Receipt
from connectors.contract import Finding, Person
from connectors.http import HttpRefused, Param, Params, json_of, path
from connectors.microsoft365.connection import Microsoft365Connection
from connectors.microsoft365.teams.chat import Json, body_of, is_emptied, is_marked, person_of, receipt_of, reply_count
from connectors.microsoft365.teams.options import ChannelOptions
from domain.errors import ConfigProblem, ConnectAgain, CopsyncError, Paused, Retriable, SetAside, Uncertain

BEFORE = timedelta(hours=1)
"""So much earlier than planned a message may have been made, whatever the clocks say."""
SETTLES_S = 10.0
"""So long a message may take until a listing shows it."""
MOST_PAGES = 40
"""Pages of fifty that are looked through; a channel that says more in that time is too busy to tell."""

_PERMISSION = (
    "Make the service user a member of the team (of the channel, if it is private), let an Entra administrator consent "
    "to what the connection `uses` (docs/connectors/teams.md), and run `copsync connect {}` again."
)


class TooMany(Uncertain):
    """More was written than copsync looks through."""


class ChannelSender:
    """One channel, open.

    Raises:
        ConfigProblem: the connection is not that of a service user.
    """

    def __init__(self, setup: ChannelSetup) -> None:
        connection = setup.connection
        if not isinstance(connection, Microsoft365Connection) or not connection.is_user:
            raise ConfigProblem(
                f"The channel {setup.id} names a connection that signs in as an app, and Microsoft lets no app post in "
                "Teams.",
                mend="Name a connection with `service_user = true` and run `copsync connect` for it, or post through a "
                'flow: kind = "teams-workflow" (docs/connectors/teams.md).',
            )
        self._connection = connection
        self._http = connection.http
        self._options = cast("ChannelOptions", setup.options)
        self._place = path("teams", self._options.team, "channels", self._options.channel)
        self._permission = _PERMISSION.format(connection.name)

    @property
    def requests(self) -> int:
        """How many requests left so far."""
        return self._connection.requests

    async def check(self) -> Sequence[Finding]:
        """Read the channel's name and one message, as the service user must be able to; posts nothing."""
        if "channels" not in self._connection.uses:
            mend = f'Write uses = ["channels"] under it and run `copsync connect {self._connection.name}` again.'
            return [Finding("error", "The service user was not asked for channels.", mend)]
        try:
            channel = json_of(await self._ask("GET", self._place))
            await self._ask("GET", f"{self._place}/messages", params={"$top": 1})
        except CopsyncError as problem:
            return [Finding("error", problem.message, problem.mend)]
        name = channel.get("displayName") if isinstance(channel, dict) else None
        return [Finding("ok", f"Posts in “{name}” as the service user; messages are edited where they stand.")]

    async def post(self, outgoing: Outgoing) -> Receipt:
        """Post a card.

        Raises:
            SetAside: Teams refuses this message.
            Uncertain: it left and no answer came; it is looked up, never sent again blindly.
            Retriable, Paused, ConnectAgain: nothing left.
        """
        answer = await self._ask("POST", f"{self._place}/messages", json=body_of(outgoing), title=outgoing.title)
        found = json_of(answer)
        return receipt_of(found if isinstance(found, dict) else {})

    async def edit(self, outgoing: Outgoing, remote: str) -> Receipt:
        """Put another card into a message; its address stays.

        Raises:
            SetAside: the message is gone, or Teams refuses the card.
            Retriable, Paused, ConnectAgain: it may be sent again, for it says the same then.
        """
        where = self._place + path("messages", remote)
        try:
            await self._ask("PATCH", where, json=body_of(outgoing), title=outgoing.title, repeatable=True)
        except Uncertain as lost:
            raise Retriable(lost.message) from None
        return Receipt(remote)

    async def find(self, outgoing: Outgoing) -> Receipt | None:
        """Look for a message by its mark; None only if it surely did not arrive.

        Raises:
            Uncertain: it cannot be told, now or later.
            Retriable, Paused, ConnectAgain: it cannot be told now.
        """
        emptied = False
        for attempt in range(2):
            if attempt:
                await self._connection.timing.sleep(SETTLES_S)
            async for message in self._since(outgoing.planned_at - BEFORE):
                if is_marked(message, outgoing.key):
                    return receipt_of(message)
                emptied |= is_emptied(message)
        if emptied:
            raise Uncertain(
                f"Somebody deleted a message in the channel, and it may have been “{outgoing.title}”.",
                mend="Nothing to do if it was; else post it by hand. It is not sent again.",
            )
        return None

    async def replies(self, since: datetime) -> Mapping[str, int]:
        """Return how many replies the messages have, by their ids, in whose threads something moved since then.

        Where more than 2,000 threads moved since, only the latest are looked at.

        Raises:
            Retriable, Paused, ConnectAgain: they cannot be counted now.
        """
        more: dict[str, int] = {}
        with suppress(TooMany):
            async for message in self._since(since, replies=True):
                following = message.get("replies@odata.nextLink")
                more[str(message.get("id"))] = reply_count(message) + await self._further(following)
        return more

    async def people(self) -> Sequence[Person] | None:
        """Return the members of the team, guests as well; None unless the connection `uses` members.

        Raises:
            Retriable, Paused, ConnectAgain: they cannot be read now.
        """
        if "members" not in self._connection.uses:
            return None
        found: list[Person] = []
        asked: dict[str, Param] = {"$select": "id,displayName,mail,userPrincipalName", "$top": 100}
        params: Params | None = asked
        link: object = path("groups", self._options.team, "members")
        for _ in range(MOST_PAGES):
            page = await self._page(str(link), params)
            found += [person for row in page["value"] if (person := person_of(row)) is not None]
            link, params = page.get(_NEXT), None
            if not isinstance(link, str):
                break
        return found

    async def aclose(self) -> None:
        """Nothing is open that is not the connection's."""

    async def _further(self, link: object) -> int:
        """Count the replies beyond those that came with their message."""
        count, pages = 0, 0
        while isinstance(link, str) and pages < MOST_PAGES:
            page = await self._page(link, None)
            count, pages, link = count + reply_count({"replies": page["value"]}), pages + 1, page.get(_NEXT)
        return count

    async def _since(self, moment: datetime, *, replies: bool = False) -> AsyncIterator[Json]:
        """Yield every message made or changed, or replied to, since a moment (chatMessage: delta, $filter)."""
        stamp = moment.astimezone(UTC).strftime("%Y-%m-%dT%H:%M:%S.000Z")
        asked: dict[str, Param] = {"$top": 50, "$filter": f"lastModifiedDateTime gt {stamp}"}
        params: Params | None = asked | ({"$expand": "replies"} if replies else {})
        link = f"{self._place}/messages/delta"
        for _ in range(MOST_PAGES):
            page = await self._page(link, params)
            for message in page["value"]:
                yield message
            following = page.get(_NEXT)
            if not isinstance(following, str) or following == link:
                return
            link, params = following, None
        raise TooMany(
            f"More than {MOST_PAGES * 50} messages were written in the channel meanwhile; ours was not looked for in "
            "all of them.",
            mend="Look for it in Teams. It is not sent again.",
        )

    async def _page(self, link: str, params: Params | None) -> Json:
        page = json_of(await self._ask("GET", link, params=params))
        if not isinstance(page, dict) or not isinstance(page.get("value"), list):
            raise Retriable("Graph listed messages in a way that copsync does not understand.")
        return {**page, "value": [one for one in page["value"] if isinstance(one, dict)]}

    async def _ask(self, method: str, where: str, *, title: str = "", **more: Any) -> Any:
        try:
            return await self._http.request(method, where, **more)
        except HttpRefused as refused:
            raise self._meaning(refused, title, is_edit=method == "PATCH") from None
        except ConnectAgain as ended:
            raise ConnectAgain(ended.message, mend=self._connection.mend) from None

    def _meaning(self, refused: HttpRefused, title: str, *, is_edit: bool) -> CopsyncError:
        """Return what a refusal means: for the one message, or for the channel."""
        if refused.maybe_done:
            return Uncertain(refused.message)
        if refused.status == HTTPStatus.FORBIDDEN:
            return Paused(
                f"The service user may not do this in the channel ({refused.code or 403}).", mend=self._permission
            )
        if refused.status == HTTPStatus.NOT_FOUND and is_edit:
            return SetAside(f"“{title}” is no longer in the channel.", mend="Nothing to do, if somebody deleted it.")
        if refused.status == HTTPStatus.NOT_FOUND:
            mend = f"Restore it in Teams, or correct `channel`. {self._permission}"
            return Paused("The team or the channel is not there, or the service user cannot see it.", mend=mend)
        if not title:
            return Retriable(refused.message, mend=refused.mend)
        return SetAside(
            f"Teams refuses “{title}” ({refused.status}{f' {refused.code}' if refused.code else ''}).",
            mend="Correct it where it comes from, or its template.",
            words=refused.words,
        )


_NEXT = "@odata.nextLink"
