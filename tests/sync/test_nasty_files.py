"""Files that nobody wrote by hand: each is told clearly, in bounded time, and the sound entry beside it goes in."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

import pytest

from sync.importing import CalendarFile, take_in
from tests.domain.calendars.corpus import calendar, event
from tests.sync.town import town

SOUND = event("DTSTART:20270302T120000Z", "DURATION:PT1H", "SUMMARY:Sound", uid="sound")
START = "DTSTART:20270302T090000Z"
SIXTY = ",".join(map(str, range(60)))
Lines = tuple[str, ...]


def many(count: int, make: Callable[[int], Lines]) -> Lines:
    return tuple(line for number in range(count) for line in make(number))


def on(number: int) -> str:
    """Return one of thousands of moments."""
    return f"{2100 + number // 300}{1 + number % 12:02}{1 + number % 25:02}T{number % 24:02}{number % 60:02}00Z"


def zone(name: str, *rules: str) -> Lines:
    offsets = ("DTSTART:19700101T000000", *rules, "TZOFFSETFROM:+0017", "TZOFFSETTO:+0017")
    return ("BEGIN:VTIMEZONE", f"TZID:{name}", "BEGIN:STANDARD", *offsets, "END:STANDARD", "END:VTIMEZONE")


def moved(which: str, *more: str) -> Lines:
    return event(f"RECURRENCE-ID:{which}", "DTSTART:20270309T110000Z", *more, uid="series")


DAILY = event(START, "DURATION:PT1H", "RRULE:FREQ=DAILY;COUNT=5", "SUMMARY:Daily", uid="series")

REFUSED: dict[str, tuple[Lines, str]] = {
    "every second": (event(START, "RRULE:FREQ=SECONDLY"), "more than 24 times a day"),
    "every second of every minute": (
        event(START, f"RRULE:FREQ=DAILY;BYSECOND={SIXTY};BYMINUTE={SIXTY}"),
        "more than 24 times a day",
    ),
    "a million times": (event(START, "RRULE:FREQ=DAILY;COUNT=1000000"), "COUNT=1000000 is outside 1 to 10000"),
    "the year 1601": (event("DTSTART:16010101T000000Z"), "the year 1601 is outside 1900 to 2200"),
    "the year 9999": (event("DTSTART;VALUE=DATE:99991230"), "9999 is outside"),
    "beyond the last day": (event("DTSTART;VALUE=DATE:99991231", "DURATION:P2D"), "out of range"),
    "moved to the year 9999": (
        (*DAILY, *event("RECURRENCE-ID:20270303T090000Z", "DTSTART:99990101T000000Z", uid="series")),
        "9999 is outside",
    ),
    "a copy": ((*DAILY, *DAILY), "another event has the same UID"),
    "too many exceptions": (
        event(START, "RRULE:FREQ=DAILY", f"EXDATE:{','.join(map(on, range(12_000)))}"),
        "exceptions",
    ),
    "a task": (("BEGIN:VTODO", "UID:t", "SUMMARY:Do", "END:VTODO"), "it is a task; an import takes gatherings alone"),
    "endless notes": (event(START, f"DESCRIPTION:{'x' * 5_000_001}"), "at most 5000000 characters"),
}  # fmt: skip

TAKEN: dict[str, tuple[Lines, str]] = {
    "a negative length": (event(START, "DURATION:-PT1H", "SUMMARY:Odd"), "does not end after it starts"),
    "an end before the start": (event(START, "DTEND:20260101T000000Z", "SUMMARY:Odd"), "does not end after it starts"),
    "an unknown zone": (event("DTSTART;TZID=Mars/Base:20270302T090000"), "is no known time zone"),
    "a zone that is a bomb": (
        (*zone("Bomb", "RRULE:FREQ=SECONDLY"), *event("DTSTART;TZID=Bomb:20270302T090000")),
        "is no known time zone",
    ),
    "a hundred zones of their own": (
        (
            *many(100, lambda number: zone(f"Z{number}")),
            *many(100, lambda number: event(f"DTSTART;TZID=Z{number}:20270302T090000", uid=str(number))),
        ),
        "is no known time zone",
    ),
    "ten thousand times": (event(START, "RRULE:FREQ=DAILY;COUNT=10000"), ""),
    "never": (event(START, "RRULE:FREQ=YEARLY;BYMONTH=2;BYMONTHDAY=30"), ""),
    "an occurrence that there is not": ((*DAILY, *moved("20350101T090000Z")), "names an occurrence"),
    "thousands of occurrences that there are not": (
        (*DAILY, *many(3_000, lambda number: moved(on(number)))),
        "",
    ),
    "a hundred thousand lines": (event(START, *(["X-LINE:1"] * 100_000)), ""),
    "a text that is folded everywhere": (event(START, "DESCRIPTION:" + "a\r\n " * 100_000), ""),
    "quotes that never close": (event(START, "X-A" + ';B="' * 50_000 + ":1"), ""),
}  # fmt: skip

WHOLE: dict[str, bytes] = {
    "nothing": b"",
    "zeros": b"\0" * 1_000_000,
    "nested": b"BEGIN:VCALENDAR\r\n" * 50_000,
    "opened and closed wrongly": b"BEGIN:X\r\n" * 50_000 + b"END:Y\r\n" * 50_000,
    "one line": b"BEGIN:VCALENDAR" * 100_000,
    "utf-16 cut in half": calendar(*SOUND).decode().encode("utf-16")[:-301],
}


async def imported(tmp_path: Path, data: bytes) -> dict[str, object]:
    with town(tmp_path, "a") as place:
        report = await take_in(place.community(), place.store, place.clock, CalendarFile("nasty.ics", "nasty", data))
        assert report.intake is not None
        return {**report.intake, "notes": report.notes, "exit": int(report.exit)}


@pytest.mark.parametrize("name", REFUSED)
async def test_what_is_refused_says_why_and_the_rest_goes_in(name: str, tmp_path: Path) -> None:
    lines, why = REFUSED[name]
    found = await imported(tmp_path, calendar(*lines, *SOUND))
    reasons = [str(one["reason"]) for one in found["refused"]]  # type: ignore[attr-defined]
    assert any(why in reason for reason in reasons), reasons
    assert "Sound" in [one["title"] for one in found["new"]]  # type: ignore[attr-defined]
    assert found["exit"] == 1


@pytest.mark.parametrize("name", TAKEN)
async def test_what_is_odd_is_taken_in_and_told(name: str, tmp_path: Path) -> None:
    lines, note = TAKEN[name]
    found = await imported(tmp_path, calendar(*lines, *SOUND))
    assert found["refused"] == []
    assert any(note in one for one in found["notes"]) or not note, found["notes"]  # type: ignore[attr-defined]
    assert len(found["new"]) >= 2  # type: ignore[arg-type]
    assert found["exit"] == 0


@pytest.mark.parametrize("name", WHOLE)
async def test_a_file_that_is_none(name: str, tmp_path: Path) -> None:
    found = await imported(tmp_path, WHOLE[name])
    assert (found["exit"], found["new"]) == (2, [])
