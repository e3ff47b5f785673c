"""What a tool's answer means."""

from __future__ import annotations

from typing import Any

import pytest

from connectors.http import HttpRefused, json_of
from domain.errors import ConnectAgain, Retriable, SetAside, Uncertain
from tests.connectors.http.conftest import Connect
from tests.connectors.http.scripted import Reply, Tool


@pytest.mark.parametrize(
    ("reply", "code", "words"),
    [
        (
            Reply(400, {"errors": [{"message": "name: Missing"}, {"message": "due_on: Bad"}]}),
            None,
            "name: Missing; due_on: Bad",
        ),
        (
            Reply(422, {"errors": {"content": ["can't be blank", "is short"], "due_on": ["is bad"]}}),
            None,
            "content can't be blank, is short; due_on is bad",
        ),
        (Reply(422, {"starts_at": ["can't be blank"]}), None, "starts_at can't be blank"),
        (Reply(404, {"status": 404, "error": "Not Found"}), None, "Not Found"),
        (
            Reply(400, {"error": "invalid_grant", "error_description": "Token\nis old"}),
            None,
            "invalid_grant: Token is old",
        ),
        (
            Reply(412, {"error": {"code": "ErrorIrresolvableConflict", "message": "It changed."}}),
            "ErrorIrresolvableConflict",
            "It changed.",
        ),
        (Reply(410, {"error": {"code": "syncStateNotFound", "message": ""}}), "syncStateNotFound", None),
        (Reply(403, {"message": "Forbidden"}), None, "Forbidden"),
        (Reply(400, {"errors": ["one", "two"]}), None, "one; two"),
        (Reply(400, json="just words"), None, "just words"),
        (Reply(400, json=[1, 2]), None, None),
        (Reply(400, json={"errors": 5, "error": None}), None, None),
        (Reply(400, json=None), None, None),
        (Reply(403, body=b""), None, None),
        (Reply(404, body=b"", headers={"Reason": "Account Inactive"}), None, "Account Inactive"),
        (
            Reply(403, body=b"<html><head><title>Access &amp; rights</title></head>"),
            None,
            "a web page titled Access & rights",
        ),
        (Reply(403, body=b"<html><p>no title"), None, "a web page without a title"),
        (Reply(403, body=b"plain \x1b[31mred\x00 words"), None, "plain [31mred words"),
        (Reply(400, {"error": "x" * 2000}), None, "x" * 399 + "…"),
        (Reply(400, {"error": "safe\u202eevil"}), None, "safe evil"),
    ],
)
async def test_the_tools_own_words_are_found(
    tool: Tool, connect: Connect, reply: Reply, code: str | None, words: str | None
) -> None:
    tool.will(reply)
    with pytest.raises(HttpRefused) as caught:
        await connect(tool.url).request("POST", "/things/1", json={}, params={"opt": "hidden"})
    refused = caught.value
    assert (refused.status, refused.code, refused.words) == (reply.status, code, words)
    assert refused.body_json == (reply.json if reply.body is None else None)
    assert f"POST {tool.url.removeprefix('http://')}/things/1 was refused ({reply.status}" in str(refused)
    assert words is None or words in str(refused)
    assert "hidden" not in str(refused)


async def test_a_refusal_carries_the_headers_that_connectors_read(tool: Tool, connect: Connect) -> None:
    tool.will(Reply(412, {"sync": "new-token"}, headers={"Reason": "x", "Set-Cookie": "a=b"}))
    with pytest.raises(HttpRefused) as caught:
        await connect(tool.url).request("GET", "/events")
    assert caught.value.body_json == {"sync": "new-token"}
    assert caught.value.headers["reason"] == "x"
    assert "set-cookie" not in caught.value.headers


async def test_a_refused_token_asks_to_connect_again(tool: Tool, connect: Connect) -> None:
    tool.will(Reply(401, {"errors": [{"message": "Not Authorized"}]}))
    http = connect(tool.url)
    with pytest.raises(ConnectAgain, match=r'127.0.0.1 does not accept .* It says: "Not Authorized" .*copsync check'):
        await http.request("POST", "/tasks", json={})
    assert len(tool.seen) == 1


@pytest.mark.parametrize(
    ("reply", "value"),
    [
        (Reply(json={"a": [1, None, "ü"]}), {"a": [1, None, "ü"]}),
        (Reply(body=b'\xef\xbb\xbf{"bom": 1}'), {"bom": 1}),
        (Reply(body=b'{"a": 1}', headers={"Content-Type": "application/vnd.api+json"}), {"a": 1}),
        (Reply(status=204), None),
        (Reply(json=None), None),
        (Reply(body="\u00a0".join(['"a', 'b"']).encode()), "a\u00a0b"),
    ],
)
async def test_json(tool: Tool, connect: Connect, reply: Reply, value: Any) -> None:
    tool.will(reply)
    assert json_of(await connect(tool.url).request("GET", "/x")) == value


@pytest.mark.parametrize(
    ("body", "kind"),
    [
        (b"<!doctype html><title>Sign in</title>", r'a web page \("Sign in"\)'),
        (b"\n <html>", "a web page instead"),
        (b'{"data": [1, 2', "broken or cut JSON"),
        (b'{"data": NaN}', "broken or cut JSON"),
        (b"[" * 100_000, "broken or cut JSON"),
        (b"", "nothing"),
        (b"OK", "something that is not JSON"),
        (b"\xff\xfe\x00\xd8", "not JSON|broken"),
        (b'{"n": ' + b"9" * 5000 + b"}", "broken or cut JSON"),
    ],
)
async def test_what_is_not_json_is_named(tool: Tool, connect: Connect, body: bytes, kind: str) -> None:
    tool.will(Reply(body=body, headers={"Content-Type": "application/json"}), Reply(status=201, body=body))
    http = connect(tool.url)
    answer = await http.request("GET", "/tasks?secret=1")
    with pytest.raises(
        Retriable, match=rf"127\.0\.0\.1:\d+/tasks was answered with .*{kind}.*status 200.*base_url"
    ) as caught:
        json_of(answer)
    assert "secret" not in str(caught.value)
    assert caught.value.__context__ is None
    written = await http.request("POST", "/tasks", json={})
    with pytest.raises(Uncertain, match="status 201"):
        json_of(written)


@pytest.mark.parametrize("value", [{"title": "half \ud83d"}, {"n": float("nan")}])
async def test_what_json_cannot_carry_sets_the_record_aside(tool: Tool, connect: Connect, value: object) -> None:
    with pytest.raises(SetAside, match="emoji"):
        await connect(tool.url).request("POST", "/tasks", json=value)
    assert tool.seen == []


@pytest.mark.parametrize("text", ["x" * 10_000_000, "👩‍🚒 שלום \u0000 \u202e", "\u00a0"])
async def test_absurd_texts_arrive_as_they_are(tool: Tool, connect: Connect, text: str) -> None:
    tool.will(lambda seen: Reply(body=seen.body))
    assert json_of(await connect(tool.url).request("POST", "/tasks", json={"notes": text})) == {"notes": text}
