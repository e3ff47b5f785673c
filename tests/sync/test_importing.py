"""A calendar file is taken in: matched and merged like a space, sent by the next sync, never doubled, taken back."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import UTC, datetime
from pathlib import Path

import pytest

from domain.fields import RecordType
from domain.policy import Policy
from domain.values import Value
from sync.importing import CalendarFile, preview_import, take_in
from sync.report import Exit, Report
from sync.undo import preview_undo, undo
from tests.domain.calendars.corpus import calendar, event
from tests.store.databases import KINDS, database
from tests.sync.town import Town, town

EVENT = RecordType.EVENT
STAMP = "20261101T120000Z"


@pytest.fixture(params=KINDS)
def pair(tmp_path: Path, request: pytest.FixtureRequest) -> Iterator[Town]:
    with database(request.param) as url, town(tmp_path, "a", "b", url=url) as built:
        yield built


def entry(uid: str, title: str, start: str = "20270302T090000", *more: str, stamp: str = STAMP) -> tuple[str, ...]:
    return event(
        f"DTSTART;TZID=Europe/Berlin:{start}", "DURATION:PT1H", f"SUMMARY:{title}", *more, uid=uid, stamp=stamp
    )


def a_file(*entries: tuple[str, ...], name: str = "team.ics") -> CalendarFile:
    return CalendarFile(name, name, calendar(*(line for one in entries for line in one)))


async def take(pair: Town, *entries: tuple[str, ...], name: str = "team.ics") -> Report:
    """Import, and see that the preview told all of it and kept nothing."""
    pair.minutes(1)
    file = a_file(*entries, name=name)
    preview = await preview_import(pair.community(), pair.store, pair.clock, file)
    again = await preview_import(pair.community(), pair.store, pair.clock, file)
    report = await take_in(pair.community(), pair.store, pair.clock, file)
    assert preview.intake == again.intake == report.intake
    assert [step["title"] for step in preview.steps] == [step["title"] for step in report.steps]
    pair.minutes(1)
    return report


def counts(report: Report) -> dict[str, int]:
    assert report.intake is not None
    names = ("new", "changed", "matched", "deleted", "missing", "refused")
    found = {name: len(report.intake[name]) for name in names} | {"same": report.intake["same"]}
    return {name: number for name, number in found.items() if number}


async def test_the_next_sync_sends_what_was_taken_in_and_the_same_file_changes_nothing(pair: Town) -> None:
    report = await take(pair, entry("1", "Book club", "20270302T180000", "RRULE:FREQ=WEEKLY"), entry("2", "Lunch"))
    assert (report.exit, report.state, counts(report)) == (Exit.IN_STEP, "done", {"new": 2})
    assert pair.titles("a") == []
    assert (await pair.sync()).exit is Exit.IN_STEP
    assert pair.titles("a") == pair.titles("b") == ["Book club", "Lunch"]
    assert pair.one("b", "Book club")["rrule"] == "FREQ=WEEKLY"
    assert pair.one("b", "Book club")["zone"] == "Europe/Berlin"
    again = await take(pair, entry("1", "Book club", "20270302T180000", "RRULE:FREQ=WEEKLY"), entry("2", "Lunch"))
    assert (counts(again), again.steps) == ({"same": 2}, [])
    assert (await pair.sync(full=True)).steps == []


async def test_a_newer_file_changes_what_changed_in_it_and_leaves_what_people_changed(pair: Town) -> None:
    await take(pair, entry("1", "Lunch", "20270302T120000", "LOCATION:Room 1"))
    await pair.sync()
    pair.tools["a"].edit(pair.id_of("a", "Lunch"), {"location": "Garden"})
    await pair.sync()
    newer = entry("1", "Long lunch", "20270302T120000", "LOCATION:Room 1", stamp="20261121T130000Z")
    assert counts(await take(pair, newer)) == {"changed": 1}
    await pair.sync()
    assert pair.titles("a") == pair.titles("b") == ["Long lunch"]
    assert pair.one("b", "Long lunch")["location"] == "Garden"


async def test_what_both_changed_is_a_conflict_that_keeps_both(pair: Town) -> None:
    await take(pair, entry("1", "Lunch", "20270302T120000", "LOCATION:Room 1"))
    await pair.sync()
    pair.tools["a"].edit(pair.id_of("a", "Lunch"), {"location": "Garden"})
    pair.minutes(60)
    await pair.sync()
    newer = entry("1", "Lunch", "20270302T120000", "LOCATION:Room 9", stamp="20261101T130000Z")
    report = await take(pair, newer)
    (conflict,) = report.conflicts
    assert (conflict["kept"]["value"], [one["value"] for one in conflict["lost"]]) == ("Garden", ["Room 9"])
    await pair.sync()
    assert pair.one("b", "Lunch")["location"] == "Garden"


async def test_what_a_tool_holds_already_is_matched_before_and_after_the_first_sync(pair: Town) -> None:
    start = datetime(2027, 3, 2, 8, tzinfo=UTC)
    known: dict[str, Value] = {"title": "Lunch", "start": start, "end": start.replace(hour=9), "status": "confirmed"}
    pair.tools["a"].create(EVENT, known)
    await pair.sync()
    pair.tools["b"].create(EVENT, {**known, "title": "Late"})
    report = await take(pair, entry("1", " lunch"), entry("2", "Late"))
    assert counts(report) == {"matched": 1, "new": 1}
    await pair.sync()
    assert sorted(pair.titles("a")) == sorted(pair.titles("b")) == ["Late", "Lunch"]


async def test_what_is_no_longer_in_the_file_is_listed_and_stays(pair: Town) -> None:
    await take(pair, entry("1", "Lunch"), entry("2", "Walk"))
    await pair.sync()
    report = await take(pair, entry("1", "Lunch"))
    assert counts(report) == {"same": 1, "missing": 1}
    other = await take(pair, entry("3", "Talk"), name="another.ics")
    assert counts(other) == {"new": 1}
    await pair.sync()
    assert pair.titles("a") == ["Lunch", "Talk", "Walk"]


async def test_an_entry_that_comes_back_under_another_uid_is_the_same(pair: Town) -> None:
    await take(pair, entry("1", "Lunch"), entry("2", "Walk"))
    report = await take(pair, entry("a", "Lunch"), entry("b", "Walk"), name="exported again.ics")
    assert counts(report) == {"matched": 2}
    await pair.sync()
    assert pair.titles("a") == ["Lunch", "Walk"]


async def test_what_people_deleted_stays_deleted(pair: Town) -> None:
    await take(pair, entry("1", "Lunch"), entry("2", "Walk"), entry("3", "Talk"))
    await pair.sync()
    pair.tools["a"].delete(pair.id_of("a", "Walk"))
    await pair.sync(full=True)
    assert pair.titles("b") == ["Lunch", "Talk"]
    assert counts(await take(pair, entry("1", "Lunch"), entry("2", "Walk"), entry("3", "Talk"))) == {
        "deleted": 1,
        "same": 2,
    }
    await pair.sync(full=True)
    assert pair.titles("a") == pair.titles("b") == ["Lunch", "Talk"]


async def test_many_changes_of_one_file_are_no_surge(pair: Town) -> None:
    await take(pair, *(entry(str(one), f"Talk {one}") for one in range(40)))
    await pair.sync()
    report = await take(pair, *(entry(str(one), f"Talk no. {one}") for one in range(40)))
    assert (counts(report), report.held) == ({"changed": 40}, [])
    assert (await pair.sync()).exit is Exit.IN_STEP
    assert "Talk no. 7" in pair.titles("b")


async def test_nobody_is_taken_from_a_file(pair: Town) -> None:
    await take(
        pair, entry("1", "Lunch", "20270302T120000", "ORGANIZER:mailto:ada@example.org", "ATTENDEE:mailto:b@c.d")
    )
    await pair.sync()
    assert not pair.one("a", "Lunch").get("attendees")
    with pair.store.reading() as connection:
        dump = "".join(str(row) for row in connection.exec_driver_sql("SELECT fields FROM records"))
    assert "@" not in dump


async def test_a_file_in_which_nothing_is_usable_leaves_no_trace(pair: Town) -> None:
    report = await take(pair, event("SUMMARY:Never"))
    assert (report.exit, report.state, counts(report)) == (Exit.USAGE, "failed", {"refused": 1})
    part = await take(pair, event("SUMMARY:Never"), entry("1", "Lunch"))
    assert (part.exit, part.state, counts(part)) == (Exit.FAILED, "partial", {"refused": 1, "new": 1})


async def test_an_import_that_was_not_sent_yet_is_taken_back_without_telling_any_tool(pair: Town) -> None:
    await pair.sync()
    run = (await take(pair, entry("1", "Lunch"), entry("2", "Walk"))).run
    report = await undo(pair.community(), pair.store, pair.clock, run)
    assert (report.exit, report.left, report.steps) == (Exit.IN_STEP, [], [])
    assert (await pair.sync(full=True)).steps == []
    assert pair.titles("a") == []
    assert counts(await take(pair, entry("1", "Lunch"), entry("2", "Walk"))) == {"new": 2}
    await pair.sync()
    assert pair.titles("b") == ["Lunch", "Walk"]


async def test_an_import_is_taken_back_from_every_tool_but_not_what_people_made_or_changed(pair: Town) -> None:
    start = datetime(2027, 3, 2, 8, tzinfo=UTC)
    pair.tools["a"].create(EVENT, {"title": "Mine", "start": start, "end": start.replace(hour=9)})
    run = (await take(pair, entry("1", "Lunch"), entry("2", "Walk"), entry("3", "Mine"))).run
    await pair.sync()
    pair.tools["b"].edit(pair.id_of("b", "Walk"), {"location": "Park"})
    await pair.sync()
    assert pair.titles("a") == pair.titles("b") == ["Lunch", "Mine", "Walk"]
    preview = await preview_undo(pair.community(), pair.store, pair.clock, run)
    report = await undo(pair.community(), pair.store, pair.clock, run)
    assert preview.left == report.left
    assert {one["title"]: one["why"].split(" ")[1] for one in report.left} == {"Walk": "was", "Mine": "stands"}
    assert pair.titles("a") == ["Mine", "Walk"]
    assert pair.titles("b") == ["Walk"]
    assert (await pair.sync(full=True)).steps == []
    undoing = report.run
    await undo(pair.community(), pair.store, pair.clock, undoing)
    assert "Lunch" in pair.titles("a")


async def test_what_an_import_changed_is_set_back_and_can_come_again(pair: Town) -> None:
    await take(pair, entry("1", "Lunch"))
    await pair.sync()
    newer = entry("1", "Long lunch", stamp="20261121T130000Z")
    run = (await take(pair, newer)).run
    await pair.sync()
    assert pair.titles("b") == ["Long lunch"]
    await undo(pair.community(), pair.store, pair.clock, run)
    assert pair.titles("a") == pair.titles("b") == ["Lunch"]
    assert counts(await take(pair, newer)) == {"changed": 1}
    await pair.sync()
    assert pair.titles("a") == ["Long lunch"]


async def test_a_conflict_waits_for_a_person_where_the_policy_says_so(tmp_path: Path) -> None:
    with town(tmp_path, "a", "b", policy=Policy("ask")) as asking:
        await take(asking, entry("1", "Lunch"))
        await asking.sync()
        asking.tools["a"].edit(asking.id_of("a", "Lunch"), {"title": "Brunch"})
        await asking.sync()
        report = await take(asking, entry("1", "Dinner"))
        assert report.exit is Exit.PERSON_NEEDED
        await asking.sync()
        assert asking.titles("b") == ["Brunch"]
