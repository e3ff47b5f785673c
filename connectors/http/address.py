"""Where a connection may talk to, so that credentials never follow a link to another place."""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping
from ipaddress import IPv6Address, ip_address
from urllib.parse import quote, unquote, urlencode

import httpx

from domain.errors import ConfigProblem

Param = str | int | float | bool | None
Params = Mapping[str, Param] | Iterable[tuple[str, Param]]

_ABSOLUTE = re.compile(r"(?:[a-zA-Z][a-zA-Z0-9+.-]*:)?//")
_HOST = re.compile(r"[a-z0-9_:]([a-z0-9._:-]*[a-z0-9:])?")
_WHERE = "base_url"


class Elsewhere(ConfigProblem):
    """An address outside of the connection's base URL was asked for, and nothing was sent to it."""


def path(*parts: str | int) -> str:
    """Return a path made of parts, each escaped, so that no id can change where a request goes."""
    return "/" + "/".join(quote(str(part), safe="@:") for part in parts)


def is_loopback(host: str) -> bool:
    """Tell whether a host is this machine: ``localhost``, 127.0.0.0/8 or ::1, in their plain spelling."""
    if host == "localhost":
        return True
    try:
        address = ip_address(host)
    except ValueError:
        return False
    mapped = address.ipv4_mapped if isinstance(address, IPv6Address) else None
    return (mapped or address).is_loopback


class Address:
    """The base URL of a connection: its origin, and the path below which everything must stay.

    Raises:
        ConfigProblem: the URL is malformed, names a user, or is plain http to another machine.
    """

    def __init__(self, base_url: str) -> None:
        self._base = _checked_base(base_url)
        self._root = self._base.raw_path.decode("ascii").rstrip("/")
        self.host = self._base.netloc.decode("ascii")
        self.origin = f"{self._base.scheme}://{self.host}"
        self.is_tls = self._base.scheme == "https"
        self.is_loopback = is_loopback(self._base.host)

    def __repr__(self) -> str:
        return f"<Address {self.origin}{self._root}>"

    def resolve(self, url_or_path: str, params: Params | None = None) -> httpx.URL:
        """Return the URL to call for a path below the base or an absolute link that stays there.

        `params` are added to the query; those that are None are left out.

        Raises:
            Elsewhere: the link leads to another origin or path, or tries to disguise that.
        """
        is_link = _ABSOLUTE.match(url_or_path) is not None
        text = url_or_path if is_link else f"{self.origin}{self._root}/{url_or_path.lstrip('/')}"
        if not url_or_path:
            text = f"{self.origin}{self._root or '/'}"
        url = _parsed(text)
        if url is None or _climbs(text) or not self._covers(url):
            raise self._elsewhere(url)
        return url if params is None else _with_params(url, params)

    def _covers(self, url: httpx.URL) -> bool:
        raw = url.raw_path.decode("ascii").partition("?")[0]
        is_below = raw == (self._root or "/") or raw.startswith(self._root + "/")
        return is_below and _origin_of(url) == _origin_of(self._base) and not url.userinfo and not url.fragment

    def _elsewhere(self, url: httpx.URL | None) -> Elsewhere:
        target = "an address that cannot be read" if url is None else f"{url.scheme}://{url.netloc.decode('ascii')}"
        if url is not None and target == self.origin:
            target = f"a path outside of {self.origin}{self._root}"
        return Elsewhere(
            f"A link leads from {self.origin}{self._root} to {target}; it was not followed, so that the "
            "credentials stay where they belong.",
            mend="If the tool has moved, set base_url to its new address; if not, tell whoever runs the tool.",
            where=_WHERE,
        )


def _parsed(text: str) -> httpx.URL | None:
    try:
        return httpx.URL(text)
    except (httpx.InvalidURL, ValueError):
        return None


def _origin_of(url: httpx.URL) -> tuple[str, bytes, int | None]:
    return url.scheme, url.raw_host, url.port or {"http": 80, "https": 443}.get(url.scheme)


def _climbs(text: str) -> bool:
    """Tell whether a path has steps such as ``..``, in any spelling: httpx and servers resolve them, ids never do."""
    return not {".", ".."}.isdisjoint(re.split(r"[/\\]", unquote(re.split(r"[?#]", text)[0])))


def _checked_base(base_url: str) -> httpx.URL:
    url = _parsed(base_url)
    if url is None or url.scheme not in ("http", "https") or not _is_host(url):
        raise _problem("The address of this connection is not a web address.", "Write it as https://host/path.")
    if url.userinfo:
        raise _problem(
            "The address of this connection holds a user name or password.",
            "Take everything before the @ out of it and name the secret under `token`.",
        )
    if url.query or url.fragment or _climbs(base_url):
        raise _problem(
            "The address of this connection has a query, a # or dots in its path.",
            "Keep only scheme, host and path, as in https://host/path.",
        )
    if url.scheme == "http" and not is_loopback(url.host):
        raise _problem(
            f"http://{url.netloc.decode('ascii')} would send the credentials in the clear.",
            "Use https://; plain http is only allowed to this machine (127.0.0.1, ::1, localhost).",
        )
    return url


def _is_host(url: httpx.URL) -> bool:
    port_ok = url.port is None or 0 < url.port < 65536
    return port_ok and _HOST.fullmatch(url.raw_host.decode("ascii")) is not None


def _problem(message: str, mend: str) -> ConfigProblem:
    return ConfigProblem(message, mend=mend, where=_WHERE)


def _with_params(url: httpx.URL, params: Params) -> httpx.URL:
    pairs = params.items() if isinstance(params, Mapping) else params
    added = urlencode([(key, _text(value)) for key, value in pairs if value is not None], quote_via=quote, safe="$,:@/")
    query = b"&".join(part for part in (url.query, added.encode("ascii")) if part)
    return url.copy_with(query=query or None)


def _text(value: Param) -> str:
    return str(value).lower() if isinstance(value, bool) else str(value)
