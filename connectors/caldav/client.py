"""The requests of CalDAV, one method each, over the one HTTP layer of all connectors."""

from __future__ import annotations

from collections.abc import Container, Iterable
from http import HTTPStatus
from urllib.parse import quote, unquote, urljoin, urlsplit

import httpx

from connectors.caldav import dav
from connectors.caldav.dav import Garbled, Multistatus
from connectors.http import Http
from domain.errors import ConfigProblem, Retriable

_XML = {"Content-Type": 'application/xml; charset="utf-8"', "Accept": "application/xml, text/xml"}
_ICS = {"Accept": "text/calendar"}
_PUT = {"Content-Type": "text/calendar; charset=utf-8"}
_MOVED = frozenset({301, 302, 307, 308})
_HOPS = 5
_FOUND = frozenset({HTTPStatus.MULTI_STATUS, *_MOVED})
_ALL_FINAL = frozenset(range(200, 600)) - {401, 408, 429, 502, 503, 504}
_SAFE = "!$&'()*+,;=:@~"


def path_of(href: str) -> str:
    """Return the path of an address, as it was written; addresses of other hosts are refused when they are used."""
    return urlsplit(href).path


def same_path(one: str, other: str) -> bool:
    """Tell whether two paths are the same place: servers differ in what they escape, and in the last slash."""
    return unquote(path_of(one)).rstrip("/") == unquote(path_of(other)).rstrip("/")


def member_name(collection: str, href: str) -> str | None:
    """Return the decoded name of a member of a collection, or None for anything else."""
    head, _, last = path_of(href).rpartition("/")
    name = unquote(last)
    return name if name not in ("", ".", "..") and same_path(head, collection) else None


def member_path(collection: str, name: str) -> str:
    """Return the path of a member of a collection."""
    return f"{collection.rstrip('/')}/{quote(name, safe=_SAFE, errors='surrogateescape')}"


def etag_of(text: str | None) -> str:
    """Return an etag in the one form in which it is compared: strong, and without what a compressing proxy adds."""
    etag = (text or "").strip().removeprefix("W/")
    for suffix in ('-gzip"', ';gzip"', '--gzip"', '-br"', '-zstd"'):
        etag = f'{etag.removesuffix(suffix)}"' if etag.endswith(suffix) else etag
    return etag


class Client:
    """One connection's way to its server. Paths are absolute; methods raise what `Http.request` raises."""

    def __init__(self, http: Http, base_url: str) -> None:
        self.http = http
        self.base_path = urlsplit(base_url).path or "/"

    async def propfind(self, path: str, names: Iterable[str], depth: int = 0) -> tuple[str, Multistatus]:
        """Return properties, and the path where they were found: redirects within the host are followed.

        Raises:
            HttpRefused: the server refuses.
            ConfigProblem: a redirect leads to another host; nothing was sent there.
            Retriable: the answer is not what it should be.
        """
        for _ in range(_HOPS):
            headers = {**_XML, "Depth": str(depth)}
            answer = await self.http.request(
                "PROPFIND", path, content=dav.propfind(*names), headers=headers, expect=_FOUND
            )
            if answer.status_code == HTTPStatus.MULTI_STATUS:
                return path, _read(answer)
            path = self._target(answer)
        raise ConfigProblem(
            f"{path} is redirected again and again.", mend="Set base_url to the final address.", where="base_url"
        )

    def _target(self, answer: httpx.Response) -> str:
        """Return where a redirect leads; the HTTP layer refuses addresses of other hosts."""
        location: str = answer.headers.get("location", "")
        return urljoin(str(answer.request.url), location)

    async def sync_collection(self, path: str, token: str) -> Multistatus | None:
        """Return what changed since a token, or None where the server does not answer that (any more)."""
        answer = await self._report(path, dav.sync_collection(token), _ALL_FINAL, depth=0)
        if answer.status_code != HTTPStatus.MULTI_STATUS:
            return None
        try:
            return dav.multistatus(answer.content)
        except Garbled:
            return None

    async def multiget(self, path: str, hrefs: Iterable[str]) -> Multistatus | None:
        """Return objects, or None where the answer cannot be read as a whole."""
        answer = await self._report(path, dav.multiget(hrefs), _ALL_FINAL, depth=1)
        if answer.status_code != HTTPStatus.MULTI_STATUS:
            return None
        try:
            return dav.multistatus(answer.content)
        except Garbled:
            return None

    async def by_uid(self, path: str, component: str, uid: str) -> Multistatus:
        """Return the objects in whose UID a text stands.

        Raises:
            HttpRefused: the server refuses.
            Retriable: the answer is not what it should be.
        """
        body = dav.uid_query(component, uid)
        return _read(await self._report(path, body, frozenset({HTTPStatus.MULTI_STATUS}), depth=1))

    async def _report(self, path: str, body: bytes, expect: Container[int], *, depth: int) -> httpx.Response:
        return await self.http.request(
            "REPORT", path, content=body, headers={**_XML, "Depth": str(depth)}, expect=expect
        )

    async def get(self, path: str) -> tuple[str, str] | None:
        """Return an object's etag and text, or None where there is none.

        Bytes that are no UTF-8 are kept (as surrogates), so that they can be sent back as they are.
        """
        answer = await self.http.request("GET", path, headers=_ICS, expect=frozenset({200, 404, 410}))
        if answer.status_code != HTTPStatus.OK:
            return None
        return etag_of(answer.headers.get("etag")), answer.content.decode("utf-8", "surrogateescape")

    async def put(self, path: str, text: str, etag: str | None) -> httpx.Response:
        """Store an object: over the version that is known, or where none is yet. Refusals are returned."""
        condition = {"If-Match": etag} if etag else {"If-None-Match": "*"}
        body = text.encode("utf-8", "surrogateescape")
        return await self.http.request("PUT", path, content=body, headers={**_PUT, **condition}, expect=_WRITE_ANSWERS)

    async def delete(self, path: str, etag: str) -> httpx.Response:
        """Delete the version of an object that is known. Refusals are returned."""
        return await self.http.request("DELETE", path, headers={"If-Match": etag}, expect=_WRITE_ANSWERS)

    async def schedules(self, path: str) -> bool:
        """Tell whether the server writes to the people invited to an event (RFC 6638, calendar-auto-schedule)."""
        answer = await self.http.request("OPTIONS", path)
        return "calendar-auto-schedule" in answer.headers.get("dav", "")


_WRITE_ANSWERS = frozenset(range(200, 500)) - {401, 408, 429} | {507}


def _read(answer: httpx.Response) -> Multistatus:
    try:
        return dav.multistatus(answer.content)
    except Garbled as garbled:
        request = answer.request
        raise Retriable(
            f"{request.method} {request.url.path} was answered with something else than CalDAV: {garbled}.",
            mend="Check base_url; if it stays, tell whoever runs the server.",
        ) from None
