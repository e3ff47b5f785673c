import pytest

from tests.sandbox.microsoft365.harness import MAILBOX, Graph, Json, at, event, weekly, window

SPRING = window("2026-03-01", "2026-04-01")


def round_of(graph: Graph, path: str, **more: str) -> tuple[list[Json], str]:
    """All entries of a round, and the link to the next one."""
    entries, answer = [], graph.get(path, **more)
    for _ in range(50):
        entries += answer["value"]
        if "@odata.deltaLink" in answer:
            assert "@odata.nextLink" not in answer
            return entries, answer["@odata.deltaLink"]
        answer = graph.get(answer["@odata.nextLink"], **more)
    raise AssertionError("the round has no end")


def first(graph: Graph, **more: str) -> tuple[list[Json], str]:
    return round_of(graph, f"/calendarView/delta?{SPRING}", **more)


def removed(event_id: str) -> Json:
    return {"@odata.type": "#microsoft.graph.event", "id": event_id, "@removed": {"reason": "deleted"}}


@pytest.mark.parametrize("form", ["delta", "delta()"])
def test_a_first_round_and_an_empty_one(graph: Graph, form: str) -> None:
    made = [graph.create(event(f"Event {day}", start=f"2026-03-{day}T17:00:00")) for day in range(10, 25)]
    graph.create(event("outside", start="2026-05-01T17:00:00"))
    entries, link = round_of(graph, f"/calendarView/{form}?{SPRING}")
    assert [entry["id"] for entry in entries] == [one["id"] for one in made]
    assert entries[0]["subject"] == "Event 10"
    assert link.startswith(f"{graph.url}{graph.user}/calendarView/{form}?$deltatoken=")
    assert round_of(graph, link)[0] == []


def test_the_page_size_zone_and_id_kind_follow_the_headers(graph: Graph) -> None:
    for day in range(10, 15):
        graph.create(event(start=f"2026-03-{day}T17:00:00"))
    prefer = 'odata.maxpagesize=2, outlook.timezone="Tokyo Standard Time", IdType="ImmutableId"'
    answer = graph.call("GET", f"{graph.user}/calendarView/delta?{SPRING}", prefer=prefer)
    assert "odata.track-changes" in answer.headers["preference-applied"]
    rows = answer.json()["value"]
    assert len(rows) == 2
    assert rows[0]["start"] == at("2026-03-11T01:00:00.0000000", "Tokyo Standard Time")
    assert rows[0]["id"] == graph.state.mailbox(MAILBOX).event_id(2, immutable=True)


def test_later_rounds_tell_what_changed(graph: Graph) -> None:
    kept, changed, deleted = (graph.create(event(name)) for name in ("kept", "changed", "deleted"))
    _, link = first(graph)
    graph.patch(changed, {"subject": "changed twice"})
    graph.patch(changed, {"subject": "changed"})
    graph.delete(deleted)
    made = graph.create(event("made"))
    entries, link = round_of(graph, link)
    assert removed(deleted["id"]) in entries
    assert [entry.get("subject") for entry in entries] == ["changed", None, "made"]
    assert {entry["id"] for entry in entries} == {changed["id"], deleted["id"], made["id"]}
    assert round_of(graph, link)[0] == []
    assert kept["id"] not in {entry["id"] for entry in entries}


def test_an_event_outside_the_window_looks_deleted(graph: Graph) -> None:
    moved = graph.create(event())
    _, link = first(graph)
    outside = graph.create(event(start="2026-05-01T17:00:00"))
    graph.patch(moved, {"start": at("2026-05-02T17:00:00"), "end": at("2026-05-02T18:00:00")})
    entries, _ = round_of(graph, link)
    assert entries == [removed(outside["id"]), removed(moved["id"])]
    for one in (moved, outside):
        assert graph.call("GET", f"{graph.user}/events/{one['id']}").status_code == 200


def test_a_series_comes_as_its_master_and_stubs(graph: Graph) -> None:
    made = graph.create(event(recurrence=weekly()))
    entries, _ = first(graph)
    assert [entry["type"] for entry in entries] == ["seriesMaster", *["occurrence"] * 4]
    assert entries[1].keys() == {"@odata.type", "id", "type", "seriesMasterId", "start", "end"}
    assert entries[1]["seriesMasterId"] == made["id"]
    assert graph.get(f"/events/{entries[1]['id']}")["subject"] == "Gathering"


def test_a_deleted_occurrence_shows_only_in_its_master(graph: Graph) -> None:
    graph.create(event(recurrence=weekly()))
    entries, link = first(graph)
    graph.delete(entries[2])
    graph.patch(entries[3], {"subject": "Guest talk"})
    later, _ = round_of(graph, link)
    assert [entry["type"] for entry in later] == ["seriesMaster", "occurrence", "exception", "occurrence"]
    assert later[2]["subject"] == "Guest talk"
    assert entries[2]["id"] not in {entry["id"] for entry in later}


def test_a_round_covers_one_calendar(graph: Graph) -> None:
    calendar = graph.state.add_calendar(MAILBOX, "Gatherings")
    _, default_link = first(graph)
    path = f"/calendars/{calendar}/calendarView/delta?{SPRING}"
    _, link = round_of(graph, path)
    made = graph.create(event(), f"/calendars/{calendar}/events")
    assert [entry["id"] for entry in round_of(graph, link)[0]] == [made["id"]]
    assert round_of(graph, default_link)[0] == []
    _, nested = round_of(graph, f"/calendar/calendarView/delta?{SPRING}")
    graph.create(event("in default"))
    assert [entry["subject"] for entry in round_of(graph, nested)[0]] == ["in default"]


def test_what_changes_during_a_round_comes_in_the_next(graph: Graph) -> None:
    made = [graph.create(event(f"Event {number}")) for number in range(4)]
    prefer = "odata.maxpagesize=2"
    page = graph.get(f"/calendarView/delta?{SPRING}", prefer=prefer)
    graph.delete(made[3])
    graph.patch(made[0], {"subject": "changed"})
    late = graph.create(event("late"))
    page = graph.get(page["@odata.nextLink"], prefer=prefer)
    assert page["value"][1] == removed(made[3]["id"])
    entries, _ = round_of(graph, page["@odata.deltaLink"])
    assert {entry["id"] for entry in entries} == {made[0]["id"], made[3]["id"], late["id"]}


def test_a_link_can_be_followed_again(graph: Graph) -> None:
    _, link = first(graph)
    graph.create(event())
    assert len(round_of(graph, link)[0]) == len(round_of(graph, link)[0]) == 1


def test_tokens_can_lose_their_state(graph: Graph) -> None:
    graph.create(event())
    graph.create(event())
    prefer = "odata.maxpagesize=1"
    page = graph.get(f"/calendarView/delta?{SPRING}", prefer=prefer)
    _, link = first(graph)
    graph.state.delta_tokens_valid = False
    for lost in (link, page["@odata.nextLink"]):
        answer = graph.call("GET", lost)
        assert (answer.status_code, answer.json()["error"]["code"]) == (410, "SyncStateNotFound")
        assert answer.headers["location"] == f"{graph.url}{graph.user}/calendarView/delta"
    graph.state.delta_tokens_valid = True
    assert round_of(graph, link)[0] == []
    graph.state.forget_delta_tokens()
    assert graph.refused("GET", link) == (410, "SyncStateNotFound")
    assert len(first(graph)[0]) == 2


def test_noise_makes_an_empty_page_and_a_repeated_entry(graph: Graph) -> None:
    made = graph.create(event())
    graph.state.delta_noise = True
    page = graph.get(f"/calendarView/delta?{SPRING}")
    assert page["value"] == []
    entries, link = round_of(graph, page["@odata.nextLink"])
    assert [entry["id"] for entry in entries] == [made["id"], made["id"]]
    assert round_of(graph, link)[0] == []


def test_a_round_can_be_made_endless(graph: Graph) -> None:
    graph.create(event())
    graph.state.delta_endless = True
    page = graph.get(f"/calendarView/delta?{SPRING}")
    links = set()
    for _ in range(3):
        links.add(page["@odata.nextLink"])
        following = graph.get(page["@odata.nextLink"])
        assert following["value"] == page["value"]
        assert "@odata.deltaLink" not in following
        page = following
    assert len(links) == 3


@pytest.mark.parametrize("query", ["$select=id", "$filter=subject eq 'x'", "$orderby=subject", "$top=5", "$expand=x"])
def test_query_options_are_refused(graph: Graph, query: str) -> None:
    path = f"/calendarView/delta?{SPRING}&{query}"
    assert graph.refused("GET", path) == (400, "ErrorInvalidUrlQuery")


def test_a_first_round_needs_a_window(graph: Graph) -> None:
    assert graph.refused("GET", "/calendarView/delta") == (400, "ErrorInvalidParameter")


def test_a_token_of_another_mailbox_is_refused(graph: Graph) -> None:
    graph.state.add_mailbox("other@example.org", "Other")
    _, link = first(graph)
    foreign = link.replace(MAILBOX, "other@example.org")
    assert graph.refused("GET", foreign) == (400, "ErrorInvalidUrlQuery")
