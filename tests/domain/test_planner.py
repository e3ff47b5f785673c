"""Laws of the planner, on generated worlds."""

from __future__ import annotations

from dataclasses import replace
from datetime import UTC, date, datetime

from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from domain.capabilities import Held, Hold
from domain.fields import FIELDS, RecordType
from domain.lens import Space, hold_value
from domain.plan import LinkState
from domain.planner import plan
from domain.policy import Cap, Policy, Surge
from domain.values import Value, instant
from tests.domain.world import World, task_space

SPACES = (
    task_space("full"),
    task_space("days", without=("tags", "list"), due=Held(Hold.DAY), start=Held(Hold.DAY)),
    task_space("short", without=("start", "notes"), title=Held(max_length=8)),
)
GENEROUS = Policy(max_deletes=Cap(1000, 1.0), surge=Surge(1000, 1.0))
DAYS = st.dates(date(2026, 1, 1), date(2027, 12, 31))
TIMES = st.datetimes(datetime(2026, 1, 1), datetime(2027, 12, 31), timezones=st.just(UTC)).map(instant)  # noqa: DTZ001
TITLES = st.text(alphabet="abcdefgh é日🎉", min_size=1, max_size=14).filter(str.strip)
VALUES = {
    "title": TITLES,
    "notes": st.lists(st.sampled_from(["one", "two", "three", "four"]), max_size=4).map("\n".join),
    "state": st.sampled_from(["open", "done"]),
    "due": st.none() | DAYS | TIMES,
    "tags": st.frozensets(st.sampled_from("xyz"), max_size=3),
    "list": st.none() | st.sampled_from(["A", "B"]),
}


def act(world: World, verb: str, space: str, number: int, name: str, data: st.DataObject) -> None:
    items = sorted(world.tools[space])
    if verb == "create":
        world.create(space, {"title": data.draw(TITLES), "state": "open", "kind": "task"})
    elif verb == "sync":
        world.sync()
    elif items:
        remote = items[number % len(items)]
        if verb == "delete":
            del world.tools[space][remote]
        elif name in world.tools[space][remote]:
            held = next(one for one in world.spaces if one.name == space)
            value = data.draw(VALUES[name])
            world.edit(space, remote, **{name: fit(held, name, value)})


def fit(space: Space, name: str, value: object) -> Value:
    """Cut a value to what a person could set in that tool."""
    capabilities = space.type(RecordType.TASK)
    assert capabilities is not None
    return hold_value(FIELDS[RecordType.TASK][name], capabilities.fields[name], value, space)  # type: ignore[arg-type]


@settings(suppress_health_check=[HealthCheck.too_slow])
@given(st.data(), st.integers(2, 3))
def test_a_plan_carried_out_leaves_nothing_to_plan(data: st.DataObject, spaces: int) -> None:
    world = World(SPACES[:spaces], GENEROUS)
    for _ in range(data.draw(st.integers(1, 20))):
        verb = data.draw(st.sampled_from(["create", "create", "edit", "edit", "edit", "delete", "sync"]))
        where = world.spaces[data.draw(st.integers(0, spaces - 1))].name
        act(world, verb, where, data.draw(st.integers(0, 50)), data.draw(st.sampled_from(sorted(VALUES))), data)
    for _ in range(2):
        world.sync()
    quiet = world.plan()
    assert quiet.steps == [], quiet.steps
    assert quiet.deltas == (), quiet.deltas
    asked = {record for question in quiet.questions for record in question.records}
    for link in world.links.values():
        assert link.state is not LinkState.LIVE or link.remote in world.tools[link.space]
    for record in world.records.values():
        live = {
            link.space for link in world.links.values() if link.record == record.id and link.state is LinkState.LIVE
        }
        if record.id not in asked:
            assert live == (set() if record.deleted else {space.name for space in world.spaces})
    if not asked:
        for other in world.spaces[1:]:
            assert world.in_step(world.spaces[0].name, other.name)


@given(DAYS | TIMES, DAYS, TITLES)
def test_h09_what_a_poorer_tool_edits_keeps_what_it_cannot_hold(due: date, other: date, title: str) -> None:
    world = World(SPACES[:2])
    world.create("full", {"title": "t", "due": due, "tags": frozenset("xy"), "kind": "task", "state": "open"})
    world.sync()
    (remote,) = world.tools["days"]
    world.edit("days", remote, title=title)
    world.sync()
    (whole,) = world.tools["full"].values()
    assert (whole["due"], whole["tags"], whole["title"]) == (due, frozenset("xy"), title)
    world.edit("days", remote, due=other)
    world.sync()
    (whole,) = world.tools["full"].values()
    if isinstance(due, datetime):
        assert isinstance(whole["due"], datetime)
        assert whole["due"].astimezone(SPACES[0].zone).date() == other
        wall = due.astimezone(SPACES[0].zone).time()
        assert whole["due"].astimezone(SPACES[0].zone).time() == wall
    else:
        assert whole["due"] == other


def test_the_order_of_reading_does_not_matter() -> None:
    world = World(SPACES)
    for number in range(6):
        world.create(("full", "days", "short")[number % 3], {"title": f"t{number}", "kind": "task", "state": "open"})
    situation = world.situation()
    turned = replace(situation, seen=tuple(reversed(situation.seen)))
    assert {step.record for step in plan(situation).steps} == {step.record for step in plan(turned).steps}
