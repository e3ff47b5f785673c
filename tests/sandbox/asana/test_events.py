"""Sync tokens and what bubbles up into the stream of a project."""

from datetime import timedelta
from typing import Any

import httpx

from tests.sandbox.asana.desk import Desk, Office


def first_sync(desk: Desk, resource: str) -> str:
    answer = desk.call("GET", "/events", resource=resource)
    assert answer.status_code == 412
    sync: str = answer.json()["sync"]
    return sync


def told(answer: httpx.Response) -> list[tuple[Any, ...]]:
    """Shorten events to (type, action, parent's type or changed field), without the stories."""
    assert answer.status_code == 200, answer.text
    return [
        (
            event["type"],
            event["action"],
            event["change"]["field"] if "change" in event else (event["parent"] or {}).get("resource_type"),
        )
        for event in answer.json()["data"]
        if event["type"] != "story"
    ]


def since(desk: Desk, resource: str, sync: str) -> httpx.Response:
    return desk.call("GET", "/events", resource=resource, sync=sync)


def test_without_a_token_the_answer_is_412_with_a_fresh_one(office: Office) -> None:
    answer = office.ada.call("GET", "/events", resource=office.project)
    assert answer.status_code == 412
    assert "Sync token invalid or too old" in answer.json()["errors"][0]["message"]
    assert told(since(office.ada, office.project, answer.json()["sync"])) == []


def test_a_task_that_comes_changes_and_goes(office: Office) -> None:
    sync = first_sync(office.bo, office.project)
    gid = office.ada.task(office.project)
    office.ada.put(f"/tasks/{gid}", name="Minutes", assignee=office.bo.gid)
    office.ada.data("DELETE", f"/tasks/{gid}")
    office.state.restore_task(gid, by=office.ada.gid)
    answer = since(office.bo, office.project, sync)
    assert told(answer) == [
        ("task", "added", "project"),
        ("task", "added", "section"),
        ("task", "changed", "name"),
        ("task", "changed", "assignee"),
        ("task", "deleted", None),
        ("task", "undeleted", None),
    ]
    assigned = next(e for e in answer.json()["data"] if e.get("change", {}).get("field") == "assignee")
    assert assigned["user"]["gid"] == office.ada.gid
    assert assigned["resource"] == {"gid": gid, "resource_type": "task", "name": "Minutes"}
    assert assigned["change"]["new_value"]["gid"] == office.bo.gid


def test_history_notes_appear_as_stories_of_their_task(office: Office) -> None:
    gid = office.ada.task(office.project)
    sync = first_sync(office.ada, office.project)
    office.ada.put(f"/tasks/{gid}", completed=True)
    stories = [e for e in since(office.ada, office.project, sync).json()["data"] if e["type"] == "story"]
    assert [(story["action"], story["parent"]["gid"]) for story in stories] == [("added", gid)]


def test_subtasks_bubble_up_to_the_project_of_their_parent(office: Office) -> None:
    parent = office.ada.task(office.project)
    sync = first_sync(office.ada, office.project)
    child = office.ada.post(f"/tasks/{parent}/subtasks", name="Book a room")["gid"]
    office.ada.put(f"/tasks/{child}", completed=True)
    assert told(since(office.ada, office.project, sync)) == [
        ("task", "added", "task"),
        ("task", "changed", "completed"),
    ]


def test_tags_and_followers_tell_what_was_added(office: Office) -> None:
    gid = office.ada.task(office.project)
    tag = office.state.add_tag("urgent")
    sync = first_sync(office.ada, gid)
    office.ada.post(f"/tasks/{gid}/addTag", tag=tag)
    office.ada.post(f"/tasks/{gid}/removeTag", tag=tag)
    office.ada.post(f"/tasks/{gid}/addFollowers", followers=[office.bo.gid])
    changes = [event["change"] for event in since(office.ada, gid, sync).json()["data"]]
    assert [(c["field"], c["action"]) for c in changes] == [
        ("tags", "added"),
        ("tags", "removed"),
        ("followers", "added"),
    ]
    assert changes[0]["added_value"] == {"gid": tag, "resource_type": "tag", "name": "urgent"}
    assert changes[1]["removed_value"]["gid"] == tag


def test_sections_and_the_project_itself_are_in_its_stream(office: Office) -> None:
    sync = first_sync(office.ada, office.project)
    section = office.ada.post(f"/projects/{office.project}/sections", name="Next")["gid"]
    office.ada.put(f"/sections/{section}", name="Next up")
    office.ada.data("DELETE", f"/sections/{section}")
    office.state.archive_project(office.project)
    assert told(since(office.ada, office.project, sync)) == [
        ("section", "added", "project"),
        ("section", "changed", "name"),
        ("section", "deleted", None),
        ("project", "changed", "archived"),
    ]


def test_a_hundred_events_at_a_time(office: Office) -> None:
    sync = first_sync(office.ada, office.project)
    gid = office.state.add_task(office.project, "n", by=office.ada.gid)
    for number in range(120):
        office.ada.put(f"/tasks/{gid}", name=f"n{number}")
    sizes: list[int] = []
    more = True
    while more:
        body = since(office.ada, office.project, sync).json()
        sizes.append(len(body["data"]))
        sync, more = body["sync"], body["has_more"]
    # Three for the new task with its story, two for each rename with its story.
    assert sizes == [100, 100, 43]


def test_the_current_token_can_be_asked_again_an_older_one_cannot(office: Office) -> None:
    first = first_sync(office.ada, office.project)
    office.ada.task(office.project)
    answer = since(office.ada, office.project, first)
    assert told(since(office.ada, office.project, first)) == told(answer)
    second = answer.json()["sync"]
    assert since(office.ada, office.project, second).status_code == 200
    assert since(office.ada, office.project, first).status_code == 412
    assert since(office.ada, office.project, second).status_code == 200


def test_a_token_belongs_to_its_resource_and_its_user(office: Office) -> None:
    sync = first_sync(office.ada, office.project)
    other = office.state.add_project("Other")
    assert since(office.ada, other, sync).status_code == 412
    assert since(office.bo, office.project, sync).status_code == 412
    assert since(office.ada, office.project, "made-up").status_code == 412


def test_tokens_expire_by_age_by_count_and_at_will(office: Office) -> None:
    old = first_sync(office.ada, office.project)
    office.clock.pass_by(hours=24)
    expired = since(office.ada, office.project, old)
    assert expired.status_code == 412
    fresh = expired.json()["sync"]
    office.state.sync_token_life = timedelta(minutes=5)
    office.clock.pass_by(minutes=5)
    assert since(office.ada, office.project, fresh).status_code == 412
    office.state.sync_token_life = 2
    few = first_sync(office.ada, office.project)
    office.ada.task(office.project)
    assert since(office.ada, office.project, few).status_code == 412
    office.state.sync_token_life = timedelta(hours=24)
    last = first_sync(office.ada, office.project)
    office.state.expire_sync_tokens()
    assert since(office.ada, office.project, last).status_code == 412


def test_events_can_be_late(office: Office) -> None:
    office.state.event_delay = timedelta(seconds=30)
    sync = first_sync(office.ada, office.project)
    office.ada.task(office.project)
    early = since(office.ada, office.project, sync)
    assert told(early) == []
    office.clock.pass_by(seconds=30)
    assert len(told(since(office.ada, office.project, early.json()["sync"]))) == 2


def test_events_need_a_resource_that_has_some(office: Office) -> None:
    office.ada.refused(400, "GET", "/events")
    office.ada.refused(404, "GET", "/events", resource="99")
    office.ada.refused(403, "GET", "/events", resource=office.state.workspace.gid)


def test_opt_fields_select_in_events_too(office: Office) -> None:
    sync = first_sync(office.ada, office.project)
    office.ada.task(office.project)
    body = office.ada.call("GET", "/events", resource=office.project, sync=sync, opt_fields="action,resource").json()
    assert set(body["data"][0]) == {"action", "resource"}
    assert set(body["data"][0]["resource"]) == {"gid", "resource_type"}
