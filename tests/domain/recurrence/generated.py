"""Series of every sort, and what two independent libraries make of them."""

from __future__ import annotations

import warnings
from dataclasses import dataclass
from datetime import UTC, date, datetime, timedelta
from itertools import islice
from typing import Any
from zoneinfo import ZoneInfo

import icalendar
import recurring_ical_events
from dateutil.rrule import rrulestr
from hypothesis import HealthCheck, assume, settings
from hypothesis import strategies as st

from domain.recurrence.expand import Occurrence, Window, occurrences
from domain.recurrence.series import Series, make_series

patient = settings(suppress_health_check=[HealthCheck.too_slow, HealthCheck.filter_too_much])
"""For series that take their time to be made."""

ZONES = ("Europe/Berlin", "America/New_York", "Australia/Lord_Howe", "Asia/Kolkata", "America/Sao_Paulo", "UTC")
DAYS = ("MO", "TU", "WE", "TH", "FR", "SA", "SU")
START = datetime(2025, 1, 1)  # noqa: DTZ001 - a wall time
WINDOW = Window(datetime(2025, 1, 1, tzinfo=UTC), datetime(2028, 1, 1, tzinfo=UTC))

sorted_days = st.lists(st.sampled_from(DAYS), min_size=1, max_size=4, unique=True).map(",".join)
month_days = st.lists(st.sampled_from([1, 2, 13, 28, 29, 30, 31, -1, -2]), min_size=1, max_size=3, unique=True)
months = st.lists(st.integers(1, 12), min_size=1, max_size=3, unique=True)
counted_days = st.lists(
    st.builds("{}{}".format, st.sampled_from([1, 2, 3, 4, 5, -1, -2]), st.sampled_from(DAYS)), min_size=1, max_size=2
)
positions = st.lists(st.sampled_from([1, 2, 3, -1, -2]), min_size=1, max_size=2, unique=True)


def listed(values: st.SearchStrategy[list[Any]]) -> st.SearchStrategy[str]:
    return values.map(lambda found: ",".join(map(str, found)))


@st.composite
def patterns(draw: st.DrawFn, frequencies: tuple[str, ...] = ("DAILY", "WEEKLY", "MONTHLY", "YEARLY")) -> str:
    """The parts of a rule without COUNT and UNTIL, as people and tools write them."""
    frequency = draw(st.sampled_from(frequencies))
    parts = [f"FREQ={frequency}"]
    if draw(st.booleans()):
        parts.append(f"INTERVAL={draw(st.integers(1, 4))}")
    parts += draw(OF[frequency])
    if draw(st.booleans()):
        parts.append(f"WKST={draw(st.sampled_from(DAYS))}")
    return ";".join(parts)


def _part(name: str, values: st.SearchStrategy[str]) -> st.SearchStrategy[list[str]]:
    return values.map(lambda text: [f"{name}={text}"])


def _both(one: st.SearchStrategy[list[str]], other: st.SearchStrategy[list[str]]) -> st.SearchStrategy[list[str]]:
    return st.tuples(one, other).map(lambda pair: pair[0] + pair[1])


NONE: st.SearchStrategy[list[str]] = st.just([])
BYDAY, NTH = _part("BYDAY", sorted_days), _part("BYDAY", listed(counted_days))
MONTH, MONTHDAY = _part("BYMONTH", listed(months)), _part("BYMONTHDAY", listed(month_days))
SETPOS, HOURS = _part("BYSETPOS", listed(positions)), _part("BYHOUR", st.sampled_from(["9", "9,15", "0,12"]))
OF = {
    "DAILY": NONE | NONE | BYDAY | _both(BYDAY, MONTH) | HOURS,
    "WEEKLY": NONE | BYDAY | BYDAY | _both(BYDAY, HOURS),
    "MONTHLY": NONE | MONTHDAY | NTH | _both(BYDAY, SETPOS) | _both(BYDAY, MONTHDAY) | _both(MONTHDAY, MONTH),
    "YEARLY": NONE | MONTH | NTH | _both(MONTH, NTH) | _both(MONTH, MONTHDAY) | _both(_both(MONTH, BYDAY), SETPOS),
}
wall_starts = st.datetimes(START, START + timedelta(days=400)).map(lambda at: at.replace(second=0, microsecond=0)) | (
    st.sampled_from([datetime(2025, 3, 2, 2, 30), datetime(2025, 10, 5, 2, 15), datetime(2025, 1, 31, 1, 30)])  # noqa: DTZ001
)


@dataclass(frozen=True)
class Written:
    """A series as text, and as ours."""

    rrule: str
    start: datetime  # a wall time
    zone: str | None
    length: timedelta
    series: Series


def written(rrule: str, start: datetime, zone: str | None, length: timedelta, **more: Any) -> Written:
    if zone is None:
        series = make_series(start.date(), start.date() + length, None, rrule, **more)
    else:
        begins = start.replace(tzinfo=ZoneInfo(zone))
        series = make_series(begins, begins.astimezone(UTC) + length, zone, rrule, **more)
    return Written(rrule, start, zone, length, series)


@st.composite
def all_written(draw: st.DrawFn, frequencies: tuple[str, ...] = ("DAILY", "WEEKLY", "MONTHLY", "YEARLY")) -> Written:
    """A series that starts with the first date of its rule, at a wall time that exists."""
    rrule, zone = draw(patterns(frequencies)), draw(st.none() | st.sampled_from(ZONES))
    start = draw(wall_starts)
    if zone is None:
        start = start.replace(hour=0, minute=0)
        rrule = ";".join(part for part in rrule.split(";") if not part.startswith("BYHOUR"))
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        first = next(iter(rrulestr(f"{rrule};UNTIL=20270101", dtstart=start)), None)
    assume(first is not None)
    assert first is not None
    assume(zone is None or real(first, zone))
    ends = draw(st.sampled_from(["", "", "COUNT", "UNTIL"]))
    if ends == "COUNT":
        rrule += f";COUNT={draw(st.integers(1, 40))}"
    elif ends == "UNTIL":
        rrule += f";UNTIL={until_for(first + timedelta(days=draw(st.integers(0, 900))), zone)}"
    length = timedelta(days=draw(st.integers(1, 3))) if zone is None else timedelta(minutes=draw(st.integers(0, 300)))
    return written(rrule, first, zone, length)


def real(wall: datetime, zone: str) -> bool:
    there = wall.replace(tzinfo=ZoneInfo(zone))
    return there.astimezone(UTC).astimezone(ZoneInfo(zone)).replace(tzinfo=None) == wall


def until_for(last: datetime, zone: str | None) -> str:
    if zone is None:
        return f"{last:%Y%m%d}"
    return f"{last.replace(tzinfo=ZoneInfo(zone)).astimezone(UTC):%Y%m%dT%H%M%SZ}"


def by_dateutil(case: Written) -> list[datetime]:
    """Return the wall times that dateutil finds, asked in one piece."""
    parts = dict(part.split("=") for part in case.rrule.split(";"))
    until = parts.get("UNTIL", "")
    if until.endswith("Z") and case.zone:
        local = datetime.fromisoformat(until).astimezone(ZoneInfo(case.zone))
        parts["UNTIL"] = f"{local:%Y%m%dT%H%M%S}"
    text = ";".join(f"{name}={value}" for name, value in parts.items())
    last = WINDOW.end.replace(tzinfo=None) + timedelta(days=2)
    return list(islice((wall for wall in _up_to(rrulestr(text, dtstart=case.start), last)), 20_000))


def _up_to(found: Any, last: datetime) -> Any:
    for wall in found:
        if wall > last:
            return
        yield wall


def rendered(case: Written, *more: str) -> icalendar.Calendar:
    value = f";TZID={case.zone}:{case.start:%Y%m%dT%H%M%S}" if case.zone else f";VALUE=DATE:{case.start:%Y%m%d}"
    length = f"PT{int(case.length.total_seconds())}S" if case.zone else f"P{case.length.days}D"
    lines = ["BEGIN:VCALENDAR", "VERSION:2.0", "PRODID:-//tests//EN", "BEGIN:VEVENT", "UID:one", f"DTSTART{value}"]
    lines += [f"DURATION:{length}", f"RRULE:{case.rrule}", *more, "END:VEVENT", "END:VCALENDAR", ""]
    calendar = icalendar.Calendar.from_ical("\r\n".join(lines))
    assert isinstance(calendar, icalendar.Calendar)
    return calendar


def by_recurring_ical_events(case: Written, *more: str) -> list[date | datetime]:
    """Return the starts that recurring-ical-events finds; instants in UTC."""
    found = recurring_ical_events.of(rendered(case, *more)).between(WINDOW.start, WINDOW.end)
    return sorted(_plain(event["DTSTART"].dt) for event in found)


def _plain(value: date | datetime) -> date | datetime:
    return value.astimezone(UTC) if isinstance(value, datetime) else value


def ours(series: Series) -> list[Occurrence]:
    return occurrences(series, WINDOW, limit=100_000)


def starts(series: Series) -> list[date | datetime]:
    return [one.start for one in ours(series)]
