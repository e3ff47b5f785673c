"""What people do to a series: whatever a calendar lets them, and always in its normal form."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import replace
from datetime import date, datetime, timedelta
from random import Random
from zoneinfo import ZoneInfo

from domain.errors import SetAside
from domain.recurrence import change
from domain.recurrence.expand import Occurrence, Window, occurrences
from domain.recurrence.series import Series, fields_from_series
from domain.recurrence.split import split
from domain.values import Fields, Value, instant
from tests.simulation.truth import BERLIN

DAY = timedelta(days=1)
ZONES = ("Europe/Berlin", "America/New_York", "Europe/London", "Asia/Kolkata")
RULES = (
    "FREQ=WEEKLY;COUNT=5",
    "FREQ=WEEKLY;COUNT=8",
    "FREQ=WEEKLY;INTERVAL=2;COUNT=4",
    "FREQ=DAILY;COUNT=6",
    "FREQ=MONTHLY",
    "FREQ=MONTHLY;COUNT=5",
    "FREQ=WEEKLY;BYDAY=MO,WE;COUNT=7",
    "FREQ=WEEKLY;UNTIL=20260430",
    "FREQ=YEARLY",
)

Deed = Callable[[Random, Series, Occurrence, int], Series | None]


def _reading(number: int) -> dict[str, Value]:
    return {"title": f"t{number:04}", "notes": f"n{number:04} -- ab", "location": f"l{number:04}"}


def _name_one(rng: Random, series: Series, one: Occurrence, number: int) -> Series:
    name = rng.choice(("title", "title", "notes", "location"))
    return change.change_occurrence(series, one.id, {name: _reading(number)[name]})


def _move_one(rng: Random, series: Series, one: Occurrence, number: int) -> Series:
    later = timedelta(hours=rng.choice((-2, 1, 3, 26, 50)), minutes=number % 30)
    if series.all_day:
        later = DAY * rng.choice((1, 2, 9))
    return change.move_occurrence(series, one.id, one.start + later, one.end + later)


def _cancel_one(_rng: Random, series: Series, one: Occurrence, _number: int) -> Series:
    return change.cancel_occurrence(series, one.id)


def _bring_one_back(rng: Random, series: Series, _one: Occurrence, _number: int) -> Series | None:
    gone = sorted(series.exdates | series.overrides.keys())
    return change.restore_occurrence(series, rng.choice(gone)) if gone else None


def _move(rng: Random, series: Series, _one: Occurrence, number: int) -> Series:
    later = timedelta(hours=rng.choice((-3, 1, 2)), minutes=number % 40)
    if series.all_day or rng.random() < 0.4:
        later = DAY * rng.choice((1, 2))
    longer = DAY if series.all_day and rng.random() < 0.3 else timedelta(0)
    return change.move_all(series, series.start + later, series.end + later + longer).series


def _another_rule(rng: Random, series: Series, _one: Occurrence, _number: int) -> Series:
    return change.change_rule(series, rng.choice(RULES)).series


def _end_earlier(_rng: Random, series: Series, one: Occurrence, _number: int) -> Series:
    return change.end_after(series, series.wall_of(one.id).date()).series


def _extend(rng: Random, series: Series, _one: Occurrence, number: int) -> Series | None:
    if series.rule is None:
        return None
    bare = ";".join(part for part in str(series.rule).split(";") if not part.startswith(("COUNT", "UNTIL")))
    ends = (date(2026, 6, 1) + DAY * (number % 50)).strftime(";UNTIL=%Y%m%d")
    for_ever = "MONTHLY" in bare and rng.random() < 0.2
    return change.change_rule(series, bare if for_ever else bare + ends).series


def _another_zone(rng: Random, series: Series, _one: Occurrence, _number: int) -> Series:
    return change.change_zone(series, rng.choice([one for one in ZONES if one != series.zone]))


def _all_day_or_back(rng: Random, series: Series, _one: Occurrence, number: int) -> Series:
    if not series.all_day:
        return change.to_all_day(series)
    assert isinstance(series.start, date)
    zone = rng.choice(ZONES[:2])
    start = at(series.start, 9 + number % 10, zone)
    return change.to_timed(series, start, start + timedelta(hours=1), zone)


def _single(_rng: Random, series: Series, _one: Occurrence, _number: int) -> Series:
    return change.change_rule(series, None).series


def _one_more(rng: Random, series: Series, one: Occurrence, _number: int) -> Series:
    wall = series.wall_of(one.id) + DAY * rng.choice((2, 3, 5))
    return replace(series, rdates=series.rdates | {series.id_of(wall)})


WHOLE: Mapping[str, tuple[int, Deed]] = {
    "moves": (4, _move),
    "gives another rule to": (2, _another_rule),
    "ends": (2, _end_earlier),
    "extends": (3, _extend),
    "gives another zone to": (2, _another_zone),
    "makes all-day, or not,": (2, _all_day_or_back),
    "makes a single event of": (1, _single),
}
DATES: Mapping[str, tuple[int, Deed]] = {
    "names one date of": (6, _name_one),
    "moves one date of": (6, _move_one),
    "cancels one date of": (5, _cancel_one),
    "brings one date back of": (2, _bring_one_back),
    "adds a date to": (1, _one_more),
}


def do_something(rng: Random, series: Series, now: datetime, number: int, *, dates: bool) -> tuple[str, Series] | None:
    """Return a series after something that people do to it, with the words for that; None where it cannot be done."""
    deeds = {**WHOLE, **(DATES if dates else {})}
    words = rng.choices(list(deeds), [weight for weight, _ in deeds.values()])[0]
    try:
        near = occurrences(series, Window(now.astimezone(BERLIN), now + 120 * DAY))
        after = deeds[words][1](rng, series, rng.choice(near[:6]), number) if near else None
    except SetAside:
        return None
    return (words, after) if after is not None and after != series else None


def split_off(rng: Random, series: Series, now: datetime) -> tuple[Series, Series] | None:
    """Return both halves of a series that is split at one of its dates."""
    try:
        near = occurrences(series, Window(now.astimezone(BERLIN), now + 120 * DAY))
        return split(series, rng.choice(near[1:6]).id) if len(near) > 1 else None
    except SetAside:
        return None


def at(day: date, hour: int, zone: str) -> datetime:
    """Return a wall time as an instant."""
    return instant(datetime(day.year, day.month, day.day, hour, 30, tzinfo=ZoneInfo(zone)))


def told(series: Series, texts: Fields) -> dict[str, Value]:
    """Return the fields of a series with these texts."""
    return {**texts, **fields_from_series(series)}
