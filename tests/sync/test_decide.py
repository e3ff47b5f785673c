"""Conflicts that a person decides: nothing moves until then, and what was decided arrives everywhere."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import date, datetime, timedelta
from pathlib import Path
from typing import Any

import pytest

from domain.capabilities import Held
from domain.errors import ConfigProblem, Locked
from domain.fields import RecordType
from domain.policy import Policy
from domain.recurrence.overrides import encode
from domain.values import Fields, Value, instant
from store import runs, state
from store.state import Wanted
from sync.decide import Choice, resolve
from sync.report import Exit, Report
from tests.store.databases import KINDS, database
from tests.sync.faulty import Killed
from tests.sync.town import DAY_ONLY, Town, narrowed, town

ASK = Policy(conflict="ask")


@pytest.fixture(params=KINDS)
def trio(tmp_path: Path, request: pytest.FixtureRequest) -> Iterator[Town]:
    with database(request.param) as url, town(tmp_path, "a", "b", "c", url=url, policy=ASK) as built:
        yield built


def edit(place: Town, space: str, **fields: Value) -> None:
    """Somebody changes the only item of a space, a second after whatever happened before."""
    place.now += timedelta(seconds=1)
    (identity,) = place.tools[space].container().items
    place.tools[space].edit(identity, fields)


def shown(place: Town, name: str = "title") -> dict[str, Value]:
    """Return what each space shows of the only item."""
    return {space: next(iter(tool.fields().values())).get(name) for space, tool in place.tools.items()}


def everywhere(place: Town, value: Value) -> dict[str, Value]:
    return dict.fromkeys(place.tools, value)


def down(place: Town, space: str, *, still: bool = True) -> None:
    place.tools[space].container().readable = not still


def conflicts(place: Town, *, waiting: bool = True) -> list[dict[str, Any]]:
    with place.store.reading() as connection:
        found = runs.conflicts_of(connection, "town")
    return [one for one in found if one["undecided"] or not waiting]


async def decide(place: Town, keep: str | None = None, value: str | None = None, conflict: str = "") -> Report:
    """Decide the only conflict that waits."""
    place.now += timedelta(minutes=1)
    identity = conflict or conflicts(place)[0]["id"]
    _, report = await resolve(place.community(), place.store, place.clock, Choice(identity, "ada", keep, value))
    place.now += timedelta(minutes=1)
    return report


async def in_step(place: Town) -> bool:
    """Tell whether a further, full run finds nothing to do and nothing to ask."""
    report = await place.sync(full=True)
    return (report.steps, report.conflicts, report.exit) == ([], [], Exit.IN_STEP) and not conflicts(place)


async def quarrel(place: Town, **base: Value) -> None:
    """Bring one item everywhere, then let two people rename it."""
    place.task("a", "Plan", **base)
    await place.sync()
    edit(place, "a", title="Plan A")
    edit(place, "b", title="Plan B")
    report = await place.sync()
    assert report.exit == Exit.PERSON_NEEDED
    assert shown(place) == {"a": "Plan A", "b": "Plan B", "c": "Plan"}


async def test_until_it_is_decided_the_field_stays_and_the_rest_goes_on(trio: Town) -> None:
    await quarrel(trio)
    (first,) = conflicts(trio)
    edit(trio, "a", notes="from a")
    edit(trio, "b", due=date(2026, 12, 1))
    edit(trio, "c", tags=frozenset({"x"}))
    for full in (False, True, False):
        assert (await trio.sync(full=full)).exit == Exit.PERSON_NEEDED
        assert shown(trio) == {"a": "Plan A", "b": "Plan B", "c": "Plan"}
    assert shown(trio, "notes") == everywhere(trio, "from a")
    assert shown(trio, "due") == everywhere(trio, date(2026, 12, 1))
    assert shown(trio, "tags") == everywhere(trio, frozenset({"x"}))
    assert conflicts(trio) == [first]  # the same one, since when it is open


async def test_a_start_that_does_not_fit_waits_with_the_end_that_is_in_question(trio: Town) -> None:
    first, moved = date(2026, 12, 1), date(2026, 12, 8)
    trio.tools["a"].create(RecordType.EVENT, {"title": "Retreat", "start": first, "end": first + timedelta(days=1)})
    await trio.sync()
    for days, space in enumerate("ab", 1):
        edit(trio, space, start=moved, end=moved + timedelta(days=days))
    report = await trio.sync()
    assert (report.exit, report.held) == (Exit.PERSON_NEEDED, [])
    assert shown(trio, "start") == {"a": moved, "b": moved, "c": first}
    end, start = sorted(conflicts(trio), key=lambda one: str(one["field"]))
    with pytest.raises(ConfigProblem, match="do not fit together") as refused:
        await decide(trio, "a", conflict=start["id"])
    assert "Decide the end first" in refused.value.mend
    await decide(trio, "b", conflict=end["id"])
    assert shown(trio, "start") == everywhere(trio, moved)  # both had agreed on it
    assert shown(trio, "end") == everywhere(trio, moved + timedelta(days=2))
    assert await in_step(trio)


@pytest.mark.parametrize(("keep", "value"), [("a", "Plan A"), ("b", "Plan B"), ("hub", "Plan"), (None, "Plan C")])
async def test_a_decision_arrives_everywhere(trio: Town, keep: str | None, value: str) -> None:
    await quarrel(trio)
    report = await decide(trio, keep, None if keep else value)
    assert report.exit == Exit.IN_STEP
    assert shown(trio) == everywhere(trio, value)
    (closed,) = conflicts(trio, waiting=False)
    assert (closed["decision"]["keep"], closed["decision"]["value"], closed["decision"]["by"]) == (keep, value, "ada")
    assert await in_step(trio)


async def test_three_sides_and_a_third_value(trio: Town) -> None:
    trio.task("a", "Plan")
    await trio.sync()
    for space in "abc":
        edit(trio, space, title=f"Plan {space}")
    await trio.sync()
    assert [side["space"] for side in conflicts(trio)[0]["lost"]] == ["a", "b", "c"]
    await decide(trio, value="Plan together")
    assert shown(trio) == everywhere(trio, "Plan together")
    assert await in_step(trio)


@pytest.mark.parametrize("away", ["a", "b", "c"])
@pytest.mark.parametrize("keep", ["a", "b", "hub"])
async def test_a_decision_while_one_space_is_down(trio: Town, away: str, keep: str) -> None:
    """It arrives there when the space is back, and what it shows by then is not asked about once more."""
    await quarrel(trio)
    down(trio, away)
    await decide(trio, keep)
    value = {"a": "Plan A", "b": "Plan B", "hub": "Plan"}[keep]
    assert {space: title for space, title in shown(trio).items() if space != away} == {
        space: value for space in "abc" if space != away
    }
    await trio.sync()
    down(trio, away, still=False)
    report = await trio.sync()
    assert (report.exit, report.conflicts) == (Exit.IN_STEP, [])
    assert shown(trio) == everywhere(trio, value)
    assert await in_step(trio)


async def test_h07_what_a_space_showed_is_remembered_as_it_was_shown(tmp_path: Path) -> None:
    """Not as it would be cut anew: what nobody ever saw there would count as agreed, and that space as in step."""
    narrow = {"b": narrowed(title=Held(max_length=12))}
    with town(tmp_path, "a", "b", policy=ASK, capabilities=narrow) as pair:
        pair.task("a", "Plan with a long tail")
        await pair.sync()
        edit(pair, "a", title="Another")
        edit(pair, "b", title="Plans")
        await pair.sync()
        down(pair, "b")
        await decide(pair, "b")
        _, links = pair.store.load("town", Wanted(everything=True))
        assert [link.base["title"] for link in links if link.space == "b"] == ["Plans"]
        down(pair, "b", still=False)
        await pair.sync()
        assert shown(pair) == {"a": "Plans long tail", "b": "Plans long …"}
        assert await in_step(pair)


@pytest.mark.parametrize("away", [("a",), ("b",), ("a", "b")])
async def test_nothing_is_settled_because_a_space_is_down(trio: Town, away: tuple[str, ...]) -> None:
    await quarrel(trio)
    (first,) = conflicts(trio)
    for space in away:
        down(trio, space)
    edit(trio, "c", notes="meanwhile")
    for full in (False, True):
        await trio.sync(full=full)
        assert shown(trio) == {"a": "Plan A", "b": "Plan B", "c": "Plan"}
        assert conflicts(trio) == [first]
    for space in away:
        down(trio, space, still=False)
    await trio.sync()
    assert shown(trio) == {"a": "Plan A", "b": "Plan B", "c": "Plan"}
    assert shown(trio, "notes") == everywhere(trio, "meanwhile")
    assert conflicts(trio) == [first]


async def test_everything_is_down_when_it_is_decided(trio: Town) -> None:
    await quarrel(trio)
    for space in "abc":
        down(trio, space)
    assert (await decide(trio, value="Plan C")).exit == Exit.PERSON_NEEDED
    assert conflicts(trio) == []
    for space in "abc":
        down(trio, space, still=False)
    assert (await trio.sync()).exit == Exit.IN_STEP
    assert shown(trio) == everywhere(trio, "Plan C")
    assert await in_step(trio)


@pytest.mark.parametrize("space", ["a", "b", "c"])
async def test_a_newer_edit_is_a_new_conflict(trio: Town, space: str) -> None:
    await quarrel(trio)
    (first,) = conflicts(trio)
    edit(trio, space, title="Plan anew")
    report = await decide(trio, "a")
    assert report.exit == Exit.PERSON_NEEDED
    (new,) = conflicts(trio)
    assert new["id"] != first["id"]
    assert {(side["space"], side["value"]) for side in new["lost"]} == {(space, "Plan anew"), ("hub", "Plan A")}
    assert "Plan anew" in shown(trio).values()
    await trio.sync()
    assert conflicts(trio) == [new]
    await decide(trio, "hub")
    assert shown(trio) == everywhere(trio, "Plan A")
    assert await in_step(trio)


async def test_people_who_agree_settle_it_themselves(trio: Town) -> None:
    await quarrel(trio)
    edit(trio, "a", title="Plan B")
    await trio.sync()
    assert shown(trio) == everywhere(trio, "Plan B")
    assert await in_step(trio)


async def test_people_who_both_go_back_settle_it_as_well(trio: Town) -> None:
    await quarrel(trio)
    edit(trio, "a", title="Plan")
    edit(trio, "b", title="Plan")
    await trio.sync()
    assert shown(trio) == everywhere(trio, "Plan")
    assert conflicts(trio) == []
    down(trio, "a")
    edit(trio, "c", notes="later")
    await trio.sync()
    down(trio, "a", still=False)
    assert shown(trio)["c"] == "Plan"  # what was withdrawn does not come back
    await trio.sync()
    assert await in_step(trio)


async def test_two_fields_are_decided_one_by_one(trio: Town) -> None:
    await quarrel(trio)
    edit(trio, "a", due=date(2026, 12, 1))
    edit(trio, "b", due=date(2026, 12, 2))
    await trio.sync()
    ids = {one["field"]: one["id"] for one in conflicts(trio)}
    assert set(ids) == {"title", "due"}
    down(trio, "b")
    await trio.sync()
    await decide(trio, "b", conflict=ids["due"])
    assert shown(trio) == {"a": "Plan A", "b": "Plan B", "c": "Plan"}
    assert [one["field"] for one in conflicts(trio)] == ["title"]
    down(trio, "b", still=False)
    await decide(trio, "a", conflict=ids["title"][:9])
    assert shown(trio) == everywhere(trio, "Plan A")
    assert shown(trio, "due") == everywhere(trio, date(2026, 12, 2))
    assert await in_step(trio)


async def test_a_second_thought_replaces_the_first(trio: Town) -> None:
    await quarrel(trio)
    (first,) = conflicts(trio)
    await decide(trio, "a")
    await decide(trio, "b", conflict=first["id"])
    assert shown(trio) == everywhere(trio, "Plan B")
    assert await in_step(trio)


async def test_what_a_policy_decided_can_be_decided_otherwise(tmp_path: Path) -> None:
    with town(tmp_path, "a", "b", policy=Policy(conflict="prefer:a")) as pair:
        pair.task("a", "Plan")
        await pair.sync()
        edit(pair, "a", title="Plan A")
        edit(pair, "b", title="Plan B")
        await pair.sync()
        assert shown(pair) == everywhere(pair, "Plan A")
        (kept,) = conflicts(pair, waiting=False)
        edit(pair, "a", notes="later")
        await decide(pair, "b", conflict=kept["id"])
        assert shown(pair) == everywhere(pair, "Plan B")
        assert shown(pair, "notes") == everywhere(pair, "later")
        assert await in_step(pair)
        with pair.store.reading() as connection:
            history = runs.changes_of(connection, "town", kept["record"])
        assert [(one["before"], one["after"], one["space"]) for one in history if one["field"] == "title"][-1] == (
            "Plan A", "Plan B", "hub",
        )  # fmt: skip
        assert history[-1]["cause"] == f"decided by ada ({kept['id']})"


async def test_a_tool_that_holds_less_takes_part_in_it(tmp_path: Path) -> None:
    """The day that a day-only tool showed is compared with what it can show of the whole value."""
    with town(tmp_path, "a", "b", "c", policy=ASK, capabilities={"b": DAY_ONLY}) as place:
        place.task("a", "Plan", due=instant(datetime.fromisoformat("2026-12-01T09:30:00+01:00")))
        await place.sync()
        edit(place, "a", due=instant(datetime.fromisoformat("2026-12-02T10:00:00+01:00")))
        edit(place, "b", due=date(2026, 12, 3))
        await place.sync()
        down(place, "b")
        edit(place, "c", notes="meanwhile")
        await place.sync()
        assert shown(place, "due")["c"] == instant(datetime.fromisoformat("2026-12-01T09:30:00+01:00"))
        await decide(place, "b")
        down(place, "b", still=False)
        await place.sync()
        whole = instant(datetime.fromisoformat("2026-12-03T09:30:00+01:00"))
        assert shown(place, "due") == {"a": whole, "b": date(2026, 12, 3), "c": whole}
        assert await in_step(place)


async def test_the_moment_of_completion_is_nothing_to_ask_about(tmp_path: Path) -> None:
    with town(tmp_path, "a", "b", policy=ASK) as pair:
        pair.task("a", "Plan")
        await pair.sync()
        for space in "ab":
            edit(pair, space, state="done", completed_at=instant(pair.now + timedelta(hours=ord(space))))
        await pair.sync()
        again = await pair.sync()
        assert [space.read for space in again.spaces.values()] == [0, 0]  # nothing is left to be read again
        assert await in_step(pair)


async def test_an_item_edited_here_and_deleted_there(trio: Town) -> None:
    for number in range(4):
        trio.task("a", f"other {number}")
    trio.task("a", "Plan")
    await trio.sync()
    trio.tools["a"].edit(trio.id_of("a", "Plan"), {"title": "Plan more"})
    trio.tools["b"].delete(trio.id_of("b", "Plan"))
    await trio.sync()
    (conflict,) = conflicts(trio, waiting=False)
    assert conflict["field"] == "deleted"
    await decide(trio, "a", conflict=conflict["id"])
    assert [len(trio.titles(space)) for space in "abc"] == [5, 5, 5]
    report = await decide(trio, "b", conflict=conflict["id"])
    assert report.exit == Exit.IN_STEP
    assert [len(trio.titles(space)) for space in "abc"] == [4, 4, 4]
    with trio.store.reading() as connection:
        last = runs.changes_of(connection, "town", conflict["record"])[-1]
    assert (last["field"], last["space"], last["by"], last["run"]) == ("deleted", "hub", "ada", report.run)
    with pytest.raises(ConfigProblem, match="was deleted since"):
        await decide(trio, "a", conflict=conflict["id"])
    assert await in_step(trio)


async def test_a_run_that_dies_after_the_decision_is_continued(trio: Town) -> None:
    await quarrel(trio)
    trio.connector("c").die_after_writes = trio.connector("c").writes
    with pytest.raises((Killed, BaseExceptionGroup)):
        await decide(trio, "a")
    assert conflicts(trio) == []
    trio.connector("c").die_after_writes = None
    trio.now += timedelta(minutes=5)
    assert (await trio.sync()).exit == Exit.IN_STEP
    assert shown(trio) == everywhere(trio, "Plan A")
    assert await in_step(trio)


async def test_an_edit_that_races_with_a_decided_deletion_survives(trio: Town) -> None:
    trio.task("a", "Plan")
    await trio.sync()
    edit(trio, "a", title="Plan more")
    trio.tools["b"].delete(trio.id_of("b", "Plan"))
    await trio.sync()
    (conflict,) = conflicts(trio, waiting=False)
    edit(trio, "c", title="Plan most")
    await decide(trio, "b", conflict=conflict["id"])
    assert shown(trio) == everywhere(trio, "Plan most")
    assert await in_step(trio)


async def test_a_series_is_decided_occurrence_by_occurrence(trio: Town) -> None:
    """What only one side changed is kept whoever is preferred."""
    start, end = (instant(datetime.fromisoformat(f"2026-12-07T{hour}:00+01:00")) for hour in ("09", "10"))
    weekly: Fields = {
        "title": "Circle",
        "start": start,
        "end": end,
        "zone": "Europe/Berlin",
        "rrule": "FREQ=WEEKLY;COUNT=9",
    }
    trio.tools["a"].create(RecordType.EVENT, weekly)
    await trio.sync()
    first, second, third = (f"2026-12-{day}T09:00:00" for day in ("07", "14", "21"))
    edit(trio, "a", overrides=encode({first: {"title": "A"}, second: {"title": "only A"}}))
    edit(trio, "b", overrides=encode({first: {"title": "B"}, third: {"title": "only B"}}))
    assert (await trio.sync()).exit == Exit.PERSON_NEEDED
    assert shown(trio, "overrides")["c"] in (None, frozenset())
    with pytest.raises(ConfigProblem, match="cannot be written as one value"):
        await decide(trio, value="x")
    await decide(trio, "b")
    whole = {first: {"title": "B"}, second: {"title": "only A"}, third: {"title": "only B"}}
    assert shown(trio, "overrides") == everywhere(trio, encode(whole))
    assert await in_step(trio)


async def test_a_title_is_one_line(trio: Town) -> None:
    await quarrel(trio)
    with pytest.raises(ConfigProblem, match="is one line"):
        await decide(trio, value="Plan\nA")
    await decide(trio, value="Plan together\n")
    assert shown(trio) == everywhere(trio, "Plan together")


WRONG = {
    "unknown": (Choice("nothing", "ada", "a"), "no conflict 'nothing'"),
    "neither": (Choice("", "ada"), "what is to be kept"),
    "both": (Choice("", "ada", "a", "x"), "what is to be kept"),
    "no side": (Choice("", "ada", "c"), "'c' has no part in this conflict"),
    "no date": (Choice("", "ada", None, "tomorrow"), "'tomorrow' is no date"),
    "no zone": (Choice("", "ada", None, "2026-12-01T10:00"), "no date and no moment"),
    "absurd": (Choice("", "ada", None, "0001-01-01"), "year 1"),
    "after its end": (Choice("", "ada", None, "2026-11-01"), "do not fit together"),
}


@pytest.mark.parametrize("name", WRONG)
async def test_what_cannot_be_decided_changes_nothing(trio: Town, name: str) -> None:
    trio.task("a", "Plan", start=date(2026, 11, 25), due=date(2026, 12, 1))
    await trio.sync()
    edit(trio, "a", due=date(2026, 12, 2))
    edit(trio, "b", due=date(2026, 12, 3))
    await trio.sync()
    with trio.store.reading() as connection:
        before = state.load(connection, "town", Wanted(everything=True)), conflicts(trio)
    choice, words = WRONG[name]
    with pytest.raises(ConfigProblem, match=words) as refused:
        await resolve(trio.community(), trio.store, trio.clock, choice)
    assert refused.value.mend
    with trio.store.reading() as connection:
        assert (state.load(connection, "town", Wanted(everything=True)), conflicts(trio)) == before


@pytest.mark.parametrize(
    ("name", "one", "other", "text", "value"),
    [
        ("due", date(2026, 12, 2), date(2026, 12, 3), "", None),
        ("due", date(2026, 12, 2), date(2026, 12, 3), "2026-12-24T18:00+01:00", "2026-12-24T17:00:00+00:00"),
        ("notes", "one", "other", "third\nline\n", "third\nline\n"),
        ("notes", "one", "other", "", ""),
        ("list", "Backlog", "Now", " Later ", "Later"),
    ],
)
async def test_values_of_every_sort(tmp_path: Path, name: str, one: Value, other: Value, text: str, value: Any) -> None:
    with town(tmp_path, "a", "b", policy=ASK) as pair:
        pair.task("a", "Plan")
        await pair.sync()
        edit(pair, "a", **{name: one})
        edit(pair, "b", **{name: other})
        await pair.sync()
        wanted = datetime.fromisoformat(value) if name == "due" and value else value
        await decide(pair, value=text)
        assert [shown(pair, name)[space] or None for space in "ab"] == [wanted or None] * 2
        assert await in_step(pair)


async def test_a_community_that_is_held_is_left_alone(trio: Town) -> None:
    await quarrel(trio)
    lease = trio.store.acquire("town", "another run", trio.now + timedelta(minutes=1))
    with pytest.raises(Locked):
        await decide(trio, "a")
    assert len(conflicts(trio)) == 1
    trio.store.release(lease)
    await decide(trio, "a")
    assert await in_step(trio)
