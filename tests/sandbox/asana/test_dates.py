"""Due and start: what replaces what, what must come together, what is refused."""

from typing import Any

import pytest

from tests.sandbox.asana.desk import Office

SHOWN = "due_on,due_at,start_on,start_at"


def dates(office: Office, gid: str) -> tuple[Any, ...]:
    task = office.ada.get(f"/tasks/{gid}", opt_fields=SHOWN)
    return tuple(task[name] for name in SHOWN.split(","))


def test_a_timed_task_shows_the_day_derived_in_the_readers_zone(office: Office) -> None:
    gid = office.ada.task(office.project, due_at="2026-03-08T23:30:00.500Z")
    assert dates(office, gid) == ("2026-03-08", "2026-03-08T23:30:00.500Z", None, None)
    office.state.time_zone = "Europe/Berlin"
    assert dates(office, gid)[0] == "2026-03-09"


def test_day_and_time_replace_each_other(office: Office) -> None:
    gid = office.ada.task(office.project, due_at="2026-03-08T10:00:00Z")
    office.ada.put(f"/tasks/{gid}", due_on="2026-03-10")
    assert dates(office, gid) == ("2026-03-10", None, None, None)
    office.ada.put(f"/tasks/{gid}", due_at="2026-03-11T10:00:00+01:00")
    assert dates(office, gid) == ("2026-03-11", "2026-03-11T09:00:00.000Z", None, None)
    office.ada.put(f"/tasks/{gid}", due_on=None)
    assert dates(office, gid) == (None, None, None, None)


def test_clearing_the_time_of_a_date_only_task_leaves_the_day(office: Office) -> None:
    gid = office.ada.task(office.project, due_on="2026-03-10")
    office.ada.put(f"/tasks/{gid}", due_at=None)
    assert dates(office, gid)[0] == "2026-03-10"
    office.ada.put(f"/tasks/{gid}", due_at="2026-03-11T10:00:00Z")
    office.ada.put(f"/tasks/{gid}", due_at=None)
    assert dates(office, gid) == (None, None, None, None)


def test_start_and_due_come_and_go_together(office: Office) -> None:
    gid = office.ada.task(office.project, start_on="2026-03-01", due_on="2026-03-10")
    assert dates(office, gid) == ("2026-03-10", None, "2026-03-01", None)
    office.ada.put(f"/tasks/{gid}", start_at="2026-03-02T08:00:00Z", due_at="2026-03-02T17:00:00Z")
    assert dates(office, gid) == (
        "2026-03-02",
        "2026-03-02T17:00:00.000Z",
        "2026-03-02",
        "2026-03-02T08:00:00.000Z",
    )
    office.ada.put(f"/tasks/{gid}", start_on=None, due_on=None)
    assert dates(office, gid) == (None, None, None, None)


@pytest.mark.parametrize(
    "body",
    [
        {"due_on": "2026-03-10", "due_at": "2026-03-10T10:00:00Z"},
        {"due_on": None, "due_at": "2026-03-10T10:00:00Z"},
        {"start_on": "2026-03-01"},
        {"start_on": None},
        {"start_on": "2026-03-01", "due_on": None},
        {"start_on": "2026-03-10", "due_on": "2026-03-10"},
        {"start_on": "2026-03-11", "due_on": "2026-03-10"},
        {"start_on": "2026-03-10", "due_at": "2026-03-10T18:00:00Z"},
        {"start_at": "2026-03-10T08:00:00Z", "due_on": "2026-03-10"},
        {"start_at": "2026-03-10T08:00:00Z", "due_at": "2026-03-10T08:00:00Z"},
        {"start_on": "2026-03-01", "start_at": "2026-03-01T08:00:00Z", "due_at": "2026-03-10T08:00:00Z"},
        {"due_on": "2026-02-29"},
        {"due_on": "10.03.2026"},
        {"due_on": "2026-03-10T10:00:00Z"},
        {"due_on": "20260310"},
        {"due_on": 5},
        {"due_at": "2026-03-10"},
        {"due_at": "2026-03-10T10:00:00"},
        {"due_at": "2026-03-10T25:00:00Z"},
        {"due_at": "0001-01-01T00:00:00+14:00"},
    ],
)
def test_impossible_dates_are_refused_and_change_nothing(office: Office, body: dict[str, Any]) -> None:
    gid = office.ada.task(office.project)
    office.ada.refused(400, "PUT", f"/tasks/{gid}", body)
    office.ada.refused(400, "POST", "/tasks", {"name": "x", "projects": [office.project], **body})
    assert dates(office, gid) == (None, None, None, None)
    assert len(office.state.tasks) == 1


def test_a_due_date_cannot_leave_a_start_behind(office: Office) -> None:
    gid = office.ada.task(office.project, start_on="2026-03-05", due_on="2026-03-10")
    for body in ({"due_on": None}, {"due_on": "2026-03-05"}, {"due_on": "2026-03-01"}):
        office.ada.refused(400, "PUT", f"/tasks/{gid}", body)
    timed = office.ada.task(office.project, start_at="2026-03-05T08:00:00Z", due_at="2026-03-05T09:00:00Z")
    office.ada.refused(400, "PUT", f"/tasks/{timed}", {"due_on": "2026-03-10"})


def test_a_milestone_has_no_start(office: Office) -> None:
    start = {"start_on": "2026-03-01", "due_on": "2026-03-10"}
    body = {"name": "Launch", "projects": [office.project], "resource_subtype": "milestone"}
    assert "milestone" in office.ada.refused(400, "POST", "/tasks", {**body, **start})
    gid = office.ada.task(office.project, **start)
    office.ada.refused(400, "PUT", f"/tasks/{gid}", {"resource_subtype": "milestone"})
    cleared = office.ada.put(f"/tasks/{gid}", resource_subtype="milestone", start_on=None, due_on="2026-03-10")
    assert (cleared["resource_subtype"], cleared["start_on"]) == ("milestone", None)
    office.ada.refused(400, "PUT", f"/tasks/{gid}", start)


def test_events_tell_which_date_changed_but_not_to_what(office: Office) -> None:
    gid = office.ada.task(office.project)
    sync = office.ada.call("GET", "/events", resource=gid).json()["sync"]
    office.ada.put(f"/tasks/{gid}", due_on="2026-03-10")
    office.ada.put(f"/tasks/{gid}", due_at="2026-03-10T10:00:00Z")
    office.ada.put(f"/tasks/{gid}", due_at=None)
    office.ada.put(f"/tasks/{gid}", start_on="2026-03-01", due_on="2026-03-10")
    events = office.ada.get("/events", resource=gid, sync=sync)
    changes = [event["change"] for event in events if event["action"] == "changed"]
    fields = ["due_on", "due_at", "due_at", "due_on", "start_on"]
    assert changes == [{"field": field, "action": "changed"} for field in fields]
