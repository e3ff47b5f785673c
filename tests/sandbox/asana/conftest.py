"""A stand-in served for real on a loopback port, every exchange held against Asana's description."""

from collections.abc import Iterator

import pytest

from sandbox.asana import AsanaState, create_app
from sandbox.server import serve
from tests.conformance.asana import conforming, missing
from tests.sandbox.asana.desk import Clock, Office


@pytest.fixture
def office() -> Iterator[Office]:
    """An office whose exchanges must conform to Asana's description."""
    clock = Clock()
    state = AsanaState(now=clock)
    app = conforming(create_app(state)) if missing() is None else None
    with serve({"asana": app or create_app(state)}) as urls:
        office = Office(state, clock, urls["asana"])
        yield office
        office.leave()
    if app is not None:
        assert app.unrefused() == []
