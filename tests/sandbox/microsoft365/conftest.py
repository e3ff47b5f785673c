"""The stand-in, served over real HTTP; all traffic is held against the description where it is there."""

from collections.abc import Iterator

import httpx
import pytest

from sandbox.microsoft365 import GraphState, create_app
from sandbox.server import serve
from tests.conformance.microsoft365 import Conforming, conforming, spec_missing
from tests.sandbox.microsoft365.harness import MAILBOX, UNDESCRIBED, Clock, Graph


@pytest.fixture(scope="session")
def described() -> bool:
    return spec_missing() is None


@pytest.fixture
def graph(described: bool) -> Iterator[Graph]:
    clock = Clock()
    state = GraphState(now=clock)
    state.add_mailbox(MAILBOX, "Data Practice")
    state.add_token("app")
    app = conforming(create_app(state)) if described else create_app(state)
    with serve({"microsoft365": app}) as urls, httpx.Client(timeout=10) as http:
        yield Graph(state, urls["microsoft365"], http, clock)
    if isinstance(app, Conforming):
        assert app.exchanges
        assert [found for found in app.accepted() if not UNDESCRIBED.search(found.path)] == []
