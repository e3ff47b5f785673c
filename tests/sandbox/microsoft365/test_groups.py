"""The calendars of groups on the stand-in: for signed-in members alone, with Outlook's habits."""

from typing import Any

import pytest

from sandbox.microsoft365.groups import Group
from tests.sandbox.microsoft365.harness import Graph, Json, event, weekly, window

ADA, BEN, EVE = "ada@example.org", "ben@example.org", "eve@example.org"
GROUP = "data-practice-team@example.org"
DENIED = (403, "ErrorAccessDenied")


@pytest.fixture
def group(graph: Graph) -> Group:
    for address in (ADA, BEN, EVE):
        graph.state.add_mailbox(address, address[:3].title())
        graph.state.add_token(address[:3], user=address)
    return graph.state.add_group(GROUP, "Data Practice", {ADA: "Ada", BEN: "Ben"})


def ask(graph: Graph, method: str, path: str, who: str = "ada", **more: Any) -> tuple[int, Json]:
    answer = graph.call(method, path, headers={"Authorization": f"Bearer {who}", **more.pop("headers", {})}, **more)
    return answer.status_code, answer.json() if answer.content else {}


def refusal(graph: Graph, method: str, path: str, who: str, **more: Any) -> tuple[int, str]:
    status, body = ask(graph, method, path, who, **more)
    return status, body.get("error", {}).get("code", "")


def addresses(row: Json) -> list[str]:
    return [one["emailAddress"]["address"] for one in row["attendees"]]


def test_an_app_and_who_is_no_member_are_refused(graph: Graph, group: Group) -> None:
    for path in ("/calendar", "/events", "/calendar/events", f"/calendarView?{window('2026-03-01', '2026-04-01')}"):
        for who in ("app", "eve"):
            assert refusal(graph, "GET", f"/groups/{group.id}{path}", who) == DENIED
        assert ask(graph, "GET", f"/groups/{group.id}{path}")[0] == 200
    assert refusal(graph, "POST", f"/groups/{group.id}/events", "app", json=event()) == DENIED
    unknown = "/groups/02bd9fd6-8f93-4758-87c3-1fb73740a315/events"
    assert refusal(graph, "GET", unknown, "app") == DENIED
    assert refusal(graph, "GET", unknown, "ada") == (404, "Request_ResourceNotFound")


def test_what_a_person_allowed_counts(graph: Graph, group: Group) -> None:
    for name, scopes in (("reads", {"Group.Read.All"}), ("writes", {"Group.ReadWrite.All"}), ("other", {"User.Read"})):
        graph.state.add_token(name, user=ADA, scopes=frozenset(scopes))
    path = f"/groups/{group.id}/events"
    assert [ask(graph, "GET", path, who)[0] for who in ("reads", "writes", "other")] == [200, 200, 403]
    assert [ask(graph, "POST", path, who, json=event())[0] for who in ("reads", "writes", "other")] == [403, 201, 403]
    group.read_only = True
    assert [ask(graph, method, path, json=event())[0] for method in ("GET", "POST")] == [200, 403]


def test_events_are_made_read_changed_and_deleted(graph: Graph, group: Group) -> None:
    base = f"/groups/{group.id.upper()}"
    status, made = ask(graph, "POST", f"{base}/calendar/events", json=event(recurrence=weekly()))
    assert (status, addresses(made), made["isOrganizer"]) == (201, [GROUP, ADA], True)
    assert made["organizer"]["emailAddress"] == {"name": "Data Practice", "address": GROUP}
    assert made["@odata.context"].endswith(f"#groups('{group.id.upper()}')/events/$entity")
    one = f"{base}/events/{made['id']}"
    days = window("2026-03-01", "2026-04-01")
    for path in (f"{one}/instances?{days}", f"{base}/calendarView?{days}"):
        assert len(ask(graph, "GET", path)[1]["value"]) == 4
    assert ask(graph, "PATCH", one, json={"subject": "Renamed"}, headers={"If-Match": 'W/"old"'})[0] == 412
    graph.state.if_match_in_groups = False
    assert ask(graph, "PATCH", one, json={"subject": "Renamed"}, headers={"If-Match": 'W/"old"'})[0] == 200
    assert ask(graph, "GET", f"{base}/calendar/events/{made['id']}")[1]["subject"] == "Renamed"
    assert ask(graph, "DELETE", one) == (204, {})
    assert ask(graph, "GET", f"{base}/events")[1]["value"] == []


def test_those_who_follow_hear_of_it_and_the_maker_does_not(graph: Graph, group: Group) -> None:
    path = f"/groups/{group.id}/events"
    ask(graph, "POST", path, json=event())
    assert graph.state.invitations == []
    group.followers.add(BEN)
    made = ask(graph, "POST", path, json=event(attendees=[{"emailAddress": {"address": EVE}}]))[1]
    ask(graph, "PATCH", f"{path}/{made['id']}", "ben", json={"subject": "Renamed"})
    told = [(mail.action, mail.recipients) for mail in graph.state.invitations]
    assert told == [("created", (BEN, EVE)), ("updated", (ADA, EVE))]
    group.names_attendees = False
    assert addresses(ask(graph, "POST", path, json=event())[1]) == []


@pytest.mark.parametrize(("known", "count"), [(True, 1), (False, 2)])
def test_a_transaction_id_may_or_may_not_count(graph: Graph, group: Group, known: bool, count: int) -> None:
    graph.state.transactions_in_groups = known
    for _ in range(2):
        ask(graph, "POST", f"/groups/{group.id}/events", json=event(transactionId="once"))
    assert len(group.mailbox.events) == count


def test_a_group_tells_whether_members_are_made_to_follow_when_asked(graph: Graph, group: Group) -> None:
    path = f"/groups/{group.id}"
    assert "autoSubscribeNewMembers" not in ask(graph, "GET", path)[1]
    selected = f"{path}?$select=mail,autoSubscribeNewMembers"
    assert ask(graph, "GET", selected)[1]["autoSubscribeNewMembers"] is False
    group.subscribes = True
    answer = ask(graph, "GET", selected)[1]
    assert (answer["mail"], answer["autoSubscribeNewMembers"]) == (GROUP, True)
    graph.state.add_token("other", user=ADA, scopes=frozenset({"User.Read"}))
    assert refusal(graph, "GET", path, "other") == (403, "Authorization_RequestDenied")


def test_me_is_who_signed_in(graph: Graph, group: Group) -> None:
    assert group.team.members
    answer = ask(graph, "GET", "/me?$select=mail,proxyAddresses")[1]
    assert (answer["mail"], answer["proxyAddresses"]) == (ADA, [f"SMTP:{ADA}"])
    assert "proxyAddresses" not in ask(graph, "GET", "/me")[1]
    assert refusal(graph, "GET", "/me", "app") == (400, "BadRequest")
    graph.state.add_token("other", user=ADA, scopes=frozenset({"Group.Read.All"}))
    assert refusal(graph, "GET", "/me", "other") == (403, "Authorization_RequestDenied")


def test_a_group_is_no_user_has_no_list_of_calendars_and_can_be_deleted(graph: Graph, group: Group) -> None:
    assert refusal(graph, "GET", f"/users/{GROUP}/events", "ada") == (404, "ErrorInvalidUser")
    assert refusal(graph, "GET", f"/groups/{group.id}/calendars", "ada") == (400, "BadRequest")
    assert [row["displayName"] for row in ask(graph, "GET", f"/groups/{group.id}/members")[1]["value"]] == [
        "Ada",
        "Ben",
    ]
    graph.state.remove_group(group)
    for path in ("", "/events", "/members"):
        assert refusal(graph, "GET", f"/groups/{group.id}{path}", "ada") == (404, "Request_ResourceNotFound")
    team = graph.state.teams.add_team("No Outlook", {ADA: "Ada"})
    assert refusal(graph, "GET", f"/groups/{team.id}/events", "ada") == (404, "MailboxNotEnabledForRESTAPI")


def test_the_limits_of_a_mailbox_hold_for_a_group(graph: Graph, group: Group) -> None:
    graph.state.rate_limit = 1
    assert ask(graph, "GET", f"/groups/{group.id}/events")[0] == 200
    assert refusal(graph, "GET", f"/groups/{group.id}/events", "ada") == (429, "ApplicationThrottled")
    assert ask(graph, "GET", f"/groups/{group.id}/members")[0] == 200
