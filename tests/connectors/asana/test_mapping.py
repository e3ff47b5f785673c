"""The lens laws of Asana's tasks, and the rules between fields that only Asana has."""

from __future__ import annotations

from datetime import UTC, date, datetime
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from connectors.asana.bodies import changes, dates, new_task
from connectors.asana.capabilities import PROJECT
from connectors.asana.mapping import UNTITLED, clean, settled, view_of
from connectors.asana.raw import mark_for, mark_in, remote_of, version_of
from connectors.asana.richtext import to_asana
from domain.errors import SetAside
from domain.fields import FIELDS, RecordType, complete
from domain.lens import Space, lift, project
from domain.values import Value
from tests.connectors.asana.world import BERLIN, TASK

HERE, ELSEWHERE = "100", "200"

NOTES = [
    "",
    "Some *words* and a [link](https://example.org/a?b=c&d)",
    "# One\n\n### Three\n\ntext\\\nof lines",
    "3. one\n   - two\n\n     > quoted\n\nmore",
    "> quoted\n\n```\ncode & <tags>\n```\n\n---",
    "a\u00a0b & <c> \U0001f989 \u05e9\u05dc\u05d5\u05dd",
]

days = st.dates(date(2020, 1, 1), date(2035, 12, 31))
moments = st.integers(1_580_000_000, 2_080_000_000).map(lambda second: datetime.fromtimestamp(second, UTC))
ends = st.none() | days | moments
words = st.text(st.characters(exclude_categories=["Cs"]), max_size=20)
gids = st.integers(1, 10**16).map(str)
sections = st.sampled_from([UNTITLED, "Doing", "Später", " "])


def _dates(end: str, value: Any) -> dict[str, Any]:
    """Return a date as Asana shows it; the day of a moment is that of some reader's zone."""
    if isinstance(value, datetime):
        return {f"{end}_at": value.isoformat().replace("+00:00", ".000Z"), f"{end}_on": value.date().isoformat()}
    return {f"{end}_at": None, f"{end}_on": value and value.isoformat()}


@st.composite
def tasks(draw: st.DrawFn) -> dict[str, Any]:
    """Tasks as Asana could send them, contradictions among them."""
    done = draw(st.booleans())
    places = draw(st.lists(st.sampled_from([HERE, ELSEWHERE]), unique=True))
    return {
        "gid": draw(gids),
        "name": draw(words),
        "resource_subtype": draw(st.sampled_from(["default_task", "milestone", "approval", "custom", "new_one"])),
        "html_notes": to_asana(draw(st.sampled_from(NOTES))),
        "completed": done,
        "completed_at": "2026-11-21T10:00:00.123Z" if done else None,
        "assignee": draw(st.none() | gids.map(lambda gid: {"gid": gid, "resource_type": "user"})),
        "tags": [{"gid": str(n), "name": name} for n, name in enumerate(draw(st.lists(words, max_size=3)))],
        "memberships": [{"project": {"gid": gid}, "section": {"gid": "9", "name": draw(sections)}} for gid in places],
        "parent": draw(st.none() | gids.map(lambda gid: {"gid": gid, "resource_type": "task"})),
        "num_subtasks": 0,
        "modified_at": "2026-11-21T10:00:00.123Z",
        **_dates("due", draw(ends)),
        **_dates("start", draw(ends)),
    }


@st.composite
def wishes(draw: st.DrawFn) -> dict[str, Value]:
    """Whole views as other tools would have them."""
    return {
        "kind": draw(st.sampled_from(["task", "milestone"])),
        "title": draw(words),
        "notes": draw(st.sampled_from(NOTES)),
        "state": draw(st.sampled_from(["open", "done"])),
        "assignees": draw(st.frozensets(gids, max_size=3)),
        "start": draw(ends),
        "due": draw(ends),
        "tags": draw(st.frozensets(words, max_size=3)),
        "list": draw(st.none() | sections),
        "parent": draw(st.none() | gids),
    }


def view(raw: dict[str, Any]) -> dict[str, Value]:
    return view_of(raw, HERE, BERLIN)


def space_with(persons: Any) -> Space:
    return Space("asana", PROJECT, BERLIN, lambda _, fields: settled(fields, BERLIN), persons=frozenset(persons))


@given(tasks())
def test_get_put_a_view_that_nobody_changed_asks_for_no_write(raw: dict[str, Any]) -> None:
    shown = view(raw)
    space = space_with(shown["assignees"])
    record = complete(TASK, shown)
    wanted = project(RecordType.TASK, record, space, shown)
    assert wanted == _without_completed_at(shown)
    assert changes((), wanted, raw, BERLIN) == {}


@given(tasks())
def test_a_view_is_as_asana_can_hold_it(raw: dict[str, Any]) -> None:
    assert settled(view(raw), BERLIN) == view(raw)


@given(wishes())
def test_settling_is_idempotent_and_respects_asanas_rules(fields: dict[str, Value]) -> None:
    view = settled(fields, BERLIN)
    assert settled(view, BERLIN) == view
    assert len(view["assignees"]) <= 1  # type: ignore[arg-type]
    assert "list" not in view or view["parent"] is None
    if view["kind"] == "milestone":
        assert "start" not in view
    elif view["start"] is not None:
        assert view["due"] is not None
        assert isinstance(view["due"], datetime) or not isinstance(view["start"], datetime)


@given(wishes())
def test_put_get_what_is_created_is_what_is_read_back(fields: dict[str, Value]) -> None:
    wanted = settled(fields, BERLIN)
    assert view(_made(new_task(wanted, BERLIN), wanted)) == {**wanted, "completed_at": _completed_at(wanted)}


@given(tasks(), wishes(), st.sets(st.sampled_from(["kind", "title", "notes", "state", "assignees", "start", "due"])))
def test_put_get_what_is_changed_is_what_is_read_back(raw: Any, fields: dict[str, Value], names: set[str]) -> None:
    before = view(raw)
    wanted = settled({**before, **{name: fields[name] for name in names}}, BERLIN)
    names = {name for name in wanted if wanted[name] != before.get(name)}
    after = view({**raw, **_applied(changes(names, wanted, raw, BERLIN), raw)})
    assert {name: after[name] for name in wanted if name != "completed_at"} == _without_completed_at(wanted)


@given(tasks(), wishes())
def test_requests_obey_asanas_rules_about_dates(raw: dict[str, Any], fields: dict[str, Value]) -> None:
    wanted = settled({**view(raw), "start": fields["start"], "due": fields["due"]}, BERLIN)
    body = dates(frozenset({"start", "due"}), wanted, raw, BERLIN)
    assert not {"due_on", "due_at"} <= body.keys()
    assert not {"start_on", "start_at"} <= body.keys()
    if "start_on" in body:
        assert {"due_on", "due_at"} & body.keys()
    if "start_at" in body:
        assert "due_at" in body


def test_lifting_puts_back_nothing_that_asana_shows() -> None:
    space, held = space_with(()), PROJECT.types[TASK].fields["due"]
    spec = FIELDS[TASK]["due"]
    moment = datetime(2027, 3, 1, 9, tzinfo=UTC)
    assert lift(spec, held, date(2027, 3, 2), moment, moment, space) == date(2027, 3, 2)


@pytest.mark.parametrize(
    ("start", "due", "expected"),
    [
        (date(2027, 3, 1), None, None),
        (date(2027, 3, 1), date(2027, 3, 1), None),
        (date(2027, 3, 2), date(2027, 3, 1), None),
        (date(2027, 3, 1), datetime(2027, 3, 2, 9, tzinfo=UTC), date(2027, 3, 1)),
        (date(2027, 3, 2), datetime(2027, 3, 2, 9, tzinfo=UTC), None),
        (datetime(2027, 2, 28, 23, 30, tzinfo=UTC), date(2027, 3, 2), date(2027, 3, 1)),  # past midnight in Berlin
        (datetime(2027, 3, 1, 9, tzinfo=UTC), datetime(2027, 3, 1, 9, tzinfo=UTC), None),
        (datetime(2027, 3, 1, 8, tzinfo=UTC), datetime(2027, 3, 1, 9, tzinfo=UTC), datetime(2027, 3, 1, 8, tzinfo=UTC)),
    ],
)
def test_a_start_stands_beside_a_later_due_date_of_its_sort(start: Any, due: Any, expected: Any) -> None:
    assert settled({"start": start, "due": due}, BERLIN)["start"] == expected


def test_h24_the_derived_day_of_a_timed_task_is_not_looked_at() -> None:
    raw = {"gid": "1", "due_at": "2027-03-27T23:30:00.000Z", "due_on": "2027-03-28", "start_on": None}
    assert view(raw)["due"] == datetime(2027, 3, 27, 23, 30, tzinfo=UTC)
    assert view({"gid": "1", "due_at": None, "due_on": "2027-03-28"})["due"] == date(2027, 3, 28)


def test_notes_that_asana_did_not_send_are_not_taken_for_empty_ones() -> None:
    assert "notes" not in view({"gid": "1", "name": "x"})
    assert view({"gid": "1", "html_notes": "<body></body>"})["notes"] == ""


@pytest.mark.parametrize("broken", [{"due_on": "2027-13-45"}, {"due_at": "soon"}, {"completed_at": 5}])
def test_h28_a_date_that_nobody_can_read_sets_the_task_aside(broken: dict[str, Any]) -> None:
    with pytest.raises(SetAside, match="“Ask”"):
        view({"gid": "1", "name": "Ask", **broken})


def test_h28_nonsense_in_lists_harms_nothing() -> None:
    raw = {"gid": "1", "tags": [None, 5, {"name": "care"}], "memberships": [None, {"project": 5}], "assignee": "me"}
    assert (view(raw)["tags"], view(raw)["list"], view(raw)["assignees"]) == (frozenset({"care"}), None, frozenset())
    assert remote_of({**raw, "modified_at": "soon", "external": 5}, HERE).modified_at is None


def test_control_characters_go_and_line_breaks_become_spaces() -> None:
    assert clean("a\tb\nc\x00d\x9fe\u2028f \u202eg") == "a b cde\u2028f \u202eg"


def test_fields_that_are_not_given_are_not_invented() -> None:
    assert settled({"title": "x"}, BERLIN) == {"title": "x"}
    assert settled({"list": UNTITLED}, BERLIN) == {"list": None}


@given(tasks(), st.sampled_from(["name", "resource_subtype", "completed", "due_on", "modified_at", "html_notes"]))
def test_equal_versions_mean_equal_views(raw: dict[str, Any], name: str) -> None:
    other = {**raw, name: f"{raw[name]} changed"}
    assert version_of(raw, HERE) == version_of({**raw, "followers": [1]}, HERE)
    assert version_of(raw, HERE) != version_of(other, HERE)


def test_versions_follow_moves_tags_assignees_and_parents_of_this_project_only() -> None:
    place = {"project": {"gid": HERE}, "section": {"gid": "1", "name": "Doing"}}
    raw = {"gid": "1", "memberships": [place]}
    other = {"project": {"gid": ELSEWHERE}, "section": {"gid": "2", "name": "There"}}
    assert version_of(raw, HERE) == version_of({**raw, "memberships": [other, place]}, HERE)
    moved = {**place, "section": {"gid": "1", "name": "Done"}}
    changed: list[dict[str, Any]] = [
        {"memberships": [moved]},
        {"memberships": []},
        {"tags": [{"gid": "5", "name": "care"}]},
        {"assignee": {"gid": "7"}},
        {"parent": {"gid": "8"}},
    ]
    assert len({version_of({**raw, **change}, HERE) for change in [{}, *changed]}) == len(changed) + 1


def test_versions_do_not_follow_the_passing_addresses_of_images() -> None:
    def with_image(src: str, more: str = "") -> dict[str, Any]:
        return {"gid": "1", "html_notes": f'<body>a <img src="{src}" alt="plan"/> b{more}</body>'}

    first, second = with_image("https://example.org/1"), with_image("https://example.org/2")
    assert version_of(first, HERE) == version_of(second, HERE)
    assert version_of(first, HERE) != version_of(with_image("https://example.org/1", "!"), HERE)


def test_marks_are_read_back_for_their_own_project_only() -> None:
    raw = {"gid": "1", "external": {"gid": mark_for("record-1", HERE)}}
    assert mark_in(raw, HERE) == remote_of(raw, HERE).mark == "record-1"
    assert mark_in(raw, ELSEWHERE) is None
    assert mark_in({"gid": "1", "external": {"gid": "somebody's own"}}, HERE) is None
    assert mark_in({"gid": "1", "external": None}, HERE) is None


def _without_completed_at(fields: dict[str, Value]) -> dict[str, Value]:
    return {name: value for name, value in fields.items() if name != "completed_at"}


def _completed_at(wanted: dict[str, Value]) -> Value:
    return datetime(2026, 11, 21, tzinfo=UTC) if wanted["state"] == "done" else None


def _made(body: dict[str, Any], wanted: dict[str, Value]) -> dict[str, Any]:
    """Return the task that a create makes; sections, tags and parents have calls of their own."""
    place = {"project": {"gid": HERE}, "section": {"gid": "1", "name": wanted.get("list") or UNTITLED}}
    return {
        "gid": "1",
        "tags": [{"gid": tag, "name": tag} for tag in wanted["tags"]],  # type: ignore[union-attr]
        "memberships": [place],
        "parent": wanted["parent"] and {"gid": wanted["parent"]},
        **_applied({"html_notes": "<body></body>", **body}, {}),
    }


def _applied(body: dict[str, Any], raw: dict[str, Any]) -> dict[str, Any]:
    """Return what becomes of a body, by Asana's documented rules."""
    found = dict(body)
    for end in ("due", "start"):
        if f"{end}_at" in found:
            found[f"{end}_on"] = str(found[f"{end}_at"])[:10]
        elif f"{end}_on" in found:
            found[f"{end}_at"] = None
    if "assignee" in found:
        found["assignee"] = found["assignee"] and {"gid": found["assignee"]}
    if "completed" in found:
        found["completed_at"] = "2026-11-21T00:00:00.000Z" if found["completed"] else None
    return found
