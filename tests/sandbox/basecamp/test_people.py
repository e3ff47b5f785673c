from datetime import timedelta

from tests.sandbox.basecamp.conftest import World


def test_the_profile_is_that_of_the_token(world: World) -> None:
    found = world.get("/my/profile.json", by="ben")
    assert (found["name"], found["email_address"], found["admin"]) == ("Ben Berg", "ben@example.org", False)
    assert world.get("/my/profile.json")["admin"] is True


def test_addresses_are_masked_unless_one_is_an_admin_or_it_is_ones_own(world: World) -> None:
    path = f"/projects/{world.project}/people.json"
    seen = {row["name"]: row["email_address"] for row in world.get(path, by="ben")}
    assert seen == {
        "Ada Admin": "a••••@example.org",
        "Ben Berg": "ben@example.org",
        "Cleo Client": "c••••@example.org",
    }
    assert "ben@example.org" in {row["email_address"] for row in world.get(path)}


def test_masking_goes_with_every_person_shown(world: World) -> None:
    todo = world.todo(assignee_ids=[world.ids["ben"]])
    seen = world.get(f"/todos/{todo['id']}.json", by="ben")
    assert seen["creator"]["email_address"] == "a••••@example.org"
    assert seen["assignees"][0]["email_address"] == "ben@example.org"


def test_people_of_the_account_and_of_a_project(world: World) -> None:
    assert [row["id"] for row in world.get("/people.json")] == list(world.ids.values())
    on_project = [row["id"] for row in world.get(f"/projects/{world.project}/people.json")]
    assert on_project == [world.ids[name] for name in ("ada", "ben", "cleo")]


def test_a_client_sees_only_those_of_their_projects(world: World) -> None:
    assert world.ids["dora"] not in {row["id"] for row in world.get("/people.json", by="cleo")}
    assert world.status("GET", f"/people/{world.ids['dora']}.json", by="cleo") == 404
    assert world.get(f"/people/{world.ids['ben']}.json", by="cleo")["name"] == "Ben Berg"
    assert world.status("GET", "/people/1.json") == 404


def test_projects_are_those_one_can_reach_newest_first(world: World) -> None:
    world.clock.move(seconds=1)
    newer = world.state.add_project("Newer", people=[world.ids["ada"]])
    assert [row["id"] for row in world.get("/projects.json")] == [newer, world.project]
    assert world.get("/projects.json", by="dora") == []
    assert world.status("GET", f"/projects/{world.project}.json", by="dora") == 404


def test_the_dock_names_its_tools(world: World) -> None:
    dock = {tool["name"]: tool for tool in world.get(f"/projects/{world.project}.json")["dock"]}
    assert {name for name, tool in dock.items() if tool["enabled"]} == {
        "message_board",
        "todoset",
        "vault",
        "chat",
        "schedule",
    }
    assert dock["inbox"]["position"] is None
    assert dock["todoset"]["position"] == 2
    assert world.get(dock["todoset"]["url"])["type"] == "Todoset"
    assert world.get(dock["schedule"]["url"])["type"] == "Schedule"


def test_a_project_without_names_is_open_to_everybody_until_somebody_is_withdrawn(world: World) -> None:
    project = world.state.add_project("Open")
    assert world.status("GET", f"/projects/{project}.json", by="dora") == 200
    world.state.withdraw(project, world.ids["dora"])
    assert world.status("GET", f"/projects/{project}.json", by="dora") == 404
    assert world.status("GET", f"/projects/{project}.json", by="ben") == 200


def test_withdrawn_and_admitted_again(world: World) -> None:
    todo = world.todo()
    world.state.withdraw(world.project, world.ids["ben"])
    for path in (f"/projects/{world.project}.json", f"/todos/{todo['id']}.json"):
        assert world.status("GET", path, by="ben") == 404
    world.state.admit(world.project, world.ids["ben"])
    assert world.status("GET", f"/todos/{todo['id']}.json", by="ben") == 200


def test_an_archived_project_can_be_read_but_not_changed(world: World) -> None:
    todo = world.todo()
    world.state.archive_project(world.project)
    assert world.get("/projects.json") == []
    assert [row["status"] for row in world.get("/projects.json", status="archived")] == ["archived"]
    assert world.get(f"/todos/{todo['id']}.json")["id"] == todo["id"]
    assert world.status("PUT", f"/todos/{todo['id']}.json", json={"content": "x"}) == 403
    recordings = {"type": "Todo", "bucket": world.project}
    assert world.status("GET", "/projects/recordings.json", params=recordings) == 404


def test_a_trashed_project_hides_what_it_holds_until_it_is_restored(world: World) -> None:
    todo = world.todo()
    world.state.trash_project(world.project)
    assert world.get(f"/projects/{world.project}.json")["status"] == "trashed"
    assert world.status("GET", f"/todos/{todo['id']}.json") == 404
    world.state.restore_project(world.project)
    assert world.status("GET", f"/todos/{todo['id']}.json") == 200


def test_a_project_is_gone_thirty_days_after_it_was_trashed(world: World) -> None:
    world.state.trash_project(world.project)
    world.clock.move(days=29)
    world.state.purge()
    assert world.status("GET", f"/projects/{world.project}.json") == 200
    world.clock.move(days=1)
    world.state.purge()
    assert world.status("GET", f"/projects/{world.project}.json") == 404
    assert world.state.recordings == {}


def test_purge_can_be_told_to_take_everything(world: World) -> None:
    todo = world.todo()
    world.command("PUT", f"/recordings/{todo['id']}/status/trashed.json")
    world.state.purge(older_than=timedelta())
    assert world.status("GET", f"/todos/{todo['id']}.json") == 404
