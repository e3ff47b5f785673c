from tests.sandbox.basecamp.conftest import World


def test_steps_come_inside_their_todo(world: World) -> None:
    todo = world.todo()
    path = f"/card_tables/cards/{todo['id']}/steps.json"
    step = world.post(path, title="Call", due_on="2026-06-03", assignee_ids=[world.ids["ben"]])
    world.post(path, title="Write")
    shown = world.get(f"/todos/{todo['id']}.json")
    assert shown["steps"][0] == step == world.get(f"/card_tables/steps/{step['id']}.json")
    assert [(s["title"], s["position"], s["due_on"]) for s in shown["steps"]] == [
        ("Call", 1, "2026-06-03"),
        ("Write", 2, None),
    ]
    assert (step["type"], step["parent"]["id"]) == ("Kanban::Step", todo["id"])
    assert shown["comments_count"] == 0


def test_a_replace_of_the_todo_leaves_its_steps_alone(world: World) -> None:
    todo = world.todo()
    step = world.post(f"/card_tables/cards/{todo['id']}/steps.json", title="Call")
    assert world.put(f"/todos/{todo['id']}.json", content="x")["steps"][0]["id"] == step["id"]


def test_updates_of_a_step_are_partial(world: World) -> None:
    todo, ben = world.todo(), world.ids["ben"]
    path = f"/card_tables/cards/{todo['id']}/steps.json"
    step = world.post(path, title="Call", due_on="2026-06-03", assignee_ids=[ben])
    path = f"/card_tables/steps/{step['id']}.json"
    renamed = world.put(path, title="Ring")
    assert (renamed["title"], renamed["due_on"], len(renamed["assignees"])) == ("Ring", "2026-06-03", 1)
    cleared = world.put(path, due_on="", assignee_ids=[])
    assert (cleared["title"], cleared["due_on"], cleared["assignees"]) == ("Ring", None, [])
    assert world.status("PUT", path, json={"title": " "}) == 422


def test_a_step_is_ticked_off_and_reopened(world: World) -> None:
    todo = world.todo()
    step = world.post(f"/card_tables/cards/{todo['id']}/steps.json", title="Call")
    path = f"/card_tables/steps/{step['id']}/completions.json"
    done = world.put(path, by="ben", completion="on")
    assert (done["completed"], done["completer"]["id"]) == (True, world.ids["ben"])
    again = world.put(path, completion="off")
    assert (again["completed"], "completed_at" in again) == (False, False)


def test_a_trashed_step_is_no_longer_shown(world: World) -> None:
    todo = world.todo()
    step = world.post(f"/card_tables/cards/{todo['id']}/steps.json", title="Call")
    world.command("PUT", f"/recordings/{step['id']}/status/trashed.json")
    assert world.get(f"/todos/{todo['id']}.json")["steps"] == []


def test_a_step_needs_a_title(world: World) -> None:
    assert world.status("POST", f"/card_tables/cards/{world.todo()['id']}/steps.json", json={}) == 422
