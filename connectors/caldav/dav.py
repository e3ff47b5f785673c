"""The XML of WebDAV and CalDAV: what is asked, and what a multistatus answer says.

Read with lxml: maintained, fast and typed. It is told to expand no entity, to load nothing and to keep its limits;
a document with a DOCTYPE, where such bombs live, is refused whole.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from xml.sax.saxutils import escape

from lxml import etree

DAV, CALDAV, SERVER = "{DAV:}", "{urn:ietf:params:xml:ns:caldav}", "{http://calendarserver.org/ns/}"

ETAG, TYPE, NAME = f"{DAV}getetag", f"{DAV}resourcetype", f"{DAV}displayname"
TOKEN, CTAG = f"{DAV}sync-token", f"{SERVER}getctag"
PRINCIPAL, HOME = f"{DAV}current-user-principal", f"{CALDAV}calendar-home-set"
COMPONENTS = f"{CALDAV}supported-calendar-component-set"
PRIVILEGES, REPORTS = f"{DAV}current-user-privilege-set", f"{DAV}supported-report-set"
DATA = f"{CALDAV}calendar-data"

_PREFIXES = {DAV: "D", CALDAV: "C", SERVER: "S"}
_SPACES = 'xmlns:D="DAV:" xmlns:C="urn:ietf:params:xml:ns:caldav" xmlns:S="http://calendarserver.org/ns/"'
_STATUS = re.compile(r"HTTP/\S+\s+(\d{3})")
_OK = range(200, 300)


class Garbled(ValueError):  # noqa: N818 - named after what the answer is
    """An answer is not the XML it should be."""


@dataclass(frozen=True, slots=True)
class Response:
    """What a multistatus answer says of one address: a status, or the properties that are there."""

    href: str
    status: int | None
    props: Mapping[str, etree._Element]

    def text(self, name: str) -> str | None:
        """Return the text of a property, or None if it is not there."""
        found = self.props.get(name)
        return None if found is None else (found.text or "")

    def href_in(self, name: str) -> str | None:
        """Return the (first) address that a property holds, or None."""
        found = self.props.get(name)
        address = None if found is None else found.findtext(f"{DAV}href")
        return address.strip() if address and address.strip() else None


@dataclass(frozen=True, slots=True)
class Multistatus:
    """A multistatus answer; `token` is the sync token of a sync-collection report."""

    responses: tuple[Response, ...]
    token: str | None = None


def read(body: bytes) -> etree._Element:
    """Read an XML document.

    Raises:
        Garbled: it is none, or has a document type.
    """
    parser = etree.XMLParser(resolve_entities=False, no_network=True, load_dtd=False, huge_tree=False)
    try:
        root = etree.fromstring(body, parser)
    except (etree.XMLSyntaxError, ValueError) as error:
        raise Garbled("it is no well-formed XML") from error
    if root.getroottree().docinfo.doctype:
        raise Garbled("it has a document type, which no such answer has")
    return root


def multistatus(body: bytes) -> Multistatus:
    """Read a multistatus answer.

    Raises:
        Garbled: it is none.
    """
    root = read(body)
    if root.tag != f"{DAV}multistatus":
        raise Garbled(f"it is {root.tag!r} and not a multistatus")
    token = root.findtext(f"{DAV}sync-token")
    return Multistatus(tuple(_responses(root)), token.strip() if token else None)


def _responses(root: etree._Element) -> Iterable[Response]:
    for one in root.iterchildren(f"{DAV}response"):
        status = _status(one.findtext(f"{DAV}status"))
        props = {
            str(prop.tag): prop
            for propstat in one.iterchildren(f"{DAV}propstat")
            if (_status(propstat.findtext(f"{DAV}status")) or 200) in _OK
            for found in propstat.iterchildren(f"{DAV}prop")
            for prop in found.iterchildren()
        }
        for href in one.iterchildren(f"{DAV}href"):
            yield Response((href.text or "").strip(), status, props)


def _status(line: str | None) -> int | None:
    found = _STATUS.match(line.strip()) if line else None
    return int(found[1]) if found else None


def conditions(body: bytes) -> frozenset[str]:
    """Return the conditions that an error names (RFC 4918, 16), without their namespaces; empty if it names none."""
    try:
        root = read(body)
    except Garbled:
        return frozenset()
    if root.tag != f"{DAV}error":
        return frozenset()
    return frozenset(str(one.tag).rpartition("}")[2] for one in root.iterchildren() if isinstance(one.tag, str))


def propfind(*names: str) -> bytes:
    """Return the body that asks for some properties."""
    return _document("D:propfind", _prop(names))


def sync_collection(token: str) -> bytes:
    """Return the body that asks what changed since a token; an empty one asks for everything (RFC 6578).

    It never sets a limit: several servers cut the answer and skip the rest.
    """
    head = f"<D:sync-token>{escape(token)}</D:sync-token><D:sync-level>1</D:sync-level>"
    return _document("D:sync-collection", head + _prop((ETAG,)))


def multiget(hrefs: Iterable[str]) -> bytes:
    """Return the body that asks for some objects."""
    rows = "".join(f"<D:href>{escape(href)}</D:href>" for href in hrefs)
    return _document("C:calendar-multiget", _prop((ETAG, DATA)) + rows)


def uid_query(component: str, uid: str) -> bytes:
    """Return the body that asks for the objects in whose UID a text stands."""
    match = f'<C:text-match collation="i;octet">{escape(uid)}</C:text-match>'
    inner = f'<C:comp-filter name="{component}"><C:prop-filter name="UID">{match}</C:prop-filter></C:comp-filter>'
    found = f'<C:filter><C:comp-filter name="VCALENDAR">{inner}</C:comp-filter></C:filter>'
    return _document("C:calendar-query", _prop((ETAG, DATA)) + found)


def _prop(names: Iterable[str]) -> str:
    return f"<D:prop>{''.join(map(_element, names))}</D:prop>"


def _element(name: str) -> str:
    space, _, local = name.rpartition("}")
    return f"<{_PREFIXES[space + '}']}:{local}/>"


def _document(name: str, inner: str) -> bytes:
    return f'<?xml version="1.0" encoding="utf-8"?><{name} {_SPACES}>{inner}</{name}>'.encode()
