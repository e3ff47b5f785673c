"""A series laid out as single events, each found again under its key."""

from __future__ import annotations

from datetime import UTC, date, datetime, timedelta
from zoneinfo import ZoneInfo

from domain.fields import RecordType, complete
from domain.records import check
from domain.recurrence.change import move_all, move_occurrence
from domain.recurrence.layout import ahead, event_fields, layout
from domain.recurrence.series import fields_from_series, make_series

NINE = datetime(2026, 3, 2, 8, 0, tzinfo=UTC)
HOUR = timedelta(hours=1)
SERIES = make_series(
    NINE, NINE + HOUR, "Europe/Berlin", "FREQ=MONTHLY;BYDAY=5MO", overrides={"2026-06-29": {"title": "Guest"}}
)


def test_twelve_months_from_the_beginning_of_today() -> None:
    berlin = ZoneInfo("Europe/Berlin")
    window = ahead(datetime(2028, 2, 29, 15, 0, tzinfo=berlin))
    assert (window.start, window.end) == (datetime(2028, 2, 29, tzinfo=berlin), datetime(2029, 2, 28, tzinfo=berlin))
    assert list(layout(SERIES, ahead(datetime(2026, 3, 3, tzinfo=UTC)))) == [
        "2026-03-30",
        "2026-06-29",
        "2026-08-31",
        "2026-11-30",
    ]


def test_keys_stay_whatever_moves() -> None:
    window = ahead(datetime(2026, 3, 3, tzinfo=UTC))
    keys = list(layout(SERIES, window))
    later = move_all(SERIES, NINE + HOUR, NINE + 2 * HOUR).series
    moved = move_occurrence(SERIES, "2026-06-29", date(2026, 7, 3), date(2026, 7, 4))
    assert list(layout(later, window)) == list(layout(moved, window)) == keys


def test_each_occurrence_is_an_event_of_its_own() -> None:
    master = complete(RecordType.EVENT, {"title": "Meeting", "location": "Room 1", **fields_from_series(SERIES)})
    moved = move_occurrence(SERIES, "2026-06-29", date(2026, 7, 3), date(2026, 7, 4))
    laid = layout(moved, ahead(datetime(2026, 6, 1, tzinfo=UTC)))
    single = event_fields(master, laid["2026-06-29"])
    check(RecordType.EVENT, single)
    assert (single["title"], single["location"]) == ("Guest", "Room 1")
    assert (single["start"], single["zone"], single["rrule"]) == (date(2026, 7, 3), None, None)
    assert event_fields(master, laid["2026-08-31"])["title"] == "Meeting"
