"""What every connector does whose capabilities say that it holds series: all of it or what `settle` leaves, both ways.

A connector that can hold less says so in `settle`: what is read back is held against that, and never more is asked.
"""

from __future__ import annotations

from collections.abc import Callable
from datetime import UTC, date, datetime, timedelta
from zoneinfo import ZoneInfo

import pytest

from connectors.contract import LaysOut, Remote
from domain.fields import complete
from domain.lens import project
from domain.recurrence import change
from domain.recurrence.expand import Occurrence, Window, occurrences
from domain.recurrence.series import Series, fields_from_series, make_series, series_from_fields
from domain.values import Fields, instant
from tests.contract.desk import EVENT, NEW, Desk, agree

BERLIN = ZoneInfo("Europe/Berlin")
HOUR = timedelta(hours=1)
YEARS = Window(datetime(2026, 1, 1, tzinfo=UTC), datetime(2029, 1, 1, tzinfo=UTC))
FIRST = instant(datetime(2026, 12, 1, 18, tzinfo=BERLIN))


def at(month: int, day: int, hour: int, year: int = 2026) -> datetime:
    return instant(datetime(year, month, day, hour, tzinfo=BERLIN))


PLAIN = make_series(FIRST, FIRST + 2 * HOUR, "Europe/Berlin", "FREQ=WEEKLY;INTERVAL=2;UNTIL=20270630")
DAYS = make_series(date(2026, 12, 1), date(2026, 12, 3), None, "FREQ=MONTHLY;BYDAY=1TU;COUNT=9")
RICH = change.cancel_occurrence(
    change.change_occurrence(
        change.move_occurrence(PLAIN, "2026-12-15", at(12, 16, 19), at(12, 16, 20)),
        "2027-01-12",
        {"title": "Guest talk", "location": "Room 9"},
    ),
    "2026-12-29",
)

Change = Callable[[Series], Series]
CHANGES: dict[str, tuple[Series, Change]] = {
    "move all": (RICH, lambda one: change.move_all(one, FIRST + HOUR, FIRST + 4 * HOUR).series),
    "another day": (PLAIN, lambda one: change.move_all(one, at(12, 2, 18), at(12, 2, 20)).series),
    "another rule": (PLAIN, lambda one: change.change_rule(one, "FREQ=MONTHLY;BYDAY=1TU").series),
    "end earlier": (PLAIN, lambda one: change.end_after(one, date(2027, 2, 28)).series),
    "extend": (RICH, lambda one: change.end_after(one, date(2027, 12, 31)).series),
    "no end": (PLAIN, lambda one: change.change_rule(one, "FREQ=WEEKLY;INTERVAL=2").series),
    "move one": (PLAIN, lambda one: change.move_occurrence(one, "2026-12-15", at(12, 17, 9), at(12, 17, 10))),
    "name one": (RICH, lambda one: change.change_occurrence(one, "2026-12-15", {"title": "Walk"})),
    "cancel one": (RICH, lambda one: change.cancel_occurrence(one, "2027-01-26")),
    "cancel the moved one": (RICH, lambda one: change.cancel_occurrence(one, "2026-12-15")),
    "restore the cancelled one": (RICH, lambda one: change.restore_occurrence(one, "2026-12-29")),
    "restore the moved one": (RICH, lambda one: change.restore_occurrence(one, "2026-12-15")),
    "another zone": (RICH, lambda one: change.change_zone(one, "America/New_York")),
    "to all-day": (RICH, change.to_all_day),
    "to timed": (DAYS, lambda one: change.to_timed(one, at(12, 1, 9), at(12, 1, 10), "Europe/Berlin")),
    "days moved": (DAYS, lambda one: change.move_all(one, date(2026, 12, 8), date(2026, 12, 9)).series),
}


def fields_of(series: Series, **others: str) -> Fields:
    return complete(EVENT, {**NEW[EVENT], "title": "Book club", **others, **fields_from_series(series)})


def holds_series(desk: Desk) -> bool:
    alone = isinstance(desk.connector, LaysOut)  # written as single events; their own tests follow those
    return not alone and EVENT in desk.subject.types and desk.connector.capabilities.types[EVENT].series


def taking_place(fields: Fields) -> list[Occurrence]:
    series = series_from_fields(fields)
    assert series is not None
    return occurrences(series, YEARS)


async def same_again(desk: Desk, remote: Remote, wanted: Fields) -> None:
    """Assert that a remote shows what was wanted, now and when it is read again, and takes place when that does."""
    again = await desk.connector.fetch(EVENT, remote.id)
    assert isinstance(again, Remote)
    shown = desk.connector.view(again)
    assert shown == desk.connector.view(remote)
    agree(EVENT, shown, wanted)
    held = desk.connector.capabilities.types[EVENT].fields
    if {"rrule", "rdates", "exdates", "overrides"} <= held.keys() and wanted.get("rrule"):
        assert taking_place(shown) == taking_place(wanted)


@pytest.mark.parametrize("series", [PLAIN, RICH, DAYS], ids=["plain", "rich", "days"])
async def test_putget_a_series_is_read_as_it_was_created(desk: Desk, series: Series) -> None:
    if not holds_series(desk):
        return
    remote = await desk.create(EVENT, fields_of(series))
    await same_again(desk, remote, desk.shown(EVENT, fields_of(series)))
    found, observation = await desk.listing()
    assert observation.complete
    assert desk.connector.view(found[remote.id]) == desk.connector.view(remote)


async def test_getput_an_unchanged_series_asks_for_nothing(desk: Desk) -> None:
    if not holds_series(desk):
        return
    view = desk.connector.view(await desk.create(EVENT, fields_of(RICH)))
    projected = project(EVENT, complete(EVENT, view), desk.space(), view)
    agree(EVENT, projected, view)
    assert desk.connector.settle(EVENT, projected) == projected


@pytest.mark.parametrize("name", list(CHANGES))
async def test_putput_h23_h24_a_changed_series_is_read_as_it_was_changed(desk: Desk, name: str) -> None:
    if not holds_series(desk):
        return
    before, act = CHANGES[name]
    remote = await desk.create(EVENT, fields_of(before))
    wanted = desk.shown(EVENT, fields_of(act(before)))
    await same_again(desk, await desk.update(remote, wanted), wanted)


async def test_h09_the_title_of_all_leaves_occurrences_with_their_own(desk: Desk) -> None:
    if not holds_series(desk):
        return
    remote = await desk.create(EVENT, fields_of(RICH))
    wanted = desk.shown(EVENT, fields_of(RICH, title="Reading group"))
    await same_again(desk, await desk.update(remote, {"title": "Reading group"}), wanted)


async def test_a_single_event_becomes_a_series_and_single_again(desk: Desk) -> None:
    if not holds_series(desk):
        return
    single = fields_of(change.change_rule(PLAIN, None).series)
    remote = await desk.create(EVENT, single)
    remote = await desk.update(remote, desk.shown(EVENT, fields_of(RICH)))
    await same_again(desk, remote, desk.shown(EVENT, fields_of(RICH)))
    remote = await desk.update(remote, desk.shown(EVENT, single))
    assert series_from_fields(complete(EVENT, desk.connector.view(remote))) is None
