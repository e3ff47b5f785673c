"""The laws of the lens, and the rules behind them."""

from datetime import UTC, date, datetime
from typing import Any
from zoneinfo import ZoneInfo

import pytest
from hypothesis import given
from hypothesis import strategies as st

from connectors.basecamp.bodies import changed_entry, changed_todo, new_entry, new_todo, present_entry, present_todo
from connectors.basecamp.capabilities import CAPABILITIES
from connectors.basecamp.lens import UNTITLED, Lens
from connectors.basecamp.places import Place
from domain.capabilities import Hold
from domain.errors import SetAside
from domain.fields import FIELDS, RecordType, complete
from domain.lens import Space, lift, project
from domain.values import Fields, Value
from tests.connectors.basecamp.samples import DAYS, INSTANTS, NAMES, OPTIONS, TITLES, entries, places, todos

TASK, EVENT = RecordType.TASK, RecordType.EVENT
LENS = Lens(OPTIONS)
SPACE = Space("basecamp", CAPABILITIES, ZoneInfo("Europe/Berlin"), LENS.settle, persons=frozenset("12345"))


def written(kind: RecordType, view: Fields) -> Fields:
    """Return the part of a view that is ours to write."""
    held = CAPABILITIES.types[kind].fields
    return {name: value for name, value in view.items() if held[name].hold is not Hold.READ}


def record_of(kind: RecordType, view: Fields) -> dict[str, Value]:
    return complete(kind, {name: value for name, value in view.items() if value is not None})


@st.composite
def wanted_tasks(draw: st.DrawFn) -> Fields:
    """A task as another tool may hold it: with times of day, in any list, however odd."""
    whens: st.SearchStrategy[Any] = st.none() | DAYS | INSTANTS
    return {
        "kind": draw(st.sampled_from(["task", "milestone"])),
        "title": draw(TITLES),
        "state": draw(st.sampled_from(["open", "done"])),
        "assignees": frozenset(draw(st.lists(st.sampled_from("12345678"), max_size=3))),
        "start": draw(whens),
        "due": draw(whens),
        "list": draw(st.none() | NAMES | st.just("")),
        "tags": frozenset({"kept"}),
    }


@given(todos(), places())
def test_getput_a_todo_that_is_taken_in_needs_no_write(row: dict[str, Any], place: Place) -> None:
    view = LENS.view(LENS.remote(TASK, row, place))
    again = project(TASK, record_of(TASK, view), SPACE, view)
    assert again == written(TASK, view)
    assert LENS.settle(TASK, view) == view


@given(entries())
def test_getput_an_entry_that_is_taken_in_needs_no_write(row: dict[str, Any]) -> None:
    view = LENS.view(LENS.remote(EVENT, row))
    assert project(EVENT, record_of(EVENT, view), SPACE, view) == written(EVENT, view)
    assert LENS.settle(EVENT, view) == view


@given(wanted_tasks())
def test_what_a_space_shows_of_a_record_lifts_to_the_record(fields: Fields) -> None:
    """H09: times of day, lists with a meaning here and starts without a due date stay whole elsewhere."""
    record = complete(TASK, fields)
    view = project(TASK, record, SPACE)
    assert project(TASK, record, SPACE, view) == view
    for name, held in CAPABILITIES.types[TASK].fields.items():
        if name in view:
            spec = FIELDS[TASK][name]
            assert lift(spec, held, view[name], record[name], view[name], SPACE) == record[name]


@given(st.sampled_from([TASK, EVENT]), wanted_tasks())
def test_settling_twice_is_settling_once(kind: RecordType, fields: Fields) -> None:
    once = LENS.settle(kind, fields)
    assert LENS.settle(kind, once) == once


@given(wanted_tasks())
def test_putget_a_new_todo_shows_what_was_asked_for(fields: Fields) -> None:
    """As far as the body goes: the list and the completion have requests of their own."""
    view = project(TASK, complete(TASK, fields), SPACE)
    body = new_todo(view)
    row = {
        "id": 1,
        "description": "",
        "completed": False,
        "starts_on": None,
        "due_on": None,
        **body,
        "assignees": [{"id": one} for one in body.get("assignee_ids", ())],
    }
    shown = LENS.view(LENS.remote(TASK, row))
    for name in ("assignees", "start", "due"):
        assert shown[name] == view[name]
    assert body["content"] == view["title"]


@given(todos(), wanted_tasks())
def test_putget_a_changed_todo_shows_the_change_and_keeps_the_rest(row: dict[str, Any], fields: Fields) -> None:
    now = LENS.view(LENS.remote(TASK, row, Place("1", "Autumn")))
    asked = LENS.settle(TASK, {**now, **{name: _plain(fields[name]) for name in ("assignees", "start", "due")}})
    changes = {name: asked[name] for name in ("assignees", "start", "due") if asked[name] != now[name]}
    body = changed_todo(row, changes)
    assert body["content"] == row["content"]
    assert body["description"] == row["description"]
    assert body["completion_subscriber_ids"] == sorted(person["id"] for person in row["completion_subscribers"])
    assert body["assignee_ids"] == sorted(int(one) for one in asked["assignees"] or ())  # type: ignore[union-attr]  # a set
    if changes.keys() & {"start", "due"}:
        assert (body.get("starts_on"), body.get("due_on")) == (_iso(asked["start"]), _iso(asked["due"]))
    if not changes:
        assert body == present_todo(row)
    assert None not in body.values()
    assert "notify" not in body


def test_a_start_that_was_not_shown_does_not_appear_with_a_later_due_date() -> None:
    row = {"id": 1, "content": "Poster", "description": "", "starts_on": "2027-01-02", "due_on": "2027-01-01"}
    body = changed_todo({**row, "assignees": [], "completion_subscribers": []}, {"due": date(2027, 1, 3)})
    assert (body.get("starts_on"), body["due_on"]) == (None, "2027-01-03")


def _plain(value: Value) -> Value:
    return value.date() if isinstance(value, datetime) else value


def _iso(value: Value) -> str | None:
    return value.isoformat() if isinstance(value, date) else None


@given(entries())
def test_an_entry_echoed_is_an_entry_unchanged(row: dict[str, Any]) -> None:
    view = LENS.view(LENS.remote(EVENT, row))
    assert changed_entry(row, {}, view) == present_entry(row)
    body = changed_entry(row, {"title": "X", "start": view["start"], "end": view["end"]}, view)
    shown = LENS.view(LENS.remote(EVENT, {**row, **body}))
    assert shown == {**view, "title": "X"}
    assert not {"participant_ids", "url", "notify", "highlighted"} & body.keys()


@given(entries())
def test_putget_a_new_entry_shows_what_was_asked_for(row: dict[str, Any]) -> None:
    view = LENS.view(LENS.remote(EVENT, row))
    body = new_entry(view)
    made = {"id": 1, "description": "", "participants": [], **body, "join_url": body.get("url")}
    shown = LENS.view(LENS.remote(EVENT, made))
    assert written(EVENT, shown) == written(EVENT, view)


@given(todos(), places())
def test_equal_versions_show_equal_views(row: dict[str, Any], place: Place) -> None:
    one = LENS.remote(TASK, row, place)
    noise: dict[str, Any] = {"position": 9, "comments_count": 3, "updated_at": "2031-01-01T00:00:00Z", "steps": [{}]}
    noise["assignees"] = [{**person, "title": "Promoted"} for person in row["assignees"]]
    if "completion" in row:
        noise["completion"] = {**row["completion"], "creator": {"id": 1, "title": "Promoted"}}
    other = LENS.remote(TASK, {**row, **noise}, Place("2", place.name, place.group))
    assert one.version == other.version
    assert LENS.view(one) == LENS.view(other)


@given(todos(), todos(), places(), places())
def test_different_views_have_different_versions(
    one: dict[str, Any], other: dict[str, Any], here: Place, there: Place
) -> None:
    first, second = LENS.remote(TASK, one, here), LENS.remote(TASK, other, there)
    if LENS.view(first) != LENS.view(second):
        assert first.version != second.version


@pytest.mark.parametrize(
    ("name", "group", "kind", "shown"),
    [
        (None, None, "task", None),
        ("Tasks", None, "task", None),
        ("tasks ", None, "task", None),
        ("Tasks", "Q3", "task", "Tasks / Q3"),
        ("Autumn", None, "task", "Autumn"),
        ("Autumn", "Rooms", "task", "Autumn / Rooms"),
        ("Deadlines", None, "milestone", None),
        ("deadlines", "Q3", "milestone", None),
        ("Deadlines and more", None, "task", "Deadlines and more"),
    ],
)
def test_a_place_has_its_meaning(name: str | None, group: str | None, kind: str, shown: str | None) -> None:
    assert LENS.shown_place(Place("1", name, group)) == (kind, shown)


@pytest.mark.parametrize("name", ["Deadlines", "deadlines", "Deadlines / Q3", "Tasks", "TASKS", "", "  "])
def test_a_task_cannot_lie_in_a_list_with_another_meaning(name: str) -> None:
    assert LENS.settle(TASK, {"kind": "task", "list": name})["list"] is None


def test_a_milestone_has_no_list() -> None:
    assert "list" not in LENS.settle(TASK, {"kind": "milestone", "list": "Autumn"})
    assert LENS.path_for({"kind": "milestone", "list": "Autumn"}) == "Deadlines"
    assert LENS.path_for({"kind": "task", "list": None}) == "Tasks"


def test_a_start_needs_a_due_date_that_is_not_before_it() -> None:
    june, july = date(2026, 6, 1), date(2026, 7, 1)
    assert LENS.settle(TASK, {"start": june, "due": None})["start"] is None
    assert LENS.settle(TASK, {"start": july, "due": june}) == {"start": None, "due": june}
    assert LENS.settle(TASK, {"start": june, "due": july}) == {"start": june, "due": july}


def test_a_blank_title_is_untitled_and_the_record_keeps_its_own() -> None:
    assert LENS.settle(TASK, {"title": " "}) == {"title": UNTITLED}
    held = CAPABILITIES.types[TASK].fields["title"]
    assert lift(FIELDS[TASK]["title"], held, UNTITLED, "", UNTITLED, SPACE) == ""


@pytest.mark.parametrize(
    "odd",
    [
        {"due_on": "soon"},
        {"due_on": 20260601},
        {"assignees": None, "description": 5},
        {"completion": {"created_at": "yesterday"}, "completed": True},
        {"completed": True, "completion": "yes"},
    ],
)
def test_a_row_that_makes_no_sense_is_set_aside_alone(odd: dict[str, Any]) -> None:
    row = {
        "id": 1, "title": "Odd one", "content": "Odd one", "description": "", "completed": False,
        "starts_on": None, "due_on": None, "assignees": [], "parent": {"id": 1}, **odd,
    }  # fmt: skip
    remote = LENS.remote(TASK, row)
    with pytest.raises(SetAside, match="Odd one") as aside:
        LENS.view(remote)
    assert aside.value.mend


def test_titles_lose_control_characters_and_nothing_else() -> None:
    row = {
        "id": 1, "content": " a\tb\x00c\u200f ", "description": None, "completed": False,
        "starts_on": None, "due_on": None, "assignees": [],
    }  # fmt: skip
    assert LENS.view(LENS.remote(TASK, row))["title"] == " a bc\u200f "


def test_instants_are_whole_seconds_in_utc_whatever_the_offset() -> None:
    row = {
        "id": 1, "summary": "X", "description": "", "all_day": False, "participants": [],
        "starts_at": "2026-06-10T04:00:47.135-05:00", "ends_at": "2026-06-10T10:00:00Z",
    }  # fmt: skip
    assert LENS.view(LENS.remote(EVENT, row))["start"] == datetime(2026, 6, 10, 9, 0, 47, tzinfo=UTC)
