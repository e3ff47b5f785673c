"""A whole little world: three tools, one community in them, and people who work there.

For the demo, for trying a configuration, and for tests::

    with World.start(today=date(2026, 11, 21)) as world:
        task = world.asana_task("Review the chart style guide")
        world.asana_edit(task["id"], "luca", due_on="2026-12-01")
"""

import time
from collections.abc import Callable, Iterator, Mapping
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass, field
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
from sandbox.configuration import config_toml
from sandbox.faults import Faults
from sandbox.microsoft365 import GraphState
from sandbox.microsoft365 import create_app as graph_app
from sandbox.persons import AsanaPersons, BasecampPersons, OutlookPersons, Places
from sandbox.seed import DEADLINES, Community, load
from sandbox.seed.populate import fill
from sandbox.server import ACCOUNT, Server, base_url
from sandbox.sign_in import ASANA, LAUNCHPAD, SignInService, WithSignIn

TOOLS = ("asana", "basecamp", "microsoft365")
ENV = {"asana": "ASANA_TOKEN", "basecamp": "BASECAMP_TOKEN", "microsoft365": "M365_TOKEN"}
"""The environment variable that holds copsync's token for each tool."""

_ZONE = ZoneInfo("Europe/Berlin")


@dataclass(frozen=True)
class Tokens:
    """Who may come in where.

    Attributes:
        integration: copsync's own token by tool.
        people: each member's token by tool and key of the member; those without an account are missing.
    """

    integration: Mapping[str, str] = field(repr=False)
    people: Mapping[str, Mapping[str, str]] = field(repr=False)


class World(AsanaPersons, BasecampPersons, OutlookPersons):
    """The stand-ins with their community, served over HTTP, and what its members do in them.

    Attributes:
        community: what the tools were filled with.
        asana, basecamp, graph: the states, for switches that no person has.
        faults: the fault injector in front of each tool.
        urls: base URL of each tool's API.
        tokens: who may come in where.
        places: ids of the projects, lists and people.
        sign_in: the sign-in services of Asana and Basecamp, on the origins of their APIs.
    """

    def __init__(self, community: Community, server: Server, now: Callable[[], datetime]) -> None:
        self.community = community
        self.zone = community.zone
        self.now = now
        self.urls = {tool: base_url(tool, origin) for tool, origin in server.origins.items()}
        self.tokens = _tokens(community)
        self.asana = AsanaState(now=now)
        self.basecamp = BasecampState(account=int(ACCOUNT), now=now, base_url=self.urls["basecamp"])
        self.graph = GraphState(now=now, base_url=self.urls["microsoft365"])
        self.basecamp.rate_limit = None
        self.places = _settle(self)
        self.sign_in = {"asana": _asana_sign_in(self), "basecamp": _launchpad(self)}
        apps: tuple[ASGIApp, ...] = (
            WithSignIn(asana_app(self.asana), self.sign_in["asana"]),
            WithSignIn(basecamp_app(self.basecamp), self.sign_in["basecamp"]),
            graph_app(self.graph),
        )
        self.faults = {tool: Faults(app) for tool, app in zip(TOOLS, apps, strict=True)}
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
        server = Server(TOOLS, ports)
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
        return {name: self.tokens.integration[tool] for tool, name in ENV.items()}

    def config_toml(self, store_url: str) -> str:
        """Return a complete copsync.toml for this world, with the store at the given URL."""
        return config_toml(
            self.community,
            store_url=store_url,
            urls=self.urls,
            asana_project=self.places.asana_project,
            basecamp_project=self.places.basecamp_project,
        )

    def forget_traffic(self) -> None:
        """Empty the accounts of requests, notices and injected faults, so that counting starts here."""
        for faults in self.faults.values():
            faults.seen.clear()
            faults.hits.clear()
        for log in (self.asana.requests, self.basecamp.requests, self.graph.requests):
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


def _tokens(community: Community) -> Tokens:
    return Tokens(
        integration={tool: f"sandbox-{tool}-copsync" for tool in TOOLS},
        people={
            tool: {key: f"sandbox-{tool}-{key}" for key, person in community.people.items() if tool in person.tools}
            for tool in TOOLS
        },
    )


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


def _settle(world: World) -> Places:
    """Create accounts, projects and the mailbox, as their admins would."""
    lists = (*world.community.lists, DEADLINES)
    users, project, sections = _settle_asana(world, lists)
    people, bucket, todolists = _settle_basecamp(world, lists)
    _settle_mailbox(world)
    return Places(
        asana_project=project,
        asana_sections=sections,
        asana_users=users,
        basecamp_project=bucket,
        basecamp_lists=todolists,
        basecamp_todoset=world.basecamp.tool(bucket, "todoset").id,
        basecamp_schedule=world.basecamp.tool(bucket, "schedule").id,
        basecamp_people=people,
        mailbox=world.community.mailbox,
    )


def _settle_asana(world: World, lists: tuple[str, ...]) -> tuple[dict[str, str], str, dict[str, str]]:
    community, tokens = world.community, world.tokens
    users = {
        person.key: world.asana.add_user(person.name, person.email, token=tokens.people["asana"][person.key])
        for person in community.members_of("asana")
    }
    bot = world.asana.add_user("copsync", community.integration, token=tokens.integration["asana"])
    project = world.asana.add_project(community.name, members=[*users.values(), bot])
    return users, project, {name: world.asana.add_section(project, name) for name in lists}


def _settle_basecamp(world: World, lists: tuple[str, ...]) -> tuple[dict[str, int], int, dict[str, int]]:
    community, tokens = world.community, world.tokens
    people = {
        person.key: world.basecamp.add_person(person.name, person.email, token=tokens.people["basecamp"][person.key])
        for person in community.members_of("basecamp")
    }
    robot = world.basecamp.add_person(
        "copsync", community.integration, token=tokens.integration["basecamp"], admin=True
    )
    founder = people[community.moderators[0]]
    project = world.basecamp.add_project(community.name, people=[founder, *people.values(), robot])
    # A new list appears on top.
    todolists = {name: world.basecamp.add_list(project, name) for name in reversed(lists)}
    return people, project, {name: todolists[name] for name in lists}


def _settle_mailbox(world: World) -> None:
    community, tokens, graph = world.community, world.tokens, world.graph
    graph.add_mailbox(community.mailbox, community.name, time_zone=community.zone.key)
    mine = {community.mailbox}
    graph.add_token(tokens.integration["microsoft365"], mailboxes=mine)
    for person in community.members_of("microsoft365"):
        graph.add_user(person.email, person.name)
        graph.add_token(tokens.people["microsoft365"][person.key], mailboxes=mine, user=person.email)
