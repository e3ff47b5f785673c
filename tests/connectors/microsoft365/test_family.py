"""Which occurrence of a series a row of Outlook is."""

from __future__ import annotations

from datetime import UTC, date, datetime, timedelta
from zoneinfo import ZoneInfo

import pytest

from connectors.microsoft365.family import day_of, series_of
from connectors.microsoft365.zones import Zones
from domain.errors import SetAside
from domain.recurrence.expand import Window, occurrences
from domain.recurrence.series import make_series

DAYS = make_series(date(2026, 1, 1), date(2026, 1, 2), None, "FREQ=DAILY")


@pytest.mark.parametrize("told", ["zone", "UTC", "nothing"])
@pytest.mark.parametrize("zone", ["Pacific/Auckland", "Pacific/Honolulu", "Europe/Berlin", "Asia/Kolkata", "Etc/UTC"])
def test_h24_a_whole_day_is_the_same_day_wherever_its_midnight_is_told(zone: str, told: str) -> None:
    names = {"zone": Zones(ZoneInfo("Etc/UTC")).windows(zone), "UTC": "UTC", "nothing": None}
    for number in range(0, 365, 14):
        day = date(2026, 1, 1) + timedelta(days=number)
        midnight = datetime(day.year, day.month, day.day, tzinfo=ZoneInfo(zone)).astimezone(UTC)
        row = {"originalStart": f"{midnight:%Y-%m-%dT%H:%M:%S}.0000000Z", "originalStartTimeZone": names[told]}
        assert day_of(row, DAYS) == day.isoformat()


@pytest.mark.parametrize("zone", ["Pacific/Kiritimati", "Pacific/Chatham", "Pacific/Pago_Pago", "Pacific/Marquesas"])
def test_h24_a_whole_day_at_the_date_line_is_known_by_the_zone_of_the_event(zone: str) -> None:
    midnight = datetime(2026, 12, 7, tzinfo=ZoneInfo(zone)).astimezone(UTC)
    row = {"originalStart": f"{midnight:%Y-%m-%dT%H:%M:%SZ}", "originalStartTimeZone": zone}
    assert day_of(row, DAYS) == "2026-12-07"


def _off_the_rule(**limits: object) -> dict[str, object]:
    """A series on Fridays whose first day is given as a Tuesday."""
    at = {"timeZone": "UTC"}
    return {
        "isAllDay": False,
        "start": {"dateTime": "2026-03-10T17:00:00.0000000", **at},
        "end": {"dateTime": "2026-03-10T18:00:00.0000000", **at},
        "recurrence": {
            "pattern": {"type": "weekly", "interval": 1, "daysOfWeek": ["friday"], "firstDayOfWeek": "monday"},
            "range": {"startDate": "2026-03-10", "recurrenceTimeZone": "UTC", **limits},
        },
    }


@pytest.mark.parametrize("count", [1, 2, 5])
def test_a_series_that_starts_off_its_rule_takes_place_as_often_as_it_says(count: int) -> None:
    series = series_of(_off_the_rule(type="numbered", numberOfOccurrences=count), Zones(ZoneInfo("Etc/UTC")))
    window = Window(datetime(2026, 1, 1, tzinfo=UTC), datetime(2027, 1, 1, tzinfo=UTC))
    fridays = [date(2026, 3, 13) + timedelta(weeks=number) for number in range(count)]
    assert [one.id for one in occurrences(series, window)] == [day.isoformat() for day in fridays]


def test_a_series_that_ends_before_its_rule_begins_is_told() -> None:
    ended = _off_the_rule(type="endDate", endDate="2026-03-12")
    with pytest.raises(SetAside, match="never takes place"):
        series_of(ended, Zones(ZoneInfo("Etc/UTC")))
