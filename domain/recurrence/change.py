"""What a person can do to a series. Every function returns a new one and says what no longer has a place in it.

Single occurrences are named by recurrence id, so that most changes of the whole series leave them alone:

==================  =====================================================================================
change              what becomes of excluded and edited occurrences
==================  =====================================================================================
move_all            they follow their place in the order; one that was moved by itself stays where it was put
change_rule         they stay where the new rule falls on the same day; the others are returned as dropped
end_after           those later than the end are returned as dropped
change_zone         ids and wall times stay; one that was moved keeps its wall time as well
to_all_day          ids stay; a moved one keeps its days
to_timed            ids stay; a moved one takes place on its days at the new time of day
==================  =====================================================================================
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from datetime import date, datetime, time, timedelta
from typing import cast
from zoneinfo import ZoneInfo

from domain.recurrence.expand import slots, slots_among
from domain.recurrence.normal import explicit, normal, read_rule
from domain.recurrence.overrides import OVERRIDABLE, PERIOD, Overrides, period, read_period
from domain.recurrence.rule import Rule, Weekday, refused
from domain.recurrence.series import Series, check_series
from domain.recurrence.walls import at_midnight, exists, to_instant, to_wall
from domain.values import Fields, When, instant

_ONE_DAY = timedelta(days=1)


@dataclass(frozen=True, slots=True)
class Changed:
    """A series after a change, and the edited occurrences that have no place in it any more, for a person to see."""

    series: Series
    dropped: Overrides = field(default_factory=dict)


def is_slot(series: Series, which: str) -> bool:
    """Tell whether the start, the rule or a further date names an occurrence."""
    return bool(slots_among(series, [which]))


def takes_place(series: Series, which: str) -> bool:
    """Tell whether a series has this occurrence, be it as planned or edited."""
    same = series.id_of(series.wall_of(which))
    return same in series.overrides or (is_slot(series, same) and same not in series.exdates)


def change_occurrence(series: Series, which: str, changes: Fields) -> Series:
    """Let one occurrence differ. A field set to None is as in the series again; `period` moves the occurrence.

    Raises:
        SetAside: the series has no such occurrence, or occurrences have no such field.
    """
    which = _known(series, which)
    odd = changes.keys() - OVERRIDABLE.keys()
    if odd:
        raise refused(f"one occurrence cannot have its own {', '.join(sorted(odd))}", "Change the whole series.")
    fields = {**series.overrides.get(which, {}), **changes}
    kept = {name: value for name, value in fields.items() if value is not None}
    if not kept and not is_slot(series, which):
        kept = {PERIOD: period(*series.at(series.wall_of(which)))}  # nothing but the edit names it
    others = {other: own for other, own in series.overrides.items() if other != which}
    exdates = series.exdates - {which}
    return replace(series, overrides={**others, which: kept} if kept else others, exdates=exdates)


def move_occurrence(series: Series, which: str, start: When, end: When) -> Series:
    """Let one occurrence take place at another time.

    Raises:
        SetAside: the series has no such occurrence.
    """
    return change_occurrence(series, which, {PERIOD: period(start, end)})


def cancel_occurrence(series: Series, which: str) -> Series:
    """Let one occurrence not take place; what was edited in it goes with it.

    Raises:
        SetAside: the series has no such occurrence.
    """
    which = _known(series, which)
    overrides = {other: fields for other, fields in series.overrides.items() if other != which}
    rest = replace(series, overrides=overrides, rdates=series.rdates - {which})
    return replace(rest, exdates=rest.exdates | {which}) if is_slot(rest, which) else rest


def restore_occurrence(series: Series, which: str) -> Series:
    """Let an excluded or edited occurrence take place again as the series says."""
    which = series.id_of(series.wall_of(which))
    overrides = {other: fields for other, fields in series.overrides.items() if other != which}
    return replace(series, overrides=overrides, exdates=series.exdates - {which})


def _known(series: Series, which: str) -> str:
    same = series.id_of(series.wall_of(which))
    if not takes_place(series, same):
        raise refused(f"it has no occurrence on {which}", "Read the series again; it may have been changed.")
    return same


def change_rule(series: Series, rrule: str | None) -> Changed:
    """Give a series another rule; None leaves the start and the further dates.

    Raises:
        SetAside: the rule cannot be kept.
    """
    zone = None if series.all_day else series.clock
    return _fitted(series, replace(series, rule=read_rule(rrule, series.wall, zone) if rrule else None))


def end_after(series: Series, last: date) -> Changed:
    """Let a series end earlier or later: with the last occurrence on or before a day. Replaces COUNT.

    Raises:
        SetAside: it would end before it starts, or it has no rule.
    """
    if series.rule is None or last < series.wall.date():
        raise refused(f"it cannot end after {last.isoformat()}", "Delete the event, or choose a later day.")
    rule = replace(series.rule, count=None, until=last if series.rule.once_a_day else _end_of(last))
    rdates = frozenset(which for which in series.rdates if series.wall_of(which).date() <= last)
    return _fitted(series, replace(series, rule=rule, rdates=rdates))


def _end_of(day: date) -> datetime:
    return at_midnight(day + _ONE_DAY) - timedelta(seconds=1)


def _fitted(before: Series, after: Series) -> Changed:
    """Drop exceptions of occurrences that the series had and has no longer."""
    exdates = slots_among(after, after.exdates)
    gone = slots_among(before, before.overrides) - slots_among(after, before.overrides)
    kept = {which: fields for which, fields in after.overrides.items() if which not in gone}
    dropped = {which: before.overrides[which] for which in sorted(gone)}
    return Changed(check_series(replace(after, exdates=exdates, overrides=kept)), dropped)


def move_all(series: Series, start: When, end: When, rrule: str | None = None) -> Changed:
    """Move the whole series: another day, time of day or length. Days and instants do not mix here.

    The rule follows the new day where that is plain (weekly on Mondays becomes weekly on Tuesdays); else `rrule` is
    needed. Excluded and edited occurrences keep their place in the order of occurrences.

    Raises:
        SetAside: the rule cannot follow by itself, or the result cannot be kept.
    """
    if isinstance(start, datetime) == series.all_day:
        raise refused("days and instants do not mix", "Make the series timed or all-day first.")
    whole = [instant(one) if isinstance(one, datetime) else one for one in (start, end)]
    moved = replace(series, start=whole[0], end=whole[1], rule=None)
    zone = None if series.all_day else series.clock
    rule = read_rule(rrule, moved.wall, zone) if rrule else _following(series, moved.wall)
    return _rekeyed(series, check_series(replace(moved, rule=rule)))


def _following(series: Series, wall: datetime) -> Rule | None:
    if series.rule is None:
        return None
    days = (wall.date() - series.wall.date()).days
    rule = explicit(series.rule, series.wall)
    own_times = series.rule.hours or series.rule.minutes or series.rule.seconds
    if own_times and wall.time() != series.wall.time():
        raise refused("its rule names times of the day", "Give the new rule along with the new time.")
    shifted = replace(_on_new_days(rule, series.wall, wall), hours=series.rule.hours, minutes=series.rule.minutes)
    shifted = replace(shifted, seconds=series.rule.seconds, until=_later(rule.until, days))
    return normal(shifted, wall, all_day=series.all_day)


def _later(until: date | datetime | None, days: int) -> date | datetime | None:
    return until + timedelta(days=days) if until is not None and days > 0 else until


def _on_new_days(rule: Rule, old: datetime, new: datetime) -> Rule:
    days = (new.date() - old.date()).days
    if days == 0 or rule.frequency not in ("YEARLY", "MONTHLY", "WEEKLY", "DAILY"):
        return rule
    if rule.frequency in ("WEEKLY", "DAILY") and not (rule.months or rule.month_days):
        turned = tuple(sorted(Weekday(0, (day.day + days) % 7) for day in rule.days))
        return replace(rule, days=turned, week_start=(rule.week_start + days) % 7)
    if rule.month_days == (old.day,) and rule.months in ((), (old.month,)) and not (rule.days or rule.positions):
        return replace(rule, month_days=(new.day,), months=(new.month,) if rule.months else ())
    if len(rule.days) == 1 and rule.days[0].nth and rule.months in ((), (old.month,)) and not rule.month_days:
        place = -1 if rule.days[0].nth < 0 and (new + 7 * _ONE_DAY).month != new.month else (new.day - 1) // 7 + 1
        return replace(rule, days=(Weekday(place, new.weekday()),), months=(new.month,) if rule.months else ())
    raise refused("its rule cannot follow to that day by itself", "Give the new rule along with the new day.")


def _rekeyed(before: Series, after: Series) -> Changed:
    """Name excluded and edited occurrences by their place in the order of the rule."""
    days = after.wall.date() - before.wall.date()
    wanted = {before.wall_of(which): which for which in before.exdates | before.overrides.keys()}
    names = _names_after(before, after, wanted)
    for wall, which in wanted.items():
        names.setdefault(which, after.id_of(datetime.combine((wall + days).date(), _time_after(before, after, wall))))
    rdates = frozenset(
        after.id_of(datetime.combine((wall + days).date(), _time_after(before, after, wall)))
        for wall in map(before.wall_of, before.rdates)
    )
    overrides = {names[which]: fields for which, fields in before.overrides.items()}
    exdates = frozenset(names[which] for which in before.exdates)
    return Changed(check_series(replace(after, rdates=rdates, exdates=exdates, overrides=overrides)))


def _time_after(before: Series, after: Series, wall: datetime) -> time:
    return after.wall.time() if wall.time() == before.wall.time() else wall.time()


def _names_after(before: Series, after: Series, wanted: Mapping[datetime, str]) -> dict[str, str]:
    last = max(wanted, default=None)
    if last is None:
        return {}
    old = slots(replace(before, rdates=frozenset()), before=last + timedelta(seconds=1))
    new = slots(replace(after, rdates=frozenset()))
    return {wanted[one]: after.id_of(other) for one, other in zip(old, new, strict=False) if one in wanted}


def change_zone(series: Series, zone: str) -> Series:
    """Let a series keep its wall times in another zone: ten o'clock stays ten o'clock.

    Raises:
        SetAside: the zone is unknown, the series is all-day, or the wall time does not exist there on the first day.
    """
    if series.all_day:
        raise refused("days have no time zone", "Make it a timed series first.")
    there = check_series(replace(series, zone=zone)).clock
    if not exists(series.wall, there):
        raise refused(f"{series.wall.isoformat()} does not exist in {zone}", "Move the series to another time first.")
    start = to_instant(series.wall, there)
    overrides = {which: _in_zone(fields, series.clock, there) for which, fields in series.overrides.items()}
    return replace(series, start=start, end=start + series.length, zone=zone, overrides=overrides)


def _in_zone(fields: Fields, here: ZoneInfo, there: ZoneInfo) -> Fields:
    moved = fields.get(PERIOD)
    if not isinstance(moved, str) or "zone" in fields:
        return fields
    return {**fields, PERIOD: period(*_both_ends(moved, here, there))}


def _both_ends(moved: str, here: ZoneInfo, there: ZoneInfo) -> tuple[When, When]:
    start, end = read_period(moved)
    if not isinstance(start, datetime):
        return start, end
    first = to_instant(to_wall(start, here), there)
    return first, first + (cast("datetime", end) - start)


def to_all_day(series: Series) -> Series:
    """Let a timed series take whole days: those on which it takes place.

    Raises:
        SetAside: it takes place several times a day.
    """
    times = [which for which in series.rdates | series.exdates | series.overrides.keys() if "T" in which]
    if times or (series.rule is not None and not series.rule.once_a_day):
        raise refused("it takes place several times a day", "Split it into series of one time of the day each.")
    if series.all_day:
        return series
    start, end = _days(series.start, series.end, series.clock)
    overrides = {which: _of_days(fields, series.clock) for which, fields in series.overrides.items()}
    named = slots_among(series, overrides)
    kept = {which: fields for which, fields in overrides.items() if fields or which not in named}
    return replace(series, start=start, end=end, zone=None, overrides=kept)


def _days(start: When, end: When, zone: ZoneInfo) -> tuple[date, date]:
    """Return the days that a period touches in a zone, the end exclusive."""
    if not isinstance(start, datetime) or not isinstance(end, datetime):
        return start, end
    first, last = to_wall(start, zone), to_wall(end, zone)
    return first.date(), max(first.date(), (last - timedelta(seconds=1)).date()) + _ONE_DAY


def _of_days(fields: Fields, zone: ZoneInfo) -> Fields:
    rest = {name: value for name, value in fields.items() if name != "zone"}
    moved = rest.get(PERIOD)
    return {**rest, PERIOD: period(*_days(*read_period(moved), zone))} if isinstance(moved, str) else rest


def to_timed(series: Series, start: datetime, end: datetime, zone: str) -> Series:
    """Let an all-day series take place at a time of its days.

    Args:
        series: the series of days.
        start: the first occurrence; its wall time in `zone` is on the day on which the series starts.
        end: when the first occurrence ends.
        zone: the IANA zone in whose wall time the series is meant from now on.

    Raises:
        SetAside: the start is on another day, or the zone is unknown.
    """
    timed = check_series(replace(series, start=instant(start), end=instant(end), zone=zone))
    if not series.all_day or timed.wall.date() != series.start:
        raise refused("the time is not on the first day of the series", "Move the series first, then give it a time.")
    return replace(timed, overrides={which: _at_time(fields, timed) for which, fields in series.overrides.items()})


def _at_time(fields: Fields, timed: Series) -> Fields:
    moved = fields.get(PERIOD)
    if not isinstance(moved, str) or isinstance(read_period(moved)[0], datetime):
        return fields
    start, end = read_period(moved)
    at = to_instant(datetime.combine(start, timed.wall.time()), timed.clock)
    further = (end.toordinal() - start.toordinal() - 1) * _ONE_DAY
    return {**fields, PERIOD: period(at, at + timed.length + further)}
