"""The normal form of a rule: rules that mean the same for a given start are written the same.

Whatever the start implies is left out: a weekly series that starts on a Monday says nothing about Mondays. So a series
that is moved to Tuesdays in one tool and ends earlier in another merges without a contradiction.
"""

from __future__ import annotations

from dataclasses import replace
from datetime import UTC, date, datetime, timedelta
from zoneinfo import ZoneInfo

from domain.recurrence.rule import FREQUENCIES, Rule, Until, Weekday, parse_rule
from domain.recurrence.walls import to_instant, to_wall

FOR_EVER = 2200
"""A rule that ends in or after this year has no end: nobody plans that far, and tools write such dates for "never"."""

_ONE_DAY = timedelta(days=1)


def read_rule(text: str, start: datetime, zone: ZoneInfo | None) -> Rule:
    """Read an RRULE in the context of its series, in normal form.

    Args:
        text: the value of the property, whoever wrote it.
        start: the wall time at which the series starts; midnight for an all-day series.
        zone: the zone of the series, None for all-day.

    Raises:
        SetAside: it cannot be kept (see :func:`domain.recurrence.rule.parse_rule`).
    """
    rule = parse_rule(text, lambda until: _local(until, zone))
    return normal(_settle_until(rule, start, zone), start, all_day=zone is None)


def _local(until: Until, zone: ZoneInfo | None) -> Until:
    if not isinstance(until, datetime):
        return until
    if zone is None:
        return until.date()
    return until if until.tzinfo is None or until.year >= FOR_EVER or until.year < 2 else until.astimezone(zone)


def _settle_until(rule: Rule, start: datetime, zone: ZoneInfo | None) -> Rule:
    """Say the end as a day where occurrences fall at one time of the day only."""
    until = rule.until
    if until is None or until.year >= FOR_EVER:
        return replace(rule, until=None)
    if not isinstance(until, datetime) or zone is None:
        return rule
    if not _at_one_time(rule, start):
        return replace(rule, until=until.replace(tzinfo=None, fold=0))
    moment = until if until.tzinfo else until.replace(tzinfo=zone)
    return replace(rule, until=_last_day(moment.astimezone(UTC), start, zone))


def _at_one_time(rule: Rule, start: datetime) -> bool:
    return _without_implied_times(rule, start).once_a_day


def _last_day(until: datetime, start: datetime, zone: ZoneInfo) -> date:
    day = to_wall(until, zone).date() + _ONE_DAY
    while to_instant(datetime.combine(day, start.time()), zone) > until:
        day -= _ONE_DAY
    return day


def normal(rule: Rule, start: datetime, *, all_day: bool) -> Rule:
    """Leave out of a rule what its start implies, and a first day of the week that changes nothing."""
    if all_day and rule.frequency in FREQUENCIES[:4]:
        rule = replace(rule, hours=(), minutes=(), seconds=())  # "MUST be ignored", RFC 5545
    rule = _without_implied_days(_without_implied_times(rule, start), start)
    return rule if _week_matters(rule, start) else replace(rule, week_start=0)


def _without_implied_times(rule: Rule, start: datetime) -> Rule:
    rank = FREQUENCIES.index(rule.frequency)
    hours = () if rank < 4 and rule.hours == (start.hour,) else rule.hours
    minutes = () if rank < 5 and rule.minutes == (start.minute,) else rule.minutes
    seconds = () if rank < 6 and rule.seconds == (start.second,) else rule.seconds
    return replace(rule, hours=hours, minutes=minutes, seconds=seconds)


def _without_implied_days(rule: Rule, start: datetime) -> Rule:
    if rule.positions:
        return rule
    if rule.frequency == "WEEKLY" and rule.days == (Weekday(0, start.weekday()),):
        return replace(rule, days=())
    if rule.days or rule.weeks or rule.year_days or rule.month_days not in ((), (start.day,)):
        return rule
    if rule.frequency == "MONTHLY":
        return replace(rule, month_days=())
    if rule.frequency == "YEARLY" and rule.months == (start.month,):
        return replace(rule, months=(), month_days=())
    if rule.frequency == "YEARLY" and rule.months:
        return replace(rule, month_days=())
    return rule


def _week_matters(rule: Rule, start: datetime) -> bool:
    """Tell whether weeks that begin on Monday would group the days otherwise."""
    if rule.frequency != "WEEKLY" or not (rule.positions or rule.interval > 1):
        return bool(rule.weeks)
    own = (start.weekday() - rule.week_start) % 7
    return any((day.day - rule.week_start) % 7 - own != day.day - start.weekday() for day in rule.days)


def explicit(rule: Rule, start: datetime) -> Rule:
    """Return the rule with everything its start implies written out; the inverse of :func:`normal`."""
    return _with_times(_with_days(rule, start), start)


def _with_days(rule: Rule, start: datetime) -> Rule:
    if rule.weeks and not (rule.days or rule.month_days or rule.year_days):
        return replace(rule, days=(Weekday(0, start.weekday()),))
    if rule.days or rule.weeks or rule.year_days or rule.month_days:
        return rule
    if rule.frequency == "WEEKLY":
        return replace(rule, days=(Weekday(0, start.weekday()),))
    if rule.frequency == "YEARLY":
        return replace(rule, months=rule.months or (start.month,), month_days=(start.day,))
    return replace(rule, month_days=(start.day,)) if rule.frequency == "MONTHLY" else rule


def _with_times(rule: Rule, start: datetime) -> Rule:
    rank = FREQUENCIES.index(rule.frequency)
    hours = rule.hours or ((start.hour,) if rank < 4 else ())
    minutes = rule.minutes or ((start.minute,) if rank < 5 else ())
    seconds = rule.seconds or ((start.second,) if rank < 6 else ())
    return replace(rule, hours=hours, minutes=minutes, seconds=seconds)
