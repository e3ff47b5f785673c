"""Everything people do to series, through real syncs: a calendar on a real server on one side, memory on the other."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from datetime import UTC, date, datetime, timedelta
from pathlib import Path
from zoneinfo import ZoneInfo

import icalendar
import pytest
import recurring_ical_events

from domain.recurrence import change
from domain.recurrence.expand import Window, occurrences
from domain.recurrence.series import Series, fields_from_series, make_series, series_from_fields
from domain.recurrence.split import split
from sandbox.faults import Fault
from tests.connectors.caldav.peers import SERVERS, forget_tokens
from tests.connectors.caldav.test_series import RICH
from tests.system.caldav.clients import Clients
from tests.system.caldav.office import Office, office

BERLIN = ZoneInfo("Europe/Berlin")
HOUR = timedelta(hours=1)
YEARS = Window(datetime(2026, 1, 1, tzinfo=UTC), datetime(2029, 1, 1, tzinfo=UTC))


def at(month: int, day: int, hour: int, year: int = 2026) -> datetime:
    return datetime(year, month, day, hour, tzinfo=BERLIN).astimezone(UTC)


FIRST = at(12, 1, 18)
CLUB = make_series(FIRST, FIRST + 2 * HOUR, "Europe/Berlin", "FREQ=WEEKLY;INTERVAL=2;UNTIL=20270630")
DAYS = make_series(date(2026, 12, 1), date(2026, 12, 2), None, "FREQ=MONTHLY;BYDAY=1TU;COUNT=9")
RICHER = change.cancel_occurrence(
    change.move_occurrence(CLUB, "2026-12-15", at(12, 16, 19), at(12, 16, 20)), "2026-12-29"
)
ACTS: dict[str, tuple[Series, Callable[[Series], Series]]] = {
    "change all": (RICHER, lambda one: change.move_all(one, FIRST + HOUR, FIRST + 4 * HOUR).series),
    "change one": (CLUB, lambda one: change.change_occurrence(one, "2026-12-15", {"title": "Guest talk"})),
    "move one": (CLUB, lambda one: change.move_occurrence(one, "2026-12-15", at(12, 17, 9), at(12, 17, 10))),
    "cancel one": (RICHER, lambda one: change.cancel_occurrence(one, "2027-01-26")),
    "end earlier": (RICHER, lambda one: change.end_after(one, date(2027, 2, 28)).series),
    "extend": (RICHER, lambda one: change.end_after(one, date(2027, 12, 31)).series),
    "another zone": (RICHER, lambda one: change.change_zone(one, "America/New_York")),
    "to all-day": (RICHER, change.to_all_day),
    "to timed": (DAYS, lambda one: change.to_timed(one, at(12, 1, 9), at(12, 1, 10), "Europe/Berlin")),
}


@pytest.fixture(params=list(SERVERS))
def desk(request: pytest.FixtureRequest, tmp_path: Path) -> Iterator[Office]:
    with office(tmp_path, request.param) as built:
        yield built


def add(desk: Office, series: Series, title: str = "Book club") -> str:
    fields = fields_from_series(series)
    return desk.add_event(title, **fields)


def remembered(desk: Office, title: str = "Book club") -> Series:
    found = series_from_fields(desk.remembered(title))
    assert found is not None
    return found


def stored(desk: Office, title: str = "Book club") -> str:
    (text,) = (text for text in desk.objects(desk.peer.calendar).values() if f"\nSUMMARY:{title}\n" in text)
    return text


def taking_place(text: str) -> list[tuple[str, str]]:
    """Return what a program of somebody else finds in an object."""
    found = recurring_ical_events.of(icalendar.Calendar.from_ical(text)).between(YEARS.start, YEARS.end)
    return sorted((str(_plain(one.start)), str(_plain(one.end))) for one in found)


def _plain(value: date | datetime) -> date | datetime:
    return value.astimezone(UTC) if isinstance(value, datetime) else value


def planned(series: Series) -> list[tuple[str, str]]:
    return sorted((str(one.start), str(one.end)) for one in occurrences(series, YEARS))


@pytest.mark.parametrize("name", list(ACTS))
async def test_h23_h24_what_is_done_elsewhere_arrives_in_the_calendar(desk: Office, name: str) -> None:
    before, act = ACTS[name]
    identity = add(desk, before)
    await desk.in_step()
    assert taking_place(stored(desk)) == planned(before)
    after = act(before)
    desk.memory.edit(identity, fields_from_series(after))
    report = await desk.in_step()
    assert report.conflicts == []
    assert taking_place(stored(desk)) == planned(after)
    assert remembered(desk) == after
    await desk.quiet()


@pytest.mark.parametrize("name", list(ACTS))
async def test_h23_h24_what_is_done_in_the_calendar_arrives_elsewhere(desk: Office, name: str) -> None:
    before, act = ACTS[name]
    after = act(before)
    add(desk, after, "Pattern")  # what another program would store
    add(desk, before)
    await desk.in_step()
    pattern = stored(desk, "Pattern")
    desk.memory.delete(next(one for one, fields in desk.memory.fields().items() if fields["title"] == "Pattern"))
    await desk.in_step()
    path = desk.path("Book club") if name != "change one" else next(iter(desk.objects(desk.peer.calendar)))
    uid = next(line for line in desk.peer.server.get(path).splitlines() if line.startswith("UID:"))
    text = "\n".join(uid if line.startswith("UID:") else line for line in pattern.splitlines())
    desk.peer.server.put(path, text.replace("SUMMARY:Pattern", "SUMMARY:Book club") + "\n")
    report = await desk.in_step()
    assert report.conflicts == []
    assert planned(remembered(desk)) == planned(after)
    assert remembered(desk) == after
    await desk.quiet()


async def test_h23_a_split_made_by_a_program_arrives_as_two_series(desk: Office) -> None:
    add(desk, CLUB)
    await desk.in_step()
    head, tail = split(CLUB, "2027-02-09")
    add(desk, tail, "Pattern")
    await desk.in_step()
    second = stored(desk, "Pattern").replace("SUMMARY:Pattern", "SUMMARY:Book club")
    desk.memory.delete(next(one for one, fields in desk.memory.fields().items() if fields["title"] == "Pattern"))
    await desk.in_step()
    uid = next(line for line in second.splitlines() if line.startswith("UID:"))
    desk.edit(desk.path("Book club"), ("UNTIL=20270630T160000Z", "UNTIL=20270208T225959Z"))
    desk.put(desk.peer.calendar, "second.ics", second.replace(uid, "UID:second@example.org").replace("\n", "\r\n"))
    await desk.in_step()
    found = [one for one in map(series_from_fields, desk.memory.fields().values()) if one is not None]
    assert sorted(time for one in found for time in planned(one)) == planned(CLUB)
    assert sorted(map(planned, found)) == sorted(map(planned, (head, tail)))
    assert len(desk.objects(desk.peer.calendar)) == 2
    await desk.quiet()


async def test_h05_edits_of_the_series_here_and_of_an_occurrence_there_meet(desk: Office) -> None:
    identity = add(desk, RICHER)
    await desk.in_step()
    moved = change.move_all(RICHER, FIRST + HOUR, FIRST + 3 * HOUR).series
    desk.memory.edit(identity, fields_from_series(moved))
    desk.edit(
        next(iter(desk.objects(desk.peer.calendar))),
        ("DTSTART;TZID=Europe/Berlin:20261216T190000", "DTSTART;TZID=Europe/Berlin:20261217T190000"),
        ("DTEND;TZID=Europe/Berlin:20261216T200000", "DTEND;TZID=Europe/Berlin:20261217T200000"),
    )
    report = await desk.in_step()
    assert report.conflicts == []
    assert remembered(desk) == change.move_occurrence(moved, "2026-12-15", at(12, 17, 19), at(12, 17, 20))
    assert taking_place(stored(desk)) == planned(remembered(desk))
    await desk.quiet()


async def test_h09_a_rich_series_of_a_program_keeps_everything(desk: Office) -> None:
    path = desk.put(desk.peer.calendar, "rich.ics", RICH.replace("ORGANIZER;CN=Ada:mailto:ada@example.org\r\n", ""))
    text = desk.peer.server.get(path).replace("ATTENDEE;PARTSTAT=ACCEPTED:mailto:ben@example.org\r\n", "")
    desk.peer.server.put(path, text.replace("ATTENDEE;PARTSTAT=DECLINED:mailto:ben@example.org\r\n", "").encode())
    await desk.in_step()
    (identity,) = desk.memory.fields()
    desk.memory.edit(identity, fields_from_series(change.cancel_occurrence(remembered(desk), "2027-01-05")))
    await desk.in_step()
    kept = desk.objects()[path]
    for line in ("X-OWN;X-P=^n:of the series", "X-OWN:of the guest talk", "TRIGGER:-PT15M", "TRIGGER:-PT1H"):
        assert kept.count(line) == 1
    assert kept.count("STATUS:CANCELLED") == 1
    assert taking_place(kept) == planned(remembered(desk))
    await desk.quiet()


async def test_h16_a_series_that_can_no_longer_be_kept_leaves_the_mirror_and_stays(desk: Office) -> None:
    add(desk, CLUB)
    await desk.in_step()
    path = desk.path("Book club")
    desk.edit(path, ("END:VEVENT", "EXRULE:FREQ=MONTHLY\r\nEND:VEVENT"))
    text = desk.objects()[path]
    report = await desk.in_step()
    assert any("left what is mirrored" in note for note in report.notes)
    assert remembered(desk) == CLUB
    assert desk.objects()[path] == text
    await desk.quiet()


async def test_h22_a_series_deleted_and_made_again_is_a_new_one(desk: Office) -> None:
    identity = add(desk, CLUB)
    await desk.in_step()
    desk.memory.delete(identity)
    add(desk, RICHER)
    await desk.in_step()
    assert len(desk.objects(desk.peer.calendar)) == 1
    assert taking_place(stored(desk)) == planned(RICHER)
    await desk.quiet()


async def test_h13_h14_a_series_is_made_once_whatever_is_lost_or_repeated(desk: Office) -> None:
    desk.peer.faults.add(Fault("PUT", r"\.ics", "lost_answer", times=1))
    add(desk, RICHER)
    await desk.sync()
    desk.peer.faults.clear()
    desk.peer.front.garble_reports = True
    await desk.sync(full=True)
    desk.peer.front.garble_reports = False
    await desk.in_step()
    assert len(desk.objects(desk.peer.calendar)) == 1
    assert remembered(desk) == RICHER
    await desk.quiet()


async def test_h15_a_series_is_read_anew_when_the_token_is_lost(desk: Office) -> None:
    add(desk, CLUB)
    await desk.in_step()
    desk.edit(desk.path("Book club"), ("INTERVAL=2", "INTERVAL=3"))
    if desk.peer.server.name == "Radicale":
        forget_tokens(desk.peer.server)
    await desk.in_step()
    assert str(remembered(desk).rule) == "FREQ=WEEKLY;INTERVAL=3;UNTIL=20270630"
    await desk.quiet()


async def test_h25_programs_that_fill_in_what_goes_without_saying_cause_no_writes(desk: Office) -> None:
    add(desk, CLUB)
    await desk.in_step()
    desk.edit(desk.path("Book club"), ("RRULE:FREQ=WEEKLY;", "RRULE:FREQ=WEEKLY;WKST=MO;BYDAY=TU;"))
    desk.peer.forget_traffic()
    report = await desk.in_step()
    assert report.steps == []
    assert remembered(desk) == CLUB
    await desk.quiet()


async def test_vdirsyncer_and_khal_see_the_same_occurrences(desk: Office, tmp_path: Path) -> None:
    add(desk, RICHER)
    await desk.in_step()
    clients = Clients.set_up(tmp_path / "ben", f"{desk.peer.url}{desk.peer.server.home}")
    clients.carry()
    assert [line for line in clients.agenda() if "Book club" in line] == [
        "18:00-20:00 Book club",
        "19:00-20:00 Book club",
    ]
    listed = clients.khal("list", "--format", "{start-date} {start-time} {title}", "2026-12-01", "120d")
    days = sorted(f"{one.start.astimezone(BERLIN):%Y-%m-%d %H:%M}" for one in occurrences(RICHER, YEARS)
                  if isinstance(one.start, datetime) and one.start < at(3, 30, 0, 2027))  # fmt: skip
    assert sorted(line[:16] for line in listed.splitlines() if line.endswith("Book club")) == days
