"""Which occurrence of a series a row of Outlook is."""

from __future__ import annotations

from datetime import UTC, date, datetime, timedelta
from zoneinfo import ZoneInfo

import pytest

from connectors.microsoft365.family import day_of
from connectors.microsoft365.zones import Zones
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
