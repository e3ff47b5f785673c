"""Credentials that are fetched, renewed and refused."""

from __future__ import annotations

import asyncio

import httpx
import pytest
from pydantic import SecretStr

from connectors.http import Bearer, Renewable, Unsigned
from domain.errors import ConfigProblem, ConnectAgain
from tests.connectors.http.conftest import TOKEN, Connect
from tests.connectors.http.scripted import Reply, Seen, Tool


class Fresh:
    """A token with a number that goes up with every renewal."""

    def __init__(self, *, renewals: int) -> None:
        self.number = 1
        self.renewals = renewals

    async def headers(self) -> dict[str, str]:
        await asyncio.sleep(0)
        return {"Authorization": f"Bearer fresh-token-{self.number}"}

    async def renew(self) -> bool:
        await asyncio.sleep(0.01)
        if self.renewals:
            self.renewals -= 1
            self.number += 1
            return True
        return False


def accepts(number: int) -> object:
    def answer(seen: Seen) -> Reply:
        return Reply(200 if seen.headers["authorization"].endswith(f"-{number}") else 401)

    return answer


async def test_a_refused_token_is_renewed_once_and_the_request_repeated(tool: Tool, connect: Connect) -> None:
    tool.script = [accepts(2)] * 9  # type: ignore[list-item]  # a callable that gives a Reply
    auth = Fresh(renewals=5)
    await connect(tool.url, auth=auth).request("POST", "/tasks", json={})
    assert [seen.headers["authorization"][-1] for seen in tool.seen] == ["1", "2"]
    assert auth.renewals == 4


async def test_many_refused_at_once_renew_only_once(tool: Tool, connect: Connect) -> None:
    tool.script = [accepts(2)] * 99  # type: ignore[list-item]  # a callable that gives a Reply
    auth = Fresh(renewals=5)
    http = connect(tool.url, auth=auth)
    await asyncio.gather(*(http.request("GET", f"/{n}") for n in range(20)))
    assert auth.renewals == 4


async def test_a_token_that_stays_refused_asks_to_connect_again(tool: Tool, connect: Connect) -> None:
    tool.script = [Reply(401)] * 9
    with pytest.raises(ConnectAgain):
        await connect(tool.url, auth=Fresh(renewals=5)).request("GET", "/tasks")
    assert len(tool.seen) == 2
    with pytest.raises(ConnectAgain):
        await connect(tool.url, auth=Fresh(renewals=0)).request("GET", "/tasks")
    assert len(tool.seen) == 3


async def test_a_401_that_is_expected_renews_nothing(tool: Tool, connect: Connect) -> None:
    tool.will(Reply(401))
    auth = Fresh(renewals=5)
    await connect(tool.url, auth=auth).request("GET", "/tasks", expect={401})
    assert auth.renewals == 5


def test_a_fixed_token_cannot_be_renewed() -> None:
    assert not isinstance(Bearer(TOKEN), Renewable)
    assert isinstance(Fresh(renewals=1), Renewable)


@pytest.mark.parametrize(
    "token", ["", " ", "abc def", "abc\n", "\tabc", "abc\r\nX-Evil: 1", "tökén", "a\u2028b", "a\x00"]
)
def test_a_token_with_a_slip_of_the_copying_hand_is_named(token: str) -> None:
    with pytest.raises(ConfigProblem, match="Copy the token again"):
        Bearer(SecretStr(token))


async def test_an_sdks_own_credentials_stay_unless_there_are_others(tool: Tool, connect: Connect) -> None:
    request = httpx.Request(
        "POST", f"{tool.url}/x?a=1", headers={"Authorization": "Bearer sdk-made-this", "X-Sdk": "7"}, json={"a": 1}
    )
    await connect(tool.url, auth=Unsigned()).send(request)
    await connect(tool.url).send(request)
    one, two = tool.seen
    assert one.headers["authorization"] == "Bearer sdk-made-this"
    assert two.headers["authorization"] == f"Bearer {TOKEN.get_secret_value()}"
    for seen in (one, two):
        assert (seen.method, seen.query, seen.headers["x-sdk"]) == ("POST", "a=1", "7")
        assert seen.headers["content-type"] == "application/json"
        assert seen.body == request.content


async def test_an_sdks_stream_is_read_first_so_that_it_can_be_repeated(tool: Tool, connect: Connect) -> None:
    async def chunks() -> object:
        yield b"one "
        yield b"two"

    tool.will(Reply(status=503, headers={"Retry-After": "1"}))
    request = httpx.Request("PUT", f"{tool.url}/x", content=chunks())  # type: ignore[arg-type]  # it is iterable
    await connect(tool.url).send(request)
    assert [seen.body for seen in tool.seen] == [b"one two"] * 2
    assert "transfer-encoding" not in tool.seen[0].headers


async def test_sdk_requests_stay_below_the_base_too(tool: Tool, connect: Connect) -> None:
    http = connect(f"{tool.url}/v1.0")
    with pytest.raises(ConfigProblem, match="credentials stay"):
        await http.send(httpx.Request("GET", f"{tool.url}/beta/users"))
    assert tool.seen == []
