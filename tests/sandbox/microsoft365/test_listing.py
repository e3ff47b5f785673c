from itertools import chain

import pytest

from sandbox.microsoft365 import GraphState
from tests.sandbox.microsoft365.harness import Graph, Json, event, window


def subjects(found: Json) -> list[str]:
    return [row["subject"] for row in found["value"]]


def fill(graph: Graph, count: int) -> list[str]:
    names = [f"Event {number:02}" for number in range(count)]
    for number, name in enumerate(names):
        graph.create(event(name, start=f"2026-03-{number + 1:02}T17:00:00"))
    return names


def walk(graph: Graph, path: str, **more: str) -> list[list[str]]:
    pages, answer = [], graph.get(path, **more)
    while True:
        pages.append(subjects(answer))
        if "@odata.nextLink" not in answer:
            return pages
        answer = graph.get(answer["@odata.nextLink"], **more)


def test_pages_of_ten_follow_an_opaque_link_on_the_same_host(graph: Graph) -> None:
    names = fill(graph, 23)
    first = graph.get("/events?$select=subject")
    assert first["@odata.nextLink"].startswith(f"{graph.url}{graph.user}/events?")
    second = graph.get(first["@odata.nextLink"])
    assert second["@odata.nextLink"].count("$skiptoken=") == 1
    assert walk(graph, "/events?$select=subject") == [names[:10], names[10:20], names[20:]]


def test_a_fixed_address_is_used_in_links_if_there_is_one(graph: Graph) -> None:
    fill(graph, 2)
    graph.state.base_url = GraphState(base_url="https://graph.example.org/v1.0/").base_url
    link = graph.get("/events?$top=1")["@odata.nextLink"]
    assert link.startswith(f"https://graph.example.org/v1.0{graph.user}/events?")


@pytest.mark.parametrize(
    ("query", "prefer", "sizes"),
    [
        ("?$top=2", None, [2, 2, 1]),
        ("?$top=5", None, [5]),
        ("?$top=1000", None, [5]),
        ("", "odata.maxpagesize=3", [3, 2]),
        ("?$top=4", "odata.maxpagesize=2", [2, 2, 1]),
        ("?$skip=3", None, [2]),
    ],
)
def test_the_size_of_pages(graph: Graph, query: str, prefer: str | None, sizes: list[int]) -> None:
    names = fill(graph, 5)
    more = {"prefer": prefer} if prefer else {}
    pages = walk(graph, f"/events{query}", **more)
    assert [len(page) for page in pages] == sizes
    assert list(chain(*pages)) == names[5 - sum(sizes) :]


def test_the_link_keeps_what_was_asked_for(graph: Graph) -> None:
    fill(graph, 5)
    query = "$top=2&$select=subject&$orderby=start/dateTime desc&$filter=start/dateTime ge '2026-03-02T00:00:00'"
    assert walk(graph, f"/events?{query}") == [["Event 04", "Event 03"], ["Event 02", "Event 01"]]
    assert graph.get(f"/events?{query}&$count=true")["@odata.count"] == 4


def test_select_keeps_id_and_etag(graph: Graph) -> None:
    made = graph.create(event())
    wanted = {"@odata.etag", "id", "subject", "transactionId"}
    (row,) = graph.get("/events?$select=subject, transactionId")["value"]
    assert row.keys() == wanted
    assert graph.get(f"/events/{made['id']}?$select=subject,transactionId").keys() == wanted | {"@odata.context"}


@pytest.mark.parametrize(
    ("query", "found"),
    [
        ("$filter=lastModifiedDateTime ge 2026-03-02T10:00:00Z", ["B", "C"]),
        ("$filter=lastModifiedDateTime gt 2026-03-02T11:00:00%2B01:00", ["B", "C"]),
        ("$filter=lastModifiedDateTime lt 2026-03-02T10:30:00Z", ["A", "B"]),
        ("$filter=start/dateTime ge '2026-03-11T00:00:00' and end/dateTime le '2026-03-12T00:00:00Z'", ["B"]),
        ("$filter=transactionId eq 'tx-C'", ["C"]),
        ("$filter=transactionId eq 'tx-c'", []),
        ("$filter=subject eq 'A'", ["A"]),
        ("$filter=type eq 'singleInstance' and subject ne 'B'", ["A", "C"]),
        ("$filter=isAllDay eq false and subject eq 'B'", ["B"]),
        ("$orderby=lastModifiedDateTime desc", ["C", "B", "A"]),
        ("$orderby=type, subject desc", ["C", "B", "A"]),
    ],
)
def test_filters_and_orders(graph: Graph, query: str, found: list[str]) -> None:
    for number, name in enumerate("ABC"):
        graph.create(event(name, start=f"2026-03-1{number}T17:00:00", transactionId=f"tx-{name}"))
        graph.clock.advance(hours=1)
    assert subjects(graph.get(f"/events?{query}")) == found


def test_quotes_and_brackets_inside_a_filter(graph: Graph) -> None:
    name = "Ada's (and Grace's) and 'more'"
    graph.create(event(name))
    quoted = name.replace("'", "''")
    assert subjects(graph.get("/events", params={"$filter": f"subject eq '{quoted}' and isAllDay eq false"})) == [name]


@pytest.mark.parametrize(
    ("query", "code"),
    [
        ("$top=0", "ErrorInvalidUrlQuery"),
        ("$top=1001", "ErrorInvalidUrlQuery"),
        ("$top=ten", "ErrorInvalidUrlQuery"),
        ("$skip=-1", "ErrorInvalidUrlQuery"),
        ("$skiptoken=abc", "ErrorInvalidUrlQuery"),
        ("$count=yes", "ErrorInvalidUrlQuery"),
        ("$search=x", "ErrorInvalidUrlQuery"),
        ("$select=subject,title", "RequestBroker--ParseUri"),
        ("$expand=attachments", "ErrorInvalidUrlQuery"),
        ("$expand=singleValueExtendedProperties", "ErrorInvalidUrlQuery"),
        ("$expand=singleValueExtendedProperties($filter=value eq 'x')", "ErrorInvalidUrlQuery"),
        ("$expand=exceptionOccurrences($top=1)", "ErrorInvalidUrlQuery"),
        ("$orderby=bodyPreview", "ErrorInvalidUrlQuery"),
        ("$orderby=subject up", "ErrorInvalidUrlQuery"),
        ("$filter=", "ErrorInvalidUrlQueryFilter"),
        ("$filter=contains(subject,'x')", "ErrorInvalidUrlQueryFilter"),
        ("$filter=subject eq 'a' or subject eq 'b'", "ErrorInvalidUrlQueryFilter"),
        ("$filter=subject eq x", "ErrorInvalidUrlQueryFilter"),
        ("$filter=lastModifiedDateTime ge '2026-03-02T10:00:00Z'", "ErrorInvalidUrlQueryFilter"),
        ("$filter=start/dateTime ge 2026-03-02T10:00:00Z", "ErrorInvalidUrlQueryFilter"),
        ("$filter=lastModifiedDateTime ge yesterday", "ErrorInvalidParameter"),
        ("$filter=body/content eq 'x'", "ErrorInvalidUrlQueryFilter"),
        ("$filter=singleValueExtendedProperties/Any(ep: ep/value eq 'x')", "ErrorInvalidUrlQueryFilter"),
        (
            "$filter=singleValueExtendedProperties/Any(ep: ep/id eq 'mine' and ep/value eq 'x')",
            "ErrorInvalidProperty",
        ),
    ],
)
def test_what_the_grammar_does_not_hold_is_refused(graph: Graph, query: str, code: str) -> None:
    assert graph.refused("GET", f"/events?{query}") == (400, code)


def test_the_calendar_view_shows_what_overlaps_in_order_of_start(graph: Graph) -> None:
    for name, start in (
        ("late", "2026-03-12T17:00:00"),
        ("edge", "2026-03-09T23:30:00"),
        ("in", "2026-03-10T17:00:00"),
    ):
        graph.create(event(name, start=start))
    calendar = graph.state.add_calendar("data-practice@example.org", "Gatherings")
    graph.create(event("elsewhere"), f"/calendars/{calendar}/events")
    assert subjects(graph.get(f"/calendarView?{window('2026-03-09', '2026-03-11')}")) == ["edge", "in"]
    # 23:30 to 00:30 in Berlin is 22:30 to 23:30 in UTC.
    assert subjects(graph.get(f"/calendar/calendarView?{window('2026-03-10', '2026-03-13')}")) == ["in", "late"]
    assert subjects(graph.get(f"/calendars/{calendar}/calendarView?{window('2026-03-09', '2026-03-12')}")) == [
        "elsewhere"
    ]
    query = "startdatetime=2026-03-10T17:00:00&enddatetime=2026-03-11T00:00:00"
    assert graph.call("GET", f"{graph.user}/calendarView?{query}").json()["value"] == []


@pytest.mark.parametrize(
    ("query", "code"),
    [
        ("", "ErrorInvalidParameter"),
        ("startDateTime=2026-03-09T00:00:00Z", "ErrorInvalidParameter"),
        ("startDateTime=2026-03-09T00:00:00 01:00&endDateTime=2026-03-10T00:00:00Z", "ErrorInvalidParameter"),
        (window("2026-03-10", "2026-03-09"), "ErrorInvalidRequest"),
        (window("2026-03-10", "2031-03-10"), "ErrorInvalidRequest"),
        (window("0001-01-01", "2026-03-10"), "ErrorInvalidParameter"),
    ],
)
def test_a_calendar_view_needs_a_window_it_can_serve(graph: Graph, query: str, code: str) -> None:
    assert graph.refused("GET", f"/calendarView?{query}") == (400, code)
