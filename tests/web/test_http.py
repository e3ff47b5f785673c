"""What calendar apps rely on, over real HTTP and on both databases."""

from __future__ import annotations

import gzip
import hashlib
import logging
import socket
from datetime import UTC, date, datetime, timedelta
from email.utils import parsedate_to_datetime
from pathlib import Path

import httpx
import pytest

from domain.errors import ConfigProblem
from store.database import transaction
from store.tables import feeds
from sync.feeds import addresses
from sync.feeds.calendar import Kind
from tests.web.place import ADA, BEN, Place, configured, place
from tests.web.reading import read
from tests.web.serving import served
from web.feeds import create_app
from web.hiding import HideTokens

START = datetime(2026, 12, 3, 13, tzinfo=UTC)
HOUR = timedelta(hours=1)


def titles(content: bytes) -> list[str]:
    return [str(event["SUMMARY"]) for event in read(content).walk("VEVENT")]


def fill(town: Place) -> None:
    town.event("event-1", START, START + HOUR, title="Open space")
    town.deadline("task-1", date(2026, 12, 24), title="Report", assignees=frozenset({"member-ben"}))
    town.task("task-2", date(2026, 12, 20), title="Ada's task", assignees=frozenset({"member-ada"}))
    town.task("task-3", date(2026, 12, 20), title="Ben's task", assignees=frozenset({"member-ben"}))


def test_each_feed_holds_what_it_says(town: Place, client: httpx.Client) -> None:
    fill(town)
    assert titles(client.get(town.address()).content) == ["Open space"]
    assert titles(client.get(town.address(Kind.DEADLINES)).content) == ["Report"]
    assert titles(client.get(town.address(Kind.DUTIES, ADA)).content) == ["Open space", "Report", "Ada's task"]
    assert titles(client.get(town.address(Kind.DUTIES, BEN)).content) == ["Open space", "Report", "Ben's task"]


def test_an_answer_says_what_it_is_and_how_long_it_is_good(town: Place, client: httpx.Client) -> None:
    fill(town)
    answer = client.get(town.address())
    assert answer.headers["content-type"] == "text/calendar; charset=utf-8"
    assert answer.headers["etag"] == f'"{hashlib.sha256(answer.content).hexdigest()[:32]}"'
    assert answer.headers["cache-control"] == "private, max-age=900"
    assert answer.headers["vary"] == "Accept-Encoding"
    assert parsedate_to_datetime(answer.headers["last-modified"]) == town.now
    assert not {"set-cookie", "location"} & set(answer.headers)
    calendar = read(answer.content)
    assert calendar["REFRESH-INTERVAL"].params["VALUE"] == "DURATION"
    assert calendar["REFRESH-INTERVAL"].to_ical() == calendar["X-PUBLISHED-TTL"].to_ical() == b"PT1H"


def test_what_the_client_has_is_not_sent_again(town: Place, client: httpx.Client) -> None:
    fill(town)
    path = town.address()
    first = client.get(path)
    tag, modified = first.headers["etag"], first.headers["last-modified"]
    for known in (tag, f"W/{tag}", f'"other", {tag}', "*"):
        again = client.get(path, headers={"If-None-Match": known})
        assert (again.status_code, again.content, again.headers["etag"]) == (304, b"", tag)
        assert again.headers["cache-control"] == "private, max-age=900"
    assert client.get(path, headers={"If-Modified-Since": modified}).status_code == 304
    # A tag goes before a date (RFC 9110, section 13.1.3), and what cannot be read is ignored.
    assert client.get(path, headers={"If-None-Match": '"other"', "If-Modified-Since": modified}).status_code == 200
    for odd in ("yesterday", "Thu, 99 Foo 2026", "Sat, 28 Nov 2020 12:00:00 GMT"):
        assert client.get(path, headers={"If-Modified-Since": odd}).status_code == 200
    town.change("event-1", title="Open space, part two")
    changed = client.get(path, headers={"If-None-Match": tag})
    assert (changed.status_code, titles(changed.content)) == (200, ["Open space, part two"])
    assert client.get(path, headers={"If-Modified-Since": modified}).status_code == 200


def test_a_change_that_a_feed_does_not_show_leaves_its_tag(town: Place, client: httpx.Client) -> None:
    fill(town)
    path = town.address()
    tag = client.get(path).headers["etag"]
    town.change("task-2", title="Something else")
    town.change("event-1", notes="Only notes")
    assert client.get(path, headers={"If-None-Match": tag}).status_code == 304


def test_compressed_bytes_have_a_tag_of_their_own_and_are_the_same(town: Place, client: httpx.Client) -> None:
    fill(town)
    path = town.address()
    plain = client.get(path)
    with client.stream("GET", path, headers={"Accept-Encoding": "br, gzip;q=0.8"}) as answer:
        raw = b"".join(answer.iter_raw())
    assert answer.headers["content-encoding"] == "gzip"
    assert gzip.decompress(raw) == plain.content
    assert answer.headers["etag"] != plain.headers["etag"]
    for tag in (answer.headers["etag"], plain.headers["etag"]):
        again = client.get(path, headers={"Accept-Encoding": "gzip", "If-None-Match": tag})
        assert (again.status_code, again.headers["etag"]) == (304, answer.headers["etag"])
    for refused in ("identity", "gzip;q=0", "*;q=0", ""):
        assert "content-encoding" not in client.get(path, headers={"Accept-Encoding": refused}).headers


def test_head_says_the_same_without_the_content(town: Place, client: httpx.Client) -> None:
    fill(town)
    path = town.address()
    head, get = client.head(path), client.get(path)
    assert head.content == b""
    for name in ("etag", "last-modified", "content-type", "content-length", "cache-control"):
        assert head.headers[name] == get.headers[name]


def test_nobody_else_reads_it(town: Place, client: httpx.Client) -> None:
    fill(town)
    path = town.address(Kind.DUTIES, ADA)
    wrong = path[:-6] + ("A" if path[-6] != "A" else "B") + path[-5:]
    (ours,) = addresses.listed(town.store, "data-practice")
    assert client.get(path).status_code == 200
    addresses.revoke(town.store, ["data-practice"], ours.id, town.now)
    answers = [client.get(one) for one in (path, wrong, "/feeds/x.ics", f"/feeds/{'A' * 43}.ics")]
    assert {answer.status_code for answer in answers} == {404}
    assert len({answer.content for answer in answers}) == 1
    assert all(answer.headers["cache-control"] == "no-store" for answer in answers)


@pytest.mark.parametrize(
    "path",
    [
        "/", "/feeds", "/feeds/", "/feeds/.ics", "/feeds/%2e%2e/%2e%2e/etc/passwd", "/feeds/..%2f..%2fcopsync.toml",
        "/feeds/%00.ics", "/feeds/%F0%9F%8E%89.ics", "/feeds/a%0d%0aSet-Cookie:x.ics", f"/feeds/{'x' * 8000}.ics",
        "/feeds/a/b.ics", "/copsync.toml", "/feeds/%FF%FE.ics",
    ],
)  # fmt: skip
def test_odd_addresses_lead_nowhere(town: Place, client: httpx.Client, path: str) -> None:
    answer = client.get(path)
    assert answer.status_code == 404
    assert not {"set-cookie", "location"} & set(answer.headers)


def test_an_absurd_address_is_cut_off(town: Place, client: httpx.Client) -> None:
    with socket.create_connection((client.base_url.host, client.base_url.port or 0), timeout=10) as line:
        try:
            line.sendall(b"GET /feeds/" + b"x" * 1_000_000)
            answer = line.recv(100)
        except ConnectionError:  # cut off while it is still being sent
            answer = b""
    assert answer[:12] in (b"", b"HTTP/1.1 400")
    assert client.get(town.address()).status_code == 200


def test_feeds_are_only_read(town: Place, client: httpx.Client) -> None:
    path = town.address()
    for method in ("POST", "PUT", "DELETE", "PATCH"):
        assert client.request(method, path).status_code == 405


def test_only_the_digest_of_a_token_is_kept(town: Place) -> None:
    path = town.address()
    token = path.removeprefix("/feeds/").removesuffix(".ics")
    assert len(token) == 43
    with transaction(town.store.engine, writes=False) as connection:
        (row,) = connection.execute(feeds.select()).mappings()
    assert row["digest"] == hashlib.sha256(token.encode()).hexdigest()
    assert token not in str(dict(row))
    assert town.address() != path


def test_a_store_that_fails_empties_nobodys_calendar(town: Place, client: httpx.Client) -> None:
    path = town.address()
    with transaction(town.store.engine) as connection:
        feeds.drop(connection)
    answer = client.get(path)
    assert (answer.status_code, answer.headers["retry-after"]) == (503, "300")
    assert "text/calendar" not in answer.headers["content-type"]


async def test_a_missing_configuration_is_told_at_the_start(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("COPSYNC_CONFIG", str(tmp_path / "copsync.toml"))
    app = create_app()
    with pytest.raises(ConfigProblem, match="copsync init"):
        async with app.router.lifespan_context(app):
            pass


def test_the_app_finds_its_own_configuration(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    configured(tmp_path)
    monkeypatch.setenv("COPSYNC_CONFIG", str(tmp_path / "copsync.toml"))
    with place(tmp_path) as town, served(create_app()) as client:
        assert client.get(town.address()).status_code == 200


def test_no_log_line_holds_a_token() -> None:
    arguments = ("127.0.0.1:1", "GET", "/feeds/secret-token.ics?x=1", "1.1", 200)
    record = logging.LogRecord("uvicorn.access", logging.INFO, "", 0, '%s - "%s %s HTTP/%s" %d', arguments, None)
    assert HideTokens().filter(record)
    assert record.getMessage() == '127.0.0.1:1 - "GET /feeds/…?x=1 HTTP/1.1" 200'
