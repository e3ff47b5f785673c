from typing import Any

import pytest

from tests.sandbox.basecamp.conftest import World

TIMED = {"starts_at": "2026-06-10T09:00:00Z", "ends_at": "2026-06-10T10:00:00Z"}
DAYS = {"starts_at": "2026-06-10", "ends_at": "2026-06-12", "all_day": True}


def test_a_new_entry_is_shown_whole(world: World) -> None:
    made = world.entry(
        description="Bring <b>cake</b>",
        participant_ids=[world.ids["ben"], world.ids["dora"]],
        url="meet.example.org/room",
        highlighted=True,
    )
    assert (made["summary"], made["title"], made["type"]) == ("Meet-up", "Meet-up", "Schedule::Entry")
    assert made["description"] == "<div>Bring cake</div>"
    assert (made["starts_at"], made["ends_at"]) == ("2026-06-10T09:00:00.000Z", "2026-06-10T10:00:00.000Z")
    assert [person["id"] for person in made["participants"]] == [world.ids["ben"]]
    assert made["join_url"] == "https://meet.example.org/room"
    assert made["highlighted"] is True
    assert made["url"].endswith(f"/buckets/{world.project}/schedule_entries/{made['id']}.json")
    assert made["parent"]["type"] == "Schedule"
    assert world.get(f"/schedule_entries/{made['id']}.json") == made
    assert world.get(f"/schedules/{world.tool('schedule')}.json")["entries_count"] == 1


def test_the_last_day_of_an_all_day_entry_counts(world: World) -> None:
    made = world.entry(**DAYS)
    assert (made["all_day"], made["starts_at"], made["ends_at"]) == (True, "2026-06-10", "2026-06-12")


def test_instants_are_read_with_any_offset_and_without_one_where_the_person_is(world: World) -> None:
    made = world.entry(starts_at="2026-06-10T09:00:00-05:00", ends_at="2026-06-10T15:00:00.1239Z")
    assert made["starts_at"] == "2026-06-10T14:00:00.000Z"
    assert made["ends_at"] == "2026-06-10T15:00:00.123Z"
    world.state.people[world.ids["ada"]].time_zone = "Europe/Berlin"
    local = world.entry(starts_at="2026-06-10T09:00:00", ends_at="2026-06-10T10:00:00")
    assert local["starts_at"] == "2026-06-10T07:00:00.000Z"


def test_all_day_bounds_given_as_instants_are_days_where_the_person_is(world: World) -> None:
    world.state.people[world.ids["ada"]].time_zone = "Europe/Berlin"
    made = world.entry(all_day=True, starts_at="2026-06-10T22:30:00Z", ends_at="2026-06-11T10:00:00Z")
    assert (made["starts_at"], made["ends_at"]) == ("2026-06-11", "2026-06-11")


def test_a_replace_empties_what_is_left_out_and_makes_an_all_day_entry_timed(world: World) -> None:
    entry = world.entry(**DAYS, description="Bring cake")
    world.clock.move(seconds=1)
    after = world.put(f"/schedule_entries/{entry['id']}.json", starts_at="2026-06-10", ends_at="2026-06-12")
    assert (after["summary"], after["description"], after["all_day"]) == ("Untitled", "", False)
    assert (after["starts_at"], after["ends_at"]) == ("2026-06-10T00:00:00.000Z", "2026-06-12T00:00:00.000Z")
    assert after["updated_at"] == "2026-06-01T09:00:01.123Z"


def test_participants_link_and_highlight_stay_unless_they_are_named(world: World) -> None:
    entry = world.entry(participant_ids=[world.ids["ben"]], url="https://meet.example.org", highlighted=True)
    path = f"/schedule_entries/{entry['id']}.json"
    kept = world.put(path, summary="Meet-up", **TIMED)
    assert [person["id"] for person in kept["participants"]] == [world.ids["ben"]]
    assert (kept["join_url"], kept["highlighted"]) == ("https://meet.example.org", True)
    gone = world.put(path, summary="Meet-up", **TIMED, participant_ids=[], url="", highlighted=False)
    assert (gone["participants"], gone["join_url"], gone["highlighted"]) == ([], None, False)


def test_echoing_the_url_that_was_read_overwrites_the_join_link(world: World) -> None:
    entry = world.entry(url="https://meet.example.org")
    after = world.put(f"/schedule_entries/{entry['id']}.json", summary="x", **TIMED, url=entry["url"])
    assert after["join_url"] == entry["url"]


@pytest.mark.parametrize("bound", ["starts_at", "ends_at"])
@pytest.mark.parametrize("sent", [None, "next week", ""])
def test_a_bound_that_is_missing_or_unreadable_is_refused(world: World, bound: str, sent: str | None) -> None:
    body: dict[str, Any] = {"summary": "x", **TIMED, bound: sent}
    if sent is None:
        del body[bound]
    entry = world.entry()
    for method, path in (
        ("POST", f"/schedules/{world.tool('schedule')}/entries.json"),
        ("PUT", f"/schedule_entries/{entry['id']}.json"),
    ):
        answer = world.as_("ada").request(method, path, json=body)
        assert (answer.status_code, answer.json()) == (422, {bound: ["can't be blank"]})
    assert world.get(f"/schedules/{world.tool('schedule')}/entries.json") == [entry]


@pytest.mark.parametrize(
    "wrong",
    [{"starts_at": 1491397110}, {"ends_at": None}, {"all_day": None}, {"highlighted": None}, {"ends_at": 1.5}],
)
def test_nulls_and_numbers_make_the_service_fail_with_a_page(world: World, wrong: dict[str, Any]) -> None:
    entry = world.entry()
    path = f"/schedule_entries/{entry['id']}.json"
    for method, where in (("PUT", path), ("POST", f"/schedules/{world.tool('schedule')}/entries.json")):
        answer = world.as_("ada").request(method, where, json={"summary": "Changed", **TIMED, **wrong})
        assert answer.status_code == 500
        assert answer.headers["Content-Type"].startswith("text/html")
    assert world.get(f"/schedules/{world.tool('schedule')}/entries.json") == [entry]


def test_an_entry_cannot_end_before_it_starts(world: World) -> None:
    body = {"summary": "x", "starts_at": TIMED["ends_at"], "ends_at": TIMED["starts_at"]}
    assert world.status("POST", f"/schedules/{world.tool('schedule')}/entries.json", json=body) == 422


@pytest.mark.parametrize("link", ["ftp://example.org", "not a link", "https://e.org/" + "x" * 2500])
def test_a_join_link_must_be_a_web_address(world: World, link: str) -> None:
    path = f"/schedules/{world.tool('schedule')}/entries.json"
    answer = world.as_("ada").post(path, json={"summary": "x", **TIMED, "url": link})
    assert answer.status_code == 422
    assert "url" in answer.json()["errors"]


def test_entries_are_listed_by_status_in_order_of_their_start(world: World) -> None:
    later = world.entry(summary="Later", starts_at="2026-08-01T09:00:00Z", ends_at="2026-08-01T10:00:00Z")
    sooner, trashed = world.entry(**DAYS), world.entry(summary="Trashed")
    world.command("PUT", f"/recordings/{trashed['id']}/status/trashed.json")
    path = f"/schedules/{world.tool('schedule')}/entries.json"
    assert [row["id"] for row in world.get(path)] == [sooner["id"], later["id"]]
    assert [row["id"] for row in world.get(path, status="trashed")] == [trashed["id"]]


def test_a_draft_is_not_listed(world: World) -> None:
    draft = world.entry(status="drafted")
    assert draft["status"] == "drafted"
    path = f"/schedules/{world.tool('schedule')}/entries.json"
    assert world.get(path) == []
    assert world.status("POST", path, json={"summary": "x", **TIMED, "status": "open"}) == 400


def test_a_schedule_tells_whether_it_shows_due_dates(world: World) -> None:
    path = f"/schedules/{world.tool('schedule')}.json"
    assert world.get(path)["include_due_assignments"] is True
    assert world.put(path, include_due_assignments=False)["include_due_assignments"] is False
    assert world.status("PUT", path, json={}) == 400
