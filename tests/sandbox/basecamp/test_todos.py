import pytest

from tests.sandbox.basecamp.conftest import World


def test_a_new_todo_is_shown_whole(world: World) -> None:
    ben = world.ids["ben"]
    made = world.todo(
        "  Book the room ",
        description="<div>Second floor</div>",
        assignee_ids=[ben],
        completion_subscriber_ids=[ben],
        starts_on="2026-06-03",
        due_on="2026-06-05",
    )
    assert made["content"] == made["title"] == "Book the room"
    assert made["description"] == "<div>Second floor</div>"
    assert (made["starts_on"], made["due_on"]) == ("2026-06-03", "2026-06-05")
    assert [person["id"] for person in made["assignees"]] == [ben]
    assert [person["id"] for person in made["completion_subscribers"]] == [ben]
    assert (made["parent"]["id"], made["parent"]["type"]) == (world.list, "Todolist")
    assert (made["status"], made["inherits_status"], made["type"]) == ("active", True, "Todo")
    assert made["created_at"] == made["updated_at"] == "2026-06-01T09:00:00.123Z"
    assert "completion" not in made
    assert made["position"] == 1
    assert made["bucket"] == {"id": world.project, "name": "Data Practice", "type": "Project"}
    assert world.get(f"/todos/{made['id']}.json") == made


def test_ids_are_larger_than_a_float_can_hold(world: World) -> None:
    made = [world.todo()["id"] for _ in range(2)]
    assert any(int(float(id_)) != id_ for id_ in made)


@pytest.mark.parametrize("content", [None, "", "   "])
@pytest.mark.parametrize("method", ["POST", "PUT"])
def test_a_blank_todo_is_refused(world: World, method: str, content: str | None) -> None:
    todo = world.todo()
    path = f"/todolists/{world.list}/todos.json" if method == "POST" else f"/todos/{todo['id']}.json"
    answer = world.as_("ada").request(method, path, json={"content": content})
    assert (answer.status_code, answer.json()) == (422, {"status": 422, "error": "Unprocessable Entity"})
    assert world.get(f"/todolists/{world.list}/todos.json") == [todo]


def test_a_replace_clears_every_field_left_out(world: World) -> None:
    ben = world.ids["ben"]
    todo = world.todo(
        description="Bring chairs", assignee_ids=[ben], completion_subscriber_ids=[ben], due_on="2026-06-05"
    )
    world.clock.move(seconds=1)
    after = world.put(f"/todos/{todo['id']}.json", content="New words")
    assert after["content"] == "New words"
    assert after["description"] == ""
    assert (after["starts_on"], after["due_on"]) == (None, None)
    assert (after["assignees"], after["completion_subscribers"]) == ([], [])
    assert after["updated_at"] == "2026-06-01T09:00:01.123Z"


def test_a_replace_leaves_completion_and_place_alone(world: World) -> None:
    todo = world.todo()
    world.command("POST", f"/todos/{todo['id']}/completion.json")
    after = world.put(f"/todos/{todo['id']}.json", content="New words")
    assert after["completed"] is True
    assert after["parent"] == todo["parent"]


def test_a_replace_without_content_is_taken_and_does_nothing(world: World) -> None:
    todo = world.todo(due_on="2026-06-05")
    world.clock.move(seconds=1)
    assert world.put(f"/todos/{todo['id']}.json", due_on="2026-07-01") == todo
    assert world.get(f"/todos/{todo['id']}.json") == todo
    world.wrong_on_purpose()


def test_unknown_keys_are_ignored_without_a_word(world: World) -> None:
    made = world.todo(completed=True, priority="high", repetition_schedule={"frequency": "every_day"})
    assert made["completed"] is False
    assert "priority" not in made
    world.wrong_on_purpose()


@pytest.mark.parametrize("sent", ["tomorrow", "1", "2026-02-30", "05/06/2026", None])
def test_a_date_that_cannot_be_read_is_stored_as_none(world: World, sent: str | None) -> None:
    todo = world.todo(due_on="2026-06-05")
    assert world.put(f"/todos/{todo['id']}.json", content="x", due_on=sent)["due_on"] is None
    world.wrong_on_purpose()


def test_an_empty_date_is_a_format_error(world: World) -> None:
    todo = world.todo(due_on="2026-06-05")
    assert world.status("PUT", f"/todos/{todo['id']}.json", json={"content": "x", "due_on": ""}) == 400
    assert world.get(f"/todos/{todo['id']}.json") == todo


def test_a_number_for_a_date_makes_the_service_fail(world: World) -> None:
    path = f"/todolists/{world.list}/todos.json"
    answer = world.as_("ada").post(path, json={"content": "x", "due_on": 1491397110})
    assert answer.status_code == 500
    assert answer.headers["Content-Type"].startswith("text/html")
    assert world.get(path) == []


def test_the_two_dates_are_one_range(world: World) -> None:
    todo = world.todo(starts_on="2026-06-03", due_on="2026-06-05")
    path = f"/todos/{todo['id']}.json"
    collapsed = world.put(path, content="x", starts_on="2026-06-03")
    assert (collapsed["starts_on"], collapsed["due_on"]) == ("2026-06-03", "2026-06-03")
    assert world.put(path, content="x", due_on="2026-06-05")["starts_on"] is None
    backwards = {"content": "x", "starts_on": "2026-06-06", "due_on": "2026-06-05"}
    assert world.status("PUT", path, json=backwards) == 422


def test_people_who_cannot_reach_the_project_are_dropped_silently(world: World) -> None:
    ben, dora = world.ids["ben"], world.ids["dora"]
    made = world.todo(assignee_ids=[dora, ben, 42], completion_subscriber_ids=[dora])
    assert [person["id"] for person in made["assignees"]] == [ben]
    assert made["completion_subscribers"] == []


def test_somebody_withdrawn_stays_assigned_until_the_next_replace(world: World) -> None:
    ben = world.ids["ben"]
    todo = world.todo(assignee_ids=[ben])
    world.state.withdraw(world.project, ben)
    path = f"/todos/{todo['id']}.json"
    assert [person["id"] for person in world.get(path)["assignees"]] == [ben]
    assert world.put(path, content="x", assignee_ids=[ben])["assignees"] == []


def test_completion_tells_who_and_when(world: World) -> None:
    todo = world.todo()
    world.clock.move(minutes=1)
    world.command("POST", f"/todos/{todo['id']}/completion.json", by="ben")
    done = world.get(f"/todos/{todo['id']}.json")
    assert done["completed"] is True
    assert done["completion"]["created_at"] == "2026-06-01T09:01:00.123Z"
    assert done["completion"]["creator"]["id"] == world.ids["ben"]
    assert done["updated_at"] == "2026-06-01T09:01:00.123Z"
    assert "position" not in done


def test_completing_and_reopening_twice_changes_nothing_the_second_time(world: World) -> None:
    todo = world.todo()
    path = f"/todos/{todo['id']}/completion.json"
    for method in ("POST", "DELETE"):
        world.command(method, path)
        before = world.get(f"/todos/{todo['id']}.json")
        world.clock.move(minutes=1)
        world.command(method, path)
        assert world.get(f"/todos/{todo['id']}.json") == before


def test_a_list_shows_open_todos_or_completed_ones_or_another_status(world: World) -> None:
    world.todo("Open")
    done, trashed = world.todo("Done"), world.todo("Trashed")
    world.command("POST", f"/todos/{done['id']}/completion.json")
    world.command("PUT", f"/recordings/{trashed['id']}/status/trashed.json")
    path = f"/todolists/{world.list}/todos.json"

    def shown(**query: str) -> list[str]:
        return [row["content"] for row in world.get(path, **query)]

    assert shown() == ["Open"]
    assert shown(completed="true") == ["Done"]
    assert shown(status="trashed") == ["Trashed"]
    world.command("PUT", f"/recordings/{done['id']}/status/trashed.json")
    assert shown(status="trashed") == ["Done", "Trashed"]
    assert shown(status="trashed", completed="true") == ["Done"]


def test_reordering_moves_the_todo_but_not_its_updated_at(world: World) -> None:
    made = [world.todo(f"Number {n}") for n in range(3)]
    world.clock.move(minutes=1)
    world.put(f"/todos/{made[2]['id']}/position.json", position=1)
    rows = world.get(f"/todolists/{world.list}/todos.json")
    assert [row["content"] for row in rows] == ["Number 2", "Number 0", "Number 1"]
    assert [row["position"] for row in rows] == [1, 2, 3]
    assert rows[0]["updated_at"] == made[2]["updated_at"]


def test_a_position_past_the_end_is_the_end(world: World) -> None:
    made = [world.todo(f"Number {n}") for n in range(3)]
    world.put(f"/todos/{made[0]['id']}/position.json", position=9)
    rows = world.get(f"/todolists/{world.list}/todos.json")
    assert [row["content"] for row in rows] == ["Number 1", "Number 2", "Number 0"]


def test_moving_to_another_list_leaves_no_trace_but_the_parent(world: World) -> None:
    todo, other = world.todo(), world.state.add_list(world.project, "Winter")
    history = world.get(f"/recordings/{todo['id']}/events.json")
    world.clock.move(minutes=1)
    world.put(f"/todos/{todo['id']}/position.json", position=1, parent_id=other)
    moved = world.get(f"/todos/{todo['id']}.json")
    assert (moved["parent"]["id"], moved["updated_at"]) == (other, todo["updated_at"])
    assert world.get(f"/recordings/{todo['id']}/events.json") == history
    assert world.get(f"/todolists/{world.list}/todos.json") == []


@pytest.mark.parametrize("position", [0, -1, None, "first", True])
def test_a_place_that_does_not_exist_is_refused(world: World, position: object) -> None:
    todo = world.todo()
    assert world.status("PUT", f"/todos/{todo['id']}/position.json", json={"position": position}) == 422
    assert world.get(f"/todolists/{world.list}/todos.json") == [todo]


def test_there_is_no_moving_to_another_project(world: World) -> None:
    todo = world.todo()
    elsewhere = world.state.add_list(world.state.add_project("Other", people=[world.ids["ada"]]), "Far")
    body = {"position": 1, "parent_id": elsewhere}
    assert world.status("PUT", f"/todos/{todo['id']}/position.json", json=body) == 404
    assert world.get(f"/todos/{todo['id']}.json") == todo


def test_loose_todos_lie_in_the_todoset(world: World) -> None:
    todoset = world.tool("todoset")
    path = f"/buckets/{world.project}/todosets/{todoset}/todos.json"
    made = world.post(path, content="Loose")
    done = world.post(path, content="Loose and done")
    world.command("POST", f"/todos/{done['id']}/completion.json")
    assert (made["parent"]["id"], made["parent"]["type"]) == (todoset, "Todoset")
    assert world.get(path) == [made]
    assert [row["id"] for row in world.get(path, completed="true")] == [done["id"]]
    shown = world.get(f"/todosets/{todoset}.json")
    assert world.get(shown["todos_url"]) == [made]
    assert (shown["todos_count"], shown["completed_loose_todos_count"]) == (2, 1)
    assert shown["completed_ratio"] == "1/2"


def test_a_refused_write_leaves_nothing_behind(world: World) -> None:
    todo = world.todo(due_on="2026-06-05")
    body = {"content": "Changed", "description": "Changed", "starts_on": 5}
    assert world.status("PUT", f"/todos/{todo['id']}.json", json=body) == 500
    assert world.get(f"/todos/{todo['id']}.json") == todo
