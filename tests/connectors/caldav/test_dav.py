"""The XML of the protocol, its addresses and its etags."""

from __future__ import annotations

import pytest

from connectors.caldav import dav
from connectors.caldav.client import etag_of, member_name, member_path, same_path
from connectors.caldav.dav import Garbled, conditions, multistatus

BOMB = b"""<?xml version="1.0"?><!DOCTYPE lolz [<!ENTITY a "ha"><!ENTITY b "&a;&a;&a;&a;&a;&a;&a;&a;">]>
<D:multistatus xmlns:D="DAV:"><D:response><D:href>&b;</D:href></D:response></D:multistatus>"""
OUTSIDE = b"""<?xml version="1.0"?><!DOCTYPE x [<!ENTITY secret SYSTEM "file:///etc/passwd">]>
<D:multistatus xmlns:D="DAV:"><D:response><D:href>&secret;</D:href></D:response></D:multistatus>"""


@pytest.mark.parametrize("body", [BOMB, OUTSIDE, b"", b"<html>", b"<html></html>", b"\xff\xfe", b"not xml"])
def test_what_is_no_multistatus_is_refused(body: bytes) -> None:
    with pytest.raises(Garbled):
        multistatus(body)


def test_namespaces_count_and_prefixes_do_not() -> None:
    body = (
        b'<multistatus xmlns="DAV:"><response xmlns:x="DAV:"><x:href> /a/b.ics </x:href><propstat>'
        b"<status>HTTP/1.1 404 Not Found</status><prop><displayname>no</displayname></prop></propstat>"
        b'<propstat><prop><getetag>"1"</getetag></prop><status>HTTP/1.1 200 OK</status></propstat></response>'
        b"<response><href>/a/gone.ics</href><status>HTTP/1.1 404 Not Found</status></response>"
        b"<sync-token> t1 </sync-token></multistatus>"
    )
    found = multistatus(body)
    first, second = found.responses
    assert (first.href, first.text(dav.ETAG), first.text(dav.NAME), first.status) == ("/a/b.ics", '"1"', None, None)
    assert (second.status, found.token) == (404, "t1")


def test_conditions_of_an_error_are_named() -> None:
    body = b'<D:error xmlns:D="DAV:" xmlns:C="urn:ietf:params:xml:ns:caldav"><C:no-uid-conflict/></D:error>'
    assert conditions(body) == frozenset({"no-uid-conflict"})
    assert conditions(b"<html/>") == conditions(BOMB) == frozenset()


def test_what_is_sent_is_escaped() -> None:
    for body in (dav.multiget(["/a&b/<x>.ics"]), dav.sync_collection("a&<b"), dav.uid_query("VTODO", "a&<b")):
        dav.read(body)


@pytest.mark.parametrize(
    ("collection", "href", "name"),
    [
        ("/a/c/", "/a/c/x.ics", "x.ics"),
        ("/a/c%20d/", "/a/c d/t%20-2%40x.ics", "t -2@x.ics"),
        ("/a/c/", "http://host/a/c/x.ics", "x.ics"),
        ("/a/c/", "/a/c/", None),
        ("/a/c/", "/a/other/x.ics", None),
        ("/a/c/", "/a/c/..", None),
    ],
)
def test_members_are_known_by_their_decoded_names(collection: str, href: str, name: str | None) -> None:
    assert member_name(collection, href) == name
    if name:
        assert same_path(member_path(collection, name), href)
        assert member_name(collection, member_path(collection, name)) == name


@pytest.mark.parametrize(
    ("sent", "same"), [('W/"a"', '"a"'), ('"a-gzip"', '"a"'), (' "a" ', '"a"'), (None, ""), ('"a"', '"a"')]
)
def test_etags_are_compared_in_one_form(sent: str | None, same: str) -> None:
    assert etag_of(sent) == same
