from tests.sandbox.basecamp.conftest import World


def test_a_new_list_goes_on_top(world: World) -> None:
    todoset = world.tool("todoset")
    made = world.post(f"/todosets/{todoset}/todolists.json", name="Winter", description="<b>Cold</b> days")
    assert (made["name"], made["title"], made["description"]) == ("Winter", "Winter", "<div>Cold days</div>")
    assert (made["parent"]["id"], made["color"], made["completed_ratio"]) == (todoset, None, "0/0")
    assert [row["name"] for row in world.get(f"/todosets/{todoset}/todolists.json")] == ["Winter", "Autumn"]
    assert [row["position"] for row in world.get(f"/todosets/{todoset}/todolists.json")] == [1, 2]
    assert world.get(f"/todolists/{made['id']}.json") == made


def test_a_list_needs_a_name(world: World) -> None:
    for method, path in (
        ("POST", f"/todosets/{world.tool('todoset')}/todolists.json"),
        ("PUT", f"/todolists/{world.list}.json"),
        ("POST", f"/todolists/{world.list}/groups.json"),
    ):
        answer = world.as_("ada").request(method, path, json={"description": "x"})
        assert (answer.status_code, answer.json()) == (422, {"errors": {"name": ["can't be blank"]}})


def test_a_replace_clears_a_description_left_out(world: World) -> None:
    path = f"/todolists/{world.list}.json"
    assert world.put(path, name="Autumn", description="Leaves")["description"] == "<div>Leaves</div>"
    world.clock.move(seconds=1)
    after = world.put(path, name="Fall")
    assert (after["name"], after["description"]) == ("Fall", "")
    assert after["updated_at"] == "2026-06-01T09:00:01.123Z"


def test_groups_are_lists_inside_lists(world: World) -> None:
    group = world.post(f"/todolists/{world.list}/groups.json", name="Catering", color="green")
    assert (group["type"], group["parent"]["type"], group["color"]) == ("Todolist", "Todolist", "green")
    assert "groups_url" not in group
    assert "group_position_url" in group
    assert "groups_url" in world.get(f"/todolists/{world.list}.json")
    todo = world.post(f"/todolists/{group['id']}/todos.json", content="Order cake")
    assert world.get(f"/todolists/{world.list}/todos.json") == []
    assert world.get(f"/todolists/{group['id']}/todos.json") == [todo]
    assert [row["id"] for row in world.get(f"/todolists/{world.list}/groups.json")] == [group["id"]]
    todoset = world.tool("todoset")
    assert [row["id"] for row in world.get(f"/todosets/{todoset}/todolists.json")] == [world.list]


def test_groups_hold_no_groups_and_have_known_colors(world: World) -> None:
    group = world.post(f"/todolists/{world.list}/groups.json", name="Catering")
    assert world.status("POST", f"/todolists/{group['id']}/groups.json", json={"name": "Deeper"}) == 404
    bad = world.as_("ada").post(f"/todolists/{world.list}/groups.json", json={"name": "x", "color": "mauve"})
    assert (bad.status_code, bad.json()) == (422, {"errors": {"color": ["is not a valid color"]}})


def test_lists_and_groups_can_be_reordered(world: World) -> None:
    winter = world.state.add_list(world.project, "Winter")
    world.put(f"/todosets/todolists/{winter}/position.json", position=2)
    rows = world.get(f"/todosets/{world.tool('todoset')}/todolists.json")
    assert [row["id"] for row in rows] == [world.list, winter]
    groups = [world.post(f"/todolists/{world.list}/groups.json", name=name)["id"] for name in "AB"]
    world.put(f"/todolists/groups/{groups[1]}/position.json", position=1)
    rows = world.get(f"/todolists/{world.list}/groups.json")
    assert [row["id"] for row in rows] == groups[::-1]


def test_progress_counts_what_lies_in_groups(world: World) -> None:
    group = world.post(f"/todolists/{world.list}/groups.json", name="Catering")
    done = world.post(f"/todolists/{group['id']}/todos.json", content="Order cake")
    world.todo()
    world.command("POST", f"/todos/{done['id']}/completion.json")
    shown = world.get(f"/todolists/{world.list}.json")
    assert (shown["completed_ratio"], shown["completed"]) == ("1/2", False)
    shown = world.get(f"/todosets/{world.tool('todoset')}.json")
    assert (shown["completed_ratio"], shown["todolists_count"]) == ("1/2", 1)
    assert [row["id"] for row in shown["todolists"]] == [world.list]


def test_an_archived_list_archives_what_it_holds_without_touching_it(world: World) -> None:
    group = world.post(f"/todolists/{world.list}/groups.json", name="Catering")
    todo = world.post(f"/todolists/{group['id']}/todos.json", content="Order cake")
    world.clock.move(minutes=1)
    world.state.archive_list(world.list)
    shown = world.get(f"/todolists/{world.list}.json")
    assert (shown["status"], shown["inherits_status"]) == ("archived", False)
    assert shown["updated_at"] == "2026-06-01T09:01:00.123Z"
    child = world.get(f"/todos/{todo['id']}.json")
    assert (child["status"], child["inherits_status"]) == ("archived", True)
    assert child["updated_at"] == todo["updated_at"]
    todoset = world.tool("todoset")
    assert world.get(f"/todosets/{todoset}/todolists.json") == []
    archived = world.get(f"/todosets/{todoset}/todolists.json", status="archived")
    assert [row["id"] for row in archived] == [world.list]
    assert world.get(f"/todolists/{group['id']}/todos.json") == []
    assert world.get(f"/todolists/{group['id']}/todos.json", status="archived") == [child]


def test_a_tool_of_another_kind_is_no_todoset(world: World) -> None:
    assert world.status("GET", f"/todosets/{world.tool('schedule')}.json") == 404
    assert world.status("GET", f"/todolists/{world.todo()['id']}.json") == 404


def test_clients_see_what_is_made_visible_to_them(world: World) -> None:
    hidden = world.todo()
    path = f"/todosets/{world.tool('todoset')}/todolists.json"
    open_list = world.post(path, name="For clients", visible_to_clients=True)
    todo = world.post(f"/todolists/{open_list['id']}/todos.json", content="Look at this")
    assert todo["visible_to_clients"] is True
    assert [row["name"] for row in world.get(path, by="cleo")] == ["For clients"]
    assert world.status("GET", f"/todos/{hidden['id']}.json", by="cleo") == 404
    assert world.status("PUT", f"/recordings/{todo['id']}/status/trashed.json", by="cleo") == 403
    found = world.get("/projects/recordings.json", by="cleo", type="Todo")
    assert [row["id"] for row in found] == [todo["id"]]
