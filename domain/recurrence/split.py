"""Two series from one: what people mean by "this and all following"."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import replace
from datetime import datetime, timedelta

from domain.recurrence.expand import rule_walls, slots
from domain.recurrence.normal import explicit, normal
from domain.recurrence.rule import Rule, refused
from domain.recurrence.series import LAST_YEAR, Series
from domain.recurrence.walls import exists

_A_SECOND = timedelta(seconds=1)


def split(series: Series, which: str) -> tuple[Series, Series]:
    """Return a series up to an occurrence, and one from it on; together they are exactly the old one (H23).

    The boundary is the occurrence as planned: edited and excluded ones go with the side their recurrence id is on,
    wherever somebody moved them.

    Raises:
        SetAside: there is nothing before or nothing from that occurrence on.
    """
    boundary = series.wall_of(which)
    before = next(slots(series, before=boundary), None)
    if before is None:
        raise refused(f"nothing lies before {which}", "Change the whole series instead.")
    if next(slots(series, since=boundary), None) is None and not _later(series, series.overrides, boundary):
        raise refused(f"nothing lies after {which}", "Nothing has to be split.")
    if boundary <= series.wall:  # further dates may lie before the start
        return _only_dates(series, boundary), _only_from(series, boundary)
    return _head(series, boundary), _tail(series, boundary)


def _only_dates(series: Series, boundary: datetime) -> Series:
    """Return the further and edited dates before a wall time as a series of their own."""
    rdates, overrides = (_earlier(series, names, boundary) for names in (series.rdates, series.overrides))
    start, end = series.at(min(map(series.wall_of, [*rdates, *overrides])))
    bare = Series(start, end, series.zone)
    names = {which: bare.id_of(series.wall_of(which)) for which in [*rdates, *overrides]}
    return replace(
        bare,
        rdates=frozenset(names[which] for which in rdates) - {bare.id_of(bare.wall)},
        overrides={names[which]: series.overrides[which] for which in overrides},
        exdates=_named(series, bare, _earlier(series, series.exdates, boundary)),
    )


def _only_from(series: Series, boundary: datetime) -> Series:
    later = [_later(series, names, boundary) for names in (series.rdates, series.exdates, series.overrides)]
    overrides = {which: series.overrides[which] for which in later[2]}
    return replace(series, rdates=frozenset(later[0]), exdates=frozenset(later[1]), overrides=overrides)


def _head(series: Series, boundary: datetime) -> Series:
    kept = [_earlier(series, names, boundary) for names in (series.rdates, series.exdates, series.overrides)]
    overrides = {which: series.overrides[which] for which in kept[2]}
    head = replace(series, rdates=frozenset(kept[0]), exdates=frozenset(kept[1]), overrides=overrides)
    return replace(head, rule=_ending(series, boundary)) if series.rule else head


def _ending(series: Series, boundary: datetime) -> Rule | None:
    """Return the rule up to a wall time; none where only the start is left of it."""
    if series.rule is None:
        return None
    if series.rule.count:
        number = _number_before(series, boundary)
        return replace(series.rule, count=min(number, series.rule.count)) if number > 1 else None
    last = boundary - _A_SECOND
    if series.rule.once_a_day:
        day = last.date() if last.time() >= series.wall.time() else last.date() - timedelta(days=1)
        return replace(series.rule, until=min(series.rule.until or day, day))
    return replace(series.rule, until=min(series.rule.until or last, last))


def _number_before(series: Series, boundary: datetime) -> int:
    return sum(1 for _ in rule_walls(series.rule, series.wall, series.wall, boundary))


def _tail(series: Series, boundary: datetime) -> Series:
    """Return what follows. Its start must be a wall time that exists, else the series would forget its time of day."""
    first = _first_from(series, boundary)
    tail = _starting_at(series, first) if first else _without_rule(series, boundary)
    names = [_named(series, tail, _later(series, own, boundary)) for own in (series.rdates, series.exdates)]
    overrides = {
        tail.id_of(series.wall_of(which)): series.overrides[which]
        for which in _later(series, series.overrides, boundary)
    }
    skipped = _named_walls(tail, slots(tail, before=boundary))
    return replace(tail, rdates=names[0] - {tail.id_of(tail.wall)}, exdates=names[1] | skipped, overrides=overrides)


def _first_from(series: Series, boundary: datetime) -> datetime | None:
    """Return the first wall time of the rule from the boundary on; an earlier one if that one does not exist."""
    last = datetime(LAST_YEAR, 12, 31)  # noqa: DTZ001 - a wall time
    first = next(rule_walls(series.rule, series.wall, boundary, last), None)
    if first is None or series.all_day or exists(first, series.clock):
        return first
    earlier = [wall for wall in rule_walls(series.rule, series.wall, series.wall, first) if exists(wall, series.clock)]
    return earlier[-1]


def _starting_at(series: Series, wall: datetime) -> Series:
    start, end = series.at(wall)
    rule = series.rule
    if rule is not None:
        count = rule.count - _number_before(series, wall) if rule.count else None
        rule = normal(replace(explicit(rule, series.wall), count=count), wall, all_day=series.all_day)
        rule = None if rule.count == 1 else rule
    return Series(start, end, series.zone, rule)


def _without_rule(series: Series, boundary: datetime) -> Series:
    """Return a tail for which no rule is left: it starts with its first further or edited date."""
    dates = [*_later(series, series.rdates, boundary), *_later(series, series.overrides, boundary)]
    start, end = series.at(min(map(series.wall_of, dates)))
    return Series(start, end, series.zone)


def _earlier(series: Series, names: Iterable[str], boundary: datetime) -> list[str]:
    return [which for which in names if series.wall_of(which) < boundary]


def _later(series: Series, names: Iterable[str], boundary: datetime) -> list[str]:
    return [which for which in names if series.wall_of(which) >= boundary]


def _named(series: Series, tail: Series, names: Iterable[str]) -> frozenset[str]:
    return _named_walls(tail, map(series.wall_of, names))


def _named_walls(tail: Series, walls: Iterable[datetime]) -> frozenset[str]:
    return frozenset(map(tail.id_of, walls))
