"""The populated world end to end: the real stand-ins over HTTP, and the people who work in them."""

import time
import tomllib
from collections import defaultdict
from collections.abc import Iterator
from datetime import date, datetime
from zoneinfo import ZoneInfo

import httpx
import pytest

from sandbox.faults import Fault
from sandbox.persons import PersonRefusedError
from sandbox.persons.wire import fold
from sandbox.server import stop_signals
from sandbox.world import ENV, TOOLS, World

TODAY = date(2026, 11, 21)
BERLIN = ZoneInfo("Europe/Berlin")


@pytest.fixture(scope="module")
def world() -> Iterator[World]:
    with World.start(today=TODAY) as world:
        yield world


@pytest.fixture(scope="module")
def fresh() -> Iterator[World]:
    """A world that no test edits."""
    with World.start(today=TODAY) as world:
        yield world


def at(month: int, day: int, hour: int) -> datetime:
    return datetime(2027, month, day, hour, tzinfo=BERLIN)


class TestFilled:
    """What the tools hold before anybody edits anything."""

    def test_counts(self, fresh: World) -> None:
        counts = (fresh.asana_tasks(), fresh.basecamp_todos(), fresh.basecamp_entries(), fresh.outlook_events())
        assert [len(found) for found in counts] == [124, 55, 16, 30]
        assert sum(task["kind"] == "milestone" for task in fresh.asana_tasks()) == 9

    def test_asana_holds_what_the_seed_says(self, fresh: World) -> None:
        found = {task["title"]: task for task in fresh.asana_tasks()}
        for task in fresh.community.work_in("asana"):
            there = found[task.copies["asana"].title.strip()]
            assert there["due"] == (task.due.isoformat() if task.due else None)
            assert there["done"] == task.done
            assert there["list"] == task.list
            assert there["tags"] == sorted(task.tags)
            assert there["steps"] == len(task.steps)
            assert there["assignees"] == [fresh.email(key) for key in task.assignees]
            assert bool(there["notes"]) == bool(task.copies["asana"].notes)

    def test_lists_keep_the_order_of_the_tables(self, fresh: World) -> None:
        for tool, rows in (("asana", fresh.asana_tasks()), ("basecamp", fresh.basecamp_todos())):
            seeded = [task for task in fresh.community.work_in(tool) if not task.done]  # type: ignore[arg-type]
            open_ones = [row["title"].strip() for row in rows if not row["done"]]
            assert open_ones == [task.copies[tool].title.strip() for task in seeded]  # type: ignore[index]

    def test_times_of_day_are_kept(self, fresh: World) -> None:
        task = fresh.asana_task("Alert when a nightly load is late")
        assert (task["due"], task["due_at"]) == ("2026-11-24", "2026-11-24T08:00:00.000Z")

    def test_basecamp_holds_what_the_seed_says(self, fresh: World) -> None:
        found = {(fold(todo["title"]), todo["due"]): todo for todo in fresh.basecamp_todos()}
        for task in fresh.community.work_in("basecamp"):
            assert task.due is not None
            there = found[fold(task.copies["basecamp"].title), task.due.isoformat()]
            assert there["done"] == task.done
            assert there["list"] == task.list
            assert there["assignees"] == sorted(fresh.email(key) for key in task.assignees)
            assert bool(there["notes"]) == bool(task.copies["basecamp"].notes)

    def test_the_same_work_is_recognisable_and_two_pairs_are_not(self, fresh: World) -> None:
        groups = defaultdict(list)
        for row in (*fresh.asana_tasks(), *fresh.basecamp_todos()):
            groups[fold(row["title"])].append(row)
        shared = [rows for rows in groups.values() if len(rows) > 1]
        same = [rows for rows in shared if rows[0]["due"] == rows[1]["due"]]
        assert (len(shared), len(same)) == (19, 17)
        for ours, theirs in same:
            for name in ("done", "assignees", "list"):
                assert ours[name] == theirs[name], ours["title"]

    def test_two_gatherings_are_in_both_calendars(self, fresh: World) -> None:
        entries = {(fold(entry["title"]), entry["start"], entry["end"]) for entry in fresh.basecamp_entries()}
        events = {(fold(event["title"]), event["start"], event["end"]) for event in fresh.outlook_events()}
        assert len(entries & events) == 2
        assert {title for title, *_ in entries & events} == {
            "community day",
            "retrospective and planning of the quarter",
        }

    def test_whole_days_and_hours_are_where_they_belong(self, fresh: World) -> None:
        event = fresh.outlook_event("Monthly gathering: one figure, three definitions")
        assert (event["start"], event["end"]) == ("2026-12-03T15:00:00Z", "2026-12-03T16:30:00Z")
        entry = next(entry for entry in fresh.basecamp_entries() if entry["title"] == "Hackathon")
        assert (entry["start"], entry["end"], entry["all_day"]) == ("2027-01-26", "2027-01-28", True)

    def test_filling_was_the_work_of_members_and_left_no_traffic(self) -> None:
        with World.start(today=TODAY) as world:
            assert not any([world.asana.requests, world.basecamp.requests, world.graph.requests])
            assert not any([world.asana.notified, world.basecamp.notified, world.graph.invitations])
            assert not any(faults.seen for faults in world.faults.values())
            makers = {task.created_by for task in world.asana.tasks.values()}
            members = {person.email for person in world.community.people.values()}
            assert {maker.email for maker in makers if maker} <= members
            assert None not in makers

    def test_it_is_quick(self) -> None:
        begun = time.process_time()
        with World.start(today=TODAY):
            assert time.process_time() - begun < 3

    def test_the_same_day_gives_the_same_ids(self, fresh: World) -> None:
        with World.start(today=TODAY) as again:
            assert [task["id"] for task in again.asana_tasks()] == [task["id"] for task in fresh.asana_tasks()]
            assert again.basecamp_todos() == fresh.basecamp_todos()
            mine, theirs = again.outlook_events(), fresh.outlook_events()
            assert [event["title"] for event in mine] == [event["title"] for event in theirs]


def test_an_empty_world_has_its_places() -> None:
    with World.start(today=TODAY, populated=False) as world:
        assert [world.asana_tasks(), world.basecamp_todos(), world.outlook_events()] == [[], [], []]
        assert list(world.places.basecamp_lists) == [*world.community.lists, "Deadlines"]
        world.asana_create("mei", name="First", section="Tooling")
        assert world.asana_task("first")["list"] == "Tooling"


def test_limits_can_be_kept() -> None:
    with World.start(today=TODAY, populated=False, limits=True) as world:
        for _ in range(50):
            world.basecamp_entries()
        with pytest.raises(PersonRefusedError, match="429"):
            world.basecamp_entries()


def test_ports_can_be_given_and_today_is_the_default() -> None:
    with World.start(populated=False) as first:
        ports = {tool: httpx.URL(url).port or 0 for tool, url in first.urls.items()}
        assert abs((datetime.now(BERLIN).date() - first.community.today).days) <= 1
    with World.start(populated=False, ports=ports) as second:
        assert second.urls == first.urls


def test_the_clocks_start_in_the_morning_of_the_day(world: World) -> None:
    assert world.now().astimezone(BERLIN).date() == TODAY
    answer = world.send("basecamp", None, "GET", "/projects.json")
    assert answer.headers["date"].startswith("Sat, 21 Nov 2026 07:")


def test_configuration_is_complete_and_holds_no_secret(world: World) -> None:
    text = world.config_toml('sqlite:///C:\\work\\"odd".db')
    loaded = tomllib.loads(text)
    assert loaded["store"] == {"url": 'sqlite:///C:\\work\\"odd".db'}
    assert {name: entry["tool"] for name, entry in loaded["connections"].items()} == {
        "asana": "asana",
        "basecamp": "basecamp",
        "m365": "microsoft365",
    }
    assert {entry["base_url"] for entry in loaded["connections"].values()} == {world.urls[tool] for tool in TOOLS}
    (community,) = loaded["communities"]
    assert (community["id"], community["time_zone"]) == ("data-practice", "Europe/Berlin")
    assert community["policy"]["max_deletes"] == {"count": 10, "share": 0.2}
    assert community["spaces"] == [
        {"name": "asana", "connection": "asana", "project": world.places.asana_project},
        {"name": "basecamp", "connection": "basecamp", "project": world.places.basecamp_project},
        {"name": "calendar", "connection": "m365", "mailbox": "data-practice@example.org"},
    ]
    assert {entry["token"]["env"] for entry in loaded["connections"].values()} == {ENV[tool] for tool in TOOLS}
    assert not any(secret in text for secret in world.env().values())


def test_integration_tokens_open_every_tool(world: World) -> None:
    env = world.env()
    paths = {
        "asana": "/users/me",
        "basecamp": "/my/profile.json",
        "microsoft365": f"/users/{world.places.mailbox}/calendar",
    }
    for tool in TOOLS:
        headers = {"Authorization": f"Bearer {env[ENV[tool]]}", "User-Agent": "tests (tests@example.org)"}
        assert httpx.get(world.urls[tool] + paths[tool], headers=headers).status_code == 200
    assert all(secret not in repr(world.tokens) for secret in env.values())


def test_asana_edits(world: World) -> None:
    gid = world.asana_create("hana", name="Try it", due_on="2026-12-01", assignee="luca", section="Research")
    assert world.asana_task("Try it")["assignees"] == [world.email("luca")]
    world.asana_edit(gid, "luca", name="Tried it", assignee=None)
    world.asana_complete(gid, "luca")
    world.asana_move(gid, "mei", "Tooling")
    task = world.asana_task("tried IT")
    assert (task["assignees"], task["done"], task["list"], task["due"]) == ([], True, "Tooling", "2026-12-01")
    world.asana_complete(gid, "luca", completed=False)
    assert not world.asana_task("Tried it")["done"]
    world.asana_remove(gid, "luca")
    with pytest.raises(LookupError, match="0 items"):
        world.asana_task("Tried it")
    assert world.send("asana", "luca", "GET", f"/tasks/{gid}").is_success


def test_asana_delete(world: World) -> None:
    gid = world.asana_create("hana", name="Short-lived")
    world.asana_delete(gid, "hana")
    with pytest.raises(PersonRefusedError, match="404"):
        world.asana_edit(gid, "hana", name="Gone")


def test_basecamp_edits_keep_what_they_do_not_touch(world: World) -> None:
    todo = world.basecamp_create(
        "samuel", "Events", "Try it there", description="<div>Why</div>", due_on="2026-12-01", assignees=["mei", "luca"]
    )
    world.basecamp_edit(todo, "luca", content="Tried it there")
    found = world.basecamp_todo("Tried it there")
    assert (found["notes"], found["due"], len(found["assignees"])) == ("Why", "2026-12-01", 2)
    world.basecamp_edit(todo, "luca", due_on=None, assignees=["mei"])
    world.basecamp_complete(todo, "mei")
    world.basecamp_move(todo, "mei", "Outreach")
    found = world.basecamp_todo("Tried it there")
    assert (found["due"], found["assignees"], found["done"], found["list"]) == (
        None,
        [world.email("mei")],
        True,
        "Outreach",
    )
    world.basecamp_complete(todo, "mei", completed=False)
    assert not world.basecamp_todo("Tried it there")["done"]


def test_basecamp_trash_and_back(world: World) -> None:
    todo = world.basecamp_create("luca", "Events", "Away and back")
    world.basecamp_trash(todo, "luca")
    assert "Away and back" not in [found["title"] for found in world.basecamp_todos()]
    world.basecamp_restore(todo, "luca")
    assert world.basecamp_todo("Away and back")["id"] == todo


def test_schedule_edits(world: World) -> None:
    entry = world.basecamp_entry_create("luca", "Picnic", date(2027, 3, 1), date(2027, 3, 3), description="Bring salad")

    def found() -> dict[str, object]:
        return next(one for one in world.basecamp_entries() if one["id"] == entry)

    assert (found()["start"], found()["end"], found()["all_day"]) == ("2027-03-01", "2027-03-03", True)
    world.basecamp_entry_edit(entry, "mei", summary="Picnic in the park")
    assert (found()["title"], found()["notes"], found()["all_day"]) == ("Picnic in the park", "Bring salad", True)
    world.basecamp_entry_edit(entry, "mei", start=at(3, 1, 12), end=at(3, 1, 14))
    assert (found()["start"], found()["end"]) == ("2027-03-01T11:00:00Z", "2027-03-01T13:00:00Z")
    world.basecamp_trash(entry, "mei")
    assert entry not in [one["id"] for one in world.basecamp_entries()]


def test_outlook_edits(world: World) -> None:
    event = world.outlook_create("jonas", "Tea", at(4, 5, 15), at(4, 5, 16), body="<p>Green</p>", location="Kitchen")
    found = world.outlook_event("Tea")
    assert (found["notes"], found["location"]) == ("Green", "Kitchen")
    world.outlook_edit(event, "mei", subject="Coffee")
    world.outlook_move(event, "mei", at(4, 6, 9), at(4, 6, 10))
    found = world.outlook_event("Coffee")
    assert (found["id"], found["start"], found["location"]) == (event, "2027-04-06T07:00:00Z", "Kitchen")
    world.outlook_move(event, "mei", date(2027, 4, 7), date(2027, 4, 8))
    found = world.outlook_event("Coffee")
    assert (found["start"], found["end"], found["all_day"]) == ("2027-04-07", "2027-04-08", True)
    world.outlook_delete(event, "mei")
    assert event not in [one["id"] for one in world.outlook_events()]


def test_who_has_no_account_cannot_act(world: World) -> None:
    with pytest.raises(LookupError, match="wei has no account in basecamp"):
        world.basecamp_create("wei", "Events", "Not me")
    with pytest.raises(LookupError, match="nobody has no account in asana"):
        world.asana_create("nobody", name="Not me")


def test_titles_that_mean_two_things_are_not_guessed(world: World) -> None:
    world.asana_create("mei", name="Twice")
    world.asana_create("mei", name=" twice")
    with pytest.raises(LookupError, match="2 items"):
        world.asana_task("Twice")


def test_a_lost_answer_leaves_the_task_behind() -> None:
    with World.start(today=TODAY, populated=False) as world:
        world.faults["asana"].add(Fault("POST", r"/tasks$", "lost_answer"))
        with pytest.raises(httpx.TransportError):
            world.asana_create("mei", name="Was it written?")
        assert world.asana_task("Was it written?")["done"] is False
        assert world.faults["asana"].hits == {"lost_answer": 1}
        world.forget_traffic()
        assert not world.faults["asana"].hits


@pytest.mark.parametrize("kind", ["empty_list", "short_list"])
def test_cut_listings_look_complete_in_every_tool(world: World, kind: str) -> None:
    reads = {"asana": world.asana_tasks, "basecamp": world.basecamp_entries, "microsoft365": world.outlook_events}
    for tool, read in reads.items():
        whole = len(read())
        armed = world.faults[tool].add(Fault("GET", ".", kind))  # type: ignore[arg-type]
        assert len(read()) < whole
        assert armed.hits == 1
        assert len(read()) == whole


def test_pages_can_be_repeated_and_skipped(world: World) -> None:
    whole = [task["id"] for task in world.asana_tasks()]
    world.faults["asana"].add(Fault("GET", "/tasks", "repeat_page"))
    assert [task["id"] for task in world.asana_tasks()] == whole[:100] + whole
    world.faults["asana"].add(Fault("GET", "/tasks", "skip_page"))
    assert [task["id"] for task in world.asana_tasks()] == whole[100:]
    entries = [entry["id"] for entry in world.basecamp_entries()]
    world.faults["basecamp"].add(Fault("GET", "/entries", "skip_page"))
    assert [entry["id"] for entry in world.basecamp_entries()] == entries[15:]


def test_a_world_ends_though_a_request_is_held() -> None:
    with World.start(today=TODAY, populated=False) as world:
        held = world.faults["asana"].add(Fault("GET", "/tasks", "hold"))
        with pytest.raises(httpx.ReadTimeout):
            world.client("asana").get("/tasks", timeout=0.1)
        assert held.reached.is_set()


def test_signals_are_given_back() -> None:
    with World.start(populated=False), stop_signals() as asked:
        assert not asked.is_set()
