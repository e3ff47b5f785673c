"""Planted tokens must not turn up anywhere: not in logs, errors, tracebacks with local variables, reprs or pickles."""

from __future__ import annotations

import asyncio
import gc
import io
import logging
import pickle
import traceback
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from types import FrameType
from typing import Any
from urllib.parse import quote

import httpx
import pytest
from pydantic import SecretStr

import connectors.http as http_layer
from connectors.http import Bearer, Http, Patience, RedactSecrets, ThreadBridge, Timeouts, Unsigned, json_of
from connectors.http.redact import MASK, VAULT, Vault, scrub
from domain.errors import CopsyncError
from tests.connectors.http.conftest import TOKEN, WIDE, Connect
from tests.connectors.http.scripted import Reply, Seen, Tool, babbling, free_port, serving

CANARY = SecretStr("canary-bearer-4711+x/y=")
CLIENT_SECRET = SecretStr("canary-client-secret-0815")
SDK_CANARY = "canary-sdk-header-2222"
PLANTED = ("canary", quote(CANARY.get_secret_value(), safe=""))
QUICK = Timeouts(connect=2, read=0.1, write=2, pool=2, total=1)


def _echo(status: int) -> Any:
    """A tool that repeats the token wherever it can, as debugging proxies do."""

    def answer(seen: Seen) -> Reply:
        token = seen.headers.get("authorization", "")
        words = {"errors": [{"message": f"the token {token} is bad"}], "body": seen.body.decode("latin-1")}
        headers = {"X-Echo": token, "Location": f"/elsewhere?token={token.rpartition(' ')[2]}"}
        return Reply(status, words, headers=headers)

    return answer


FAILURES = [
    *[pytest.param(_echo(status), id=str(status)) for status in (302, 400, 401, 403, 404, 412, 422, 429, 500, 503)],
    pytest.param(Reply(cut="before"), id="cut before"),
    pytest.param(Reply(cut="within"), id="cut within"),
    pytest.param(Reply(stall="before"), id="stall"),
    pytest.param(Reply(stall="within"), id="stall within"),
    pytest.param(Reply(body=b"\x1f\x8bx", headers={"Content-Encoding": "gzip"}), id="gzip garbage"),
    pytest.param(Reply(status=301, headers={"Location": "http://[broken"}), id="broken redirect"),
    pytest.param(
        lambda seen: Reply(body=f"<h1>{seen.headers['authorization']}</h1>".encode()), id="page with the token"
    ),
]


@contextmanager
def _everything_logged() -> Iterator[io.StringIO]:
    """Log all there is at DEBUG, as an unwise admin would."""
    out = io.StringIO()
    handler = logging.StreamHandler(out)
    handler.setFormatter(logging.Formatter("%(name)s %(levelname)s %(message)s"))
    root = logging.getLogger()
    before = root.level
    root.addHandler(handler)
    root.setLevel(logging.DEBUG)
    try:
        yield out
    finally:
        root.setLevel(before)
        root.removeHandler(handler)


def _shown(error: BaseException) -> str:
    """Everything a person or an error tracker may get to see of an exception."""
    seen = [
        str(error),
        repr(error),
        repr(vars(error)),
        "".join(traceback.TracebackException.from_exception(error, capture_locals=True).format()),
        "".join(traceback.format_exception(error)),
        pickle.dumps(error).decode("latin-1"),
    ]
    seen += [_shown(chained) for chained in (error.__cause__, error.__context__) if chained is not None]
    return "\n".join(seen)


def _assert_clean(text: str) -> None:
    for planted in PLANTED:
        assert planted not in text, text[max(0, text.find(planted) - 300) : text.find(planted) + 60]


@pytest.mark.parametrize("failure", FAILURES)
@pytest.mark.parametrize("method", ["GET", "POST"])
async def test_no_failure_shows_a_secret(tool: Tool, connect: Connect, failure: Any, method: str) -> None:
    tool.script = [failure] * 3
    with _everything_logged() as log:
        http = connect(
            tool.url,
            auth=Bearer(CANARY),
            secrets=(CANARY, CLIENT_SECRET),
            timeouts=QUICK,
            patience=Patience(attempts=2),
        )
        with pytest.raises(CopsyncError) as caught:
            json_of(await http.request(method, "/tasks?state=1", content=CLIENT_SECRET, expect={200}))
        _assert_clean(_shown(caught.value))
        _assert_clean(repr(http) + repr(vars(http)))
    assert tool.seen[0].headers["authorization"] == f"Bearer {CANARY.get_secret_value()}"
    assert tool.seen[0].body == CLIENT_SECRET.get_secret_value().encode()
    written = log.getvalue()
    _assert_clean(written)
    assert "httpcore" in written, "the libraries did log"
    assert "state=1" not in written, "query strings stay out of logs"
    assert f"{method} 127.0.0.1" in written


async def test_no_failure_to_connect_shows_a_secret(connect: Connect) -> None:
    async def babble(writer: asyncio.StreamWriter) -> None:
        writer.write(b"\x15\x03\x01\x00\x02\x02\x46 not http at all\r\n\r\n")
        await writer.drain()

    async with babbling(babble) as url:
        for base in (url, f"http://127.0.0.1:{free_port()}", url.replace("http:", "https:")):
            with _everything_logged() as log:
                http = connect(base, auth=Bearer(CANARY), secrets=(CANARY,), timeouts=QUICK)
                with pytest.raises(CopsyncError) as caught:
                    await http.request("POST", "/tasks", json={})
                _assert_clean(_shown(caught.value))
            _assert_clean(log.getvalue())


async def test_a_cancelled_request_shows_no_secret(tool: Tool, connect: Connect) -> None:
    tool.gate = asyncio.Event()
    http = connect(tool.url, auth=Bearer(CANARY), secrets=(CANARY,))
    task = asyncio.create_task(http.request("POST", "/tasks", json={}))
    while not tool.seen:
        await asyncio.sleep(0.001)
    task.cancel()
    with pytest.raises(asyncio.CancelledError) as caught:
        await task
    _assert_clean("".join(traceback.TracebackException.from_exception(caught.value, capture_locals=True).format()))
    _assert_clean(repr(task))


async def test_an_unforeseen_exception_of_the_library_shows_no_secret(
    tool: Tool, connect: Connect, monkeypatch: pytest.MonkeyPatch
) -> None:
    async def explode(_: object, request: Any, **__: object) -> None:
        headers = dict(request.headers)
        raise ZeroDivisionError(len(headers))

    monkeypatch.setattr(httpx.AsyncClient, "send", explode)
    with pytest.raises(ZeroDivisionError) as caught:
        await connect(tool.url, auth=Bearer(CANARY), secrets=(CANARY,)).request("GET", "/")
    _assert_clean("".join(traceback.TracebackException.from_exception(caught.value, capture_locals=True).format()))
    assert "in explode" in "".join(caught.value.__notes__), "where it happened can still be seen"


async def test_an_answer_holds_no_secret(tool: Tool, connect: Connect) -> None:
    tool.will(Reply(headers={"Set-Cookie": "session=canary"}))
    http = connect(tool.url, auth=Bearer(CANARY), secrets=(CANARY,))
    answer = await http.request("GET", "/")
    assert "authorization" not in answer.request.headers
    _assert_clean(repr(answer) + repr(answer.request) + repr(vars(answer)) + pickle.dumps(answer).decode("latin-1"))


async def test_an_sdks_own_token_is_kept_as_secret(tool: Tool, connect: Connect) -> None:
    tool.script = [_echo(400)] * 2
    headers = {"Authorization": f"Bearer {SDK_CANARY}", "X-Api-Key": "canary-api-key"}
    request = httpx.Request("POST", f"{tool.url}/x", headers=headers)
    http = connect(tool.url, auth=Unsigned(), secrets=())
    loop = asyncio.get_running_loop()
    with _everything_logged() as log:
        with pytest.raises(CopsyncError) as caught:
            await http.send(request)
        _assert_clean(_shown(_without_test_frames(caught.value)))
        with pytest.raises(CopsyncError) as caught:
            await asyncio.to_thread(_call_with_token, ThreadBridge(http, loop), tool.url)
        _assert_clean(_shown(_without_test_frames(caught.value)))
    assert tool.seen[1].headers["authorization"] == f"Bearer {SDK_CANARY}"
    _assert_clean(log.getvalue())


def _call_with_token(bridge: ThreadBridge, url: str) -> None:
    bridge.request("POST", f"{url}/x", headers={"Authorization": f"Bearer {SDK_CANARY}"}, body="a plain body")


def _without_test_frames(error: CopsyncError) -> CopsyncError:
    """Take this file's own frames off, whose constants hold the tokens."""
    trace = error.__traceback__
    while trace is not None and not _is_ours(trace.tb_frame):
        trace = trace.tb_next
    return error.with_traceback(trace)


def _is_ours(frame: FrameType) -> bool:
    return Path(frame.f_code.co_filename).parent == Path(http_layer.__file__).parent


@pytest.mark.parametrize("value", ["canary\nX-Evil: 1", "canary-ü", "canary\x00"])
async def test_a_token_that_no_header_can_hold_is_refused_without_showing_it(
    tool: Tool, connect: Connect, value: str
) -> None:
    class Careless:
        async def headers(self) -> dict[str, str]:
            return {"Authorization": "Bearer " + CARELESS[0].get_secret_value()}

    CARELESS = [SecretStr(value)]  # noqa: N806 - a constant of this test
    with pytest.raises(CopsyncError, match=r"The header Authorization for 127\.0\.0\.1 holds a line break") as caught:
        await connect(tool.url, auth=Careless(), secrets=()).request("GET", "/")
    error = caught.value
    assert error.__traceback__ is not None
    error.with_traceback(error.__traceback__.tb_next)  # this test's own frame knows the value
    _assert_clean(_shown(error))
    with pytest.raises(CopsyncError) as caught:
        Bearer(CARELESS[0])
    assert caught.value.__traceback__ is not None
    _assert_clean(_shown(caught.value.with_traceback(caught.value.__traceback__.tb_next)))
    assert tool.seen == []


async def test_reprs_show_nothing(connect: Connect) -> None:
    http = connect("http://127.0.0.1:9", auth=Bearer(CANARY), secrets=(CANARY,))
    _assert_clean(repr(http) + repr(Bearer(CANARY)) + repr(VAULT) + repr(vars(http)))


def test_one_line_per_request(caplog: pytest.LogCaptureFixture) -> None:
    async def main() -> None:

        async with serving(Tool()) as tool:
            tool.will(Reply(status=201, headers={"X-Request-Id": "r-17"}))
            http = Http(tool.url, auth=Bearer(TOKEN), limits=WIDE, user_agent="copsync", secrets=(TOKEN,))
            await http.request("POST", "/tasks/5", params={"q": "hidden"}, json={"hidden": 1})
            await http.aclose()

    with caplog.at_level(logging.DEBUG, logger="connectors.http"):
        asyncio.run(main())
    [record] = [record for record in caplog.records if record.name.startswith("connectors.http")]
    text = record.getMessage()
    assert "POST 127.0.0.1:" in text
    assert "/tasks/5: 201, " in text
    assert text.endswith(" ms, request id r-17")
    assert "hidden" not in text


@pytest.mark.parametrize(
    ("text", "clean"),
    [
        ("Authorization: Bearer abcdefghij", f"Authorization: Bearer {MASK}"),
        (
            "headers={'Authorization': 'Bearer abcdefghij', 'Accept': 'x'}",
            f"headers={{'Authorization': 'Bearer {MASK}', 'Accept': 'x'}}",
        ),
        ("[(b'authorization', b'Basic YWJjOmRlZg==')]", f"[(b'authorization', b'Basic {MASK}')]"),
        ("(b'set-cookie', b'session=1; Path=/')", f"(b'set-cookie', b'{MASK}')"),
        ("Cookie: a=b; c=d", f"Cookie: {MASK}"),
        ("X-Api-Key: 12345", f"X-Api-Key: {MASK}"),
        ('{"access_token": "abc", "n": 1}', f'{{"access_token": "{MASK}", "n": 1}}'),
        ("client_secret=abc&grant_type=x", f"client_secret={MASK}&grant_type=x"),
        ("refresh_token=abc", f"refresh_token={MASK}"),
        ("a plain sentence about a token and a cookie", "a plain sentence about a token and a cookie"),
    ],
)
def test_what_looks_like_a_credential_is_masked(text: str, clean: str) -> None:
    assert scrub(text) == clean


@pytest.mark.parametrize(
    ("text", "clean"),
    [
        (
            'HTTP Request: GET https://a.example/x?token=1&b=2 "HTTP/1.1 200 OK"',
            'HTTP Request: GET https://a.example/x?… "HTTP/1.1 200 OK"',
        ),
        (
            'https://a.example:443 "GET /api/1.0/tasks?opt=1 HTTP/1.1" 200',
            'https://a.example:443 "GET /api/1.0/tasks?… HTTP/1.1" 200',
        ),
        ("Really? Yes.", "Really? Yes."),
    ],
)
def test_query_strings_are_cut(text: str, clean: str) -> None:
    assert scrub(text, queries=True) == clean


@pytest.mark.parametrize(
    "name", ["httpx", "httpcore.http11", "asana.rest", "urllib3.util.retry", "kiota_http.x", "azure.identity._internal"]
)
def test_children_of_the_families_are_cleaned_whoever_handles_them(connect: Connect, name: str) -> None:
    VAULT.learn(CANARY.get_secret_value())
    with _everything_logged() as log:
        logger = logging.getLogger(name)
        logger.warning("token %s at %s", CANARY.get_secret_value(), "https://a.example/x?y=1")
        logger.warning({"token": CANARY.get_secret_value()})
        logger.error("failed", exc_info=ValueError(CANARY.get_secret_value()))
    written = log.getvalue()
    _assert_clean(written)
    assert "ValueError: " + MASK in written
    assert "y=1" not in written


def test_other_loggers_are_left_alone_unless_the_filter_is_put_on() -> None:
    VAULT.learn(CANARY.get_secret_value())
    record = logging.getLogRecordFactory()(
        "somebody", logging.INFO, __file__, 1, "a %s b", (CANARY.get_secret_value(),), None
    )
    assert "canary" in record.getMessage()
    assert RedactSecrets().filter(record)
    assert record.getMessage() == f"a {MASK} b"


def test_a_wrong_format_is_left_to_logging_to_report() -> None:
    record = logging.getLogRecordFactory()("httpx", logging.INFO, __file__, 1, "a %s %s", ("b",), None)
    assert RedactSecrets().filter(record)
    assert record.args == ("b",)


def test_the_vault_is_bounded_and_knows_the_spellings_of_urls() -> None:
    vault = Vault()
    for number in range(1000):
        vault.learn(f"secret number {number}")
    assert len(vault._known) <= 256
    assert vault.mask("secret number 999, secret+number+999, secret%20number%20999") == f"{MASK}, {MASK}, {MASK}"
    assert vault.mask("secret number 1x") == "secret number 1x"
    vault.learn("short")
    assert vault.mask("a short word") == "a short word"


async def test_memory_stays_flat(tool: Tool, connect: Connect) -> None:
    http = connect(tool.url)

    async def some(count: int) -> int:
        for _ in range(count):
            await http.request("GET", "/x")
        tool.seen.clear()
        gc.collect()
        return len(gc.get_objects())

    await some(20)
    before = await some(20)
    assert await some(200) - before < 100
