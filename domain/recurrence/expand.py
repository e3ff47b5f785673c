"""The occurrences of a series in a window of time: always few enough to be held, and found in few steps.

dateutil works out the rule. It is asked from the beginning of a whole period on (else it forgets what the first week
says about BYSETPOS) and close to the window (a rule without COUNT has no memory).
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from itertools import islice
from typing import Literal

from dateutil import rrule as dateutil_rrule

from domain.errors import SetAside
from domain.recurrence.normal import explicit
from domain.recurrence.overrides import PERIOD, read_period
from domain.recurrence.rule import FREQUENCIES, Rule
from domain.recurrence.series import LAST_YEAR, Series
from domain.recurrence.walls import to_wall
from domain.values import Fields, When

MAX_OCCURRENCES = 10_000

_ONE_DAY = timedelta(days=1)
_FIRST_WALL = datetime(1, 1, 1)  # noqa: DTZ001 - a wall time
_LAST_WALL = datetime(LAST_YEAR, 12, 31, 23, 59, 59)  # noqa: DTZ001 - a wall time
# A rule without any further date makes dateutil look on until the year 9999. The calendar repeats itself every 400
# years, weekdays included: worked out shortly before that limit, such a rule costs little.
_AHEAD = 19 * 400
_DATEUTIL: Mapping[str, Literal[0, 1, 2, 3, 4, 5, 6]] = {
    "YEARLY": 0, "MONTHLY": 1, "WEEKLY": 2, "DAILY": 3, "HOURLY": 4, "MINUTELY": 5, "SECONDLY": 6
}  # fmt: skip
_LENGTHS = {"DAILY": 86_400, "WEEKLY": 7 * 86_400, "HOURLY": 3600, "MINUTELY": 60, "SECONDLY": 1}


@dataclass(frozen=True, slots=True)
class Window:
    """A stretch of time, the end exclusive. Days are held against it in the zone in which `start` is given."""

    start: datetime
    end: datetime

    def moment(self, when: When) -> datetime:
        """Return a day's beginning in this window's zone; an instant as it is."""
        if isinstance(when, datetime):
            return when
        return datetime(when.year, when.month, when.day, tzinfo=self.start.tzinfo)

    def holds(self, start: When, end: When) -> bool:
        """Tell whether any of a period lies in the window."""
        first, last = self.moment(start), self.moment(end)
        return first < self.end and (last > self.start or first >= self.start)


@dataclass(frozen=True, slots=True)
class Occurrence:
    """One time a series takes place. `fields` holds only what differs from the series; its period is start and end."""

    id: str
    start: When
    end: When
    fields: Fields


def occurrences(series: Series, window: Window, limit: int = MAX_OCCURRENCES) -> list[Occurrence]:
    """Return what takes place in a window, in order of start.

    Raises:
        SetAside: there are more than `limit`.
    """
    found = list(islice((one for one in _all_near(series, window) if window.holds(one.start, one.end)), limit + 1))
    if len(found) > limit:
        raise SetAside(
            f"The series takes place more than {limit} times in this window", mend="Ask for a shorter window."
        )
    return sorted(found, key=lambda one: (window.moment(one.start), one.id))


def _all_near(series: Series, window: Window) -> Iterator[Occurrence]:
    yield from (edited(series, which) for which in series.overrides)
    own = {series.wall_of(which) for which in series.overrides}
    for wall in _walls_near(series, window):
        if wall not in own:
            yield planned(series, wall)


def planned(series: Series, wall: datetime) -> Occurrence:
    """Return the occurrence of a wall time as the series says it."""
    return Occurrence(series.id_of(wall), *series.at(wall), {})


def edited(series: Series, which: str) -> Occurrence:
    """Return an occurrence that has an override."""
    fields = dict(series.overrides[which])
    moved = fields.pop(PERIOD, None)
    span = read_period(moved) if isinstance(moved, str) else series.at(series.wall_of(which))
    return Occurrence(which, *span, fields)


def _walls_near(series: Series, window: Window) -> Iterator[datetime]:
    first = to_wall(window.start.astimezone(UTC), series.clock) - max(series.length, timedelta(0)) - 2 * _ONE_DAY
    last = to_wall(window.end.astimezone(UTC), series.clock) + 2 * _ONE_DAY
    return walls(series, first, last)


def walls(series: Series, since: datetime | None = None, before: datetime | None = None) -> Iterator[datetime]:
    """Yield the wall times of the occurrences in order, wherever somebody moved them; the excluded ones are left out.

    Bounds are wall times of the series, the end exclusive. Without them it is the whole series, up to the year 2200.
    """
    excluded = {series.wall_of(which) for which in series.exdates}
    return (wall for wall in slots(series, since, before) if wall not in excluded)


def slots(series: Series, since: datetime | None = None, before: datetime | None = None) -> Iterator[datetime]:
    """Yield the wall times that the start, the rule and the further dates name, in order and each once."""
    start = series.wall
    since, before = since or _FIRST_WALL, min(before or _LAST_WALL, _LAST_WALL)
    extra = sorted(wall for wall in map(series.wall_of, series.rdates) if since <= wall < before)
    return _merged(rule_walls(series.rule, start, since, before), extra)


def slots_among(series: Series, ids: Iterable[str]) -> frozenset[str]:
    """Return those recurrence ids that the start, the rule or a further date names."""
    wanted = {series.wall_of(which): which for which in ids}
    if not wanted:
        return frozenset()
    found = slots(series, min(wanted), max(wanted) + timedelta(seconds=1))
    return frozenset(wanted[wall] for wall in found if wall in wanted)


def _merged(regular: Iterator[datetime], extra: list[datetime]) -> Iterator[datetime]:
    """Merge two ordered sequences; what is in both is yielded once."""
    place, last = 0, None
    for wall in regular:
        while place < len(extra) and extra[place] <= wall:
            if extra[place] not in (last, wall):
                yield extra[place]
            last, place = extra[place], place + 1
        yield wall
        last = wall
    yield from extra[place:]


def rule_walls(rule: Rule | None, start: datetime, since: datetime, before: datetime) -> Iterator[datetime]:
    """Yield the wall times of the start and of the rule, in order, between two wall times (the end exclusive)."""
    left = rule.count if rule and rule.count else None
    for wall in _from_start(rule, start, since, before):
        if wall >= before or left == 0 or (rule and wall != start and rule.has_ended(wall)):
            return
        left = left - 1 if left is not None else None
        if wall >= since:
            yield wall


def _from_start(rule: Rule | None, start: datetime, since: datetime, before: datetime) -> Iterator[datetime]:
    yield start
    if rule is not None:
        whole = explicit(rule, start)
        first = _period_start(whole, start)
        if not rule.count:
            first = _skip(whole, first, since)
        yield from (wall for wall in _candidates(whole, first, _end(rule, before)) if wall > start)


def _end(rule: Rule, before: datetime) -> datetime:
    """Return a wall time after which nothing is asked for; not before the last moment of the rule."""
    if rule.until is None:
        return before
    until = rule.until if isinstance(rule.until, datetime) else datetime.combine(rule.until, datetime.max.time())
    return min(before, until.replace(microsecond=0))


def _period_start(rule: Rule, start: datetime) -> datetime:
    midnight = start.replace(hour=0, minute=0, second=0)
    beginnings = (
        midnight.replace(month=1, day=1),
        midnight.replace(day=1),
        midnight - timedelta(days=(start.weekday() - rule.week_start) % 7),
        midnight,
        start.replace(minute=0, second=0),
        start.replace(second=0),
        start,
    )
    return beginnings[FREQUENCIES.index(rule.frequency)]


def _skip(rule: Rule, first: datetime, since: datetime) -> datetime:
    """Return the beginning of the last period of the rule that begins well before `since`."""
    if since <= first:
        return first
    if rule.frequency in ("YEARLY", "MONTHLY"):
        months = rule.interval * (12 if rule.frequency == "YEARLY" else 1)
        passed = (since.year - first.year) * 12 + since.month - first.month
        month = first.month - 1 + (max(0, passed // months - 1)) * months
        return first.replace(year=first.year + month // 12, month=month % 12 + 1)
    seconds = rule.interval * _LENGTHS[rule.frequency]
    periods = int((since - first).total_seconds()) // seconds - 1
    return first + timedelta(seconds=max(0, periods) * seconds)


def _candidates(rule: Rule, first: datetime, last: datetime) -> Iterator[datetime]:
    if last < first:
        return
    found = dateutil_rrule.rrule(
        _DATEUTIL[rule.frequency],
        dtstart=_ahead(first, _AHEAD),
        interval=rule.interval,
        until=_ahead(last, _AHEAD),
        wkst=rule.week_start,
        bysetpos=rule.positions or None,
        bymonth=rule.months or None,
        bymonthday=rule.month_days or None,
        byyearday=rule.year_days or None,
        byweekno=rule.weeks or None,
        byweekday=[dateutil_rrule.weekday(day.day, day.nth or None) for day in rule.days] or None,
        byhour=rule.hours or None,
        byminute=rule.minutes or None,
        bysecond=rule.seconds or None,
    )
    yield from (_ahead(wall, -_AHEAD) for wall in found)


def _ahead(wall: datetime, years: int) -> datetime:
    return wall.replace(year=wall.year + years)


def starts_on_rule(series: Series) -> bool:
    """Tell whether the rule by itself falls on the start; many tools know no start that it does not fall on."""
    if series.rule is None:
        return False
    whole = explicit(series.rule, series.wall)
    return series.wall in _candidates(whole, _period_start(whole, series.wall), series.wall)


def last_wall(series: Series) -> datetime | None:
    """Return the wall time of the last occurrence, None for a series without an end."""
    if series.rule is not None and series.rule.count is None and series.rule.until is None:
        return None
    final: datetime | None = None
    for wall in slots(series):
        final = wall
    return final
