"""One and the same series in the forms that programs of others store it in, read, edited from elsewhere, and kept."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import date
from pathlib import Path

import pytest

from domain.recurrence import change
from domain.recurrence.series import Series, fields_from_series, make_series
from tests.connectors.caldav.peers import SERVERS
from tests.system.caldav.office import Office, office
from tests.system.caldav.test_series import CLUB, RICHER, at, planned, remembered, stored, taking_place

BERLIN = """\
BEGIN:VTIMEZONE
TZID:Europe/Berlin
BEGIN:DAYLIGHT
TZOFFSETFROM:+0100
TZOFFSETTO:+0200
TZNAME:CEST
DTSTART:19700329T020000
RRULE:FREQ=YEARLY;BYMONTH=3;BYDAY=-1SU
END:DAYLIGHT
BEGIN:STANDARD
TZOFFSETFROM:+0200
TZOFFSETTO:+0100
TZNAME:CET
DTSTART:19701025T030000
RRULE:FREQ=YEARLY;BYMONTH=10;BYDAY=-1SU
END:STANDARD
END:VTIMEZONE
"""
EVENT = "BEGIN:VEVENT\nUID:form@example.org\nDTSTAMP:20261101T080000Z\nSUMMARY:Book club\n{}END:VEVENT\n"
STARTS = "DTSTART;TZID=Europe/Berlin:20261201T180000\n"
ENDS = "DTEND;TZID=Europe/Berlin:20261201T200000\n"
RULE = "RRULE:FREQ=WEEKLY;INTERVAL=2;UNTIL=20270630T160000Z\n"
MOVED = "DTSTART;TZID=Europe/Berlin:20261216T190000\nDTEND;TZID=Europe/Berlin:20261216T200000\n"
THAT = "RECURRENCE-ID;TZID=Europe/Berlin:20261215T180000\n"
WITHOUT = "EXDATE;TZID=Europe/Berlin:20261229T180000\n"
STRUCK_OUT = (
    "RECURRENCE-ID;TZID=Europe/Berlin:20261229T180000\nDTSTART;TZID=Europe/Berlin:20261229T180000\n"
    "DTEND;TZID=Europe/Berlin:20261229T200000\nSTATUS:CANCELLED\n"
)

TIMED = {
    "zone, written out": (BERLIN, STARTS + ENDS + RULE + WITHOUT, THAT + MOVED),
    "the odd one first": ("", THAT + MOVED + "SEQUENCE:2\n", STARTS + ENDS + RULE + WITHOUT + "SEQUENCE:2\n"),
    "original time in UTC": (
        BERLIN,
        STARTS + ENDS + RULE + WITHOUT + "X-MOZ-LASTACK:20261102T080000Z\nX-MOZ-GENERATION:3\n",
        "RECURRENCE-ID:20261215T170000Z\n" + MOVED + "X-MOZ-GENERATION:3\n",
    ),
    "left out in UTC": (BERLIN, STARTS + ENDS + RULE + "EXDATE:20261229T170000Z\n", THAT + MOVED),
    "all in UTC but the start": (
        "",
        STARTS + ENDS + RULE + "EXDATE:20261229T170000Z\n",
        "RECURRENCE-ID:20261215T170000Z\nDTSTART:20261216T180000Z\nDTEND:20261216T190000Z\n",
    ),
    "a duration, and the rule's last day late": (
        BERLIN,
        STARTS + "DURATION:PT2H\nRRULE:FREQ=WEEKLY;INTERVAL=2;UNTIL=20270630T215959Z\n" + WITHOUT,
        THAT + "DTSTART;TZID=Europe/Berlin:20261216T190000\nDURATION:PT1H\n",
    ),
    "types named, a travel time, folded": (
        BERLIN,
        "DTSTART;VALUE=DATE-TIME;TZID=\"Europe/Berlin\":20261201T180000\n" + ENDS + RULE
        + "EXDATE;VALUE=DATE-TIME;TZID=Europe/Berlin:20261229T18\n 0000\nTRANSP:OPAQUE\n"
        + "X-APPLE-TRAVEL-ADVISORY-BEHAVIOR:AUTOMATIC\n",
        "RECURRENCE-ID;VALUE=DATE-TIME;TZID=Europe/Berlin:20261215T180000\n" + MOVED
        + "X-APPLE-TRAVEL-ADVISORY-BEHAVIOR:AUTOMATIC\n",
    ),
}  # fmt: skip
OWN = ("X-MOZ-LASTACK:", "X-MOZ-GENERATION:", "X-APPLE-TRAVEL-ADVISORY-BEHAVIOR:", "TRANSP:")

DAYS = change.cancel_occurrence(
    change.move_occurrence(
        make_series(date(2026, 12, 1), date(2026, 12, 2), None, "FREQ=WEEKLY;COUNT=9"),
        "2026-12-15",
        date(2026, 12, 17),
        date(2026, 12, 18),
    ),
    "2026-12-29",
)
DAY, DAY_RULE = "DTSTART;VALUE=DATE:20261201\nDTEND;VALUE=DATE:20261202\n", "RRULE:FREQ=WEEKLY;COUNT=9\n"
MOVED_DAY = "DTSTART;VALUE=DATE:20261217\nDTEND;VALUE=DATE:20261218\n"
WHOLE_DAYS = {
    "days": ("", DAY + DAY_RULE + "EXDATE;VALUE=DATE:20261229\n", "RECURRENCE-ID;VALUE=DATE:20261215\n" + MOVED_DAY),
    "days without an end": (
        "",
        "DTSTART;VALUE=DATE:20261201\n" + DAY_RULE + "EXDATE;VALUE=DATE:20261229\nX-MICROSOFT-CDO-ALLDAYEVENT:TRUE\n",
        "RECURRENCE-ID;VALUE=DATE:20261215\nDTSTART;VALUE=DATE:20261217\nDURATION:P1D\n",
    ),
}
CALLED_OFF = change.change_occurrence(
    change.move_occurrence(CLUB, "2026-12-15", at(12, 16, 19), at(12, 16, 20)), "2026-12-29", {"status": "cancelled"}
)
"""It does not take place and is still shown, struck out."""

FORMS: dict[str, tuple[Series, tuple[str, ...]]] = {
    "called off, and still shown": (CALLED_OFF, (BERLIN, STARTS + ENDS + RULE, THAT + MOVED, STRUCK_OUT)),
    **{name: (RICHER, parts) for name, parts in TIMED.items()},
    **{name: (DAYS, parts) for name, parts in WHOLE_DAYS.items()},
}


@pytest.fixture(params=list(SERVERS))
def desk(request: pytest.FixtureRequest, tmp_path: Path) -> Iterator[Office]:
    with office(tmp_path, request.param) as built:
        yield built


def written(parts: tuple[str, ...]) -> str:
    zone, *components = parts
    events = "".join(EVENT.format(one) for one in components)
    text = f"BEGIN:VCALENDAR\nVERSION:2.0\nPRODID:-//Example//Calendar//EN\n{zone}{events}END:VCALENDAR\n"
    return text.replace("\n", "\r\n")


@pytest.mark.parametrize("name", list(FORMS))
async def test_a_series_in_anothers_form_is_read_edited_and_kept(desk: Office, name: str) -> None:
    series, parts = FORMS[name]
    path = desk.put(desk.peer.calendar, "form.ics", written(parts))
    before = desk.objects()[path]
    await desk.in_step()
    assert planned(remembered(desk)) == planned(series)
    assert remembered(desk).overrides == series.overrides
    assert desk.objects()[path] == before
    await desk.quiet()

    (identity,) = desk.memory.fields()
    after = change.cancel_occurrence(remembered(desk), "2027-01-05" if series is DAYS else "2027-01-12")
    desk.memory.edit(identity, fields_from_series(after))
    report = await desk.in_step()
    assert report.conflicts == []
    assert taking_place(stored(desk)) == planned(after)
    assert len(planned(after)) == len(planned(series)) - 1
    assert own_lines(desk.objects()[path]) == own_lines(before)
    await desk.quiet()


def own_lines(text: str) -> list[str]:
    return [line for line in text.splitlines() if line.startswith(OWN)]
