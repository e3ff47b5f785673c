import httpx
import pytest

from sandbox.basecamp import BasecampState, create_app
from sandbox.server import serve
from tests.sandbox.basecamp.conftest import World

BOTH = {"Authorization": "Bearer ada-token", "User-Agent": "Tests (tests@example.org)"}


@pytest.mark.parametrize("agent", ["", "python-httpx/0.28", "Tests"])
def test_a_user_agent_without_contact_is_refused(world: World, agent: str) -> None:
    answer = world.as_("ada").get("/projects.json", headers={"User-Agent": agent})
    assert answer.status_code == 400
    assert "User-Agent" in answer.json()["error"]


@pytest.mark.parametrize("agent", ["copsync (ops@example.org)", "copsync (https://example.org)"])
def test_a_user_agent_with_contact_is_welcome(world: World, agent: str) -> None:
    assert world.as_("ada").get("/projects.json", headers={"User-Agent": agent}).status_code == 200


@pytest.mark.parametrize("header", [None, "Bearer nobody", "Basic ada-token", "ada-token"])
def test_without_a_known_token_the_answer_is_401_with_a_reason(world: World, header: str | None) -> None:
    headers = {"User-Agent": BOTH["User-Agent"]} | ({"Authorization": header} if header else {})
    answer = httpx.get(f"{world.url}/projects.json", headers=headers, trust_env=False)
    assert answer.status_code == 401
    assert answer.json()["error"].startswith("OAuth token expired (old age)")


def test_a_token_taken_away_stops_working(world: World) -> None:
    assert world.status("GET", "/my/profile.json", by="ben") == 200
    del world.state.tokens["ben-token"]
    assert world.status("GET", "/my/profile.json", by="ben") == 401


def test_other_accounts_do_not_exist(world: World) -> None:
    other = world.url.replace("195539477", "195539478")
    answer = httpx.get(f"{other}/projects.json", headers=BOTH, trust_env=False)
    assert (answer.status_code, answer.json()) == (404, {"status": 404, "error": "Not Found"})


def test_an_inactive_account_says_so(world: World) -> None:
    world.state.account_active = False
    answer = world.as_("ada").get("/projects.json")
    assert (answer.status_code, answer.headers["Reason"]) == (404, "Account Inactive")
    assert answer.content == b""


@pytest.mark.parametrize("kind", [None, "text/plain", "application/x-www-form-urlencoded"])
def test_what_is_written_must_be_called_json(world: World, kind: str | None) -> None:
    headers = {"Content-Type": kind} if kind else {}
    path = f"/todolists/{world.list}/todos.json"
    answer = world.as_("ada").post(path, content=b'{"content": "x"}', headers=headers)
    assert answer.status_code == 415
    assert world.get(path) == []


def test_a_charset_may_follow_the_content_type(world: World) -> None:
    headers = {"Content-Type": "application/json; charset=utf-8"}
    path = f"/todolists/{world.list}/todos.json"
    assert world.as_("ada").post(path, content=b'{"content": "x"}', headers=headers).status_code == 201


def test_a_body_that_is_no_json_is_a_bad_request(world: World) -> None:
    headers = {"Content-Type": "application/json"}
    path = f"/todolists/{world.list}/todos.json"
    assert world.status("POST", path, content=b"{", headers=headers) == 400


def test_paths_and_methods_that_do_not_exist_answer_404(world: World) -> None:
    todo = world.todo()
    assert world.status("GET", "/nonsense.json") == 404
    assert world.status("DELETE", f"/todos/{todo['id']}.json") == 404
    assert world.status("PATCH", f"/todos/{todo['id']}.json", json={"content": "x"}) == 404


def test_the_suffix_is_optional_and_both_forms_show_the_same(world: World) -> None:
    todo = world.todo()
    scoped = f"/buckets/{world.project}/todos/{todo['id']}"
    found = [world.get(path) for path in (f"/todos/{todo['id']}", f"/todos/{todo['id']}.json")]
    found += [world.get(path) for path in (scoped, f"{scoped}.json", todo["url"])]
    assert found == [todo] * 5


def test_the_wrong_project_in_a_path_answers_404(world: World) -> None:
    todo = world.todo()
    other = world.state.add_project("Other", people=[world.ids["ada"]])
    assert world.status("GET", f"/buckets/{other}/todos/{todo['id']}.json") == 404


def test_loose_todos_have_no_flat_route_and_projects_no_scoped_one(world: World) -> None:
    assert world.status("GET", f"/todosets/{world.tool('todoset')}/todos.json") == 404
    assert world.status("GET", f"/buckets/{world.project}/projects.json") == 404


def test_every_answer_carries_the_accounts_time_and_a_request_id(world: World) -> None:
    good, bad = world.as_("ada").get("/projects.json"), world.as_("ada").get("/nonsense.json")
    assert {good.headers["Date"], bad.headers["Date"]} == {"Mon, 01 Jun 2026 09:00:00 GMT"}
    assert good.headers["X-Request-Id"] != bad.headers["X-Request-Id"]
    assert len(good.headers.get_list("Date")) == 1


def test_requests_are_noted_in_order(world: World) -> None:
    world.get("/projects.json")
    world.status("GET", "/nonsense.json")
    assert world.state.requests == [
        ("GET", "/195539477/projects.json", 200),
        ("GET", "/195539477/nonsense.json", 404),
    ]


def test_what_a_reader_has_already_is_not_sent_again(world: World) -> None:
    path = f"/todolists/{world.list}/todos.json"
    first = world.as_("ada").get(path)
    again = world.as_("ada").get(path, headers={"If-None-Match": first.headers["ETag"]})
    assert (again.status_code, again.content) == (304, b"")
    world.todo()
    changed = world.as_("ada").get(path, headers={"If-None-Match": first.headers["ETag"]})
    assert changed.status_code == 200
    assert changed.headers["ETag"] != first.headers["ETag"]


def test_an_etag_differs_between_people_who_are_shown_different_things(world: World) -> None:
    path = f"/projects/{world.project}/people.json"
    mine, theirs = world.as_("ada").get(path), world.as_("ben").get(path)
    assert mine.headers["ETag"] != theirs.headers["ETag"]


def test_too_many_requests_are_told_how_long_to_wait(world: World) -> None:
    world.state.rate_limit = (3, 10)
    assert [world.status("GET", "/projects.json") for _ in range(3)] == [200, 200, 200]
    world.clock.move(seconds=4)
    refused = world.as_("ben").get("/projects.json")
    assert (refused.status_code, refused.headers["Retry-After"]) == (429, "6")
    assert refused.json()["error"]
    world.clock.move(seconds=6)
    assert world.status("GET", "/projects.json") == 200


def test_the_default_limit_is_fifty_in_ten_seconds() -> None:
    state = BasecampState()
    state.add_person("Ada Admin", "ada@example.org", token="ada-token")
    with serve({"basecamp": create_app(state)}) as urls:
        url = f"{urls['basecamp']}/my/profile.json"
        with httpx.Client(headers=BOTH, trust_env=False) as client:
            statuses = [client.get(url).status_code for _ in range(51)]
    assert statuses == [200] * 50 + [429]


def test_links_follow_the_base_url_given() -> None:
    state = BasecampState(account=7, base_url="https://basecamp.example.org/7")
    state.add_person("Ada Admin", "ada@example.org", token="ada-token")
    project = state.add_project("Open")
    with serve({"basecamp": create_app(state)}, account="7") as urls:
        found = httpx.get(f"{urls['basecamp']}/projects/{project}.json", headers=BOTH, trust_env=False)
    assert found.json()["url"] == f"https://basecamp.example.org/7/projects/{project}.json"
