"""Pages, filters, limits on requests."""

import asyncio
import threading

import httpx
import pytest

from tests.sandbox.asana.desk import Desk, Office


def filled(office: Office, count: int) -> list[str]:
    """Fill the project and return the gids in its order (new tasks come first)."""
    made = [office.state.add_task(office.project, f"t{n}", by=office.ada.gid) for n in range(count)]
    return made[::-1]


def page(desk: Desk, project: str, **query: object) -> tuple[list[str], dict[str, str] | None]:
    body = desk.call("GET", "/tasks", project=project, **query).json()
    return [task["gid"] for task in body["data"]], body["next_page"]


def test_pages_cover_everything_once(office: Office) -> None:
    tasks = filled(office, 250)
    seen, following = page(office.ada, office.project, limit=100)
    assert following is not None
    assert following["uri"] == f"{office.base_url}{following['path']}"
    while following is not None:
        more, following = page(office.ada, office.project, limit=100, offset=following["offset"])
        seen += more
    assert seen == tasks


def test_the_uri_of_the_next_page_can_be_followed_as_it_is(office: Office) -> None:
    tasks = filled(office, 3)
    _, following = page(office.ada, office.project, limit=2, opt_fields="name")
    assert following is not None
    body = office.ada.client.get(following["uri"]).json()
    assert [task["gid"] for task in body["data"]] == tasks[2:]
    assert set(body["data"][0]) == {"gid", "resource_type", "name"}


def test_without_a_limit_there_is_no_next_page_and_no_long_list(office: Office) -> None:
    filled(office, 3)
    assert "next_page" not in office.ada.call("GET", "/tasks", project=office.project).json()
    filled(office, 1_000)
    message = office.ada.refused(400, "GET", "/tasks", project=office.project)
    assert message.startswith("The result is too large. You should use pagination")


@pytest.mark.parametrize("limit", ["0", "101", "-1", "ten", "1.5", "", "²"])
def test_a_limit_is_one_to_a_hundred(office: Office, limit: str) -> None:
    assert "limit" in office.ada.refused(400, "GET", "/tasks", project=office.project, limit=limit)


def test_an_offset_is_good_for_its_list_its_user_and_some_minutes(office: Office) -> None:
    filled(office, 3)
    _, following = page(office.ada, office.project, limit=1)
    assert following is not None
    again = {"project": office.project, "limit": 1, "offset": following["offset"]}
    other = office.state.add_project("Other")
    invalid = "offset: Your pagination token is invalid."
    assert office.ada.refused(400, "GET", "/tasks", **{**again, "project": other}) == invalid
    assert office.bo.refused(400, "GET", "/tasks", **again) == invalid
    assert office.ada.refused(400, "GET", "/tasks", **{**again, "offset": "x"}) == invalid
    office.ada.refused(400, "GET", "/tasks", project=office.project, offset=following["offset"])
    office.clock.pass_by(minutes=15)
    message = office.ada.refused(400, "GET", "/tasks", **again)
    assert message == "offset: Your pagination token has expired."


def test_changes_between_pages_neither_repeat_nor_skip_the_rest(office: Office) -> None:
    tasks = filled(office, 6)
    first, following = page(office.ada, office.project, limit=2)
    assert following is not None
    office.ada.task(office.project, "new at the top")
    office.ada.task(office.project, "newer still")
    office.ada.data("DELETE", f"/tasks/{tasks[0]}")
    office.ada.data("DELETE", f"/tasks/{tasks[4]}")
    rest, _ = page(office.ada, office.project, limit=100, offset=following["offset"])
    assert first + rest == [*tasks[:4], tasks[5]]
    office.ada.data("DELETE", f"/tasks/{tasks[1]}")
    after_its_anchor, _ = page(office.ada, office.project, limit=100, offset=following["offset"])
    assert after_its_anchor == [tasks[2], tasks[3], tasks[5]]


def test_modified_since_is_inclusive(office: Office) -> None:
    old = office.ada.task(office.project)
    office.clock.pass_by(hours=1)
    new = office.ada.task(office.project)
    for since, found in (
        ("2026-03-02T10:30:00.123Z", [new]),
        ("2026-03-02T10:30:00.124Z", []),
        ("2026-03-02T11:30:00.123+02:00", [new, old]),
    ):
        tasks = office.ada.get("/tasks", project=office.project, modified_since=since)
        assert [task["gid"] for task in tasks] == found
    office.ada.refused(400, "GET", "/tasks", project=office.project, modified_since="2026-03-02")


def test_completed_since_shows_open_tasks_and_the_recently_completed(office: Office) -> None:
    done, task = office.ada.task(office.project), office.ada.task(office.project)
    office.ada.put(f"/tasks/{done}", completed=True)
    office.clock.pass_by(hours=1)
    now = office.ada.get("/tasks", project=office.project, completed_since="now")
    assert [one["gid"] for one in now] == [task]
    path = f"/projects/{office.project}/tasks"
    assert len(office.ada.get(path, completed_since="2026-03-02T09:00:00Z")) == 2


@pytest.mark.parametrize(
    ("query", "start"),
    [
        ({}, "You should specify one of"),
        ({"workspace": "W"}, "Must specify exactly one of"),
        ({"assignee": "me"}, "Must specify exactly one of"),
        ({"project": "P", "section": "S"}, "Must specify exactly one of"),
        ({"project": "P", "assignee": "me", "workspace": "W"}, "Must specify exactly one of"),
    ],
)
def test_a_list_of_tasks_names_one_scope(office: Office, query: dict[str, str], start: str) -> None:
    gids = {"W": office.state.workspace.gid, "P": office.project, "S": office.section}
    named = {name: gids.get(value, value) for name, value in query.items()}
    assert office.ada.refused(400, "GET", "/tasks", **named).startswith(start)


def test_tasks_of_an_assignee(office: Office) -> None:
    mine = office.ada.task(office.project, assignee="me")
    office.ada.task(office.project, assignee=office.bo.gid)
    workspace = office.state.workspace.gid
    assert [t["gid"] for t in office.ada.get("/tasks", assignee="me", workspace=workspace)] == [mine]


def test_too_many_requests_in_a_minute(office: Office) -> None:
    office.state.rate_limit = 3
    for _ in range(3):
        office.ada.get("/users/me")
        office.clock.pass_by(seconds=5)
    refused = office.ada.call("GET", "/users/me")
    # The refused request counts too, so two of the three before it have to age.
    assert (refused.status_code, refused.headers["retry-after"]) == (429, "50")
    assert "rate limit" in refused.json()["errors"][0]["message"]
    office.bo.get("/users/me")
    office.clock.pass_by(seconds=50)
    office.ada.get("/users/me")
    assert office.ada.call("GET", "/users/me").headers["retry-after"] == "10"


async def test_too_many_requests_at_once(office: Office) -> None:
    office.state.at_once = (2, 1)
    gate, waiting = asyncio.Event(), threading.Semaphore(0)
    loops: list[asyncio.AbstractEventLoop] = []

    async def hold(_method: str, _path: str) -> None:
        loops.append(asyncio.get_running_loop())
        waiting.release()
        await gate.wait()

    office.state.hold = hold
    headers = office.ada.client.headers
    async with httpx.AsyncClient(base_url=office.base_url, headers=headers) as client:
        held = [asyncio.create_task(client.get("/users/me")) for _ in range(2)]
        held.append(asyncio.create_task(client.post("/tags", json={"data": {}})))
        for _ in held:
            await asyncio.to_thread(waiting.acquire)
        over = [await client.get("/users/me"), await client.delete(f"/sections/{office.section}")]
        assert [answer.status_code for answer in over] == [429, 429]
        assert over[0].headers["retry-after"] == "1"
        loops[0].call_soon_threadsafe(gate.set)
        assert [(await task).status_code for task in held] == [200, 200, 400]
