import concurrent.futures
import threading
from collections.abc import Iterator
from typing import Any

import httpx
import pytest

from tests.sandbox.microsoft365.harness import MAILBOX, Graph, event


@pytest.mark.parametrize("header", [None, "Bearer wrong", "Basic app", "Bearer"])
def test_a_request_without_a_good_token_is_401(graph: Graph, header: str | None) -> None:
    answer = graph.http.get(graph.url + graph.user, headers={"Authorization": header} if header else {})
    assert answer.status_code == 401
    assert answer.json()["error"]["code"] == "InvalidAuthenticationToken"
    assert answer.headers["www-authenticate"].startswith("Bearer")


def test_a_revoked_token_is_401(graph: Graph) -> None:
    graph.get("")
    graph.state.revoke_token("app")
    assert graph.refused("GET", "/calendar") == (401, "InvalidAuthenticationToken")


def test_the_error_body_names_the_request(graph: Graph) -> None:
    answer = graph.call("GET", "/users/nobody@example.org/calendar", headers={"client-request-id": "mine-1"})
    error = answer.json()["error"]
    assert (answer.status_code, error["code"]) == (404, "ErrorInvalidUser")
    assert error["message"]
    assert error["innerError"] == {
        "date": "2026-03-02T09:00:00",
        "request-id": answer.headers["request-id"],
        "client-request-id": "mine-1",
    }
    assert answer.headers["client-request-id"] == "mine-1"


def test_the_date_is_the_services_own(graph: Graph) -> None:
    graph.clock.advance(days=1)
    answer = graph.call("GET", graph.user)
    assert answer.headers.get_list("date") == ["Tue, 03 Mar 2026 09:00:00 GMT"]


def test_a_user_is_found_by_id_and_by_address_without_case(graph: Graph) -> None:
    found = graph.get("")
    assert found["mail"] == MAILBOX
    assert found["displayName"] == "Data Practice"
    assert graph.get(f"/users/{found['id']}")["mail"] == MAILBOX
    assert graph.get(f"/users/{MAILBOX.upper()}?$select=displayName").keys() == {
        "@odata.context",
        "id",
        "displayName",
    }
    assert graph.call("GET", "/users/nobody@example.org").json()["error"]["code"] == "Request_ResourceNotFound"


def test_someone_without_a_mailbox_is_told_apart(graph: Graph) -> None:
    graph.state.add_user("no-mailbox@example.org", "No Mailbox")
    assert graph.get("/users/no-mailbox@example.org")["displayName"] == "No Mailbox"
    answer = graph.call("GET", "/users/no-mailbox@example.org/events")
    assert (answer.status_code, answer.json()["error"]["code"]) == (404, "MailboxNotEnabledForRESTAPI")


def test_a_token_reaches_its_own_mailboxes_only_and_can_lose_them(graph: Graph) -> None:
    graph.state.add_mailbox("other@example.org", "Other")
    graph.state.add_token("scoped", mailboxes={MAILBOX.upper()})
    scoped = {"Authorization": "Bearer scoped"}
    assert graph.call("GET", "/users/other@example.org/events", headers=scoped).status_code == 403
    assert graph.call("GET", f"{graph.user}/events", headers=scoped).status_code == 200
    graph.state.withdraw(MAILBOX, "scoped")
    assert graph.refused("GET", "/events", headers=scoped) == (403, "ErrorAccessDenied")
    assert graph.refused("POST", "/events", headers=scoped, json=event()) == (403, "ErrorAccessDenied")
    assert graph.call("GET", f"{graph.user}/events").status_code == 200
    graph.state.grant(MAILBOX, "scoped")
    assert graph.call("GET", f"{graph.user}/events", headers=scoped).status_code == 200


def test_a_double_slash_is_taken_and_an_unknown_path_is_not(graph: Graph) -> None:
    assert graph.http.get(f"{graph.url}//users/{MAILBOX}", headers={"Authorization": "Bearer app"}).is_success
    assert graph.refused("GET", "/event") == (400, "BadRequest")
    assert graph.refused("PATCH", "/events", json={}) == (405, "Request_BadRequest")


def test_calendars_are_listed_made_and_read(graph: Graph) -> None:
    (default,) = graph.get("/calendars")["value"]
    assert (default["name"], default["isDefaultCalendar"], default["isRemovable"]) == ("Calendar", True, False)
    assert default["allowedOnlineMeetingProviders"] == ["teamsForBusiness"]
    made = graph.create({"name": "Gatherings", "color": "lightTeal"}, "/calendars")
    assert graph.get(f"/calendars/{made['id']}")["name"] == "Gatherings"
    assert graph.get("/calendar")["id"] == default["id"] == graph.state.default_calendar(MAILBOX)
    assert graph.get("/calendars?$filter=name eq 'Gatherings'&$select=name")["value"] == [
        {"id": made["id"], "name": "Gatherings"}
    ]
    assert graph.refused("POST", "/calendars", json={"name": "Gatherings"}) == (409, "ErrorFolderExists")
    assert graph.refused("POST", "/calendars", json={"name": " "})[0] == 400
    assert graph.refused("POST", "/calendars", json={"title": "x"}) == (400, "RequestBodyRead")
    assert graph.refused("GET", f"/calendars/{made['id'].swapcase()}")[1] == "ErrorInvalidIdMalformed"


def test_a_calendar_is_told_apart_from_an_event_by_its_id(graph: Graph) -> None:
    made = graph.create(event())
    assert graph.refused("GET", f"/calendars/{made['id']}") == (404, "ErrorItemNotFound")
    assert graph.refused("GET", f"/events/{graph.state.default_calendar(MAILBOX)}") == (404, "ErrorItemNotFound")


def test_the_mailbox_tells_its_time_zone(graph: Graph) -> None:
    assert graph.get("/mailboxSettings")["timeZone"] == "W. Europe Standard Time"
    graph.state.add_mailbox("tokyo@example.org", "Tokyo", time_zone="Asia/Tokyo")
    assert graph.get("/users/tokyo@example.org/mailboxSettings")["timeZone"] == "Tokyo Standard Time"
    assert graph.get("/mailboxSettings?$select=timeZone").keys() == {"@odata.context", "timeZone"}


def test_the_rate_limit_tells_when_to_come_back(graph: Graph) -> None:
    graph.state.rate_limit, graph.state.rate_window_s = 3, 60
    for _ in range(3):
        graph.get("/events")
    graph.clock.advance(seconds=15)
    answer = graph.call("GET", f"{graph.user}/events")
    assert (answer.status_code, answer.json()["error"]["code"]) == (429, "ApplicationThrottled")
    assert answer.headers["retry-after"] == "45"
    graph.clock.advance(seconds=45)
    graph.get("/events")


def test_the_rate_limit_is_per_token_and_mailbox(graph: Graph) -> None:
    graph.state.rate_limit = 1
    graph.state.add_mailbox("other@example.org", "Other")
    graph.state.add_token("person", user="ada@example.org")
    graph.get("/events")
    assert graph.refused("GET", "/events")[0] == 429
    graph.get("/users/other@example.org/events")
    graph.get("/events", headers={"Authorization": "Bearer person"})


def test_a_fifth_request_at_once_is_throttled(graph: Graph) -> None:
    release, begun = threading.Event(), threading.Semaphore(0)

    def slowly() -> Iterator[bytes]:
        yield b" "
        begun.release()
        assert release.wait(10)
        yield b"{}"

    def hold(_: int) -> int:
        with httpx.Client() as own:
            headers = {"Authorization": "Bearer app", "Content-Type": "application/json"}
            url = f"{graph.url}{graph.user}/events"
            return own.post(url, headers=headers, content=slowly()).status_code

    with concurrent.futures.ThreadPoolExecutor(4) as pool:
        held: list[concurrent.futures.Future[Any]] = [pool.submit(hold, n) for n in range(4)]
        for _ in held:
            assert begun.acquire(timeout=10)
        while graph.state.peak_at_once < 4:
            graph.get("")
        answers = [graph.call("GET", f"{graph.user}/events") for _ in range(5)]
        release.set()
    assert [answer.status_code for answer in answers] == [429] * 5
    answer = answers[-1]
    assert "MailboxConcurrency" in answer.json()["error"]["message"]
    assert int(answer.headers["retry-after"]) >= 1
    assert [future.result() for future in held] == [400] * 4
    assert graph.state.peak_at_once == 5
    graph.get("/events")


def test_the_account_book_holds_every_request(graph: Graph) -> None:
    graph.call("GET", f"{graph.user}/events?$top=1")
    graph.call("POST", f"{graph.user}/events", json={})
    assert graph.state.requests == [
        ("GET", f"/v1.0/users/{MAILBOX}/events", 200),
        ("POST", f"/v1.0/users/{MAILBOX}/events", 400),
    ]


def test_latency_lets_requests_overlap(graph: Graph) -> None:
    graph.state.latency_s = 0.2

    def read(_: int) -> int:
        with httpx.Client() as own:
            headers = {"Authorization": "Bearer app"}
            return own.get(f"{graph.url}{graph.user}/events", headers=headers).status_code

    with concurrent.futures.ThreadPoolExecutor(3) as pool:
        assert list(pool.map(read, range(3))) == [200] * 3
    assert graph.state.peak_at_once == 3
