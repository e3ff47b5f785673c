"""The plainest rule that means the same: what tools with a few patterns can say more often than it seems."""

from __future__ import annotations

from dataclasses import replace
from datetime import datetime

from domain.recurrence.normal import explicit, normal
from domain.recurrence.rule import Rule, Weekday

EVERY_DAY = tuple(Weekday(0, day) for day in range(7))


def simplest(rule: Rule, start: datetime, *, all_day: bool) -> Rule:
    """Return an equal rule of the fewest parts, everything written out that the start implies except times of the day.

    Every week on two days instead of daily on two days of the week, every sixth month instead of yearly in January
    and July, on the second Tuesday instead of the second of all Tuesdays.
    """
    plain = normal(rule, start, all_day=all_day)
    whole = explicit(plain, start)
    timeless = replace(whole, hours=plain.hours, minutes=plain.minutes, seconds=plain.seconds)
    for step in (_one_position, _yearly_by_months, _monthly_once_a_year, _daily_on_days, _monthly_on_days):
        timeless = step(timeless)
    return timeless


def _one_position(rule: Rule) -> Rule:
    """Say BYDAY=MO;BYSETPOS=2 as BYDAY=2MO, and the last of all days as BYMONTHDAY=-1."""
    if rule.frequency not in ("MONTHLY", "YEARLY") or len(rule.positions) != 1 or len(rule.months) > 1:
        return rule
    place = rule.positions[0]
    bare = not (rule.month_days or rule.weeks or rule.year_days or any(day.nth for day in rule.days))
    in_month = rule.frequency == "MONTHLY" or bool(rule.months)
    if not bare or not in_month or abs(place) > 5:
        return rule
    if len(rule.days) == 1:
        return replace(rule, positions=(), days=(Weekday(place, rule.days[0].day),))
    return replace(rule, positions=(), days=(), month_days=(place,)) if rule.days == EVERY_DAY else rule


def _yearly_by_months(rule: Rule) -> Rule:
    """Say every year in months of equal distance as every so many months."""
    apart = 12 // max(1, len(rule.months))
    even = all(later - sooner == apart for sooner, later in zip(rule.months, rule.months[1:], strict=False))
    if rule.frequency != "YEARLY" or rule.interval > 1 or len(rule.months) < 2 or 12 % len(rule.months) or not even:
        return rule
    return rule if rule.positions else replace(rule, frequency="MONTHLY", interval=apart, months=())


def _monthly_once_a_year(rule: Rule) -> Rule:
    """Say every month, but in one month only, as every year."""
    if rule.frequency != "MONTHLY" or rule.interval > 1 or len(rule.months) != 1:
        return rule
    return replace(rule, frequency="YEARLY")


def _daily_on_days(rule: Rule) -> Rule:
    """Say every day, but on some days only, as every week or every month."""
    if rule.frequency != "DAILY" or rule.interval > 1 or rule.months or rule.positions:
        return rule
    if rule.days and not rule.month_days:
        return replace(rule, frequency="WEEKLY")
    return replace(rule, frequency="MONTHLY") if rule.month_days and not rule.days else rule


def _monthly_on_days(rule: Rule) -> Rule:
    """Say every Monday of every month as every Monday."""
    others = rule.months or rule.month_days or rule.positions or rule.weeks or rule.year_days
    if rule.frequency not in ("MONTHLY", "YEARLY") or rule.interval > 1 or others or not rule.days:
        return rule
    return rule if any(day.nth for day in rule.days) else replace(rule, frequency="WEEKLY")
