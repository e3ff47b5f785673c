"""Who may see and do what: tokens, guests, private projects, withdrawn access, people's addresses."""

from datetime import timedelta

import httpx
import pytest

from tests.sandbox.asana.desk import TLS, Office


@pytest.mark.parametrize("header", [{}, {"Authorization": "Bearer nope"}, {"Authorization": "Basic x"}])
def test_without_a_good_token_nothing_is_served(office: Office, header: dict[str, str]) -> None:
    answer = httpx.get(f"{office.base_url}/users/me", headers=header, verify=TLS)
    assert answer.status_code == 401
    assert answer.json()["errors"][0]["message"] == "Not Authorized"


def test_a_revoked_token_stops_working(office: Office) -> None:
    office.ada.get("/users/me")
    office.state.tokens = {t: gid for t, gid in office.state.tokens.items() if gid != office.ada.gid}
    office.ada.refused(401, "GET", "/users/me")
    office.bo.get("/users/me")


def test_a_withdrawn_project_is_closed_with_all_its_tasks(office: Office) -> None:
    gid = office.bo.task(office.project, assignee="me")
    office.state.withdraw(office.project, office.bo.gid)
    message = office.bo.refused(403, "GET", f"/projects/{office.project}")
    assert message == "You do not have access to this project."
    assert office.bo.refused(403, "GET", f"/tasks/{gid}") == "You do not have access to this task."
    office.bo.refused(403, "GET", "/tasks", project=office.project)
    office.bo.refused(403, "GET", f"/sections/{office.section}")
    office.bo.refused(403, "GET", "/events", resource=office.project)
    office.bo.refused(403, "POST", "/tasks", {"name": "x", "projects": [office.project]})
    assert office.bo.get("/projects") == []
    office.state.denied_status = 404
    assert office.bo.refused(404, "GET", f"/tasks/{gid}") == f"task: Unknown object: {gid}"
    office.ada.get(f"/tasks/{gid}")
    office.state.add_member(office.project, office.bo.gid)
    office.bo.get(f"/tasks/{gid}")


def test_a_guest_sees_only_what_is_shared(office: Office) -> None:
    guest = office.join("Gil Amaro", "gil@example.com", guest=True)
    shared = office.state.add_project("Shared", members=[guest.gid, office.ada.gid])
    guest.refused(403, "GET", f"/projects/{office.project}")
    assert [project["name"] for project in guest.get("/projects")] == ["Shared"]
    assert [user["name"] for user in guest.get("/users")] == ["Ada Okafor", "Gil Amaro"]
    guest.refused(404, "GET", f"/users/{office.bo.gid}")
    own = guest.task(shared)
    assigned = office.ada.task(office.project, assignee=guest.gid)
    guest.get(f"/tasks/{own}")
    seen = guest.get(f"/tasks/{assigned}")
    assert seen["memberships"] == []
    assert office.ada.get(f"/workspaces/{office.state.workspace.gid}")["email_domains"] == ["example.org"]


@pytest.mark.parametrize("level", ["commenter", "viewer"])
def test_a_reader_cannot_write(office: Office, level: str) -> None:
    gid = office.ada.task(office.project)
    child = office.ada.post(f"/tasks/{gid}/subtasks", name="below")["gid"]
    office.state.add_member(office.project, office.bo.gid, access=level)  # type: ignore[arg-type]  # parametrised
    office.bo.get(f"/tasks/{gid}")
    office.bo.refused(403, "PUT", f"/tasks/{gid}", {"name": "x"})
    office.bo.refused(403, "PUT", f"/tasks/{child}", {"name": "x"})
    office.bo.refused(403, "POST", "/tasks", {"name": "x", "projects": [office.project]})
    office.bo.refused(403, "PUT", f"/projects/{office.project}", {"name": "x"})
    office.bo.refused(403, "POST", f"/projects/{office.project}/sections", {"name": "x"})


def test_people_are_found_by_gid_address_and_me(office: Office) -> None:
    me = office.ada.get("/users/me")
    assert me == office.bo.get(f"/users/{office.ada.gid}") == office.bo.get("/users/ADA@example.org")
    assert me["workspaces"][0]["gid"] == office.state.workspace.gid
    office.ada.refused(404, "GET", "/users/eve@example.com")
    listed = office.ada.get("/users", workspace=office.state.workspace.gid, limit=50)
    assert [set(user) for user in listed] == [{"gid", "resource_type", "name"}] * 2


def test_addresses_can_be_hidden(office: Office) -> None:
    path = f"/workspaces/{office.state.workspace.gid}/users"
    assert [user["email"] for user in office.ada.get(path, opt_fields="email")] == [
        "ada@example.org",
        "bo@example.org",
    ]
    office.state.hide_emails = True
    assert ["email" in user for user in office.ada.get(path, opt_fields="email")] == [True, False]
    assert "email" not in office.ada.get(f"/users/{office.bo.gid}")


def test_the_members_of_a_project(office: Office) -> None:
    office.state.add_member(office.project, office.ada.gid, access="admin")
    office.state.add_member(office.project, office.bo.gid)
    members = office.ada.get("/memberships", parent=office.project)
    assert [(m["member"]["name"], m["access_level"]) for m in members] == [
        ("Ada Okafor", "admin"),
        ("Bo Lindqvist", "editor"),
    ]
    assert members[0]["parent"]["gid"] == office.project
    (one,) = office.ada.get("/memberships", parent=office.project, member=office.bo.gid)
    assert one["member"]["gid"] == office.bo.gid
    path = f"/projects/{office.project}/project_memberships"
    assert office.ada.get(path)[0]["resource_type"] == "project_membership"
    office.ada.refused(400, "GET", "/memberships")
    office.ada.refused(404, "GET", "/memberships", parent=office.project, member="99")


@pytest.mark.parametrize(
    ("path", "message"),
    [
        ("/tasks/99", "task: Unknown object: 99"),
        ("/tasks/abc", "task: Not a recognized ID: abc"),
        ("/projects/99", "project: Unknown object: 99"),
        ("/sections/99", "section: Unknown object: 99"),
        ("/tags/99", "tag: Unknown object: 99"),
        ("/workspaces/99", "workspace: Unknown object: 99"),
        ("/workspaces/99/projects", "workspace: Unknown object: 99"),
        ("/users/99", "user: Unknown object: 99"),
        ("/nowhere", "No matching route for request"),
        ("/tasks/99/stories", "No matching route for request"),
    ],
)
def test_what_is_not_there_answers_404(office: Office, path: str, message: str) -> None:
    assert office.ada.refused(404, "GET", path) == message


def test_a_method_that_a_path_does_not_take_is_404(office: Office) -> None:
    office.ada.refused(404, "PUT", "/tasks", {"name": "x"})


def test_the_workspace_and_its_projects(office: Office) -> None:
    (workspace,) = office.ada.get("/workspaces")
    assert set(workspace) == {"gid", "resource_type", "name"}
    full = office.ada.get(f"/workspaces/{workspace['gid']}")
    assert (full["is_organization"], full["email_domains"]) == (True, ["example.org"])
    project = office.ada.get(f"/projects/{office.project}")
    assert (project["name"], project["team"], project["archived"]) == ("Data practice", None, False)
    path = f"/workspaces/{workspace['gid']}/projects"
    office.ada.refused(400, "GET", path, archived="maybe")


def test_a_project_changes_field_by_field(office: Office) -> None:
    path = f"/projects/{office.project}"
    office.clock.pass_by(minutes=1)
    after = office.ada.put(path, name="Data guild", due_on="2026-06-30", owner="me", color="dark-teal")
    assert (after["name"], after["due_on"], after["owner"]["gid"]) == (
        "Data guild",
        "2026-06-30",
        office.ada.gid,
    )
    assert after["modified_at"] == "2026-03-02T09:31:00.123Z"
    refused: list[dict[str, object]] = [
        {"name": ""},
        {"color": "mauve"},
        {"members": []},
        {"titel": "x"},
        {"icon": "star"},
        {"start_on": "2026-06-30", "due_on": "2026-06-30"},
        {"notes": "a", "html_notes": "<body>a</body>"},
    ]
    for body in refused:
        office.ada.refused(400, "PUT", path, body)
    office.clock.pass_by(minutes=1)
    office.ada.task(office.project)
    office.ada.put(path, name="Data guild")
    assert office.ada.get(path)["modified_at"] == "2026-03-02T09:31:00.123Z"
    noted = office.ada.data("PUT", path, {"notes": "a < b"}, opt_fields="notes,html_notes,modified_at")
    assert (noted["notes"], noted["html_notes"]) == ("a < b", "<body>a &lt; b</body>")
    assert noted["modified_at"] == "2026-03-02T09:32:00.123Z"


def test_search_is_for_paying_workspaces(office: Office) -> None:
    path = f"/workspaces/{office.state.workspace.gid}/tasks/search"
    assert office.ada.refused(402, "GET", path, text="x") == "Search is only available to premium users."


def test_a_paid_search_finds_filters_and_sorts(office: Office) -> None:
    office.state.paid = True
    path = f"/workspaces/{office.state.workspace.gid}/tasks/search"
    first = office.ada.task(office.project, "Write minutes", due_on="2026-03-05")
    office.clock.pass_by(minutes=1)
    second = office.ada.task(office.project, "Minutes, again", assignee="me", due_on="2026-03-07")
    done = office.ada.task(office.project, "Other")
    office.ada.put(f"/tasks/{done}", completed=True)

    def found(**query: str) -> list[str]:
        return [task["gid"] for task in office.ada.get(path, **query)]

    assert found(text="MINUTES") == [second, first]
    assert found(completed="true") == [done]
    assert found(**{"assignee.any": office.ada.gid}) == [second]
    assert found(**{"projects.any": office.project, "due_on.before": "2026-03-07"}) == [first]
    assert found(sort_by="due_date", sort_ascending="true", completed="false") == [first, second]
    assert found(**{"modified_at.after": "2026-03-02T09:30:30Z", "completed": "false"}) == [second]
    assert found(due_on="2026-03-07", is_subtask="false") == [second]
    office.ada.refused(400, "GET", path, is_blocked="true")
    office.ada.refused(400, "GET", path, completed="perhaps")
    office.ada.refused(400, "GET", path, limit="0")
    office.ada.refused(400, "GET", path, offset="x")
    office.ada.refused(400, "GET", path, sort_by="mood")


def test_search_results_lag_behind(office: Office) -> None:
    office.state.paid, office.state.search_lag = True, timedelta(seconds=30)
    path = f"/workspaces/{office.state.workspace.gid}/tasks/search"
    office.ada.task(office.project)
    assert office.ada.get(path, text="minutes") == []
    office.clock.pass_by(seconds=30)
    assert len(office.ada.get(path, text="minutes")) == 1
