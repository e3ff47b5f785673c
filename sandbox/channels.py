"""Where the sample community talks: a team in Teams with two channels, a LinkedIn group and a page.

The channel General belongs to whoever is in the team; News is filled by a flow. In the group only people can post.
"""

import json
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Any
from urllib.parse import quote

from sandbox.entra import EntraService
from sandbox.linkedin import LinkedInState
from sandbox.linkedin.state import Account
from sandbox.microsoft365 import GraphState
from sandbox.microsoft365.teams import CARD, Channel
from sandbox.microsoft365.workflows import PATH, SIGNATURE
from sandbox.seed import Community

GROUP, PAGE = "8472911", "urn:li:organization:5515715"
_FLOWS = "Workflows"


@dataclass(frozen=True, slots=True)
class Channels:
    """Where the community talks, as ids name it.

    Attributes:
        team: the team's id; `channel` and `news` are its channels.
        group, page: the LinkedIn group's number and the page's name.
    """

    team: str
    channel: str
    news: str
    group: str = GROUP
    page: str = PAGE

    @property
    def link(self) -> str:
        """What “Get link to channel” gives for the channel General."""
        return f"https://teams.microsoft.com/l/channel/{quote(self.channel, safe='')}/General?groupId={self.team}"


def settle_teams(graph: GraphState, community: Community) -> Channels:
    """Set up the team, with everybody who has an account in Microsoft 365 and copsync's own in it."""
    graph.add_user(community.integration, "copsync")
    members = {person.email: person.name for person in community.members_of("microsoft365")}
    team = graph.teams.add_team(community.name, {**members, community.integration: "copsync"})
    channel, news = (graph.teams.add_channel(team, name) for name in ("General", "News"))
    return Channels(team.id, channel.id, news.id)


def delivery(graph: GraphState, channels: Channels) -> Callable[[Mapping[str, Any]], None]:
    """Return what writes a card into the channel News, as the flow there does."""

    def deliver(card: Mapping[str, Any]) -> None:
        channel: Channel = graph.teams.teams[channels.team].channels[channels.news]
        attachment = {"id": "card", "contentType": CARD, "content": json.dumps(card)}
        body = {"body": {"contentType": "html", "content": '<attachment id="card"></attachment>'}}
        graph.teams.write(channel.messages, _FLOWS, {**body, "attachments": [attachment]})

    return deliver


def entra_of(graph: GraphState) -> EntraService:
    """Return the tenant's sign-in service; whoever signs in as a user comes in at Graph, without any mailbox."""
    return EntraService(
        let_in=lambda token, person, scopes: graph.add_token(token, mailboxes=set(), user=person, scopes=scopes),
        keep_out=graph.revoke_token,
        now=lambda: graph.now(),
    )


def settle_linkedin(state: LinkedInState, community: Community, token: str, people: Mapping[str, str]) -> None:
    """Let the moderators in, by their tokens. copsync's token is the first one's: they run the page, and consent."""
    for key, own in people.items():
        is_first = key == community.moderators[0]
        pages = frozenset({PAGE}) if is_first else frozenset()
        state.accounts[own] = Account(f"urn:li:person:{key}", pages, is_eea=is_first, consents=is_first)
    state.accounts[token] = state.accounts[people[community.moderators[0]]]


def flow_address(origin: str) -> str:
    """Return the secret address of the flow, as the Workflows app shows it."""
    query = f"api-version=1&sp=%2Ftriggers%2Fmanual%2Frun&sv=1.0&sig={quote(SIGNATURE, safe='')}"
    return f"{origin}{PATH}?{query}"
