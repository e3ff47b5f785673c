from datetime import date
from typing import Any

import pytest

from sandbox.microsoft365.recurrence import recurrence_from
from tests.sandbox.microsoft365.harness import BERLIN, PROPERTY, Graph, Json, all_day, at, event, weekly, window

YEAR = window("2026-01-01", "2027-01-01")


def days(found: Json) -> list[str]:
    return [row["start"]["dateTime"][:16] for row in found["value"]]


def series(graph: Graph, **limits: Any) -> Json:
    return graph.create(event(recurrence=weekly(**limits)))


def instances(graph: Graph, master: Json, query: str = YEAR, **more: Any) -> list[Json]:
    found: list[Json] = graph.get(f"/events/{master['id']}/instances?{query}&$top=100", **more)["value"]
    return found


def test_a_recurrence_comes_back_with_its_irrelevant_fields_filled(graph: Graph) -> None:
    made = series(graph, days=("friday", "tuesday"), type="numbered", numberOfOccurrences=4)
    assert made["type"] == "seriesMaster"
    assert made["recurrence"] == {
        "pattern": {
            "type": "weekly",
            "interval": 1,
            "month": 0,
            "dayOfMonth": 0,
            "daysOfWeek": ["tuesday", "friday"],
            "firstDayOfWeek": "monday",
            "index": "first",
        },
        "range": {
            "type": "numbered",
            "startDate": "2026-03-10",
            "endDate": "0001-01-01",
            "recurrenceTimeZone": BERLIN,
            "numberOfOccurrences": 4,
        },
    }
    assert days({"value": instances(graph, made)})[-1] == "2026-03-20T16:00"


def test_a_listing_shows_the_master_and_a_view_its_occurrences(graph: Graph) -> None:
    made = series(graph, type="endDate", endDate="2026-04-07")
    assert [row["type"] for row in graph.get("/events")["value"]] == ["seriesMaster"]
    rows = graph.get(f"/calendarView?{YEAR}")["value"]
    assert {row["type"] for row in rows} == {"occurrence"}
    assert {row["seriesMasterId"] for row in rows} == {made["id"]}
    assert {row["subject"] for row in rows} == {"Gathering"}
    assert all(row["recurrence"] is None for row in rows)
    assert len({row["id"] for row in rows}) == len({row["iCalUId"] for row in rows}) == 5
    assert rows == instances(graph, made)
    assert graph.get(f"/events/{rows[2]['id']}")["start"] == rows[2]["start"]


def test_the_wall_time_stays_across_the_clock_change(graph: Graph) -> None:
    made = series(graph, type="endDate", endDate="2026-04-07")
    assert days({"value": instances(graph, made)})[2:4] == ["2026-03-24T16:00", "2026-03-31T15:00"]
    berlin = instances(graph, made, prefer=f'outlook.timezone="{BERLIN}"')
    assert {row["start"]["dateTime"][11:16] for row in berlin} == {"17:00"}
    assert {row["end"]["dateTime"][11:16] for row in berlin} == {"18:00"}
    assert berlin[3]["originalStart"] == "2026-03-31T15:00:00.0000000Z"


def test_an_all_day_series(graph: Graph) -> None:
    rule = weekly("2026-03-28", days=("saturday",), type="numbered", numberOfOccurrences=2)
    made = graph.create(all_day("2026-03-28", "2026-03-30", recurrence=rule))
    rows = instances(graph, made, prefer='outlook.timezone="Pacific Standard Time"')
    assert [(row["start"]["dateTime"][:10], row["end"]["dateTime"][:10]) for row in rows] == [
        ("2026-03-28", "2026-03-30"),
        ("2026-04-04", "2026-04-06"),
    ]


def test_an_edited_occurrence_becomes_an_exception(graph: Graph) -> None:
    made = series(graph, type="endDate", endDate="2026-03-31")
    second = instances(graph, made)[1]
    edited = graph.patch(
        second, {"subject": "Guest talk", "start": at("2026-03-17T18:00:00"), "end": at("2026-03-17T19:00:00")}
    )
    assert (edited["type"], edited["id"], edited["seriesMasterId"]) == ("exception", second["id"], made["id"])
    assert edited["originalStart"] == "2026-03-17T16:00:00.0000000Z"
    assert edited["@odata.etag"] != second["@odata.etag"]
    rows = instances(graph, made)
    assert [row["type"] for row in rows] == ["occurrence", "exception", "occurrence", "occurrence"]
    assert days({"value": rows})[1] == "2026-03-17T17:00"
    master = graph.get(f"/events/{made['id']}?$expand=exceptionOccurrences")
    assert [row["subject"] for row in master["exceptionOccurrences"]] == ["Guest talk"]
    assert master["@odata.etag"] != made["@odata.etag"], "an exception lives inside its master"
    only = graph.get(f"/events/{made['id']}?$select=subject&$expand=exceptionOccurrences($select=subject)")
    assert only["exceptionOccurrences"][0].keys() == {"@odata.etag", "id", "subject"}
    assert "exceptionOccurrences" not in graph.get("/events?$expand=exceptionOccurrences")["value"][0]


def test_an_exception_keeps_its_edits_and_follows_the_rest_of_the_series(graph: Graph) -> None:
    made = series(graph, type="endDate", endDate="2026-03-31")
    second = instances(graph, made)[1]
    graph.patch(second, {"location": {"displayName": "Garden"}})
    graph.patch(made, {"subject": "Renamed", "location": {"displayName": "Library"}})
    rows = instances(graph, made)
    assert {row["subject"] for row in rows} == {"Renamed"}
    assert [row["location"]["displayName"] for row in rows] == ["Library", "Garden", "Library", "Library"]
    graph.patch(second, {"subject": "Own"})
    row = instances(graph, made)[1]
    assert (row["subject"], row["location"]["displayName"]) == ("Own", "Garden")


def test_an_exception_can_have_an_extended_property_of_its_own(graph: Graph) -> None:
    made = series(graph, type="endDate", endDate="2026-03-31")
    second = instances(graph, made)[1]
    graph.patch(second, {"singleValueExtendedProperties": [{"id": PROPERTY, "value": "own"}]})
    rows = instances(graph, made, f"{YEAR}&$expand=singleValueExtendedProperties($filter=id eq '{PROPERTY}')")
    marks = [row.get("singleValueExtendedProperties") for row in rows]
    assert marks == [None, [{"id": PROPERTY, "value": "own"}], None, None]


def test_a_deleted_occurrence_is_cancelled_for_good(graph: Graph) -> None:
    made = series(graph, type="endDate", endDate="2026-03-31")
    second = instances(graph, made)[1]
    graph.patch(second, {"subject": "Guest talk"})
    graph.delete(second)
    assert days({"value": instances(graph, made)}) == ["2026-03-10T16:00", "2026-03-24T16:00", "2026-03-31T15:00"]
    for method in ("GET", "DELETE"):
        assert graph.refused(method, f"/events/{second['id']}") == (404, "ErrorItemNotFound")
    path = f"/events/{made['id']}"
    assert graph.get(f"{path}?$select=cancelledOccurrences&$expand=exceptionOccurrences") | {"@odata.context": ""} == {
        "@odata.context": "",
        "@odata.etag": graph.get(path)["@odata.etag"],
        "id": made["id"],
        "cancelledOccurrences": [f"OID.{made['id']}.2026-03-17"],
        "exceptionOccurrences": [],
    }
    assert "cancelledOccurrences" not in graph.get(path)
    assert "cancelledOccurrences" not in graph.get("/events?$select=cancelledOccurrences")["value"][0]


@pytest.mark.parametrize("day", ["2026-03-09", "2026-03-10", "2026-03-24", "2026-03-25"])
def test_an_occurrence_cannot_be_moved_to_the_day_of_its_neighbours(graph: Graph, day: str) -> None:
    made = series(graph)
    second = instances(graph, made, window("2026-03-01", "2026-04-01"))[1]
    body = {"start": at(f"{day}T17:00:00"), "end": at(f"{day}T18:00:00")}
    wanted = (400, "ErrorOccurrenceCrossingBoundary")
    assert graph.refused("PATCH", f"/events/{second['id']}", json=body) == wanted


def test_a_moved_occurrence_is_found_where_it_is(graph: Graph) -> None:
    made = series(graph)
    second = instances(graph, made, window("2026-03-01", "2026-04-01"))[1]
    graph.patch(second, {"start": at("2026-03-12T09:00:00"), "end": at("2026-03-12T10:00:00")})
    assert days(graph.get(f"/calendarView?{window('2026-03-12', '2026-03-13')}")) == ["2026-03-12T08:00"]
    assert graph.get(f"/calendarView?{window('2026-03-17', '2026-03-18')}")["value"] == []


def test_an_occurrence_has_no_recurrence_of_its_own(graph: Graph) -> None:
    first = instances(graph, series(graph), window("2026-03-01", "2026-04-01"))[0]
    wanted = (400, "ErrorInvalidPropertySet")
    assert graph.refused("PATCH", f"/events/{first['id']}", json={"recurrence": weekly()}) == wanted


def test_moving_the_series_drops_exceptions_and_changes_the_ids(graph: Graph) -> None:
    made = series(graph, type="endDate", endDate="2026-03-31")
    rows = instances(graph, made)
    graph.delete(rows[2])
    graph.patch(rows[1], {"subject": "Guest talk"})
    rule = weekly("2026-03-12", days=("thursday",), type="endDate", endDate="2026-03-31")
    moved = {"start": at("2026-03-12T17:00:00"), "end": at("2026-03-12T18:00:00"), "recurrence": rule}
    graph.patch(made, moved)
    after = instances(graph, made)
    assert days({"value": after}) == ["2026-03-12T16:00", "2026-03-19T16:00", "2026-03-26T16:00"]
    assert {row["type"] for row in after} == {"occurrence"}
    assert not {row["id"] for row in rows} & {row["id"] for row in after}
    assert graph.refused("GET", f"/events/{rows[0]['id']}") == (404, "ErrorItemNotFound")


def test_a_new_time_alone_keeps_the_rule_and_drops_exceptions(graph: Graph) -> None:
    made = series(graph, type="numbered", numberOfOccurrences=3)
    rows = instances(graph, made)
    graph.patch(rows[1], {"subject": "Guest talk"})
    graph.delete(rows[2])
    changed = graph.patch(made, {"start": at("2026-03-10T15:00:00")})
    assert changed["recurrence"] == made["recurrence"]
    after = instances(graph, made)
    assert days({"value": after}) == ["2026-03-10T14:00", "2026-03-17T14:00", "2026-03-24T14:00"]
    assert {(row["type"], row["subject"]) for row in after} == {("occurrence", "Gathering")}


def test_a_new_zone_needs_the_recurrence_with_it(graph: Graph) -> None:
    made = series(graph)
    start, end = at("2026-03-10T17:00:00", "Europe/London"), at("2026-03-10T18:00:00", "Europe/London")
    body: Json = {"start": start, "end": end}
    path = f"/events/{made['id']}"
    assert graph.refused("PATCH", path, json=body) == (400, "ErrorPropertyValidationFailure")
    body["recurrence"] = weekly(recurrenceTimeZone="Europe/London")
    assert graph.patch(made, body)["recurrence"]["range"]["recurrenceTimeZone"] == "GMT Standard Time"


def test_a_series_can_become_a_single_event_and_back(graph: Graph) -> None:
    made = series(graph)
    single = graph.patch(made, {"recurrence": None})
    assert (single["type"], single["recurrence"]) == ("singleInstance", None)
    query = window("2026-03-01", "2026-04-01")
    assert len(graph.get(f"/calendarView?{query}")["value"]) == 1
    assert graph.refused("GET", f"/events/{made['id']}/instances?{query}")[0] == 400
    assert graph.patch(made, {"recurrence": weekly()})["type"] == "seriesMaster"
    assert len(graph.get(f"/calendarView?{query}")["value"]) == 4


def test_a_deleted_series_takes_its_occurrences_along(graph: Graph) -> None:
    made = series(graph)
    first = instances(graph, made, window("2026-03-01", "2026-04-01"))[0]
    graph.delete(made)
    assert graph.refused("GET", f"/events/{first['id']}") == (404, "ErrorItemNotFound")
    assert graph.get(f"/calendarView?{window('2026-03-01', '2026-04-01')}")["value"] == []


def test_instances_need_a_window_and_page_like_a_listing(graph: Graph) -> None:
    made = series(graph)
    path = f"/events/{made['id']}/instances"
    assert graph.refused("GET", path) == (400, "ErrorInvalidParameter")
    first = graph.get(f"{path}?{YEAR}")
    assert len(first["value"]) == 10
    assert len(graph.get(first["@odata.nextLink"])["value"]) == 10


def rule(kind: str, **more: Any) -> list[str]:
    start = date.fromisoformat(more.pop("start", "2026-01-31"))
    sent = {"pattern": {"type": kind, "interval": 1, **more}, "range": {"type": "noEnd", "startDate": start}}
    found = recurrence_from(sent, starts=start, zone="UTC").dates(date(start.year + 12, 12, 31))
    return [day.isoformat() for _, day in zip(range(5), found, strict=False)]


@pytest.mark.parametrize(
    ("found", "wanted"),
    [
        (rule("daily", interval=3), "2026-01-31 2026-02-03 2026-02-06 2026-02-09 2026-02-12"),
        (
            rule("weekly", interval=2, daysOfWeek=["sunday", "monday"], start="2026-03-01"),
            "2026-03-01 2026-03-02 2026-03-15 2026-03-16 2026-03-29",
        ),
        (
            rule("weekly", interval=2, daysOfWeek=["sunday", "monday"], firstDayOfWeek="monday", start="2026-03-01"),
            "2026-03-01 2026-03-09 2026-03-15 2026-03-23 2026-03-29",
        ),
        # Outlook takes the last day of a month that is too short.
        (rule("absoluteMonthly", dayOfMonth=31), "2026-01-31 2026-02-28 2026-03-31 2026-04-30 2026-05-31"),
        (
            rule("relativeMonthly", daysOfWeek=["thursday"], index="second", start="2026-01-01"),
            "2026-01-08 2026-02-12 2026-03-12 2026-04-09 2026-05-14",
        ),
        (
            rule("relativeMonthly", daysOfWeek=["friday", "monday"], index="last", start="2026-01-01"),
            "2026-01-30 2026-02-27 2026-03-30 2026-04-27 2026-05-29",
        ),
        (
            rule("absoluteYearly", dayOfMonth=29, month=2, start="2026-02-28"),
            "2026-02-28 2027-02-28 2028-02-29 2029-02-28 2030-02-28",
        ),
        (
            rule("relativeYearly", daysOfWeek=["sunday"], month=10, index="last", interval=2, start="2026-10-25"),
            "2026-10-25 2028-10-29 2030-10-27 2032-10-31 2034-10-29",
        ),
    ],
)
def test_the_days_of_each_kind_of_pattern(found: list[str], wanted: str) -> None:
    assert " ".join(found) == wanted
