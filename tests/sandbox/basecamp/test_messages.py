from tests.sandbox.basecamp.conftest import World


def test_a_message_is_a_draft_unless_it_is_said_to_be_active(world: World) -> None:
    path = f"/message_boards/{world.tool('message_board')}/messages.json"
    draft = world.post(path, subject="Idea", content="x")
    assert draft["status"] == "drafted"
    assert world.get(path) == []
    posted = world.post(path, subject="News", content="<p>Hi</p>", status="active", subscriptions=[])
    assert (posted["status"], posted["content"], posted["title"]) == ("active", "<div>Hi</div>", "News")
    assert world.get(path) == [posted]
    assert world.get(f"/messages/{posted['id']}.json") == posted
    assert world.get(f"/message_boards/{world.tool('message_board')}.json")["messages_count"] == 1


def test_a_message_needs_a_subject(world: World) -> None:
    path = f"/message_boards/{world.tool('message_board')}/messages.json"
    answer = world.as_("ada").post(path, json={"content": "x"})
    assert (answer.status_code, answer.json()) == (422, {"errors": {"subject": ["can't be blank"]}})


def test_a_comment_counts_and_touches_what_it_is_about(world: World) -> None:
    todo = world.todo()
    world.clock.move(minutes=1)
    path = f"/recordings/{todo['id']}/comments.json"
    comment = world.post(path, by="ben", content="Done soon")
    assert (comment["content"], comment["title"]) == ("<div>Done soon</div>", "Re: Write the agenda")
    assert comment["parent"]["id"] == todo["id"]
    assert world.get(path) == [comment]
    assert world.get(f"/comments/{comment['id']}.json") == comment
    after = world.get(f"/todos/{todo['id']}.json")
    assert (after["comments_count"], after["updated_at"]) == (1, "2026-06-01T09:01:00.123Z")
    assert {k: v for k, v in after.items() if k not in ("comments_count", "updated_at")} == {
        k: v for k, v in todo.items() if k not in ("comments_count", "updated_at")
    }


def test_a_comment_needs_words_and_something_to_be_about(world: World) -> None:
    todo = world.todo()
    assert world.status("POST", f"/recordings/{todo['id']}/comments.json", json={"content": ""}) == 422
    for id_ in (world.tool("todoset"), 1):
        assert world.status("POST", f"/recordings/{id_}/comments.json", json={"content": "x"}) == 404


def test_a_trashed_comment_no_longer_counts(world: World) -> None:
    todo = world.todo()
    comment = world.post(f"/recordings/{todo['id']}/comments.json", content="Oops")
    world.command("PUT", f"/recordings/{comment['id']}/status/trashed.json")
    assert world.get(f"/todos/{todo['id']}.json")["comments_count"] == 0
