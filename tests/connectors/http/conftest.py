from __future__ import annotations

from collections.abc import AsyncIterator, Callable
from contextlib import AsyncExitStack
from typing import Any

import pytest
from pydantic import SecretStr

from connectors.http import Bearer, Http, Limits
from tests.connectors.http.faketime import FakeTime
from tests.connectors.http.scripted import Tool, serving

TOKEN = SecretStr("tok-0123456789-abcdef")
WIDE = Limits(100_000, 1, at_once=50)

Connect = Callable[..., Http]


@pytest.fixture
async def tool() -> AsyncIterator[Tool]:
    async with serving(Tool()) as running:
        yield running


@pytest.fixture
def fake() -> FakeTime:
    return FakeTime()


@pytest.fixture
async def connect(fake: FakeTime) -> AsyncIterator[Connect]:
    """Make clients that live in fake time and are closed at the end."""
    async with AsyncExitStack() as stack:

        def make(base_url: str, **options: Any) -> Http:
            given: dict[str, Any] = {
                "auth": Bearer(TOKEN),
                "limits": WIDE,
                "user_agent": "copsync (ops@example.org)",
                "secrets": (TOKEN,),
                "timing": fake.timing(),
            }
            http = Http(base_url, **(given | options))
            stack.push_async_callback(http.aclose)
            return http

        yield make
