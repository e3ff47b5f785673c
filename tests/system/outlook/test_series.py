"""Series between Outlook and another tool by whole runs: what is done on one side takes place on the other."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from datetime import date, timedelta
from pathlib import Path
from typing import Any

import pytest

from domain.recurrence import change
from domain.recurrence.series import Series, fields_from_series, make_series, series_from_fields
from domain.recurrence.split import split
from tests.system.outlook.pair import BERLIN, COMING, MONDAY, Pair, at, pair, span, weekly

HOUR, WEEK = timedelta(hours=1), timedelta(days=7)
START = at(MONDAY, 18)
PLAIN = make_series(START, START + 2 * HOUR, "Europe/Berlin", "FREQ=WEEKLY")


def day(weeks: int, days: int = 0) -> date:
    return MONDAY + weeks * WEEK + timedelta(days=days)


def name(weeks: int) -> str:
    return day(weeks).isoformat()


RICH = change.cancel_occurrence(
    change.change_occurrence(
        change.move_occurrence(PLAIN, name(1), at(day(1, 1), 19), at(day(1, 1), 20)),
        name(4),
        {"title": "Guest talk", "location": "Hall"},
    ),
    name(2),
)
DAYS = make_series(MONDAY, MONDAY + timedelta(days=2), None, "FREQ=MONTHLY;BYDAY=1MO;COUNT=9")


@pytest.fixture
def desk(tmp_path: Path) -> Iterator[Pair]:
    with pair(tmp_path) as built:
        yield built


Act = Callable[[Series], Series]
ACTS: dict[str, Act] = {
    "move all": lambda one: change.move_all(one, START + HOUR, START + 4 * HOUR).series,
    "another day": lambda one: change.move_all(one, at(day(0, 2), 18), at(day(0, 2), 19)).series,
    "another rule": lambda one: change.change_rule(one, "FREQ=WEEKLY;INTERVAL=2").series,
    "end earlier": lambda one: change.end_after(one, day(20)).series,
    "end and extend": lambda one: change.end_after(change.end_after(one, day(20)).series, day(60)).series,
    "move one": lambda one: change.move_occurrence(one, name(3), at(day(3, 2), 9), at(day(3, 2), 10)),
    "move one past the next": lambda one: change.move_occurrence(one, name(5), at(day(6, 2), 9), at(day(6, 2), 10)),
    "one all-day": lambda one: change.move_occurrence(one, name(5), day(5), day(6)),
    "name one": lambda one: change.change_occurrence(one, name(3), {"title": "Walk", "location": "Park"}),
    "one as planned again": lambda one: change.restore_occurrence(one, name(1)),
    "cancel one": lambda one: change.cancel_occurrence(one, name(3)),
    "cancel the named one": lambda one: change.cancel_occurrence(one, name(4)),
    "restore the cancelled one": lambda one: change.restore_occurrence(one, name(2)),
    "another zone": lambda one: change.change_zone(one, "America/New_York"),
    "to all-day": change.to_all_day,
    "further dates": lambda one: make_series(
        one.start, one.end, one.zone, str(one.rule), rdates=frozenset({day(1, 3).isoformat()}), exdates=one.exdates
    ),
    "several days of the month": lambda one: change.change_rule(one, f"FREQ=MONTHLY;BYMONTHDAY=5,{MONDAY.day}").series,
}


@pytest.mark.parametrize("act", list(ACTS))
@pytest.mark.parametrize("before", [PLAIN, RICH], ids=["plain", "rich"])
async def test_h23_h24_what_is_changed_elsewhere_takes_place_in_outlook(desk: Pair, before: Series, act: str) -> None:
    desk.make(before)
    await desk.in_step()
    assert len(desk.both()) > 100
    desk.change(ACTS[act])
    await desk.in_step()
    assert len(desk.both(COMING)) > 15
    assert len(desk.memory.fields()) == 1
    assert desk.graph.invitations == []


async def test_a_series_of_outlook_is_one_record_elsewhere(desk: Pair) -> None:
    desk.put(at(MONDAY, 18).astimezone(BERLIN), 2 * HOUR, weekly(MONDAY))
    desk.put(day(0, 1), timedelta(days=2), weekly(day(0, 1), type="numbered", numberOfOccurrences=10), subject="Fair")
    await desk.in_step()
    rules = sorted(str(fields["rrule"]) for fields in desk.memory.fields().values())
    assert rules == ["FREQ=WEEKLY", "FREQ=WEEKLY;COUNT=10"]
    assert len(desk.both()) > 150


def edit_all(desk: Pair, master: str) -> None:
    desk.ask("PATCH", f"/events/{master}", json={"subject": "Reading group", "location": {"displayName": "Hall"}})


def move_all(desk: Pair, master: str) -> None:
    later = at(MONDAY, 20).astimezone(BERLIN)
    desk.ask("PATCH", f"/events/{master}", json=span(later, HOUR))


def end_earlier(desk: Pair, master: str) -> None:
    ended = weekly(MONDAY, type="endDate", endDate=day(9).isoformat())
    desk.ask("PATCH", f"/events/{master}", json={"recurrence": ended})


def to_all_day(desk: Pair, master: str) -> None:
    desk.ask("PATCH", f"/events/{master}", json={**span(MONDAY, timedelta(days=1)), "recurrence": weekly(MONDAY)})


def move_one(desk: Pair, master: str) -> None:
    del master
    moved = span(at(day(3, 1), 9).astimezone(BERLIN), HOUR)
    desk.ask("PATCH", f"/events/{desk.occurrence(day(3))['id']}", json=moved)


def name_one(desk: Pair, master: str) -> None:
    del master
    desk.ask("PATCH", f"/events/{desk.occurrence(day(3))['id']}", json={"subject": "Guest talk"})


def cancel_one(desk: Pair, master: str) -> None:
    del master
    desk.ask("DELETE", f"/events/{desk.occurrence(day(3))['id']}")


def cancel_the_named_one(desk: Pair, master: str) -> None:
    del master
    desk.ask("DELETE", f"/events/{desk.occurrence(day(4))['id']}")


def split_it(desk: Pair, master: str) -> None:
    """What Outlook does for "this and all following": the series ends, and another one begins."""
    end_earlier(desk, master)
    later = at(day(10), 19).astimezone(BERLIN)
    desk.put(later, HOUR, weekly(day(10)), subject="Book club, later")


def no_more_series(desk: Pair, master: str) -> None:
    desk.ask("PATCH", f"/events/{master}", json={"recurrence": None})


EDITS = (edit_all, move_all, end_earlier, to_all_day, move_one, name_one, cancel_one, cancel_the_named_one)


@pytest.mark.parametrize("edit", [*EDITS, split_it, no_more_series], ids=lambda edit: edit.__name__)
@pytest.mark.parametrize("full", [False, True])
async def test_h23_h24_what_people_change_in_outlook_takes_place_elsewhere(
    desk: Pair, edit: Callable[[Pair, str], None], full: bool
) -> None:
    desk.make(RICH)
    await desk.in_step()
    edit(desk, str(desk.master()["id"]))
    report = await desk.sync(full=full)
    assert {(step["space"], step["verb"]) for step in report.steps} <= {("other", "update"), ("other", "create")}
    assert report.steps
    await desk.in_step()
    assert desk.both()
    assert len(desk.memory.fields()) == (2 if edit is split_it else 1)


async def test_h23_a_series_split_elsewhere_is_two_series_in_outlook(desk: Pair) -> None:
    identity = desk.make(RICH)
    await desk.in_step()
    before = desk.both()
    first, second = split(RICH, name(6))
    desk.change(lambda _series: first, identity)
    desk.make(second)
    await desk.in_step()
    assert desk.both() == before
    assert len([row for row in desk.events() if row["type"] == "seriesMaster"]) == 2


async def test_edits_of_one_occurrence_on_both_sides_meet(desk: Pair) -> None:
    desk.make(RICH)
    await desk.in_step()
    move_one(desk, "")
    desk.change(
        lambda one: change.cancel_occurrence(change.change_occurrence(one, name(3), {"title": "Walk"}), name(7))
    )
    await desk.in_step()
    shown = desk.both()
    assert [line[2] for line in shown if line[0].startswith(day(3, 1).isoformat())] == ["Walk"]
    assert not [line for line in shown if line[0].startswith(name(7))]


async def test_h22_a_series_deleted_and_made_again_is_a_new_one(desk: Pair) -> None:
    desk.make(PLAIN)
    await desk.in_step()
    desk.ask("DELETE", f"/events/{desk.master()['id']}")
    desk.put(at(day(1), 18).astimezone(BERLIN), 2 * HOUR, weekly(day(1)))
    await desk.in_step()
    ((_, fields),) = desk.memory.fields().items()
    assert fields["start"] == at(day(1), 18)
    desk.both()


async def test_a_series_deleted_on_either_side_goes_on_the_other(desk: Pair) -> None:
    restored = change.restore_occurrence(RICH, name(2))
    one = desk.make(RICH)
    desk.make(PLAIN, title="Sewing")
    await desk.in_step()
    desk.memory.edit(one, fields_from_series(restored))
    await desk.in_step()
    assert [row["type"] for row in desk.events()].count("singleInstance") == 1
    desk.memory.delete(one)
    desk.ask("DELETE", f"/events/{next(row['id'] for row in desk.events() if row['subject'] == 'Sewing')}")
    await desk.in_step()
    assert desk.events() == []
    assert desk.memory.fields() == {}


async def test_h16_a_series_that_turns_private_leaves_and_is_not_deleted(desk: Pair) -> None:
    desk.make(PLAIN)
    await desk.in_step()
    desk.ask("PATCH", f"/events/{desk.master()['id']}", json={"sensitivity": "private"})
    await desk.in_step()
    assert len(desk.memory.fields()) == 1


async def test_h12_nothing_changed_costs_two_requests_and_one_edit_a_few(desk: Pair) -> None:
    for number in range(5):
        desk.make(RICH, title=f"Series {number}")
    await desk.in_step()

    async def requests() -> list[tuple[str, str]]:
        begin = len(desk.graph.requests)
        await desk.sync()
        return [(method, path.rpartition("/")[2]) for method, path, _ in desk.graph.requests[begin:]]

    assert await requests() == [("GET", "events"), ("GET", "calendarView")]
    identity = next(iter(desk.memory.fields()))
    desk.change(lambda one: change.cancel_occurrence(one, name(9)), identity)
    assert [method for method, _ in await requests()] == ["GET"] * 4 + ["DELETE", "GET"]
    assert await requests() == [("GET", "events"), ("GET", "calendarView")]


def laid(desk: Pair) -> list[dict[str, Any]]:
    return [row for row in desk.events() if row["type"] == "singleInstance"]


FIFTH = "FREQ=MONTHLY;BYDAY=5MO"


def fifth() -> Series:
    """The fifth Mondays, of which Outlook has no pattern."""
    days = (MONDAY + number * WEEK for number in range(60))
    first = next(one for one in days if one.day > 28)
    return make_series(at(first, 18), at(first, 20), "Europe/Berlin", FIFTH)


async def test_what_no_pattern_says_is_laid_out_and_edited_as_one(desk: Pair) -> None:
    identity = desk.make(fifth())
    await desk.in_step()
    rows = laid(desk)
    assert len(rows) == len(desk.events()) == len(desk.both(COMING)) >= 3
    desk.memory.edit(identity, {"title": "Fifth Mondays"})
    await desk.in_step()
    assert {row["subject"] for row in laid(desk)} == {"Fifth Mondays"}
    assert {row["id"] for row in laid(desk)} == {row["id"] for row in rows}
    first, second = sorted(laid(desk), key=lambda row: str(row["start"]["dateTime"]))[:2]
    desk.ask("PATCH", f"/events/{first['id']}", json={"subject": "Guest talk"})
    desk.ask("DELETE", f"/events/{second['id']}")
    await desk.in_step()
    _, fields = desk.only()
    series = series_from_fields(fields)
    assert series is not None
    assert list(series.overrides.values()) == [{"title": "Guest talk"}]
    assert series.exdates == {str(second["start"]["dateTime"])[:10]}
    assert desk.both(COMING)


async def test_a_laid_out_series_becomes_one_that_outlook_knows_and_back(desk: Pair) -> None:
    desk.make(fifth())
    await desk.in_step()
    desk.change(lambda one: change.change_rule(one, "FREQ=WEEKLY").series)
    await desk.in_step()
    assert [row["type"] for row in desk.events()] == ["seriesMaster"]
    desk.both()
    desk.change(lambda one: change.change_rule(one, FIFTH).series)
    await desk.in_step()
    assert {row["type"] for row in desk.events()} == {"singleInstance"}
    desk.both(COMING)


async def test_attendees_of_a_series_are_left_as_they_are(desk: Pair) -> None:
    people = [{"type": "required", "emailAddress": {"address": "ida@example.org", "name": "Ida"}}]
    desk.put(at(MONDAY, 18).astimezone(BERLIN), HOUR, weekly(MONDAY), attendees=people)
    before = len(desk.graph.invitations)
    await desk.in_step()
    desk.change(lambda one: change.cancel_occurrence(one, name(3)))
    report = await desk.sync()
    assert any("would write an e-mail" in str(step.get("message") or step) for step in report.steps)
    assert len(desk.graph.invitations) == before
    assert desk.master()["attendees"][0]["emailAddress"]["address"] == "ida@example.org"
