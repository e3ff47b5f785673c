import pytest

from tests.sandbox.microsoft365.harness import PROPERTY, Graph, Json, event, weekly

READ_ONLY = ["id", "changeKey", "iCalUId", "createdDateTime", "bodyPreview", "organizer", "onlineMeeting", "type"]


@pytest.mark.parametrize(
    ("more", "code"),
    [
        ({"isAllday": True}, "RequestBodyRead"),
        ({"title": "x"}, "RequestBodyRead"),
        ({"start": {"dateTime": "2026-03-10T17:00:00", "timezone": "UTC"}}, "RequestBodyRead"),
        ({"start": "2026-03-10T17:00:00"}, "RequestBodyRead"),
        ({"subject": 7}, "RequestBodyRead"),
        ({"subject": "x" * 256}, "ErrorPropertyValidationFailure"),
        ({"isReminderOn": "true"}, "RequestBodyRead"),
        ({"isReminderOn": None}, "RequestBodyRead"),
        ({"reminderMinutesBeforeStart": "15"}, "RequestBodyRead"),
        ({"reminderMinutesBeforeStart": True}, "RequestBodyRead"),
        ({"showAs": "Busy"}, "RequestBodyRead"),
        ({"sensitivity": "secret"}, "RequestBodyRead"),
        ({"categories": "Community"}, "RequestBodyRead"),
        ({"categories": None}, "RequestBodyRead"),
        ({"body": {"contentType": "markdown", "content": "x"}}, "RequestBodyRead"),
        ({"body": "x"}, "RequestBodyRead"),
        ({"location": "Library"}, "RequestBodyRead"),
        ({"location": {"name": "Library"}}, "RequestBodyRead"),
        ({"location": {"displayName": "Library", "uniqueId": "x"}}, "ErrorInvalidPropertySet"),
        ({"attendees": [{"emailAddress": {"name": "Ada"}}]}, "ErrorPropertyValidationFailure"),
        ({"attendees": [{"email": "ada@example.org"}]}, "RequestBodyRead"),
        ({"recurrence": "weekly"}, "RequestBodyRead"),
        ({"recurrence": weekly() | {"count": 3}}, "RequestBodyRead"),
        ({"recurrence": weekly(days=("Tue",))}, "RequestBodyRead"),
        ({"recurrence": weekly(start="10.03.2026")}, "RequestBodyRead"),
        ({"transactionId": 12}, "RequestBodyRead"),
        ({"singleValueExtendedProperties": [{"id": "copsyncId", "value": "x"}]}, "ErrorInvalidProperty"),
        ({"singleValueExtendedProperties": [{"id": PROPERTY, "value": 1}]}, "RequestBodyRead"),
        ({"singleValueExtendedProperties": [{"id": PROPERTY}]}, "ErrorPropertyValidationFailure"),
    ],
)
def test_a_body_that_does_not_fit_is_refused(graph: Graph, more: Json, code: str) -> None:
    assert graph.refused("POST", "/events", json=event() | more) == (400, code)
    assert graph.get("/events")["value"] == []


@pytest.mark.parametrize("name", READ_ONLY)
def test_what_the_service_fills_cannot_be_sent(graph: Graph, name: str) -> None:
    made = graph.create(event())
    body = {name: made[name]}
    assert graph.refused("POST", "/events", json=event() | body) == (400, "ErrorInvalidPropertySet")
    assert graph.refused("PATCH", f"/events/{made['id']}", json=body) == (400, "ErrorInvalidPropertySet")


def test_a_transaction_id_is_for_creation_only(graph: Graph) -> None:
    made = graph.create(event(transactionId="tx-1"))
    wanted = (400, "ErrorInvalidPropertySet")
    assert graph.refused("PATCH", f"/events/{made['id']}", json={"transactionId": "tx-2"}) == wanted


def test_an_event_needs_a_start_and_an_end(graph: Graph) -> None:
    for name in ("start", "end"):
        body = {key: value for key, value in event().items() if key != name}
        assert graph.refused("POST", "/events", json=body) == (400, "ErrorPropertyValidationFailure")


def test_annotations_are_passed_over(graph: Graph) -> None:
    body = event() | {"@odata.type": "#microsoft.graph.event"}
    body["start"] |= {"@odata.type": "#microsoft.graph.dateTimeTimeZone"}
    assert graph.create(body)["subject"] == "Gathering"


@pytest.mark.parametrize("content", [b"", b"{", b"[]", b'"x"', b"\xff"])
def test_a_body_that_is_no_json_object_is_refused(graph: Graph, content: bytes) -> None:
    headers = {"Content-Type": "application/json"}
    assert graph.refused("POST", "/events", content=content, headers=headers)[0] == 400


def test_a_body_of_another_type_or_too_large_is_refused(graph: Graph) -> None:
    assert graph.refused("POST", "/events", content=b"subject=x")[0] == 400
    large = event(body={"contentType": "text", "content": "x" * (4 * 1024 * 1024)})
    assert graph.refused("POST", "/events", json=large) == (413, "RequestEntityTooLarge")


@pytest.mark.parametrize(
    ("pattern", "limits"),
    [
        ({"type": None}, {}),
        ({"interval": 0}, {}),
        ({"interval": None}, {}),
        ({"daysOfWeek": None}, {}),
        ({"daysOfWeek": []}, {}),
        ({"type": "absoluteMonthly"}, {}),
        ({"type": "absoluteYearly", "dayOfMonth": 3}, {}),
        ({"type": "relativeYearly"}, {}),
        ({"dayOfMonth": 32}, {}),
        ({}, {"type": None}),
        ({}, {"startDate": None}),
        ({}, {"startDate": "2026-03-11"}),
        ({}, {"type": "numbered"}),
        ({}, {"type": "endDate"}),
        ({}, {"type": "endDate", "endDate": "2026-03-09"}),
        ({}, {"recurrenceTimeZone": "Tokyo Standard Time"}),
    ],
)
def test_a_recurrence_whose_parts_do_not_go_together_is_refused(graph: Graph, pattern: Json, limits: Json) -> None:
    rule = weekly()
    for part, change in (("pattern", pattern), ("range", limits)):
        merged = rule[part] | change
        rule[part] = {name: value for name, value in merged.items() if value is not None}
    wanted = (400, "ErrorPropertyValidationFailure")
    assert graph.refused("POST", "/events", json=event(recurrence=rule)) == wanted


def test_a_recurrence_without_any_occurrence_is_refused(graph: Graph) -> None:
    rule = weekly(days=("friday",), type="endDate", endDate="2026-03-12")
    assert graph.refused("POST", "/events", json=event(recurrence=rule)) == (400, "ErrorRecurrenceHasNoOccurrence")
