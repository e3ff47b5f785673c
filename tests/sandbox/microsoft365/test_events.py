import pytest

from sandbox.microsoft365 import GraphState
from tests.sandbox.microsoft365.harness import MAILBOX, PROPERTY, Graph, Json, at, event


def test_an_event_comes_back_with_what_the_service_adds(graph: Graph) -> None:
    sent = event(categories=["Community"], showAs="free", isReminderOn=False, location={"displayName": "Library"})
    answer = graph.call("POST", f"{graph.user}/events", json=sent)
    made = answer.json()
    assert answer.status_code == 201
    assert answer.headers["etag"] == made["@odata.etag"] == f'W/"{made["changeKey"]}"'
    assert (made["subject"], made["type"], made["categories"]) == ("Gathering", "singleInstance", ["Community"])
    assert (made["showAs"], made["isReminderOn"], made["isOrganizer"]) == ("free", False, True)
    assert made["createdDateTime"] == "2026-03-02T09:00:00.1234560Z"
    assert made["organizer"]["emailAddress"]["address"] == MAILBOX
    assert made["location"]["displayName"] == "Library"
    assert [place["displayName"] for place in made["locations"]] == ["Library"]
    assert made["seriesMasterId"] is None
    assert "originalStart" not in made
    assert "singleValueExtendedProperties" not in made
    read = graph.get(f"/events/{made['id']}")
    assert read == made
    assert made["@odata.context"].endswith(f"/v1.0/$metadata#users('{MAILBOX}')/events/$entity")


def test_defaults_of_an_event_that_says_little(graph: Graph) -> None:
    made = graph.create({"start": at("2026-03-10T17:00:00"), "end": at("2026-03-10T18:00:00")})
    assert (made["subject"], made["showAs"], made["isReminderOn"]) == ("", "busy", True)
    assert made["reminderMinutesBeforeStart"] == 15
    assert made["body"] == {"contentType": "html", "content": ""}
    assert (made["locations"], made["attendees"], made["recurrence"]) == ([], [], None)


def test_only_what_is_sent_changes_and_the_etag_moves(graph: Graph) -> None:
    made = graph.create(event(categories=["Community"], location={"displayName": "Library"}))
    graph.clock.advance(minutes=5)
    changed = graph.patch(made, {"subject": "Gathering II", "location": None})
    assert (changed["subject"], changed["categories"]) == ("Gathering II", ["Community"])
    assert (changed["location"]["displayName"], changed["locations"]) == ("", [])
    assert changed["@odata.etag"] != made["@odata.etag"]
    assert changed["lastModifiedDateTime"] == "2026-03-02T09:05:00.1234560Z"
    assert (changed["createdDateTime"], changed["id"]) == (made["createdDateTime"], made["id"])
    assert (changed["start"], changed["iCalUId"]) == (made["start"], made["iCalUId"])


def test_writing_locations_names_them_all_in_location(graph: Graph) -> None:
    made = graph.create(event(locations=[{"displayName": "Library"}, {"displayName": "Room 2"}]))
    assert made["location"]["displayName"] == "Library; Room 2"
    assert len(made["locations"]) == 2
    assert len(graph.patch(made, {"location": {"displayName": "Garden"}})["locations"]) == 1


@pytest.mark.parametrize("method", ["PATCH", "DELETE"])
def test_a_stale_if_match_is_412_and_changes_nothing(graph: Graph, method: str) -> None:
    made = graph.create(event())
    changed = graph.patch(made, {"subject": "Mine"}, headers={"If-Match": made["@odata.etag"]})
    body: Json = {"json": {"subject": "Theirs"}} if method == "PATCH" else {}
    stale = {"If-Match": made["@odata.etag"]}
    path = f"/events/{made['id']}"
    assert graph.refused(method, path, headers=stale, **body) == (412, "ErrorIrresolvableConflict")
    assert graph.get(path) == changed
    current = {"If-Match": changed["@odata.etag"]}
    assert graph.call(method, graph.user + path, headers=current, **body).is_success


def test_any_version_matches_a_star(graph: Graph) -> None:
    made = graph.create(event())
    assert graph.patch(made, {"subject": "Two"}, headers={"If-Match": "*"})["subject"] == "Two"


def test_a_deleted_event_is_gone_for_both_ids_and_twice(graph: Graph) -> None:
    made = graph.create(event())
    immutable = graph.get(f"/events/{made['id']}", prefer='IdType="ImmutableId"')["id"]
    graph.delete(made)
    for event_id in (made["id"], immutable):
        assert graph.refused("GET", f"/events/{event_id}") == (404, "ErrorItemNotFound")
        assert graph.refused("DELETE", f"/events/{event_id}") == (404, "ErrorItemNotFound")
        assert graph.refused("PATCH", f"/events/{event_id}", json={}) == (404, "ErrorItemNotFound")
    assert graph.get("/events")["value"] == []
    assert [kept.details.fields["subject"] for _, kept in graph.state.mailbox(MAILBOX).deleted.values()] == [
        "Gathering"
    ]


@pytest.mark.parametrize("status", [400, 409])
def test_a_transaction_id_is_used_once_even_after_a_deletion(graph: Graph, status: int) -> None:
    graph.state.duplicate_status = 400 if status == 400 else 409
    made = graph.create(event(transactionId="tx-1"))
    assert made["transactionId"] == "tx-1"
    for _ in range(2):
        again = graph.call("POST", f"{graph.user}/events", json=event("Other", transactionId="tx-1"))
        error = again.json()["error"]
        assert (again.status_code, error["code"]) == (status, "ErrorDuplicateTransactionId")
        assert error["@event.existingEventId"] == made["id"]
        if graph.get("/events")["value"]:
            graph.delete(made)
    assert graph.create(event(transactionId="tx-2"))["id"] != made["id"]


def test_a_repeated_create_can_be_answered_with_the_event_of_before(graph: Graph) -> None:
    graph.state.duplicate_status = 201
    made = graph.create(event(transactionId="tx-1"))
    assert graph.create(event(transactionId="tx-1")) == made
    other = event("Other", transactionId="tx-1")
    assert graph.refused("POST", "/events", json=other) == (400, "ErrorDuplicateTransactionId")
    assert len(graph.get("/events")["value"]) == 1


def test_ids_are_opaque_case_sensitive_and_of_two_kinds(graph: Graph) -> None:
    made = [graph.create(event(f"Event {number}")) for number in range(30)]
    ids = [one["id"] for one in made]
    assert len({one.lower() for one in ids}) < len(ids), "ids that differ in case only do occur"
    for one in (made[0], made[26]):
        assert graph.get(f"/events/{one['id']}")["subject"] == one["subject"]
    prefer = 'IdType="ImmutableId"'
    rows = graph.get("/events?$top=50", prefer=prefer)["value"]
    assert not {row["id"] for row in rows} & set(ids)
    assert graph.get(f"/events/{rows[3]['id']}")["id"] == ids[3]
    answer = graph.call("GET", f"{graph.user}/events/{ids[3]}", prefer=prefer)
    assert (answer.json()["id"], answer.headers["preference-applied"]) == (rows[3]["id"], prefer)


def test_an_invented_id_is_malformed_and_not_merely_absent(graph: Graph) -> None:
    made = graph.create(event())["id"]
    graph.state.add_mailbox("other@example.org", "Other")
    for wrong in ("AAMkAG", "1204", made[:-5], made.lower(), made + "A"):
        assert graph.refused("GET", f"/events/{wrong}") == (400, "ErrorInvalidIdMalformed")
    foreign = graph.call("GET", f"/users/other@example.org/events/{made}")
    assert foreign.json()["error"]["code"] == "ErrorInvalidIdMalformed"


def test_an_event_is_reached_through_its_own_calendar_only(graph: Graph) -> None:
    calendar = graph.state.add_calendar(MAILBOX, "Gatherings")
    made = graph.create(event(), f"/calendars/{calendar}/events")
    own, default = f"/calendars/{calendar}/events", "/calendar/events"
    assert graph.get(f"{own}/{made['id']}")["id"] == made["id"]
    assert [row["id"] for row in graph.get(own)["value"]] == [made["id"]]
    assert graph.refused("GET", f"{default}/{made['id']}") == (404, "ErrorItemNotFound")
    assert graph.get(default)["value"] == []
    path = f"{graph.user}{own}/{made['id']}"
    assert graph.call("PATCH", path, json={"subject": "Two"}).json()["subject"] == "Two"
    assert graph.call("DELETE", path).status_code == 204


def test_the_mailbox_lists_its_default_calendar_or_all_of_them(graph: Graph) -> None:
    calendar = graph.state.add_calendar(MAILBOX, "Gatherings")
    made = graph.create(event(), f"/calendars/{calendar}/events")
    assert graph.get("/events")["value"] == []
    assert graph.get(f"/events/{made['id']}")["id"] == made["id"]
    graph.state.events_in_all_calendars = True
    assert len(graph.get("/events")["value"]) == 1


def test_an_extended_property_is_shown_on_request_and_found_by_value(graph: Graph) -> None:
    mark = PROPERTY.replace("66f5a359", "66F5A359")
    made = graph.create(event(singleValueExtendedProperties=[{"id": mark, "value": "Rec-1"}]))
    graph.create(event("Other", singleValueExtendedProperties=[{"id": PROPERTY, "value": "Rec-10"}]))
    graph.create(event("Unmarked"))
    expand = f"$expand=singleValueExtendedProperties($filter=id eq '{mark}')"
    assert graph.get(f"/events/{made['id']}?{expand}")["singleValueExtendedProperties"] == [
        {"id": PROPERTY, "value": "Rec-1"}
    ]
    any_of = "singleValueExtendedProperties/Any(ep: ep/id eq '{}' and ep/value eq '{}')"
    for wanted, found in ((PROPERTY, 1), (mark, 1), (PROPERTY.replace("copsyncId", "COPSYNCID"), 0)):
        rows = graph.get(f"/events?$filter={any_of.format(wanted, 'rec-1')}&{expand}&$select=subject")["value"]
        assert len(rows) == found
    begins = f"singleValueExtendedProperties/Any(ep: ep/id eq '{PROPERTY}' and startswith(ep/value, 'START'))"
    starts = {start: begins.replace("START", start) for start in ("rec-1", "Rec-10", "ec")}
    found_by = {start: graph.get(f"/events?$filter={condition}")["value"] for start, condition in starts.items()}
    assert {start: len(found) for start, found in found_by.items()} == {"rec-1": 2, "Rec-10": 1, "ec": 0}
    rows = graph.get(f"/events?{expand}")["value"]
    assert ["singleValueExtendedProperties" in row for row in rows] == [True, True, False]
    moved = graph.patch(made, {"singleValueExtendedProperties": [{"id": PROPERTY, "value": "Rec-2"}]})
    assert moved["@odata.etag"] != made["@odata.etag"]
    assert graph.get(f"/events?$filter={any_of.format(PROPERTY, 'Rec-1')}")["value"] == []


def test_attendees_are_kept_and_each_mail_is_accounted_for(graph: Graph) -> None:
    guest = {"emailAddress": {"address": "grace@example.org"}, "type": "optional"}
    more = {"emailAddress": {"address": "ada@example.org", "name": "Ada"}}
    graph.delete(graph.patch(graph.create(event("Quiet")), {"subject": "Still quiet"}))
    assert graph.state.invitations == []
    made = graph.create(event(attendees=[guest]))
    assert made["attendees"] == [
        {
            "type": "optional",
            "status": {"response": "none", "time": "0001-01-01T00:00:00Z"},
            "emailAddress": {"name": "grace@example.org", "address": "grace@example.org"},
        }
    ]
    graph.patch(made, {"attendees": [guest, more]})
    graph.patch(made, {"subject": "Other"})
    graph.delete(made)
    assert [(one.action, one.recipients) for one in graph.state.invitations] == [
        ("created", ("grace@example.org",)),
        ("updated", ("ada@example.org",)),
        ("updated", ("ada@example.org", "grace@example.org")),
        ("deleted", ("ada@example.org", "grace@example.org")),
    ]
    assert {one.event_id for one in graph.state.invitations} == {made["id"]}


def test_what_a_person_edits_is_seen_by_the_app(graph: Graph) -> None:
    graph.state.add_token("person", user="ada@example.org")
    made = graph.create(event())
    graph.patch(made, {"subject": "By Ada"}, headers={"Authorization": "Bearer person"})
    assert graph.get(f"/events/{made['id']}")["subject"] == "By Ada"


def test_the_same_requests_make_the_same_ids_anywhere(graph: Graph) -> None:
    made = graph.create(event())
    other = GraphState()
    assert other.add_mailbox(MAILBOX, "Data Practice") == graph.get("")["id"]
    again = other.mailbox(MAILBOX)
    assert other.default_calendar(MAILBOX) == graph.get("/calendar")["id"]
    assert again.event_id(again.next_number()) == made["id"]
