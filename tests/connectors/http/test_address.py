"""Where credentials may go."""

from __future__ import annotations

import pytest

from connectors.http import Address, Elsewhere, is_loopback, path
from domain.errors import ConfigProblem
from tests.connectors.http.conftest import TOKEN, Connect
from tests.connectors.http.scripted import Reply, Tool, serving

BASE = "https://graph.example.org/v1.0"


@pytest.mark.parametrize(
    ("given", "asked"),
    [
        ("/users", f"{BASE}/users"),
        ("users", f"{BASE}/users"),
        ("", BASE),
        ("/", f"{BASE}/"),
        ("/users/a%2Fb?$top=5", f"{BASE}/users/a%2Fb?$top=5"),
        ("/users/delta()", f"{BASE}/users/delta()"),
        (BASE, BASE),
        (f"{BASE}/users?$skiptoken=a%2Bb", f"{BASE}/users?$skiptoken=a%2Bb"),
        ("HTTPS://GRAPH.example.ORG:443/v1.0/users", "https://graph.example.org:443/v1.0/users"),
        ("https:/evil.example", f"{BASE}/https:/evil.example"),
        ("javascript:alert(1)", f"{BASE}/javascript:alert(1)"),
    ],
)
def test_paths_and_links_below_the_base(given: str, asked: str) -> None:
    assert str(Address(BASE).resolve(given)) == asked
    assert str(Address(BASE + "/").resolve(given)).rstrip("/") == asked.rstrip("/")


@pytest.mark.parametrize(
    "link",
    [
        "https://evil.example/v1.0/users",
        "https://graph.example.org.evil.example/v1.0/users",
        "https://graph.example.org@evil.example/v1.0/users",
        "https://user@graph.example.org/v1.0/users",
        "https://evil.example\\@graph.example.org/v1.0/users",
        "https://graph.example.org\\@evil.example/v1.0/users",
        "https://graph.example.org%2f@evil.example/v1.0",
        "https://graph.example.org%00.evil.example/v1.0",
        "https://graph.example.org./v1.0/users",
        "https://graph.example.org:8443/v1.0/users",
        "http://graph.example.org/v1.0/users",
        "http://graph.example.org:443/v1.0/users",
        "ftp://graph.example.org/v1.0/users",
        "//evil.example/v1.0/users",
        "///evil.example/v1.0",
        "https://graph.example.org/v1.01/users",
        "https://graph.example.org/beta/users",
        "https://graph.example.org/",
        "https://graph.example.org/v1.0/../beta/users",
        "https://graph.example.org/v1.0/%2e%2e/beta",
        "https://graph.example.org/v1.0/..%2fbeta",
        "https://graph.example.org/v1.0/%2e%2e%5cbeta",
        "https://graph.example.org/v1.0/a#b",
        "https://[::1/v1.0",
        "https://graph.example.org:port/v1.0",
        "https://graph.example.org/v1.0/\n",
        "/../beta",
        "../../beta",
        "/users/..",
        "/users/%2E%2E/%2E%2E/beta",
        "/users/..\\..\\beta",
        "/users/1#2",
        "/users/\r\nHost: evil.example",
    ],
)
def test_everything_else_is_refused(link: str) -> None:
    with pytest.raises(Elsewhere, match="credentials stay where they belong") as caught:
        Address(BASE).resolve(link)
    assert "user@" not in str(caught.value)


def test_parameters_are_escaped_and_added() -> None:
    address = Address(BASE)
    params = {"$select": "id,subject", "q": "a b&c=d+é", "none": None, "yes": True, "n": 5}
    url = address.resolve("/events", params)
    assert url.query == b"$select=id,subject&q=a%20b%26c%3Dd%2B%C3%A9&yes=true&n=5"
    assert address.resolve("/events?a=%2B", [("b", "1"), ("b", "2")]).query == b"a=%2B&b=1&b=2"
    assert address.resolve("/events", {}).query == b""


@pytest.mark.parametrize(
    ("parts", "text"),
    [
        (("tasks", 12), "/tasks/12"),
        (("users", "ada@example.org", "events", "AAMk/=?#%"), "/users/ada@example.org/events/AAMk%2F%3D%3F%23%25"),
        (("tasks", "../projects/1"), "/tasks/..%2Fprojects%2F1"),
    ],
)
def test_ids_cannot_change_where_a_request_goes(parts: tuple[str | int, ...], text: str) -> None:
    assert path(*parts) == text


def test_an_id_of_dots_is_refused() -> None:
    with pytest.raises(Elsewhere):
        Address(BASE).resolve(path("tasks", "..", "x"))


@pytest.mark.parametrize(
    "base",
    ["http://127.0.0.1:8080/api", "http://127.8.9.10", "http://[::1]:80/x", "http://localhost/", "HTTP://LOCALHOST:9"],
)
def test_plain_http_to_this_machine(base: str) -> None:
    assert Address(base).is_loopback


@pytest.mark.parametrize(
    ("base", "message"),
    [
        ("http://graph.example.org", r"in the clear\. Use https://"),
        ("http://10.0.0.1", "in the clear"),
        ("http://127.0.0.1.evil.example", "in the clear"),
        ("http://localhost.evil.example", "in the clear"),
        ("http://2130706433", "in the clear"),
        ("http://0x7f.1", "in the clear"),
        ("http://0.0.0.0", "in the clear"),
        ("http://[::ffff:10.0.0.1]", "in the clear"),
        ("http://127.0.0.1@evil.example", "user name or password"),
        ("https://ada:hunter2secret@graph.example.org", "user name or password"),
        ("https://graph.example.org/v1.0?a=b", "query"),
        ("https://graph.example.org/v1.0#a", "query"),
        ("https://graph.example.org/a/%2e%2e/b", "dots"),
        ("https://graph.example.org/a/../b", "dots"),
        ("graph.example.org/v1.0", "not a web address"),
        ("ftp://graph.example.org", "not a web address"),
        ("file:///etc/passwd", "not a web address"),
        ("https://", "not a web address"),
        ("https:///v1.0", "not a web address"),
        ("https://graph.example.org:99999", "not a web address"),
        ("https://graph.example.org:0", "not a web address"),
        ("https://graph example.org", "not a web address"),
        ("https://graph.example.org;x/", "not a web address"),
        ("https://[::1", "not a web address"),
        ("", "not a web address"),
        ("https://graph.example.org\r\n", "not a web address"),
    ],
)
def test_a_base_that_cannot_be_used_names_its_mend(base: str, message: str) -> None:
    with pytest.raises(ConfigProblem, match=message) as caught:
        Address(base)
    assert caught.value.where == "base_url"
    assert caught.value.mend
    assert "hunter2secret" not in str(caught.value)


@pytest.mark.parametrize(("host", "expected"), [("::ffff:127.0.0.1", True), ("::", False), ("LOCALHOST", False)])
def test_loopback_in_odd_spellings(host: str, *, expected: bool) -> None:
    assert is_loopback(host) is expected


async def test_no_request_leaves_for_a_next_link_on_another_host(tool: Tool, connect: Connect) -> None:
    async with serving(Tool()) as other:
        http = connect(f"{tool.url}/api")
        tool.will(Reply(json={"next": f"{other.url}/api/tasks?offset=2"}))
        page = (await http.request("GET", "/tasks")).json()
        for link in (page["next"], f"{tool.url}/other", tool.url.replace("127.0.0.1", "localhost") + "/api"):
            with pytest.raises(Elsewhere):
                await http.request("GET", link)
        assert len(tool.seen) == http.requests == 1
        assert other.seen == []


@pytest.mark.parametrize("status", [301, 302, 303, 307, 308])
async def test_redirects_are_not_followed(tool: Tool, connect: Connect, status: int) -> None:
    async with serving(Tool()) as other:
        reply = Reply(status=status, body=b"<html>moved", headers={"Location": f"{other.url}/x?code=1"})
        tool.will(reply, reply)
        http = connect(tool.url)
        with pytest.raises(Exception, match=rf"points to {other.url}/x, .* base_url to its new address"):
            await http.request("GET", "/tasks")
        answer = await http.request("GET", "/tasks", expect=(status,))
        assert answer.headers["location"].startswith(other.url)
        assert answer.next_request is None
        assert other.seen == []


async def test_an_expected_redirect_on_the_same_tool_can_be_asked_for(tool: Tool, connect: Connect) -> None:
    tool.will(Reply(status=302, headers={"Location": f"{tool.url}/1/entries/7"}))
    http = connect(f"{tool.url}/1")
    answer = await http.request("GET", "/occurrences/7", expect=(200, 302))
    await http.request("GET", answer.headers["location"])
    assert [seen.path for seen in tool.seen] == ["/1/occurrences/7", "/1/entries/7"]


async def test_a_proxy_is_never_used_to_reach_this_machine(
    tool: Tool, connect: Connect, monkeypatch: pytest.MonkeyPatch
) -> None:
    async with serving(Tool()) as proxy:
        for name in ("http_proxy", "HTTP_PROXY", "https_proxy", "ALL_PROXY", "all_proxy"):
            monkeypatch.setenv(name, proxy.url)
        monkeypatch.delenv("no_proxy", raising=False)
        monkeypatch.delenv("NO_PROXY", raising=False)
        await connect(tool.url).request("GET", "/tasks")
        assert len(tool.seen) == 1
        assert proxy.seen == []


async def test_the_environments_proxy_is_used_for_everything_else(
    connect: Connect, monkeypatch: pytest.MonkeyPatch
) -> None:
    async with serving(Tool()) as proxy:
        monkeypatch.setenv("https_proxy", proxy.url)
        monkeypatch.delenv("no_proxy", raising=False)
        monkeypatch.delenv("NO_PROXY", raising=False)
        http = connect("https://graph.example.org/v1.0")
        with pytest.raises(Exception, match=r"could not be reached \(40[45] "):
            await http.request("GET", "/users")
        assert http.requests == 0
        assert all(TOKEN.get_secret_value() not in str(seen.headers) for seen in proxy.seen)


async def test_the_caller_cannot_redirect_a_request_with_headers(tool: Tool, connect: Connect) -> None:
    headers = {"Host": "evil.example", "Cookie": "a=b", "Content-Length": "999", "Prefer": 'odata.maxpagesize="5"'}
    await connect(tool.url).request("POST", "/x", json={"a": "ü"}, headers=headers)
    seen = tool.seen[0]
    assert seen.headers["host"] == tool.url.removeprefix("http://")
    assert "cookie" not in seen.headers
    assert seen.body == '{"a":"ü"}'.encode()
    assert seen.headers["prefer"] == 'odata.maxpagesize="5"'
    assert seen.headers["content-type"] == "application/json; charset=utf-8"
    assert seen.headers["authorization"] == f"Bearer {TOKEN.get_secret_value()}"
    assert seen.headers["user-agent"] == "copsync (ops@example.org)"


async def test_cookies_are_not_kept(tool: Tool, connect: Connect) -> None:
    tool.will(Reply(headers={"Set-Cookie": "session=abc123; Path=/"}))
    http = connect(tool.url)
    answer = await http.request("GET", "/")
    await http.request("GET", "/")
    assert "cookie" not in tool.seen[1].headers
    assert "set-cookie" not in answer.headers
    assert len(http._wire._client.cookies.jar) == 0
