"""Sections, projects and parents: where tasks stand and how they move."""

from tests.sandbox.asana.desk import Office


def names(office: Office, path: str) -> list[str]:
    return [one["name"] for one in office.ada.get(path)]


def test_a_project_starts_with_one_section_and_orders_the_rest(office: Office) -> None:
    path = f"/projects/{office.project}/sections"
    office.ada.post(path, name="Done")
    done = office.ada.get(path)[1]["gid"]
    office.ada.post(path, name="Next", insert_before=done)
    office.ada.post(path, name="Later", insert_after=office.section)
    assert names(office, path) == ["Untitled section", "Later", "Next", "Done"]
    assert office.ada.get(f"/sections/{done}")["project"]["gid"] == office.project
    for body in ({}, {"name": " "}, {"name": "x", "insert_before": done, "insert_after": done}):
        office.ada.refused(400, "POST", path, body)
    other = office.state.projects[office.state.add_project("Other")].sections[0].gid
    office.ada.refused(400, "POST", path, {"name": "x", "insert_before": other})


def test_a_section_is_deleted_only_when_empty_and_not_the_last(office: Office) -> None:
    gid = office.ada.task(office.project)
    assert "not empty" in office.ada.refused(400, "DELETE", f"/sections/{office.section}")
    office.ada.data("DELETE", f"/tasks/{gid}")
    assert "last section" in office.ada.refused(400, "DELETE", f"/sections/{office.section}")
    next_section = office.state.add_section(office.project, "Next")
    office.ada.data("DELETE", f"/sections/{office.section}")
    office.ada.refused(404, "GET", f"/sections/{office.section}")
    office.state.restore_task(gid)
    (task,) = office.ada.get(f"/sections/{next_section}/tasks")
    assert task["gid"] == gid
    assert office.ada.get(f"/tasks/{gid}")["memberships"][0]["section"]["gid"] == next_section


def test_only_the_name_of_a_section_changes(office: Office) -> None:
    path = f"/sections/{office.section}"
    assert office.ada.put(path, name="Inbox")["name"] == "Inbox"
    office.ada.refused(400, "PUT", path, {"project": office.project})
    office.ada.refused(400, "PUT", path, {"name": ""})
    office.ada.refused(400, "PUT", path, {})


def test_a_move_between_sections_is_removed_and_added_and_leaves_modified_at(office: Office) -> None:
    section = office.state.add_section(office.project, "Next")
    gid = office.ada.task(office.project)
    sync = office.ada.call("GET", "/events", resource=office.project).json()["sync"]
    office.clock.pass_by(hours=1)
    assert office.ada.post(f"/sections/{section}/addTask", task=gid) == {}
    task = office.ada.get(f"/tasks/{gid}")
    assert task["memberships"][0]["section"]["name"] == "Next"
    assert len(task["memberships"]) == 1
    assert task["modified_at"] == task["created_at"]
    events = office.ada.get("/events", resource=office.project, sync=sync)
    moves = [(e["action"], e["parent"]["gid"]) for e in events if e["type"] == "task"]
    assert moves == [("removed", office.section), ("added", section)]


def test_order_within_a_section(office: Office) -> None:
    first, second, third = (office.ada.task(office.project, name) for name in ("a", "b", "c"))
    path = f"/sections/{office.section}"
    assert names(office, f"{path}/tasks") == ["c", "b", "a"]
    office.ada.post(f"{path}/addTask", task=first)
    assert names(office, f"{path}/tasks") == ["a", "c", "b"]
    office.ada.post(f"{path}/addTask", task=first, insert_after=third)
    assert names(office, f"{path}/tasks") == ["c", "a", "b"]
    sync = office.ada.call("GET", "/events", resource=office.project).json()["sync"]
    office.ada.post(f"{path}/addTask", task=first, insert_before=third)
    assert names(office, f"{path}/tasks") == ["a", "c", "b"]
    assert office.ada.get("/events", resource=office.project, sync=sync) == []
    both = {"task": first, "insert_before": second, "insert_after": third}
    office.ada.refused(400, "POST", f"{path}/addTask", both)
    office.ada.refused(400, "POST", f"{path}/addTask", {"task": first, "insert_after": first})
    office.ada.refused(400, "POST", f"{path}/addTask", {})


def test_a_section_takes_only_tasks_of_its_project(office: Office) -> None:
    other = office.state.add_project("Other")
    gid = office.ada.task(other)
    message = office.ada.refused(400, "POST", f"/sections/{office.section}/addTask", {"task": gid})
    assert "not in the project" in message


def test_one_task_in_several_projects(office: Office) -> None:
    other = office.state.add_project("Other")
    section = office.state.add_section(other, "Shared")
    gid = office.ada.task(office.project)
    office.ada.post(f"/tasks/{gid}/addProject", project=other, section=section)
    task = office.ada.get(f"/tasks/{gid}", opt_fields="projects.name,memberships.section.name")
    assert [project["name"] for project in task["projects"]] == ["Data practice", "Other"]
    assert [m["section"]["name"] for m in task["memberships"]] == ["Untitled section", "Shared"]
    for project in (office.project, other):
        assert [one["gid"] for one in office.ada.get("/tasks", project=project)] == [gid]
    office.ada.post(f"/tasks/{gid}/removeProject", project=office.project)
    office.ada.post(f"/tasks/{gid}/removeProject", project=office.project)
    assert office.ada.get("/tasks", project=office.project) == []
    assert office.ada.get(f"/tasks/{gid}")["projects"][0]["gid"] == other


def test_a_task_taken_out_of_its_project_is_not_deleted(office: Office) -> None:
    gid = office.ada.task(office.project)
    sync = office.ada.call("GET", "/events", resource=office.project).json()["sync"]
    office.ada.post(f"/tasks/{gid}/removeProject", project=office.project)
    assert office.ada.get(f"/tasks/{gid}")["memberships"] == []
    events = office.ada.get("/events", resource=office.project, sync=sync)
    assert [(e["action"], e["parent"]["resource_type"]) for e in events] == [
        ("removed", "section"),
        ("removed", "project"),
    ]


def test_adding_a_project_again_moves_the_task_to_its_end(office: Office) -> None:
    office.state.add_section(office.project, "Done")
    gid = office.ada.task(office.project)
    office.ada.post(f"/tasks/{gid}/addProject", project=office.project)
    assert office.ada.get(f"/tasks/{gid}")["memberships"][0]["section"]["name"] == "Done"
    office.ada.post(f"/tasks/{gid}/addProject", project=office.project, insert_after=None)
    assert office.ada.get(f"/tasks/{gid}")["memberships"][0]["section"]["gid"] == office.section


def test_places_of_add_project(office: Office) -> None:
    anchor, gid = office.ada.task(office.project, "anchor"), office.ada.task(office.project, "moved")
    path = f"/tasks/{gid}/addProject"
    office.ada.post(path, project=office.project, insert_after=anchor)
    assert names(office, f"/projects/{office.project}/tasks") == ["anchor", "moved"]
    office.ada.post(path, project=office.project, section=office.section, insert_before=anchor)
    assert names(office, f"/projects/{office.project}/tasks") == ["moved", "anchor"]
    other = office.state.add_project("Other")
    foreign = office.state.projects[other].sections[0].gid
    office.ada.refused(400, "POST", path, {"project": office.project, "section": foreign})
    office.ada.refused(400, "POST", path, {"project": other, "insert_after": anchor})
    office.ada.refused(400, "POST", path, {"section": office.section})
    office.ada.refused(400, "POST", path, {"project": "99"})


def test_at_most_twenty_projects(office: Office) -> None:
    many = [office.state.add_project(f"P{number}") for number in range(20)]
    gid = office.ada.post("/tasks", name="Everywhere", projects=many)["gid"]
    message = office.ada.refused(400, "POST", f"/tasks/{gid}/addProject", {"project": office.project})
    assert "20 projects" in message
    office.ada.refused(400, "POST", "/tasks", {"name": "x", "projects": [*many, office.project]})


def test_created_straight_into_a_section(office: Office) -> None:
    section = office.state.add_section(office.project, "Next")
    home = {"project": office.project, "section": section}
    gid = office.ada.post("/tasks", name="x", memberships=[home])["gid"]
    assert office.ada.get("/tasks", section=section)[0]["gid"] == gid
    other = office.state.add_project("Other")
    stray = {"name": "x", "memberships": [{"project": other, "section": section}]}
    office.ada.refused(400, "POST", "/tasks", stray)


def test_subtasks_have_a_parent_and_no_project(office: Office) -> None:
    parent = office.ada.task(office.project)
    child = office.ada.post(f"/tasks/{parent}/subtasks", name="Book a room")
    assert child["parent"]["gid"] == parent
    assert child["projects"] == []
    assert [one["gid"] for one in office.ada.get("/tasks", project=office.project)] == [parent]
    assert names(office, f"/tasks/{parent}/subtasks") == ["Book a room"]
    assert office.ada.get(f"/tasks/{parent}", opt_fields="num_subtasks")["num_subtasks"] == 1
    assert office.bo.get(f"/tasks/{child['gid']}")["name"] == "Book a room"


def test_set_parent_moves_frees_and_orders(office: Office) -> None:
    parent, first, second = (office.ada.task(office.project, name) for name in ("p", "a", "b"))
    office.clock.pass_by(minutes=1)
    moved = office.ada.post(f"/tasks/{first}/setParent", parent=parent)
    assert moved["parent"]["gid"] == parent
    assert moved["modified_at"] == moved["created_at"]
    office.ada.post(f"/tasks/{second}/setParent", parent=parent, insert_before=first)
    assert names(office, f"/tasks/{parent}/subtasks") == ["b", "a"]
    assert office.ada.post(f"/tasks/{first}/setParent", parent=None)["parent"] is None
    assert names(office, f"/tasks/{parent}/subtasks") == ["b"]
    path = f"/tasks/{second}/setParent"
    office.ada.refused(400, "POST", path, {"parent": parent, "insert_after": first})
    office.ada.refused(400, "POST", path, {})


def test_subtasks_nest_five_levels_and_never_in_circles(office: Office) -> None:
    chain = [office.ada.task(office.project)]
    for level in range(5):
        chain.append(office.ada.post(f"/tasks/{chain[-1]}/subtasks", name=f"level {level}")["gid"])
    message = office.ada.refused(400, "POST", f"/tasks/{chain[-1]}/subtasks", {"name": "too deep"})
    assert "deeper than 5" in message
    office.ada.refused(400, "POST", f"/tasks/{chain[0]}/setParent", {"parent": chain[2]})
    office.ada.refused(400, "POST", f"/tasks/{chain[0]}/setParent", {"parent": chain[0]})
    loose = office.ada.task(office.project)
    office.ada.post(f"/tasks/{loose}/subtasks", name="below")
    office.ada.refused(400, "POST", f"/tasks/{loose}/setParent", {"parent": chain[4]})
