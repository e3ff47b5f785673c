import pytest

from tests.sandbox.basecamp.conftest import World


def test_the_index_holds_completed_grouped_and_loose_todos(world: World) -> None:
    plain, done = world.todo("Plain"), world.todo("Done")
    world.command("POST", f"/todos/{done['id']}/completion.json")
    group = world.post(f"/todolists/{world.list}/groups.json", name="Group")
    grouped = world.post(f"/todolists/{group['id']}/todos.json", content="Grouped")
    path = f"/buckets/{world.project}/todosets/{world.tool('todoset')}/todos.json"
    loose = world.post(path, content="Loose")
    found = world.get("/projects/recordings.json", type="Todo", bucket=world.project)
    assert {row["id"] for row in found} == {t["id"] for t in (plain, done, grouped, loose)}
    by_id = {row["id"]: row for row in found}
    assert by_id[grouped["id"]] == world.get(f"/todos/{grouped['id']}.json")
    assert by_id[done["id"]]["completed"] is True


def test_the_index_is_sorted_newest_first_by_creation_or_change(world: World) -> None:
    made = []
    for n in range(3):
        world.clock.move(seconds=1)
        made.append(world.todo(f"Number {n}")["id"])
    world.clock.move(seconds=1)
    world.put(f"/todos/{made[0]}.json", content="Changed")

    def order(**query: str) -> list[int]:
        return [row["id"] for row in world.get("/projects/recordings.json", type="Todo", **query)]

    assert order() == made[::-1]
    assert order(sort="updated_at") == [made[0], made[2], made[1]]
    assert order(sort="updated_at", direction="asc") == [made[1], made[2], made[0]]


def test_the_index_takes_several_projects_and_all_by_default(world: World) -> None:
    other = world.state.add_project("Other", people=[world.ids["ada"]])
    there = world.state.add_list(other, "There")
    found = world.get("/projects/recordings.json", type="Todolist")
    assert {row["id"] for row in found} == {world.list, there}
    both = world.get("/projects/recordings.json", type="Todolist", bucket=f"{world.project},{other}")
    assert len(both) == 2
    one = world.get("/projects/recordings.json", type="Todolist", bucket=other)
    assert [row["id"] for row in one] == [there]
    assert [row["id"] for row in world.get("/projects/recordings.json", by="ben", type="Todolist")] == [world.list]
    params = {"type": "Todolist", "bucket": other}
    assert world.status("GET", "/projects/recordings.json", by="ben", params=params) == 404


@pytest.mark.parametrize(
    "query", [{}, {"type": "Nonsense"}, {"type": "Todo", "sort": "title"}, {"type": "Todo", "direction": "up"}]
)
def test_the_index_refuses_what_it_does_not_know(world: World, query: dict[str, str]) -> None:
    assert world.status("GET", "/projects/recordings.json", params=query) == 400


def test_kinds_nobody_made_are_empty(world: World) -> None:
    assert world.get("/projects/recordings.json", type="Upload") == []


def test_the_trash_keeps_things_readable_by_id(world: World) -> None:
    todo = world.todo()
    world.clock.move(minutes=1)
    world.command("PUT", f"/recordings/{todo['id']}/status/trashed.json")
    trashed = world.get(f"/todos/{todo['id']}.json")
    assert (trashed["status"], trashed["inherits_status"]) == ("trashed", False)
    assert trashed["updated_at"] == "2026-06-01T09:01:00.123Z"
    assert world.get("/projects/recordings.json", type="Todo") == []
    assert world.get("/projects/recordings.json", type="Todo", status="trashed") == [trashed]


@pytest.mark.parametrize("away", ["trashed", "archived"])
def test_things_come_back_from_trash_and_archive(world: World, away: str) -> None:
    todo = world.todo()
    world.command("PUT", f"/buckets/{world.project}/recordings/{todo['id']}/status/{away}.json")
    assert world.get(f"/todos/{todo['id']}.json")["status"] == away
    world.command("PUT", f"/recordings/{todo['id']}/status/active.json")
    assert world.get(f"/todolists/{world.list}/todos.json")[0]["status"] == "active"


def test_putting_away_twice_changes_nothing_the_second_time(world: World) -> None:
    todo = world.todo()
    world.command("PUT", f"/recordings/{todo['id']}/status/trashed.json")
    before = world.get(f"/todos/{todo['id']}.json")
    world.clock.move(minutes=1)
    world.command("PUT", f"/recordings/{todo['id']}/status/trashed.json")
    assert world.get(f"/todos/{todo['id']}.json") == before


def test_what_lies_in_a_trashed_list_is_trashed_with_it(world: World) -> None:
    todo = world.todo()
    world.command("PUT", f"/recordings/{world.list}/status/trashed.json")
    child = world.get(f"/todos/{todo['id']}.json")
    assert (child["status"], child["inherits_status"]) == ("trashed", True)
    assert world.get("/projects/recordings.json", type="Todo", status="trashed") == [child]


def test_after_thirty_days_the_trash_is_emptied_with_all_it_held(world: World) -> None:
    todo, kept = world.todo(), world.entry()
    world.command("PUT", f"/recordings/{world.list}/status/trashed.json")
    world.clock.move(days=30)
    world.state.purge()
    assert world.status("GET", f"/todos/{todo['id']}.json") == 404
    assert world.status("GET", f"/todolists/{world.list}.json") == 404
    assert world.status("GET", f"/schedule_entries/{kept['id']}.json") == 200
    assert world.get(f"/todosets/{world.tool('todoset')}/todolists.json") == []


def test_tools_and_strangers_things_cannot_be_trashed(world: World) -> None:
    todo = world.todo()
    assert world.status("PUT", f"/recordings/{world.tool('todoset')}/status/trashed.json") == 404
    assert world.status("PUT", f"/recordings/{todo['id']}/status/trashed.json", by="dora") == 404
    assert world.status("PUT", "/recordings/1/status/trashed.json") == 404
    assert world.get(f"/todos/{todo['id']}.json")["status"] == "active"


def test_the_history_tells_who_did_what_newest_first(world: World) -> None:
    ben = world.ids["ben"]
    todo = world.todo()
    world.put(f"/todos/{todo['id']}.json", by="ben", content="Changed", assignee_ids=[ben])
    world.command("POST", f"/todos/{todo['id']}/completion.json", by="ben")
    world.command("DELETE", f"/todos/{todo['id']}/completion.json")
    world.command("PUT", f"/recordings/{todo['id']}/status/trashed.json")
    events = world.get(f"/recordings/{todo['id']}/events.json")
    assert [event["action"] for event in events] == [
        "trashed",
        "uncompleted",
        "completed",
        "assignment_changed",
        "content_changed",
        "created",
    ]
    assert events[2]["creator"]["id"] == ben
    assert events[3]["details"]["added_person_ids"] == [ben]
    assert len({event["id"] for event in events}) == 6


def test_two_equal_runs_see_equal_data(world: World) -> None:
    world.todo()
    path = "/projects/recordings.json"
    assert world.get(path, type="Todo") == world.get(path, type="Todo")
