"""Creating, reading and changing tasks: selection, per-field writes, refusals."""

import httpx
import pytest

from tests.sandbox.asana.desk import TLS, Office


def test_a_new_task_answers_201_with_its_full_record_and_where_to_read_it(office: Office) -> None:
    body = {"name": "Invite speakers", "projects": [office.project]}
    answer = office.ada.call("POST", "/tasks", body)
    assert answer.status_code == 201
    task = answer.json()["data"]
    assert answer.headers["location"] == f"{office.base_url}/tasks/{task['gid']}"
    assert task["created_at"] == task["modified_at"] == "2026-03-02T09:30:00.123Z"
    assert task["memberships"][0]["section"]["name"] == "Untitled section"
    assert [person["name"] for person in task["followers"]] == ["Ada Okafor"]
    assert task["assignee"] is None
    assert "html_notes" not in task
    assert "num_subtasks" not in task


def test_every_answer_is_dated_by_the_stand_ins_clock(office: Office) -> None:
    assert office.ada.call("GET", "/users/me").headers["date"] == "Mon, 02 Mar 2026 09:30:00 GMT"
    assert office.ada.call("GET", "/nowhere").headers["date"] == "Mon, 02 Mar 2026 09:30:00 GMT"


def test_posting_twice_makes_two_tasks(office: Office) -> None:
    assert office.ada.task(office.project) != office.ada.task(office.project)


def test_opt_fields_selects_exactly_what_it_names(office: Office) -> None:
    gid = office.ada.task(office.project, assignee="me")
    assert office.ada.get(f"/tasks/{gid}", opt_fields="name") == {
        "gid": gid,
        "resource_type": "task",
        "name": "Write minutes",
    }
    bare = office.ada.get(f"/tasks/{gid}", opt_fields="assignee,memberships.section.name")
    assert bare["assignee"] == {"gid": office.ada.gid, "resource_type": "user"}
    assert bare["memberships"] == [
        {"section": {"gid": office.section, "resource_type": "section", "name": "Untitled section"}}
    ]
    deep = office.ada.get(f"/tasks/{gid}", opt_fields="assignee.email,assignee.gid,num_subtasks")
    assert deep["assignee"] == {"gid": office.ada.gid, "resource_type": "user", "email": "ada@example.org"}
    assert deep["num_subtasks"] == 0


def test_a_listed_task_is_compact(office: Office) -> None:
    gid = office.ada.task(office.project)
    (listed,) = office.ada.get("/tasks", project=office.project)
    assert listed == {
        "gid": gid,
        "resource_type": "task",
        "name": "Write minutes",
        "resource_subtype": "default_task",
    }


@pytest.mark.parametrize("names", ["nme", "assignee.nickname", "name.length", "memberships.gid"])
def test_an_unknown_opt_field_is_refused(office: Office, names: str) -> None:
    gid = office.ada.task(office.project)
    assert names in office.ada.refused(400, "GET", f"/tasks/{gid}", opt_fields=names)


def test_a_put_changes_what_it_names_and_nothing_else(office: Office) -> None:
    gid = office.ada.task(office.project, notes="Bring cake", due_on="2026-03-09")
    office.clock.pass_by(minutes=5)
    after = office.bo.put(f"/tasks/{gid}", name="Write the minutes")
    assert (after["name"], after["notes"], after["due_on"]) == (
        "Write the minutes",
        "Bring cake",
        "2026-03-09",
    )
    assert after["modified_at"] == "2026-03-02T09:35:00.123Z"


def test_a_put_that_changes_nothing_leaves_no_trace(office: Office) -> None:
    gid = office.ada.task(office.project, notes="Bring cake", due_on="2026-03-09")
    sync = office.ada.call("GET", "/events", resource=office.project).json()["sync"]
    office.clock.pass_by(minutes=5)
    after = office.ada.put(f"/tasks/{gid}", name="Write minutes", notes="Bring cake", due_on="2026-03-09")
    assert after["modified_at"] == after["created_at"]
    assert office.ada.get("/events", resource=office.project, sync=sync) == []


def test_a_put_refused_in_one_field_changes_no_other(office: Office) -> None:
    gid = office.ada.task(office.project)
    office.ada.refused(400, "PUT", f"/tasks/{gid}", {"name": "Changed", "due_on": "2026-02-30"})
    assert office.ada.get(f"/tasks/{gid}")["name"] == "Write minutes"


@pytest.mark.parametrize(
    ("body", "message"),
    [
        ({"modified_at": "2026-03-02T09:30:00Z"}, "modified_at: Cannot write this property"),
        ({"permalink_url": "https://example.org"}, "permalink_url: Cannot write this property"),
        ({"projects": ["1"]}, "projects: Cannot write this property"),
        ({"memberships": []}, "memberships: Cannot write this property"),
        ({"parent": None}, "parent: Cannot write this property"),
        ({"tags": []}, "tags: Cannot write this property"),
        ({"titel": "x"}, "titel: Not a recognized property"),
        ({"name": None}, "name: Value is not a string: None"),
        ({"name": "\ud800"}, "name: Value is not valid Unicode"),
        ({"completed": "yes"}, "completed: Value is not a boolean: yes"),
        ({"resource_subtype": "section"}, "resource_subtype: Not a recognized value: section"),
        ({"assignee": 7}, "assignee: Not a valid GID type: int"),
        ({"assignee": "eve@example.com"}, "assignee: Not a user in Organization: eve@example.com"),
        ({"approval_status": "approved"}, "approval_status: Only approval tasks have an approval status"),
        ({"custom_fields": {"77": "x"}}, "Custom field with ID 77 is not on given object"),
        ({"notes": "a", "html_notes": "<body>a</body>"}, "You may only provide one of notes or html_notes!"),
    ],
)
def test_what_cannot_be_written_is_refused(office: Office, body: dict[str, object], message: str) -> None:
    gid = office.ada.task(office.project)
    assert office.ada.refused(400, "PUT", f"/tasks/{gid}", body) == message


def test_what_the_stand_in_does_not_imitate_is_refused_by_name(office: Office) -> None:
    gid = office.ada.task(office.project)
    message = office.ada.refused(400, "PUT", f"/tasks/{gid}", {"assignee_status": "today"})
    assert "stand-in" in message


def test_a_task_needs_somewhere_to_live(office: Office) -> None:
    message = office.ada.refused(400, "POST", "/tasks", {"name": "Adrift"})
    assert message == "You should specify one of workspace, parent, projects"
    alone = office.ada.post("/tasks", name="Mine", workspace=office.state.workspace.gid)
    assert alone["projects"] == []


@pytest.mark.parametrize(
    ("field", "value", "message"),
    [
        ("projects", ["99"], "projects: Unknown object: 99"),
        ("projects", ["Data practice"], "projects: Not a recognized ID: Data practice"),
        ("projects", [7], "projects: Not a valid GID type: int"),
        ("projects", "7", "projects: Value is not a JSON array: 7"),
        ("tags", ["99"], "tags: Unknown object: 99"),
        ("followers", ["nobody"], "followers: Not a user in Organization: nobody"),
        ("workspace", "99", "workspace: Unknown object: 99"),
        ("memberships", [{"section": "1"}], "memberships: project: Missing required field"),
    ],
)
def test_unknown_objects_in_a_body_are_refused_400(office: Office, field: str, value: object, message: str) -> None:
    body = {"name": "x", "workspace": office.state.workspace.gid, field: value}
    assert office.ada.refused(400, "POST", "/tasks", body) == message
    assert office.state.tasks == {}


@pytest.mark.parametrize(
    ("content", "message"),
    [
        (b'{"name": "x"}', "Unrecognized request field name ."),
        (b"[]", "Could not parse request data, invalid JSON"),
        (b"{", "Could not parse request data, invalid JSON"),
        (b"", "Could not parse request data, invalid JSON"),
        (b"{}", "data: Missing input"),
        (b'{"data": []}', "data: Missing input"),
    ],
)
def test_a_body_without_its_data_wrapper_is_refused(office: Office, content: bytes, message: str) -> None:
    headers = {"Content-Type": "application/json"}
    answer = office.ada.client.post("/tasks", content=content, headers=headers)
    assert answer.status_code == 400
    assert answer.json()["errors"][0]["message"].startswith(message)


def test_fields_can_be_named_in_the_options_of_a_body(office: Office) -> None:
    body = {"data": {"name": "x", "projects": [office.project]}, "options": {"fields": ["name"]}}
    shown = office.ada.client.post("/tasks", json=body).json()["data"]
    assert set(shown) == {"gid", "resource_type", "name"}


def test_completing_notes_when_and_by_whom(office: Office) -> None:
    gid = office.ada.task(office.project)
    office.bo.put(f"/tasks/{gid}", completed=True)
    done = office.ada.get(f"/tasks/{gid}", opt_fields="completed,completed_at,completed_by.name")
    assert (done["completed_at"], done["completed_by"]["name"]) == (
        "2026-03-02T09:30:00.123Z",
        "Bo Lindqvist",
    )
    office.bo.put(f"/tasks/{gid}", completed=False)
    undone = office.ada.get(f"/tasks/{gid}", opt_fields="completed,completed_at,completed_by")
    assert (undone["completed"], undone["completed_at"], undone["completed_by"]) == (False, None, None)


def test_approval_and_completion_move_together(office: Office) -> None:
    gid = office.ada.task(office.project, resource_subtype="approval")
    path = f"/tasks/{gid}"
    assert office.ada.put(path, approval_status="changes_requested")["completed"] is True
    assert office.ada.put(path, completed=False)["approval_status"] == "pending"
    assert office.ada.put(path, completed=True)["approval_status"] == "approved"
    both = {"approval_status": "pending", "completed": True}
    assert "contradict" in office.ada.refused(400, "PUT", path, both)


def test_assigning_makes_a_follower_and_reaches_only_the_inbox(office: Office) -> None:
    gid = office.ada.task(office.project, assignee="bo@example.org")
    task = office.ada.get(f"/tasks/{gid}", opt_fields="followers.name,assigned_by.name")
    assert [person["name"] for person in task["followers"]] == ["Ada Okafor", "Bo Lindqvist"]
    assert task["assigned_by"]["name"] == "Ada Okafor"
    office.ada.put(f"/tasks/{gid}", assignee=None)
    assert office.ada.get(f"/tasks/{gid}", opt_fields="assigned_by")["assigned_by"] is None
    office.ada.put(f"/tasks/{gid}", assignee="me")
    assert office.state.notified == [(office.bo.gid, "assigned", gid, "inbox")]


def test_followers_come_and_go(office: Office) -> None:
    gid = office.ada.task(office.project)
    added = office.ada.post(f"/tasks/{gid}/addFollowers", followers=[office.bo.gid, "me"])
    assert [person["gid"] for person in added["followers"]] == [office.ada.gid, office.bo.gid]
    removed = office.ada.post(f"/tasks/{gid}/removeFollowers", followers=["me"])
    assert [person["gid"] for person in removed["followers"]] == [office.bo.gid]
    assert office.state.notified == [(office.bo.gid, "follows", gid, "inbox")]


def test_a_task_can_be_created_with_followers_and_below_a_parent(office: Office) -> None:
    parent = office.ada.task(office.project)
    child = office.ada.post("/tasks", name="x", parent=parent, followers=["bo@example.org"])
    assert child["parent"]["gid"] == parent
    assert [person["gid"] for person in child["followers"]] == [office.ada.gid, office.bo.gid]
    office.ada.refused(400, "POST", f"/tasks/{parent}/subtasks", {"name": "x", "parent": parent})
    office.ada.refused(400, "POST", f"/tasks/{parent}/addFollowers", {})


def test_a_like_is_personal_and_changes_nothing_else(office: Office) -> None:
    gid = office.ada.task(office.project)
    office.clock.pass_by(minutes=1)
    liked = office.ada.put(f"/tasks/{gid}", liked=True)
    assert (liked["liked"], liked["num_likes"], liked["modified_at"]) == (True, 1, liked["created_at"])
    assert office.bo.get(f"/tasks/{gid}")["liked"] is False
    assert office.ada.put(f"/tasks/{gid}", liked=False)["num_likes"] == 0


def test_an_empty_map_of_custom_fields_is_taken(office: Office) -> None:
    gid = office.ada.task(office.project)
    assert office.ada.put(f"/tasks/{gid}", custom_fields={})["custom_fields"] == []
    office.ada.refused(400, "PUT", f"/tasks/{gid}", {"custom_fields": []})


def test_tags_belong_to_the_workspace_and_to_many_tasks(office: Office) -> None:
    workspace = office.state.workspace.gid
    tag = office.ada.post("/tags", name="urgent", workspace=workspace, color="dark-red")["gid"]
    first, second = office.ada.task(office.project, tags=[tag]), office.ada.task(office.project)
    office.bo.post(f"/tasks/{second}/addTag", tag=tag)
    office.bo.post(f"/tasks/{second}/addTag", tag=tag)
    assert office.ada.get(f"/tasks/{second}")["tags"] == [{"gid": tag, "resource_type": "tag", "name": "urgent"}]
    office.bo.post(f"/tasks/{first}/removeTag", tag=tag)
    assert office.ada.get(f"/tasks/{first}", opt_fields="tags")["tags"] == []
    assert [one["name"] for one in office.ada.get(f"/workspaces/{workspace}/tags")] == ["urgent"]
    assert office.ada.get(f"/tags/{tag}")["color"] == "dark-red"
    office.ada.post(f"/workspaces/{workspace}/tags", name="urgent")
    assert [one["name"] for one in office.ada.get("/tags", workspace=workspace)] == ["urgent", "urgent"]
    assert office.ada.refused(400, "POST", "/tags", {"name": "x"}) == "workspace: Missing input"


def test_external_data_is_for_oauth_apps_only(office: Office) -> None:
    body = {"name": "x", "projects": [office.project], "external": {"gid": "copsync:1", "data": "{}"}}
    office.ada.refused(403, "POST", "/tasks", body)
    office.state.external_allowed = True
    gid = office.ada.data("POST", "/tasks", body)["gid"]
    found = office.ada.get("/tasks/external:copsync:1", opt_fields="external,external.data")
    assert found == {
        "gid": gid,
        "resource_type": "task",
        "external": {"gid": "copsync:1", "data": "{}"},
    }
    assert "Another task" in office.ada.refused(400, "POST", "/tasks", body)
    office.ada.put("/tasks/external:copsync:1", external={"gid": "copsync:2"})
    office.ada.refused(404, "GET", "/tasks/external:copsync:1")
    office.ada.put("/tasks/external:copsync:2", external={"data": "more"})
    assert office.ada.get(f"/tasks/{gid}", opt_fields="external.data")["external"] == {
        "gid": "copsync:2",
        "data": "more",
    }
    office.state.external_allowed = False
    office.ada.refused(404, "GET", "/tasks/external:copsync:2")
    assert "external" not in office.ada.get(f"/tasks/{gid}", opt_fields="external")


def test_external_data_has_limits(office: Office) -> None:
    office.state.external_allowed = True
    gid = office.ada.task(office.project)
    office.ada.put(f"/tasks/{gid}", external={"gid": "x" * 1024})
    assert office.ada.get(f"/tasks/{gid}")["external"] == {"gid": "x" * 1024}
    long: list[object] = [{"gid": "x" * 1025}, {"data": "x" * 32769}, {"name": "x"}, {"gid": 7}, None]
    for body in long:
        office.ada.refused(400, "PUT", f"/tasks/{gid}", {"external": body})


def test_modified_at_moves_with_comments_but_not_with_tags_or_followers(office: Office) -> None:
    gid = office.ada.task(office.project)
    tag = office.state.add_tag("urgent")
    office.clock.pass_by(minutes=1)
    office.ada.post(f"/tasks/{gid}/addTag", tag=tag)
    office.ada.post(f"/tasks/{gid}/addFollowers", followers=[office.bo.gid])
    task = office.ada.get(f"/tasks/{gid}")
    assert task["modified_at"] == task["created_at"]
    office.state.comment(gid, by=office.ada.gid)
    assert office.ada.get(f"/tasks/{gid}")["modified_at"] == "2026-03-02T09:31:00.123Z"
    assert office.state.notified[-1] == (office.bo.gid, "commented", gid, "email")


def test_setting_up_in_python_is_the_same_as_over_http(office: Office) -> None:
    done = office.state.add_task(office.project, "Seeded", by=office.bo.gid, due_on="2026-04-01")
    task = office.ada.get(f"/tasks/{done}", opt_fields="name,due_on,created_by,memberships.project.name")
    assert (task["name"], task["due_on"], task["created_by"]["gid"]) == ("Seeded", "2026-04-01", office.bo.gid)
    assert task["memberships"][0]["project"]["name"] == "Data practice"


def test_every_request_is_logged_by_method_path_and_status(office: Office) -> None:
    gid = office.ada.task(office.project)
    office.ada.refused(404, "GET", "/tasks/99")
    httpx.get(f"{office.base_url}/users/me", verify=TLS)
    assert office.state.requests == [
        ("POST", "/tasks", 201),
        ("GET", "/tasks/99", 404),
        ("GET", "/users/me", 401),
    ]
    assert gid in office.state.tasks
    assert "token" not in repr(office.state)
