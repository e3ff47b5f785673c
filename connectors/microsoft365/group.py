"""What a space must know about its group besides the calendar: who stands in each event without having been invited.

Outlook puts the group itself and whoever makes an event among the attendees of a group's event, although none were
sent, and there is no way to leave them out (microsoftgraph/microsoft-graph-docs, issue 315). Through the group the
event reaches those members who follow it in their inbox. Who does is nowhere to be read; whether new members are made
to is (Microsoft Graph: group, autoSubscribeNewMembers; Exchange: Set-UnifiedGroup).
"""

from __future__ import annotations

import logging
from collections.abc import Awaitable
from dataclasses import dataclass

from connectors.http import HttpRefused
from connectors.microsoft365.appointment import Json
from connectors.microsoft365.client import Client

_LOG = logging.getLogger(__name__)
_MAIL = "smtp:"


@dataclass(frozen=True, slots=True)
class Group:
    """A group as far as the sign-in may look at it.

    `named` are the addresses that belong to the group and to the service user. `subscribes` says that new members are
    made to follow the group; None where Graph does not tell. `is_told` says that both were there to be read.
    """

    name: str
    named: frozenset[str]
    subscribes: bool | None
    is_told: bool


async def read_group(client: Client, group: str) -> Group:
    """Return what can be told about a group; nothing of it is needed to read its calendar.

    Raises:
        ConnectAgain, Retriable, ConfigProblem: Graph cannot be asked.
    """
    found, me = await _if_allowed(client.group(group)), await _if_allowed(client.me())
    ours, subscribes = (_addresses(found), _addresses(me)), found.get("autoSubscribeNewMembers")
    return Group(
        name=str(found.get("displayName") or group),
        named=ours[0] | ours[1],
        subscribes=subscribes if isinstance(subscribes, bool) else None,
        is_told=all(ours),
    )


async def _if_allowed(question: Awaitable[Json]) -> Json:
    try:
        return await question
    except HttpRefused as refused:
        _LOG.info("What stands around a group's calendar cannot be read: %s", refused.message)
        return {}


def _addresses(found: Json) -> frozenset[str]:
    more = found.get("proxyAddresses")
    proxies = [str(one) for one in more] if isinstance(more, list) else []
    mails = [one[len(_MAIL) :] for one in proxies if one.casefold().startswith(_MAIL)]
    told = (found.get("mail"), found.get("userPrincipalName"), *mails)
    return frozenset(one.strip().casefold() for one in told if isinstance(one, str) and "@" in one)
