"""Series through a whole run: one record wherever series are held, and not lost where they are not."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import UTC, date, datetime, timedelta
from pathlib import Path

import pytest

from connectors.memory.capabilities import EVERYTHING, WITHOUT_SERIES
from domain.changes import Change
from domain.errors import SetAside
from domain.fields import FIELDS, RecordType, complete
from domain.merge import merge
from domain.policy import Policy
from domain.recurrence import change
from domain.recurrence.overrides import encode
from domain.recurrence.series import Series, fields_from_series, make_series, series_from_fields
from domain.recurrence.split import split
from store.state import Wanted
from sync.explain import explain
from sync.report import Exit
from sync.undo import undo
from tests.sync.town import Town, town

EVENT = RecordType.EVENT
FIRST = datetime(2026, 12, 1, 17, tzinfo=UTC)
HOUR = timedelta(hours=1)
CLUB = make_series(FIRST, FIRST + HOUR, "Europe/Berlin", "FREQ=WEEKLY;UNTIL=20270630")


@pytest.fixture
def three(tmp_path: Path) -> Iterator[Town]:
    with town(tmp_path, "a", "b", "c", capabilities={"c": WITHOUT_SERIES}) as built:
        yield built


def add(three: Town, series: Series, title: str = "Book club") -> str:
    return three.tools["a"].create(EVENT, complete(EVENT, {"title": title, **fields_from_series(series)}))


def edit(three: Town, space: str, act: object, title: str = "Book club") -> None:
    fields = three.one(space, title)
    series = series_from_fields(fields)
    assert series is not None
    after = act(series)  # type: ignore[operator]
    changed = fields_from_series(getattr(after, "series", after))
    new = {name: value for name, value in changed.items() if fields[name] != value}
    three.tools[space].edit(three.id_of(space, title), new)


def shown(three: Town, space: str, title: str = "Book club") -> Series | None:
    return series_from_fields(three.one(space, title))


async def quiet(three: Town) -> None:
    assert (await three.sync(full=True)).steps == []


def why(three: Town, space: str) -> list[str]:
    _, links = three.store.load("town", Wanted(remotes={"a": [three.id_of("a", "Book club")]}))
    told = explain(three.community(), three.store, links[0].record)
    return [one["why"] for one in told["not_synced"] if one["space"] == space]


async def test_a_series_is_one_record_where_series_are_held_and_said_to_be_missing_where_not(three: Town) -> None:
    add(three, CLUB)
    planned = await three.preview()
    assert [step["space"] for step in planned.steps] == ["b"]
    assert planned.notes == ["“Book club” is a series, and c holds none: it is not shown there."]
    assert (await three.sync()).exit == Exit.IN_STEP
    assert shown(three, "b") == CLUB
    assert three.titles("c") == []
    assert why(three, "c") == ["It is a series, and c holds none: it is not shown there."]
    await quiet(three)


async def test_what_became_a_series_stays_a_single_event_where_none_are_held(three: Town) -> None:
    single = change.change_rule(CLUB, None).series
    add(three, single)
    await three.sync()
    assert three.titles("c") == ["Book club"]
    three.tools["b"].edit(three.id_of("b", "Book club"), {"rrule": "FREQ=WEEKLY"})
    await three.sync()
    edit(three, "a", lambda one: change.move_all(one, FIRST + 25 * HOUR, FIRST + 26 * HOUR))
    three.tools["c"].edit(three.id_of("c", "Book club"), {"title": "Reading group", "start": FIRST - HOUR})
    await three.sync()
    assert three.one("c", "Reading group")["start"] == FIRST - HOUR
    assert three.one("a", "Reading group")["start"] == three.one("b", "Reading group")["start"] == FIRST + 25 * HOUR
    await quiet(three)


async def test_h22_deleting_the_single_event_that_stands_for_a_series_leaves_the_series(three: Town) -> None:
    add(three, change.change_rule(CLUB, None).series)
    await three.sync()
    three.tools["a"].edit(three.id_of("a", "Book club"), {"rrule": "FREQ=WEEKLY"})
    await three.sync()
    three.tools["c"].delete(three.id_of("c", "Book club"))
    report = await three.sync()
    assert report.notes == ["“Book club” was removed from c; the series goes on."]
    assert three.titles("a") == three.titles("b") == ["Book club"]
    await quiet(three)


async def test_a_deleted_series_takes_the_single_event_with_it(three: Town) -> None:
    add(three, change.change_rule(CLUB, None).series)
    await three.sync()
    three.tools["a"].edit(three.id_of("a", "Book club"), {"rrule": "FREQ=WEEKLY"})
    await three.sync()
    three.tools["b"].delete(three.id_of("b", "Book club"))
    await three.sync()
    assert [three.titles(name) for name in "abc"] == [[], [], []]


async def test_h05_edits_of_the_series_and_of_its_occurrences_meet(three: Town) -> None:
    add(three, CLUB)
    await three.sync()
    edit(three, "a", lambda one: change.move_all(one, FIRST + HOUR, FIRST + 3 * HOUR))
    edit(three, "b", lambda one: change.change_occurrence(one, "2026-12-15", {"title": "Guest talk"}))
    await three.sync()
    edit(three, "a", lambda one: change.cancel_occurrence(one, "2026-12-22"))
    edit(three, "b", lambda one: change.end_after(one, date(2027, 3, 1)))
    report = await three.sync()
    assert report.conflicts == []
    found = shown(three, "a")
    assert found is not None
    assert found == shown(three, "b")
    assert (found.start, found.exdates, str(found.rule)) == (
        FIRST + HOUR,
        frozenset({"2026-12-22"}),
        "FREQ=WEEKLY;UNTIL=20270301",
    )
    assert found.overrides == {"2026-12-15": {"title": "Guest talk"}}
    await quiet(three)


async def test_h23_a_series_split_in_one_tool_is_two_series_in_the_other(three: Town) -> None:
    add(three, CLUB)
    await three.sync()
    head, tail = split(CLUB, "2027-02-02")
    edit(three, "a", lambda _one: head)
    add(three, tail, "Book club, second year")
    await three.sync()
    assert (shown(three, "b"), shown(three, "b", "Book club, second year")) == (head, tail)
    await quiet(three)


async def test_a_changed_series_can_be_taken_back(three: Town) -> None:
    add(three, CLUB)
    await three.sync()
    edit(three, "b", lambda one: change.move_occurrence(one, "2026-12-15", FIRST + 15 * 24 * HOUR, FIRST + 361 * HOUR))
    run = (await three.sync()).run
    assert shown(three, "a") != CLUB
    report = await undo(three.community(), three.store, three.clock, run)
    assert (report.exit, report.left) == (Exit.IN_STEP, [])
    assert shown(three, "a") == shown(three, "b") == CLUB
    await quiet(three)


async def test_two_rules_are_a_conflict_and_the_other_one_is_kept(three: Town) -> None:
    add(three, CLUB)
    await three.sync()
    edit(three, "a", lambda one: change.end_after(one, date(2027, 1, 31)))
    three.minutes(1)
    edit(three, "b", lambda one: change.end_after(one, date(2027, 12, 31)))
    report = await three.sync()
    (conflict,) = report.conflicts
    assert conflict["lost"][0]["value"] == "FREQ=WEEKLY;UNTIL=20270131"
    assert shown(three, "a") == shown(three, "b") == change.end_after(CLUB, date(2027, 12, 31)).series
    await quiet(three)


async def test_h28_a_tool_with_damaged_differences_is_told_of_and_the_others_go_on(three: Town) -> None:
    add(three, CLUB)
    await three.sync()
    three.tools["a"].edit(three.id_of("a", "Book club"), {"overrides": frozenset({"no json"})})
    three.task("a", "Plan")
    report = await three.sync()
    assert report.held
    assert all("no difference of an occurrence" in one["reason"] for one in report.held)
    assert "Plan" in three.titles("b")
    assert shown(three, "b") == CLUB


@pytest.mark.parametrize("damaged", ["no json", '["2026-12-15","colour","red"]', "[1]"])
def test_damaged_differences_are_refused_with_the_mend(damaged: str) -> None:
    spec = FIELDS[EVENT]["overrides"]
    good = encode({"2026-12-15": {"title": "Guest talk"}})
    for now, before in ((frozenset({damaged}), frozenset()), (frozenset(), frozenset({damaged}))):
        with pytest.raises(SetAside) as refused:
            merge(spec, now, [Change("a", before, good)], Policy(), ["a"])
        assert damaged[:5] in refused.value.message
        assert "copsync restore" in refused.value.mend


def test_memory_can_be_told_to_hold_no_series() -> None:
    assert EVERYTHING.types[EVENT].series
    assert not WITHOUT_SERIES.types[EVENT].series
