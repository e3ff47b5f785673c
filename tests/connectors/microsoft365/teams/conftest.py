"""A tenant over HTTP: Graph with a team, Entra's sign-in, a flow, and a service user who has signed in."""

from __future__ import annotations

import asyncio
import json
from collections.abc import AsyncIterator, Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any
from urllib.parse import quote
from zoneinfo import ZoneInfo

import pytest
from pydantic import SecretStr
from starlette.types import ASGIApp

from connectors.channel import ChannelSetup, Outgoing
from connectors.contract import ConnectionSetup
from connectors.http import Patience, Timing
from connectors.http.grants import App, Grant
from connectors.http.tokens import first_tokens
from connectors.microsoft365.connection import Microsoft365Connection
from connectors.microsoft365.options import ConnectionOptions, device_consent
from connectors.microsoft365.teams.options import ChannelOptions, WorkflowOptions
from connectors.microsoft365.teams.posting import ChannelSender
from connectors.microsoft365.teams.workflow import WorkflowSender
from domain.announcements.cards import card_of
from domain.richtext.commonmark import parse
from sandbox.entra import EntraService
from sandbox.faults import Faults
from sandbox.microsoft365 import GraphState, create_app
from sandbox.microsoft365.teams import Channel, ChatMessage, Team
from sandbox.microsoft365.workflows import PATH, SIGNATURE, Flow, create_flow_app
from sandbox.server import serve
from sandbox.sign_in import WithSignIn
from tests.conformance.microsoft365 import Conforming, conforming, spec_missing

NOW = datetime(2026, 11, 28, 12, tzinfo=UTC)
ROBOT, ADA = "copsync@example.org", "ada@example.org"
_NOT_READ = "the body is not JSON"  # a refusal for want of access comes before the stand-in reads the body
PATIENCE = Patience(attempts=3, first=0.001, longest=0.002, retry_after=5)


class Drawer:
    """A keeper of tokens that holds them in memory."""

    def __init__(self) -> None:
        self.kept: SecretStr | None = None

    def recall(self) -> SecretStr | None:
        return self.kept

    def keep(self, secret: SecretStr) -> None:
        self.kept = secret


@dataclass
class Tenant:
    """Everything, with a clock that is turned by hand."""

    graph: GraphState
    entra: EntraService
    flow: Flow
    team: Team
    channel: Channel
    faults: Faults = field(init=False)
    flow_faults: Faults = field(init=False)
    urls: dict[str, str] = field(default_factory=dict)
    now: datetime = NOW
    slept: list[float] = field(default_factory=list)
    drawer: Drawer = field(default_factory=Drawer)
    opened: list[Any] = field(default_factory=list)

    @property
    def timing(self) -> Timing:
        async def sleep(seconds: float) -> None:
            self.slept.append(seconds)
            await asyncio.sleep(0)

        return Timing(now=lambda: self.now, sleep=sleep)

    @property
    def options(self) -> ConnectionOptions:
        return ConnectionOptions(
            tenant=self.entra.tenant,
            client_id=self.entra.client_id,
            service_user=True,
            authority=self.urls["entra"].rstrip("/"),
        )

    def sign_in(self, options: ConnectionOptions | None = None) -> None:
        """Keep tokens as `copsync connect` does."""
        consent = device_consent(options or self.options)
        assert consent is not None
        scopes = frozenset(one.removeprefix("https://graph.microsoft.com/") for one in consent.scope.split())
        self.entra.adopt("refresh-first", ROBOT, scopes)
        app = App("m365-user", "Microsoft 365", consent.client_id, None, consent.token_url, "copsync", consent.scope)
        grant = Grant(SecretStr("access-old"), SecretStr("refresh-first"), 1.0)
        self.drawer.keep(first_tokens(grant, app, None, self.now - timedelta(hours=2)).text())

    def connection(self, options: ConnectionOptions | None = None, token: str | None = None) -> Microsoft365Connection:
        setup = ConnectionSetup(
            "m365-user",
            self.urls["graph"],
            SecretStr(token) if token else None,
            options or self.options,
            lambda: self.drawer,
        )
        self.opened.append(Microsoft365Connection(setup, timing=self.timing, patience=PATIENCE))
        return self.opened[-1]  # type: ignore[no-any-return]

    def sender(self, connection: Microsoft365Connection | None = None) -> ChannelSender:
        options = ChannelOptions(team=self.team.id, channel=self.channel.id)
        return ChannelSender(self._setup(options, connection or self.connection()))

    def address(self, signature: str = SIGNATURE) -> str:
        return (
            f"{self.urls['flow'].rstrip('/')}{PATH}?api-version=1&sp=%2Ftriggers&sv=1.0&sig={quote(signature, safe='')}"
        )

    def flow_sender(self, address: str | None = None) -> WorkflowSender:
        options = WorkflowOptions(url=SecretStr(address or self.address()))
        self.opened.append(WorkflowSender(self._setup(options, None), timing=self.timing, patience=PATIENCE))
        return self.opened[-1]  # type: ignore[no-any-return]

    def _setup(self, options: Any, connection: Microsoft365Connection | None) -> ChannelSetup:
        return ChannelSetup("teams", "data-practice", "Data Practice", ZoneInfo("UTC"), options, Path(), connection)

    def calls(self, method: str) -> int:
        return sum(one[0] == method for one in self.graph.requests)

    def card(self, message: ChatMessage | None = None) -> dict[str, Any]:
        """Return the card that a message shows; the only one, if none is named."""
        shown = message or self.channel.messages[-1]
        return dict(json.loads(shown.attachments[0]["content"]))

    def says(self, text: str, author: str = ADA) -> ChatMessage:
        return self.graph.teams.write(self.channel.messages, author, {"body": {"contentType": "text", "content": text}})


def outgoing(text: str = "A talk on **Friday**", key: str = "9f3a") -> Outgoing:
    card = card_of(parse(f"## Gathering\n\n{text}"), [("Join", "https://example.org/join")], text)
    return Outgoing(key, f"Gathering: {text}", text, text, NOW - timedelta(minutes=1), card)


@contextmanager
def renting(now: Callable[[], datetime] | None = None) -> Iterator[Tenant]:
    """Serve a tenant for a block; `now` is its clock, else one that is turned by hand."""
    graph, flow = GraphState(), Flow()
    for address, name in ((ROBOT, "copsync"), (ADA, "Ada")):
        graph.add_user(address, name)
    team = graph.teams.add_team("Data Practice", {ROBOT: "copsync", ADA: "Ada"})
    clock = now or (lambda: made.now)
    entra = EntraService(
        let_in=lambda token, person, scopes: graph.add_token(token, mailboxes=set(), user=person, scopes=scopes),
        keep_out=graph.revoke_token,
        now=clock,
    )
    made = Tenant(graph, entra, flow, team, graph.teams.add_channel(team, "General"))
    graph.now = clock
    app: ASGIApp = create_app(graph)
    checker = conforming(app) if spec_missing() is None else None
    made.faults, made.flow_faults = Faults(checker or app), Faults(create_flow_app(flow))
    empty = create_app(GraphState())
    apps: dict[str, ASGIApp] = {"graph": made.faults, "entra": WithSignIn(empty, entra), "flow": made.flow_faults}
    with serve(apps) as urls:
        made.urls = {**urls, "graph": f"{urls['graph'].rstrip('/')}/v1.0"}
        made.sign_in()
        yield made
    if isinstance(checker, Conforming):
        assert [one for one in checker.violations if one.reason != _NOT_READ] == []


@pytest.fixture
async def tenant() -> AsyncIterator[Tenant]:
    with renting() as made:
        yield made
        for one in made.opened:
            await one.aclose()
