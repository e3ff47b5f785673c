"""Rules: read strictly, bounded, and written in one way only."""

from __future__ import annotations

from dataclasses import replace
from datetime import date, datetime
from zoneinfo import ZoneInfo

import pytest
from hypothesis import given

from domain.errors import SetAside
from domain.recurrence.normal import explicit, normal, read_rule
from domain.recurrence.rule import Rule
from tests.domain.recurrence.generated import Written, all_written, patient, starts

MONDAY = datetime(2026, 3, 2, 9, 0)  # noqa: DTZ001 - a wall time
BERLIN = ZoneInfo("Europe/Berlin")


@pytest.mark.parametrize(
    ("written", "normal_form"),
    [
        ("freq=weekly;byday=mo", "FREQ=WEEKLY"),
        ("FREQ=WEEKLY;BYDAY=WE,MO,MO;INTERVAL=1", "FREQ=WEEKLY;BYDAY=MO,WE"),
        ("INTERVAL=2;FREQ=WEEKLY;WKST=SU;BYDAY=MO,TU", "FREQ=WEEKLY;INTERVAL=2;BYDAY=MO,TU"),
        ("FREQ=WEEKLY;INTERVAL=2;BYDAY=MO,SU;WKST=SU", "FREQ=WEEKLY;INTERVAL=2;BYDAY=MO,SU;WKST=SU"),
        ("FREQ=DAILY;WKST=SU", "FREQ=DAILY"),
        ("FREQ=MONTHLY;BYMONTHDAY=2", "FREQ=MONTHLY"),
        ("FREQ=MONTHLY;BYMONTHDAY=15", "FREQ=MONTHLY;BYMONTHDAY=15"),
        ("FREQ=MONTHLY;BYDAY=+1MO", "FREQ=MONTHLY;BYDAY=1MO"),
        ("FREQ=YEARLY;BYMONTH=3;BYMONTHDAY=2", "FREQ=YEARLY"),
        ("FREQ=YEARLY;BYMONTHDAY=2", "FREQ=YEARLY;BYMONTHDAY=2"),  # the second of every month
        ("FREQ=DAILY;BYHOUR=9;BYMINUTE=0;BYSECOND=0", "FREQ=DAILY"),
        ("FREQ=DAILY;BYHOUR=9,15", "FREQ=DAILY;BYHOUR=9,15"),
        ("FREQ=WEEKLY;UNTIL=20260330T070000Z", "FREQ=WEEKLY;UNTIL=20260330"),  # 09:00 in Berlin, in summer
        ("FREQ=WEEKLY;UNTIL=20260330T065959Z", "FREQ=WEEKLY;UNTIL=20260329"),
        ("FREQ=WEEKLY;UNTIL=20260330T215959Z", "FREQ=WEEKLY;UNTIL=20260330"),
        ("FREQ=WEEKLY;UNTIL=20260330T090000", "FREQ=WEEKLY;UNTIL=20260330"),
        ("FREQ=WEEKLY;UNTIL=20260330", "FREQ=WEEKLY;UNTIL=20260330"),
        ("FREQ=DAILY;BYHOUR=9,15;UNTIL=20260330T070000Z", "FREQ=DAILY;UNTIL=20260330T090000;BYHOUR=9,15"),
        ("FREQ=WEEKLY;UNTIL=99991231T235959Z", "FREQ=WEEKLY"),
        ("FREQ=WEEKLY;COUNT=3;", "FREQ=WEEKLY;COUNT=3"),
        ("FREQ=WEEKLY;BYDAY=MO;BYSETPOS=1", "FREQ=WEEKLY;BYDAY=MO;BYSETPOS=1"),
        ("FREQ=MINUTELY;INTERVAL=90", "FREQ=MINUTELY;INTERVAL=90"),
    ],
)
def test_the_normal_form(written: str, normal_form: str) -> None:
    assert str(read_rule(written, MONDAY, BERLIN)) == normal_form
    assert str(read_rule(normal_form, MONDAY, BERLIN)) == normal_form


def test_an_all_day_rule_knows_no_hours_and_ends_with_a_day() -> None:
    start = datetime(2026, 3, 2)  # noqa: DTZ001 - a wall time
    found = read_rule("FREQ=DAILY;BYHOUR=9,15;UNTIL=20260330T220000Z", start, None)
    assert found == Rule("DAILY", until=date(2026, 3, 30))


@patient
@given(all_written())
def test_the_normal_form_means_the_same_and_is_stable(case: Written) -> None:
    series, rule = case.series, case.series.rule
    assert rule is not None
    zone = None if case.zone is None else ZoneInfo(case.zone)
    assert read_rule(str(rule), series.wall, zone) == rule
    assert normal(explicit(rule, series.wall), series.wall, all_day=zone is None) == rule
    assert starts(replace(series, rule=explicit(rule, series.wall))) == starts(series)


@pytest.mark.parametrize(
    ("written", "telling"),
    [
        ("", "no frequency"),
        ("FREQ=FORTNIGHTLY", "FREQ=FORTNIGHTLY"),
        ("FREQ=DAILY;COUNT=0", "COUNT=0 is outside 1 to 10000"),
        ("FREQ=DAILY;COUNT=10001", "COUNT=10001"),
        ("FREQ=DAILY;COUNT=99999999999999999999", "COUNT"),
        ("FREQ=DAILY;INTERVAL=0", "INTERVAL=0"),
        ("FREQ=DAILY;INTERVAL=-1", "INTERVAL=-1"),
        ("FREQ=DAILY;INTERVAL=two", "INTERVAL=TWO"),
        ("FREQ=DAILY;COUNT=3;UNTIL=20270101", "both COUNT and UNTIL"),
        ("FREQ=DAILY;UNTIL=soon", "UNTIL=SOON is no date"),
        ("FREQ=DAILY;UNTIL=20261341", "UNTIL=20261341"),
        ("FREQ=DAILY;FREQ=WEEKLY", "FREQ=WEEKLY"),
        ("FREQ=DAILY;WAT", "WAT"),
        ("FREQ=DAILY;BYEASTER=0", "BYEASTER has no meaning"),
        ("FREQ=YEARLY;RSCALE=HEBREW", "RSCALE has no meaning"),
        ("FREQ=WEEKLY;BYDAY=XX", "“XX” is no day"),
        ("FREQ=MONTHLY;BYDAY=54MO", "“54MO” is no day"),
        ("FREQ=WEEKLY;BYDAY=1MO", "its place in the month"),
        ("FREQ=WEEKLY;WKST=XX", "WKST=XX"),
        ("FREQ=MONTHLY;BYMONTHDAY=0", "no 0"),
        ("FREQ=MONTHLY;BYMONTHDAY=32", "BYMONTHDAY=32"),
        ("FREQ=WEEKLY;BYMONTHDAY=3", "does not go with FREQ=WEEKLY"),
        ("FREQ=MONTHLY;BYYEARDAY=3", "does not go with FREQ=MONTHLY"),
        ("FREQ=MONTHLY;BYWEEKNO=3", "does not go with FREQ=MONTHLY"),
        ("FREQ=MONTHLY;BYSETPOS=3", "chooses from nothing"),
        ("FREQ=SECONDLY", "more than 24 times a day"),
        ("FREQ=SECONDLY;INTERVAL=3599", "more than 24 times a day"),
        ("FREQ=MINUTELY;INTERVAL=59", "more than 24 times a day"),
        ("FREQ=MINUTELY;INTERVAL=60;BYSECOND=1,2", "more than 24 times a day"),
        ("FREQ=HOURLY;BYMINUTE=0,30", "more than 24 times a day"),
        ("FREQ=DAILY;BYHOUR=1,2,3,4,5;BYMINUTE=1,2,3,4,5", "more than 24 times a day"),
        ("FREQ=HOURLY;INTERVAL=2;BYHOUR=1", "every so many hours"),
        ("FREQ=HOURLY;BYMINUTE=0;BYSETPOS=1", "does not go with FREQ=HOURLY"),
    ],
)
def test_what_is_refused_says_why_and_what_to_do(written: str, telling: str) -> None:
    with pytest.raises(SetAside) as refusal:
        read_rule(written, MONDAY, BERLIN)
    assert telling in refusal.value.message
    assert refusal.value.mend
