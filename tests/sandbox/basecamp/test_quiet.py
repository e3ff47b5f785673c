"""Who would have been e-mailed."""

from tests.sandbox.basecamp.conftest import World

TIMED = {"starts_at": "2026-06-10T09:00:00Z", "ends_at": "2026-06-10T10:00:00Z"}


def _told(world: World) -> list[tuple[str, str]]:
    names = {id_: name for name, id_ in world.ids.items()}
    return [(names[notice.person], notice.kind) for notice in world.state.notified]


def test_nobody_hears_of_writes_that_do_not_ask_for_it(world: World) -> None:
    ben = world.ids["ben"]
    todo = world.todo(assignee_ids=[ben])
    world.put(f"/todos/{todo['id']}.json", content="x", assignee_ids=[ben], notify=False)
    world.command("POST", f"/todos/{todo['id']}/completion.json")
    entry = world.entry(participant_ids=[ben])
    world.put(f"/schedule_entries/{entry['id']}.json", summary="x", **TIMED)
    path = f"/message_boards/{world.tool('message_board')}/messages.json"
    world.post(path, subject="Draft")
    world.post(path, subject="Posted", status="active", subscriptions=[])
    world.command("PUT", f"/recordings/{todo['id']}/status/trashed.json")
    assert world.state.notified == []


def test_notify_tells_assignees_but_not_oneself(world: World) -> None:
    both = [world.ids["ada"], world.ids["ben"]]
    todo = world.todo(assignee_ids=both, notify=True)
    assert _told(world) == [("ben", "assigned")]
    assert world.state.notified[0].recording == todo["id"]
    world.put(f"/todos/{todo['id']}.json", by="ben", content="x", assignee_ids=both, notify=True)
    assert _told(world)[1:] == [("ada", "assigned")]


def test_completion_tells_those_who_asked_once(world: World) -> None:
    todo = world.todo(completion_subscriber_ids=[world.ids["ben"]])
    for _ in range(2):
        world.command("POST", f"/todos/{todo['id']}/completion.json")
    assert _told(world) == [("ben", "completed")]


def test_notify_tells_participants(world: World) -> None:
    entry = world.entry(participant_ids=[world.ids["ben"]], notify=True)
    world.put(f"/schedule_entries/{entry['id']}.json", summary="x", **TIMED, notify=True)
    assert _told(world) == [("ben", "scheduled")] * 2


def test_a_comment_always_tells_everybody_who_follows(world: World) -> None:
    todo = world.todo(assignee_ids=[world.ids["ben"]])
    path = f"/recordings/{todo['id']}/comments.json"
    world.post(path, content="Hello")
    assert _told(world) == [("ben", "commented")]
    world.post(path, by="ben", content="Hello yourself")
    assert _told(world)[1:] == [("ada", "commented")]


def test_a_message_without_subscriptions_tells_the_whole_project(world: World) -> None:
    path = f"/message_boards/{world.tool('message_board')}/messages.json"
    world.post(path, subject="News", status="active")
    assert _told(world) == [("ben", "posted"), ("cleo", "posted")]


def test_a_new_mention_tells_the_person_and_an_echoed_one_does_not(world: World) -> None:
    sgid = world.get(f"/people/{world.ids['ben']}.json")["attachable_sgid"]
    todo = world.todo(description=f'Ask <bc-attachment sgid="{sgid}"></bc-attachment>')
    assert _told(world) == [("ben", "mentioned")]
    world.put(f"/todos/{todo['id']}.json", content="x", description=todo["description"])
    assert len(_told(world)) == 1


def test_nobody_outside_the_project_is_told(world: World) -> None:
    todo = world.todo(assignee_ids=[world.ids["ben"]], completion_subscriber_ids=[world.ids["ben"]])
    world.state.withdraw(world.project, world.ids["ben"])
    world.command("POST", f"/todos/{todo['id']}/completion.json")
    assert world.state.notified == []
