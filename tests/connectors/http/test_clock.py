"""How far the vendor's clock is from ours."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from email.utils import format_datetime

import pytest
from hypothesis import given
from hypothesis import strategies as st

from connectors.http import http_date
from tests.connectors.http.conftest import Connect
from tests.connectors.http.faketime import FakeTime
from tests.connectors.http.scripted import Reply, Seen, Tool


@pytest.mark.parametrize("ahead", [timedelta(0), timedelta(days=1), timedelta(hours=-3)])
async def test_the_offset_is_learned_from_answers(
    tool: Tool, connect: Connect, fake: FakeTime, ahead: timedelta
) -> None:
    def answer(_: Seen) -> Reply:
        fake.passed += 0.9
        date = format_datetime(fake.now() + ahead, usegmt=True)
        fake.passed += 0.9
        return Reply(headers={"Date": date})

    tool.will(*[answer] * 20)
    http = connect(tool.url)
    assert http.clock_offset is None
    for _ in range(20):
        await http.request("GET", "/")
    assert http.clock_offset is not None
    assert abs(http.clock_offset - ahead) <= timedelta(seconds=0.6)


async def test_a_stray_date_is_outvoted_and_a_cached_one_ignored(tool: Tool, connect: Connect, fake: FakeTime) -> None:
    right = format_datetime(fake.now(), usegmt=True)
    wrong = "Thu, 01 Jan 1970 00:00:00 GMT"
    for headers in ({"Date": wrong, "Age": "9"}, {"Date": right}, {"Date": wrong}, {"Date": right}, {"Date": "soon"}):
        tool.will(Reply(headers=headers))
    http = connect(tool.url)
    for _ in range(5):
        await http.request("GET", "/")
    assert http.clock_offset == timedelta(seconds=0.5)


def test_http_dates() -> None:
    assert http_date("Mon, 02 Mar 2026 09:00:31 GMT") == datetime(2026, 3, 2, 9, 0, 31, tzinfo=UTC)
    assert http_date("Mon, 02 Mar 2026 09:00:31 -0000") == datetime(2026, 3, 2, 9, 0, 31, tzinfo=UTC)
    assert http_date("") is None
    assert http_date(None) is None


@given(st.text() | st.from_regex(r"\w{3}, \d+ \w{3} \d+ \d+:\d+:\d+ [+-]?\w+", fullmatch=True))
def test_no_text_breaks_the_reading_of_dates(text: str) -> None:
    found = http_date(text)
    assert found is None or found.tzinfo is not None
