"""A whole little world: three tools and where people talk, one community in them, and people who work there.

For the demo, for trying a configuration, and for tests::

    with World.start(today=date(2026, 11, 21)) as world:
        task = world.asana_task("Review the chart style guide")
        world.asana_edit(task["id"], "luca", due_on="2026-12-01")
"""

import time
from collections.abc import Callable, Iterator, Mapping
from contextlib import ExitStack, contextmanager
from datetime import UTC, date, datetime, timedelta
from datetime import time as wall_time
from typing import Self
from zoneinfo import ZoneInfo

import httpx
from starlette.types import ASGIApp

from sandbox.asana import AsanaState
from sandbox.asana import create_app as asana_app
from sandbox.basecamp import BasecampState
from sandbox.basecamp import create_app as basecamp_app
from sandbox.channels import Channels, delivery, entra_of, flow_address, settle_linkedin, settle_teams
from sandbox.configuration import channels_toml, config_toml
from sandbox.faults import Faults
from sandbox.linkedin import LinkedInState
from sandbox.linkedin import create_app as linkedin_app
from sandbox.linkedin import sign_in as linkedin_sign_in
from sandbox.microsoft365 import GraphState
from sandbox.microsoft365 import create_app as graph_app
from sandbox.microsoft365.workflows import Flow, create_flow_app
from sandbox.persons import AsanaPersons, BasecampPersons, LinkedInPersons, OutlookPersons, TeamsPersons
from sandbox.seed import Community, load
from sandbox.seed.populate import fill
from sandbox.server import ACCOUNT, Server, base_url
from sandbox.settle import ENV, FLOW_ENV, TALK, TOOLS, settle_tools, tokens_of
from sandbox.sign_in import ASANA, LAUNCHPAD, LINKEDIN, SignInService, WithSignIn

__all__ = ["ENV", "TOOLS", "World"]

_ZONE = ZoneInfo("Europe/Berlin")


class World(AsanaPersons, BasecampPersons, OutlookPersons, TeamsPersons, LinkedInPersons):
    """The stand-ins with their community, served over HTTP, and what its members do in them.

    Attributes:
        community: what the tools were filled with.
        asana, basecamp, graph, linkedin: the states, for switches that no person has; `flow` is the one in Teams.
        faults: the fault injector in front of each tool.
        urls: base URL of each tool's API.
        tokens: who may come in where.
        places: ids of the projects, lists and people.
        channels: where the community talks.
        sign_in: the sign-in services of Asana and Basecamp, on the origins of their APIs.
        linkedin_sign_in: that of LinkedIn, whose tokens nothing renews; likewise.
        entra: that of Microsoft 365, where a service user signs in by a code; likewise.
    """

    def __init__(self, community: Community, server: Server, now: Callable[[], datetime]) -> None:
        self.community = community
        self.zone = community.zone
        self.now = now
        self.urls = {tool: base_url(tool, origin) for tool, origin in server.origins.items()}
        self.tokens = tokens_of(community)
        self.asana = AsanaState(now=now)
        self.basecamp = BasecampState(account=int(ACCOUNT), now=now, base_url=self.urls["basecamp"])
        self.graph = GraphState(now=now, base_url=self.urls["microsoft365"])
        self.basecamp.rate_limit = None
        self.linkedin, self.flow = LinkedInState(now=now), Flow()
        self.places = settle_tools(community, self.tokens, self.asana, self.basecamp, self.graph)
        self.channels = _settle_channels(self)
        self.sign_in = {"asana": _asana_sign_in(self), "basecamp": _launchpad(self)}
        self.linkedin_sign_in = _linkedin_sign_in(self)
        self.entra = entra_of(self.graph)
        self.faults = {tool: Faults(app) for tool, app in _apps(self).items()}
        self._clients: dict[str, httpx.Client] = {}
        self._server = server

    @classmethod
    @contextmanager
    def start(
        cls,
        *,
        today: date | None = None,
        ports: Mapping[str, int] | None = None,
        populated: bool = True,
        limits: bool = False,
    ) -> Iterator[Self]:
        """Run a world for the length of a block.

        Args:
            today: the day it is there; the clocks of the tools start at eight in the morning of that day in
                Berlin. The real day and time otherwise.
            ports: port by tool; free ones otherwise.
            populated: False leaves the projects, lists and the calendar empty.
            limits: keep the rate limit that Basecamp has for everybody (50 requests in 10 seconds).

        Raises:
            PortTakenError: a port asked for is in use.
        """
        community = load(today or datetime.now(_ZONE).date())
        server = Server((*TOOLS, *TALK), ports)
        with ExitStack() as stack:
            stack.callback(server.stop)
            world = cls(community, server, _clock(today))
            stack.callback(world._close)
            server.start(world.faults)
            if populated:
                world._populate()
            if limits:
                world.basecamp.rate_limit = (50, 10)
            yield world

    def token(self, tool: str, person: str | None) -> str:
        """Return a person's token for a tool; None is copsync's own account.

        Raises:
            LookupError: the person has no account in that tool.
        """
        if person is None:
            return self.tokens.integration[tool]
        try:
            return self.tokens.people[tool][person]
        except KeyError:
            raise LookupError(f"{person} has no account in {tool}") from None

    def email(self, person: str) -> str:
        """Return the address of a member given by key."""
        return self.community.people[person].email

    def client(self, tool: str) -> httpx.Client:
        """Return the client whose base URL is the tool's API."""
        if tool not in self._clients:
            self._clients[tool] = httpx.Client(base_url=self.urls[tool], timeout=30)
        return self._clients[tool]

    def env(self) -> dict[str, str]:
        """Return the environment variables that the configuration refers to."""
        tokens = {name: self.tokens.integration[tool] for tool, name in ENV.items()}
        return {**tokens, FLOW_ENV: flow_address(self.urls["workflows"])}

    def sign_in_page(self) -> str:
        """Return the address at which a person enters the code that a service user is shown."""
        return f"{self._origin('microsoft365')}/devicelogin"

    def channel_url(self) -> str:
        """Return the address at which a member reads the channel in Teams, through Microsoft Graph."""
        return f"{self.urls['microsoft365']}/teams/{self.channels.team}/channels/{self.channels.channel}/messages"

    def group_page(self) -> str:
        """Return the address at which people post in the LinkedIn group by hand."""
        return f"{self.urls['linkedin']}/groups/{self.channels.group}/"

    def enter_code(self, code: str) -> None:
        """Enter the code of a service user on the sign-in page, as copsync's own account.

        Raises:
            httpx.HTTPStatusError: there is no such code.
        """
        form = {"code": code, "person": self.community.integration}
        httpx.post(self.sign_in_page(), data=form, trust_env=False).raise_for_status()

    def config_toml(self, store_url: str, *, key: str | None = None) -> str:
        """Return a complete copsync.toml for this world, with the store at the given URL.

        `key` names the file whose key seals sign-ins, such as the one that :meth:`channels_toml` needs.
        """
        return config_toml(
            self.community,
            store_url=store_url,
            key=key,
            urls=self.urls,
            asana_project=self.places.asana_project,
            basecamp_project=self.places.basecamp_project,
        )

    def channels_toml(self) -> str:
        """Return what copsync.toml needs for where the community talks, with a `key`; it goes to its end."""
        return channels_toml(
            self.channels,
            graph_url=self.urls["microsoft365"],
            authority=self._origin("microsoft365"),
            tenant=self.entra.tenant,
            client_id=self.entra.client_id,
            linkedin_url=self.urls["linkedin"],
            token_until=(self.now() + LINKEDIN.life).date(),
        )

    def _origin(self, tool: str) -> str:
        return self._server.origins[tool]

    def forget_traffic(self) -> None:
        """Empty the accounts of requests, notices and injected faults, so that counting starts here."""
        for faults in self.faults.values():
            faults.seen.clear()
            faults.hits.clear()
        for log in (self.asana.requests, self.basecamp.requests, self.graph.requests, self.linkedin.requests):
            log.clear()
        self.asana.notified.clear()
        self.basecamp.notified.clear()
        self.graph.invitations.clear()

    def _populate(self) -> None:
        self._server.run(fill(self.community, self.places, self.urls, self.tokens.people))
        self.forget_traffic()

    def _close(self) -> None:
        for faults in self.faults.values():
            faults.clear()
        for client in self._clients.values():
            client.close()


def _clock(today: date | None) -> Callable[[], datetime]:
    if today is None:
        return lambda: datetime.now(UTC)
    morning = datetime.combine(today, wall_time(8), _ZONE).astimezone(UTC)
    begun = time.monotonic()
    return lambda: morning + timedelta(seconds=time.monotonic() - begun)


def _apps(world: World) -> dict[str, ASGIApp]:
    return {
        "asana": WithSignIn(asana_app(world.asana), world.sign_in["asana"]),
        "basecamp": WithSignIn(basecamp_app(world.basecamp), world.sign_in["basecamp"]),
        "microsoft365": WithSignIn(graph_app(world.graph), world.entra),
        "linkedin": WithSignIn(linkedin_app(world.linkedin), world.linkedin_sign_in),
        "workflows": create_flow_app(world.flow),
    }


def _asana_sign_in(world: World) -> SignInService:
    state = world.asana
    return SignInService(
        ASANA, tokens=state.tokens, people=lambda: {gid: one.name for gid, one in state.users.items()}, now=world.now
    )


def _launchpad(world: World) -> SignInService:
    state = world.basecamp
    return SignInService(
        LAUNCHPAD,
        tokens=state.tokens,
        people=lambda: {key: one.name for key, one in state.people.items()},
        now=world.now,
    )


def _linkedin_sign_in(world: World) -> SignInService:
    state = world.linkedin
    return linkedin_sign_in(state, lambda: {one: one.person for one in state.accounts.values()})


def _settle_channels(world: World) -> Channels:
    """Create the team and its flow, and let the moderators in at LinkedIn, as their admins would."""
    channels = settle_teams(world.graph, world.community)
    world.flow.deliver = delivery(world.graph, channels)
    tokens = world.tokens
    settle_linkedin(world.linkedin, world.community, tokens.integration["linkedin"], tokens.people["linkedin"])
    return channels
