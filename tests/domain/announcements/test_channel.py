"""Quiet hours and digests on real clocks, also where these are put forward or back."""

from __future__ import annotations

from datetime import UTC, datetime, time, timedelta
from zoneinfo import ZoneInfo

import pytest
from hypothesis import given
from hypothesis import strategies as st

from domain.announcements.channel import DigestTime, QuietHours
from tests.domain.announcements.samples import NIGHT, channel

ZONES = ("Europe/Berlin", "America/New_York", "Australia/Lord_Howe", "Asia/Kathmandu", "Pacific/Apia", "UTC")
MINUTE = timedelta(minutes=1)
times = st.builds(time, st.integers(0, 23), st.integers(0, 59))
moments = st.datetimes(datetime(2026, 1, 1), datetime(2027, 12, 31), timezones=st.just(UTC))  # noqa: DTZ001
changes = st.sampled_from(
    [datetime(2026, 3, 29, 1, tzinfo=UTC), datetime(2026, 10, 25, 1, tzinfo=UTC), datetime(2026, 11, 1, 6, tzinfo=UTC)]
)
near_changes = st.builds(lambda at, minutes: at + minutes * MINUTE, changes, st.integers(-2000, 2000))


@given(moments | near_changes, times, times, st.sampled_from(ZONES))
def test_the_next_loud_minute_is_loud_and_no_earlier_one_is(at: datetime, begin: time, end: time, zone: str) -> None:
    here = channel(quiet=QuietHours(begin, end) if begin != end else None, zone=ZoneInfo(zone))
    found = here.next_loud(at)
    assert at <= found <= at + timedelta(hours=26)
    assert not here.is_quiet(found)
    if found > at:
        assert here.is_quiet(at)
        between = (at.replace(second=0, microsecond=0) + MINUTE * count for count in range(1, 30 * 60))
        assert all(here.is_quiet(one) for one in between if one < found)


@pytest.mark.parametrize(
    ("wall", "quiet"), [("19:59", False), ("20:00", True), ("23:59", True), ("06:59", True), ("07:00", False)]
)
def test_the_beginning_is_quiet_and_the_end_is_not(wall: str, quiet: bool) -> None:
    assert NIGHT.holds(time.fromisoformat(wall)) is quiet


@given(moments | near_changes, st.integers(0, 6), times, st.sampled_from(ZONES))
def test_digests_come_once_a_week_at_their_wall_time(at: datetime, weekday: int, wall: time, zone: str) -> None:
    here = channel(digest=DigestTime(weekday, wall), zone=ZoneInfo(zone))
    last, following = here.last_digest(at), here.next_digest(at)
    assert last <= at < following
    days = (here.day(following) - here.day(last)).days
    assert days == 7
    assert last.astimezone(here.zone).weekday() in (weekday, (weekday + 1) % 7)  # a wall time that clocks skip is later
    assert here.last_digest(following) == following
