"""What Outlook shows people of a series is what the series says, over three years and every change of clocks."""

from __future__ import annotations

import json
from collections.abc import Sequence
from datetime import UTC, date, datetime, timedelta
from itertools import count
from typing import Any
from zoneinfo import ZoneInfo

import pytest
from hypothesis import HealthCheck, assume, given, settings

from connectors.contract import Connector, Remote
from connectors.microsoft365.appointment import ALONE, EXCEPTIONS, EXPAND
from domain.errors import SetAside, Stale
from domain.fields import RecordType, complete
from domain.recurrence import change
from domain.recurrence.expand import Window, occurrences
from domain.recurrence.overrides import decode
from domain.recurrence.series import Series, fields_from_series, make_series, series_from_fields
from domain.values import Fields, instant
from sandbox.faults import Fault
from tests.connectors.microsoft365.world import BERLIN, World, creation_of, deletion, get, read, update
from tests.domain.recurrence.generated import Written, all_written

EVENT = RecordType.EVENT
HOUR = timedelta(hours=1)
YEARS = Window(datetime(2025, 1, 1, tzinfo=UTC), datetime(2028, 1, 1, tzinfo=UTC))
ZONES = (
    *("Europe/Berlin", "America/New_York", "Australia/Lord_Howe", "Asia/Kolkata", "America/Sao_Paulo"),
    *("Europe/Vienna", "Etc/UTC"),
)
RULES = (
    *("FREQ=WEEKLY", "FREQ=WEEKLY;INTERVAL=2;BYDAY=SU,MO;WKST=SU", "FREQ=WEEKLY;INTERVAL=2;BYDAY=SU,MO;WKST=MO"),
    *("FREQ=DAILY;INTERVAL=3;COUNT=200", "FREQ=MONTHLY", "FREQ=MONTHLY;BYMONTHDAY=28,29,30,31;BYSETPOS=-1"),
    *("FREQ=MONTHLY;BYDAY=-1SU", "FREQ=MONTHLY;BYDAY=2TH;UNTIL=20270315T235959Z", "FREQ=MONTHLY;BYMONTHDAY=-1"),
    *("FREQ=YEARLY;BYMONTH=2;BYMONTHDAY=28,29;BYSETPOS=-1", "FREQ=YEARLY;BYMONTH=3;BYDAY=-1SU", "FREQ=DAILY"),
)

Times = list[tuple[str, str]]
_KEYS = count()


def view_of(connector: Connector, series: Series, **more: Any) -> Fields:
    fields = complete(EVENT, {"title": "Book club", **more, **fields_from_series(series)})
    held = connector.capabilities.types[EVENT].fields
    return connector.settle(EVENT, {name: fields[name] for name in held if held[name].hold != "read only"})


async def made(connector: Connector, series: Series, key: str = "key") -> Remote:
    done = await connector.write(creation_of(EVENT, view_of(connector, series), key=key))
    assert done is not None
    return done


async def shown(world: World, window: Window = YEARS) -> Times:
    """Return what a person sees in the calendar."""
    rows: list[Any] = []
    path = f"{world.url}{world.path}/calendarView"
    query = {"startDateTime": window.start.isoformat()[:19] + "Z", "endDateTime": window.end.isoformat()[:19] + "Z"}
    following: str | None = path
    while following:
        page = (
            await world.person.get(following, params={**query, "$top": "1000"} if following == path else None)
        ).json()
        rows += page["value"]
        following = page.get("@odata.nextLink")
    return sorted((_told(row, "start"), _told(row, "end")) for row in rows)


def _told(row: Any, name: str) -> str:
    text = str(row[name]["dateTime"])
    return text[:10] if row["isAllDay"] else text[:19] + "Z"


def expected(series: Series, window: Window = YEARS) -> Times:
    found = occurrences(series, window)
    return sorted((_text(one.start), _text(one.end)) for one in found)


def _text(value: Any) -> str:
    return f"{value:%Y-%m-%dT%H:%M:%SZ}" if isinstance(value, datetime) else str(value)


def starting(rule: str, zone: str, *, all_day: bool, wall: datetime) -> Series | None:
    """Return a series of a rule from the first day on which it falls."""
    start: date = wall.date() if all_day else instant(wall.replace(tzinfo=ZoneInfo(zone)))
    length = timedelta(days=1) if all_day else HOUR
    series = make_series(start, start + length, None if all_day else zone, rule)
    first = occurrences(series, Window(datetime(2025, 1, 1, tzinfo=UTC), datetime(2026, 6, 1, tzinfo=UTC)))[1]
    return make_series(first.start, first.end, series.zone, rule)


@pytest.mark.parametrize("zone", ZONES)
async def test_h24_outlook_shows_what_the_series_says_across_all_clock_changes(
    world: World, calendar: Connector, zone: str
) -> None:
    world.state.rate_limit = None
    wanted: Times = []
    for number, rule in enumerate(RULES):
        for all_day, hour in ((True, 0), (False, 9), (False, 23)):
            wall = datetime(2025, 1, 6, hour, 30)  # noqa: DTZ001 - a wall time
            series = starting(rule, zone, all_day=all_day, wall=wall)
            assert series is not None
            assert not calendar.lays_out(EVENT, fields_from_series(series))  # type: ignore[attr-defined]
            remote = await made(calendar, series, f"{number}-{all_day}-{hour}")
            wanted += expected(series)
            again = series_from_fields(calendar.view(await get(calendar, remote.id)))
            assert again is not None
            assert expected(again) == expected(series)
    assert await shown(world) == sorted(wanted)


def _decided(series: Series) -> Series:
    """Return a series in which one occurrence is moved, one cancelled and one renamed."""
    found = [one.id for one in occurrences(series, YEARS)[1:8]]
    if len(found) < 4:
        return series
    start, end = series.at(series.wall_of(found[0]))
    series = change.move_occurrence(series, found[0], start + timedelta(days=1), end + timedelta(days=1))
    series = change.cancel_occurrence(series, found[1])
    return change.change_occurrence(series, found[3], {"title": "Guest talk"})


@settings(max_examples=25, deadline=None, suppress_health_check=list(HealthCheck))
@given(all_written())
async def test_whatever_the_rule_what_is_written_is_what_is_read_and_what_people_see(
    world: World, calendar: Connector, case: Written
) -> None:
    fields = fields_from_series(case.series)
    assume(not calendar.lays_out(EVENT, fields))  # type: ignore[attr-defined]
    series = _decided(case.series)
    remote = await made(calendar, series, f"key-{next(_KEYS)}")
    try:
        found = await get(calendar, remote.id)
        again = series_from_fields(calendar.view(found))
        if again is None:  # one time only
            assert len(expected(series)) <= 1
        else:
            assert calendar.view(found) == calendar.view(remote)
            assert expected(again) == expected(series)
        assert await shown(world) == expected(series)
    finally:
        await world.trash(remote.id)
        for row in await world.all():
            await world.trash(str(row["id"]))


WEEKLY = make_series(
    instant(datetime(2026, 3, 10, 17, tzinfo=ZoneInfo("Europe/Berlin"))),
    instant(datetime(2026, 3, 10, 18, tzinfo=ZoneInfo("Europe/Berlin"))),
    "Europe/Berlin",
    "FREQ=WEEKLY",
)


async def listed(connector: Connector) -> Sequence[Remote]:
    return (await read(connector)).remotes


async def test_a_listing_tells_series_by_their_versions_only(world: World, calendar: Connector) -> None:
    remote = await made(calendar, change.cancel_occurrence(WEEKLY, "2026-03-24"))
    with world.counting() as requests:
        (one,) = await listed(calendar)
    assert (one.partial, one.version, one.mark) == (True, remote.version, "record-1")
    assert [path.rpartition("/")[2] for path in requests] == ["events", "calendarView"]


async def test_an_edit_that_moves_no_master_is_seen_in_the_listing(world: World, calendar: Connector) -> None:
    """Not every service moves the master's version with one of its occurrences."""
    start = instant(datetime.now(UTC).replace(microsecond=0) + timedelta(days=3))
    remote = await made(calendar, make_series(start, start + HOUR, "Europe/Berlin", "FREQ=DAILY"))
    (before,) = await listed(calendar)
    master = world.mailbox.item(remote.id).event
    version, modified = master.version, master.modified
    rows = (await world.person.get(f"{world.url}{world.path}/events/{remote.id}/instances", params=_days())).json()
    first, second = rows["value"][3:5]
    for act in (world.edit(first["id"], subject="Guest talk"), world.trash(second["id"])):
        await act
        master.version, master.modified = version, modified
        (after,) = await listed(calendar)
        assert after.version != before.version
        before = after
    (again,) = await listed(calendar)
    assert again.version == before.version


def _days() -> dict[str, str]:
    today = datetime.now(UTC)
    return {
        "startDateTime": f"{today:%Y-%m-%dT00:00:00Z}",
        "endDateTime": f"{today + timedelta(days=40):%Y-%m-%dT00:00:00Z}",
    }


async def test_h14_a_page_of_occurrences_that_is_skipped_cancels_nothing(world: World, calendar: Connector) -> None:
    start = instant(datetime.now(UTC).replace(microsecond=0) + timedelta(days=3))
    for number in range(4):
        await made(calendar, make_series(start, start + HOUR, "Europe/Berlin", "FREQ=DAILY"), f"key-{number}")
    for kind in ("skip_page", "repeat_page", "short_list"):
        world.faults.add(Fault("GET", "/calendarView", kind))
        for one in await listed(calendar):
            view = calendar.view(await get(calendar, one.id))
            assert (view["exdates"], view["overrides"]) == (frozenset(), frozenset())
        world.faults.clear()


async def test_a_master_that_does_not_tell_its_exceptions_is_read_by_its_occurrences(
    world: World, calendar: Connector
) -> None:
    start = instant(datetime.now(UTC).replace(microsecond=0, hour=12) + timedelta(days=3))
    series = _decided_now(make_series(start, start + HOUR, "Europe/Berlin", "FREQ=DAILY;COUNT=20"))
    remote = await made(calendar, series)
    world.faults.add(Fault("GET", "exceptionOccurrences", "status", times=None, status=400, body=_NO_SUCH_EXPAND))
    found = await get(calendar, remote.id)
    assert calendar.view(found) == calendar.view(remote)


_NO_SUCH_EXPAND = '{"error": {"code": "ErrorInvalidUrlQuery", "message": "exceptionOccurrences cannot be expanded."}}'
FAR = make_series(WEEKLY.start, WEEKLY.end, WEEKLY.zone, "FREQ=WEEKLY;COUNT=400")
"""Longer than any listing of occurrences looks ahead."""


async def test_occurrences_tell_what_their_master_does_not_from_the_first_to_years_ahead(
    world: World, calendar: Connector
) -> None:
    series = make_series(
        instant(datetime(2019, 3, 5, 17, tzinfo=BERLIN)),
        instant(datetime(2019, 3, 5, 18, tzinfo=BERLIN)),
        "Europe/Berlin",
        "FREQ=WEEKLY;COUNT=700",
    )
    for day in ("2019-03-12", "2026-03-10", "2030-03-05"):
        series = change.cancel_occurrence(series, day)
    for day in ("2019-03-19", "2030-03-12"):
        series = change.change_occurrence(series, day, {"title": f"Guest of {day}"})
    remote = await made(calendar, series)
    world.faults.add(Fault("GET", "exceptionOccurrences", "status", times=None, status=400, body=_NO_SUCH_EXPAND))
    assert calendar.view(await get(calendar, remote.id)) == calendar.view(remote)


async def test_h28_a_series_that_never_takes_place_leaves_the_others_alone(world: World, calendar: Connector) -> None:
    """No service should hold one; where occurrences are read to know it whole, it still stops nothing else."""
    remote = await made(calendar, make_series(WEEKLY.start, WEEKLY.end, WEEKLY.zone, "FREQ=WEEKLY;COUNT=3"))
    told = await _master(world, remote)
    del told["exceptionOccurrences"]
    told["recurrence"]["pattern"]["daysOfWeek"] = ["friday"]
    told["recurrence"]["range"] |= {"type": "endDate", "endDate": "2026-03-11"}
    world.faults.add(Fault("GET", "exceptionOccurrences", "status", status=200, body=json.dumps(told)))
    odd = await get(calendar, remote.id)
    with pytest.raises(SetAside):
        calendar.view(odd)


async def _master(world: World, remote: Remote) -> dict[str, Any]:
    """Return a master as it answers when it is asked for all that belongs to it."""
    query = {
        "$select": ",".join(ALONE),
        "$expand": f"{EXPAND},{EXCEPTIONS}",
    }
    answer = await world.person.get(f"{world.url}{world.path}/events/{remote.id}", params=query)
    return dict(answer.json())


async def test_what_a_master_does_tell_counts_far_beyond_its_occurrences_of_the_coming_years(
    world: World, calendar: Connector
) -> None:
    """A service may leave out a list that is empty."""
    remote = await made(calendar, change.cancel_occurrence(FAR, "2033-03-08"))
    told = await _master(world, remote)
    assert told.pop("exceptionOccurrences") == []
    world.faults.add(Fault("GET", "exceptionOccurrences", "status", status=200, body=json.dumps(told)))
    assert calendar.view(await get(calendar, remote.id))["exdates"] == {"2033-03-08"}


async def test_edited_occurrences_on_a_further_page_are_no_less_edited(world: World, calendar: Connector) -> None:
    named = FAR
    for day in ("2026-03-24", "2026-04-07", "2033-03-08"):
        named = change.change_occurrence(named, day, {"title": f"Guest of {day}"})
    remote = await made(calendar, named)
    told = await _master(world, remote)
    rows = told["exceptionOccurrences"]
    link = f"{world.url}{world.path}/events/{remote.id}/exceptionOccurrences?$skiptoken=1"
    told |= {"exceptionOccurrences": rows[:1], "exceptionOccurrences@odata.nextLink": link}
    world.faults.add(Fault("GET", "skiptoken", "status", status=200, body=json.dumps({"value": rows[1:]})))
    world.faults.add(Fault("GET", "exceptionOccurrences", "status", status=200, body=json.dumps(told)))
    assert calendar.view(await get(calendar, remote.id)) == calendar.view(remote)


def _decided_now(series: Series) -> Series:
    names = [one.id for one in occurrences(series, Window(datetime.now(UTC), datetime.now(UTC) + timedelta(days=90)))]
    series = change.cancel_occurrence(series, names[4])
    return change.change_occurrence(series, names[7], {"title": "Guest talk"})


async def test_a_series_whose_version_alone_moved_is_deleted_and_one_that_a_person_edited_stays(
    world: World, calendar: Connector
) -> None:
    """H07, H10."""
    moved, renamed = await made(calendar, WEEKLY, "key-1"), await made(calendar, WEEKLY, "key-2")
    await world.edit(moved.id, isReminderOn=True)
    await world.edit(renamed.id, subject="By a person")
    assert await calendar.write(deletion(calendar, moved)) is None
    with pytest.raises(Stale):
        await calendar.write(deletion(calendar, renamed))
    assert [row["id"] for row in await world.all()] == [renamed.id]


async def test_an_edit_of_an_occurrence_meanwhile_is_never_written_over(world: World, calendar: Connector) -> None:
    remote = await made(calendar, WEEKLY)
    path = f"{world.url}{world.path}/events/{remote.id}/instances"
    window = {"startDateTime": "2026-03-16T00:00:00Z", "endDateTime": "2026-03-18T00:00:00Z"}
    (row,) = (await world.person.get(path, params=window)).json()["value"]
    await world.edit(row["id"], subject="Guest talk")
    with pytest.raises(Stale):
        await calendar.write(update(calendar, remote, title="Reading group"))
    assert (await world.stored(row["id"]))["subject"] == "Guest talk"


async def test_h28_an_occurrence_that_outlook_does_not_list_is_told_apart_and_keeps_no_other_waiting(
    world: World, calendar: Connector
) -> None:
    remote = await made(calendar, WEEKLY)
    wanted = WEEKLY
    for day in ("2026-03-17", "2026-03-24"):
        wanted = change.change_occurrence(wanted, day, {"title": f"Guest of {day}"})
    order = update(calendar, remote, overrides=fields_from_series(wanted)["overrides"])
    world.faults.add(Fault("GET", r"instances.*=2026-03-16", "empty_list"))
    with pytest.raises(SetAside, match="does not list “Book club” on 2026-03-17"):
        await calendar.write(order)
    half = await get(calendar, remote.id)
    assert set(overrides_of(calendar, half)) == {"2026-03-24"}
    await calendar.write(update(calendar, half, overrides=fields_from_series(wanted)["overrides"]))
    assert set(overrides_of(calendar, await get(calendar, remote.id))) == {"2026-03-17", "2026-03-24"}


def overrides_of(calendar: Connector, remote: Remote) -> Any:
    return decode(calendar.view(remote)["overrides"])
