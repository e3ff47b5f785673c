"""Deletion, the trash and what comes back."""

import pytest

from sandbox.asana import NothingToRestoreError
from tests.sandbox.asana.desk import Office


def test_a_deleted_task_is_gone_from_every_list_and_answers_404(office: Office) -> None:
    gid = office.ada.task(office.project)
    assert office.ada.data("DELETE", f"/tasks/{gid}") == {}
    assert office.ada.refused(404, "GET", f"/tasks/{gid}") == f"task: Unknown object: {gid}"
    office.ada.refused(404, "PUT", f"/tasks/{gid}", {"name": "x"})
    office.ada.refused(404, "DELETE", f"/tasks/{gid}")
    assert office.ada.get("/tasks", project=office.project) == []
    assert office.ada.get("/tasks", section=office.section) == []


def test_subtasks_go_and_come_back_with_their_parent(office: Office) -> None:
    parent = office.ada.task(office.project)
    kept = office.ada.post(f"/tasks/{parent}/subtasks", name="kept")["gid"]
    gone = office.ada.post(f"/tasks/{parent}/subtasks", name="gone before")["gid"]
    office.ada.data("DELETE", f"/tasks/{gone}")
    office.ada.data("DELETE", f"/tasks/{parent}")
    office.ada.refused(404, "GET", f"/tasks/{kept}")
    office.clock.pass_by(days=2)
    office.state.restore_task(parent)
    assert [one["gid"] for one in office.ada.get(f"/tasks/{parent}/subtasks")] == [kept]
    back = office.ada.get(f"/tasks/{parent}")
    assert back["memberships"][0]["section"]["gid"] == office.section
    assert back["modified_at"] == "2026-03-04T09:30:00.123Z"


def test_the_trash_is_emptied_after_thirty_days(office: Office) -> None:
    gid = office.ada.task(office.project)
    with pytest.raises(NothingToRestoreError, match="not in the trash"):
        office.state.restore_task(gid)
    office.ada.data("DELETE", f"/tasks/{gid}")
    office.clock.pass_by(days=30)
    with pytest.raises(NothingToRestoreError, match="30 days"):
        office.state.restore_task(gid)


def test_an_archived_project_stays_readable_and_writable(office: Office) -> None:
    gid = office.ada.task(office.project)
    office.state.archive_project(office.project)
    assert office.ada.get(f"/projects/{office.project}")["archived"] is True
    assert office.ada.put(f"/tasks/{gid}", name="Still here")["name"] == "Still here"
    path = f"/workspaces/{office.state.workspace.gid}/projects"
    assert len(office.ada.get(path)) == len(office.ada.get(path, archived="true")) == 1
    assert office.ada.get(path, archived="false") == []


def test_a_deleted_project_takes_the_tasks_that_live_nowhere_else(office: Office) -> None:
    other = office.state.add_project("Other")
    alone, shared = office.ada.task(office.project), office.ada.task(office.project)
    office.ada.post(f"/tasks/{shared}/addProject", project=other)
    office.ada.data("DELETE", f"/projects/{office.project}")
    office.ada.refused(404, "GET", f"/projects/{office.project}")
    office.ada.refused(404, "GET", "/tasks", project=office.project)
    office.ada.refused(404, "GET", f"/sections/{office.section}")
    office.ada.refused(404, "GET", "/events", resource=office.project)
    office.ada.refused(404, "GET", f"/tasks/{alone}")
    assert [p["gid"] for p in office.ada.get(f"/tasks/{shared}")["projects"]] == [other]
    assert [p["gid"] for p in office.ada.get("/projects")] == [other]
    office.state.delete_project(other)
    office.ada.refused(404, "GET", f"/tasks/{shared}")


def test_a_task_restored_after_its_project_was_deleted_stands_nowhere(office: Office) -> None:
    gid = office.ada.task(office.project)
    office.ada.data("DELETE", f"/tasks/{gid}")
    office.ada.data("DELETE", f"/projects/{office.project}")
    office.state.restore_task(gid)
    task = office.ada.get(f"/tasks/{gid}")
    assert (task["memberships"], task["projects"]) == ([], [])
