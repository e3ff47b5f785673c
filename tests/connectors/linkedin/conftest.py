"""The stand-in of LinkedIn over HTTP, and connections to it."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator, Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from pathlib import Path
from zoneinfo import ZoneInfo

import pytest
from pydantic import SecretStr

from connectors.channel import ChannelSetup, Outgoing
from connectors.contract import ConnectionSetup
from connectors.http import Patience, Timing
from connectors.linkedin.channel import PageOptions
from connectors.linkedin.connection import LinkedInConnection
from connectors.linkedin.options import ConnectionOptions
from connectors.linkedin.page import PageSender
from sandbox.faults import Faults
from sandbox.linkedin import LinkedInState, create_app
from sandbox.linkedin.state import Account
from sandbox.server import serve

NOW = datetime(2026, 11, 28, 12, tzinfo=UTC)
PAGE = "urn:li:organization:5515715"
TOKEN, ADA = "sandbox-linkedin-token", "urn:li:person:ada"


@dataclass
class Town:
    """A LinkedIn whose clock is turned by hand, and an account there."""

    state: LinkedInState
    faults: Faults
    url: str = ""
    now: datetime = NOW
    opened: list[LinkedInConnection] = field(default_factory=list)

    def connection(self, version: str = "202610", token: str = TOKEN) -> LinkedInConnection:
        options = ConnectionOptions(api_version=version)
        setup = ConnectionSetup("linkedin", self.url, SecretStr(token), options)
        timing = Timing(now=lambda: self.now, sleep=lambda _: asyncio.sleep(0))
        self.opened.append(LinkedInConnection(setup, timing=timing, patience=Patience(attempts=3)))
        return self.opened[-1]

    def page(self, **more: str) -> PageSender:
        setup = ChannelSetup(
            "page",
            "data-practice",
            "Data Practice",
            ZoneInfo("UTC"),
            PageOptions(page=PAGE),
            Path(),
            self.connection(**more),
        )
        return PageSender(setup)

    def calls(self, method: str = "POST") -> int:
        return sum(one[0] == method for one in self.state.requests)


def outgoing(text: str = "A talk (by Ada): charts_people_read #dataviz\nhttps://example.org/a_b?c=d") -> Outgoing:
    return Outgoing("key", "A talk", text, text, NOW - timedelta(minutes=1))


@contextmanager
def settling(now: Callable[[], datetime] | None = None) -> Iterator[Town]:
    """Serve a LinkedIn for a block; `now` is its clock, else one that is turned by hand."""
    state = LinkedInState()
    made = Town(state, Faults(create_app(state)))
    state.now = now or (lambda: made.now)
    state.accounts[TOKEN] = Account(ADA, frozenset({PAGE}), is_eea=True, consents=True)
    with serve({"linkedin": made.faults}) as urls:
        made.url = urls["linkedin"]
        yield made


@pytest.fixture
def town() -> Iterator[Town]:
    with settling() as made:
        yield made


@pytest.fixture(autouse=True)
async def closed(town: Town) -> AsyncIterator[None]:
    yield
    for one in town.opened:
        await one.aclose()
