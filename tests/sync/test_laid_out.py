"""Series in a tool that shows them as single events only: one part per occurrence, changed on either side."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import dataclass, field, replace
from datetime import date, datetime, timedelta
from pathlib import Path
from typing import Any

import pytest

from connectors.memory.capabilities import EVERYTHING
from domain.capabilities import Capabilities
from domain.fields import RecordType, recurs
from domain.policy import Cap, Policy, Surge
from domain.recurrence import change
from domain.recurrence.expand import Window, occurrences
from domain.recurrence.layout import ahead, event_fields, layout
from domain.recurrence.overrides import period
from domain.recurrence.series import Series, fields_from_series, make_series, series_from_fields
from domain.recurrence.split import split
from domain.values import Fields, instant
from store.runs import conflicts_of
from sync.decide import Choice, resolve
from sync.explain import explain
from sync.export import export
from sync.report import Exit
from sync.undo import undo
from tests.sync.faulty import FaultyConnector, Killed
from tests.sync.town import BERLIN, Town, town

EVENT = RecordType.EVENT
HOUR = timedelta(hours=1)
FIRST = instant(datetime(2026, 11, 24, 18, tzinfo=BERLIN))
WEEKLY = make_series(FIRST, FIRST + 2 * HOUR, "Europe/Berlin", "FREQ=WEEKLY")
DISCUSSED = Capabilities({**EVERYTHING.types, EVENT: replace(EVERYTHING.types[EVENT], discussed=True)})


@dataclass(slots=True)
class Laying(FaultyConnector):
    """A tool whose series nobody but people can change, and in which people comment."""

    said: dict[str, int] = field(default_factory=dict)

    def lays_out(self, kind: RecordType, fields: Fields) -> bool:
        return recurs(kind, fields)

    async def comments(self, kind: RecordType, remote: str) -> int:
        del kind
        return self.said.get(remote, 0)


@pytest.fixture
def both(tmp_path: Path) -> Iterator[Town]:
    with town(tmp_path, "whole", "parts", policy=Policy(max_deletes=Cap(100, 1.0))) as built:
        built.connectors["parts"] = Laying(built.tools["parts"], capabilities=DISCUSSED)
        yield built


def laying(both: Town) -> Laying:
    found = both.connectors["parts"]
    assert isinstance(found, Laying)
    return found


def begin(both: Town, series: Series = WEEKLY, title: str = "Book club", space: str = "whole") -> str:
    return both.tools[space].create(EVENT, {"title": title, "notes": "Bring a book.", **fields_from_series(series)})


def held(both: Town, space: str = "whole") -> list[Series]:
    found = [series_from_fields(one) for one in both.tools[space].fields().values()]
    return [one for one in found if one is not None]


def days(both: Town) -> list[date]:
    return sorted(one["start"].astimezone(BERLIN).date() for one in shown(both))  # type: ignore[union-attr]


def shown(both: Town) -> list[Fields]:
    return list(both.tools["parts"].fields().values())


def entry(both: Town, day: date) -> str:
    parts = both.tools["parts"].fields().items()
    return next(key for key, one in parts if _day(one["start"]) == day)


def _day(when: Any) -> date:
    return when.astimezone(BERLIN).date() if isinstance(when, datetime) else when


def window(both: Town) -> Window:
    return ahead(both.now.astimezone(BERLIN))


def agree(both: Town) -> None:
    """Assert that what lies ahead is the same in both tools, whatever is single there and a series here."""
    wanted = [
        event_fields({**one, **fields_from_series(series)}, occurrence)
        for one in both.tools["whole"].fields().values()
        if (series := series_from_fields(one))
        for occurrence in layout(series, window(both)).values()
    ]
    wanted += [one for one in both.tools["whole"].fields().values() if not recurs(EVENT, one)]
    here = [one for one in shown(both) if window(both).holds(one["start"], one["end"])]  # type: ignore[arg-type]
    assert sorted(map(_told, here)) == sorted(map(_told, wanted))


def _told(one: Fields) -> tuple[str, ...]:
    return tuple(str(one.get(name) or "") for name in ("start", "end", "title", "notes", "location"))


async def settled(both: Town) -> None:
    """Assert that both agree and nothing is left to send, also when everything is read."""
    agree(both)
    assert (await both.sync()).steps == []
    assert (await both.sync(full=True)).steps == []


async def test_a_series_becomes_single_events_for_a_year(both: Town) -> None:
    begin(both)
    report = await both.sync()
    assert (report.spaces["parts"].created, report.exit) == (52, Exit.IN_STEP)
    assert all(not recurs(EVENT, one) for one in shown(both))
    await settled(both)


async def test_what_lies_ahead_is_extended_every_day_and_what_is_past_stays(both: Town) -> None:
    begin(both)
    await both.sync()
    both.minutes(31 * 24 * 60)
    report = await both.sync()
    assert (report.spaces["parts"].created, report.spaces["parts"].deleted) == (5, 0)
    assert days(both)[0] == date(2026, 11, 24)
    await settled(both)


CHANGES: dict[str, Callable[[Series], Series]] = {
    "title only": lambda one: one,
    "another time": lambda one: change.move_all(one, FIRST + HOUR, FIRST + 4 * HOUR).series,
    "another weekday": lambda one: change.move_all(one, FIRST + 24 * HOUR, FIRST + 26 * HOUR).series,
    "another rule": lambda one: change.change_rule(one, "FREQ=MONTHLY;BYDAY=-1TU").series,
    "moved one": lambda one: change.move_occurrence(one, "2026-12-15", FIRST + 22 * 24 * HOUR, FIRST + 530 * HOUR),
    "named one": lambda one: change.change_occurrence(one, "2026-12-15", {"title": "Walk", "location": "Park"}),
    "cancelled one": lambda one: change.cancel_occurrence(one, "2026-12-15"),
    "ended earlier": lambda one: change.end_after(one, date(2027, 2, 28)).series,
    "another zone": lambda one: change.change_zone(one, "America/New_York"),
    "to all-day": change.to_all_day,
    "single": lambda one: change.change_rule(one, None).series,
}


@pytest.mark.parametrize("name", list(CHANGES))
async def test_h24_every_change_of_the_series_arrives(both: Town, name: str) -> None:
    remote = begin(both)
    await both.sync()
    entries = set(both.tools["parts"].fields())
    both.tools["whole"].edit(remote, {"title": f"Club, {name}", **fields_from_series(CHANGES[name](WEEKLY))})
    await both.sync()
    await settled(both)
    assert set(both.tools["parts"].fields()) & entries  # they were changed, and not all made anew
    both.tools["whole"].edit(remote, {"title": "Book club", **fields_from_series(WEEKLY)})
    await both.sync()
    await settled(both)


async def test_entries_follow_their_occurrences_to_another_day(both: Town) -> None:
    remote = begin(both)
    await both.sync()
    before = set(both.tools["parts"].fields())
    both.tools["whole"].edit(remote, fields_from_series(CHANGES["another weekday"](WEEKLY)))
    report = await both.sync()
    assert set(both.tools["parts"].fields()) == before
    assert {step["verb"] for step in report.steps} == {"update"}


async def test_h23_a_split_series_takes_its_entries_along(both: Town) -> None:
    remote = begin(both)
    await both.sync()
    before = set(both.tools["parts"].fields())
    head, tail = split(WEEKLY, "2027-01-05")
    later = change.move_all(tail, tail.start + HOUR, tail.end + HOUR).series
    both.tools["whole"].edit(remote, fields_from_series(head))
    begin(both, later)
    report = await both.sync()
    assert set(both.tools["parts"].fields()) == before
    assert report.spaces["parts"].created == report.spaces["parts"].deleted == 0
    await settled(both)


async def test_h07_an_edit_of_one_entry_is_an_edit_of_one_occurrence(both: Town) -> None:
    begin(both)
    await both.sync()
    tool = both.tools["parts"]
    day = date(2026, 12, 15)
    tool.edit(entry(both, day), {"title": "Guest talk", "notes": "Bring a question."})
    moved = instant(datetime(2026, 12, 23, 9, tzinfo=BERLIN))
    tool.edit(entry(both, date(2026, 12, 22)), {"start": moved, "end": moved + HOUR})
    tool.delete(entry(both, date(2026, 12, 29)))
    await both.sync()
    series = held(both)[0]
    assert series.overrides["2026-12-15"] == {"title": "Guest talk", "notes": "Bring a question."}
    assert set(series.overrides) == {"2026-12-15", "2026-12-22"}
    assert series.exdates == {"2026-12-29"}
    assert date(2026, 12, 29) not in days(both)
    await settled(both)
    tool.edit(entry(both, day), {"title": "Book club", "notes": "Bring a book."})
    await both.sync()
    assert set(held(both)[0].overrides) == {"2026-12-22"}
    await settled(both)


async def test_h05_the_series_and_one_of_its_entries_change_at_once(both: Town) -> None:
    remote = begin(both)
    await both.sync()
    both.tools["whole"].edit(remote, {"location": "Room 4"})
    both.tools["parts"].edit(entry(both, date(2026, 12, 15)), {"title": "Guest talk"})
    both.tools["parts"].delete(entry(both, date(2026, 12, 22)))
    await both.sync()
    assert held(both)[0].overrides == {"2026-12-15": {"title": "Guest talk"}}
    assert held(both)[0].exdates == {"2026-12-22"}
    assert {one["location"] for one in shown(both)} == {"Room 4"}
    await settled(both)


async def test_h06_one_occurrence_changed_on_both_sides_is_a_conflict_of_the_series(both: Town) -> None:
    remote = begin(both)
    await both.sync()
    own = change.change_occurrence(WEEKLY, "2026-12-15", {"title": "Theirs"})
    both.tools["whole"].edit(remote, fields_from_series(own))
    both.minutes(1)
    both.tools["parts"].edit(entry(both, date(2026, 12, 15)), {"title": "Ours"})
    report = await both.sync()
    assert held(both)[0].overrides == {"2026-12-15": {"title": "Ours"}}
    assert [(one["field"], one["kept"]["space"]) for one in report.conflicts] == [("overrides", "parts")]
    assert "Theirs" in str(report.conflicts[0]["lost"])
    await settled(both)


async def test_h07_an_occurrence_deleted_here_and_edited_there_stays(both: Town) -> None:
    remote = begin(both)
    await both.sync()
    own = change.change_occurrence(WEEKLY, "2026-12-15", {"title": "Guest talk"})
    both.tools["whole"].edit(remote, fields_from_series(own))
    both.tools["parts"].delete(entry(both, date(2026, 12, 15)))
    await both.sync()
    assert "Guest talk" in both.titles("parts")
    await settled(both)


async def test_a_deleted_series_takes_its_entries_with_it_and_the_plan_names_the_comments(both: Town) -> None:
    remote = begin(both, change.end_after(WEEKLY, date(2026, 12, 22)).series)
    await both.sync()
    laying(both).said[entry(both, date(2026, 12, 15))] = 3
    both.tools["whole"].delete(remote)
    report = await both.sync()
    assert shown(both) == []
    assert [step["reason"] for step in report.steps if "comments" in step["reason"]] == [
        "the series was deleted in whole; its 3 comments go to the trash with it"
    ]
    assert (await both.sync(full=True)).steps == []


async def test_h16_an_entry_that_is_not_listed_but_there_is_no_deletion(both: Town) -> None:
    begin(both)
    await both.sync()
    laying(both).list_limit = 20
    report = await both.sync(full=True)
    assert report.steps == []
    laying(both).list_limit = None
    await settled(both)


@pytest.mark.parametrize("writes", [0, 1, 30, 51])
async def test_h03_h26_killed_while_it_is_laid_out(both: Town, writes: int) -> None:
    begin(both)
    laying(both).die_after_writes = writes
    with pytest.raises((Killed, BaseExceptionGroup)):
        await both.sync()
    laying(both).die_after_writes = None
    both.minutes(5)
    assert (await both.sync()).exit == Exit.IN_STEP
    assert len(shown(both)) == 52
    await settled(both)


async def test_h08_entries_that_are_there_already_are_matched(both: Town, tmp_path: Path) -> None:
    series = change.end_after(WEEKLY, date(2027, 1, 31)).series
    begin(both, series)
    for one in occurrences(series, window(both)):
        both.tools["parts"].create(
            EVENT,
            {
                "title": "Book club",
                "notes": "Bring a book.",
                "start": one.start,
                "end": one.end,
                "zone": "Europe/Berlin",
            },
        )
    report = await both.sync()
    assert (report.spaces["parts"].created, report.spaces["whole"].created) == (0, 0)
    await settled(both)


async def test_a_native_series_is_read_as_one_and_gives_way_when_it_changes(both: Town) -> None:
    native = begin(both, space="parts")
    await both.sync()
    assert held(both) == [WEEKLY]
    assert list(both.tools["parts"].fields()) == [native]
    assert (await both.sync(full=True)).steps == []
    remote = next(iter(both.tools["whole"].fields()))
    both.tools["whole"].edit(remote, {"title": "Reading circle"})
    report = await both.sync()
    assert native not in both.tools["parts"].fields()
    assert [step["verb"] for step in report.steps].count("delete") == 1
    assert set(both.titles("parts")) == {"Reading circle"}
    await settled(both)


async def test_a_native_series_with_comments_waits_for_a_person(both: Town) -> None:
    native = begin(both, space="parts")
    await both.sync()
    laying(both).said[native] = 4
    remote = next(iter(both.tools["whole"].fields()))
    both.tools["whole"].edit(remote, {"title": "Reading circle"})
    report = await both.sync()
    assert (report.exit, {step["state"] for step in report.steps}) == (Exit.PERSON_NEEDED, {"held"})
    assert (report.held[0]["guard"], "4 comments" in report.held[0]["reason"]) == ("comments", True)
    assert (await both.sync()).exit == Exit.PERSON_NEEDED
    record = report.held[0]["record"]
    report = await both.sync(approved=frozenset({("parts", record)}))
    assert report.exit == Exit.IN_STEP
    assert native not in both.tools["parts"].fields()
    await settled(both)


async def test_killed_between_the_parts_and_the_end_of_the_native_series(both: Town) -> None:
    native = begin(both, space="parts")
    await both.sync()
    both.tools["whole"].edit(next(iter(both.tools["whole"].fields())), {"title": "Reading circle"})
    laying(both).die_after_writes = laying(both).writes + 52
    with pytest.raises((Killed, BaseExceptionGroup)):
        await both.sync()
    laying(both).die_after_writes = None
    both.minutes(5)
    await both.sync()
    assert native not in both.tools["parts"].fields()
    assert len(shown(both)) == 52
    await settled(both)


async def test_a_single_event_that_becomes_a_series_keeps_its_entry(both: Town) -> None:
    remote = begin(both, change.change_rule(WEEKLY, None).series)
    await both.sync()
    only = entry(both, date(2026, 11, 24))
    both.tools["whole"].edit(remote, fields_from_series(WEEKLY))
    await both.sync()
    assert entry(both, date(2026, 11, 24)) == only
    assert len(shown(both)) == 52
    await settled(both)


async def test_an_hourly_series_is_not_laid_out_and_that_is_said(both: Town) -> None:
    begin(both, make_series(FIRST, FIRST + HOUR, "Europe/Berlin", "FREQ=HOURLY"))
    report = await both.sync()
    assert shown(both) == []
    assert any("too often" in note for note in report.notes)


async def test_h06_a_person_decides_about_one_occurrence(both: Town) -> None:
    both.policy = Policy("ask", max_deletes=Cap(100, 1.0))
    remote = begin(both)
    await both.sync()
    own = change.change_occurrence(WEEKLY, "2026-12-15", {"title": "Theirs"})
    both.tools["whole"].edit(remote, fields_from_series(own))
    both.tools["parts"].edit(entry(both, date(2026, 12, 15)), {"title": "Ours"})
    report = await both.sync()
    assert report.exit == Exit.PERSON_NEEDED
    assert (await both.sync()).exit == Exit.PERSON_NEEDED
    with both.store.reading() as connection:
        [found] = conflicts_of(connection, "town", open_only=True)
    both.minutes(1)
    await resolve(both.community(), both.store, both.clock, Choice(found["id"], "Ada", keep="parts"))
    both.minutes(1)
    assert (await both.sync()).exit == Exit.IN_STEP
    assert held(both)[0].overrides == {"2026-12-15": {"title": "Ours"}}
    await settled(both)


async def test_explain_and_export_tell_of_the_single_dates(both: Town) -> None:
    begin(both, change.end_after(WEEKLY, date(2026, 12, 8)).series)
    await both.sync()
    [record] = export(both.store, "town")["records"]
    parts = [link for link in record["links"] if link["space"] == "parts"]
    assert [link["occurrence"] for link in parts] == ["2026-11-24", "2026-12-01", "2026-12-08"]
    told = explain(both.community(), both.store, record["id"])
    by_space = {one["space"]: one for one in told["spaces"]}
    assert by_space["parts"]["state"] == "date by date"
    assert by_space["parts"]["why"].startswith("It is shown date by date: 3 of its dates")
    assert explain(both.community(), both.store, parts[1]["remote_id"])["record"] == record["id"]


async def test_what_was_laid_out_is_taken_away_by_an_undo_and_stays_away(both: Town) -> None:
    begin(both, change.end_after(WEEKLY, date(2026, 12, 22)).series)
    first = await both.sync()
    report = await undo(both.community(), both.store, both.clock, first.run)
    assert (report.exit, shown(both)) == (Exit.IN_STEP, [])
    both.minutes(1)
    assert ((await both.sync(full=True)).steps, len(both.tools["whole"].fields())) == ([], 1)
    await undo(both.community(), both.store, both.clock, report.run)
    await both.sync()
    await settled(both)


async def test_an_undo_brings_a_cancelled_date_back(both: Town) -> None:
    begin(both, change.end_after(WEEKLY, date(2026, 12, 22)).series)
    await both.sync()
    kept = entry(both, date(2026, 12, 8))
    both.tools["parts"].delete(kept)
    report = await both.sync()
    assert held(both)[0].exdates == {"2026-12-08"}
    await undo(both.community(), both.store, both.clock, report.run)
    await both.sync()
    assert held(both)[0].exdates == frozenset()
    assert entry(both, date(2026, 12, 8)) == kept
    await settled(both)


@pytest.mark.parametrize("name", ["another weekday", "another rule", "ended earlier", "single"])
async def test_h07_a_date_edited_here_that_no_longer_takes_place_there_is_kept(both: Town, name: str) -> None:
    remote = begin(both)
    await both.sync()
    both.tools["whole"].edit(remote, fields_from_series(CHANGES[name](WEEKLY)))
    both.tools["parts"].edit(entry(both, date(2027, 3, 2)), {"title": "Guest talk"})
    report = await both.sync()
    assert both.titles("parts").count("Guest talk") == 1
    assert held(both)[0].overrides["2027-03-02"]["title"] == "Guest talk"
    assert any("Guest talk" in one or "2027-03-02" in one for one in report.notes)
    await settled(both)


async def test_h07_a_date_moved_here_goes_where_it_was_put_although_the_series_moves_there(both: Town) -> None:
    own = change.move_occurrence(WEEKLY, "2026-12-15", FIRST + 22 * 24 * HOUR, FIRST + 530 * HOUR)
    remote = begin(both, own)
    await both.sync()
    moved = change.move_all(own, FIRST + 24 * HOUR, FIRST + 26 * HOUR).series
    both.tools["parts"].edit(entry(both, date(2026, 12, 16)), {"start": FIRST + 550 * HOUR, "end": FIRST + 551 * HOUR})
    both.minutes(1)
    both.tools["whole"].edit(remote, fields_from_series(moved))
    report = await both.sync()
    assert (days(both).count(date(2026, 12, 17)), report.conflicts) == (1, [])
    await settled(both)


async def test_h02_what_repeats_there_and_was_not_listed_at_first_gives_way_with_its_comments_counted(
    both: Town,
) -> None:
    native = begin(both, space="parts")
    begin(both)
    laying(both).list_limit = 0
    await both.sync()
    laying(both).list_limit = None
    laying(both).said[native] = 1
    report = await both.sync(full=True)
    assert [step["reason"] for step in report.steps] == [
        "its dates are single entries now; its comment goes to the trash with it"
    ]
    await settled(both)


async def test_h24_a_date_that_is_over_and_put_off_is_shown_where_it_was_put(both: Town) -> None:
    remote = begin(both)
    await both.sync()
    both.minutes(7 * 24 * 60)
    own = change.move_occurrence(WEEKLY, "2026-11-24", FIRST + 15 * 24 * HOUR, FIRST + 361 * HOUR)
    both.tools["whole"].edit(remote, fields_from_series(own))
    await both.sync()
    assert date(2026, 12, 9) in days(both)
    await settled(both)


async def test_a_single_event_that_is_over_and_repeats_now_leaves_no_date_out(both: Town) -> None:
    remote = begin(both, change.change_rule(WEEKLY, None).series)
    await both.sync()
    both.minutes(5 * 24 * 60)
    both.tools["whole"].edit(remote, fields_from_series(WEEKLY))
    await both.sync()
    assert days(both)[0] == date(2026, 12, 1)
    await settled(both)


async def test_h06_what_repeats_here_does_not_give_way_while_a_person_must_choose(both: Town) -> None:
    both.policy = Policy("ask", max_deletes=Cap(100, 1.0))
    native = begin(both, space="parts")
    remote = begin(both)
    await both.sync()
    both.tools["parts"].edit(native, fields_from_series(change.end_after(WEEKLY, date(2027, 3, 2)).series))
    both.tools["whole"].edit(remote, fields_from_series(change.end_after(WEEKLY, date(2027, 1, 5)).series))
    assert (await both.sync()).exit == Exit.PERSON_NEEDED
    assert list(both.tools["parts"].fields()) == [native]
    with both.store.reading() as connection:
        [found] = conflicts_of(connection, "town", open_only=True)
    both.minutes(1)
    await resolve(both.community(), both.store, both.clock, Choice(found["id"], "Ada", keep="parts"))
    assert held(both)[0].rule == change.end_after(WEEKLY, date(2027, 3, 2)).series.rule
    assert list(both.tools["parts"].fields()) == [native]
    assert (await both.sync(full=True)).steps == []


async def test_h06_what_repeats_here_is_no_single_event_while_its_rule_is_in_question(both: Town) -> None:
    both.policy = Policy("ask", max_deletes=Cap(100, 1.0))
    native = begin(both, change.end_after(WEEKLY, date(2026, 12, 22)).series, space="parts")
    begin(both, change.end_after(WEEKLY, date(2026, 12, 8)).series)
    assert (await both.sync()).exit == Exit.PERSON_NEEDED
    assert list(both.tools["parts"].fields()) == [native]
    with both.store.reading() as connection:
        [found] = conflicts_of(connection, "town", open_only=True)
    both.minutes(1)
    await resolve(both.community(), both.store, both.clock, Choice(found["id"], "Ada", keep="whole"))
    await settled(both)


async def test_h08_what_an_entry_says_that_was_there_already_is_taken_up(both: Town) -> None:
    begin(both, change.end_after(WEEKLY, date(2026, 12, 22)).series)
    where = {"title": "Book club", "notes": "Bring a book.", "zone": "Europe/Berlin", "location": "Room 4"}
    start = FIRST + 7 * 24 * HOUR
    kept = both.tools["parts"].create(EVENT, {**where, "start": start, "end": start + 2 * HOUR})
    await both.sync()
    assert both.tools["parts"].fields()[kept]["location"] == "Room 4"
    assert held(both)[0].overrides == {"2026-12-01": {"location": "Room 4"}}
    await settled(both)


async def test_h11_a_surge_among_the_dates_of_a_series_outlives_the_deletion_of_the_series(both: Town) -> None:
    both.policy = Policy(max_deletes=Cap(100, 1.0), surge=Surge(2, 0.1))
    remote = begin(both, change.end_after(WEEKLY, date(2026, 12, 22)).series)
    await both.sync()
    for day in (date(2026, 12, 1), date(2026, 12, 8), date(2026, 12, 15)):
        both.tools["parts"].edit(entry(both, day), {"location": f"Room {day.day}"})
    both.tools["whole"].delete(remote)
    assert (await both.sync()).exit == Exit.PERSON_NEEDED
    assert {one["location"] for one in shown(both)} >= {"Room 1", "Room 8", "Room 15"}
    assert len(both.tools["whole"].fields()) == 1


async def test_h06_the_loser_of_a_conflict_about_when_a_date_takes_place_is_kept_whole(both: Town) -> None:
    remote = begin(both)
    await both.sync()
    both.tools["parts"].edit(entry(both, date(2026, 12, 15)), {"start": FIRST + 495 * HOUR, "end": FIRST + 496 * HOUR})
    both.minutes(1)
    own = change.move_occurrence(WEEKLY, "2026-12-15", FIRST + 530 * HOUR, FIRST + 532 * HOUR)
    both.tools["whole"].edit(remote, fields_from_series(own))
    report = await both.sync()
    lost = {str(side["value"]) for one in report.conflicts for side in one["lost"] if side["space"] == "parts"}
    assert len(lost) == 1
    assert period(FIRST + 495 * HOUR, FIRST + 496 * HOUR) in lost.pop()
    await settled(both)


async def test_h02_what_repeats_here_is_not_laid_out_while_its_deletion_is_held(tmp_path: Path) -> None:
    with town(tmp_path, "whole", "parts", policy=Policy(max_deletes=Cap(1, 1.0))) as both:
        both.connectors["parts"] = Laying(both.tools["parts"], capabilities=DISCUSSED)
        natives = [begin(both, title=title, space="parts") for title in ("Book club", "Choir")]
        await both.sync()
        for native in natives:
            both.tools["parts"].delete(native)
        (club,) = (one for one, fields in both.tools["whole"].fields().items() if fields["title"] == "Book club")
        both.tools["whole"].edit(club, {"notes": "Bring two books."})
        for _ in range(2):
            report = await both.sync()
            assert [(step["verb"], step["state"]) for step in report.steps] == [("delete", "held")] * 2
        report = await both.sync(approved=frozenset((one["space"], one["record"]) for one in report.held))
        assert [one["field"] for one in report.conflicts] == ["deleted"]
        assert (both.titles("whole"), set(both.titles("parts"))) == (["Book club"], {"Book club"})
