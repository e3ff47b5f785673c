"""Fetches one file from a public address: bounded in size and time, without credentials, never from https to http."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import dataclass
from http.cookiejar import CookieJar, DefaultCookiePolicy
from ipaddress import ip_address
from socket import gaierror

import httpx

from connectors.http.address import is_loopback
from connectors.http.trouble import outcome_of
from domain.errors import ConfigProblem, Unreachable

MOST_REDIRECTS = 5
_MOVED = frozenset({301, 302, 303, 307, 308})


@dataclass(frozen=True, slots=True)
class Bounds:
    """How much may be read, in bytes once unpacked, and in seconds from the first request to the last byte."""

    most_bytes: int
    seconds: float = 60.0


@dataclass(frozen=True, slots=True)
class Download:
    """What an address answered with, and from which host in the end; whether that has no public address."""

    content: bytes
    host: str
    is_private: bool


async def download(address: str, bounds: Bounds, user_agent: str) -> Download:
    """Return the file at an address. webcal:// stands for https://; plain http is for this machine alone.

    Redirects are followed a few times, each checked like the address itself; none leads from the public network into
    a private one. Messages name the host alone, for such addresses are often secret.

    Raises:
        ConfigProblem: the address cannot be used, or what it answers with is no file that may be read.
        Unreachable: nothing answers there, or not in time.
    """
    url = checked(address)
    try:
        async with asyncio.timeout(bounds.seconds), _client(user_agent) as client:
            return await _follow(client, url, bounds)
    except TimeoutError:
        raise _unreachable(url, f"did not send the whole file within {bounds.seconds:.0f} s") from None
    except (httpx.HTTPError, httpx.StreamError, OSError) as error:
        raise _unreachable(url, outcome_of(error).reason) from None


def checked(address: str) -> httpx.URL:
    """Return the URL that an address means.

    Raises:
        ConfigProblem: it is none, names a user, or is plain http to another machine.
    """
    scheme, colon, rest = address.partition(":")
    text = f"https:{rest}" if colon and scheme.lower() in ("webcal", "webcals") else address
    try:
        url = httpx.URL(text)
    except (httpx.InvalidURL, ValueError):
        url = httpx.URL("")
    if url.scheme not in ("http", "https") or not url.host:
        raise ConfigProblem("This is no web address.", mend="Write it as https://host/path, or name a file.")
    if url.userinfo:
        raise ConfigProblem(
            "The address holds a user name or password; nothing was sent.",
            mend="Save the file with a browser or calendar program, and import that.",
        )
    if url.scheme == "http" and not is_loopback(url.host):
        raise ConfigProblem(
            f"{_name(url)} would be read over plain http, where anyone on the way can change it.",
            mend="Use https://; plain http is only allowed to this machine (127.0.0.1, ::1, localhost).",
        )
    return url


async def _follow(client: httpx.AsyncClient, url: httpx.URL, bounds: Bounds) -> Download:
    was_private = await _is_private(url)
    for _ in range(MOST_REDIRECTS + 1):
        is_private = await _is_private(url)
        if is_private and not was_private:
            raise ConfigProblem(
                f"The address leads on to {_name(url)}, which is within a private network; it was not followed.",
                mend="If you trust it, give that address yourself.",
            )
        async with client.stream("GET", url) as response:
            if response.status_code not in _MOVED or "location" not in response.headers:
                return Download(await _content(response, bounds), url.host, is_private)
            url = _onward(url, response.headers["location"])
    raise ConfigProblem(
        f"{_name(url)} leads on and on.", mend="Open the address in a browser, and import the file it saves."
    )


def _onward(url: httpx.URL, location: str) -> httpx.URL:
    try:
        target = url.join(location)
    except (httpx.InvalidURL, ValueError):
        raise _unreachable(url, "leads on to what is no address") from None
    if url.scheme == "https" and target.scheme == "http":
        raise ConfigProblem(
            f"{_name(url)} leads on to plain http; it was not followed.",
            mend="Ask for an address that stays with https.",
        )
    return checked(str(target))


async def _content(response: httpx.Response, bounds: Bounds) -> bytes:
    if response.status_code != httpx.codes.OK:
        mend = "Open the address in a browser: it has to show the file without asking anybody to sign in."
        raise ConfigProblem(f"{_name(response.url)} answered {response.status_code}.", mend=mend)
    found = bytearray()
    async for piece in response.aiter_bytes():
        found += piece
        if len(found) > bounds.most_bytes:
            raise ConfigProblem(
                f"The file at {_name(response.url)} is larger than {bounds.most_bytes // 1_000_000} MB.",
                mend="Export a part of it, such as the coming year.",
            )
    return bytes(found)


async def _is_private(url: httpx.URL) -> bool:
    """Tell whether a host is this machine or in a private network; a name that cannot be looked up counts as public."""
    loop = asyncio.get_running_loop()
    try:
        found = await loop.getaddrinfo(url.host, url.port or 443)
    except (gaierror, UnicodeError):
        return False
    return any(not ip_address(str(one[4][0]).partition("%")[0]).is_global for one in found)


@asynccontextmanager
async def _client(user_agent: str) -> AsyncIterator[httpx.AsyncClient]:
    async with httpx.AsyncClient(
        headers={"User-Agent": user_agent, "Accept": "text/calendar, */*;q=0.1"},
        cookies=CookieJar(DefaultCookiePolicy(allowed_domains=())),
        follow_redirects=False,
        trust_env=False,
        timeout=httpx.Timeout(15.0),
    ) as client:
        yield client


def _name(url: httpx.URL) -> str:
    return f"{url.scheme}://{url.netloc.decode('ascii')}/…"


def _unreachable(url: httpx.URL, why: str) -> Unreachable:
    return Unreachable(
        f"{_name(url)} {why}.", mend="Look whether a browser on this machine reaches it, then try again."
    )
